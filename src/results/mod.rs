//! Measured configurations, in the forms that auto-tuners exchange.
//!
//! [`read()`] takes them from the [log](crate::trials::Log) of a search with an outside test, that of a [tuning](crate::tune::Log), or from comma-separated
//! values; [`recording()`] takes them from elsewhere, for a tuner. [`t4()`] and [`kernel_tuner()`] write them. Times are in milliseconds, as both forms have them.
//!
//! ```
//! use constrint::{Problem, results, tiling};
//! let problem = Problem::from_json(r#"{"version": 1, "variables": {"x": {"min": 1, "max": 4}}}"#)?;
//! let tiling = tiling::lower(&problem)?;
//! let measured = results::read("times.csv", "x,time\n1,0.5\n1,0.7\n2,\n", &tiling);
//! assert!(measured.is_err(), "the last row has neither a time nor a status");
//! let measured = results::read("times.csv", "x,time,status\n1,0.5,correct\n1,0.7,correct\n2,,compile\n", &tiling)?;
//! assert_eq!((measured.len(), measured[0].mean_ms()), (2, Some(0.6)));
//! assert_eq!(results::t4(&tiling, &measured)["results"][1]["invalidity"], "compile");
//! # Ok::<(), constrint::Error>(())
//! ```

mod csv;
mod fault;
mod kernel_tuner;
mod measurement;
mod read;
mod t4;

pub use fault::{MeasurementError, MeasurementFault, ResultsError};
pub use kernel_tuner::{Head, kernel_tuner};
pub use measurement::{Measurement, Status};
pub use read::{read, recording};
pub use t4::t4;
