# Calls constrint when a C++ or CUDA project is built.
#
#   constrint_config(TARGET FILE problem.json [HEADER name.h] [GPU name] [SET name=value ...])
#     One configuration as a header, which TARGET finds: `HEADER`, or `<kernel>_config.h`, or `<file>_config.h`.
#
#   constrint_table(TARGET FILE table.json [NAME name] [ALLOW_MISSING] [KERNELS])
#     A dispatch table, `<name>_table.h`, which TARGET finds; `name` is that of the file unless it is given. With KERNELS the shipped
#     kernel of the table is compiled once for each configuration, to `<name>_table/config_<index>.fatbin` in the folder that
#     the target's property CONSTRINT_FOLDER names; that needs nvcc.
#
# Both run again when the JSON file, or constrint itself, has changed. CONSTRINT_EXECUTABLE is the command, CONSTRINT_NVCC the
# compiler; both are looked for on the path. A problem without a configuration ends the build with what clashes.
cmake_minimum_required(VERSION 3.20)
find_program(CONSTRINT_EXECUTABLE constrint REQUIRED DOC "the command constrint")
find_program(CONSTRINT_NVCC nvcc DOC "the CUDA compiler")
set(CONSTRINT_MODULE_FOLDER ${CMAKE_CURRENT_LIST_DIR})

# What the kernel of a problem is called; empty where it has none.
function(constrint_kernel_of file result)
  file(READ ${file} text)
  string(JSON kind ERROR_VARIABLE missing TYPE "${text}" kernel)
  if(kind STREQUAL "STRING")
    string(JSON name GET "${text}" kernel)
  elseif(kind STREQUAL "OBJECT")
    string(JSON name GET "${text}" kernel name)
  else()
    set(name "")
  endif()
  set(${result} "${name}" PARENT_SCOPE)
endfunction()

# Makes the target wait for a generated header, and find it.
function(constrint_use target header folder)
  target_sources(${target} PRIVATE ${header})
  target_include_directories(${target} PRIVATE ${folder})
  set_property(TARGET ${target} PROPERTY CONSTRINT_FOLDER ${folder})
endfunction()

function(constrint_config target)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "FILE;HEADER;GPU" "SET")
  if(NOT arg_FILE OR arg_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "constrint_config(${target} FILE problem.json [HEADER name.h] [GPU name] [SET name=value ...]): "
                        "not understood: ${arg_UNPARSED_ARGUMENTS}")
  endif()
  get_filename_component(file ${arg_FILE} ABSOLUTE)
  set(header ${arg_HEADER})
  if(NOT header)
    constrint_kernel_of(${file} stem)
    if(NOT stem)
      get_filename_component(stem ${file} NAME_WE)
    endif()
    set(header ${stem}_config.h)
  endif()
  set(flags "")
  if(arg_GPU)
    list(APPEND flags --gpu ${arg_GPU})
  endif()
  foreach(setting IN LISTS arg_SET)
    list(APPEND flags --set ${setting})
  endforeach()
  set(folder ${CMAKE_CURRENT_BINARY_DIR}/constrint/${target})
  add_custom_command(
    OUTPUT ${folder}/${header}
    COMMAND ${CMAKE_COMMAND} -E make_directory ${folder}
    COMMAND ${CONSTRINT_EXECUTABLE} solve ${file} ${flags} --emit header --out ${folder}/${header}
    DEPENDS ${file} ${CONSTRINT_EXECUTABLE}
    COMMENT "constrint solve ${arg_FILE}"
    VERBATIM)
  constrint_use(${target} ${folder}/${header} ${folder})
endfunction()

function(constrint_table target)
  cmake_parse_arguments(PARSE_ARGV 1 arg "ALLOW_MISSING;KERNELS" "FILE;NAME" "")
  if(NOT arg_FILE OR arg_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "constrint_table(${target} FILE table.json [NAME name] [ALLOW_MISSING] [KERNELS]): not understood: "
                        "${arg_UNPARSED_ARGUMENTS}")
  endif()
  get_filename_component(file ${arg_FILE} ABSOLUTE)
  set(name ${arg_NAME})
  if(NOT name)
    get_filename_component(name ${file} NAME_WE)
  endif()
  if(NOT name MATCHES "^[a-z][a-z0-9]*(_[a-z0-9]+)*$" OR name MATCHES "_table$")
    message(FATAL_ERROR "constrint_table(${target}): `${name}` is no name in lower case; give one with NAME")
  endif()
  set(folder ${CMAKE_CURRENT_BINARY_DIR}/constrint/${target})
  set(call ${CONSTRINT_EXECUTABLE} table ${file} --name ${name} --out ${folder} --cache ${CMAKE_BINARY_DIR}/constrint/cache)
  if(arg_ALLOW_MISSING)
    list(APPEND call --allow-missing)
  endif()
  add_custom_command(
    OUTPUT ${folder}/${name}_table.h
    COMMAND ${call}
    DEPENDS ${file} ${CONSTRINT_EXECUTABLE}
    COMMENT "constrint table ${arg_FILE}"
    VERBATIM)
  constrint_use(${target} ${folder}/${name}_table.h ${folder})
  if(arg_KERNELS)
    constrint_kernels(${target} ${file} ${folder} ${name} "${call}")
  endif()
endfunction()

# Compiles the table's kernel for each configuration. Which there are is known when the table is, so that a script does it.
function(constrint_kernels target file folder name call)
  if(NOT CONSTRINT_NVCC)
    message(FATAL_ERROR "constrint_table(${target} KERNELS): nvcc was not found; set CONSTRINT_NVCC")
  endif()
  constrint_kernel_of(${file} kernel)
  set(stamp ${folder}/${name}_table/compiled)
  add_custom_command(
    OUTPUT ${stamp}
    COMMAND ${CMAKE_COMMAND} "-DCALL=${call}" -DEXECUTABLE=${CONSTRINT_EXECUTABLE} -DNVCC=${CONSTRINT_NVCC}
            -DKERNEL=${kernel} -DFOLDER=${folder} -DSTAMP=${stamp} -P ${CONSTRINT_MODULE_FOLDER}/constrint_kernels.cmake
    DEPENDS ${folder}/${name}_table.h ${CONSTRINT_MODULE_FOLDER}/constrint_kernels.cmake
    COMMENT "nvcc for each configuration of ${name}"
    VERBATIM)
  add_custom_target(${target}_${name}_kernels ALL DEPENDS ${stamp})
  add_dependencies(${target} ${target}_${name}_kernels)
endfunction()
