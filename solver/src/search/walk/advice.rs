//! [`Advice`]: the linear relaxation, and what it is to be asked.

use crate::engine::Fixpoint;
use crate::post::Posted;
use crate::relax::Relaxation;
use crate::search::Limits;
use std::time::Instant;

/// The relaxation, and what it is to be asked.
#[derive(Debug)]
pub(super) struct Advice {
    pub(super) relaxation: Relaxation,
    /// Whether it may give bounds on the objective.
    pub(super) bounding: bool,
    /// Whether it is still to be asked if the whole model has a solution.
    pub(super) may_refute: bool,
}

impl Advice {
    pub(super) fn of(relaxation: Relaxation) -> Self {
        let (bounding, may_refute) = (relaxation.may_bound(), relaxation.exponents.is_worth_asking());
        Self { relaxation, bounding, may_refute }
    }
}

/// Whether bounds would creep towards each other for very long, though the linear relaxation sees that they never meet.
///
/// Two variables with very many values in one row make it possible, a long propagation makes it likely. Only then is the
/// linear program solved: it takes as long as many propagations.
pub(super) fn creeps_in_vain(posted: &mut Posted, limits: &Limits, end: Option<Instant>) -> bool {
    const PATIENCE: u64 = 1 << 14;
    let engine = &mut posted.engine;
    if !posted.relaxation.may_creep(&engine.store, posted.decisions) {
        return false;
    }
    match engine.fixpoint_within(PATIENCE, &mut || limits.over(end).is_some()) {
        Fixpoint::Tired => {
            engine.schedule_all();
            posted.relaxation.is_infeasible(&engine.store)
        }
        // The walk asks for the limits itself, and ends at its first node.
        Fixpoint::Interrupted | Fixpoint::Reached => false,
        Fixpoint::Conflict => true,
    }
}
