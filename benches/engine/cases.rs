//! The grid: layers of `FlashRNN` over cells, types, GPUs and sizes.

use crate::client::{A100, Dtype, Gpu, H100, Layer};
use itertools::iproduct;

const RTX_4090: Gpu = Gpu { sms: 128, opt_in_shared_memory_bytes: 101_376, ..H100 };

/// Names, with how many gates take recurrent input.
const CELLS: [(&str, i64); 4] = [("lstm", 4), ("slstm", 4), ("elman", 1), ("gru", 3)];
const DTYPES: [(&str, Dtype); 2] = [("bf16", Dtype::Bf16), ("f32", Dtype::F32)];
const GPUS: [(&str, Gpu); 3] = [("a100", A100), ("h100", H100), ("4090", RTX_4090)];
const HEAD_DIMS: [i64; 18] = [16, 32, 48, 64, 96, 128, 160, 192, 256, 320, 384, 512, 768, 1024, 1344, 1536, 2048, 2976];
const HEADS: [i64; 11] = [1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48];
const BATCHES: [i64; 5] = [8, 16, 24, 32, 64];

/// A layer and what it is called, such as `lstm-bf16-768x1-b16-h100` for one head of 768 and a batch of 16.
pub(crate) struct Case {
    pub(crate) id: String,
    pub(crate) layer: Layer,
}

/// Every head dimension with every cell, type and GPU. The heads and the batch go round, in steps prime to their numbers
/// and to each other, so that each meets everything.
pub(crate) fn grid() -> Vec<Case> {
    let sizes = iproduct!(HEAD_DIMS, CELLS, DTYPES, GPUS).enumerate();
    let cases = sizes.map(|(index, (head_dim, (cell, gates), (type_name, dtype), (gpu_name, gpu)))| {
        let (heads, batch) = (HEADS[index * 7 % HEADS.len()], BATCHES[index * 3 % BATCHES.len()]);
        let id = format!("{cell}-{type_name}-{head_dim}x{heads}-b{batch}-{gpu_name}");
        Case { id, layer: Layer { dtype, gates, head_dim, heads, batch, gpu } }
    });
    cases.collect()
}
