//! The warps of one scheduler, each in order: an instruction issues when the stall of the one before is over, its scoreboards are
//! free, its pipe and the scheduler have room; a block's barrier waits for all of its warps.

use super::instruction::Instruction;
use super::machine::{Machine, Pipe};
use std::collections::HashMap;

/// Steps that are run, and those of them that are left out until the warps have found their rhythm.
const STEPS: usize = 10;
const WARM_UP: usize = 4;

/// Warps of a scheduler, by the block that each belongs to, and the warps of a block on the whole SM.
#[derive(Clone, Debug)]
pub(crate) struct Residents {
    /// The block of each warp.
    pub(crate) block_of_warp: Vec<usize>,
    /// Warps of a block, for its barrier.
    pub(crate) block_warps: i64,
}

#[derive(Clone)]
struct Warp {
    block: usize,
    /// Of the path, the next instruction, and how many steps are behind it.
    at: usize,
    steps: usize,
    ready: f64,
    scoreboards: [f64; 6],
    /// When its last store that other SMs wait for was issued.
    last_handed_over: f64,
    waits_at_barrier: bool,
    /// When each step began.
    began: Vec<f64>,
}

/// Clocks of a step, and for each instruction of the path those that it takes beyond what the one before does.
///
/// What an instruction writes is waited for where it is read, in a later step as well: of a load that is asked for a step ahead a warp
/// waits for what its latency is longer than the step. A load that is `rare` passes by with its predicate off.
pub(crate) fn run(
    code: &[Instruction],
    path: &[usize],
    is_rare: &dyn Fn(&Instruction) -> bool,
    machine: &Machine,
    residents: &Residents,
) -> (f64, Vec<f64>) {
    let new = |&block: &usize| Warp {
        block,
        at: 0,
        steps: 0,
        ready: 0.0,
        scoreboards: [0.0; 6],
        last_handed_over: f64::NEG_INFINITY,
        waits_at_barrier: false,
        began: Vec::new(),
    };
    let mut warps: Vec<Warp> = residents.block_of_warp.iter().map(new).collect();
    let mut pipes: HashMap<Pipe, f64> = HashMap::new();
    let mut scheduler = 0.0_f64;
    let mut taken = vec![0.0; path.len()];
    let mut last_issue = 0.0;
    while warps[0].steps < STEPS {
        // The warp that can go first; of two, the one that has waited longer.
        let earliest = |warp: &Warp| {
            let one = &code[path[warp.at]];
            let waits = one.waits.iter().map(|&index| warp.scoreboards[index]).fold(warp.ready, f64::max);
            let (pipe, _) = machine.pipe(one);
            // Memory and functions queue behind the issue; what computes waits for its pipe.
            let busy = match pipe {
                Pipe::Products | Pipe::Float | Pipe::Integer => pipes.get(&pipe).copied().unwrap_or(0.0),
                _ => 0.0,
            };
            waits.max(busy).max(scheduler)
        };
        let (index, issue) = warps
            .iter()
            .enumerate()
            .filter(|(_, warp)| !warp.waits_at_barrier && warp.steps < STEPS)
            .map(|(index, warp)| (index, earliest(warp)))
            .min_by(|a, b| a.1.total_cmp(&b.1).then(warps[a.0].ready.total_cmp(&warps[b.0].ready)))
            .expect("a barrier opens when its last warp comes");
        let one = &code[path[warps[index].at]];
        let is_off = one.is("LDG") && one.text.starts_with('@') && is_rare(one);
        let (pipe, interval) = if is_off { (Pipe::Free, 0.0) } else { machine.pipe(one) };
        let is_strong = one.name.contains(".STRONG.");
        let latency = if is_off { 0.0 } else { machine.latency(one) };
        let mut start = if pipe == Pipe::Free { issue } else { issue.max(pipes.get(&pipe).copied().unwrap_or(0.0)) };
        if is_strong && one.name.starts_with("LD") {
            // The SMs go in step: what the others store is seen when this warp's own store is. Looks in vain are not counted.
            start = start.max(warps[index].last_handed_over + machine.hand_over - latency);
        }
        if pipe != Pipe::Free {
            pipes.insert(pipe, start + interval);
        }
        scheduler = issue + 1.0;
        let done = start + latency;
        let warp = &mut warps[index];
        if is_strong && !one.name.starts_with("LD") {
            warp.last_handed_over = issue;
        }
        if let Some(index) = one.written.filter(|_| !is_off) {
            warp.scoreboards[index] = warp.scoreboards[index].max(done);
        }
        if let Some(index) = one.read.filter(|_| !is_off) {
            warp.scoreboards[index] = warp.scoreboards[index].max(start + Machine::read_latency());
        }
        warp.ready = issue + f64::from(one.stall.max(1));
        if one.is("MEMBAR") {
            warp.ready = warp.ready.max(done);
        }
        if index == 0 && warp.steps >= WARM_UP {
            taken[warp.at] += issue - last_issue;
        }
        if index == 0 {
            last_issue = issue;
        }
        let is_barrier = one.is("BAR.SYNC");
        if warp.at == 0 {
            warp.began.push(issue);
        }
        warp.at += 1;
        if warp.at == path.len() {
            warp.at = 0;
            warp.steps += 1;
        }
        if is_barrier {
            warps[index].waits_at_barrier = true;
            let block = warps[index].block;
            if warps.iter().filter(|other| other.block == block).all(|other| other.waits_at_barrier) {
                let opens = issue + machine.barrier(residents.block_warps);
                for other in warps.iter_mut().filter(|other| other.block == block) {
                    other.waits_at_barrier = false;
                    other.ready = other.ready.max(opens);
                }
            }
        }
    }
    let counted = STEPS - WARM_UP;
    let began = &warps[0].began;
    #[expect(clippy::cast_precision_loss, reason = "a few steps")]
    let steps = (counted - 1) as f64;
    let clocks = (began[STEPS - 1] - began[WARM_UP]) / steps;
    #[expect(clippy::cast_precision_loss, reason = "a few steps")]
    let taken = taken.into_iter().map(|sum| sum / counted as f64).collect();
    (clocks, taken)
}
