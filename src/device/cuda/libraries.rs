//! NVIDIA's driver, NVRTC and NVML, opened at run time: the one file of this layer with unsafe code, as
//! `hardware/detect/driver.rs` is that of the detection.
//!
//! What makes each call sound:
//!
//! * The functions have the types of their declarations in `cuda.h` and `nvrtc.h` of CUDA 13.5 and in `nvml.h`, under the names that
//!   these headers map them to since CUDA 11.8; the libraries are never unloaded, so that no function pointer dangles. That a library
//!   is NVIDIA's is taken on trust, as by every program linked with it.
//! * Handles ([`Module`], [`Function`], [`Event`], …) are made here alone, by calls that succeeded, and never destroyed: the process ends
//!   with its one job. A [`Driver`] makes its context current in the thread that opened it, and is bound to that thread.
//! * Memory of the device is reached through [`Driver`] alone, which knows what it took and checks every range against it. What a kernel
//!   does with addresses is the kernel's: it runs in a process that has nothing to lose.
//! * Every pointer passed is to a local variable or slice that outlives the call, with its length where the call takes one.

#![allow(unsafe_code, reason = "functions of libraries that may be absent can be called in no other way; see above")]

use libloading::Library;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::error::Error as _;
use std::ffi::{CStr, CString, OsString, c_char, c_int, c_uint, c_ulonglong, c_void};
use std::marker::PhantomData;
use std::ptr;

/// `CUresult`, `nvrtcResult` or `nvmlReturn_t`: 0 for success.
type Status = c_int;

/// Declares a table of functions, each with its name in the library.
macro_rules! table {
    ($table:ident { $($field:ident = $symbol:literal: fn($($argument:ty),*) -> $result:ty;)+ }) => {
        #[derive(Clone, Copy)]
        struct $table { $($field: unsafe extern "system" fn($($argument),*) -> $result,)+ }

        impl $table {
            fn load(library: &'static Library) -> Result<Self, String> {
                // SAFETY: for each name, the type is that of its declaration; see above.
                Ok(Self { $($field: *unsafe { library.get($symbol) }.map_err(|_| format!("no function `{}`", $symbol))?,)+ })
            }
        }
    };
}

table!(DriverTable {
    init = "cuInit": fn(c_uint) -> Status;
    device = "cuDeviceGet": fn(*mut c_int, c_int) -> Status;
    name = "cuDeviceGetName": fn(*mut c_char, c_int, c_int) -> Status;
    attribute = "cuDeviceGetAttribute": fn(*mut c_int, c_int, c_int) -> Status;
    bus = "cuDeviceGetPCIBusId": fn(*mut c_char, c_int, c_int) -> Status;
    retain = "cuDevicePrimaryCtxRetain": fn(*mut Handle, c_int) -> Status;
    make_current = "cuCtxSetCurrent": fn(Handle) -> Status;
    load = "cuModuleLoadData": fn(*mut Handle, *const c_void) -> Status;
    function = "cuModuleGetFunction": fn(*mut Handle, Handle, *const c_char) -> Status;
    set = "cuFuncSetAttribute": fn(Handle, c_int, c_int) -> Status;
    allocate = "cuMemAlloc_v2": fn(*mut u64, usize) -> Status;
    upload = "cuMemcpyHtoD_v2": fn(u64, *const c_void, usize) -> Status;
    download = "cuMemcpyDtoH_v2": fn(*mut c_void, u64, usize) -> Status;
    fill = "cuMemsetD8Async": fn(u64, u8, usize, Handle) -> Status;
    launch = "cuLaunchKernelEx": fn(*const LaunchConfig, Handle, *mut *mut c_void, *mut *mut c_void) -> Status;
    create_event = "cuEventCreate": fn(*mut Handle, c_uint) -> Status;
    record = "cuEventRecord": fn(Handle, Handle) -> Status;
    wait_for = "cuEventSynchronize": fn(Handle) -> Status;
    elapsed = "cuEventElapsedTime": fn(*mut f32, Handle, Handle) -> Status;
    wait = "cuStreamSynchronize": fn(Handle) -> Status;
    error_name = "cuGetErrorName": fn(Status, *mut *const c_char) -> Status;
    error_text = "cuGetErrorString": fn(Status, *mut *const c_char) -> Status;
});

