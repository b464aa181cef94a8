// How a fault of the kernel is reported: one line on standard error, then the process ends with status 1.
#pragma once

#include <cstdarg>
#include <cstdio>
#include <cstdlib>

namespace constrint::emulator {

// Ends the process at once: the fibers' stacks hold nothing worth unwinding.
[[noreturn]] __attribute__((format(printf, 1, 2))) inline void fail(const char* format, ...) {
    std::fflush(stdout);
    std::fputs("emulator: ", stderr);
    va_list arguments;
    va_start(arguments, format);
    std::vfprintf(stderr, format, arguments);
    va_end(arguments);
    std::fputc('\n', stderr);
    std::fflush(stderr);
    std::_Exit(1);
}

}  // namespace constrint::emulator
