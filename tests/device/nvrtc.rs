//! Every shipped kernel by NVRTC for every target. It needs no GPU; without it the test says so and passes, unless
//! `CONSTRINT_REQUIRE_NVRTC=1` asks it to fail. `tests/install-nvrtc.sh` installs it.

use constrint::device::{CALIBRATION_SOURCE, Cuda, Tools};
use constrint::{Problem, Request, nvcc, solve};
use serde_json::{Value, json};

/// GPUs of each target that kernels are compiled for.
const GPUS: [&str; 6] = ["A100 SXM4 80GB", "RTX 3090", "RTX 4090", "H100 SXM5 80GB", "B200 (HGX)", "RTX 5090"];

fn problems() -> Vec<Value> {
    let layer = |cell: &str| json!({"cell": cell, "head_dim": 64, "heads": 2, "batch": 8, "sequence": 4});
    vec![
        json!({"kernel": "matmul", "shape": {"m": 512, "n": 512, "k": 4096}}),
        json!({"kernel": "rnn_forward", "shape": layer("lstm")}),
        json!({"kernel": "rnn_backward", "shape": layer("gru"), "dtype": "fp32"}),
        json!({"kernel": "rnn_training", "shape": layer("slstm"), "dtype": "fp16"}),
    ]
}

#[test]
fn nvrtc_compiles_what_nvcc_does() {
    if let Some(said) = Cuda.lacks_compiler() {
        let required = std::env::var("CONSTRINT_REQUIRE_NVRTC").is_ok_and(|value| value == "1");
        assert!(!required, "{said}");
        return eprintln!("skipped: {said}");
    }
    for (gpu, mut problem) in GPUS.iter().flat_map(|gpu| problems().into_iter().map(move |problem| (gpu, problem))) {
        problem["version"] = json!(1);
        problem["gpu"] = json!(gpu);
        let answer = solve(&Problem::from_json(&problem.to_string()).unwrap(), &Request::default()).unwrap();
        let (config, capability) = (&answer.configs[0], answer.tiling.gpu.as_ref().unwrap().compute_capability);
        let folder = tempfile::tempdir().unwrap();
        for part in config.parts.values().chain(config.parts.is_empty().then_some(config)) {
            let kernel = constrint::kernel::find(part.kernel.as_deref().unwrap()).unwrap();
            let source = nvcc::write_sources(kernel, part, folder.path()).unwrap();
            let options = ["-std=c++17".to_owned(), format!("-arch={}", capability.compile_target())];
            let code = Cuda.compile(&source, &options).unwrap_or_else(|said| panic!("{problem}: {said}"));
            assert!(code.starts_with(b"\x7fELF"), "{problem}");
            let entry = format!(".text.constrint_{}", part.kernel.as_deref().unwrap());
            assert!(code.windows(entry.len()).any(|window| window == entry.as_bytes()), "{problem}");
        }
    }
}

/// Those that measure too.
#[test]
fn nvrtc_compiles_the_kernels_of_calibrate() {
    if Cuda.lacks_compiler().is_some() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let source = folder.path().join("calibrate.cu");
    std::fs::write(&source, CALIBRATION_SOURCE).unwrap();
    for target in ["sm_75", "sm_80", "sm_90a", "sm_100a", "sm_120a"] {
        let code = Cuda.compile(&source, &["-std=c++17".to_owned(), format!("-arch={target}")]);
        assert!(code.unwrap_or_else(|said| panic!("{target}: {said}")).starts_with(b"\x7fELF"), "{target}");
    }
}

/// What a configuration breaks is told by the kernel's own words.
#[test]
fn what_nvrtc_refuses_is_quoted() {
    if Cuda.lacks_compiler().is_some() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let source = folder.path().join("wrong.cu");
    std::fs::write(&source, "static_assert(false, \"no such tile\");\n").unwrap();
    let said = Cuda.compile(&source, &["-arch=sm_80".to_owned()]).unwrap_err();
    assert!(said.contains("no such tile") && said.contains("wrong.cu(1)"), "{said}");
    std::fs::write(&source, "#include <cstdio>\n").unwrap();
    let said = Cuda.compile(&source, &["-arch=sm_80".to_owned()]).unwrap_err();
    assert!(said.contains("cannot open source file") || said.contains("could not open source file"), "{said}");
}