table!(NvrtcTable {
    create = "nvrtcCreateProgram":
        fn(*mut Handle, *const c_char, *const c_char, c_int, *const *const c_char, *const *const c_char) -> Status;
    compile = "nvrtcCompileProgram": fn(Handle, c_int, *const *const c_char) -> Status;
    log_size = "nvrtcGetProgramLogSize": fn(Handle, *mut usize) -> Status;
    log = "nvrtcGetProgramLog": fn(Handle, *mut c_char) -> Status;
    code_size = "nvrtcGetCUBINSize": fn(Handle, *mut usize) -> Status;
    code = "nvrtcGetCUBIN": fn(Handle, *mut c_char) -> Status;
    error_text = "nvrtcGetErrorString": fn(Status) -> *const c_char;
});

table!(NvmlTable {
    init = "nvmlInit_v2": fn() -> Status;
    device = "nvmlDeviceGetHandleByPciBusId_v2": fn(*const c_char, *mut Handle) -> Status;
    clock = "nvmlDeviceGetClockInfo": fn(Handle, c_uint, *mut c_uint) -> Status;
    throttled = "nvmlDeviceGetCurrentClocksThrottleReasons": fn(Handle, *mut c_ulonglong) -> Status;
});

/// Any of the libraries' opaque pointers.
type Handle = *mut c_void;

/// `CUlaunchConfig`
#[repr(C)]
struct LaunchConfig {
    grid: [c_uint; 3],
    block: [c_uint; 3],
    shared_bytes: c_uint,
    stream: Handle,
    attributes: *const LaunchAttribute,
    attribute_count: c_uint,
}

/// `CUlaunchAttribute`: its number, 4 bytes of padding, and a union of 64 bytes, of which these use the first three words.
#[repr(C, align(8))]
#[derive(Clone, Copy)]
struct LaunchAttribute {
    id: c_int,
    padding: c_int,
    value: [c_uint; 16],
}

const COOPERATIVE: c_int = 2;
const CLUSTER_DIMENSION: c_int = 4;
/// `CU_LAUNCH_PARAM_BUFFER_POINTER` and `CU_LAUNCH_PARAM_BUFFER_SIZE`
const BUFFER_POINTER: Handle = ptr::without_provenance_mut(1);
const BUFFER_SIZE: Handle = ptr::without_provenance_mut(2);

/// More than NVIDIA says that any name or address may have.
const NAME_BYTES: c_int = 512;

/// What a call of the driver said: its name, its status, what that is called and means.
#[derive(Clone, Debug)]
pub(super) struct Refusal {
    pub(super) status: c_int,
    pub(super) said: String,
}

/// Loaded machine code.
#[derive(Clone, Copy)]
pub(super) struct Module(Handle);
/// A kernel of it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Function(Handle);
/// A moment of the stream.
#[derive(Clone, Copy)]
pub(super) struct Event(Handle);

/// Opens the first of these libraries that is there, for as long as the process lives.
fn open(candidates: &[OsString]) -> Result<&'static Library, String> {
    let mut reasons = Vec::new();
    for candidate in candidates {
        // SAFETY: opening a library runs its initialisers. Those of these libraries are made to run in any process.
        match unsafe { Library::new(candidate) } {
            Ok(library) => return Ok(Box::leak(Box::new(library))),
            Err(error) => reasons.push(error.source().map_or_else(|| error.to_string(), ToString::to_string)),
        }
    }
    Err(reasons.join("; "))
}

