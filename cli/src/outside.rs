//! [`Outside`]: a command that is told a configuration, run until it or a limit ends it.

use crate::failure::{Failure, TestFault};
use crate::output::Output;
use constrint::file::FileError;
use constrint::{Config, Form, child, file, nvcc};
use constrint_solver::{Exhausted, Limits};
use std::io::{self, BufRead, BufReader};
use std::path::PathBuf;
use std::process::{ChildStdout, Command, ExitStatus, Stdio};
use std::sync::mpsc;
use std::thread;

/// Exit codes that say nothing of a configuration: 99 stops on purpose; with 126 and 127 shells say that they could not run a command.
const STOPS: [i32; 3] = [99, 126, 127];
/// How a shell says that a command was ended by Ctrl-C.
const INTERRUPTED: i32 = 130;

/// How a run ended.
pub(crate) enum Ran {
    /// By itself.
    Ended(Ended),
    /// By Ctrl-C, as it says itself.
    Interrupted,
    /// By us, at a limit.
    Stopped(Exhausted),
}

/// What a run that ended by itself said.
pub(crate) struct Ended {
    pub(crate) status: ExitStatus,
    /// The last line of its standard output that is not blank.
    pub(crate) last: String,
}

/// A command, and the folder with the files that tell it its configuration: one run at a time.
pub(crate) struct Outside<'a> {
    words: &'a [String],
    folder: tempfile::TempDir,
}

/// What the command is told of a configuration beside the values, by the names that it has in placeholders.
struct Told {
    flags: String,
    header: PathBuf,
    json: PathBuf,
}

impl<'a> Outside<'a> {
    pub(crate) fn new(words: &'a [String]) -> Result<Self, Failure> {
        let fail = |error: std::io::Error| FileError::new(&std::env::temp_dir(), &error);
        let folder = tempfile::Builder::new().prefix("constrint-try-").tempdir().map_err(fail);
        let folder = folder.map_err(Failure::library(""))?;
        Ok(Self { words, folder })
    }

    /// Runs the command until it or a limit ends it. Its standard output is shown if the call is verbose, its standard error
    /// unless it is quiet.
    pub(crate) fn run(&self, config: &Config, limits: &Limits, output: &Output) -> Result<Ran, Failure> {
        let told = self.tell(config)?;
        let arguments = arguments(self.words, &told.placeholders(config));
        let mut command = Command::new(&arguments[0]);
        command.args(&arguments[1..]).envs(told.environment(config)).stdin(Stdio::null()).stdout(Stdio::piped());
        if output.is_quiet() {
            command.stderr(Stdio::null());
        }
        let fail = |error: std::io::Error| self.fault(TestFault::NotRun { reason: error.to_string() });
        let mut child = child::spawn(&mut command).map_err(fail)?;
        let last = child.stdout.take().map(|stdout| last_line_of(stdout, output.clone()));
        let status = match child::wait(&mut child, limits).map_err(fail)? {
            Ok(status) => status,
            Err(exhausted) => return Ok(Ran::Stopped(exhausted)),
        };
        // What the command has left running may keep its standard output open.
        let last = match last.map(|last| child::receive(&last, limits)) {
            None => Ok(String::new()),
            Some(Ok(last)) => last.unwrap_or_else(|| Ok(String::new())),
            Some(Err(exhausted)) => {
                child::end_rest(&child).map_err(fail)?;
                return Ok(Ran::Stopped(exhausted));
            }
        };
        self.ended(status, last.map_err(fail)?)
    }

    fn ended(&self, status: ExitStatus, last: String) -> Result<Ran, Failure> {
        match status.code() {
            Some(code) if STOPS.contains(&code) => Err(self.fault(TestFault::Stopped { code })),
            Some(INTERRUPTED) => Ok(Ran::Interrupted),
            None if by_ctrl_c(status) => Ok(Ran::Interrupted),
            _ => Ok(Ran::Ended(Ended { status, last })),
        }
    }

    /// Writes the configuration where the command can read it.
    fn tell(&self, config: &Config) -> Result<Told, Failure> {
        let reserved = |name: &&String| ["flags", "header", "json"].contains(&name.to_lowercase().as_str());
        if let Some(name) = config.values.keys().find(reserved) {
            return Err(self.fault(TestFault::Reserved { name: name.clone() }));
        }
        let header = self.folder.path().join(nvcc::header_name(config.kernel.as_deref().unwrap_or("constrint")));
        let json = self.folder.path().join("config.json");
        for (path, form) in [(&header, Form::Header), (&json, Form::Json)] {
            file::write(path, &config.emit(form)).map_err(Failure::library(""))?;
        }
        Ok(Told { flags: config.emit(Form::Flags).trim_end().to_owned(), header, json })
    }

