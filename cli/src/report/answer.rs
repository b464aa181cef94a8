//! An answer: its configuration, its objective, what becomes of the rest.

use super::heading::{heading, provenance, section};
use super::{binding, clash, prediction, resources};
use crate::style::{FAINT, HEAD, PLAIN};
use crate::table::{Align, Table};
use crate::text::{paragraph, shortened};
use constrint::tiling::Tiling;
use constrint::{Answer, Config};
use std::collections::HashMap;

/// The whole answer; of several solutions the best in full and the others in a line each.
pub(crate) fn answer(answer: &Answer) -> String {
    let mut text = heading(answer);
    let Some(best) = answer.configs.first() else {
        return text + &clash::without_solution(answer);
    };
    text += &provenance(answer);
    text += &configuration(&answer.tiling, best);
    text += &quantities(&answer.tiling, best);
    text += &objective(best);
    text += &bound(answer);
    if let Some(gpu) = &answer.tiling.gpu {
        let of_parts = best.parts.iter().map(|(name, part)| (format!("Resources, {name}"), &part.resources));
        for (name, used) in [("Resources".to_owned(), &best.resources)].into_iter().chain(of_parts) {
            text += &used.as_ref().map(|used| resources::table(&name, used, gpu)).unwrap_or_default();
        }
    }
    text += &binding::tight(answer);
    if let Some(predicted) = &best.predicted {
        text += &prediction::section(&answer.tiling, predicted);
    }
    if answer.configs.len() > 1 {
        text += &others(&answer.configs);
    }
    text
}

fn configuration(tiling: &Tiling, config: &Config) -> String {
    let meanings = meanings(tiling);
    let mut table = Table::new(&[Align::Left, Align::Right, Align::Left]);
    for (name, value) in &config.values {
        let meaning = meanings.get(name).cloned().unwrap_or_default();
        table.styled_row([(name.clone(), PLAIN), (value.to_string(), HEAD), (meaning, FAINT)]);
    }
    section("Configuration") + &table.render()
}

/// What the problem's own quantities come to; a kernel's are shown with its resources.
fn quantities(tiling: &Tiling, config: &Config) -> String {
    if config.kernel.is_some() || config.quantities.is_empty() {
        return String::new();
    }
    let mut table = Table::new(&[Align::Left, Align::Right, Align::Left]);
    for (name, value) in &config.quantities {
        let meaning = tiling.definitions.get(name).map(|definition| definition.meaning.clone()).unwrap_or_default();
        table.styled_row([(name.clone(), PLAIN), (value.to_string(), HEAD), (meaning, FAINT)]);
    }
    section("Occupancy") + &table.render()
}

/// What the kernel says its variables are.
fn meanings(tiling: &Tiling) -> HashMap<String, String> {
    let statement = tiling.kernel.as_ref().and_then(|(kernel, instance)| kernel.state(instance).ok());
    let variables = statement.map(|statement| statement.variables).unwrap_or_default();
    variables.into_iter().map(|variable| (variable.name.into_owned(), variable.meaning)).collect()
}

fn objective(config: &Config) -> String {
    // The predicted time has a section of its own.
    let is_prediction = |text: &str| config.predicted.is_some() && text == "time_ps";
    let shown: Vec<_> = config.objectives.iter().filter(|objective| !is_prediction(&objective.text)).collect();
    if shown.is_empty() {
        return String::new();
    }
    let mut table = Table::new(&[Align::Left, Align::Right, Align::Left]);
    for objective in shown {
        let goal = if objective.maximized { "maximize" } else { "minimize" };
        table.styled_row([
            (goal.to_owned(), PLAIN),
            (objective.value.to_string(), HEAD),
            (shortened(&objective.text, 400), FAINT),
        ]);
    }
    section("Objective") + &table.render()
}

/// Where a limit ended the search: how much better a solution could still be.
fn bound(answer: &Answer) -> String {
    let Some(bound) = &answer.statistics.bound else { return String::new() };
    let objective = answer.tiling.model.objectives().get(bound.objective).map_or("", |objective| &objective.text);
    let gap = answer.gap().map(|gap| format!(", {:.1}% away", gap * 100.0)).unwrap_or_default();
    paragraph(&format!("no solution has a better {} than {}{gap}", shortened(objective, 60), bound.value), 2, FAINT)
}

fn others(configs: &[Config]) -> String {
    let mut text = section("Solutions");
    for (index, config) in configs.iter().enumerate() {
        let objectives: Vec<String> = config.objectives.iter().map(|objective| objective.value.to_string()).collect();
        let values: Vec<String> = config.values.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let line = format!("{}.  {}  {}", index + 1, objectives.join(", "), values.join(" "));
        text += &paragraph(&line, 2, PLAIN);
    }
    text
}