/// A text that a library keeps; nothing for null.
///
/// # Safety
/// The pointer is null or to a text that ends with a zero and is never freed.
unsafe fn kept_text(text: *const c_char) -> Option<String> {
    // SAFETY: as the caller vouches.
    (!text.is_null()).then(|| unsafe { CStr::from_ptr(text) }.to_string_lossy().into_owned())
}

/// What was written to an array, up to the first zero.
fn written_text(bytes: &[u8]) -> String {
    let end = bytes.iter().position(|&byte| byte == 0).unwrap_or(bytes.len());
    String::from_utf8_lossy(&bytes[..end]).trim().to_owned()
}

/// The driver, with one context on one device once [`begin`](Self::begin) was called.
pub(super) struct Driver {
    table: DriverTable,
    taken: RefCell<BTreeMap<u64, usize>>,
    /// A context is current in one thread.
    bound: PhantomData<*const ()>,
}

impl Driver {
    /// Opens and starts it.
    pub(super) fn open(candidates: &[OsString]) -> Result<Self, String> {
        let table = DriverTable::load(open(candidates)?)?;
        let driver = Self { table, taken: RefCell::default(), bound: PhantomData };
        // SAFETY: takes no pointer; 0 is the only value that its parameter may have.
        driver.check("cuInit", unsafe { (table.init)(0) }).map_err(|refusal| refusal.said)?;
        Ok(driver)
    }

    fn check(&self, call: &str, status: Status) -> Result<(), Refusal> {
        if status == 0 {
            return Ok(());
        }
        let text = |of: unsafe extern "system" fn(Status, *mut *const c_char) -> Status| {
            let mut text = ptr::null();
            // SAFETY: writes one pointer to a local variable: to a text that is never freed, or null.
            unsafe { (of(status, &raw mut text) == 0).then(|| kept_text(text)).flatten() }
        };
        let known = [text(self.table.error_name), text(self.table.error_text)];
        let known = known.into_iter().flatten().collect::<Vec<_>>().join(": ");
        Err(Refusal { status, said: format!("{call} failed with code {status} {known}").trim_end().to_owned() })
    }

    /// The device with this index.
    pub(super) fn device(&self, index: c_int) -> Result<c_int, Refusal> {
        let mut device = 0;
        // SAFETY: writes one int to a local variable.
        self.check("cuDeviceGet", unsafe { (self.table.device)(&raw mut device, index) })?;
        Ok(device)
    }

    /// What a device calls itself.
    pub(super) fn name(&self, device: c_int) -> Result<String, Refusal> {
        self.text("cuDeviceGetName", self.table.name, device)
    }

    /// Its address on the bus.
    fn bus(&self, device: c_int) -> Result<String, Refusal> {
        self.text("cuDeviceGetPCIBusId", self.table.bus, device)
    }

    fn text(
        &self,
        call: &str,
        of: unsafe extern "system" fn(*mut c_char, c_int, c_int) -> Status,
        device: c_int,
    ) -> Result<String, Refusal> {
        let mut text = [0u8; NAME_BYTES as usize];
        // SAFETY: writes at most as many bytes as it is told, to a local array of that size.
        self.check(call, unsafe { of(text.as_mut_ptr().cast(), NAME_BYTES, device) })?;
        Ok(written_text(&text))
    }

    /// The attribute with this number in `CUdevice_attribute`.
    pub(super) fn attribute(&self, device: c_int, number: c_int) -> Result<i64, Refusal> {
        let mut value = 0;
        // SAFETY: writes one int to a local variable.
        self.check("cuDeviceGetAttribute", unsafe { (self.table.attribute)(&raw mut value, number, device) })?;
        Ok(value.into())
    }

    /// Makes the device's context, in which all else is done.
    pub(super) fn begin(&self, device: c_int) -> Result<(), Refusal> {
        let mut context = ptr::null_mut();
        // SAFETY: writes one pointer to a local variable.
        self.check("cuDevicePrimaryCtxRetain", unsafe { (self.table.retain)(&raw mut context, device) })?;
        // SAFETY: the context was just made, and is never released.
        self.check("cuCtxSetCurrent", unsafe { (self.table.make_current)(context) })
    }

