//! `constrint explain`: why there is no solution and what would help, or what the best one is bound by.

use crate::args::{Common, ProblemArgs};
use crate::exit_code::ExitCode;
use crate::failure::Failure;
use crate::output::Output;
use crate::report::{binding, clash, hardware, relaxation};
use crate::style::{FAINT, PLAIN};
use crate::table::{Align, Table};
use crate::text::shortened;
use crate::{input, json, report, stopped, watch};
use constrint::config::Number;
use constrint::explain::HardwareNeed;
use constrint::{Answer, Request, solve};
use constrint_solver::explain::{Binding, Relaxations};
use num_traits::Zero;
use serde_json::{Value, json};
use std::sync::Arc;

pub(crate) fn run(args: &ProblemArgs, common: &Common, output: &Output) -> Result<ExitCode, Failure> {
    let loaded = input::load(args, output)?;
    let request = input::request(&loaded, Request { explain: true, ..Request::default() }, common, output)?;
    let answer = solve(&loaded.problem, &request).map_err(Failure::library(&loaded.origin))?;
    output.detail(&report::statistics(&answer.statistics));
    let answer = Arc::new(answer);
    watch::last_word(stopped::with_answer(Arc::clone(&answer), output));
    let (bindings, relaxations) = (answer.bindings(), answer.relaxations(&request.limits));
    let need = answer.hardware(&loaded.problem, &request.limits);
    if output.json {
        output.object(&as_json(&answer, &bindings, &relaxations, need.as_ref()))?;
    } else {
        output.data(&as_text(&answer, &bindings, &relaxations, need.as_ref()))?;
    }
    Ok(ExitCode::of(answer.status))
}

fn as_json(answer: &Answer, bindings: &[Binding], relaxations: &Relaxations, need: Option<&HardwareNeed>) -> Value {
    let mut object = json::answer(answer, false);
    if !answer.configs.is_empty() {
        object.insert("inequalities".into(), bindings.iter().map(|binding| inequality(answer, binding)).collect());
    }
    if answer.conflict.is_some() {
        object.insert("relaxations".into(), json::relaxations(answer, relaxations));
    }
    if let Some(need) = need {
        object.insert("hardware".into(), json::hardware(answer, need));
    }
    object.into()
}

fn inequality(answer: &Answer, binding: &Binding) -> Value {
    let constraint = &answer.tiling.model.constraints()[binding.constraint];
    json!({
        "constraint": constraint.name,
        "expression": constraint.text,
        "because": constraint.because,
        "left": binding.sides.left.value().map(Number::of),
        "operator": binding.sides.comparison.symbol(),
        "right": binding.sides.right.value().map(Number::of),
        "slack": Number::of(&binding.slack),
        "binds": binding.slack.is_zero(),
    })
}

fn as_text(answer: &Answer, bindings: &[Binding], relaxations: &Relaxations, need: Option<&HardwareNeed>) -> String {
    let heading = report::heading(answer);
    if answer.configs.is_empty() {
        let hardware = need.map(|need| hardware::sections(answer, need)).unwrap_or_default();
        return heading + &clash::without_solution(answer) + &hardware + &relaxation::sections(answer, relaxations);
    }
    let (binding, loose): (Vec<&Binding>, Vec<&Binding>) = bindings.iter().partition(|binding| binding.slack.is_zero());
    let mut text = heading;
    for (name, part) in [("What binds", binding), ("What has something left", loose)] {
        if !part.is_empty() {
            text += &report::section(name);
            text += &binding::table(&answer.tiling, part);
        }
    }
    text + &without_slack(answer, bindings)
}

/// The constraints that are no single inequality: they hold or do not, with nothing between.
fn without_slack(answer: &Answer, bindings: &[Binding]) -> String {
    let mut table = Table::new(&[Align::Left, Align::Left]);
    let mut any = false;
    for (index, constraint) in answer.tiling.model.constraints().iter().enumerate() {
        if bindings.iter().all(|binding| binding.constraint != index) {
            any = true;
            table.styled_row([(shortened(&constraint.name, 40), PLAIN), (shortened(&constraint.text, 300), FAINT)]);
        }
    }
    if any { report::section("What holds without a measure of slack") + &table.render() } else { String::new() }
}
