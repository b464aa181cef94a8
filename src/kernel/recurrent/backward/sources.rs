//! The files of the source of `rnn_backward`, the one to compile first.

use crate::kernel::device::{DEVICE, with_device};
use crate::kernel::{SourceFile, source};

const OWN: [SourceFile; 31] = [
    source!("recurrent/backward/rnn_backward.cu", "rnn_backward.cu"),
    source!("recurrent/backward/config_header.cuh", "config_header.cuh"),
    source!("recurrent/backward/config.cuh", "config.cuh"),
    source!("recurrent/backward/arguments.cuh", "arguments.cuh"),
    source!("recurrent/backward/near.cuh", "near.cuh"),
    source!("recurrent/backward/prefetch.cuh", "prefetch.cuh"),
    source!("recurrent/backward/bias_sums.cuh", "bias_sums.cuh"),
    source!("recurrent/backward/gradients.cuh", "gradients.cuh"),
    source!("recurrent/backward/saved_again.cuh", "saved_again.cuh"),
    source!("recurrent/backward/weight_reader.cuh", "weight_reader.cuh"),
    source!("recurrent/backward/weight_gradients.cuh", "weight_gradients.cuh"),
    source!("recurrent/backward/sums.cuh", "sums.cuh"),
    source!("recurrent/backward/rnn_backward_launch.cuh", "rnn_backward_launch.cuh"),
    source!("recurrent/backward/example.cu", "example.cu"),
    source!("recurrent/train_example.cu", "../train_example.cu"),
    source!("recurrent/begin_pass.cuh", "../begin_pass.cuh"),
    source!("recurrent/cell.cuh", "../cell.cuh"),
    source!("recurrent/config.cuh", "../config.cuh"),
    source!("recurrent/element.cuh", "../element.cuh"),
    source!("recurrent/products.cuh", "../products.cuh"),
    source!("recurrent/numbers.cuh", "../numbers.cuh"),
    source!("recurrent/place.cuh", "../place.cuh"),
    source!("recurrent/weights.cuh", "../weights.cuh"),
    source!("recurrent/exchange.cuh", "../exchange.cuh"),
    source!("recurrent/hidden_in_block.cuh", "../hidden_in_block.cuh"),
    source!("recurrent/hidden_in_grid.cuh", "../hidden_in_grid.cuh"),
    source!("recurrent/hidden_in_words.cuh", "../hidden_in_words.cuh"),
    source!("recurrent/cells/elman.cuh", "../cells/elman.cuh"),
    source!("recurrent/cells/gru.cuh", "../cells/gru.cuh"),
    source!("recurrent/cells/lstm.cuh", "../cells/lstm.cuh"),
    source!("recurrent/cells/slstm.cuh", "../cells/slstm.cuh"),
];

/// The kernel's own files, and the headers of all kernels.
pub(super) const SOURCES: [SourceFile; OWN.len() + DEVICE.len()] = with_device(&OWN);
