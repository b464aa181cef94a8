//! `constrint compile`: what ptxas makes of the configured kernel, against what the model counted on.

use crate::args::{Common, CompileArgs};
use crate::exit_code::ExitCode;
use crate::failure::Failure;
use crate::output::Output;
use crate::report::clash;
use crate::style::{BAD, FAINT, GOOD, HEAD, PLAIN, styled};
use crate::table::{Align, Table};
use crate::{input, json, report, stopped, watch};
use constrint::hardware::ComputeCapability;
use constrint::kernel::{Limit, Resources};
use constrint::nvcc::{self, Compiled, Instructions, MachineWork};
use constrint::{Answer, Config, Request, file, solve};
use constrint_solver::Limits;
use serde_json::{Value, json};
use std::path::Path;

/// One target's machine code of a kernel, and what of it the model counted on.
struct Target {
    /// Of a kernel that is made of several.
    part: Option<&'static str>,
    capability: ComputeCapability,
    compiled: Compiled,
    limits: Vec<Limit>,
    /// What its machine code does, if that is asked for.
    work: Option<MachineWork>,
}

pub(crate) fn run(args: &CompileArgs, common: &Common, output: &Output) -> Result<ExitCode, Failure> {
    let loaded = input::load(&args.problem, output)?;
    let own = Request { cache: args.cache.cache(), ..Request::default() };
    let request = input::request(&loaded, own, common, output)?;
    // A configuration alone is no answer here.
    watch::last_word(stopped::with_nothing(output));
    if loaded.problem.kernel.is_none() {
        return Err(Failure::NoKernel { origin: loaded.origin });
    }
    let described = args.out.as_ref().map(|path| Ok((path, read_described(&args.problem.file)?))).transpose()?;
    let nvcc = nvcc::find().ok_or(Failure::NoNvcc)?;
    let answer = solve(&loaded.problem, &request).map_err(Failure::library(&loaded.origin))?;
    report::search(&answer, output);
    let (Some(config), Some(gpu)) = (answer.configs.first(), &answer.tiling.gpu) else {
        without_solution(&answer, output)?;
        return Ok(ExitCode::of(answer.status));
    };
    let mut capabilities = vec![gpu.compute_capability];
    for capability in &args.arch {
        if !capabilities.contains(capability) {
            capabilities.push(*capability);
        }
    }
    let itself = config.parts.is_empty().then_some((None, config));
    let parts = config.parts.iter().map(|(&name, part)| (Some(name), part));
    let launched: Vec<_> = itself.into_iter().chain(parts).collect();
    let mut targets = Vec::new();
    for capability in capabilities {
        for &(part, config) in &launched {
            let work = args.work.then(|| nvcc::machine_work(&nvcc, config, capability, &request.limits)).transpose();
            let work = work.map_err(Failure::library(""))?;
            targets.push(Target { part, work, ..compile(&nvcc, config, capability, &request.limits)? });
        }
    }
    if let Some((path, mut problem)) = described {
        write_work(path, &mut problem, &targets[0])?;
    }
    let within = targets.iter().flat_map(|target| &target.limits).all(Limit::holds);
    if output.json {
        output.object(&as_json(&answer, &nvcc, &targets, within))?;
    } else {
        output.data(&as_text(&answer, &targets, within))?;
    }
    Ok(ExitCode::holds(within))
}

/// The file again, as it stands: what the command line changes does not go into it.
fn read_described(path: &str) -> Result<Value, Failure> {
    let is_read = path != "-";
    let problem = if is_read { input::read_json(path)? } else { Value::Null };
    if problem["kernel"].is_object() { Ok(problem) } else { Err(Failure::NotDescribed { origin: input::origin(path) }) }
}

/// Puts what the machine code of the problem's own target says into the description; the predicted time follows from it then.
fn write_work(path: &Path, problem: &mut Value, target: &Target) -> Result<(), Failure> {
    if let (Some(work), Value::Object(kernel)) = (&target.work, &mut problem["kernel"]) {
        kernel.shift_remove("cost");
        if let Value::Object(fields) = description(&target.compiled, work) {
            kernel.extend(fields);
        }
    }
    file::write(path, &(format!("{problem:#}\n"))).map_err(Failure::library(""))
}

