//! `constrint solve` for several GPUs: an answer for each, in one table or one object.

use crate::args::{Common, ProblemArgs, SolveArgs};
use crate::exit_code::ExitCode;
use crate::failure::Failure;
use crate::found::{Found, asked, state_order};
use crate::output::Output;
use crate::report::resources::blocks_of;
use crate::style::{BAD, FAINT, GOOD, HEAD, NOTABLE, PLAIN, styled};
use crate::table::{Align, Table};
use crate::text::{paragraph, shortened};
use crate::units::time;
use crate::{input, stopped, watch};
use constrint::{Answer, Config, Problem, Request, Status, solve};
use serde_json::{Map, Value, json};

/// The answer for one GPU, or why there is none.
type Row = (String, Result<Solved, Failure>);

/// The answer as it is written, and what of it is shown where it has no configuration.
struct Solved {
    answer: Answer,
    object: Value,
    clash: String,
}

pub(crate) fn run(args: &SolveArgs, common: &Common, output: &Output) -> Result<ExitCode, Failure> {
    if args.emit.is_some() {
        return Err(Failure::SeveralGpus { flag: Some("--emit") });
    }
    let names = &args.problem.gpu;
    // All names first, so that a slip in the last does not cost the searches before it.
    let gpus = names.iter().map(|name| input::gpu_of_flag(name)).collect::<Result<Vec<_>, _>>()?;
    // Read once, since standard input cannot be read again.
    let loaded = input::load(&ProblemArgs { gpu: names[..1].to_vec(), ..args.problem.clone() }, output)?;
    watch::last_word(stopped::with_nothing(output));
    let request = input::request_for_many(asked(args), common, output);
    let mut rows: Vec<Row> = Vec::new();
    for (name, gpu) in names.iter().zip(gpus) {
        if rows.iter().all(|(known, _)| known != name) {
            let problem = Problem { gpu: Some(gpu), ..loaded.problem.clone() };
            if !rows.is_empty() {
                input::note_namesakes(&problem, output);
            }
            rows.push((name.clone(), one(args, &problem, &request, &loaded.origin)));
        }
    }
    if output.json {
        let objects = rows.iter().map(|(name, row)| (name.clone(), object(row)));
        output.object(&json!({"gpus": objects.collect::<Map<_, _>>()}))?;
    } else {
        output.data(&text(&rows))?;
    }
    Ok(worst(&rows))
}

fn one(args: &SolveArgs, problem: &Problem, request: &Request, origin: &str) -> Result<Solved, Failure> {
    let mut answer = solve(problem, request).map_err(Failure::library(origin))?;
    state_order(&mut answer, &args.order);
    let several = args.solutions.is_some_and(|count| count > 1);
    let found = Found::of(&answer, problem, &request.limits);
    let (object, clash) = (found.as_json(several).into(), clash(&found));
    Ok(Solved { answer, object, clash })
}

fn object(row: &Result<Solved, Failure>) -> Value {
    match row {
        Ok(solved) => solved.object.clone(),
        Err(failure) => failure.to_json(),
    }
}

/// Of all answers the one that a script must not miss: an error, then a limit, then "no".
fn worst(rows: &[Row]) -> ExitCode {
    let code = |row: &Result<Solved, Failure>| match row {
        Ok(solved) => ExitCode::of(solved.answer.status),
        Err(failure) => failure.limit().map_or(ExitCode::Error, |_| ExitCode::LimitReached),
    };
    let severity = |code: &ExitCode| match code {
        ExitCode::Success => 0,
        ExitCode::Negative => 1,
        ExitCode::LimitReached => 2,
        ExitCode::Error => 3,
    };
    rows.iter().map(|(_, row)| code(row)).max_by_key(severity).unwrap_or(ExitCode::Success)
}

fn text(rows: &[Row]) -> String {
    let answers = || rows.iter().filter_map(|(_, row)| row.as_ref().ok()).map(|solved| &solved.answer);
    let mut table = Table::new(&[Align::Left, Align::Left, Align::Right, Align::Left, Align::Left]);
    table.styled_row(["GPU", "", goal(answers()), "an SM holds", ""].map(|head| (head.to_owned(), FAINT)));
    for (name, row) in rows {
        table.styled_row(match row {
            Ok(solved) => cells(solved),
            Err(failure) => {
                let empty = || (String::new(), PLAIN);
                [(name.clone(), PLAIN), ("refused".to_owned(), BAD), empty(), empty(), (failure.reason(), PLAIN)]
            }
        });
    }
    let title = answers().next().map(|answer| format!("{}\n", styled(HEAD, &shortened(&answer.tiling.name, 60))));
    title.unwrap_or_default() + &table.render() + &to_explain(answers())
}

/// What the numbers of the table are.
fn goal<'a>(mut answers: impl Iterator<Item = &'a Answer>) -> &'static str {
    match answers.find_map(|answer| answer.configs.first()) {
        Some(config) if is_predicted(config) => "predicted",
        Some(config) if !config.objectives.is_empty() => "objective",
        _ => "",
    }
}

/// Whether the predicted time is what was minimised.
fn is_predicted(config: &Config) -> bool {
    config.predicted.is_some() && config.objectives.iter().all(|objective| objective.text == "time_ps")
}

fn cells(Solved { answer, clash, .. }: &Solved) -> [(String, anstyle::Style); 5] {
    let gpu = answer.tiling.gpu.as_ref().map(|gpu| gpu.name.clone()).unwrap_or_default();
    let style = match answer.status {
        Status::Optimal => GOOD,
        Status::Feasible | Status::Unknown => NOTABLE,
        Status::Infeasible => BAD,
    };
    let status = (answer.status.name().to_owned(), style);
    let Some(best) = answer.configs.first() else {
        return [(gpu, PLAIN), status, (String::new(), PLAIN), (String::new(), PLAIN), (clash.clone(), PLAIN)];
    };
    let values: Vec<String> = best.values.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let held = best.resources.as_ref().map(|used| blocks_of(used.occupancy.blocks_per_sm)).unwrap_or_default();
    [(gpu, PLAIN), status, (objective(best), HEAD), (held, PLAIN), (values.join(" "), PLAIN)]
}

fn objective(config: &Config) -> String {
    match &config.predicted {
        Some(predicted) if is_predicted(config) => time(predicted.time_ps),
        _ => config.objectives.iter().map(|objective| objective.value.to_string()).collect::<Vec<_>>().join(", "),
    }
}

/// What is needed of the limits that are too small, or else the constraints that clash, by name.
fn clash(found: &Found<'_>) -> String {
    let limits = found.need.iter().flat_map(|need| &need.limits);
    let needs: Vec<String> =
        limits.map(|limit| format!("{} {} of {}", limit.field, limit.needed, limit.available)).collect();
    if !needs.is_empty() {
        return format!("needs {}", needs.join(", "));
    }
    let constraints = found.answer.tiling.model.constraints();
    let names = found.answer.conflict.iter().flatten().map(|&index| shortened(&constraints[index].name, 60));
    names.collect::<Vec<_>>().join("; ")
}

fn to_explain<'a>(mut answers: impl Iterator<Item = &'a Answer>) -> String {
    if answers.any(|answer| answer.status == Status::Infeasible) {
        let said = "`constrint explain` with one of these `--gpu` tells what is needed, and what would help.";
        "\n".to_owned() + &paragraph(said, 0, FAINT)
    } else {
        String::new()
    }
}
