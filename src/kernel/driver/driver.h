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

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

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

[[noreturn]] inline void give_up(const std::string& message) {
    std::fprintf(stderr, "driver: %s\n", message.c_str());
    std::exit(2);
}

// What the command line asks for.
class Job {
public:
    Job(int count, char** arguments) {
        if (count < 3) give_up("usage: driver FOLDER SEED [NAME=SIZE]...");
        folder_ = arguments[1];
        seed_ = std::strtoull(arguments[2], nullptr, 10);
        for (int i = 3; i < count; ++i) settings_.push_back(arguments[i]);
    }

    // The size NAME.
    long long size(const std::string& name) const {
        for (const std::string& setting : settings_) {
            if (setting.rfind(name + "=", 0) == 0) return std::strtoll(setting.c_str() + name.size() + 1, nullptr, 10);
        }
        give_up("the size " + name + " is missing");
    }

    std::uint64_t seed() const { return seed_; }

    template <typename T>
    std::vector<T> read(const std::string& name) const {
        const std::string path = folder_ + "/" + name + ".in";
        std::FILE* const file = std::fopen(path.c_str(), "rb");
        if (file == nullptr) give_up(path + " cannot be opened");
        std::vector<T> values;
        T value;
        while (std::fread(&value, sizeof(T), 1, file) == 1) values.push_back(value);
        std::fclose(file);
        return values;
    }

    template <typename T>
    void write(const std::string& name, const T* values, std::size_t count) const {
        const std::string path = folder_ + "/" + name + ".out";
        std::FILE* const file = std::fopen(path.c_str(), "wb");
        if (file == nullptr) give_up(path + " cannot be opened");
        const bool is_whole = std::fwrite(values, sizeof(T), count, file) == count;
        if (std::fclose(file) != 0 || !is_whole) give_up(path + " cannot be written");
    }

private:
    std::string folder_;
    std::uint64_t seed_ = 0;
    std::vector<std::string> settings_;
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