    /// Loads machine code. What is no ELF file is refused here: the call takes no length, and reads a text to its end.
    pub(super) fn load(&self, image: &[u8]) -> Result<Module, Refusal> {
        if !image.starts_with(b"\x7fELF") {
            return Err(Refusal { status: 200, said: "the machine code is no ELF file".to_owned() });
        }
        let mut module = ptr::null_mut();
        // SAFETY: the slice holds what a compiler wrote as one ELF file, whose header tells its length; the call copies it.
        self.check("cuModuleLoadData", unsafe { (self.table.load)(&raw mut module, image.as_ptr().cast()) })?;
        Ok(Module(module))
    }

    /// A kernel by the name that the machine code has for it.
    pub(super) fn function(&self, module: Module, name: &CStr) -> Result<Function, Refusal> {
        let mut function = ptr::null_mut();
        // SAFETY: writes one pointer to a local variable; the module is never unloaded, the name ends with a zero.
        let status = unsafe { (self.table.function)(&raw mut function, module.0, name.as_ptr()) };
        self.check("cuModuleGetFunction", status)?;
        Ok(Function(function))
    }

    /// Sets the attribute with this number in `CUfunction_attribute`.
    pub(super) fn set(&self, function: Function, number: c_int, value: c_int) -> Result<(), Refusal> {
        // SAFETY: takes a function that lives and two numbers.
        self.check("cuFuncSetAttribute", unsafe { (self.table.set)(function.0, number, value) })
    }

    /// So much memory, at least one byte.
    pub(super) fn allocate(&self, bytes: usize) -> Result<u64, Refusal> {
        let mut address = 0;
        // SAFETY: writes one address to a local variable.
        self.check("cuMemAlloc", unsafe { (self.table.allocate)(&raw mut address, bytes) })?;
        self.taken.borrow_mut().insert(address, bytes);
        Ok(address)
    }

    /// Whether all these bytes lie in memory that was taken.
    fn check_range(&self, address: u64, bytes: usize) -> Result<(), Refusal> {
        let taken = self.taken.borrow();
        let within = taken.range(..=address).next_back().is_some_and(|(&first, &length)| {
            usize::try_from(address - first)
                .is_ok_and(|offset| offset.checked_add(bytes).is_some_and(|end| end <= length))
        });
        let said = || format!("{bytes} bytes at {address:#x} are no memory of the device that was taken");
        if within { Ok(()) } else { Err(Refusal { status: 1, said: said() }) }
    }

    /// Copies bytes to the device.
    pub(super) fn upload(&self, address: u64, bytes: &[u8]) -> Result<(), Refusal> {
        self.check_range(address, bytes.len())?;
        // SAFETY: reads as many bytes as the slice has; the range is the device's.
        self.check("cuMemcpyHtoD", unsafe { (self.table.upload)(address, bytes.as_ptr().cast(), bytes.len()) })
    }

    /// Copies bytes from the device.
    pub(super) fn download(&self, address: u64, bytes: &mut [u8]) -> Result<(), Refusal> {
        self.check_range(address, bytes.len())?;
        // SAFETY: writes as many bytes as the slice has; the range is the device's.
        self.check("cuMemcpyDtoH", unsafe { (self.table.download)(bytes.as_mut_ptr().cast(), address, bytes.len()) })
    }

    /// Sets bytes on the device, in the order of the stream.
    pub(super) fn fill(&self, address: u64, byte: u8, bytes: usize) -> Result<(), Refusal> {
        self.check_range(address, bytes)?;
        // SAFETY: the range is the device's; null is the usual stream.
        self.check("cuMemsetD8Async", unsafe { (self.table.fill)(address, byte, bytes, ptr::null_mut()) })
    }

