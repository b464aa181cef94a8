//! Both passes of the recurrent layer in one program, `train_example.cu`.

use super::{best, compile_program, compiler};
use constrint::Problem;
use constrint::nvcc::write_sources;

/// Of all three variants, cells with other numbers of gates, and types; `sm_80` and `sm_90a`.
#[test]
fn the_program_that_trains_compiles() {
    let Some(nvcc) = compiler() else { return };
    for (gpu, cell, dtype, head_dim, heads) in [
        ("A100 SXM4 80GB", "lstm", "bf16", 64, 12),
        ("H100 SXM5 80GB", "lstm", "bf16", 64, 12),
        ("A100 SXM4 80GB", "gru", "fp16", 768, 1),
        ("H100 SXM5 80GB", "slstm", "fp32", 256, 3),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let mut config = None;
        for (name, word) in [("rnn_forward", r#", "pass": "training""#), ("rnn_backward", "")] {
            let text = format!(
                r#"{{"version": 1, "kernel": "{name}", "gpu": "{gpu}", "dtype": "{dtype}",
                    "shape": {{"cell": "{cell}", "head_dim": {head_dim}, "heads": {heads}, "batch": 16,
                               "sequence": 1024{word}}}}}"#
            );
            let solved = best(&Problem::from_json(&text).unwrap()).expect("a configuration");
            write_sources(constrint::kernel::find(name).unwrap(), &solved, folder.path()).unwrap();
            config = Some(solved);
        }
        compile_program(&nvcc, &folder.path().join("recurrent/train_example.cu"), &config.unwrap());
    }
}
