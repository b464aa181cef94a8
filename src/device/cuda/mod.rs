//! NVIDIA's libraries as [`Tools`]: the driver, NVRTC, and NVML where it is there.
//!
//! | file | holds |
//! | --- | --- |
//! | `libraries.rs` | the libraries, opened at run time: all unsafe code |
//! | `gpu.rs`, `names.rs` | a device; what kernels are called in machine code |
//! | `headers.rs` | what NVRTC lacks of the host's headers |

mod gpu;
mod headers;
mod libraries;
mod names;

use super::operations::{Device, DeviceFault, DeviceFaultKind};
use super::work::Tools;
use crate::hardware::ComputeCapability;
use gpu::Gpu;
use libraries::{Driver, Nvrtc, Refusal};
use std::env;
use std::ffi::{CString, OsString, c_int};
use std::path::{Path, PathBuf};

/// `CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR` and `_MINOR`
const CAPABILITY: [c_int; 2] = [75, 76];

/// What NVIDIA's driver and toolkit offer on this machine.
///
/// `CONSTRINT_LIBCUDA`, `CONSTRINT_LIBNVRTC` and `CONSTRINT_LIBNVML` name libraries that are not where the loader looks; NVRTC is also
/// found below `CUDA_HOME`, `CUDA_PATH` and `/usr/local/cuda`.
#[derive(Clone, Copy, Debug, Default)]
pub struct Cuda;

impl Tools for Cuda {
    fn look(&self, device: usize) -> Result<(String, ComputeCapability), DeviceFault> {
        let driver = driver()?;
        let device = handle(&driver, device)?;
        let [major, minor] = CAPABILITY.map(|number| driver.attribute(device, number));
        let capability = format!("{}.{}", major.map_err(absent)?, minor.map_err(absent)?);
        let capability = capability.parse::<ComputeCapability>();
        let name = driver.name(device).map_err(absent)?;
        Ok((name, capability.map_err(|error| DeviceFault::new(DeviceFaultKind::Absent, error.to_string()))?))
    }

    fn open(&self, device: usize) -> Result<Box<dyn Device>, DeviceFault> {
        let driver = driver()?;
        let device = handle(&driver, device)?;
        Ok(Box::new(Gpu::open(driver, device, &nvml()).map_err(absent)?))
    }

    fn compile(&self, source: &Path, options: &[String]) -> Result<Vec<u8>, String> {
        let text = |text: String| CString::new(text).map_err(|error| error.to_string());
        let source_text = std::fs::read_to_string(source).map_err(|error| format!("{}: {error}", source.display()))?;
        let name = text(source.display().to_string())?;
        let folder = source.parent().unwrap_or(Path::new("")).display().to_string();
        // Functions of the host in a source, such as a launcher, are compiled for nobody, instead of refused.
        let own = ["-default-device".to_owned(), format!("-I{folder}")].into_iter().filter(|option| option != "-I");
        let options = options.iter().cloned().chain(own).map(text).collect::<Result<Vec<_>, _>>()?;
        Nvrtc::open(&nvrtc())?.compile((&text(source_text)?, &name), headers::HEADERS, &options)
    }

    fn lacks_compiler(&self) -> Option<String> {
        Nvrtc::open(&nvrtc()).err()
    }
}

fn driver() -> Result<Driver, DeviceFault> {
    let usual: &[&str] = if cfg!(windows) { &["nvcuda.dll"] } else { &["libcuda.so.1", "libcuda.so"] };
    Driver::open(&named("CONSTRINT_LIBCUDA", usual)).map_err(|said| DeviceFault::new(DeviceFaultKind::Absent, said))
}

fn handle(driver: &Driver, device: usize) -> Result<c_int, DeviceFault> {
    let index = c_int::try_from(device).unwrap_or(c_int::MAX);
    driver.device(index).map_err(absent)
}

/// What fails before anything runs is nobody's configuration's fault.
fn absent(refusal: Refusal) -> DeviceFault {
    DeviceFault::new(DeviceFaultKind::Absent, refusal.said)
}

fn nvml() -> Vec<OsString> {
    let usual: &[&str] = if cfg!(windows) { &["nvml.dll"] } else { &["libnvidia-ml.so.1", "libnvidia-ml.so"] };
    named("CONSTRINT_LIBNVML", usual)
}

fn nvrtc() -> Vec<OsString> {
    let usual: &[&str] = if cfg!(windows) {
        &["nvrtc64_130_0.dll", "nvrtc64_120_0.dll"]
    } else {
        &["libnvrtc.so.13", "libnvrtc.so.12", "libnvrtc.so"]
    };
    let variable = "CONSTRINT_LIBNVRTC";
    let mut candidates = named(variable, usual);
    if env::var_os(variable).is_none_or(|path| path.is_empty()) {
        let homes = ["CUDA_HOME", "CUDA_PATH"].into_iter().filter_map(env::var_os).map(PathBuf::from);
        let folder = if cfg!(windows) { "bin" } else { "lib64" };
        let folders = homes.chain([PathBuf::from("/usr/local/cuda")]).map(|home| home.join(folder));
        candidates.extend(folders.flat_map(|folder| usual.iter().map(move |name| folder.join(name).into_os_string())));
    }
    candidates
}

/// The library that a variable names, or else those that the loader finds.
fn named(variable: &str, usual: &[&str]) -> Vec<OsString> {
    let named = env::var_os(variable).filter(|path| !path.is_empty());
    named.map_or_else(|| usual.iter().map(OsString::from).collect(), |path| vec![path])
}
