//! `constrint solve`: the best configuration, or the first N.

use crate::args::{Common, EmitForm, SolveArgs};
use crate::ending;
use crate::exit_code::ExitCode;
use crate::failure::Failure;
use crate::output::Output;
use crate::{input, json, report, stopped, watch};
use constrint::config::{Number, ObjectiveValue};
use constrint::explain::Alternatives;
use constrint::{Answer, Request, file, solve};
use constrint_solver::ValueOrder;
use serde_json::{Map, Value};
use std::sync::Arc;

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
    let loaded = input::load(&args.problem, output)?;
    let own = Request {
        order: args.order.clone(),
        solutions: args.solutions.map_or(1, |count| usize::try_from(count).unwrap_or(usize::MAX)),
        cache: args.cache.cache(),
        ..Request::default()
    };
    let request = input::request(&loaded, own, common, output)?;
    let mut answer = solve(&loaded.problem, &request).map_err(Failure::library(&loaded.origin))?;
    state_order(&mut answer, &args.order);
    report::search(&answer, output);
    let answer = Arc::new(answer);
    watch::last_word(stopped::with_answer(Arc::clone(&answer), output));
    let instead = answer.alternatives(&loaded.problem, &request.limits);
    let found = Found { answer: &answer, instead: instead.as_ref() };
    match args.emit {
        Some(form) => emit(args, found, form.into(), output)?,
        None if output.json => output.object(&found.as_json(args.solutions.is_some_and(|n| n > 1)).into())?,
        None => output.data(&found.as_text())?,
    }
    Ok(ExitCode::of(answer.status))
}

/// The answer, and what has a configuration where it has none.
#[derive(Clone, Copy)]
struct Found<'a> {
    answer: &'a Answer,
    instead: Option<&'a Alternatives>,
}

impl Found<'_> {
    fn as_json(self, several: bool) -> Map<String, Value> {
        let mut object = json::answer(self.answer, several);
        if let Some(instead) = self.instead {
            object.insert("alternatives".into(), json::alternatives(instead));
        }
        object
    }

    fn as_text(self) -> String {
        report::answer(self.answer) + &self.instead.map(report::alternatives::sections).unwrap_or_default()
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
fn emit(args: &SolveArgs, found: Found<'_>, form: constrint::Form, output: &Output) -> Result<(), Failure> {
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
