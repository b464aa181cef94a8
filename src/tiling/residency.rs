//! The blocks of an SM that a problem's `occupancy` asks for, once more in plain arithmetic.

use crate::hardware::{KernelResources, OptIn, SmLimits, occupancy};
use crate::kernel::{Chosen, Limit};
use constrint_solver::{Expr, checker};

/// What a block asks of an SM, as expressions, and what the model makes of it.
#[derive(Clone, Debug)]
pub struct Residency {
    /// Of the GPU.
    pub(super) limits: SmLimits,
    pub(super) threads_per_block: Expr,
    pub(super) registers_per_thread: Expr,
    pub(super) dynamic_shared_memory_bytes: Expr,
    pub(super) static_shared_memory_bytes: Expr,
    pub(super) named_barriers: Expr,
    pub(super) carveout_percent: Option<Expr>,
    pub(super) opt_in: OptIn,
    /// The model's `blocks_per_sm`.
    pub(super) blocks_per_sm: Expr,
}

impl Residency {
    /// The model's blocks per SM against those of [`occupancy()`], which shares no code with its formulas; `None` where an
    /// amount is no whole number. What [`occupancy()`] refuses is 0 blocks.
    pub(crate) fn limit(&self, values: &Chosen) -> Option<Limit> {
        let row: Vec<i64> = values.values().copied().collect();
        let number = |expr: &Expr| {
            let value = checker::evaluate(expr, &row).ok().flatten()?;
            value.is_integer().then(|| i64::try_from(value.to_integer()).ok()).flatten()
        };
        let kernel = KernelResources {
            dynamic_shared_memory_bytes: number(&self.dynamic_shared_memory_bytes)?,
            static_shared_memory_bytes: number(&self.static_shared_memory_bytes)?,
            named_barriers: number(&self.named_barriers)?,
            carveout_percent: match &self.carveout_percent {
                Some(percent) => Some(number(percent)?),
                None => None,
            },
            opt_in: self.opt_in,
            ..KernelResources::new(number(&self.registers_per_thread)?, number(&self.threads_per_block)?)
        };
        let blocks = occupancy(&self.limits, &kernel).map_or(0, |answer| answer.blocks_per_sm);
        Some(Limit::equal("blocks per SM by the occupancy rules", number(&self.blocks_per_sm)?, blocks))
    }
}