    pub(crate) fn fault(&self, fault: TestFault) -> Failure {
        Failure::Test { command: self.words[0].clone(), fault }
    }
}

impl Told {
    fn all(&self) -> [(&'static str, String); 3] {
        let text = |path: &PathBuf| path.display().to_string();
        [("flags", self.flags.clone()), ("header", text(&self.header)), ("json", text(&self.json))]
    }

    fn placeholders(&self, config: &Config) -> Vec<(String, String)> {
        let values = config.values.iter().map(|(name, value)| (name.clone(), value.to_string()));
        values.chain(self.all().map(|(name, text)| (name.to_owned(), text))).collect()
    }

    fn environment(&self, config: &Config) -> Vec<(String, String)> {
        let prefix = config.macro_prefix();
        let values = config.macros.iter().map(|(name, value)| (format!("{prefix}{name}"), value.to_string()));
        values.chain(self.all().map(|(name, text)| (format!("CONSTRINT_{}", name.to_uppercase()), text))).collect()
    }
}

/// The command's words with the placeholders replaced; `{flags}` on its own becomes a word a flag.
fn arguments(words: &[String], placeholders: &[(String, String)]) -> Vec<String> {
    let filled = words.iter().map(|word| {
        let text = fill(word, placeholders);
        if word == "{flags}" { text.split_whitespace().map(str::to_owned).collect() } else { vec![text] }
    });
    filled.collect::<Vec<_>>().concat()
}

/// Replaces `{name}` where the name is known. Other braces are the command's own.
fn fill(text: &str, placeholders: &[(String, String)]) -> String {
    let Some((before, rest)) = text.split_once('{') else { return text.to_owned() };
    let known = placeholders.iter().find_map(|(name, value)| {
        let after = rest.strip_prefix(name.as_str())?.strip_prefix('}')?;
        Some((value.as_str(), after))
    });
    let (value, after) = known.unwrap_or(("{", rest));
    format!("{before}{value}{}", fill(after, placeholders))
}

/// The last line, read beside all else.
fn last_line_of(stdout: ChildStdout, output: Output) -> mpsc::Receiver<io::Result<String>> {
    let (send, receive) = mpsc::channel();
    thread::spawn(move || {
        // Nobody waits for a command that was ended.
        let _ = send.send(last_line(stdout, &output));
    });
    receive
}

/// The last line that is not blank.
fn last_line(stdout: ChildStdout, output: &Output) -> io::Result<String> {
    let mut last = String::new();
    for line in BufReader::new(stdout).split(b'\n') {
        let line = String::from_utf8_lossy(&line?).into_owned();
        output.detail(&line);
        if !line.trim().is_empty() {
            last = line;
        }
    }
    Ok(last.trim().to_owned())
}

/// Ctrl-C reaches the command as well, perhaps before it is noticed here.
#[cfg(unix)]
fn by_ctrl_c(status: ExitStatus) -> bool {
    const SIGINT: i32 = 2;
    std::os::unix::process::ExitStatusExt::signal(&status) == Some(SIGINT)
}

#[cfg(not(unix))]
fn by_ctrl_c(_status: ExitStatus) -> bool {
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn placeholders_are_replaced_and_other_braces_kept() {
        let known = [("a", "1"), ("ab", "{a}"), ("flags", "-DA=1 -DB=2")];
        let known = known.map(|(name, value)| (name.to_owned(), value.to_owned()));
        for (word, expected) in [
            ("{a}{ab}x{a}", "1{a}x1"),
            ("{ a } {} {b} {a", "{ a } {} {b} {a"),
            ("{{a}}", "{1}"),
            ("${a} '{print $1}'", "$1 '{print $1}'"),
            ("cc {flags} x.c", "cc -DA=1 -DB=2 x.c"),
        ] {
            assert_eq!(fill(word, &known), expected);
        }
        let words = ["cc", "{flags}", "-o{a}"].map(str::to_owned);
        assert_eq!(arguments(&words, &known), ["cc", "-DA=1", "-DB=2", "-o1"]);
    }
}
