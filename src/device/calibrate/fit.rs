//! From what was read to the fields of a [`Gpu`]: arithmetic alone.

use super::probes::Probe;
use crate::hardware::{Gpu, Measured, MmaRates};
use crate::kernel::mma_sync_percent;
use std::collections::BTreeMap;

/// Picoseconds of a second.
const PS_PER_S: f64 = 1e12;

/// What a probe came to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Reading {
    /// How much was done.
    pub(super) done: f64,
    /// The median time of a run, in picoseconds, where that counts.
    pub(super) time_ps: Option<f64>,
    /// The clocks of the kernel's loop, and the nanoseconds, as it told them.
    pub(super) clocks: f64,
    pub(super) nanoseconds: f64,
}

impl Reading {
    /// Clocks of one of what was done.
    fn clocks_each(&self) -> Option<f64> {
        positive(self.clocks / self.done)
    }

    /// Picoseconds of one.
    fn ps_each(&self) -> Option<f64> {
        positive(self.time_ps? / self.done)
    }

    /// How much of it a second.
    fn rate(&self) -> Option<f64> {
        positive(self.done * PS_PER_S / self.time_ps?)
    }

    /// The clock of the SMs, in MHz. The timer of nanoseconds moves in steps of up to a microsecond: shorter loops tell nothing.
    fn clock_mhz(&self) -> Option<f64> {
        const LEAST_NS: f64 = 100_000.0;
        if self.nanoseconds < LEAST_NS { None } else { positive(self.clocks * 1000.0 / self.nanoseconds) }
    }
}

fn positive(value: f64) -> Option<f64> {
    (value.is_finite() && value > 0.0).then_some(value)
}

/// A whole number, at least 1.
#[expect(
    clippy::cast_possible_truncation,
    reason = "figures of a GPU are far below 2^63, and a cast keeps to the ends"
)]
fn whole(value: f64) -> i64 {
    (value.round() as i64).max(1)
}

/// A rate with four digits, which is more than it can be trusted for.
fn rounded(value: f64) -> i64 {
    let unit = 10f64.powf(value.abs().log10().floor() - 3.0).max(1.0);
    whole((value / unit).round() * unit)
}

/// The GPU with what was read of it, and what of that cannot be meant.
pub(super) fn fitted(base: &Gpu, readings: &BTreeMap<Probe, Reading>) -> (Gpu, Vec<String>) {
    let mut notes = Vec::new();
    let of = |probe: Probe| readings.get(&probe);
    let mut gpu = base.clone();
    if let Some(mhz) = clock_mhz(readings) {
        gpu.boost_clock_mhz = Some(whole(mhz));
    }
    let clocks = |probe: Probe| of(probe).and_then(Reading::clocks_each).map(whole);
    let ps = |probe: Probe| of(probe).and_then(Reading::ps_each).map(whole);
    let rate = |probe: Probe| of(probe).and_then(Reading::rate).map(rounded);
    gpu.measured = Measured {
        shared_memory_clocks: clocks(Probe::SharedMemory),
        l1_clocks: clocks(Probe::L1),
        l2_clocks: clocks(Probe::L2),
        memory_clocks: clocks(Probe::Memory),
        mma_m16n8k16_clocks: clocks(Probe::Product),
        distributed_shared_memory_clocks: clocks(Probe::DistributedSharedMemory),
        cluster_barrier_clocks: clocks(Probe::ClusterBarrier),
        fence_clocks: clocks(Probe::Fence),
        block_barrier_clocks: clocks(Probe::LoneBarrier),
        block_barrier_warps_per_1000_clocks: barrier_warps(readings),
        flag_handover_ps: ps(Probe::HandOver),
        grid_barrier_ps: ps(Probe::GridBarrier),
        launch_ps: ps(Probe::Launch),
        l2_bytes_per_clock_per_sm: l2_bytes_per_clock(&gpu, readings),
        copy_bytes_per_s: rate(Probe::Copy),
        mma_flops_per_s: MmaRates {
            fp16: rate(Probe::Fp16),
            bf16: rate(Probe::Bf16),
            tf32: rate(Probe::Tf32),
            int8: rate(Probe::Int8),
        },
    };
    check_order(&mut gpu.measured, &mut notes);
    if let Some(rate) = rate(Probe::MultiplyAdd) {
        gpu.fp32_flops_per_s = Some(rate);
    }
    complete(&mut gpu);
    (gpu, notes)
}

/// The clock while tensor cores are busy, or else the fp32 units: the median of what the kernels told.
fn clock_mhz(readings: &BTreeMap<Probe, Reading>) -> Option<f64> {
    let told = |wanted: &dyn Fn(Probe) -> bool| {
        let mut clocks: Vec<f64> = readings
            .iter()
            .filter(|(probe, _)| probe.is_rate() && wanted(**probe))
            .filter_map(|(_, reading)| reading.clock_mhz())
            .collect();
        clocks.sort_unstable_by(f64::total_cmp);
        clocks.get(clocks.len() / 2).copied()
    };
    told(&|probe| probe != Probe::MultiplyAdd).or_else(|| told(&|_| true))
}

