//! `constrint solve`: the best configuration, or the first N.

use crate::args::{Common, EmitForm, SolveArgs};
use crate::ending;
use crate::exit_code::ExitCode;
use crate::failure::Failure;
use crate::output::Output;
use crate::style::FAINT;
use crate::text::paragraph;
use crate::{input, json, report, several_gpus, stopped, watch};
use constrint::config::{Number, ObjectiveValue};
use constrint::explain::{Alternatives, HardwareNeed};
use constrint::{Answer, Problem, Request, Status, file, solve};
use constrint_solver::{Limits, ValueOrder};
use serde_json::{Map, Value};
use std::sync::Arc;
use std::time::Duration;

/// The endings of files that hold a configuration.
const ENDINGS: [(&str, EmitForm); 7] = [
    ("h", EmitForm::Header),
    ("hpp", EmitForm::Header),
    ("cuh", EmitForm::Header),
    ("flags", EmitForm::Flags),
    ("json", EmitForm::Json),
    ("cmake", EmitForm::Cmake),
    ("rs", EmitForm::Rust),
];

pub(crate) fn run(args: &SolveArgs, common: &Common, output: &Output) -> Result<ExitCode, Failure> {
    ending::decide(args.out.as_deref(), args.emit, &ENDINGS)?;
    if args.problem.gpu.len() > 1 {
        return several_gpus::run(args, common, output);
    }
    let loaded = input::load(&args.problem, output)?;
    let request = input::request(&loaded, asked(args), common, output)?;
    let mut answer = solve(&loaded.problem, &request).map_err(Failure::library(&loaded.origin))?;
    state_order(&mut answer, &args.order);
    report::search(&answer, output);
    let answer = Arc::new(answer);
    watch::last_word(stopped::with_answer(Arc::clone(&answer), output));
    let found = Found::of(&answer, &loaded.problem, &request.limits);
    match args.emit {
        Some(form) => emit(args, &found, form.into(), output)?,
        None if output.json => output.object(&found.as_json(args.solutions.is_some_and(|n| n > 1)).into())?,
        None => output.data(&found.as_text())?,
    }
    Ok(ExitCode::of(answer.status))
}

/// What the flags ask of a search.
pub(crate) fn asked(args: &SolveArgs) -> Request {
    Request {
        order: args.order.clone(),
        solutions: args.solutions.map_or(1, |count| usize::try_from(count).unwrap_or(usize::MAX)),
        cache: args.cache.cache(),
        ..Request::default()
    }
}

/// How long to look for what an infeasible problem needs of the hardware.
const TIME_FOR_NEED: Duration = Duration::from_secs(1);

/// The answer, and where it has no configuration, what has one and what is needed.
pub(crate) struct Found<'a> {
    pub(crate) answer: &'a Answer,
    instead: Option<Alternatives>,
    need: Option<HardwareNeed>,
}

impl<'a> Found<'a> {
    pub(crate) fn of(answer: &'a Answer, problem: &Problem, limits: &Limits) -> Self {
        let instead = answer.alternatives(problem, limits);
        let time = Some(limits.time.map_or(TIME_FOR_NEED, |time| time.min(TIME_FOR_NEED)));
        let described = answer.tiling.described.is_some();
        let need = described.then(|| answer.hardware(problem, &Limits { time, ..limits.clone() })).flatten();
        Self { answer, instead, need }
    }

    pub(crate) fn as_json(&self, several: bool) -> Map<String, Value> {
        let mut object = json::answer(self.answer, several);
        if let Some(instead) = &self.instead {
            object.insert("alternatives".into(), json::alternatives(instead));
        }
        if let Some(need) = &self.need {
            object.insert("hardware".into(), json::hardware(self.answer, need));
        }
        object
    }

    fn as_text(&self) -> String {
        let instead = self.instead.as_ref().map(report::alternatives::sections).unwrap_or_default();
        let need = self.need.as_ref().map(|need| report::hardware::sections(self.answer, need)).unwrap_or_default();
        report::answer(self.answer) + &instead + &need + &self.to_explain()
    }

    /// Where more is to be had on a problem without a solution.
    fn to_explain(&self) -> String {
        if self.answer.status != Status::Infeasible || self.instead.is_some() {
            return String::new();
        }
        "\n".to_owned() + &paragraph("`constrint explain` tells the smallest changes that would help.", 0, FAINT)
    }
}

/// An order is an objective a variable, though the search has none.
pub(crate) fn state_order(answer: &mut Answer, order: &[(String, ValueOrder)]) {
    if order.is_empty() {
        return;
    }
    for config in &mut answer.configs {
        let stages = order.iter().filter_map(|(name, end)| {
            let value = *config.values.get(name)?;
            let maximized = *end == ValueOrder::LargestFirst;
            Some(ObjectiveValue { maximized, text: name.clone(), value: Number::Integer(value) })
        });
        config.objectives = stages.collect();
    }
}

/// Writes the form to the file or to standard output; where JSON was asked for too, that is on standard output and
/// holds the form if no file does.
fn emit(args: &SolveArgs, found: &Found<'_>, form: constrint::Form, output: &Output) -> Result<(), Failure> {
    let answer = found.answer;
    let emitted = answer.configs.first().map(|config| config.emit(form));
    if let (Some(path), Some(text)) = (&args.out, &emitted) {
        file::write(path, text).map_err(Failure::library(""))?;
    }
    if output.json {
        let mut object = found.as_json(false);
        if args.out.is_none() {
            object.insert("emitted".into(), emitted.into());
        }
        return output.object(&object.into());
    }
    match &emitted {
        Some(text) if args.out.is_none() => output.data(text)?,
        Some(_) => {}
        None => output.note(&found.as_text()),
    }
    if emitted.is_some() {
        let written = args.out.as_ref().map(|path| format!("; written to {}", path.display())).unwrap_or_default();
        output.note(&(report::summary(answer) + &written));
    }
    Ok(())
}
