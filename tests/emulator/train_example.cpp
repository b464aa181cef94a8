// The training example on the emulator.
#include "../../src/kernel/recurrent/train_example.cu"

namespace {
const emulated::Kernels kernels{constrint_rnn_forward,
                                constrint_rnn_backward,
#if CONSTRINT_RNN_BACKWARD_RECOMPUTE == 1
                                constrint_rnn_backward_saved,
#endif
                                constrint_rnn_backward_weights,
                                constrint_rnn_backward_sums,
                                train_loss,
                                train_update};
}  // namespace
