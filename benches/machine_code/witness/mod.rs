//! How long a step of `rnn_forward` or `rnn_backward` takes by its machine code, on no GPU: what the cost model is held to.
//!
//! * **floor**: the stalls that ptxas writes into the instructions of a step, added up; on a scheduler with several warps also the
//!   instructions that all of them issue. No latency is assumed, so no GPU can be quicker.
//! * **estimate**: the warps of a scheduler, in order, with latencies and pipes ([`machine`]).

pub(crate) mod draw;
pub(crate) mod instruction;
pub(crate) mod machine;
pub(crate) mod pass;
pub(crate) mod simulation;
pub(crate) mod step;

use constrint::config::{Config, Number};
use constrint::hardware::find;
use constrint::nvcc;
use instruction::Instruction;
use machine::Machine;
use pass::{Lines, Pass};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

/// What a configuration's machine code says of a step, in clocks.
#[derive(Clone, Debug)]
pub(crate) struct Reading {
    /// No GPU is quicker.
    pub(crate) floor: f64,
    /// In order, with latencies.
    pub(crate) estimate: f64,
    /// Instructions of a warp.
    pub(crate) instructions: usize,
    /// Of floor (one warp) and estimate, by what the code is for.
    pub(crate) parts: BTreeMap<&'static str, [f64; 2]>,
    /// Of each instruction: its part, stall, what it takes in the estimate, scoreboards, text and line.
    pub(crate) listing: Vec<String>,
}

/// nvdisasm, beside nvcc.
pub(crate) fn disassembler(nvcc: &Path) -> Option<PathBuf> {
    Some(nvcc.with_file_name("nvdisasm")).filter(|path| path.is_file())
}

/// Compiles a configuration of a pass and reads its machine code.
pub(crate) fn read(nvcc: &Path, config: &Config) -> Result<Reading, String> {
    let gpu = find(config.gpu.as_ref().ok_or("no GPU")?).map_err(|error| error.to_string())?;
    let pass = Pass::of(config)?;
    let kernel = constrint::kernel::find(pass.kernel).map_err(|error| error.to_string())?;
    let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
    let source = nvcc::write_sources(kernel, config, folder.path()).map_err(|error| error.to_string())?;
    let code = disassembled(nvcc, &nvcc::target_options(gpu.compute_capability), &source, pass)?;
    let number = |name: &str| config.macros[name];
    let lines = Lines::of(pass, folder.path())?;
    let path = step::path(&code, pass.counts(config), &lines)?;
    let rates = &gpu.tensor_flops_per_clock_per_sm;
    let (rate, bytes) = match number("ELEMENT") {
        0 => (rates.bf16, 2.0),
        1 => (rates.fp16, 2.0),
        _ => (rates.tf32, 4.0),
    };
    // The same share of the datasheet's rate as the model has: Luo et al., 2024; notes on a B300, 2026.
    let share = match gpu.compute_capability.major {
        9 => 0.62,
        10 | 11 => 0.24,
        _ => 1.0,
    };
    #[expect(clippy::cast_precision_loss, reason = "thousands")]
    let (rate, clock) = (rate.ok_or("no rate")? as f64 * share, gpu.boost_clock_mhz.ok_or("no clock")? as f64);
    let is_in_l2 = path.iter().any(|&index| code[index].name.starts_with("CCTL") && code[index].name.contains("PF2"));
    let mut machine = Machine::new(gpu.compute_capability, rate, bytes, clock, pass.reads_memory && !is_in_l2);

    let resources = config.resources.as_ref().ok_or("no resources")?;
    let blocks: i64 = resources.grid.iter().product();
    let resident = number("MIN_BLOCKS_PER_SM").min((blocks + gpu.sms - 1) / gpu.sms).max(1);
    let warps = number("THREADS") / 32;
    let of_scheduler = (resident * warps + 3) / 4;
    #[expect(clippy::cast_precision_loss, reason = "at most 4")]
    let schedulers = (resident * warps).min(4) as f64;
    machine.schedulers = schedulers;
    let block_of_warp = (0..of_scheduler).map(|warp| usize::try_from((warp * 4 / warps).min(resident - 1)).unwrap());
    let residents = simulation::Residents { block_of_warp: block_of_warp.collect(), block_warps: warps };
    let (estimate, taken) = simulation::run(&code, &path, &|one| lines.is_rare(one), &machine, &residents);

    let alone: f64 = path.iter().map(|&index| f64::from(code[index].stall.max(1))).sum();
    #[expect(clippy::cast_precision_loss, reason = "thousands")]
    let issued = (usize::try_from(of_scheduler).unwrap() * path.len()) as f64;
    let mut parts: BTreeMap<&'static str, [f64; 2]> = BTreeMap::new();
    let mut listing = Vec::with_capacity(path.len());
    for (&index, taken) in path.iter().zip(taken) {
        let (one, name) = (&code[index], lines.part(&code[index]));
        let part = parts.entry(name).or_default();
        part[0] += f64::from(one.stall.max(1));
        part[1] += taken;
        listing.push(format!("{taken:>7.1} {:>3} {name:<12} {}", one.stall, one.described()));
    }
    Ok(Reading { floor: alone.max(issued), estimate, instructions: path.len(), parts, listing })
}

/// The clocks of a step by the cost model.
pub(crate) fn predicted_clocks(config: &Config) -> Result<f64, String> {
    let gpu = find(config.gpu.as_ref().ok_or("no GPU")?).map_err(|error| error.to_string())?;
    let Some(Number::Integer(step_ps)) = config.quantities.get("step_ps") else {
        return Err("no predicted step".to_owned());
    };
    #[expect(clippy::cast_precision_loss, reason = "thousands")]
    let clocks = *step_ps as f64 * gpu.boost_clock_mhz.ok_or("no clock")? as f64 / 1e6;
    Ok(clocks)
}

fn disassembled(nvcc: &Path, target: &[String], source: &Path, pass: &Pass) -> Result<Vec<Instruction>, String> {
    let cubin = source.with_file_name("kernel.cubin");
    let mut compile = Command::new(nvcc);
    let entry = format!("constrint_{}", pass.kernel);
    // Of several kernels, the one with the loop.
    compile.args(target).args(["-Xptxas", &format!("--entry={entry}"), "-lineinfo", "-cubin", "-o"]);
    compile.args([&cubin, source]);
    output(&mut compile)?;
    let nvdisasm = disassembler(nvcc).ok_or("no nvdisasm beside nvcc: tests/install-nvcc.sh installs it")?;
    let text = output(Command::new(nvdisasm).args(["-c", "-hex", "-gi"]).arg(&cubin))?;
    instruction::parse(&text, &entry)
}

fn output(command: &mut Command) -> Result<String, String> {
    let run = command.output().map_err(|error| format!("{command:?}: {error}"))?;
    if !run.status.success() {
        return Err(format!("{command:?}: {}", String::from_utf8_lossy(&run.stderr)));
    }
    Ok(String::from_utf8_lossy(&run.stdout).into_owned())
}
