//! An answer as a person reads it.
//!
//! | file | holds |
//! | --- | --- |
//! | `mod.rs` | the heading, the configuration, the objective, the predicted time |
//! | `resources.rs` | what the kernel uses of each limit |
//! | `binding.rs` | which constraints have little or nothing left |
//! | `clash.rs` | why there is no solution |
//! | `hardware.rs` | which limits of the GPU stand in the way, and where it would fit |
//! | `relaxation.rs` | the smallest changes that would help |

pub(crate) mod binding;
pub(crate) mod clash;
pub(crate) mod hardware;
pub(crate) mod relaxation;
pub(crate) mod resources;

use crate::output::Output;
use crate::style::{BAD, FAINT, GOOD, HEAD, NOTABLE, PLAIN, styled};
use crate::table::{Align, Table, bar, paragraph, shortened};
use crate::units::{percent, time};
use constrint::config::Prediction;
use constrint::tiling::Tiling;
use constrint::{Answer, CacheUse, Config, Status};
use constrint_solver::Statistics;
use std::collections::HashMap;

/// Where an answer comes from that nobody searched for now.
const FROM_CACHE: &str = "from the cache, checked";
/// Cells of a bar.
const BAR: usize = 24;

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
    if let (Some(used), Some(gpu)) = (&best.resources, &answer.tiling.gpu) {
        text += &resources::table(used, gpu);
    }
    text += &binding::tight(answer);
    if let Some(predicted) = &best.predicted {
        text += &prediction(&answer.tiling, predicted);
    }
    if answer.configs.len() > 1 {
        text += &others(&answer.configs);
    }
    text
}

/// The problem, what it is for, and how the search ended.
pub(crate) fn heading(answer: &Answer) -> String {
    let (style, said) = match (answer.status, answer.statistics.stopped) {
        (Status::Optimal, _) => (GOOD, "optimal".to_owned()),
        (Status::Feasible, Some(limit)) => {
            (NOTABLE, format!("feasible: {limit} was reached before it was proved best"))
        }
        (Status::Feasible, None) if answer.tiling.model.objectives().is_empty() => (GOOD, "feasible".to_owned()),
        (Status::Feasible, None) => (NOTABLE, "feasible: not proved best".to_owned()),
        (Status::Infeasible, _) => (BAD, "infeasible".to_owned()),
        (Status::Unknown, Some(limit)) => {
            (NOTABLE, format!("unknown: {limit} was reached before a solution was found"))
        }
        (Status::Unknown, None) => (NOTABLE, "unknown: a power grew too large to compute".to_owned()),
    };
    title(&answer.tiling, &styled(style, &said))
}

/// The problem with a word on how it stands, and what it is for.
pub(crate) fn title(tiling: &Tiling, status: &str) -> String {
    let mut text = format!("{}  {status}\n", styled(HEAD, &shortened(&tiling.name, 60)));
    let of_kernel = tiling.kernel.as_ref().map(|(kernel, instance)| {
        let sizes = instance.sizes.iter().map(|(name, size)| format!("{name} = {size}"));
        let words = instance.words.iter().map(|(name, word)| format!("{name} {word}"));
        let about = sizes.chain(words).chain([instance.dtype.to_owned()]).collect::<Vec<_>>().join(", ");
        format!("kernel {}, {about}", kernel.name())
    });
    let of_kernel = of_kernel.or_else(|| tiling.kernel_name().map(|name| format!("kernel {name}")));
    let of_gpu = tiling.gpu.as_ref().map(|gpu| format!("on {} ({} SMs)", gpu.name, gpu.sms));
    let about: Vec<String> = [of_kernel, of_gpu].into_iter().flatten().collect();
    if !about.is_empty() {
        text += &paragraph(&about.join(" "), 0, FAINT);
    }
    text
}

/// A line that says so if nothing was searched for this answer.
pub(crate) fn provenance(answer: &Answer) -> String {
    match answer.cache {
        CacheUse::Hit => format!("{}\n", styled(FAINT, FROM_CACHE)),
        _ => String::new(),
    }
}

/// A heading of a section.
pub(crate) fn section(name: &str) -> String {
    format!("\n{}\n", styled(HEAD, name))
}

