//! The CUDA driver library, opened at run time: with `device/cuda/libraries.rs`, of the feature
//! `cuda`, the only file of this crate with unsafe code.
//!
//! A machine without an NVIDIA driver has no such library, so that it cannot be linked; calling a function that was
//! looked up by name is unsafe in Rust whatever it does. What makes each call sound: the six functions are those of
//! NVIDIA's driver API reference with the parameter types of `cuda.h` (13.5, unchanged since 3.2), every pointer passed
//! is to a local variable that outlives the call and is large enough for what is written, and the library is never
//! unloaded, so that no function pointer dangles. That the library found is the driver's is taken on trust, as it is for
//! every program linked with it.

#![allow(unsafe_code, reason = "functions of a library that may be absent can be called in no other way; see above")]

use super::DetectionFault;
use libloading::{Library, Symbol};
use std::error::Error as _;
use std::ffi::{CStr, OsString, c_char, c_int, c_uint};

/// `CUresult`
type Status = c_int;

const SUCCESS: Status = 0;
/// `CUDA_ERROR_INVALID_VALUE`: of an attribute's number, that this driver does not know it.
const INVALID_VALUE: Status = 1;
/// `CUDA_ERROR_NO_DEVICE`
const NO_DEVICE: Status = 100;

/// More than NVIDIA says that a device's name may have, the final zero included.
const NAME_BYTES: usize = 512;

/// The functions of the driver that tell what GPUs there are. No context is made and no memory taken on any of them.
pub(super) struct Driver {
    library: String,
    device_count: unsafe extern "system" fn(*mut c_int) -> Status,
    device: unsafe extern "system" fn(*mut c_int, c_int) -> Status,
    device_name: unsafe extern "system" fn(*mut c_char, c_int, c_int) -> Status,
    device_attribute: unsafe extern "system" fn(*mut c_int, c_int, c_int) -> Status,
    device_memory: unsafe extern "system" fn(*mut usize, c_int) -> Status,
    error_string: Option<unsafe extern "system" fn(Status, *mut *const c_char) -> Status>,
}

impl Driver {
    /// Opens the first of these libraries that is there, and starts the driver.
    pub(super) fn open(candidates: &[OsString]) -> Result<Self, DetectionFault> {
        let mut reasons = Vec::new();
        for candidate in candidates {
            // SAFETY: opening a library runs its initialisers. Those of the driver's are made to run in any process.
            match unsafe { Library::new(candidate) } {
                Ok(library) => return Self::start(&candidate.to_string_lossy(), library),
                Err(error) => reasons.push(reason(&error)),
            }
        }
        Err(DetectionFault::NoDriver { reasons })
    }

    fn start(name: &str, library: Library) -> Result<Self, DetectionFault> {
        // The driver starts threads and is not made to be unloaded; and what is looked up in it must stay valid.
        let library: &'static Library = Box::leak(Box::new(library));
        let missing = |symbol: &'static str| DetectionFault::MissingSymbol { library: name.to_owned(), symbol };
        // SAFETY: for each name, the type is that of its declaration in cuda.h.
        let (initialize, driver) = unsafe {
            let initialize: unsafe extern "system" fn(c_uint) -> Status =
                look_up(library, "cuInit").ok_or_else(|| missing("cuInit"))?;
            let driver = Self {
                library: name.to_owned(),
                device_count: look_up(library, "cuDeviceGetCount").ok_or_else(|| missing("cuDeviceGetCount"))?,
                device: look_up(library, "cuDeviceGet").ok_or_else(|| missing("cuDeviceGet"))?,
                device_name: look_up(library, "cuDeviceGetName").ok_or_else(|| missing("cuDeviceGetName"))?,
                device_attribute: look_up(library, "cuDeviceGetAttribute")
                    .ok_or_else(|| missing("cuDeviceGetAttribute"))?,
                device_memory: look_up(library, "cuDeviceTotalMem_v2").ok_or_else(|| missing("cuDeviceTotalMem_v2"))?,
                error_string: look_up(library, "cuGetErrorString"),
            };
            (initialize, driver)
        };
        // SAFETY: takes no pointer; 0 is the only value that its parameter may have.
        driver.check("cuInit", unsafe { initialize(0) })?;
        Ok(driver)
    }

