//! `solve`: an order, and a form to write.

use super::problem::{CacheArgs, ProblemArgs};
use super::values::ordered;
use clap::{Args, ValueEnum};
use constrint::Form;
use constrint_solver::ValueOrder;
use std::path::PathBuf;

#[derive(Debug, Args)]
pub(crate) struct SolveArgs {
    #[command(flatten)]
    pub(crate) problem: ProblemArgs,
    #[command(flatten)]
    pub(crate) cache: CacheArgs,
    /// Instead of the objective, make these variables largest (max) or smallest (min), the first first
    #[arg(long, value_name = "NAME:max|min,…", value_delimiter = ',', value_parser = ordered)]
    pub(crate) order: Vec<(String, ValueOrder)>,
    /// How many solutions to give, best first
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub(crate) solutions: Option<u32>,
    /// Print the configuration in a form that builds take
    #[arg(long, value_name = "FORM", conflicts_with = "solutions")]
    pub(crate) emit: Option<EmitForm>,
    /// Write that form to a file instead of standard output
    #[arg(long, value_name = "PATH", requires = "emit")]
    pub(crate) out: Option<PathBuf>,
}

/// A form that builds take.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum EmitForm {
    /// A C and C++ header
    Header,
    /// -D flags on one line
    Flags,
    /// JSON, which `constrint check` reads
    Json,
    /// `CMake` variables
    Cmake,
    /// Rust constants
    Rust,
}

impl From<EmitForm> for Form {
    fn from(form: EmitForm) -> Self {
        match form {
            EmitForm::Header => Self::Header,
            EmitForm::Flags => Self::Flags,
            EmitForm::Json => Self::Json,
            EmitForm::Cmake => Self::Cmake,
            EmitForm::Rust => Self::Rust,
        }
    }
}
