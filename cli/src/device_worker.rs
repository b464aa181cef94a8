//! The hidden subcommand that runs kernels: one line of JSON in, one line out.

use crate::exit_code::ExitCode;
use crate::failure::Failure;

/// Does one job.
#[cfg(feature = "cuda")]
pub(crate) fn run() -> Result<ExitCode, Failure> {
    let served = constrint::device::serve(&constrint::device::Cuda, std::io::stdin().lock(), std::io::stdout().lock());
    served.map(|()| ExitCode::Success).map_err(Failure::Stream)
}

/// Says that there is nothing to do it with.
#[cfg(not(feature = "cuda"))]
pub(crate) fn run() -> Result<ExitCode, Failure> {
    Err(Failure::NoCuda)
}
