//! What is said where a limit, or a request to stop, ended a call.

use crate::exit_code::ExitCode;
use crate::failure::Failure;
use crate::output::Output;
use crate::progress::Board;
use crate::{json, report};
use constrint::solve::abandoned;
use constrint::{Answer, Problem, Request};
use constrint_solver::Exhausted;
use serde_json::{Map, Value};
use std::sync::Arc;

/// Says that there is no answer, and what is known of the problem.
pub(crate) fn without_answer(
    known: Map<String, Value>,
    exhausted: Exhausted,
    output: &Output,
) -> Result<ExitCode, Failure> {
    if output.json {
        output.object(&object(known, exhausted).into())?;
    }
    output.note(&format!("{exhausted} ended it before there was an answer"));
    Ok(ExitCode::LimitReached)
}

fn object(known: Map<String, Value>, exhausted: Exhausted) -> Map<String, Value> {
    let status = [("status".to_owned(), Value::from("unknown"))];
    let limit = [("limit".to_owned(), Value::from(exhausted.name()))];
    status.into_iter().chain(known).chain(limit).collect()
}

/// The last word where nothing is known.
pub(crate) fn with_nothing(output: &Output) -> impl FnOnce(Exhausted) -> ExitCode + Send + use<> {
    with(Map::new(), output)
}

/// The last word where nothing is known beside this.
pub(crate) fn with(known: Map<String, Value>, output: &Output) -> impl FnOnce(Exhausted) -> ExitCode + Send + use<> {
    let output = output.of_watch();
    move |exhausted| without_answer(known, exhausted, &output).unwrap_or(ExitCode::LimitReached)
}

/// The last word of a search: the best solution so far, if there is one.
pub(crate) fn with_best(
    problem: &Problem,
    request: &Request,
    board: Board,
    output: &Output,
) -> impl FnOnce(Exhausted) -> ExitCode + Send + use<> {
    let (problem, request, output) = (problem.clone(), request.clone(), output.of_watch());
    move |exhausted| {
        let best = board.best().and_then(|best| abandoned(&problem, &request, &best, exhausted).ok());
        let said = match best {
            Some(answer) => answer_found(&answer, &output),
            None => without_answer(Map::new(), exhausted, &output),
        };
        said.unwrap_or(ExitCode::LimitReached)
    }
}

/// The last word once a search has ended, and more is asked about its answer.
pub(crate) fn with_answer(answer: Arc<Answer>, output: &Output) -> impl FnOnce(Exhausted) -> ExitCode + Send + use<> {
    let output = output.of_watch();
    move |_| answer_found(&answer, &output).unwrap_or(ExitCode::LimitReached)
}

fn answer_found(answer: &Answer, output: &Output) -> Result<ExitCode, Failure> {
    if output.json {
        output.object(&json::answer(answer, false).into())?;
    } else {
        output.data(&report::answer(answer))?;
    }
    Ok(ExitCode::of(answer.status))
}
