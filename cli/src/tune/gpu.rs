//! [`GpuBench`]: configurations timed on a GPU of this machine.

use crate::device::{PS_PER_MS, milliseconds};
use crate::failure::Failure;
use constrint::device::{self, BenchError};
use constrint::kernel::Chosen;
use constrint::tiling::Tiling;
use constrint::tool::ToolError;
use constrint::tune::{Bench, Run, configuration};
use constrint_solver::Limits;
use std::sync::{Mutex, PoisonError};

/// A configuration that is so many times slower than the best is given up early.
const HOPELESS: f64 = 1.5;
/// Compiles on the thread that asks, and times one configuration after the other.
pub(super) struct GpuBench<'a> {
    tiling: &'a Tiling,
    bench: device::Bench<'a>,
    is_checked: bool,
    best_ms: Mutex<Option<f64>>,
}

impl<'a> GpuBench<'a> {
    /// With `check`, results are held against a reference before anything is timed.
    pub(super) fn new(
        tiling: &'a Tiling,
        setup: device::Setup,
        check: bool,
        best_ms: Option<f64>,
    ) -> Result<Self, BenchError> {
        let bench = device::Bench::new(tiling, setup)?;
        Ok(Self { tiling, bench, is_checked: check, best_ms: Mutex::new(best_ms) })
    }

    fn time(&self, values: &Chosen) -> Result<device::Outcome<f64>, Failure> {
        let fail = |error: BenchError| Failure::library("")(error);
        let config = configuration(self.tiling, values).map_err(Failure::library(""))?;
        let built = match self.bench.compile(&config).map_err(fail)? {
            Ok(built) => built,
            Err(failure) => return Ok(Err(failure)),
        };
        if self.is_checked
            && let Err(failure) = self.bench.check(&config).map_err(fail)?
        {
            return Ok(Err(failure));
        }
        let best_ms = *self.best_ms.lock().unwrap_or_else(PoisonError::into_inner);
        #[expect(clippy::cast_possible_truncation, reason = "a limit need not be exact")]
        let hopeless_ps = best_ms.map(|best_ms| (best_ms * HOPELESS * PS_PER_MS) as i64);
        let of = |timing: device::Timing| milliseconds(timing.time_ps());
        Ok(self.bench.time_below(&built, hopeless_ps).map_err(fail)?.map(of))
    }
}

impl Bench for GpuBench<'_> {
    type Error = Failure;

    fn measure(&self, values: &Chosen, limits: &Limits) -> Result<Run, Failure> {
        let timed = match self.time(values) {
            Err(Failure::Library { error, .. }) if is_limit(&error) => return Ok(Run::Stopped),
            timed => timed?,
        };
        Ok(match timed {
            Ok(time_ms) => {
                let mut best_ms = self.best_ms.lock().unwrap_or_else(PoisonError::into_inner);
                *best_ms = Some(best_ms.map_or(time_ms, |best| best.min(time_ms)));
                Run::Took(time_ms)
            }
            Err(_) if limits.over(limits.deadline).is_some() => Run::Stopped,
            Err(failure) => Run::Failed(failure.to_string()),
        })
    }
}

fn is_limit(error: &constrint::Error) -> bool {
    matches!(error, constrint::Error::Tool(ToolError::Limit { .. }))
}
