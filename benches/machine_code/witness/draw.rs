//! Configurations to read: some drawn evenly from all, some from the quicker of many, and the one that the solver picks.

use constrint::config::Config;
use constrint::enumerate::Solutions;
use constrint::{Problem, Request, solve, tiling};
use constrint_solver::Limits;

/// Drawn evenly, for those from whose quicker half the rest comes.
const DRAWN: usize = 240;

/// The solver's pick first, then `count` others: half drawn evenly, half from the quickest by predicted time.
pub(crate) fn draw(problem: &Problem, count: usize, seed: u64) -> Result<Vec<Config>, String> {
    let answer = solve(problem, &Request::default()).map_err(|error| error.to_string())?;
    let Some(pick) = answer.configs.into_iter().next() else { return Ok(Vec::new()) };
    let tiling = tiling::lower(problem).map_err(|error| error.to_string())?;
    let solutions = Solutions::of(problem, &tiling, &Limits::default()).map_err(|error| error.to_string())?;
    let space = solutions.space().map_err(|error| format!("{error:?}"))?;
    let mut drawn = Vec::new();
    for values in space.sample(DRAWN, seed) {
        let config = Config::new(&tiling, &values, Vec::new()).map_err(|error| format!("{error:?}"))?;
        if config.values != pick.values && drawn.iter().all(|other: &Config| other.values != config.values) {
            drawn.push(config);
        }
    }
    let mut configs = vec![pick];
    let evenly = count.div_ceil(2).min(drawn.len());
    configs.extend(drawn.drain(..evenly));
    drawn.sort_by_key(|config| config.predicted.as_ref().map(|predicted| predicted.time_ps));
    configs.extend(drawn.into_iter().take(count - evenly));
    Ok(configs)
}
