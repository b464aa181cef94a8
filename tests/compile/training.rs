//! Both passes of the recurrent layer in one program, `train_example.cu`.

use super::{best, capability, compile_program, compiler};
use constrint::Problem;
use constrint::config::Config;
use constrint::nvcc::{target_options, write_sources};
use std::path::Path;

/// Writes the sources of both passes of a layer to the folder; the configuration of the second.
fn write_both(folder: &Path, gpu: &str, dtype: &str, layer: &str) -> Config {
    let configs = [("rnn_forward", r#", "pass": "training""#), ("rnn_backward", "")].map(|(name, word)| {
        let text = format!(
            r#"{{"version": 1, "kernel": "{name}", "gpu": "{gpu}", "dtype": "{dtype}",
                "shape": {{{layer}, "batch": 16, "sequence": 1024{word}}}}}"#
        );
        let config = best(&Problem::from_json(&text).unwrap()).expect("a configuration");
        write_sources(constrint::kernel::find(name).unwrap(), &config, folder).unwrap();
        config
    });
    configs[1].clone()
}

const LSTM: &str = r#""cell": "lstm", "head_dim": 64, "heads": 12"#;

/// Of the variants block and words, cells with other numbers of gates, and types; `sm_80` and `sm_90a`.
#[test]
fn the_program_that_trains_compiles() {
    let Some(nvcc) = compiler() else { return };
    for (gpu, dtype, layer) in [
        ("A100 SXM4 80GB", "bf16", LSTM),
        ("H100 SXM5 80GB", "bf16", LSTM),
        ("A100 SXM4 80GB", "fp16", r#""cell": "gru", "head_dim": 768, "heads": 1"#),
        ("H100 SXM5 80GB", "fp32", r#""cell": "slstm", "head_dim": 256, "heads": 3"#),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let config = write_both(folder.path(), gpu, dtype, layer);
        compile_program(&nvcc, &folder.path().join("recurrent/train_example.cu"), &config);
    }
}

/// A file that calls both passes, whose kernels are compiled elsewhere, in either order; and one that mixes their headers.
#[test]
fn launchers_of_both_passes_go_together() {
    let Some(nvcc) = compiler() else { return };
    let folder = tempfile::tempdir().unwrap();
    let config = write_both(folder.path(), "H100 SXM5 80GB", "bf16", LSTM);
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
