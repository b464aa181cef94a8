// Calls the recurrent layer's backward pass from C++.
//
// Either include this after rnn_backward.cu, in one .cu file; or compile rnn_backward.cu on its own, with the same
// configuration, and include this wherever the layer is called. A file that calls forward too includes all headers of the one pass
// before those of the other, as ../train_example.cu does.
#pragma once

#include "config_header.cuh"

#include <cuda_runtime.h>

#include "../exchange.cuh"
#include "arguments.cuh"
#include "saved_again.cuh"
#include "sums.cuh"
#include "weight_gradients.cuh"

extern "C" __global__ void constrint_rnn_backward(const constrint::rnn_backward::Arguments arguments);
extern "C" __global__ void constrint_rnn_backward_saved(const constrint::rnn_backward::Arguments arguments);
extern "C" __global__ void constrint_rnn_backward_weights(const constrint::rnn_backward::Arguments arguments);
extern "C" __global__ void constrint_rnn_backward_sums(const constrint::rnn_backward::Arguments arguments);

namespace constrint::rnn_backward {

// Heads of a launch. Where blocks share a head all blocks of a launch run at once; the block variant takes any number.
inline int heads_together(int heads) { return is_grid ? device::minimum(heads, heads_per_launch) : heads; }

// Device memory that `launch` needs beside the arrays and `sums`; 0 in the block variant.
inline size_t workspace_bytes(int batch, int heads) {
    if constexpr (!is_grid) return 0;
    return static_cast<size_t>(exchange_bytes) * static_cast<size_t>(heads_together(heads)) *
           static_cast<size_t>(blocks_along_batch(batch));
}

inline bool is_supported(const Arguments& arguments) {
    // Rows (b, t) are counted in 32 bits, gates and heads along y.
    const bool has_sizes = arguments.batch >= 1 && arguments.sequence >= 1 && arguments.heads >= 1 &&
                           static_cast<int64_t>(arguments.batch) * arguments.sequence <= INT32_MAX - again_rows &&
                           static_cast<int64_t>(arguments.heads) * gates <= 65535 &&
                           (!recomputes || again_blocks(arguments.batch, arguments.sequence) <= INT32_MAX);
    const bool has_inputs = arguments.weights != nullptr && arguments.hidden != nullptr &&
                            (Cell::states == 1 || arguments.memory != nullptr) &&
                            (Cell::saved == 0 || arguments.saved != nullptr) && arguments.of_hidden != nullptr &&
                            (!recomputes || (arguments.input != nullptr && arguments.bias != nullptr));
    const bool has_outputs =
        arguments.of_input != nullptr && arguments.of_weights != nullptr && arguments.of_bias != nullptr;
    const bool has_memory = arguments.sums != nullptr && (!is_grid || arguments.workspace != nullptr);
    const bool has_clips = (!is_clipped || arguments.clip >= 0.0f) && (!clips_gradient || arguments.gradient_clip >= 0.0f);
    return has_sizes && has_inputs && has_outputs && has_memory && has_clips;
}

// Whether the arrays begin at multiples of 16 bytes, which what cudaMalloc returns always does.
inline bool is_aligned(const Arguments& arguments) {
    const auto address = [](const void* pointer) { return reinterpret_cast<uintptr_t>(pointer); };
    return ((address(arguments.weights) | address(arguments.initial) | address(arguments.hidden) |
             address(arguments.memory) | address(arguments.saved) | address(arguments.of_hidden) |
             address(arguments.of_memory) | address(arguments.of_last) | address(arguments.of_input) |
             address(arguments.of_initial) | address(arguments.of_weights) | address(arguments.of_bias) |
             address(arguments.sums) | address(arguments.workspace) | address(arguments.input) |
             address(arguments.bias)) %
            16) == 0;
}

// Starts so many heads, whose arrays `arguments` has.
inline cudaError_t launch_heads(Arguments arguments, int heads, cudaStream_t stream) {
    const dim3 grid(blocks_per_head, static_cast<unsigned>(device::ceil_div(heads, heads_per_block)),
                    static_cast<unsigned>(blocks_along_batch(arguments.batch)));
    void* parameters[] = {&arguments};
    if constexpr (is_grid) {
        const cudaError_t status =
            cudaMemsetAsync(arguments.workspace, 0, workspace_bytes(arguments.batch, heads), stream);
        if (status != cudaSuccess) return status;
        // The blocks wait for each other: the launch fails unless all of them fit the GPU at once.
        return cudaLaunchCooperativeKernel(reinterpret_cast<const void*>(constrint_rnn_backward), grid, dim3(threads),
                                           parameters, static_cast<size_t>(shared_memory_bytes), stream);
    } else {
        return cudaLaunchKernel(reinterpret_cast<const void*>(constrint_rnn_backward), grid, dim3(threads), parameters,
                                static_cast<size_t>(shared_memory_bytes), stream);
    }
}

// Device memory for saved values that are computed again, `arguments.saved`; 0 where they are those that forward saved.
inline size_t saved_workspace_bytes(int batch, int sequence, int heads) {
    if constexpr (!recomputes) return 0;
    return sizeof(element) * Cell::saved * static_cast<size_t>(batch) * static_cast<size_t>(sequence) *
           static_cast<size_t>(heads) * static_cast<size_t>(head_dim);
}

// Starts the kernel that computes saved values again, if any.
inline cudaError_t launch_saved([[maybe_unused]] Arguments arguments, [[maybe_unused]] cudaStream_t stream) {
    if constexpr (recomputes) {
        void* parameters[] = {&arguments};
        const dim3 grid(static_cast<unsigned>(again_blocks(arguments.batch, arguments.sequence)),
                        static_cast<unsigned>(arguments.heads));
        return cudaLaunchKernel(reinterpret_cast<const void*>(constrint_rnn_backward_saved), grid, dim3(again_threads),
                                parameters, 0, stream);
    } else {
        return cudaSuccess;
    }
}

// Starts the kernels that sum up over all steps.
inline cudaError_t launch_sums(Arguments arguments, cudaStream_t stream) {
    void* parameters[] = {&arguments};
    const dim3 tiles(weights_tiles * weights_tiles, static_cast<unsigned>(gates * arguments.heads), weight_parts);
    const cudaError_t status = cudaLaunchKernel(reinterpret_cast<const void*>(constrint_rnn_backward_weights), tiles,
                                                dim3(weights_threads), parameters, 0, stream);
    if constexpr (has_weight_sums) {
        if (status != cudaSuccess) return status;
        const int64_t numbers = static_cast<int64_t>(gates) * arguments.heads * head_dim * head_dim;
        const int64_t blocks = (numbers + sums_threads - 1) / sums_threads;
        return cudaLaunchKernel(reinterpret_cast<const void*>(constrint_rnn_backward_sums),
                                dim3(static_cast<unsigned>(blocks < 4096 ? blocks : 4096)), dim3(sums_threads), parameters,
                                0, stream);
    } else {
        return status;
    }
}

// Starts the backward pass on `stream`: with RECOMPUTE the saved values, where blocks share a head a launch for each HEADS_PER_LAUNCH
// heads, one after the other, then the sums over all steps. `arguments.workspace` has `workspace_bytes(batch, heads)` bytes, which are zeroed here, and may be null
// if that is 0; `arguments.sums` has `sums_bytes(batch, heads)`, less with GRADIENT_SUMS_ATOMIC, with RECOMPUTE `arguments.saved` has `saved_workspace_bytes(batch,
// sequence, heads)`. Layers with the same of these must not overlap. Nothing waits for the device: all of it may be captured in
// a graph.
inline cudaError_t launch(const Arguments& arguments, cudaStream_t stream = nullptr) {
    if (!is_supported(arguments)) return cudaErrorInvalidValue;
    if (!is_aligned(arguments)) return cudaErrorMisalignedAddress;
    // More than 48 KiB a block must be asked for.
    cudaError_t status = cudaFuncSetAttribute(constrint_rnn_backward, cudaFuncAttributeMaxDynamicSharedMemorySize,
                                              static_cast<int>(shared_memory_bytes));
    if (status != cudaSuccess) return status;
    // All of what L1 and shared memory divide between them, so that MIN_BLOCKS_PER_SM blocks fit an SM side by side.
    status = cudaFuncSetAttribute(constrint_rnn_backward, cudaFuncAttributePreferredSharedMemoryCarveout,
                                  cudaSharedmemCarveoutMaxShared);
    if (status != cudaSuccess) return status;
    status = launch_saved(arguments, stream);
    const int together = heads_together(arguments.heads);
    for (int first = 0; first < arguments.heads && status == cudaSuccess; first += together) {
        status = launch_heads(from_head(arguments, first), device::minimum(together, arguments.heads - first), stream);
    }
    return status == cudaSuccess ? launch_sums(arguments, stream) : status;
}

}  // namespace constrint::rnn_backward
