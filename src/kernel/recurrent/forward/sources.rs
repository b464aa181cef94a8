//! The files of the source of `rnn_forward`, the one to compile first.

use crate::kernel::device::{DEVICE, with_device};
use crate::kernel::{SourceFile, source};

const OWN: [SourceFile; 25] = [
    source!("recurrent/forward/rnn_forward.cu", "rnn_forward.cu"),
    source!("recurrent/forward/config_header.cuh", "config_header.cuh"),
    source!("recurrent/forward/pointwise.cuh", "pointwise.cuh"),
    source!("recurrent/forward/config.cuh", "config.cuh"),
    source!("recurrent/forward/arguments.cuh", "arguments.cuh"),
    source!("recurrent/forward/input_ring.cuh", "input_ring.cuh"),
    source!("recurrent/forward/weight_reader.cuh", "weight_reader.cuh"),
    source!("recurrent/forward/rnn_forward_launch.cuh", "rnn_forward_launch.cuh"),
    source!("recurrent/forward/example.cu", "example.cu"),
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
