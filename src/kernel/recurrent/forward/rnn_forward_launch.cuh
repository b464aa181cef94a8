// Calls the recurrent layer's forward pass from C++.
//
// Either include this after rnn_forward.cu, in one .cu file; or compile rnn_forward.cu on its own, with the same
// configuration, and include this wherever the layer is called. `example.cu` does the former. A file that calls backward too includes
// all headers of the one pass before those of the other, as ../train_example.cu does.
#pragma once

#include "config_header.cuh"

#include <cuda_runtime.h>

#include "../exchange.cuh"
#include "arguments.cuh"

extern "C" __global__ void constrint_rnn_forward(const constrint::rnn_forward::Arguments arguments);

namespace constrint::rnn_forward {

using namespace recurrent::forward;

// Heads of a launch. In the grid variant all blocks of a launch run at once; the block variant takes any number.
inline int heads_together(int heads) { return is_grid ? device::minimum(heads, heads_per_launch) : heads; }

// Device memory that `launch` needs beside the arrays; 0 in the block variant.
inline size_t workspace_bytes(int batch, int heads) {
    if constexpr (!is_grid) return 0;
    return static_cast<size_t>(exchange_bytes) * static_cast<size_t>(heads_together(heads)) *
           static_cast<size_t>(blocks_along_batch(batch));
}

inline bool is_supported(const Arguments& arguments) {
    const bool has_sizes = arguments.batch >= 1 && arguments.sequence >= 1 && arguments.heads >= 1;
    const bool has_arrays = arguments.input != nullptr && arguments.weights != nullptr && arguments.bias != nullptr &&
                            arguments.hidden != nullptr && (!is_grid || arguments.workspace != nullptr);
    const bool has_training = (Cell::states == 1 || arguments.memory != nullptr) &&
                              (!saves || arguments.saved != nullptr);
    return has_sizes && has_arrays && (!is_training || has_training) && (!is_clipped || arguments.clip >= 0.0f);
}

// Whether the arrays begin at multiples of 16 bytes, which what cudaMalloc returns always does.
inline bool is_aligned(const Arguments& arguments) {
    const auto address = [](const void* pointer) { return reinterpret_cast<uintptr_t>(pointer); };
    return ((address(arguments.input) | address(arguments.weights) | address(arguments.bias) |
             address(arguments.initial) | address(arguments.hidden) | address(arguments.memory) |
             address(arguments.saved) | address(arguments.last) | address(arguments.workspace)) %
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
        return cudaLaunchCooperativeKernel(reinterpret_cast<const void*>(constrint_rnn_forward), grid, dim3(threads),
                                           parameters, static_cast<size_t>(shared_memory_bytes), stream);
    } else {
        return cudaLaunchKernel(reinterpret_cast<const void*>(constrint_rnn_forward), grid, dim3(threads), parameters,
                                static_cast<size_t>(shared_memory_bytes), stream);
    }
}

// Starts the layer on `stream`: in the grid variant a launch for each HEADS_PER_LAUNCH heads, one after the other.
// `arguments.workspace` has `workspace_bytes(batch, heads)` bytes, which are zeroed here, and may be null if that is 0. Layers
// with the same workspace must not overlap.
inline cudaError_t launch(const Arguments& arguments, cudaStream_t stream = nullptr) {
    if (!is_supported(arguments)) return cudaErrorInvalidValue;
    if (!is_aligned(arguments)) return cudaErrorMisalignedAddress;
    // More than 48 KiB a block must be asked for.
    cudaError_t status = cudaFuncSetAttribute(constrint_rnn_forward, cudaFuncAttributeMaxDynamicSharedMemorySize,
                                              static_cast<int>(shared_memory_bytes));
    if (status != cudaSuccess) return status;
    // All of what L1 and shared memory divide between them, so that MIN_BLOCKS_PER_SM blocks fit an SM side by side.
    status = cudaFuncSetAttribute(constrint_rnn_forward, cudaFuncAttributePreferredSharedMemoryCarveout,
                                  cudaSharedmemCarveoutMaxShared);
    if (status != cudaSuccess) return status;
    const int together = heads_together(arguments.heads);
    for (int first = 0; first < arguments.heads && status == cudaSuccess; first += together) {
        status = launch_heads(from_head(arguments, first), device::minimum(together, arguments.heads - first), stream);
    }
    return status;
}

}  // namespace constrint::rnn_forward
