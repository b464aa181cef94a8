//! `constrint calibrate`: how fast a GPU of this machine is, as a file that `"gpu"` takes.

use crate::args::{CalibrateArgs, Common};
use crate::exit_code::ExitCode;
use crate::failure::Failure;
use crate::output::Output;
use crate::{device, input, stopped, watch};
use constrint::device::{Calibration, Timer, calibrate};
use constrint::file;
use constrint::hardware::LocalGpus;
use serde_json::json;

pub(crate) fn run(args: &CalibrateArgs, common: &Common, output: &Output) -> Result<ExitCode, Failure> {
    watch::last_word(stopped::with_nothing(output));
    let limits = watch::of_flags(common);
    let setup = device::setup(&args.device, Timer::quick(), limits)?;
    let base = if let Some(name) = &args.gpu {
        input::gpu_of_flag(name)?.resolve().map_err(Failure::library("--gpu"))?
    } else {
        let local = LocalGpus::open().and_then(|gpus| gpus.get(args.device.device));
        local.map_err(Failure::library(""))?.gpu
    };
    let told = |name: &str| output.detail(name);
    let Calibration { gpu, notes } = calibrate(&base, &setup, told).map_err(Failure::library(""))?;
    for note in &notes {
        output.note(&format!("note: {note}"));
    }
    let object = json!(gpu);
    match &args.out {
        None => output.object(&object)?,
        Some(path) => {
            file::write(path, &format!("{object:#}\n")).map_err(Failure::library(""))?;
            if output.json {
                output.object(&json!({"status": "measured", "gpu": gpu, "out": path, "notes": notes}))?;
            } else {
                output.data(&format!("{} is measured: \"gpu\": \"{}\"\n", gpu.name, path.display()))?;
            }
        }
    }
    Ok(ExitCode::Success)
}
