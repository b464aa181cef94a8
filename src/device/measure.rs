//! How a time is found out: warm-up until it stands still, rounds of samples with warm and with cold L2, the clocks before and after.
//!
//! Before each sample a buffer larger than L2 is written. That empties L2, and keeps the GPU busy while the host puts the runs on it,
//! so that short kernels are not timed by how fast the host launches them. Of a warm sample, one run that does not count follows it,
//! unless runs are so long that L2 is warm after a small part of them.

use super::operations::{Clocks, Device, DeviceFault, Mark};
use super::timing::{Spread, Timer, Timing};
use crate::kernel::{Plan, Step};

/// A sample lasts so long at least, in picoseconds, where runs are shorter: events tell half a microsecond.
const SAMPLE_PS: i64 = 50_000_000;
/// Runs of a sample, at most.
const MOST_RUNS: i64 = 64;
/// What a sample takes beside its runs, about: the buffer that empties L2.
const BESIDE_PS: i64 = 100_000_000;
/// Runs of the warm-up, at most, and how many are compared with as many before.
const MOST_WARM_UPS: usize = 20_000;
const COMPARED: usize = 5;
/// The warm-up ends after so many times its time, whether times stand still or not.
const MOST_TIMES: i64 = 4;
/// Samples of a round, at least.
const LEAST_SAMPLES: usize = 3;
/// A run of 10 ms reads L2 full hundreds of times.
const LONG_PS: i64 = 10_000_000_000;
/// Times, and clocks, that differ by so many thousandths stand still.
const STILL_PER_MILLE: i64 = 20;
/// Quartiles of a steady round are so many thousandths of the median apart, at most.
const STEADY_PER_MILLE: i64 = 50;
/// The buffer that empties L2 has so many times its size.
const FLUSH_TIMES: i64 = 2;

/// A plan on a device, its arrays at their addresses.
pub(super) struct Placed<'a> {
    plan: &'a Plan,
    addresses: &'a [u64],
    flush: (u64, i64),
}

impl<'a> Placed<'a> {
    /// Takes memory for the buffer that empties L2.
    pub(super) fn new(device: &mut dyn Device, plan: &'a Plan, addresses: &'a [u64]) -> Result<Self, DeviceFault> {
        let bytes = device.l2_bytes().saturating_mul(FLUSH_TIMES);
        Ok(Self { plan, addresses, flush: (device.allocate(bytes)?, bytes) })
    }

    /// Puts one run on the device.
    fn run(&self, device: &mut dyn Device) -> Result<(), DeviceFault> {
        run(device, self.plan, self.addresses)
    }

    /// The mean of so many runs, in picoseconds, after others that do not count.
    fn sample(&self, device: &mut dyn Device, runs: i64, before: i64) -> Result<i64, DeviceFault> {
        let (address, bytes) = self.flush;
        device.fill(address, 0, bytes)?;
        for _ in 0..before {
            self.run(device)?;
        }
        device.mark(Mark::Begin)?;
        for _ in 0..runs {
            self.run(device)?;
        }
        device.mark(Mark::End)?;
        Ok(device.elapsed_ps()? / runs)
    }
}

/// Puts one run of a plan on the device.
pub(super) fn run(device: &mut dyn Device, plan: &Plan, addresses: &[u64]) -> Result<(), DeviceFault> {
    plan.steps.iter().try_for_each(|step| match step {
        Step::Zero { array } => device.fill(addresses[*array], 0, plan.arrays[*array].bytes),
        Step::Launch(launch) => device.launch(launch, &launch.parameters(addresses)),
    })
}

/// Times a plan.
pub(super) fn measure(device: &mut dyn Device, placed: &Placed, timer: &Timer) -> Result<Timing, DeviceFault> {
    let warmed = warm_up(device, placed, timer)?;
    let usual = Spread::of(warmed.clone(), 1).map_or(0, |spread| spread.median_ps);
    if timer.hopeless_ps.is_some_and(|limit| usual > limit)
        && let Some(warm) = Spread::of(warmed, 1)
    {
        return Ok(Timing { warm, cold: None, clocks: None, steady: false, complete: false });
    }
    let sampling = Sampling { runs: (SAMPLE_PS / usual.max(1) + 1).clamp(1, MOST_RUNS), before: runs_before(usual) };
    let mut best: Option<(Timing, i64)> = None;
    for _ in 0..timer.rounds.max(1) {
        let (timing, unrest) = round(device, placed, timer, sampling)?;
        // Where the time was up, another round would take as long.
        let is_last = timing.steady || !timing.complete;
        if timing.steady || best.as_ref().is_none_or(|(_, least)| unrest < *least) {
            best = Some((timing, unrest));
        }
        if is_last {
            break;
        }
    }
    best.map(|(timing, _)| timing).ok_or_else(no_samples)
}

