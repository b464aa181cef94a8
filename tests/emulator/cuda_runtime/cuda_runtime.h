// The part of CUDA's runtime that host programs of this repository call, on the emulator: memory, launches, streams, graphs, events.
//
// A program is compiled unchanged, with this folder before that of CUDA on the include path, from a file that includes it and then
// names its kernels, as function pointers have lost their types where the runtime gets them:
//
//     #include "example.cu"
//     const emulated::Kernels kernels{constrint_rnn_forward};
//
// What is put on a stream runs at once, unless the stream is captured: then it runs when the graph is launched. Calls that a
// capture does not allow fail, as on a GPU. Copies have to lie within arrays, and what is copied whole was written before.
#pragma once

#include <chrono>
#include <cstring>
#include <functional>
#include <map>
#include <memory>
#include <utility>
#include <vector>

#include "../../../src/kernel/emulator/emulator.h"

enum cudaError_t { cudaSuccess, cudaErrorInvalidValue, cudaErrorMisalignedAddress, cudaErrorStreamCaptureUnsupported };
enum cudaMemcpyKind { cudaMemcpyHostToDevice, cudaMemcpyDeviceToHost, cudaMemcpyDeviceToDevice };
enum cudaStreamCaptureMode { cudaStreamCaptureModeGlobal };
enum cudaFuncAttribute { cudaFuncAttributeMaxDynamicSharedMemorySize, cudaFuncAttributePreferredSharedMemoryCarveout };
constexpr int cudaSharedmemCarveoutMaxShared = 100;

struct dim3 {
    unsigned x;
    unsigned y;
    unsigned z;
    dim3(unsigned x = 1, unsigned y = 1, unsigned z = 1) : x(x), y(y), z(z) {}
};

namespace emulated {

using Work = std::vector<std::function<void()>>;
using Call = std::function<void(const constrint::emulator::Launch&)>;

struct Stream {
    bool is_captured = false;
    Work captured;
};

struct State {
    std::map<unsigned char*, std::pair<std::unique_ptr<constrint::emulator::GlobalBytes>, size_t>> arrays;
    // The kernel with its argument, which is copied as a launch copies it.
    std::map<const void*, std::function<Call(void**)>> kernels;
    Stream usual;
    int captures = 0;
};

inline State& state() {
    static State state;
    return state;
}

// Kernels that take one argument each.
struct Kernels {
    template <typename... Arguments>
    explicit Kernels(void (*... kernel)(Arguments)) {
        (add(kernel), ...);
    }

private:
    template <typename Argument>
    static void add(void (*kernel)(Argument)) {
        state().kernels[reinterpret_cast<const void*>(kernel)] = [kernel](void** parameters) -> Call {
            return [kernel, argument = *static_cast<const Argument*>(parameters[0])](const auto& what) {
                constrint::emulator::launch(what, [&] { kernel(argument); });
            };
        };
    }
};

// The array that holds all these bytes.
inline auto* array_of(const void* pointer, size_t bytes) {
    auto* const address = static_cast<unsigned char*>(const_cast<void*>(pointer));
    auto after = state().arrays.upper_bound(address);
    if (after == state().arrays.begin()) return static_cast<decltype(&*after)>(nullptr);
    --after;
    return address + bytes <= after->first + after->second.second ? &*after : nullptr;
}

template <typename Array>
void mark_written(Array& array, void* from, size_t bytes) {
    array.second.first->mark_written_by_host(static_cast<size_t>(static_cast<unsigned char*>(from) - array.first), bytes);
}

inline cudaError_t put(Stream* stream, std::function<void()> work) {
    Stream& on = stream == nullptr ? state().usual : *stream;
    if (on.is_captured) {
        on.captured.push_back(std::move(work));
    } else if (stream == nullptr && state().captures > 0) {
        return cudaErrorStreamCaptureUnsupported;
    } else {
        work();
    }
    return cudaSuccess;
}

}  // namespace emulated

using cudaStream_t = emulated::Stream*;
using cudaGraph_t = emulated::Work*;
using cudaGraphExec_t = emulated::Work*;
using cudaEvent_t = std::chrono::steady_clock::time_point*;

inline const char* cudaGetErrorString(cudaError_t status) {
    constexpr const char* names[] = {"no error", "invalid value", "misaligned address", "not while a stream is captured"};
    return names[status];
}

// --- Memory

template <typename T>
cudaError_t cudaMalloc(T** pointer, size_t bytes) {
    if (emulated::state().captures > 0) return cudaErrorStreamCaptureUnsupported;
    auto memory = std::make_unique<constrint::emulator::GlobalBytes>(bytes, bytes % 4 == 0 ? 4 : 2, "an array of the program");
    *pointer = reinterpret_cast<T*>(memory->data());
    unsigned char* const begin = memory->data();
    emulated::state().arrays.emplace(begin, std::make_pair(std::move(memory), bytes));
    return cudaSuccess;
}

inline cudaError_t cudaFree(void* pointer) {
    return pointer == nullptr || emulated::state().arrays.erase(static_cast<unsigned char*>(pointer)) == 1
               ? cudaSuccess
               : cudaErrorInvalidValue;
}