    /// Starts a kernel. Its parameters are one block of bytes, of which the driver reads no more than there are.
    pub(super) fn launch(
        &self,
        function: Function,
        [grid, block, cluster]: [[c_uint; 3]; 3],
        (shared_bytes, cooperative): (c_uint, bool),
        parameters: &mut [u8],
    ) -> Result<(), Refusal> {
        let attribute = |id, first: [c_uint; 3]| {
            let mut value = [0; 16];
            value[..3].copy_from_slice(&first);
            LaunchAttribute { id, padding: 0, value }
        };
        let mut attributes = Vec::new();
        if cooperative {
            attributes.push(attribute(COOPERATIVE, [1, 0, 0]));
        }
        if cluster != [1; 3] {
            attributes.push(attribute(CLUSTER_DIMENSION, cluster));
        }
        let config = LaunchConfig {
            grid,
            block,
            shared_bytes,
            stream: ptr::null_mut(),
            attributes: if attributes.is_empty() { ptr::null() } else { attributes.as_ptr() },
            attribute_count: c_uint::from(cooperative) + c_uint::from(cluster != [1; 3]),
        };
        let mut size = parameters.len();
        let pointer: Handle = parameters.as_mut_ptr().cast();
        let mut extra = [BUFFER_POINTER, pointer, BUFFER_SIZE, (&raw mut size).cast(), ptr::null_mut()];
        // SAFETY: the configuration, its attributes, the parameters with their size and the list that ends with null are local and
        // outlive the call, which copies them; the function's module is never unloaded.
        let status = unsafe { (self.table.launch)(&raw const config, function.0, ptr::null_mut(), extra.as_mut_ptr()) };
        self.check("cuLaunchKernelEx", status)
    }

    /// An event that is in no stream yet.
    pub(super) fn event(&self) -> Result<Event, Refusal> {
        let mut event = ptr::null_mut();
        // SAFETY: writes one pointer to a local variable.
        self.check("cuEventCreate", unsafe { (self.table.create_event)(&raw mut event, 0) })?;
        Ok(Event(event))
    }

    /// Puts it behind all that the stream has.
    pub(super) fn record(&self, event: Event) -> Result<(), Refusal> {
        // SAFETY: the event is never destroyed; null is the usual stream.
        self.check("cuEventRecord", unsafe { (self.table.record)(event.0, ptr::null_mut()) })
    }

    /// Waits for the second, and gives the milliseconds between both.
    pub(super) fn elapsed_ms(&self, begin: Event, end: Event) -> Result<f32, Refusal> {
        let mut ms = 0.0;
        // SAFETY: both events are never destroyed; writes one float to a local variable.
        self.check("cuEventSynchronize", unsafe { (self.table.wait_for)(end.0) })?;
        // SAFETY: as above.
        self.check("cuEventElapsedTime", unsafe { (self.table.elapsed)(&raw mut ms, begin.0, end.0) })?;
        Ok(ms)
    }

    /// Waits until the stream is empty.
    pub(super) fn wait(&self) -> Result<(), Refusal> {
        // SAFETY: null is the usual stream.
        self.check("cuStreamSynchronize", unsafe { (self.table.wait)(ptr::null_mut()) })
    }
}

/// NVML's view of one device.
pub(super) struct Monitor {
    table: NvmlTable,
    device: Handle,
}

impl Monitor {
    /// That of the driver's device; nothing where there is no NVML, or it does not know the device.
    pub(super) fn of(driver: &Driver, device: c_int, candidates: &[OsString]) -> Option<Self> {
        let table = NvmlTable::load(open(candidates).ok()?).ok()?;
        let bus = CString::new(driver.bus(device).ok()?).ok()?;
        let mut handle = ptr::null_mut();
        // SAFETY: the first takes nothing; the second writes one pointer to a local variable, and its text ends with a zero.
        let known = unsafe { (table.init)() == 0 && (table.device)(bus.as_ptr(), &raw mut handle) == 0 };
        known.then_some(Self { table, device: handle })
    }

