//! [`serve`]: the worker's part, in a process of its own that may hang or crash.

use super::failure::Failure;
use super::job::{CompileJob, Job, Reply, RunJob, Seen};
use super::measure::{Placed, measure, run};
use super::operations::{Device, DeviceFault, DeviceFaultKind};
use crate::hardware::ComputeCapability;
use crate::kernel::{Holds, PlannedArray, Random, Scalar};
use std::fs;
use std::io::{self, BufRead, Write};
use std::path::Path;

/// What a worker works with: a driver and a compiler, or stand-ins for them.
pub trait Tools {
    /// What the device with this index is called, and its compute capability.
    ///
    /// # Errors
    /// [`DeviceFault`] where there is none.
    fn look(&self, device: usize) -> Result<(String, ComputeCapability), DeviceFault>;

    /// The device with this index, ready for work.
    ///
    /// # Errors
    /// [`DeviceFault`] where there is none.
    fn open(&self, device: usize) -> Result<Box<dyn Device>, DeviceFault>;

    /// Machine code of a source.
    ///
    /// # Errors
    /// What the compiler said.
    fn compile(&self, source: &Path, options: &[String]) -> Result<Vec<u8>, String>;

    /// Why [`compile`](Self::compile) cannot be used, if it cannot.
    fn lacks_compiler(&self) -> Option<String>;
}

/// Reads one job, a line of JSON, does it, and writes the answer, a line of JSON.
///
/// # Errors
/// Those of the streams, and a job that is none.
pub fn serve(tools: &dyn Tools, mut input: impl BufRead, mut output: impl Write) -> io::Result<()> {
    let mut line = String::new();
    input.read_line(&mut line)?;
    let job: Job = serde_json::from_str(&line)?;
    let reply = answer(tools, job);
    writeln!(output, "{}", serde_json::to_string(&reply)?)?;
    output.flush()
}

fn answer(tools: &dyn Tools, job: Job) -> Reply {
    let done = match job {
        Job::Look { device } => look(tools, device),
        Job::Compile(job) => Ok(compile(tools, &job)),
        Job::Run(job) => run_job(tools, &job),
    };
    done.unwrap_or_else(|fault| match Failure::of(fault) {
        Ok(failure) => Reply::Failed(failure),
        Err(absent) => Reply::Absent { said: absent.said },
    })
}

fn look(tools: &dyn Tools, device: usize) -> Result<Reply, DeviceFault> {
    let (name, compute_capability) = tools.look(device)?;
    Ok(Reply::Seen(Seen { name, compute_capability, no_nvrtc: tools.lacks_compiler() }))
}

fn compile(tools: &dyn Tools, job: &CompileJob) -> Reply {
    let written = tools
        .compile(&job.source, &job.options)
        .and_then(|code| fs::write(&job.output, code).map_err(|error| error.to_string()));
    match written {
        Ok(()) => Reply::Compiled,
        Err(said) => Reply::Failed(Failure::DoesNotCompile { said }),
    }
}

fn run_job(tools: &dyn Tools, job: &RunJob) -> Result<Reply, DeviceFault> {
    let mut device = tools.open(job.device)?;
    let device = device.as_mut();
    for image in &job.images {
        device.load(&read(image)?)?;
    }
    let addresses = job.plan.arrays.iter().map(|array| place(device, array)).collect::<Result<Vec<_>, _>>()?;
    run(device, &job.plan, &addresses)?;
    device.wait()?;
    let timing = match &job.timer {
        Some(timer) => {
            let placed = Placed::new(device, &job.plan, &addresses)?;
            Some(measure(device, &placed, timer)?)
        }
        None => None,
    };
    for &index in &job.outputs {
        let array = &job.plan.arrays[index];
        let bytes = device.read(addresses[index], array.bytes)?;
        let path = job.folder.join(&array.name).with_extension("out");
        fs::write(&path, bytes).map_err(|error| unreadable(&path, &error))?;
    }
    Ok(Reply::Ran { timing })
}

/// Memory for an array, with what it holds at first.
fn place(device: &mut dyn Device, array: &PlannedArray) -> Result<u64, DeviceFault> {
    let refuse = |fault: DeviceFault| DeviceFault { said: format!("array `{}`: {}", array.name, fault.said), ..fault };
    let address = device.allocate(array.bytes).map_err(refuse)?;
    if array.bytes == 0 {
        return Ok(address);
    }
    match &array.holds {
        Holds::Nothing => device.fill(address, 0xff, array.bytes)?,
        Holds::Zeros => device.fill(address, 0, array.bytes)?,
        Holds::Random { scalar, within } => scatter(device, address, array.bytes, *scalar, *within)?,
        Holds::File { path } => {
            let bytes = read(Path::new(path))?;
            if i64::try_from(bytes.len()) != Ok(array.bytes) {
                let said = format!("{path}: {} bytes, and the array `{}` has {}", bytes.len(), array.name, array.bytes);
                return Err(DeviceFault::new(DeviceFaultKind::Refused, said));
            }
            device.write(address, &bytes)?;
        }
    }
    Ok(address)
}

/// Numbers of a block, which is put there again and again.
const SCATTERED: i64 = 1 << 18;

/// Random numbers, the same in each run, so that a tensor core has as much to do as with real ones.
fn scatter(
    device: &mut dyn Device,
    address: u64,
    bytes: i64,
    scalar: Scalar,
    [least, most]: [f64; 2],
) -> Result<(), DeviceFault> {
    let mut random = Random::new(1);
    let whole = if scalar.is_whole() { 1.0 } else { 0.0 };
    let numbers = (bytes / scalar.bytes()).min(SCATTERED);
    let block: Vec<u8> = (0..numbers)
        .flat_map(|_| {
            let value = least + (most - least + whole) * random.uniform();
            scalar.encode(if scalar.is_whole() { value.floor() } else { value })
        })
        .collect();
    let mut done = 0;
    while done < bytes && !block.is_empty() {
        let next = usize::try_from(bytes - done).map_or(block.len(), |rest| rest.min(block.len()));
        device.write(address.wrapping_add_signed(done), &block[..next])?;
        done += i64::try_from(next).unwrap_or(bytes);
    }
    Ok(())
}

fn read(path: &Path) -> Result<Vec<u8>, DeviceFault> {
    fs::read(path).map_err(|error| unreadable(path, &error))
}

fn unreadable(path: &Path, error: &io::Error) -> DeviceFault {
    DeviceFault::new(DeviceFaultKind::Refused, format!("{}: {error}", path.display()))
}
