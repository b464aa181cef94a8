//! [`Worker`]: a process that does one job, and what its end means.

use super::failure::{BenchError, Failure, MachineFault};
use super::job::{Job, Reply};
use crate::child::{self, Ended};
use crate::tool::ToolError;
use constrint_solver::{Exhausted, Limits};
use std::ffi::OsString;
use std::process::{Command, Output};
use std::time::{Duration, Instant};

/// How to start a process that calls [`serve`](super::serve) on its standard streams.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Worker {
    /// The program and its arguments.
    pub command: Vec<OsString>,
    /// What a job gets before the process is ended: beyond it, a configuration hangs.
    pub timeout: Duration,
}

/// Of what a process says besides its answer, as much is told.
const LONGEST_WORD: usize = 600;

impl Worker {
    /// Has a job done by a process of its own.
    ///
    /// # Errors
    /// [`BenchError::Tool`] where a limit of the caller's is reached first, [`BenchError::Machine`] where there is no GPU or no such
    /// process.
    pub(super) fn ask(&self, job: &Job, limits: &Limits) -> Result<Reply, BenchError> {
        let no_worker = |said: String| BenchError::from(MachineFault::NoWorker { said });
        let (program, arguments) = self.command.split_first().ok_or_else(|| no_worker("no command".to_owned()))?;
        let line = serde_json::to_string(job).map_err(|error| no_worker(error.to_string()))? + "\n";
        let until = Instant::now().checked_add(self.timeout);
        let own = Limits { deadline: limits.deadline.into_iter().chain(until).min(), ..limits.clone() };
        let mut command = Command::new(program);
        let ended = child::answer(command.args(arguments), line.into_bytes(), &own);
        let ended = ended.map_err(|error| no_worker(format!("{}: {error}", program.display())))?;
        match self.reply(ended, limits)? {
            Reply::Absent { said } => Err(MachineFault::NoGpu { said }.into()),
            reply => Ok(reply),
        }
    }

    fn reply(&self, ended: Ended<Output>, limits: &Limits) -> Result<Reply, ToolError> {
        let output = match ended {
            Ok(output) => output,
            Err(Exhausted::Time) if limits.over(limits.deadline).is_none() => {
                let after_ms = u64::try_from(self.timeout.as_millis()).unwrap_or(u64::MAX);
                return Ok(Reply::Failed(Failure::Hangs { after_ms }));
            }
            Err(exhausted) => return Err(ToolError::Limit { exhausted }),
        };
        let said = String::from_utf8_lossy(&output.stdout);
        // What a kernel prints may come out behind the answer.
        let answer = said.lines().rev().find_map(|line| serde_json::from_str(line).ok());
        Ok(answer.unwrap_or_else(|| Reply::Failed(without_answer(&output, &said))))
    }
}

/// What a process that has not answered did instead.
fn without_answer(output: &Output, said: &str) -> Failure {
    if !output.status.success() {
        let last_words = String::from_utf8_lossy(&output.stderr);
        let last_words = format!("{}: {}", output.status, last_words.trim());
        return Failure::Crashes { said: shortened(last_words.trim_end_matches(": ")) };
    }
    let last = said.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or_default();
    Failure::Nonsense { said: shortened(last) }
}

fn shortened(text: &str) -> String {
    match text.char_indices().nth(LONGEST_WORD) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}
