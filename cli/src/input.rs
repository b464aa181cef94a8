//! Reading the problem, and what the flags change in it.

use crate::args::{Common, ProblemArgs};
use crate::failure::{Failure, Foreign};
use crate::output::Output;
use crate::progress::{self, Board};
use crate::{json, stopped, watch};
use constrint::enumerate::Solutions;
use constrint::hardware::GpuSpec;
use constrint::tiling::{self, Tiling};
use constrint::{Problem, Request, file, problem};
use constrint_solver::Limits;
use serde_json::Value;
use std::ffi::OsStr;
use std::path::Path;

/// A problem as the search is to see it.
#[derive(Debug)]
pub(crate) struct Loaded {
    /// What messages call the file.
    pub(crate) origin: String,
    pub(crate) problem: Problem,
}

/// Reads the file and applies `--gpu` and `--set`; warnings about the text are noted.
pub(crate) fn load(args: &ProblemArgs, output: &Output) -> Result<Loaded, Failure> {
    let origin = origin(&args.file);
    let fail = Failure::library(&origin);
    let text = read_text(&args.file)?;
    let mut problem = if is_constrint(&text) {
        let (mut problem, warnings) = Problem::from_constrint(&text).map_err(&fail)?;
        for warning in &warnings {
            output.note(&warning.render(&text, &origin, true));
        }
        problem.name =
            Path::new(&args.file).file_stem().and_then(OsStr::to_str).filter(|&stem| stem != "-").map(Into::into);
        problem
    } else if is_t1(&text) {
        let (problem, warnings) = Problem::from_t1(&text).map_err(&fail)?;
        for warning in &warnings {
            output.note(&format!("warning: {origin}: {warning}"));
        }
        problem
    } else {
        Problem::from_json(&text).map_err(&fail)?
    };
    problem.relative_to(Path::new(&args.file).parent().unwrap_or(Path::new("")));
    match args.gpu.as_slice() {
        [] => {}
        [gpu] => problem.gpu = Some(gpu_of_flag(gpu)?),
        [_, _, ..] => return Err(Failure::SeveralGpus { flag: None }),
    }
    note_namesakes(&problem, output);
    for (name, value) in &args.set {
        problem.set(name, *value).map_err(Failure::library(&origin))?;
    }
    for doubt in problem.doubts() {
        output.note(&doubt.render(&origin, true));
    }
    Ok(Loaded { origin, problem })
}

/// Says which of several parts of one name the GPU is taken as.
pub(crate) fn note_namesakes(problem: &Problem, output: &Output) {
    if let Some(note) = problem.gpu.as_ref().and_then(GpuSpec::left_open) {
        output.note(&format!("note: {note}"));
    }
}

/// The GPU that `--gpu` names. A wrong name is the command line's fault, and the file's name would mislead.
pub(crate) fn gpu_of_flag(name: &str) -> Result<GpuSpec, Failure> {
    let gpu = GpuSpec::Name(name.to_owned());
    gpu.resolve().map_err(Failure::library("--gpu"))?;
    Ok(gpu)
}

/// The text of a file, `-` being standard input, without a byte order mark; refused if it is empty or binary.
fn read_text(path: &str) -> Result<String, Failure> {
    let text = file::read(path).map_err(Failure::library(&origin(path)))?;
    let text = text.strip_prefix('\u{feff}').map_or(text.clone(), str::to_owned);
    let found = if text.trim_start_matches(is_blank).is_empty() {
        Foreign::Nothing
    } else if is_constrint(&text) && text.contains(|letter: char| letter.is_control() && !is_blank(letter)) {
        Foreign::Binary
    } else {
        return Ok(text);
    };
    Err(Failure::Format { origin: origin(path), found })
}

/// Reads a file that can only be JSON.
pub(crate) fn read_json(path: &str) -> Result<Value, Failure> {
    let (origin, text) = (origin(path), read_text(path)?);
    if is_constrint(&text) {
        return Err(Failure::Format { origin, found: Foreign::Text });
    }
    parse_json(&origin, &text)
}

