//! `constrint completions`: a script that completes the command line in a shell.

use crate::args::{Cli, CompletionsArgs};
use crate::exit_code::ExitCode;
use crate::failure::Failure;
use crate::output::Output;
use clap::CommandFactory;
use serde_json::json;

pub(crate) fn run(args: &CompletionsArgs, output: &Output) -> Result<ExitCode, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "constrint", &mut script);
    let script = String::from_utf8_lossy(&script);
    if output.json {
        output.object(&json!({"shell": args.shell.to_string(), "script": script}))?;
    } else {
        output.data(&script)?;
    }
    Ok(ExitCode::Success)
}