    /// A clock by its number in `nvmlClockType_t`, in MHz.
    pub(super) fn clock_mhz(&self, number: c_uint) -> Option<i64> {
        let mut mhz = 0;
        // SAFETY: NVML is never shut down, so that the device lives; writes one number to a local variable.
        let status = unsafe { (self.table.clock)(self.device, number, &raw mut mhz) };
        (status == 0).then_some(mhz.into())
    }

    /// The bits of `nvmlClocksThrottleReasons` now.
    pub(super) fn throttle_reasons(&self) -> Option<u64> {
        let mut reasons = 0;
        // SAFETY: as above.
        let status = unsafe { (self.table.throttled)(self.device, &raw mut reasons) };
        (status == 0).then_some(reasons)
    }
}

/// NVIDIA's compiler as a library.
pub(super) struct Nvrtc(NvrtcTable);

impl Nvrtc {
    /// Opens it.
    pub(super) fn open(candidates: &[OsString]) -> Result<Self, String> {
        open(candidates).and_then(NvrtcTable::load).map(Self)
    }

    fn check(&self, call: &str, status: Status) -> Result<(), String> {
        // SAFETY: gives a text that is never freed, or null.
        let known = || unsafe { kept_text((self.0.error_text)(status)) }.unwrap_or_default();
        if status == 0 { Ok(()) } else { Err(format!("{call} failed with code {status} {}", known())) }
    }

    /// Machine code of a source with this name, which includes these headers by name; or what NVRTC said of it.
    pub(super) fn compile(
        &self,
        (source, name): (&CStr, &CStr),
        headers: &[(&CStr, &CStr)],
        options: &[CString],
    ) -> Result<Vec<u8>, String> {
        let names: Vec<*const c_char> = headers.iter().map(|(name, _)| name.as_ptr()).collect();
        let texts: Vec<*const c_char> = headers.iter().map(|(_, text)| text.as_ptr()).collect();
        let options: Vec<*const c_char> = options.iter().map(|option| option.as_ptr()).collect();
        let count = |length: usize| c_int::try_from(length).map_err(|error| error.to_string());
        let (header_count, option_count) = (count(headers.len())?, count(options.len())?);
        let mut program = ptr::null_mut();
        // SAFETY: writes one pointer to a local variable; all texts end with a zero, and there are as many as is said; they are copied.
        let status = unsafe {
            let (source, name) = (source.as_ptr(), name.as_ptr());
            (self.0.create)(&raw mut program, source, name, header_count, texts.as_ptr(), names.as_ptr())
        };
        self.check("nvrtcCreateProgram", status)?;
        // SAFETY: the program was just made and is never destroyed; there are as many options as is said.
        let status = unsafe { (self.0.compile)(program, option_count, options.as_ptr()) };
        if let Err(error) = self.check("nvrtcCompileProgram", status) {
            let log = self.bytes(program, (self.0.log_size, self.0.log)).unwrap_or_default();
            let log = written_text(&log);
            return Err(if log.is_empty() { error } else { log });
        }
        self.bytes(program, (self.0.code_size, self.0.code))
    }

    /// What one function writes, as many bytes as the other says.
    fn bytes(
        &self,
        program: Handle,
        (size_of, bytes_of): (
            unsafe extern "system" fn(Handle, *mut usize) -> Status,
            unsafe extern "system" fn(Handle, *mut c_char) -> Status,
        ),
    ) -> Result<Vec<u8>, String> {
        let mut size = 0;
        // SAFETY: writes one size to a local variable; the program is never destroyed.
        self.check("nvrtcGetProgramSize", unsafe { size_of(program, &raw mut size) })?;
        let mut bytes = vec![0u8; size];
        // SAFETY: writes as many bytes as the call before said.
        self.check("nvrtcGetProgram", unsafe { bytes_of(program, bytes.as_mut_ptr().cast()) })?;
        Ok(bytes)
    }
}
