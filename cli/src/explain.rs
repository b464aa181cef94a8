//! `constrint explain`: why there is no solution and what would help, or what the best one is bound by.

use crate::args::{Common, ProblemArgs};
use crate::exit_code::ExitCode;
use crate::failure::Failure;
use crate::output::Output;
use crate::report::{alternatives, binding, clash, hardware, relaxation};
use crate::style::{FAINT, PLAIN};
use crate::table::{Align, Table};
use crate::text::{paragraph, shortened};
use crate::units::time;
use crate::{input, json, report, stopped, watch};
use constrint::config::{Number, values_by_part};
use constrint::explain::{Alternatives, HardwareNeed, QuickerAtEnd};
use constrint::hardware::GpuSpec;
use constrint::{Answer, Problem, Request, solve};
use constrint_solver::Limits;
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
    let explanation = Explanation::of(&answer, &loaded.problem, &request.limits);
    if output.json {
        output.object(&explanation.as_json())?;
    } else {
        output.data(&explanation.as_text())?;
    }
    Ok(ExitCode::of(answer.status))
}

/// An answer, and what is asked about it.
struct Explanation<'a> {
    answer: &'a Answer,
    bindings: Vec<Binding>,
    instead: Option<Alternatives>,
    need: Option<HardwareNeed>,
    relaxations: Relaxations,
    at_ends: Vec<QuickerAtEnd>,
}

impl<'a> Explanation<'a> {
    fn of(answer: &'a Answer, problem: &Problem, limits: &Limits) -> Self {
        let instead = answer.alternatives(problem, limits);
        // Nobody changes the limits of a GPU that is sold; which one to take instead is told then.
        let is_own = matches!(problem.gpu, Some(GpuSpec::Limits(_)));
        let need = if instead.is_none() || is_own { answer.hardware(problem, limits) } else { None };
        let (relaxations, at_ends) = (answer.relaxations(limits), answer.quicker_at_ends(limits));
        Self { answer, bindings: answer.bindings(), instead, need, relaxations, at_ends }
    }

    fn as_json(&self) -> Value {
        let answer = self.answer;
        let mut object = json::answer(answer, false);
        if !answer.configs.is_empty() {
            let inequalities = self.bindings.iter().map(|binding| inequality(answer, binding));
            object.insert("inequalities".into(), inequalities.collect());
            if !self.at_ends.is_empty() {
                let quicker = self.at_ends.iter().map(|quicker| at_end(answer, quicker));
                object.insert("quicker_at_ends".into(), quicker.collect());
            }
        }
        if answer.conflict.is_some() {
            object.insert("relaxations".into(), json::relaxations(answer, &self.relaxations));
        }
        if let Some(need) = &self.need {
            object.insert("hardware".into(), json::hardware(answer, need));
        }
        if let Some(instead) = &self.instead {
            object.insert("alternatives".into(), json::alternatives(instead));
        }
        object.into()
    }

    /// What of the best configuration would be chosen otherwise.
    fn at_ends_text(&self) -> String {
        let Some(best) = self.answer.configs.first().filter(|_| !self.at_ends.is_empty()) else { return String::new() };
        let mut text = report::section("What hangs on the range of the predicted time");
        for quicker in &self.at_ends {
            let end = if quicker.is_low { "the least" } else { "the most" };
            let changed = quicker.values.iter().filter(|(name, value)| best.values.get(*name) != Some(value));
            let changed: Vec<String> = changed.map(|(name, value)| format!("{name} = {value}")).collect();
            let line = format!(
                "at {end} that times may be, {} instead of {} with {}",
                time(quicker.time_ps),
                time(quicker.best_ps),
                changed.join(", ")
            );
            text += &paragraph(&line, 2, PLAIN);
        }
        text
    }

    fn as_text(&self) -> String {
        let (answer, heading) = (self.answer, report::heading(self.answer));
        if !answer.configs.is_empty() {
            return heading + &at_the_best(answer, &self.bindings) + &self.at_ends_text();
        }
        let hardware = self.need.as_ref().map(|need| hardware::sections(answer, need)).unwrap_or_default();
        let changes = hardware + &relaxation::sections(answer, &self.relaxations);
        let instead = self.instead.as_ref().map(alternatives::sections).unwrap_or_default();
        heading + &clash::without_solution(answer) + &changes + &instead
    }
}

fn at_end(answer: &Answer, quicker: &QuickerAtEnd) -> Value {
    json!({
        "end": if quicker.is_low { "low" } else { "high" },
        "config": values_by_part(&answer.tiling, &quicker.values),
        "time_ps": quicker.time_ps,
        "best_ps": quicker.best_ps,
    })
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

/// What the best solution is bound by.
fn at_the_best(answer: &Answer, bindings: &[Binding]) -> String {
    let (binding, loose): (Vec<&Binding>, Vec<&Binding>) = bindings.iter().partition(|binding| binding.slack.is_zero());
    let mut text = String::new();
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
