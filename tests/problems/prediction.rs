//! How sure a predicted time is: what a kernel says of itself is what the answer says.

use constrint::kernel::recurrent::RnnForward;
use constrint::kernel::{
    Chosen, Confidence, Instance, Kernel, KernelError, Launched, Limit, Part, Resources, ShapeParameter, SourceFile,
    Statement,
};
use constrint::{Answer, Config, Problem, Request, solve};
use constrint_solver::Limits;
use indexmap::IndexMap;

/// A range that a kernel gives has a low end, a high end, and the time between them.
pub(crate) fn check(answer: &Answer, config: &Config) {
    let Some((kernel, instance)) = &answer.tiling.kernel else { return };
    let predicted = config.predicted.as_ref().expect("a shipped kernel predicts its time");
    let (said, sure) = (kernel.confidence(instance), predicted.sure.as_ref().expect("a shipped kernel says how sure"));
    assert_eq!(
        (sure.measured, &*sure.basis, sure.range_ps.is_some()),
        (said.measured, said.basis, said.range.is_some())
    );
    if let Some([low, high]) = sure.range_ps {
        assert!((low..=high).contains(&predicted.time_ps), "{predicted:?}");
    }
}

/// The recurrent layer, as if its hand-over and its start were all that is sure of it.
struct Doubtful;

impl Kernel for Doubtful {
    fn name(&self) -> &'static str {
        RnnForward.name()
    }

    fn summary(&self) -> &'static str {
        RnnForward.summary()
    }

    fn shape(&self) -> &'static [ShapeParameter] {
        RnnForward.shape()
    }

    fn dtypes(&self) -> &'static [&'static str] {
        RnnForward.dtypes()
    }

    fn state(&self, instance: &Instance) -> Result<Statement, KernelError> {
        RnnForward.state(instance)
    }

    fn confidence(&self, _instance: &Instance) -> Confidence {
        Confidence { range: Some(("starts_ps", "time_ps")), measured: true, basis: "a guess" }
    }

    fn sources(&self) -> &'static [SourceFile] {
        RnnForward.sources()
    }

    fn parts(&self) -> &'static [Part] {
        const WHOLE: [Part; 1] = [Part::whole(&Doubtful)];
        &WHOLE
    }
}

impl Launched for Doubtful {
    fn resources(&self, instance: &Instance, values: &Chosen) -> Resources {
        RnnForward.resources(instance, values)
    }

    fn limits(&self, instance: &Instance, values: &Chosen) -> Vec<Limit> {
        RnnForward.limits(instance, values)
    }

    fn macros(&self, instance: &Instance, values: &Chosen) -> IndexMap<String, i64> {
        RnnForward.macros(instance, values)
    }
}

#[test]
fn a_range_is_what_its_definitions_come_to() {
    let problem = Problem::from_json(include_str!("../../problems/lstm-64x12-h100.json")).unwrap();
    let mut answer = solve(&problem, &Request::default()).unwrap();
    let best = answer.configs.remove(0);
    let unmeasured = best.predicted.unwrap().sure.unwrap();
    assert!(unmeasured.range_ps.is_some() && !unmeasured.measured);
    answer.tiling.kernel.as_mut().unwrap().0 = &Doubtful;
    let values: Vec<i64> = best.values.values().copied().collect();
    let predicted = Config::new(&answer.tiling, &values, Vec::new()).unwrap().predicted.unwrap();
    let sure = predicted.sure.unwrap();
    assert_eq!(sure.range_ps, Some([predicted.parts_ps["starts_ps"], predicted.time_ps]));
    assert_eq!((sure.measured, &*sure.basis), (true, "a guess"));
}

/// Where a range of latencies decides, the other choice is named; both ends are what they say.
#[test]
fn a_choice_that_hangs_on_the_range_is_named() {
    let mut named = 0;
    for (gpu, head_dim, heads, batch) in [
        ("H100 SXM", 16, 48, 16),
        ("H100 SXM", 96, 4, 16),
        ("B200", 64, 12, 64),
        ("A100 SXM4 80GB", 128, 6, 64),
        ("B200", 48, 24, 32),
    ] {
        let text = format!(
            r#"{{"version": 1, "kernel": "rnn_forward", "gpu": "{gpu}", "shape": {{"cell": "lstm", "head_dim": {head_dim},
                "heads": {heads}, "batch": {batch}, "sequence": 1024}}}}"#
        );
        let answer = solve(&Problem::from_json(&text).unwrap(), &Request::default()).unwrap();
        let [low, high] = answer.configs[0].predicted.as_ref().unwrap().sure.as_ref().unwrap().range_ps.unwrap();
        for quicker in answer.quicker_at_ends(&Limits::default()) {
            named += 1;
            assert_eq!(quicker.best_ps, if quicker.is_low { low } else { high });
            assert!(quicker.time_ps < quicker.best_ps && quicker.values != answer.configs[0].values);
            let row: Vec<i64> = quicker.values.values().copied().collect();
            let there = Config::new(&answer.tiling, &row, Vec::new()).unwrap().predicted.unwrap().sure.unwrap();
            assert_eq!(there.range_ps.unwrap()[usize::from(!quicker.is_low)], quicker.time_ps);
        }
    }
    assert!(named > 0);
}