/// 31 warps more take so many clocks more.
fn barrier_warps(readings: &BTreeMap<Probe, Reading>) -> Option<i64> {
    let [lone, full] = [Probe::LoneBarrier, Probe::FullBarrier].map(|probe| readings.get(&probe)?.clocks_each());
    let more = positive(full? - lone?)?;
    Some(whole(31.0 * 1000.0 / more))
}

fn l2_bytes_per_clock(gpu: &Gpu, readings: &BTreeMap<Probe, Reading>) -> Option<i64> {
    let reading = readings.get(&Probe::ReadL2)?;
    #[expect(clippy::cast_precision_loss, reason = "SMs and MHz")]
    let clocks_per_s = reading.clock_mhz().or(gpu.boost_clock_mhz.map(|mhz| mhz as f64))? * 1e6 * gpu.sms as f64;
    positive(reading.rate()? / clocks_per_s).map(whole)
}

/// What lies farther is slower: figures that say something else are left out, with a note.
fn check_order(measured: &mut Measured, notes: &mut Vec<String>) {
    let ascends = |near: Option<i64>, far: Option<i64>| near.zip(far).is_none_or(|(near, far)| near < far);
    let Measured { l1_clocks: l1, l2_clocks: l2, memory_clocks: memory, shared_memory_clocks: shared, .. } = *measured;
    if !ascends(l1, l2) || !ascends(shared, l2) || !ascends(l2, memory) {
        notes.push(format!(
            "latencies that do not ascend are left out: shared memory {}, L1 {}, L2 {}, memory {} clocks",
            shown(shared),
            shown(l1),
            shown(l2),
            shown(memory)
        ));
        (measured.shared_memory_clocks, measured.l1_clocks) = (None, None);
        (measured.l2_clocks, measured.memory_clocks) = (None, None);
    }
    if !ascends(measured.flag_handover_ps, measured.grid_barrier_ps) {
        notes.push(format!(
            "a hand-over of {} ps and a barrier of the grid of {} ps are left out: the one is a part of the other",
            shown(measured.flag_handover_ps),
            shown(measured.grid_barrier_ps)
        ));
        (measured.flag_handover_ps, measured.grid_barrier_ps) = (None, None);
    }
}

fn shown(figure: Option<i64>) -> String {
    figure.map_or_else(|| "unknown".to_owned(), |figure| figure.to_string())
}

