//! [`CommandBench`]: a command that says how long a configuration takes.

use super::time::milliseconds;
use crate::failure::Failure;
use crate::output::Output;
use crate::outside::{Ended, Outside, Ran};
use crate::text::shortened;
use constrint::kernel::Chosen;
use constrint::tiling::Tiling;
use constrint::tune::{Bench, Run, configuration};
use constrint_solver::Limits;
use std::process::ExitStatus;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Longer last words are cut.
const WORDS: usize = 120;

/// Runs a command, with a folder for each that runs at once.
pub(super) struct CommandBench<'a> {
    tiling: &'a Tiling,
    free: Mutex<Vec<Outside<'a>>>,
    timeout: Duration,
    output: Output,
}

impl<'a> CommandBench<'a> {
    pub(super) fn new(
        tiling: &'a Tiling,
        words: &'a [String],
        jobs: usize,
        timeout: Duration,
        output: &Output,
    ) -> Result<Self, Failure> {
        let free = (0..jobs).map(|_| Outside::new(words)).collect::<Result<_, _>>()?;
        Ok(Self { tiling, free: Mutex::new(free), timeout, output: output.clone() })
    }

    fn free(&self) -> std::sync::MutexGuard<'_, Vec<Outside<'a>>> {
        self.free.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Bench for CommandBench<'_> {
    type Error = Failure;

    fn measure(&self, values: &Chosen, limits: &Limits) -> Result<Run, Failure> {
        let config = configuration(self.tiling, values).map_err(Failure::library(""))?;
        let outside = self.free().pop().expect("one for each job");
        let end = Instant::now().checked_add(self.timeout).into_iter().chain(limits.deadline).min();
        let ran = outside.run(&config, &Limits { deadline: end, ..limits.clone() }, &self.output);
        self.free().push(outside);
        // A command that fails while the tuning is stopped may have failed because of that.
        let is_over = limits.over(limits.deadline).is_some();
        Ok(match ran? {
            Ran::Ended(ended) => match of(&ended) {
                Run::Failed(_) if is_over => Run::Stopped,
                run => run,
            },
            Ran::Interrupted | Ran::Stopped(_) if is_over => Run::Stopped,
            Ran::Interrupted => Run::Failed("interrupted".to_owned()),
            Ran::Stopped(_) => Run::Failed(format!("no end after {} s", self.timeout.as_secs_f64())),
        })
    }
}

fn of(ended: &Ended) -> Run {
    let said = shortened(&ended.last, WORDS);
    if ended.status.success() {
        return milliseconds(&ended.last).map_or_else(
            || {
                Run::Failed(if said.is_empty() {
                    "it printed no time".to_owned()
                } else {
                    format!("it printed no time: {said}")
                })
            },
            Run::Took,
        );
    }
    let how = how(ended.status);
    Run::Failed(if said.is_empty() { how } else { format!("{how}: {said}") })
}

fn how(status: ExitStatus) -> String {
    match status.code() {
        Some(code) => format!("exit code {code}"),
        None => status.to_string(),
    }
}
