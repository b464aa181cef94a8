//! What `bench`, `calibrate` and `tune` share: the process that runs kernels, and how it is told.

use crate::args::DeviceArgs;
use crate::failure::Failure;
use constrint::device::{Setup, Timer, Worker};
use constrint_solver::Limits;

/// Picoseconds of a millisecond.
pub(crate) const PS_PER_MS: f64 = 1e9;

/// The hidden subcommand.
const WORKER: &str = "device-worker";

/// How configurations are timed on a GPU of this machine.
///
/// # Errors
/// [`Failure::NoCuda`] where this build has no driver's part, [`Failure::Stream`] where the process does not know its own path.
pub(crate) fn setup(args: &DeviceArgs, timer: Timer, limits: Limits) -> Result<Setup, Failure> {
    if cfg!(not(feature = "cuda")) {
        return Err(Failure::NoCuda);
    }
    let itself = std::env::current_exe().map_err(Failure::Stream)?;
    let worker = Worker { command: vec![itself.into_os_string(), WORKER.into()], timeout: args.timeout };
    Ok(Setup { worker, device: args.device, timer, limits })
}

/// A time in milliseconds, rounded to a nanosecond, as scripts compare it.
#[expect(clippy::cast_precision_loss, reason = "a time of hours has fewer than 2^53 ps")]
pub(crate) fn milliseconds(picoseconds: i64) -> f64 {
    (picoseconds as f64 / PS_PER_MS * 1e6).round() / 1e6
}
