//! [`Gpu`]: a device by the driver, with clocks by NVML where that is there.

use super::libraries::{Driver, Event, Function, Module, Monitor, Refusal};
use super::names;
use crate::device::operations::{Clocks, Device, DeviceFault, DeviceFaultKind, Mark};
use crate::kernel::Launch;
use std::collections::BTreeMap;
use std::ffi::{OsString, c_int, c_uint};

/// `CU_DEVICE_ATTRIBUTE_L2_CACHE_SIZE`
const L2_CACHE_SIZE: c_int = 38;
/// `CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES` and `CU_FUNC_ATTRIBUTE_PREFERRED_SHARED_MEMORY_CARVEOUT`
const MAX_DYNAMIC_SHARED_BYTES: c_int = 8;
const SHARED_MEMORY_CARVEOUT: c_int = 9;
/// Of what L1 and shared memory divide between them, in percent: as the launch functions of shipped kernels ask for.
const ALL_SHARED: c_int = 100;
/// `NVML_CLOCK_SM` and `NVML_CLOCK_MEM`
const CLOCK_SM: c_uint = 1;
const CLOCK_MEMORY: c_uint = 2;
/// Bits of `nvmlClocksThrottleReasons`: hardware slowdown, thermal slowdown by software and hardware, power brake.
const THROTTLED: u64 = 0x8 | 0x20 | 0x40 | 0x80;
/// Picoseconds of a millisecond.
const PS_PER_MS: f64 = 1e9;

/// A device with a context.
pub(super) struct Gpu {
    driver: Driver,
    monitor: Option<Monitor>,
    l2_bytes: i64,
    images: Vec<(Module, Vec<u8>)>,
    /// By image, name and shared memory, which is a property of the function.
    functions: BTreeMap<(usize, String, i64), Function>,
    marks: [Event; 2],
}

impl Gpu {
    pub(super) fn open(driver: Driver, device: c_int, nvml: &[OsString]) -> Result<Self, Refusal> {
        driver.begin(device)?;
        let l2_bytes = driver.attribute(device, L2_CACHE_SIZE)?;
        let marks = [driver.event()?, driver.event()?];
        let monitor = Monitor::of(&driver, device, nvml);
        Ok(Self { driver, monitor, l2_bytes, images: Vec::new(), functions: BTreeMap::new(), marks })
    }

    fn function(&mut self, launch: &Launch) -> Result<Function, DeviceFault> {
        let key = (launch.image, launch.entry.clone(), launch.dynamic_shared_memory_bytes);
        if let Some(function) = self.functions.get(&key) {
            return Ok(*function);
        }
        let missing = || DeviceFault::new(DeviceFaultKind::Refused, format!("no machine code {}", launch.image));
        let (module, image) = self.images.get(launch.image).ok_or_else(missing)?;
        let mut found =
            Err(Refusal { status: 500, said: format!("the machine code has no kernel `{}`", launch.entry) });
        for name in names::candidates(image, &launch.entry) {
            found = found.or_else(|_| self.driver.function(*module, &name));
        }
        let function = found.map_err(fault)?;
        let shared = integer::<c_int>(launch.dynamic_shared_memory_bytes)?;
        self.driver.set(function, MAX_DYNAMIC_SHARED_BYTES, shared).map_err(fault)?;
        if launch.prefers_shared_memory {
            self.driver.set(function, SHARED_MEMORY_CARVEOUT, ALL_SHARED).map_err(fault)?;
        }
        self.functions.insert(key, function);
        Ok(function)
    }
}

/// What a status means, by its number in `CUresult`.
fn fault(refusal: Refusal) -> DeviceFault {
    let kind = match refusal.status {
        702 => DeviceFaultKind::TimedOut,
        // Stray and misaligned addresses, illegal instructions, assertions, traps.
        700 | 710 | 714..=719 => DeviceFaultKind::Crashed,
        // Not initialised, no device, an error that takes a reset.
        3 | 46 | 100 | 101 | 214 | 803 | 804 => DeviceFaultKind::Absent,
        _ => DeviceFaultKind::Refused,
    };
    DeviceFault::new(kind, refusal.said)
}

fn integer<T: TryFrom<i64>>(value: i64) -> Result<T, DeviceFault> {
    T::try_from(value).map_err(|_| DeviceFault::new(DeviceFaultKind::Refused, format!("{value} is beyond any GPU")))
}

impl Device for Gpu {
    fn l2_bytes(&self) -> i64 {
        self.l2_bytes
    }

    fn load(&mut self, image: &[u8]) -> Result<(), DeviceFault> {
        let module = self.driver.load(image).map_err(fault)?;
        self.images.push((module, image.to_vec()));
        Ok(())
    }

    fn allocate(&mut self, bytes: i64) -> Result<u64, DeviceFault> {
        match integer::<usize>(bytes)? {
            0 => Ok(0),
            bytes => self.driver.allocate(bytes).map_err(fault),
        }
    }

    fn write(&mut self, address: u64, bytes: &[u8]) -> Result<(), DeviceFault> {
        self.driver.upload(address, bytes).map_err(fault)
    }

    fn fill(&mut self, address: u64, byte: u8, bytes: i64) -> Result<(), DeviceFault> {
        match integer::<usize>(bytes)? {
            0 => Ok(()),
            bytes => self.driver.fill(address, byte, bytes).map_err(fault),
        }
    }

    fn read(&mut self, address: u64, bytes: i64) -> Result<Vec<u8>, DeviceFault> {
        let mut read = vec![0; integer::<usize>(bytes)?];
        if !read.is_empty() {
            self.driver.download(address, &mut read).map_err(fault)?;
        }
        Ok(read)
    }

    fn launch(&mut self, launch: &Launch, parameters: &[u8]) -> Result<(), DeviceFault> {
        let function = self.function(launch)?;
        let extents = |sides: [i64; 3]| Ok([integer(sides[0])?, integer(sides[1])?, integer(sides[2])?]);
        let extents = [extents(launch.grid)?, extents(launch.block)?, extents(launch.cluster)?];
        let shared = integer(launch.dynamic_shared_memory_bytes)?;
        let launched = self.driver.launch(function, extents, (shared, launch.cooperative), &mut parameters.to_vec());
        launched.map_err(|refusal| fault(Refusal { said: format!("`{}`: {}", launch.entry, refusal.said), ..refusal }))
    }

    fn mark(&mut self, mark: Mark) -> Result<(), DeviceFault> {
        self.driver.record(self.marks[usize::from(mark == Mark::End)]).map_err(fault)
    }

    fn elapsed_ps(&mut self) -> Result<i64, DeviceFault> {
        let ms = self.driver.elapsed_ms(self.marks[0], self.marks[1]).map_err(fault)?;
        #[expect(clippy::cast_possible_truncation, reason = "saturates after a hundred days")]
        Ok((f64::from(ms) * PS_PER_MS).round() as i64)
    }

    fn wait(&mut self) -> Result<(), DeviceFault> {
        self.driver.wait().map_err(fault)
    }

    fn clocks(&mut self) -> Option<Clocks> {
        let monitor = self.monitor.as_ref()?;
        let (sm_mhz, memory_mhz) = (monitor.clock_mhz(CLOCK_SM)?, monitor.clock_mhz(CLOCK_MEMORY)?);
        let is_throttled = monitor.throttle_reasons().is_some_and(|reasons| reasons & THROTTLED != 0);
        Some(Clocks { sm_mhz, memory_mhz, is_throttled })
    }
}
