//! Both passes of the recurrent layer in one program, `train_example.cu`.

use super::{best, capability, compile_program, compiler};
use constrint::Problem;
use constrint::config::Config;
use constrint::nvcc::{target_options, write_sources};
use std::path::Path;

/// Writes the sources of both passes of a layer, with their headers, to the folder.
fn write_both(folder: &Path, gpu: &str, dtype: &str, layer: &str, recompute: i64) -> Config {
    let text = format!(
        r#"{{"version": 1, "kernel": "rnn_training", "gpu": "{gpu}", "dtype": "{dtype}",
            "shape": {{{layer}, "batch": 16, "sequence": 1024}}}}"#
    );
    let mut problem = Problem::from_json(&text).unwrap();
    problem.set("recompute", recompute).unwrap();
    let config = best(&problem).expect("a configuration");
    write_sources(constrint::kernel::find("rnn_training").unwrap(), &config, folder).unwrap();
    config
}

const LSTM: &str = r#""cell": "lstm", "head_dim": 64, "heads": 12"#;

/// Of the variants block and words, cells with other numbers of gates, and types; `sm_80` and `sm_90a`.
#[test]
fn the_program_that_trains_compiles() {
    let Some(nvcc) = compiler() else { return };
    for (gpu, dtype, layer, recompute) in [
        ("A100 SXM4 80GB", "bf16", LSTM, 0),
        ("H100 SXM5 80GB", "bf16", LSTM, 1),
        ("A100 SXM4 80GB", "fp16", r#""cell": "gru", "head_dim": 768, "heads": 1"#, 1),
        ("H100 SXM5 80GB", "fp32", r#""cell": "slstm", "head_dim": 256, "heads": 3"#, 0),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let config = write_both(folder.path(), gpu, dtype, layer, recompute);
        compile_program(&nvcc, &folder.path().join("recurrent/train_example.cu"), &config);
    }
}

/// A file that calls both passes, whose kernels are compiled elsewhere, in either order; and one that mixes their headers.
#[test]
fn launchers_of_both_passes_go_together() {
    let Some(nvcc) = compiler() else { return };
    let folder = tempfile::tempdir().unwrap();
    let config = write_both(folder.path(), "H100 SXM5 80GB", "bf16", LSTM, 0);
    let include = |pass: &str, file: &str| format!("#include \"recurrent/{pass}/rnn_{pass}{file}\"\n");
    let [forward, backward] = ["forward", "backward"].map(|pass| include(pass, "_launch.cuh"));
    let call = "int main() { return constrint::rnn_forward::launch({}) + constrint::rnn_backward::launch({}); }\n";
    let path = folder.path().join("host.cu");
    for text in [format!("{forward}{backward}{call}"), format!("{backward}{forward}{call}")] {
        std::fs::write(&path, text).unwrap();
        compile_program(&nvcc, &path, &config);
    }
    std::fs::write(&path, format!("{}{backward}{forward}{call}", include("forward", ".cu"))).unwrap();
    let options = target_options(capability(&config));
    let run =
        std::process::Command::new(nvcc).args(options).arg("-cubin").arg(&path).current_dir(&folder).output().unwrap();
    let said = String::from_utf8_lossy(&run.stderr);
    assert!(!run.status.success() && said.contains("the other pass has begun"), "{said}");
}