/// Runs of a warm sample, and those before it.
#[derive(Clone, Copy)]
struct Sampling {
    runs: i64,
    before: i64,
}

/// Runs that warm L2 for one that takes so long.
fn runs_before(time_ps: i64) -> i64 {
    i64::from(time_ps < LONG_PS)
}

/// The last times of runs that do not count.
fn warm_up(device: &mut dyn Device, placed: &Placed, timer: &Timer) -> Result<Vec<i64>, DeviceFault> {
    let least = i64::try_from(timer.warm_up_ms).unwrap_or(i64::MAX).saturating_mul(1_000_000_000);
    let (mut times, mut all) = (Vec::new(), 0i64);
    while times.len() < MOST_WARM_UPS {
        let before = times.last().map_or(0, |&last| runs_before(last));
        let time = placed.sample(device, 1, before)?.max(0);
        times.push(time);
        all = all.saturating_add(time.saturating_mul(2)).saturating_add(BESIDE_PS);
        let is_hopeless = timer.hopeless_ps.is_some_and(|limit| time > limit.saturating_mul(10));
        let is_long = all >= least.saturating_mul(MOST_TIMES) && times.len() >= 2;
        if is_hopeless || is_long || (all >= least && stands_still(&times)) {
            break;
        }
    }
    Ok(times.split_off(times.len().saturating_sub(COMPARED)))
}

/// Whether the last times are about those before.
fn stands_still(times: &[i64]) -> bool {
    let median = |times: &[i64]| Spread::of(times.to_vec(), 1).map_or(0, |spread| spread.median_ps);
    times.len() >= 2 * COMPARED && {
        let (before, last) = times[times.len() - 2 * COMPARED..].split_at(COMPARED);
        is_about(median(before), median(last))
    }
}

fn is_about(one: i64, other: i64) -> bool {
    i128::from(one.abs_diff(other)) * 1000 <= i128::from(one.max(other)) * i128::from(STILL_PER_MILLE)
}

/// A round of samples, and how little it is to be trusted.
fn round(
    device: &mut dyn Device,
    placed: &Placed,
    timer: &Timer,
    sampling: Sampling,
) -> Result<(Timing, i64), DeviceFault> {
    let before = device.clocks();
    let warm = samples(device, placed, timer, sampling)?.ok_or_else(no_samples)?;
    let cold = if timer.cold { samples(device, placed, timer, Sampling { runs: 1, before: 0 })? } else { None };
    let clocks = before.zip(device.clocks()).map(|(before, after)| [before, after]);
    let unrest = warm.width_per_mille();
    let steady = unrest <= STEADY_PER_MILLE && clocks.is_none_or(stand_still);
    let complete = [Some(warm), cold].iter().flatten().all(|spread| spread.samples >= timer.samples);
    // A round whose clocks moved is worse than any whose clocks stood still.
    let moved = if clocks.is_none_or(stand_still) { 0 } else { 1_000_000 };
    Ok((Timing { warm, cold, clocks, steady, complete }, unrest.saturating_add(moved)))
}

fn stand_still([before, after]: [Clocks; 2]) -> bool {
    is_about(before.sm_mhz, after.sm_mhz)
        && is_about(before.memory_mhz, after.memory_mhz)
        && !before.is_throttled
        && !after.is_throttled
}

fn samples(
    device: &mut dyn Device,
    placed: &Placed,
    timer: &Timer,
    Sampling { runs, before }: Sampling,
) -> Result<Option<Spread>, DeviceFault> {
    let most = i64::try_from(timer.round_ms).unwrap_or(i64::MAX).saturating_mul(1_000_000_000);
    let (mut times, mut all) = (Vec::new(), 0i64);
    while times.len() < timer.samples.max(LEAST_SAMPLES) && (all < most || times.len() < LEAST_SAMPLES) {
        let time = placed.sample(device, runs, before)?;
        all = all.saturating_add(time.max(0).saturating_mul(runs));
        times.push(time);
    }
    Ok(Spread::of(times, usize::try_from(runs).unwrap_or(1)))
}

/// At least one sample is always made.
fn no_samples() -> DeviceFault {
    DeviceFault::new(super::operations::DeviceFaultKind::Refused, "no sample was taken")
}
