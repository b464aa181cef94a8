//! Standard output for data, standard error for talk.

use crate::args::Common;
use crate::failure::Failure;
use crate::{json, watch};
use anstream::{AutoStream, ColorChoice};
use serde_json::Value;
use std::io::{ErrorKind, Write};

/// How much is said on standard error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Talk {
    /// Errors alone.
    Quiet,
    Usual,
    /// Statistics as well.
    Verbose,
}

impl Talk {
    fn of(common: &Common) -> Self {
        match common {
            Common { quiet: true, .. } => Self::Quiet,
            Common { verbose: true, .. } => Self::Verbose,
            _ => Self::Usual,
        }
    }
}

/// Where a subcommand writes to, and how much.
#[derive(Clone, Debug)]
pub(crate) struct Output {
    /// Whether the answer is one JSON object.
    pub(crate) json: bool,
    talk: Talk,
    color: ColorChoice,
    /// Whether it is the watch that speaks.
    of_watch: bool,
}

impl Output {
    pub(crate) fn new(common: &Common) -> Self {
        Self { json: common.json, talk: Talk::of(common), color: common.color.into(), of_watch: false }
    }

    /// The same for the last word of a call that is ended from outside.
    pub(crate) fn of_watch(&self) -> Self {
        Self { of_watch: true, ..self.clone() }
    }

    /// Whether nothing but errors is to be said.
    pub(crate) fn is_quiet(&self) -> bool {
        self.talk == Talk::Quiet
    }

    /// Writes data. That the reader has gone away is no failure: there is just nobody to tell.
    pub(crate) fn data(&self, text: &str) -> Result<(), Failure> {
        if !self.of_watch {
            watch::take_floor();
        }
        let mut stdout = AutoStream::new(std::io::stdout().lock(), self.color);
        or_gone(stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()))
    }

    /// Writes one JSON object.
    pub(crate) fn object(&self, value: &Value) -> Result<(), Failure> {
        debug_assert!(is_readable(value), "`check` would not read {value}");
        self.data(&format!("{value:#}\n"))
    }

    /// Says something on the way, unless quiet.
    pub(crate) fn note(&self, text: &str) {
        if !self.is_quiet() {
            self.say(text);
        }
    }

    /// Says more, if verbose.
    pub(crate) fn detail(&self, text: &str) {
        if self.talk == Talk::Verbose {
            self.say(text);
        }
    }

    /// Says what went wrong: to a program as well, where it asked for JSON.
    pub(crate) fn failure(&self, failure: &Failure) {
        if self.json {
            // Where even this cannot be written, the exit code is all that is left.
            let _ = self.object(&failure.to_json());
        }
        self.say(&failure.render());
    }

    fn say(&self, text: &str) {
        // Nothing can be done where standard error is closed.
        let _ = writeln!(AutoStream::new(std::io::stderr().lock(), self.color), "{}", text.trim_end());
    }
}

/// Whether a write worked; a reader who has gone away counts as well.
pub(crate) fn or_gone(written: std::io::Result<()>) -> Result<(), Failure> {
    match written {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(Failure::Stream(error)),
        _ => Ok(()),
    }
}

/// Whether `check` reads the object, if it has a configuration.
fn is_readable(value: &Value) -> bool {
    let fields = value.as_object().filter(|fields| fields.contains_key("config"));
    fields.is_none_or(|fields| fields.keys().all(|field| json::BESIDE_CONFIG.contains(&field.as_str())))
}
