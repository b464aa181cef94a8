// From a place in the machine code to the line of source.
//
// The functions that the wrappers call are never inlined, the wrappers and the kernel's device functions always are. So the
// address to which such a function returns lies in the kernel, and the debug information, read by addr2line (of binutils,
// which every g++ needs), names the line and the chain of functions that were inlined there.
#pragma once

#include <elf.h>
#include <unistd.h>

#include <array>
#include <cstdint>
#include <cstdio>
#include <string>
#include <vector>

// Placed by the linker where the program begins.
extern "C" const char __executable_start;

// In a function that a wrapper calls: where it returns to.
#define CONSTRINT_EMULATOR_SITE ::constrint::emulator::site_of(__builtin_return_address(0))

namespace constrint::emulator {

// Bytes from the program's beginning; 0 is no place.
using Site = std::uint32_t;

// A return address lies behind the call; the byte before belongs to it.
inline Site site_of(const void* return_address) {
    return static_cast<Site>(reinterpret_cast<std::uintptr_t>(return_address) -
                             reinterpret_cast<std::uintptr_t>(&__executable_start) - 1);
}

struct SourceLine {
    std::string place;     // FOLDER/FILE:LINE
    std::string function;  // without its arguments
};

namespace internal {

// What addr2line calls the place: programs that may be loaded anywhere count from 0.
inline std::uintptr_t linked_address(Site site) {
    const auto* const header = reinterpret_cast<const Elf64_Ehdr*>(&__executable_start);
    return header->e_type == ET_DYN ? site : reinterpret_cast<std::uintptr_t>(&__executable_start) + site;
}

inline std::string own_path() {
    std::array<char, 4096> path{};
    const ssize_t length = readlink("/proc/self/exe", path.data(), path.size() - 1);
    return length > 0 ? std::string(path.data(), static_cast<std::size_t>(length)) : std::string();
}

inline std::vector<std::string> lines_of(const std::string& command) {
    std::vector<std::string> lines;
    std::FILE* const pipe = popen(command.c_str(), "r");
    if (pipe == nullptr) return lines;
    std::string line;
    for (int letter = std::fgetc(pipe); letter != EOF; letter = std::fgetc(pipe)) {
        if (letter != '\n') {
            line += static_cast<char>(letter);
        } else {
            lines.push_back(line);
            line.clear();
        }
    }
    pclose(pipe);
    return lines;
}

// "void constrint::matmul::TileCopy<64, 32>::copy<0, 1>(int)" becomes "copy".
inline std::string short_name(std::string function) {
    const std::string unnamed = "(anonymous namespace)::";
    const std::size_t found = function.find(unnamed);
    if (found != std::string::npos) function.erase(found, unnamed.size());
    std::string name;
    int depth = 0;
    for (const char letter : function) {
        if (letter == '(' && depth == 0) break;
        if (letter == '<') ++depth;
        if (depth == 0) name += letter;
        if (letter == '>') --depth;
    }
    const std::size_t colon = name.rfind("::");
    return colon == std::string::npos ? name : name.substr(colon + 2);
}

inline bool contains(const std::string& text, const char* part) { return text.find(part) != std::string::npos; }

// "/tmp/x/matmul/../device/mma.cuh:53" becomes "device/mma.cuh:53": the folder and the file tell enough.
inline std::string short_path(const std::string& place) {
    const std::size_t file = place.rfind('/');
    if (file == std::string::npos || file == 0) return place;
    const std::size_t folder = place.rfind('/', file - 1);
    return folder == std::string::npos ? place : place.substr(folder + 1);
}

inline bool begins_with(const std::string& text, const char* beginning) { return text.rfind(beginning, 0) == 0; }

// A wrapper or a part of the emulator, which are never at fault.
inline bool is_below_the_kernel(const std::string& place) {
    const bool is_wrapper = begins_with(place, "device/") && contains(place, ".cuh:");
    return is_wrapper || (begins_with(place, "emulator/") && contains(place, ".h:"));
}

}  // namespace internal

// The lines, innermost first, of the functions inlined at the place, without those of the wrappers and the emulator; empty if
// they cannot be told.
inline std::vector<SourceLine> source_lines(Site site) {
    const std::string path = internal::own_path();
    std::array<char, 32> address{};
    std::snprintf(address.data(), address.size(), "%#zx", static_cast<std::size_t>(internal::linked_address(site)));
    // A quote in the path would end the shell's; such a path tells no lines.
    if (internal::contains(path, "'")) return {};
    const std::vector<std::string> said =
        internal::lines_of("addr2line -C -f -i -e '" + path + "' " + address.data() + " 2>&1");
    std::vector<SourceLine> lines;
    for (std::size_t i = 0; i + 1 < said.size(); i += 2) {
        const std::string place = internal::short_path(said[i + 1].substr(0, said[i + 1].find(' ')));
        if (place.empty() || place[0] == '?' || !internal::contains(place, ":")) continue;
        if (internal::is_below_the_kernel(place)) continue;
        lines.push_back({place, internal::short_name(said[i])});
    }
    return lines;
}

}  // namespace constrint::emulator
