// What a kernel's driver is written against: a program that reads inputs, launches the kernel and writes outputs. The same
// driver runs on the emulator and, compiled by nvcc, on a GPU.
//
//   driver FOLDER SEED [NAME=SIZE]…
//
// reads FOLDER/a.in and so on, and writes FOLDER/c.out: elements as they lie in memory, nothing else. `constrint verify` writes
// the one and compares the other. A driver includes this and the kernel, and defines
//
//     void constrint::driver::run(const Job& job) {
//         Array<float> x(job, "x");                           // FOLDER/x.in
//         Array<float> y(job, "y", x.size());                 // written by nobody yet
//         launch(job, {{blocks, 1, 1}, {256, 1, 1}, shared_bytes, is_cooperative}, kernel, x.data(), y.data(), job.size("n"));
//         y.save();                                           // FOLDER/y.out
//     }
//
// Exit status: 0 done, 1 the emulator found a fault in the kernel (on standard error), 2 wrong usage, a file or the GPU failed.
#pragma once

#include <cstdarg>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace constrint::driver {

// Extents of a grid or block.
struct Extents {
    unsigned x = 1;
    unsigned y = 1;
    unsigned z = 1;
};

struct Configuration {
    Extents grid;
    Extents block;
    std::size_t shared_bytes = 0;
    bool cooperative = false;
};

[[noreturn]] __attribute__((format(printf, 1, 2))) inline void give_up(const char* format, ...) {
    std::fputs("driver: ", stderr);
    va_list arguments;
    va_start(arguments, format);
    std::vfprintf(stderr, format, arguments);
    va_end(arguments);
    std::fputc('\n', stderr);
    std::exit(2);
}

// What the command line asks for, and its files.
class Job {
public:
    Job(int count, char** arguments) {
        if (count < 3) give_up("usage: driver FOLDER SEED [NAME=SIZE]...");
        folder_ = arguments[1];
        seed_ = std::strtoull(arguments[2], nullptr, 10);
        settings_ = arguments + 3;
        settings_count_ = count - 3;
    }

    // The size NAME.
    long long size(const char* name) const {
        const std::size_t length = std::strlen(name);
        for (int i = 0; i < settings_count_; ++i) {
            const char* const setting = settings_[i];
            if (std::strncmp(setting, name, length) == 0 && setting[length] == '=') {
                return std::strtoll(setting + length + 1, nullptr, 10);
            }
        }
        give_up("the size %s is missing", name);
    }

    std::uint64_t seed() const { return seed_; }

    // Bytes of the input NAME.
    std::size_t input_bytes(const char* name) const {
        const File file(*this, name, "in", "rb");
        std::fseek(file.stream, 0, SEEK_END);
        const long bytes = std::ftell(file.stream);
        if (bytes < 0) give_up("%s cannot be read", file.path);
        return static_cast<std::size_t>(bytes);
    }

    void read(const char* name, void* to, std::size_t bytes) const {
        const File file(*this, name, "in", "rb");
        if (std::fread(to, 1, bytes, file.stream) != bytes) give_up("%s cannot be read", file.path);
    }

    void write(const char* name, const void* from, std::size_t bytes) const {
        const File file(*this, name, "out", "wb");
        const bool is_whole = std::fwrite(from, 1, bytes, file.stream) == bytes;
        if (!is_whole || std::fflush(file.stream) != 0) give_up("%s cannot be written", file.path);
    }

private:
    // FOLDER/NAME.EXTENSION, open.
    struct File {
        char path[4096];
        std::FILE* stream;

        File(const Job& job, const char* name, const char* extension, const char* mode) {
            std::snprintf(path, sizeof(path), "%s/%s.%s", job.folder_, name, extension);
            stream = std::fopen(path, mode);
            if (stream == nullptr) give_up("%s cannot be opened", path);
        }
        ~File() { std::fclose(stream); }

        File(const File&) = delete;
        File& operator=(const File&) = delete;
    };

    const char* folder_;
    std::uint64_t seed_;
    char** settings_;
    int settings_count_;
};

// Defined by the driver.
void run(const Job& job);

}  // namespace constrint::driver

#if defined(CONSTRINT_EMULATOR)
#include "on_emulator.h"
#else
#include "on_cuda.h"
#endif

int main(int count, char** arguments) {
    constrint::driver::prepare();
    constrint::driver::run(constrint::driver::Job(count, arguments));
    return 0;
}
