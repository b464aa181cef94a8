//! The small kernels of `constrint calibrate`, for every target that nvcc still knows: 7.0 is no longer among them.

use super::compiler;
use constrint::device::CALIBRATION_SOURCE;
use constrint::hardware::ComputeCapability;
use constrint::nvcc;

#[test]
fn the_kernels_that_measure_compile_for_every_target() {
    let Some(nvcc) = compiler() else { return };
    let folder = tempfile::tempdir().unwrap();
    let source = folder.path().join("calibrate.cu");
    std::fs::write(&source, CALIBRATION_SOURCE).unwrap();
    for target in ["7.5", "8.0", "8.6", "8.9", "9.0", "10.0", "12.0"] {
        let capability: ComputeCapability = target.parse().unwrap();
        let cubin = folder.path().join("calibrate.cubin");
        let run = std::process::Command::new(&nvcc)
            .args(nvcc::target_options(capability))
            .args(["-Werror", "all-warnings", "-Xptxas", "-v", "-cubin", "-o"])
            .args([&cubin, &source])
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&run.stderr);
        assert!(run.status.success(), "{target}: {said}");
        // What is timed must not wait for local memory.
        let kernels = said.matches("Compiling entry function").count();
        assert!(
            kernels >= 18 && said.matches(" 0 bytes stack frame, 0 bytes spill stores").count() == kernels,
            "{said}"
        );
    }
}
