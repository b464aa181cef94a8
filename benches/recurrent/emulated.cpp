// layer.cu on the CPU emulator: run.py --dry-run checks its numbers where there is no GPU.
#include "layer.cu"

namespace {
const emulated::Kernels kernels{
    constrint_rnn_forward,
#if CONSTRINT_RNN_FORWARD_TRAINING == 1
    constrint_rnn_backward,
    constrint_rnn_backward_weights,
    constrint_rnn_backward_sums,
#endif
};
}  // namespace
