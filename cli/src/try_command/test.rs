//! [`Test`]: runs the command for a configuration and reads its verdict.

use crate::failure::{Failure, TestFault};
use crate::output::Output;
use crate::outside::{Ended, Outside, Ran};
use constrint::Config;
use constrint::trials::Verdict;
use constrint_solver::{Exhausted, Limits};

/// What a command's last line starts with if it says more than its exit code.
const SPEAKS: &str = "constrint:";

/// How a test ended.
pub(super) enum Tested {
    With(Verdict),
    /// By Ctrl-C, as it says itself.
    Interrupted,
    /// By us, at a limit.
    Stopped(Exhausted),
}

impl Tested {
    /// Why it may say nothing of the configuration.
    pub(super) fn why(&self) -> String {
        match self {
            Self::Stopped(exhausted) => format!("ended: {exhausted} was reached"),
            Self::With(_) | Self::Interrupted => "interrupted".to_owned(),
        }
    }

    /// What it says of the configuration. A command that fails while the search is stopped may have failed because of
    /// that, and says nothing.
    pub(super) fn verdict(self, stopped: bool) -> Option<Verdict> {
        match self {
            Self::With(verdict) if !stopped || verdict == Verdict::Works => Some(verdict),
            Self::With(_) | Self::Interrupted | Self::Stopped(_) => None,
        }
    }
}

/// A command that tests configurations.
pub(super) struct Test<'a>(Outside<'a>);

impl<'a> Test<'a> {
    pub(super) fn new(words: &'a [String]) -> Result<Self, Failure> {
        Outside::new(words).map(Self)
    }

    /// Runs the command until it or a limit ends it, and reads what it says.
    pub(super) fn run(&self, config: &Config, limits: &Limits, output: &Output) -> Result<Tested, Failure> {
        Ok(match self.0.run(config, limits, output)? {
            Ran::Ended(Ended { status, .. }) if status.success() => Tested::With(Verdict::Works),
            Ran::Ended(Ended { last, .. }) => {
                let unclear = || self.0.fault(TestFault::Unclear { line: last.clone() });
                Tested::With(spoken(&last, config).ok_or_else(unclear)?)
            }
            Ran::Interrupted => Tested::Interrupted,
            Ran::Stopped(exhausted) => Tested::Stopped(exhausted),
        })
    }
}

/// What the last line of a command that failed says: `constrint: fails-from NAME`, `constrint: fails-up-to NAME`, or
/// nothing to us.
fn spoken(line: &str, config: &Config) -> Option<Verdict> {
    let Some(words) = line.strip_prefix(SPEAKS) else { return Some(Verdict::Fails) };
    let (verdict, name) = words.trim().split_once(' ')?;
    let (variable, _) = config.values.get_key_value(name.trim())?;
    let variable = variable.clone();
    match verdict {
        "fails-from" => Some(Verdict::FailsFrom { variable }),
        "fails-up-to" => Some(Verdict::FailsUpTo { variable }),
        _ => None,
    }
}
