//! [`Trials`]: a problem's configurations put to an outside test, such as compile and run, best first.
//!
//! ```
//! use constrint::trials::{Proposal, Trials, Verdict};
//! use constrint::{Problem, Request};
//!
//! let problem = Problem::from_json(
//!     r#"{"version": 1, "variables": {"tile": {"divisors_of": 768}, "stages": {"min": 1, "max": 8}},
//!         "constraints": ["tile * stages <= 1000"], "objective": {"maximize": "tile * stages"}}"#,
//! )?;
//! let mut trials = Trials::new(&problem, &Request::default())?;
//! while let Proposal::Try(config) = trials.propose()? {
//!     // Here a build would compile and run what `config.emit` gives.
//!     let verdict = match config.values["tile"] {
//!         300.. => Verdict::FailsFrom { variable: "tile".to_owned() },
//!         _ if config.values["stages"] > 2 => Verdict::Fails,
//!         _ => Verdict::Works,
//!     };
//!     trials.report(&verdict)?;
//! }
//! let answer = trials.answer()?;
//! assert_eq!(answer.configs[0].values["tile"], 256);
//! # Ok::<(), constrint::Error>(())
//! ```
//!
//! What is promised, and what a verdict teaches, is with [`constrint_solver::trials`]; here its numbers get their names.
//! [`Log`] keeps the trials in a file, so that a search that was ended goes on where it stopped.

mod fault;
pub(crate) mod lines;
mod log;
mod search;
mod trial;

pub use fault::{LogFault, LogKind, TrialFault, TrialRefused, TrialsError};
pub use log::{Log, Opened};
pub use search::{Proposal, Trials};
pub use trial::{Trial, Verdict};
