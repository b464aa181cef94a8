//! `constrint occupancy`: how many blocks an SM holds; one query, or a stream of them.

use crate::args::OccupancyArgs;
use crate::exit_code::ExitCode;
use crate::failure::Failure;
use crate::output::{Output, or_gone};
use crate::report::resources::blocks_of;
use crate::report::section;
use crate::style::{HEAD, NOTABLE, PLAIN, styled};
use crate::table::{Align, Table};
use crate::text::paragraph;
use crate::units::bytes;
use constrint::hardware::batch::answer_line;
use constrint::hardware::{
    BlockSize, Gpu, GpuSpec, KernelResources, Occupancy, SmLimits, max_dynamic_shared_memory_bytes, occupancy,
    suggest_block_size,
};
use serde_json::json;
use std::io::{BufRead, BufReader, BufWriter, ErrorKind, Write};

pub(crate) fn run(args: &OccupancyArgs, output: &Output) -> Result<ExitCode, Failure> {
    if args.batch {
        return if output.json { Err(Failure::BatchAsJson) } else { batch() };
    }
    // Clap asks for all three unless `--batch` is given.
    let gpu = GpuSpec::Name(args.gpu.clone().unwrap_or_default()).resolve().map_err(Failure::library("--gpu"))?;
    let kernel = KernelResources {
        dynamic_shared_memory_bytes: args.shared_memory,
        static_shared_memory_bytes: args.static_shared_memory,
        carveout_percent: args.carveout,
        named_barriers: args.barriers,
        ..KernelResources::new(args.registers.unwrap_or_default(), args.threads.unwrap_or_default())
    };
    let limits = gpu.sm_limits();
    let answer = occupancy(&limits, &kernel).map_err(Failure::Occupancy)?;
    let shares = shares(&limits, &kernel);
    let suggested = suggest_block_size(&limits, &kernel).map_err(Failure::Occupancy)?;
    if output.json {
        let mut object = json!({"gpu": gpu.name});
        object.as_object_mut().expect("made as one").extend(json!(answer).as_object().cloned().unwrap_or_default());
        let bytes: Vec<i64> = shares.iter().map(|(_, bytes)| *bytes).collect();
        object["max_shared_memory_bytes"] = bytes.into();
        object["suggested_threads_per_block"] = suggested.threads_per_block.into();
        object["suggested_blocks_per_sm"] = suggested.blocks_per_sm.into();
        output.object(&object)?;
    } else {
        output.data(&(text(&gpu, &answer) + &advice(&shares, suggested)))?;
    }
    Ok(ExitCode::holds(answer.blocks_per_sm > 0))
}

/// For 1, 2, … blocks on an SM, as many as fit without dynamic shared memory, the most that each may have of it.
fn shares(limits: &SmLimits, kernel: &KernelResources) -> Vec<(i64, i64)> {
    let most = |blocks| Some((blocks, max_dynamic_shared_memory_bytes(limits, kernel, blocks).ok()?));
    (1..=limits.max_blocks_per_sm).map_while(most).collect()
}

fn advice(shares: &[(i64, i64)], suggested: BlockSize) -> String {
    const MOST_SHOWN: usize = 8;
    let mut text = String::new();
    if !shares.is_empty() {
        let shown =
            shares.iter().take(MOST_SHOWN).map(|(blocks, most)| format!("{} {}", blocks_of(*blocks), bytes(*most)));
        let rest = if shares.len() > MOST_SHOWN { ", …" } else { "" };
        text += &section("The most shared memory at launch that keeps so many blocks resident");
        text += &paragraph(&(shown.collect::<Vec<_>>().join(", ") + rest), 2, PLAIN);
    }
    if suggested.threads_per_block > 0 {
        text += &section("The block size with the most resident threads");
        let blocks = blocks_of(suggested.blocks_per_sm);
        text += &paragraph(&format!("{} threads, {blocks} per SM", suggested.threads_per_block), 2, PLAIN);
    }
    text
}

fn text(gpu: &Gpu, answer: &Occupancy) -> String {
    let limiters: Vec<String> = answer.limiters.iter().map(|limiter| limiter.name().replace('_', " ")).collect();
    let head = format!(
        "{} per SM of {}, limited by {}\n{} of {} warps, {:.1} % occupancy\n\n",
        styled(HEAD, &blocks_of(answer.blocks_per_sm)),
        gpu.name,
        styled(NOTABLE, &limiters.join(" and ")),
        answer.warps_per_sm,
        gpu.max_warps_per_sm,
        answer.occupancy * 100.0
    );
    let limits = &answer.block_limits;
    let mut table = Table::new(&[Align::Left, Align::Right, Align::Left]);
    let taken = [
        format!("{} registers a block", answer.allocated_registers_per_block),
        format!("{} a block", bytes(answer.allocated_shared_memory_per_block_bytes)),
    ];
    let [registers, shared_memory] = taken;
    for (name, limit, taken) in [
        ("blocks by registers", limits.registers, registers),
        ("blocks by shared memory", limits.shared_memory, shared_memory),
        ("blocks by warps", Some(limits.warps), String::new()),
        ("blocks by block slots", Some(limits.blocks), String::new()),
        ("blocks by barriers", limits.barriers, String::new()),
    ] {
        let limit = limit.map_or_else(|| "any".to_owned(), |limit| limit.to_string());
        table.styled_row([(name.to_owned(), PLAIN), (limit, HEAD), (taken, PLAIN)]);
    }
    head + &table.render()
}

/// Answers each line of standard input. What is answered goes out before the next read could wait.
fn batch() -> Result<ExitCode, Failure> {
    let mut input = BufReader::with_capacity(1 << 16, std::io::stdin().lock());
    let mut out = BufWriter::with_capacity(1 << 16, std::io::stdout().lock());
    let mut line = Vec::new();
    loop {
        line.clear();
        if input.read_until(b'\n', &mut line).map_err(Failure::Stream)? == 0 {
            break;
        }
        if let Some(answer) = answer_line(&String::from_utf8_lossy(&line)) {
            match out.write_all(answer.as_bytes()).and_then(|()| out.write_all(b"\n")) {
                Err(error) if error.kind() == ErrorKind::BrokenPipe => return Ok(ExitCode::Success),
                written => written.map_err(Failure::Stream)?,
            }
        }
        if input.buffer().is_empty() {
            match out.flush() {
                Err(error) if error.kind() == ErrorKind::BrokenPipe => return Ok(ExitCode::Success),
                flushed => flushed.map_err(Failure::Stream)?,
            }
        }
    }
    or_gone(out.flush())?;
    Ok(ExitCode::Success)
}
