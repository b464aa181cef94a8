//! [`LocalGpus`]: the devices that the driver shows.

use super::assemble::assemble;
use super::driver::Driver;
use super::reading::Reading;
use super::{DetectedGpu, DetectionFault};
use crate::hardware::{Gpu, HardwareError};
use std::env;
use std::ffi::OsString;

/// The environment variable that names the driver's library, for one that is not where the loader looks.
const LIBRARY_VARIABLE: &str = "CONSTRINT_LIBCUDA";

/// Under which names the loader finds the driver's library.
const LIBRARIES: &[&str] = if cfg!(windows) { &["nvcuda.dll"] } else { &["libcuda.so.1", "libcuda.so"] };

/// The devices that the driver shows to this process, counted from 0 as it counts them.
pub struct LocalGpus {
    driver: Driver,
    count: usize,
}

impl LocalGpus {
    /// Starts the driver: the library that `CONSTRINT_LIBCUDA` names, or else `libcuda.so.1`, as the loader finds it.
    ///
    /// # Errors
    /// [`HardwareError::Detection`] where there is no driver, or it shows no device.
    ///
    /// ```no_run
    /// for gpu in constrint::hardware::LocalGpus::open()?.iter() {
    ///     println!("{}", serde_json::to_string(&gpu?.gpu).expect("plain data"));
    /// }
    /// # Ok::<(), constrint::Error>(())
    /// ```
    pub fn open() -> Result<Self, HardwareError> {
        let named = env::var_os(LIBRARY_VARIABLE).filter(|path| !path.is_empty());
        let candidates = named.map_or_else(|| LIBRARIES.iter().map(OsString::from).collect(), |path| vec![path]);
        let driver = Driver::open(&candidates)?;
        match usize::try_from(driver.device_count()?) {
            Ok(count) if count > 0 => Ok(Self { driver, count }),
            _ => Err(DetectionFault::NoDevice.into()),
        }
    }

    /// How many there are: at least one.
    pub fn count(&self) -> usize {
        self.count
    }

    /// The device with this index.
    ///
    /// # Errors
    /// [`HardwareError::Detection`] where there is no such device or the catalog lacks its compute capability, and
    /// [`HardwareError::InvalidGpu`] where what the driver tells cannot be.
    pub fn get(&self, index: usize) -> Result<DetectedGpu, HardwareError> {
        if index >= self.count {
            return Err(DetectionFault::NoSuchDevice { index, count: self.count }.into());
        }
        let device = self.driver.device(i32::try_from(index).expect("fewer than the driver's int counts"))?;
        assemble(&Reading::of(&device)?)
    }

    /// All of them in the driver's order; one that the catalog cannot complete is an error among the others.
    pub fn iter(&self) -> impl Iterator<Item = Result<DetectedGpu, HardwareError>> {
        (0..self.count).map(|index| self.get(index))
    }
}

/// The device that `detect` or `detect:1` asks for; `None` for any other name.
pub(in crate::hardware) fn named(name: &str) -> Option<Result<Gpu, HardwareError>> {
    const DETECT: &str = "detect";
    let name = name.trim();
    let (word, index) = name.split_once(':').unwrap_or((name, "0"));
    if !word.trim_end().eq_ignore_ascii_case(DETECT) {
        return None;
    }
    let index = index.trim();
    Some(match index.parse() {
        Ok(index) => LocalGpus::open().and_then(|gpus| gpus.get(index)).map(|detected| detected.gpu),
        Err(_) => Err(DetectionFault::Index { text: index.to_owned() }.into()),
    })
}