/// Rates of tensor cores that nobody published: those of which `mma.sync` reaches the part that it reaches elsewhere.
fn complete(gpu: &mut Gpu) {
    let percent = mma_sync_percent(gpu.compute_capability).max(1);
    let MmaRates { fp16, bf16, tf32, int8 } = gpu.measured.mma_flops_per_s;
    let peak = |rate: i64| rate / percent * 100;
    let rates = &mut gpu.tensor_flops_per_s;
    for (known, measured) in
        [(&mut rates.fp16, fp16), (&mut rates.bf16, bf16), (&mut rates.tf32, tf32), (&mut rates.int8, int8)]
    {
        *known = known.or(measured.map(peak));
    }
    let Some(clocks_per_s) = gpu.boost_clock_mhz.and_then(|mhz| mhz.checked_mul(1_000_000)?.checked_mul(gpu.sms))
    else {
        return;
    };
    let rates = &mut gpu.tensor_flops_per_clock_per_sm;
    for (known, measured) in
        [(&mut rates.fp16, fp16), (&mut rates.bf16, bf16), (&mut rates.tf32, tf32), (&mut rates.int8, int8)]
    {
        *known = known.or(measured.and_then(|rate| peak(rate).checked_div(clocks_per_s)).filter(|&rate| rate > 0));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hardware::{TensorRates, find};

    fn told(done: f64, clocks: f64) -> Reading {
        Reading { done, time_ps: None, clocks, nanoseconds: clocks / 1.7 }
    }

    fn timed(done: f64, time_ps: f64) -> Reading {
        Reading { done, time_ps: Some(time_ps), clocks: time_ps * 1.7e-3, nanoseconds: time_ps / 1000.0 }
    }

    /// As an H100 at 1,700 MHz may tell.
    fn readings() -> BTreeMap<Probe, Reading> {
        BTreeMap::from([
            (Probe::SharedMemory, told(4096.0, 4096.0 * 29.01)),
            (Probe::L1, told(4096.0, 4096.0 * 38.4)),
            (Probe::L2, told(4096.0, 4096.0 * 269.6)),
            (Probe::Memory, told(4096.0, 4096.0 * 690.0)),
            (Probe::LoneBarrier, told(4096.0, 4096.0 * 24.0)),
            (Probe::FullBarrier, told(4096.0, 4096.0 * 86.0)),
            (Probe::GridBarrier, timed(2000.0, 2.2e9)),
            (Probe::HandOver, timed(4000.0, 4000.0 * 290_400.0)),
            (Probe::Launch, timed(1.0, 2_345_678.0)),
            (Probe::Copy, timed(3.0e9, 1e9)),
            // 40 bytes a clock for 132 SMs.
            (Probe::ReadL2, timed(40.0 * 132.0 * 1.7e6, 1e9)),
            (Probe::MultiplyAdd, timed(5.2e10, 1e9)),
            (Probe::Bf16, timed(6.254_321e11, 1e9)),
        ])
    }

    #[test]
    fn readings_become_figures() {
        let base = find("H100 SXM").unwrap();
        let (gpu, notes) = fitted(base, &readings());
        assert!(notes.is_empty(), "{notes:?}");
        let measured = gpu.measured;
        let clocks = [measured.shared_memory_clocks, measured.l1_clocks, measured.l2_clocks, measured.memory_clocks];
        assert_eq!(clocks, [29, 38, 270, 690].map(Some));
        assert_eq!(
            (measured.block_barrier_clocks, measured.block_barrier_warps_per_1000_clocks),
            (Some(24), Some(500))
        );
        assert_eq!((measured.grid_barrier_ps, measured.flag_handover_ps), (Some(1_100_000), Some(290_400)));
        assert_eq!(measured.launch_ps, Some(2_345_678));
        assert_eq!(measured.copy_bytes_per_s, Some(3_000_000_000_000));
        assert_eq!(measured.l2_bytes_per_clock_per_sm, Some(40));
        assert_eq!(measured.mma_flops_per_s.bf16, Some(625_400_000_000_000));
        assert_eq!((gpu.fp32_flops_per_s, gpu.boost_clock_mhz), (Some(52_000_000_000_000), Some(1700)));
        // What was not measured stays as it was, and so do published peaks.
        assert_eq!((measured.fence_clocks, measured.mma_flops_per_s.fp16), (None, None));
        assert_eq!((gpu.tensor_flops_per_s, gpu.sms), (base.tensor_flops_per_s, base.sms));
    }

    /// A GPU that the catalog lacks has rates afterwards, of which `mma.sync` reaches what was measured.
    #[test]
    fn unknown_peaks_follow_from_what_was_measured() {
        let mut base = find("H100 SXM").unwrap().clone();
        (base.tensor_flops_per_s, base.tensor_flops_per_clock_per_sm) =
            (TensorRates::default(), TensorRates::default());
        let (gpu, _) = fitted(&base, &readings());
        let peak = gpu.tensor_flops_per_s.bf16.unwrap();
        assert!((peak / 100 * 62 - 625_400_000_000_000).abs() < 100_000, "{peak}");
        assert_eq!(gpu.tensor_flops_per_clock_per_sm.bf16, Some(peak / (1_700_000_000 * 132)));
        assert_eq!(gpu.tensor_flops_per_s.tf32, None);
    }

    #[test]
    fn what_cannot_be_is_left_out() {
        let mut odd = readings();
        odd.insert(Probe::L2, told(4096.0, 4096.0 * 20.0));
        odd.insert(Probe::HandOver, timed(1.0, 5e9));
        odd.insert(Probe::Copy, timed(3.0e9, 0.0));
        odd.insert(Probe::FullBarrier, told(4096.0, 4096.0 * 20.0));
        odd.insert(Probe::Fence, told(4096.0, 0.0));
        odd.insert(Probe::Product, told(4096.0, f64::NAN));
        let (gpu, notes) = fitted(find("H100 SXM").unwrap(), &odd);
        assert_eq!((gpu.measured.l1_clocks, gpu.measured.l2_clocks, gpu.measured.memory_clocks), (None, None, None));
        assert_eq!((gpu.measured.flag_handover_ps, gpu.measured.grid_barrier_ps), (None, None));
        assert_eq!((gpu.measured.copy_bytes_per_s, gpu.measured.block_barrier_warps_per_1000_clocks), (None, None));
        assert_eq!((gpu.measured.fence_clocks, gpu.measured.mma_m16n8k16_clocks), (None, None));
        assert_eq!(notes.len(), 2, "{notes:?}");
        assert!(notes[0].contains("L2 20") && notes[1].contains("5000000000 ps"), "{notes:?}");
    }

    /// A loop of a few microseconds tells no clock, as the timer moves in steps.
    #[test]
    fn short_loops_tell_no_clock() {
        let base = find("H100 SXM").unwrap();
        let short = Reading { done: 1e6, time_ps: Some(5e6), clocks: 9000.0, nanoseconds: 5000.0 };
        let (gpu, _) = fitted(base, &BTreeMap::from([(Probe::Bf16, short)]));
        assert_eq!(gpu.boost_clock_mhz, base.boost_clock_mhz);
        assert_eq!(fitted(base, &BTreeMap::new()), (base.clone(), Vec::new()));
    }
}
