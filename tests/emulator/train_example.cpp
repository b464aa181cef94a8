// The training example on the emulator.
#include "../../src/kernel/recurrent/train_example.cu"

namespace {
const emulated::Kernels kernels{constrint_rnn_forward,       constrint_rnn_backward, constrint_rnn_backward_weights,
                                constrint_rnn_backward_sums, train_loss,             train_update};
}  // namespace
