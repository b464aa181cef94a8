//! A device in memory whose kernels take as long as a test says.

use crate::device::operations::{Clocks, Device, DeviceFault, DeviceFaultKind, Mark};
use crate::device::work::Tools;
use crate::hardware::ComputeCapability;
use crate::kernel::Launch;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::Path;
use std::rc::Rc;

/// What the stub does, and what it saw.
pub(super) struct Script {
    /// The time of a run by its number, from 0, in picoseconds.
    pub(super) time: Box<dyn Fn(usize) -> i64>,
    /// What a run adds to the time where L2 was emptied right before.
    pub(super) cold_ps: i64,
    /// The run that breaks off, and how.
    pub(super) fault: Option<(usize, DeviceFaultKind)>,
    /// The clock of the SMs by how often it was asked for.
    pub(super) clock: Box<dyn Fn(usize) -> Option<Clocks>>,
    /// What each run writes to the first array's bytes.
    pub(super) result: u8,
    pub(super) runs: usize,
    pub(super) looks: usize,
    pub(super) parameters: Vec<u8>,
    pub(super) loaded: Vec<Vec<u8>>,
    /// Bytes of memory in order, by address.
    pub(super) memory: BTreeMap<u64, Vec<u8>>,
}

impl Default for Script {
    fn default() -> Self {
        Self {
            time: Box::new(|_| 10_000_000),
            cold_ps: 1_000_000,
            fault: None,
            clock: Box::new(|_| None),
            result: 7,
            runs: 0,
            looks: 0,
            parameters: Vec::new(),
            loaded: Vec::new(),
            memory: BTreeMap::new(),
        }
    }
}

pub(super) struct Stub {
    pub(super) script: Rc<RefCell<Script>>,
    now: i64,
    begin: i64,
    end: i64,
    is_cold: bool,
}

impl Stub {
    pub(super) fn new(script: Script) -> Self {
        Self { script: Rc::new(RefCell::new(script)), now: 0, begin: 0, end: 0, is_cold: true }
    }
}

/// More than the stub has.
pub(super) const MEMORY_BYTES: i64 = 1 << 24;

impl Device for Stub {
    fn l2_bytes(&self) -> i64 {
        1 << 10
    }

    fn load(&mut self, image: &[u8]) -> Result<(), DeviceFault> {
        self.script.borrow_mut().loaded.push(image.to_vec());
        Ok(())
    }

    fn allocate(&mut self, bytes: i64) -> Result<u64, DeviceFault> {
        if bytes > MEMORY_BYTES {
            return Err(DeviceFault::new(DeviceFaultKind::Refused, format!("no {bytes} bytes")));
        }
        let memory = &mut self.script.borrow_mut().memory;
        let address = 0x1_0000 * (1 + u64::try_from(memory.len()).unwrap()) * 0x100;
        let bytes = usize::try_from(bytes).unwrap();
        memory.insert(address, vec![0xcc; bytes]);
        Ok(if bytes == 0 { 0 } else { address })
    }

    fn write(&mut self, address: u64, bytes: &[u8]) -> Result<(), DeviceFault> {
        let memory = &mut self.script.borrow_mut().memory;
        let (first, array) = memory.range_mut(..=address).next_back().expect("an address that was given");
        let offset = usize::try_from(address - first).unwrap();
        array[offset..offset + bytes.len()].copy_from_slice(bytes);
        Ok(())
    }

    fn fill(&mut self, address: u64, byte: u8, bytes: i64) -> Result<(), DeviceFault> {
        self.is_cold = bytes == self.l2_bytes() * 2;
        self.write(address, &vec![byte; usize::try_from(bytes).unwrap()])
    }

    fn read(&mut self, address: u64, bytes: i64) -> Result<Vec<u8>, DeviceFault> {
        let memory = &self.script.borrow().memory;
        Ok(memory[&address][..usize::try_from(bytes).unwrap()].to_vec())
    }

    fn launch(&mut self, _: &Launch, parameters: &[u8]) -> Result<(), DeviceFault> {
        let mut script = self.script.borrow_mut();
        let run = script.runs;
        if let Some((at, kind)) = script.fault
            && at == run
        {
            return Err(DeviceFault::new(kind, format!("run {run}")));
        }
        script.runs += 1;
        script.parameters = parameters.to_vec();
        let result = script.result;
        if let Some((_, first)) = script.memory.iter_mut().next() {
            first.fill(result);
        }
        self.now += (script.time)(run) + if self.is_cold { script.cold_ps } else { 0 };
        self.is_cold = false;
        Ok(())
    }

    fn mark(&mut self, mark: Mark) -> Result<(), DeviceFault> {
        match mark {
            Mark::Begin => self.begin = self.now,
            Mark::End => self.end = self.now,
        }
        Ok(())
    }

    fn elapsed_ps(&mut self) -> Result<i64, DeviceFault> {
        Ok(self.end - self.begin)
    }

    fn wait(&mut self) -> Result<(), DeviceFault> {
        Ok(())
    }

    fn clocks(&mut self) -> Option<Clocks> {
        let mut script = self.script.borrow_mut();
        script.looks += 1;
        (script.clock)(script.looks - 1)
    }
}

/// Tools whose device is a stub, and whose compiler gives back the source.
pub(super) struct StubTools {
    pub(super) script: RefCell<Option<Script>>,
    pub(super) seen: RefCell<Option<Rc<RefCell<Script>>>>,
}

impl StubTools {
    pub(super) fn new(script: Script) -> Self {
        Self { script: RefCell::new(Some(script)), seen: RefCell::new(None) }
    }
}

impl Tools for StubTools {
    fn look(&self, _: usize) -> Result<(String, ComputeCapability), DeviceFault> {
        Ok(("Stub".to_owned(), "9.0".parse().unwrap()))
    }

    fn open(&self, device: usize) -> Result<Box<dyn Device>, DeviceFault> {
        if device > 0 {
            return Err(DeviceFault::new(DeviceFaultKind::Absent, format!("no device {device}")));
        }
        let stub = Stub::new(self.script.borrow_mut().take().expect("opened once"));
        *self.seen.borrow_mut() = Some(Rc::clone(&stub.script));
        Ok(Box::new(stub))
    }

    fn compile(&self, source: &Path, options: &[String]) -> Result<Vec<u8>, String> {
        match options {
            [] => std::fs::read(source).map_err(|error| error.to_string()),
            [option, ..] => Err(format!("no option {option}")),
        }
    }

    fn lacks_compiler(&self) -> Option<String> {
        None
    }
}
