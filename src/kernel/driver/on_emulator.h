// Arrays and launches on the emulator.
#pragma once

#include "../emulator/emulator.h"

namespace constrint::driver {

inline void prepare() {}

// An array in global memory, of which `name` tells the file.
template <typename T>
class Array {
public:
    // An input, as long as its file.
    Array(const Job& job, const char* name) : Array(job, name, job.input_bytes(name) / sizeof(T)) {
        job.read(name, buffer_.data(), size() * sizeof(T));
        buffer_.mark_all_written();
    }

    // An output or a workspace, which nobody has written yet.
    Array(const Job& job, const char* name, std::size_t elements)
        : job_(job), name_(name), buffer_(elements, name) {}

    T* data() { return buffer_.data(); }
    std::size_t size() const { return buffer_.size(); }

    // All bytes zero, as flags and sums begin.
    void zero() { buffer_.fill(T{}); }

    void save() const {
        buffer_.check_all_written();
        job_.write(name_, buffer_.data(), size() * sizeof(T));
    }

private:
    const Job& job_;
    const char* name_;
    emulator::Buffer<T> buffer_;
};

// Runs the kernel to its end.
template <typename... Parameters, typename... Arguments>
void launch(const Job& job, const Configuration& what, void (*kernel)(Parameters...), Arguments... arguments) {
    const auto index = [](const Extents& extents) { return emulator::Index3{extents.x, extents.y, extents.z}; };
    emulator::launch(emulator::Launch{index(what.grid), index(what.block), what.shared_bytes, what.cooperative, job.seed()},
                     [&] { kernel(static_cast<Parameters>(arguments)...); });
}

}  // namespace constrint::driver
