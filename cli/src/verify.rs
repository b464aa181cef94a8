//! `constrint verify`: the configured kernel, run against its reference in double precision.

use crate::args::{Common, VerifyArgs};
use crate::exit_code::ExitCode;
use crate::failure::Failure;
use crate::output::Output;
use crate::style::{BAD, FAINT, GOOD, HEAD, PLAIN, styled};
use crate::table::{Align, Table};
use crate::text::paragraph;
use crate::{compile, input, json, report, stopped, watch};
use constrint::run::{self, CaseReport, Comparison, Fault, Options, Report};
use constrint::{Answer, Request, solve};
use serde_json::{Value, json};
use std::fmt::Write as _;

pub(crate) fn run(args: &VerifyArgs, common: &Common, output: &Output) -> Result<ExitCode, Failure> {
    let loaded = input::load(&args.problem, output)?;
    let own = Request { cache: args.cache.cache(), ..Request::default() };
    let request = input::request(&loaded, own, common, output)?;
    // A configuration alone is no answer here.
    watch::last_word(stopped::with_nothing(output));
    if loaded.problem.kernel.is_none() {
        return Err(Failure::NoKernel { origin: loaded.origin });
    }
    let answer = solve(&loaded.problem, &request).map_err(Failure::library(&loaded.origin))?;
    report::search(&answer, output);
    let Some(config) = answer.configs.first() else {
        compile::without_solution(&answer, output)?;
        return Ok(ExitCode::of(answer.status));
    };
    let options = Options {
        machine: args.on.into(),
        seed: common.seed.unwrap_or(Options::default().seed),
        schedules: args.schedules,
    };
    let found = run::verify_within(&answer.tiling, config, &options, &request.limits)
        .map_err(Failure::library(&loaded.origin))?;
    if output.json {
        output.object(&as_json(&answer, &options, &found))?;
    } else {
        output.data(&as_text(&answer, &options, &found))?;
    }
    Ok(ExitCode::holds(found.holds()))
}

fn as_json(answer: &Answer, options: &Options, found: &Report) -> Value {
    let mut object = json::answer(answer, false);
    object.insert("status".into(), if found.holds() { "holds" } else { "violated" }.into());
    object.insert("machine".into(), json!(options.machine));
    object.insert("seed".into(), options.seed.into());
    let cases = found.cases.iter().map(|case| {
        json!({
            "about": case.case.about,
            "sizes": case.case.sizes,
            "schedules": case.schedules,
            "outputs": case.outputs.iter().map(output_json).collect::<Vec<_>>(),
        })
    });
    object.insert("cases".into(), cases.collect());
    object.insert("fault".into(), json!(found.fault()));
    object.into()
}

/// Numbers that JSON does not have, such as the error of a NaN, are null.
fn output_json(output: &Comparison) -> Value {
    json!({
        "name": output.name,
        "elements": output.elements,
        "wrong": output.wrong,
        "worst": output.worst,
        "error": output.worst.map(|worst| worst.error()),
        "error_of_allowed": output.worst.map(|worst| worst.ratio()),
    })
}

fn as_text(answer: &Answer, options: &Options, found: &Report) -> String {
    let status = if found.holds() { styled(GOOD, "holds") } else { styled(BAD, "violated") };
    let mut text = report::title(&answer.tiling, &status) + &report::provenance(answer);
    for case in &found.cases {
        text += &case_text(case, options);
    }
    text
}

fn case_text(case: &CaseReport, options: &Options) -> String {
    let sizes = case.case.sizes.iter().map(|(name, size)| format!("{name} = {size}")).collect::<Vec<_>>();
    let seeds = match case.schedules {
        1 => format!("seed {}", options.seed),
        count => format!("seeds {} to {}", options.seed, options.seed.wrapping_add(u64::from(count) - 1)),
    };
    let mut text = report::section(&case.case.about) + &paragraph(&format!("{}; {seeds}", sizes.join(", ")), 2, FAINT);
    match &case.fault {
        Some(fault) => text += &fault_text(fault),
        None => text += &outputs_text(&case.outputs),
    }
    text
}

fn outputs_text(outputs: &[Comparison]) -> String {
    let mut table = Table::new(&[Align::Left, Align::Left, Align::Left]);
    let mut text = String::new();
    for output in outputs {
        let Some(worst) = output.worst else { continue };
        let (said, style) = if output.wrong == 0 { ("within", GOOD) } else { ("beyond", BAD) };
        let error = format!("largest error {:.2e}, allowed there {:.2e}", worst.error(), worst.allowed);
        table.styled_row([(output.name.to_owned(), HEAD), (error, PLAIN), (said.to_owned(), style)]);
        if output.wrong > 0 {
            let wrong = format!(
                "{}: {} of {} elements are wrong; element {} is {:.9e} and should be {:.9e}",
                output.name, output.wrong, output.elements, worst.index, worst.found, worst.exact
            );
            text += &paragraph(&wrong, 2, PLAIN);
        }
    }
    table.render() + &text
}

fn fault_text(fault: &Fault) -> String {
    let mut text = paragraph(&format!("{}: {}", fault.kind, fault.message), 2, BAD);
    for place in &fault.places {
        let _ = writeln!(text, "    {} {}:{} in {}", place.role, place.file, place.line, place.function);
    }
    text + &paragraph(&format!("seed {}", fault.seed), 4, FAINT)
}
