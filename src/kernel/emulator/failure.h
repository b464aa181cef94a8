// How a fault of the kernel is reported: what is wrong on standard error, with the lines of source that are at fault, then
// the process ends with status 1.
//
//   emulator: race: thread 7 of block (0, 0, 0) reads shared address 64, which thread 3 of block (0, 0, 0) wrote: …
//     at matmul/pipeline.cuh:74 in run_in_turns
//     from matmul/matmul.cu:25 in sum_products
//     earlier at matmul/tile_copy.cuh:128 in copy_vector
#pragma once

#include <cstdarg>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "source_line.h"

namespace constrint::emulator {

// A place in the code that has to do with a fault: "at" where it showed, "earlier at" what it clashes with.
struct Place {
    const char* role;
    Site site;
};

namespace internal {

inline void print_places(const std::vector<Place>& places) {
    for (const Place& place : places) {
        if (place.site == 0) continue;
        const std::vector<SourceLine> lines = source_lines(place.site);
        if (lines.empty()) {
            std::fprintf(stderr, "  %s code address %#x: no addr2line, or no debug information\n", place.role,
                         static_cast<unsigned>(place.site));
        }
        const char* role = place.role;
        for (const SourceLine& line : lines) {
            std::fprintf(stderr, "  %s %s in %s\n", role, line.place.c_str(), line.function.c_str());
            role = "from";
        }
    }
}

}  // namespace internal

// Ends the process at once: the fibers' stacks hold nothing worth unwinding. The message begins with the kind of fault and a
// colon.
[[noreturn]] __attribute__((format(printf, 2, 3))) inline void fail(const std::vector<Place>& places, const char* format,
                                                                    ...) {
    std::fflush(stdout);
    std::fputs("emulator: ", stderr);
    va_list arguments;
    va_start(arguments, format);
    std::vfprintf(stderr, format, arguments);
    va_end(arguments);
    std::fputc('\n', stderr);
    internal::print_places(places);
    std::fflush(stderr);
    std::_Exit(1);
}

}  // namespace constrint::emulator