inline cudaError_t cudaMemcpyAsync(void* to, const void* from, size_t bytes, cudaMemcpyKind kind, cudaStream_t stream) {
    if (bytes == 0) return cudaSuccess;
    auto* const source = kind == cudaMemcpyHostToDevice ? nullptr : emulated::array_of(from, bytes);
    auto* const destination = kind == cudaMemcpyDeviceToHost ? nullptr : emulated::array_of(to, bytes);
    if ((source == nullptr) != (kind == cudaMemcpyHostToDevice)) return cudaErrorInvalidValue;
    if ((destination == nullptr) != (kind == cudaMemcpyDeviceToHost)) return cudaErrorInvalidValue;
    return emulated::put(stream, [=] {
        if (source != nullptr && bytes == source->second.second) source->second.first->check_all_written();
        std::memcpy(to, from, bytes);
        if (destination != nullptr) emulated::mark_written(*destination, to, bytes);
    });
}

inline cudaError_t cudaMemcpy(void* to, const void* from, size_t bytes, cudaMemcpyKind kind) {
    return cudaMemcpyAsync(to, from, bytes, kind, nullptr);
}

inline cudaError_t cudaMemsetAsync(void* to, int value, size_t bytes, cudaStream_t stream) {
    auto* const array = emulated::array_of(to, bytes);
    if (array == nullptr) return cudaErrorInvalidValue;
    return emulated::put(stream, [=] {
        std::memset(to, value, bytes);
        emulated::mark_written(*array, to, bytes);
    });
}

// --- Launches

template <typename Kernel>
cudaError_t cudaFuncSetAttribute(Kernel*, cudaFuncAttribute, int) {
    return cudaSuccess;
}

namespace emulated {

inline cudaError_t launch(const void* kernel, const dim3& grid, const dim3& block, void** parameters, size_t shared_bytes,
                          bool is_cooperative, cudaStream_t stream) {
    const auto bind = state().kernels.find(kernel);
    if (bind == state().kernels.end()) return cudaErrorInvalidValue;
    const constrint::emulator::Launch what{
        {grid.x, grid.y, grid.z}, {block.x, block.y, block.z}, shared_bytes, is_cooperative, 1};
    return put(stream, [what, call = bind->second(parameters)] { call(what); });
}

}  // namespace emulated

inline cudaError_t cudaLaunchKernel(const void* kernel, dim3 grid, dim3 block, void** parameters, size_t shared_bytes,
                                    cudaStream_t stream) {
    return emulated::launch(kernel, grid, block, parameters, shared_bytes, false, stream);
}

inline cudaError_t cudaLaunchCooperativeKernel(const void* kernel, dim3 grid, dim3 block, void** parameters,
                                               size_t shared_bytes, cudaStream_t stream) {
    return emulated::launch(kernel, grid, block, parameters, shared_bytes, true, stream);
}

// --- Streams, graphs, events

inline cudaError_t cudaDeviceSynchronize() {
    return emulated::state().captures > 0 ? cudaErrorStreamCaptureUnsupported : cudaSuccess;
}

inline cudaError_t cudaStreamCreate(cudaStream_t* stream) {
    *stream = new emulated::Stream;
    return cudaSuccess;
}
inline cudaError_t cudaStreamDestroy(cudaStream_t stream) {
    delete stream;
    return cudaSuccess;
}
inline cudaError_t cudaStreamSynchronize(cudaStream_t) { return cudaDeviceSynchronize(); }

inline cudaError_t cudaStreamBeginCapture(cudaStream_t stream, cudaStreamCaptureMode) {
    stream->is_captured = true;
    ++emulated::state().captures;
    return cudaSuccess;
}
inline cudaError_t cudaStreamEndCapture(cudaStream_t stream, cudaGraph_t* graph) {
    stream->is_captured = false;
    --emulated::state().captures;
    *graph = new emulated::Work(std::move(stream->captured));
    stream->captured.clear();
    return cudaSuccess;
}
inline cudaError_t cudaGraphInstantiate(cudaGraphExec_t* executable, cudaGraph_t graph, unsigned long long) {
    *executable = new emulated::Work(*graph);
    return cudaSuccess;
}
inline cudaError_t cudaGraphLaunch(cudaGraphExec_t executable, cudaStream_t stream) {
    return emulated::put(stream, [executable] {
        for (const auto& work : *executable) work();
    });
}
inline cudaError_t cudaGraphDestroy(cudaGraph_t graph) {
    delete graph;
    return cudaSuccess;
}
inline cudaError_t cudaGraphExecDestroy(cudaGraphExec_t executable) {
    delete executable;
    return cudaSuccess;
}

inline cudaError_t cudaEventCreate(cudaEvent_t* event) {
    *event = new std::chrono::steady_clock::time_point;
    return cudaSuccess;
}
inline cudaError_t cudaEventRecord(cudaEvent_t event, cudaStream_t stream = nullptr) {
    return emulated::put(stream, [event] { *event = std::chrono::steady_clock::now(); });
}
inline cudaError_t cudaEventSynchronize(cudaEvent_t) { return cudaDeviceSynchronize(); }
inline cudaError_t cudaEventElapsedTime(float* ms, cudaEvent_t start, cudaEvent_t stop) {
    *ms = std::chrono::duration<float, std::milli>(*stop - *start).count();
    return cudaSuccess;
}
inline cudaError_t cudaEventDestroy(cudaEvent_t event) {
    delete event;
    return cudaSuccess;
}