fn configuration(tiling: &Tiling, config: &Config) -> String {
    let meanings = meanings(tiling);
    let mut table = Table::new(&[Align::Left, Align::Right, Align::Left]);
    for (name, value) in &config.values {
        let meaning = meanings.get(name.as_str()).cloned().unwrap_or_default();
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
fn meanings(tiling: &Tiling) -> HashMap<&'static str, String> {
    let statement = tiling.kernel.as_ref().and_then(|(kernel, instance)| kernel.state(instance).ok());
    let variables = statement.map(|statement| statement.variables).unwrap_or_default();
    variables.into_iter().map(|variable| (variable.name, variable.meaning)).collect()
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

fn prediction(tiling: &Tiling, predicted: &Prediction) -> String {
    let meaning = |name: &str| tiling.definitions.get(name).map(|definition| definition.meaning.clone());
    let bound = predicted.parts_ps.iter().max_by_key(|(_, part)| **part).map(|(name, _)| name.as_str());
    let mut table = Table::new(&[Align::Left, Align::Right, Align::Left, Align::Right, Align::Left]);
    for (name, &part) in &predicted.parts_ps {
        let bounds = bound == Some(name);
        let style = if bounds { NOTABLE } else { PLAIN };
        table.styled_row([
            (meaning(name).unwrap_or_else(|| name.clone()), style),
            (time(part), style),
            (bar(part, predicted.time_ps, BAR), style),
            (percent(part, predicted.time_ps), style),
            (if bounds { "bounds it" } else { "" }.to_owned(), style),
        ]);
    }
    let overlap = if predicted.parts_ps.is_empty() { String::new() } else { styled(FAINT, " (parts overlap)") };
    format!("\n{} {}{overlap}\n{}", styled(HEAD, "Predicted time"), time(predicted.time_ps), table.render())
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

/// A line that says how the search ended.
pub(crate) fn summary(answer: &Answer) -> String {
    let best = answer.configs.first();
    let objectives = best.into_iter().flat_map(|config| &config.objectives).map(|objective| {
        let goal = if objective.maximized { "maximize" } else { "minimize" };
        format!("; {goal} {} = {}", shortened(&objective.text, 60), objective.value)
    });
    let whence = if answer.cache == CacheUse::Hit { format!("; {FROM_CACHE}") } else { String::new() };
    let objectives: String = objectives.collect();
    format!("{}: {}{objectives}{whence}", shortened(&answer.tiling.name, 60), answer.status.name())
}

/// Says what the search did, if verbose, and that its answer could not be kept.
pub(crate) fn search(answer: &Answer, output: &Output) {
    output.detail(&statistics(&answer.statistics));
    if let CacheUse::Failed(error) = &answer.cache {
        output.note(&format!("note: the answer was not kept: {error}"));
    }
}

/// What the search did, for `--verbose`.
pub(crate) fn statistics(statistics: &Statistics) -> String {
    let milliseconds = |time: std::time::Duration| format!("{:.1} ms", time.as_secs_f64() * 1e3);
    let mut table = Table::new(&[Align::Left, Align::Right]);
    for (name, count) in [
        ("nodes", statistics.nodes),
        ("failures", statistics.failures),
        ("linear programs", statistics.relaxations),
        ("nodes that they ended", statistics.relaxation_cuts),
        ("solutions met", statistics.solutions),
        ("variables, with auxiliary ones", statistics.variables),
        ("propagators", statistics.propagators),
        ("rounds side by side", statistics.rounds),
        ("propagations", statistics.propagations),
    ] {
        table.row([name.to_owned(), count.to_string()]);
    }
    for (family, runs) in &statistics.propagations_by_family {
        table.row([format!("  {family:?}").to_lowercase(), runs.to_string()]);
    }
    table.row(["time to post".to_owned(), milliseconds(statistics.post_time)]);
    table.row(["time to search".to_owned(), milliseconds(statistics.search_time)]);
    table.row(["  in linear programs".to_owned(), milliseconds(statistics.relaxation_time)]);
    format!("{}\n{}", styled(HEAD, "Search"), table.render())
}
