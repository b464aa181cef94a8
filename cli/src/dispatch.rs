//! `constrint table`: a problem for many GPUs and shapes, as code that chooses at run time.

use crate::args::{Common, ProblemArgs, TableArgs};
use crate::exit_code::ExitCode;
use crate::failure::Failure;
use crate::output::Output;
use crate::{input, json, stopped, watch};
use constrint::hardware::{GpuSpec, reported_names};
use constrint::table::{Entry, Files, Outcome, Shape, Table, solve_table};
use constrint::{Form, Request, Status};
use serde_json::{Map, Value, json};
use std::path::Path;

/// So many entries without a configuration are told one by one.
const MOST_TOLD: usize = 8;

pub(crate) fn run(args: &TableArgs, common: &Common, output: &Output) -> Result<ExitCode, Failure> {
    let problem = ProblemArgs { file: args.file.clone(), gpu: Vec::new(), set: Vec::new() };
    let mut loaded = input::load(&problem, output)?;
    if args.name.is_some() {
        loaded.problem.name.clone_from(&args.name);
    }
    for note in loaded.problem.gpus.iter().flatten().filter_map(GpuSpec::left_open) {
        output.note(&format!("note: {note}"));
    }
    watch::last_word(stopped::with_nothing(output));
    let own = Request { cache: args.cache.cache(), ..Request::default() };
    let request = Request { observer: None, ..input::request_for_many(own, common, output) };
    let request = Request {
        limits: loaded.problem.limits(&request.limits).map_err(Failure::library(&loaded.origin))?,
        ..request
    };
    let table = solve_table(&loaded.problem, &request).map_err(Failure::library(&loaded.origin))?;
    tell_missing(&table, output);
    let code = code(&table, args.allow_missing);
    let files = match code {
        ExitCode::Success => Some(table.write(&args.out).map_err(Failure::library(""))?),
        _ => None,
    };
    if output.json {
        output.object(&as_json(&table, files.as_ref()).into())?;
    } else if let Some(files) = &files {
        output.data(&paths(files))?;
    }
    output.note(&summary(&table, files.is_some()));
    Ok(code)
}

/// Whether the table is to be written, and if not, why.
fn code(table: &Table, allow_missing: bool) -> ExitCode {
    match table.status() {
        Status::Infeasible if allow_missing && !table.configurations.is_empty() => ExitCode::Success,
        status => ExitCode::of(status),
    }
}

/// Says which entries have no configuration, and what clashes.
fn tell_missing(table: &Table, output: &Output) {
    let missing = || table.entries.iter().filter_map(|entry| Some((entry, entry.missing()?)));
    for (entry, missing) in missing().take(MOST_TOLD) {
        let (gpu, shape) = (&table.gpus[entry.gpu].name, &table.shapes[entry.shape]);
        let place = format!("gpus[{}], shapes[{}] ({gpu}; {shape})", entry.gpu, entry.shape);
        if missing.status == Status::Unknown {
            output.note(&format!("{place}: a limit was reached without an answer"));
            continue;
        }
        let clashing: Vec<String> = missing.conflict.iter().map(|part| format!("\n  {part}")).collect();
        let which = if clashing.is_empty() { "." } else { "; these cannot hold together:" };
        output.note(&format!("{place}: no configuration{which}{}", clashing.concat()));
    }
    let more = missing().count().saturating_sub(MOST_TOLD);
    if more > 0 {
        output.note(&format!("and {more} further entries without a configuration"));
    }
    let unproved = table.entries.iter().filter(|entry| is_unproved(entry)).count();
    if unproved > 0 {
        output.note(&format!("a limit ended the search for {unproved} entries, which may have better configurations"));
    }
}

/// Whether a limit ended the search for the best.
fn is_unproved(entry: &Entry) -> bool {
    matches!(&entry.outcome, Outcome::Found { status: Status::Feasible, config, .. } if !config.objectives.is_empty())
}

fn summary(table: &Table, is_written: bool) -> String {
    let missing = table.entries.iter().filter(|entry| entry.missing().is_some()).count();
    let can_be_allowed = table.status() == Status::Infeasible && !table.configurations.is_empty();
    let written = match (is_written, can_be_allowed) {
        (true, _) => "",
        (false, false) => "; nothing is written",
        (false, true) => "; nothing is written: with `--allow-missing` such entries are passed over",
    };
    format!(
        "{}: {} GPUs, {} shapes, {} configurations, {missing} entries without one{written}",
        table.name,
        table.gpus.len(),
        table.shapes.len(),
        table.configurations.len()
    )
}

/// The paths of what was written: a line each.
fn paths(files: &Files) -> String {
    let all = [&files.header, &files.rust].into_iter().chain(&files.configurations);
    let lines: Vec<String> = all.map(|path| path.display().to_string() + "\n").collect();
    lines.concat()
}

fn as_json(table: &Table, files: Option<&Files>) -> Map<String, Value> {
    let mut object = Map::new();
    object.insert("status".into(), table.status().name().into());
    object.insert("problem".into(), table.name.clone().into());
    if let Some(kernel) = &table.kernel {
        object.insert("kernel".into(), kernel.clone().into());
    }
    let gpus = table.gpus.iter().map(|gpu| {
        json!({
            "name": gpu.name,
            "reported_names": reported_names(gpu),
            "compute_capability": gpu.compute_capability,
            "sms": gpu.sms,
            "memory_bytes": gpu.memory_bytes,
        })
    });
    object.insert("gpus".into(), gpus.collect());
    object.insert("shapes".into(), table.shapes.iter().map(shape).collect());
    let configurations = table.configurations.iter().map(|configuration| {
        let flags = configuration.config.emit(Form::Flags);
        let targets: Vec<String> = configuration.targets.iter().map(|target| target.compile_target()).collect();
        json!({"flags": flags.split_whitespace().collect::<Vec<_>>(), "targets": targets})
    });
    object.insert("configurations".into(), configurations.collect());
    object.insert("entries".into(), table.entries.iter().map(entry).collect());
    if let Some(files) = files {
        let name = |path: &Path| path.display().to_string();
        let configurations: Vec<String> = files.configurations.iter().map(|path| name(path)).collect();
        object.insert(
            "files".into(),
            json!({"header": name(&files.header), "rust": name(&files.rust), "configurations": configurations}),
        );
    }
    object
}

fn shape(shape: &Shape) -> Value {
    let mut object: Map<String, Value> = shape.sizes.iter().map(|(name, &size)| (name.clone(), size.into())).collect();
    object.extend(shape.words.iter().map(|(name, word)| (name.clone(), word.clone().into())));
    object.extend(shape.dtype.iter().map(|dtype| ("dtype".to_owned(), dtype.clone().into())));
    object.into()
}

fn entry(entry: &Entry) -> Value {
    let mut object = Map::from_iter([("gpu".to_owned(), entry.gpu.into()), ("shape".to_owned(), entry.shape.into())]);
    match &entry.outcome {
        Outcome::Found { config, status, configuration } => {
            object.insert("status".into(), status.name().into());
            object.insert("configuration".into(), (*configuration).into());
            object.extend(json::config(config));
        }
        Outcome::Missing(missing) => {
            object.insert("status".into(), missing.status.name().into());
            let conflict = missing
                .conflict
                .iter()
                .map(|part| json!({"constraint": part.name, "expression": part.expression, "because": part.because}));
            object.insert("conflict".into(), conflict.collect());
        }
    }
    object.into()
}