    /// The devices that the process may see: `CUDA_VISIBLE_DEVICES` hides and reorders, and the driver heeds it.
    pub(super) fn device_count(&self) -> Result<c_int, DetectionFault> {
        let mut count = 0;
        // SAFETY: writes one int to a local variable.
        self.check("cuDeviceGetCount", unsafe { (self.device_count)(&raw mut count) })?;
        Ok(count)
    }

    /// The handle of the device with this index.
    pub(super) fn device(&self, index: c_int) -> Result<Device<'_>, DetectionFault> {
        let mut handle = 0;
        // SAFETY: writes one int to a local variable.
        self.check("cuDeviceGet", unsafe { (self.device)(&raw mut handle, index) })?;
        Ok(Device { driver: self, handle })
    }

    fn check(&self, call: &'static str, status: Status) -> Result<(), DetectionFault> {
        match status {
            SUCCESS => Ok(()),
            NO_DEVICE => Err(DetectionFault::NoDevice),
            code => Err(DetectionFault::Call { call, code, reason: self.reason(code), library: self.library.clone() }),
        }
    }

    /// What the driver calls an error, if it says so.
    fn reason(&self, code: Status) -> Option<String> {
        let error_string = self.error_string?;
        let mut text = std::ptr::null();
        // SAFETY: writes one pointer to a local variable: to a text of its own that ends with a zero and is never freed,
        // or null.
        unsafe {
            let known = error_string(code, &raw mut text) == SUCCESS && !text.is_null();
            known.then(|| CStr::from_ptr(text).to_string_lossy().into_owned())
        }
    }
}

/// One device of the driver.
pub(super) struct Device<'a> {
    driver: &'a Driver,
    handle: c_int,
}

impl Device<'_> {
    /// What the device calls itself, such as `NVIDIA H100 80GB HBM3`.
    pub(super) fn name(&self) -> Result<String, DetectionFault> {
        let mut name = [0u8; NAME_BYTES];
        let length = c_int::try_from(NAME_BYTES).expect("a small number");
        // SAFETY: writes at most as many bytes as it is told, to a local array of that size.
        let status = unsafe { (self.driver.device_name)(name.as_mut_ptr().cast(), length, self.handle) };
        self.driver.check("cuDeviceGetName", status)?;
        let end = name.iter().position(|&byte| byte == 0).unwrap_or(NAME_BYTES);
        Ok(String::from_utf8_lossy(&name[..end]).trim().to_owned())
    }

    /// All memory of the device, in bytes.
    pub(super) fn memory_bytes(&self) -> Result<i64, DetectionFault> {
        let mut bytes = 0;
        // SAFETY: writes one size to a local variable.
        self.driver
            .check("cuDeviceTotalMem_v2", unsafe { (self.driver.device_memory)(&raw mut bytes, self.handle) })?;
        Ok(i64::try_from(bytes).unwrap_or(i64::MAX))
    }

    /// The attribute with this number in `CUdevice_attribute`; `None` if the driver is too old to know it.
    pub(super) fn attribute(&self, number: c_int) -> Result<Option<i64>, DetectionFault> {
        let mut value = 0;
        // SAFETY: writes one int to a local variable.
        let status = unsafe { (self.driver.device_attribute)(&raw mut value, number, self.handle) };
        if status == INVALID_VALUE {
            return Ok(None);
        }
        self.driver.check("cuDeviceGetAttribute", status)?;
        Ok(Some(i64::from(value)))
    }
}

/// What the loader said; the error itself only tells which of its calls failed.
fn reason(error: &libloading::Error) -> String {
    error.source().map_or_else(|| error.to_string(), ToString::to_string)
}

/// A function of the library by its name.
///
/// # Safety
/// `F` must be the type of the function.
unsafe fn look_up<F: Copy + 'static>(library: &'static Library, name: &str) -> Option<F> {
    // SAFETY: the caller vouches for the type.
    let symbol: Option<Symbol<'static, F>> = unsafe { library.get(name) }.ok();
    symbol.map(|symbol| *symbol)
}
