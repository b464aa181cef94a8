//! [`Tuner`]: which configuration to measure next, by the exact space, the predicted time and what was measured.
//!
//! ```
//! use constrint::Problem;
//! use constrint::tune::{Outcome, Settings, Tuner};
//!
//! let problem = Problem::from_json(
//!     r#"{"version": 1, "variables": {"tile": {"divisors_of": 768}, "stages": {"min": 1, "max": 8}},
//!         "constraints": ["tile * stages <= 1000"]}"#,
//! )?;
//! let mut tuner = Tuner::new(&problem, Settings::default())?;
//! for _ in 0..25 {
//!     for values in tuner.ask(1) {
//!         // Here a build would compile the configuration, run it and take the time.
//!         let (tile, stages) = (values["tile"] as f64, values["stages"] as f64);
//!         let outcome = match tile {
//!             ..=400.0 => Outcome::Took(1.0 + (tile.log2() - 6.0).powi(2) + (stages - 4.0).abs()),
//!             _ => Outcome::Failed("too much shared memory".to_owned()),
//!         };
//!         tuner.tell(&values, outcome)?;
//!     }
//! }
//! let (values, time_ms) = tuner.best().expect("some configuration works");
//! assert_eq!((values, time_ms), (&[64, 4][..], 1.0));
//! # Ok::<(), constrint::Error>(())
//! ```
//!
//! What is learned is a Gaussian process over logarithms of times (`learn/`): the mean is the predicted time, where the problem has a kernel with
//! one, or its first objective; what it leaves unexplained varies smoothly with the logarithms of the variables' values. The next configuration is
//! the one of which the most is expected. A configuration that fails makes those near it less likely to be tried. Nothing here knows a GPU or a clock,
//! and nothing says what is valid: that is the space's.
//!
//! | file or folder | holds |
//! | --- | --- |
//! | `tuner.rs` | [`Tuner`]: names and configurations |
//! | `session.rs` | [`tune`]: the loop of asking, measuring by a [`Bench`], telling and logging |
//! | `log.rs` | [`Log`]: measurements in a file that survives whatever ends the process |
//! | `replay.rs` | [`Recording`]: a bench that looks times up |
//! | `pool.rs` | which configurations are looked at: all, or of a large space the most promising |
//! | `estimate.rs`, `arithmetic.rs` | the predicted time of many configurations at once |
//! | `priors.rs` | what logs of other GPUs, shapes and runs teach |
//! | `learn/` | the statistics; it knows numbers alone |
//! | `measured.rs`, `fault.rs` | what is told; what can be wrong with it |

mod arithmetic;
mod estimate;
mod fault;
mod learn;
mod log;
mod measured;
mod pool;
mod priors;
mod replay;
mod session;
mod tuner;

pub use fault::{ReadError, TellFault, TellRefused, TuneError};
pub use log::{Log, Logged, Opened};
pub use measured::{Measured, Outcome};
pub use replay::Recording;
pub use session::{Bench, Ended, Event, Plan, Run, Why, tune};
pub use tuner::{Left, SMALL_CHANCE, Settings, Tuner, WORTHWHILE_GAIN, configuration};
