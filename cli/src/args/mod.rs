//! The flags, one definition each, already of the type that they mean.
//!
//! | file | holds the flags of |
//! | --- | --- |
//! | `command` | the whole: the subcommands |
//! | `common` | every subcommand |
//! | `problem` | every subcommand that takes a problem; `check` |
//! | `solve`, `table`, `try_command`, `tune` | these |
//! | `rows` | `enumerate`, `sample` |
//! | `results` | `results` |
//! | `hardware` | `gpus`, `occupancy` |
//! | `kernels` | `kernels`, `compile`, `verify` |
//! | `device` | `bench`, `calibrate` |
//! | `values` | none: texts as values |

mod command;
mod common;
mod device;
mod hardware;
mod kernels;
mod problem;
mod results;
mod rows;
mod solve;
mod table;
mod try_command;
mod tune;
mod values;

pub(crate) use command::{Cli, Command, CompletionsArgs};
pub(crate) use common::Common;
pub(crate) use device::{BenchArgs, CalibrateArgs, DeviceArgs};
pub(crate) use hardware::{Detect, GpusArgs, OccupancyArgs};
pub(crate) use kernels::{CompileArgs, KernelsArgs, VerifyArgs};
pub(crate) use problem::{CheckArgs, ProblemArgs};
pub(crate) use results::{ResultsArgs, ResultsForm};
pub(crate) use rows::{EnumerateArgs, RowFormat, RowsArgs, SampleArgs};
pub(crate) use solve::{EmitForm, SolveArgs};
pub(crate) use table::TableArgs;
pub(crate) use try_command::TryArgs;
pub(crate) use tune::TuneArgs;
