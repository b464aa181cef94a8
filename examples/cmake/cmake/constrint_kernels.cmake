# Compiles a shipped kernel once for each configuration of a table: `config_<index>.fatbin` beside `config_<index>.h`, for the
# compute capabilities that need it. `constrint.cmake` runs this as a script.
cmake_minimum_required(VERSION 3.20)

execute_process(COMMAND ${CALL} --json --quiet OUTPUT_VARIABLE table COMMAND_ERROR_IS_FATAL ANY)
execute_process(COMMAND ${EXECUTABLE} kernels ${KERNEL} --out ${FOLDER}/kernels --json OUTPUT_VARIABLE about
                COMMAND_ERROR_IS_FATAL ANY)
# The first file is the one to compile.
string(JSON source GET "${about}" files 0)
string(JSON count LENGTH "${table}" configurations)
math(EXPR last "${count} - 1")
foreach(index RANGE ${last})
  string(JSON header GET "${table}" files configurations ${index})
  string(JSON targets GET "${table}" configurations ${index} targets)
  string(JSON target_count LENGTH "${targets}")
  math(EXPR last_target "${target_count} - 1")
  set(code "")
  foreach(target RANGE ${last_target})
    string(JSON architecture GET "${targets}" ${target})
    string(REPLACE "sm_" "" number ${architecture})
    list(APPEND code -gencode=arch=compute_${number},code=${architecture})
  endforeach()
  string(REGEX REPLACE "\\.h$" ".fatbin" binary ${header})
  execute_process(COMMAND ${NVCC} -std=c++17 -O3 ${code} -fatbin -DCONSTRINT_CONFIG_HEADER="${header}" -o ${binary}
                          ${FOLDER}/kernels/${source}
                  COMMAND_ERROR_IS_FATAL ANY)
endforeach()
file(TOUCH ${STAMP})