pub(crate) fn without_solution(answer: &Answer, output: &Output) -> Result<(), Failure> {
    if output.json {
        output.object(&json::answer(answer, false).into())
    } else {
        output.data(&(report::heading(answer) + &clash::without_solution(answer)))
    }
}

fn compile(nvcc: &Path, config: &Config, capability: ComputeCapability, limits: &Limits) -> Result<Target, Failure> {
    let compiled = nvcc::compile_within(nvcc, config, capability, None, limits).map_err(Failure::library(""))?;
    let mut limits = config.resources.as_ref().map(|model| compared(&compiled, model)).unwrap_or_default();
    // What a shipped kernel keeps in arrays is meant for registers; another may want local memory.
    if config.source.is_none() && !limits.is_empty() {
        limits.push(Limit::at_most("stack frame, bytes", compiled.stack_bytes, 0));
    }
    Ok(Target { part: None, capability, compiled, limits, work: None })
}

fn compared(compiled: &Compiled, model: &Resources) -> Vec<Limit> {
    let shared = compiled.static_shared_memory_bytes + model.dynamic_shared_memory_bytes;
    vec![
        Limit::at_most("registers per thread", compiled.registers, model.registers_per_thread),
        Limit::at_most("spill stores, bytes", compiled.spill_store_bytes, 0),
        Limit::at_most("spill loads, bytes", compiled.spill_load_bytes, 0),
        Limit::at_most("shared memory per block, bytes", shared, model.shared_memory_per_block_bytes),
    ]
}

fn as_json(answer: &Answer, nvcc: &Path, targets: &[Target], within: bool) -> Value {
    let mut object = json::answer(answer, false);
    object.insert("nvcc".into(), nvcc.display().to_string().into());
    object.insert("within".into(), within.into());
    let targets = targets.iter().map(|target| {
        let limits = target.limits.iter().map(|limit| {
            json!({"name": limit.name, "compiled": limit.used, "model": limit.available, "holds": limit.holds()})
        });
        let mut object = json!({
            "target": target.capability.compile_target(),
            "compiled": target.compiled,
            "limits": limits.collect::<Vec<_>>(),
        });
        if let Some(part) = target.part {
            object["part"] = part.into();
        }
        if let Some(work) = &target.work {
            object["description"] = description(&target.compiled, work);
            object["machine_code"] = json!(work);
        }
        object
    });
    object.insert("targets".into(), targets.collect());
    object.into()
}

fn as_text(answer: &Answer, targets: &[Target], within: bool) -> String {
    let status = if within { styled(GOOD, "as the model says") } else { styled(BAD, "beyond the model") };
    let mut text = report::title(&answer.tiling, &status) + &report::provenance(answer);
    for target in targets {
        let part = target.part.map(|part| format!(", {part}")).unwrap_or_default();
        text += &report::section(&(target.capability.compile_target() + &part));
        let mut table = Table::new(&[Align::Left, Align::Right, Align::Left, Align::Left]);
        for limit in &target.limits {
            let (said, style) = if limit.holds() { ("within", GOOD) } else { ("beyond", BAD) };
            table.styled_row([
                (limit.name.clone(), PLAIN),
                (limit.used.to_string(), HEAD),
                (format!("of {}", limit.available), FAINT),
                (said.to_owned(), style),
            ]);
        }
        text += &table.render();
        if let Some(work) = &target.work {
            text += &work_text(&target.compiled, work);
        }
    }
    text
}

/// What a described kernel may say of itself by its machine code.
fn description(compiled: &Compiled, work: &MachineWork) -> Value {
    json!({
        "registers_per_thread": compiled.registers,
        "static_shared_memory_bytes": compiled.static_shared_memory_bytes,
        "work": work.once.fields(),
    })
}

/// The same to be pasted, and what each loop has of it.
fn work_text(compiled: &Compiled, work: &MachineWork) -> String {
    let mut text = report::section("Work by the machine code, loops counted once");
    if let Value::Object(fields) = description(compiled, work) {
        let lines: Vec<String> = fields.iter().map(|(name, value)| format!("  \"{name}\": {value}")).collect();
        text += &(lines.join(",\n") + "\n");
    }
    let of_a_loop = |(index, counted): (usize, &Instructions)| {
        format!("  {} {}\n", styled(FAINT, &format!("of that in loop {}:", index + 1)), counted.fields())
    };
    text + &work.loops.iter().enumerate().map(of_a_loop).collect::<String>()
}