/// Reads JSON in which no key stands twice.
fn parse_json(origin: &str, text: &str) -> Result<Value, Failure> {
    problem::json_value(text).map_err(Failure::library(origin))
}

/// What messages call a file.
pub(crate) fn origin(path: &str) -> String {
    if path == "-" { "standard input".to_owned() } else { path.to_owned() }
}

fn is_blank(letter: char) -> bool {
    matches!(letter, ' ' | '\t' | '\r' | '\n')
}

/// Whether the text is to be read as `ConstrINT` text: it is not JSON, nor looks like an attempt at it.
fn is_constrint(text: &str) -> bool {
    let trimmed = text.trim_start_matches(is_blank);
    match trimmed.chars().next() {
        None | Some('{' | '"') => false,
        // A list of values may come first, and then something is compared with it.
        Some('[') if !text.contains(['=', '<', '>']) => false,
        // A list, or a lone number, true, false or null, is JSON, though no problem.
        Some(_) => serde_json::from_str::<Value>(trimmed).is_err(),
    }
}

fn is_t1(text: &str) -> bool {
    // Most problems are told apart without reading them twice.
    text.to_ascii_lowercase().contains("pace\"")
        && serde_json::from_str(text).is_ok_and(|value: Value| problem::is_t1(&value))
}

/// The limits of the whole call, by the command line or else the problem; signals are one.
fn limits(loaded: &Loaded, common: &Common) -> Result<Limits, Failure> {
    let limits = loaded.problem.limits(&watch::of_flags(common)).map_err(Failure::library(&loaded.origin))?;
    Ok(watch::for_call(&limits))
}

/// A problem in the terms of the solver, and all its solutions within the limits of the command line.
pub(crate) fn solutions(args: &ProblemArgs, common: &Common, output: &Output) -> Result<(Tiling, Solutions), Failure> {
    let loaded = load(args, output)?;
    let tiling = tiling::lower(&loaded.problem).map_err(Failure::library(&loaded.origin))?;
    watch::last_word(stopped::with(json::problem(&tiling), output));
    let solutions = Solutions::of(&loaded.problem, &tiling, &limits(&loaded, common)?);
    let solutions = solutions.map_err(Failure::library(&loaded.origin))?;
    Ok((tiling, solutions))
}

/// What the common flags ask of a search, with `own` on top; the best that it finds is handed over whatever ends it.
pub(crate) fn request(loaded: &Loaded, own: Request, common: &Common, output: &Output) -> Result<Request, Failure> {
    let limits = limits(loaded, common)?;
    let board = Board::default();
    let observer = Some(progress::observer(output, board.clone()));
    let request = Request { limits, threads: threads(common), observer, ..own };
    watch::last_word(stopped::with_best(&loaded.problem, &request, board, output));
    Ok(request)
}

/// What the common flags ask of many searches, for each of which the limits of the problem begin anew.
pub(crate) fn request_for_many(own: Request, common: &Common, output: &Output) -> Request {
    let observer = Some(progress::observer(output, Board::default()));
    Request { limits: watch::of_flags(common), threads: threads(common), observer, ..own }
}

fn threads(common: &Common) -> usize {
    let all = std::thread::available_parallelism().map_or(1, usize::from);
    common.threads.map_or(all, |threads| usize::try_from(threads).unwrap_or(all))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_text_is() {
        for text in ["A * B == 12;", "# comment", "[1, 2] == a", "hello", "2 <= 3"] {
            assert!(is_constrint(text), "{text:?}");
        }
        for text in ["", " \n", "{", " []", "17", "null", "[1, 2", "[\"a == b\"]", "\"a == b"] {
            assert!(!is_constrint(text), "{text:?}");
        }
        assert!(is_t1(r#"{"ConfigurationSpace": {}}"#) && !is_t1(r#"{"version": 1}"#));
    }
}
