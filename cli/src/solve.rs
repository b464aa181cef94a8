//! `constrint solve`: the best configuration, or the first N.

use crate::args::{Common, EmitForm, SolveArgs};
use crate::ending;
use crate::exit_code::ExitCode;
use crate::failure::Failure;
use crate::found::{Found, asked, state_order};
use crate::output::Output;
use crate::{input, report, several_gpus, stopped, watch};
use constrint::{file, solve};
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
