//! Warm-up, samples and clocks on a device whose times are known.

use super::stub::{Script, Stub};
use crate::device::measure::{Placed, measure};
use crate::device::operations::{Clocks, Device, DeviceFault, DeviceFaultKind};
use crate::device::timing::{Timer, Timing};
use crate::kernel::{Launch, Plan, Step};

/// One kernel.
fn plan() -> Plan {
    Plan { arrays: Vec::new(), steps: vec![Step::Launch(Launch::of_one_block())] }
}

fn timed(script: Script, timer: &Timer) -> (Result<Timing, DeviceFault>, Script) {
    let mut stub = Stub::new(script);
    let plan = plan();
    let placed = Placed::new(&mut stub, &plan, &[]).unwrap();
    let timing = measure(&mut stub, &placed, timer);
    let script = std::rc::Rc::clone(&stub.script);
    drop(stub);
    (timing, std::rc::Rc::into_inner(script).expect("the stub is gone").into_inner())
}

fn clock(sm_mhz: i64, is_throttled: bool) -> Clocks {
    Clocks { sm_mhz, memory_mhz: 2619, is_throttled }
}

#[test]
fn warm_and_cold_runs_are_told_apart() {
    let (timing, _) = timed(Script::default(), &Timer::default());
    let timing = timing.unwrap();
    assert_eq!((timing.warm.median_ps, timing.cold.unwrap().median_ps), (10_000_000, 11_000_000));
    assert_eq!((timing.warm.samples, timing.warm.runs_per_sample), (30, 6));
    assert!(timing.steady && timing.complete && timing.clocks.is_none());
    let (timing, _) = timed(Script::default(), &Timer::quick());
    assert_eq!(timing.unwrap().cold, None);
}

/// The clocks rise for some time after an idle phase: nothing of it counts.
#[test]
fn a_slow_start_is_waited_for() {
    let starting = |run: usize| if run < 400 { 20_000_000 - i64::try_from(run).unwrap() * 25_000 } else { 10_000_000 };
    let script = Script { time: Box::new(starting), ..Script::default() };
    let (timing, script) = timed(script, &Timer { warm_up_ms: 20, ..Timer::default() });
    let timing = timing.unwrap();
    assert_eq!((timing.warm.median_ps, timing.warm.least_ps), (10_000_000, 10_000_000));
    assert!(script.runs > 400, "{}", script.runs);
}

#[test]
fn a_warm_up_that_never_stands_still_ends_all_the_same() {
    let jumping = |run: usize| if run.is_multiple_of(3) { 30_000_000 } else { 10_000_000 };
    let script = Script { time: Box::new(jumping), ..Script::default() };
    let (timing, script) = timed(script, &Timer { warm_up_ms: 5, ..Timer::default() });
    assert!(script.runs < 2000, "{}", script.runs);
    assert!(timing.unwrap().warm.median_ps >= 10_000_000);
}

/// One run of a sample of many is an outlier: the median does not see it, and the quartiles neither.
#[test]
fn outliers_do_not_move_the_median() {
    let script = Script {
        time: Box::new(|run| if run.is_multiple_of(97) { 900_000_000 } else { 100_000_000 }),
        cold_ps: 0,
        ..Script::default()
    };
    let (timing, _) = timed(script, &Timer::default());
    let timing = timing.unwrap();
    assert_eq!((timing.warm.median_ps, timing.warm.runs_per_sample), (100_000_000, 1));
    assert!(timing.steady);
}

/// In the first round the clock falls; the second is steady, and is what is told.
#[test]
fn rounds_with_unsteady_clocks_are_made_again() {
    let script =
        Script { clock: Box::new(|look| Some(clock(if look == 0 { 1980 } else { 1410 }, false))), ..Script::default() };
    let (timing, script) = timed(script, &Timer::default());
    let timing = timing.unwrap();
    assert!(timing.steady);
    assert_eq!(timing.clocks.unwrap().map(|clocks| clocks.sm_mhz), [1410, 1410]);
    assert_eq!(script.looks, 4);
}

#[test]
fn where_no_round_is_steady_it_is_said() {
    let script = Script { clock: Box::new(|_| Some(clock(1980, true))), ..Script::default() };
    let (timing, script) = timed(script, &Timer::default());
    assert!(!timing.unwrap().steady);
    assert_eq!(script.looks, 6, "three rounds");
    // Of rounds with other times and one clock, the one whose times lie closest.
    let apart = |run: usize| 60_000_000 + i64::try_from(run / 2 % 2 * (1000 - run.min(900))).unwrap() * 50_000;
    let (timing, _) =
        timed(Script { time: Box::new(apart), ..Script::default() }, &Timer { cold: false, ..Timer::default() });
    let timing = timing.unwrap();
    assert!(!timing.steady && timing.clocks.is_none());
    // By the third round they are 5 of 62.5 apart, or a little more.
    assert!((75..100).contains(&timing.warm.width_per_mille()), "{}", timing.warm.width_per_mille());
}

#[test]
fn what_is_hopeless_is_given_up_early() {
    let slow = || Script { time: Box::new(|_| 5_000_000_000), ..Script::default() };
    let timer = Timer { hopeless_ps: Some(400_000_000), ..Timer::default() };
    let (timing, script) = timed(slow(), &timer);
    let timing = timing.unwrap();
    // One run, before which nothing has warmed L2.
    assert!(!timing.complete && timing.warm.median_ps == 5_001_000_000);
    assert_eq!(script.runs, 1);
    let (timing, script) = timed(slow(), &Timer::default());
    assert!(timing.unwrap().complete && script.runs > 60);
    let (timing, _) = timed(Script::default(), &timer);
    assert!(timing.unwrap().complete);
}

/// A kernel of a second is not run thirty times in a round of a second.
#[test]
fn long_kernels_get_fewer_samples() {
    let script = Script { time: Box::new(|_| 1_000_000_000_000), ..Script::default() };
    let (timing, script) = timed(script, &Timer { cold: false, ..Timer::default() });
    let timing = timing.unwrap();
    assert_eq!((timing.warm.samples, timing.complete), (3, false));
    assert!(script.runs <= 6, "{} seconds", script.runs);
}

#[test]
fn a_fault_ends_it() {
    for run in [0, 3, 100] {
        let script = Script { fault: Some((run, DeviceFaultKind::Crashed)), ..Script::default() };
        let (timing, _) = timed(script, &Timer::default());
        assert_eq!(timing.unwrap_err().kind, DeviceFaultKind::Crashed);
    }
}

/// The steps of a plan are put on the device in their order, and zeros before a launch are part of a run.
#[test]
fn zeros_come_before_what_reads_them() {
    let mut plan = Plan::default();
    let array = plan.add("workspace", 4, crate::kernel::Holds::Nothing);
    plan.steps = vec![Step::Zero { array }, Step::Launch(Launch::of_one_block())];
    let mut stub = Stub::new(Script { result: 9, ..Script::default() });
    let address = stub.allocate(4).unwrap();
    crate::device::measure::run(&mut stub, &plan, &[address]).unwrap();
    assert_eq!(stub.read(address, 4).unwrap(), [9; 4]);
    plan.steps.reverse();
    crate::device::measure::run(&mut stub, &plan, &[address]).unwrap();
    assert_eq!(stub.read(address, 4).unwrap(), [0; 4]);
}
