//! The [`Propagator`] trait: one constraint that cuts values off which no solution has.

use crate::store::{Conflict, Events, Store, Var};

/// What a propagator says after it ran without conflict.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// Running again without outside changes would cut nothing more: its own changes do not wake it.
    Fixpoint,
    /// It may cut more: its own changes wake it again.
    Open,
    /// Every assignment that is left satisfies it: it sleeps until the search goes back.
    Entailed,
}

/// In which order waiting propagators run: cheap ones first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Priority {
    /// Constant time, one to three variables.
    Unary,
    /// Linear in the number of variables.
    Linear,
    /// Walks over pairs of values.
    Costly,
}

impl Priority {
    /// The number of priorities.
    pub const COUNT: usize = 3;
}

/// How much a propagator cuts when it reaches its fixpoint alone, with all its variables different.
///
/// Where a variable stands twice in its scope, it keeps every solution and rejects every assignment that is none, but
/// the level is not promised.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Consistency {
    /// Each value left has a support: a solution within the domains.
    Domain,
    /// The smallest and the largest value left of each variable have a support where the others may take any value
    /// between their bounds and the result is only bounded by its hull. Small domains may get more.
    Bounds,
    /// Assignments that are not solutions are rejected once all but one variable are fixed.
    Check,
}

/// The kinds of propagators, as statistics name them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[allow(missing_docs, reason = "each is named by its constraint")]
pub enum Family {
    Linear,
    Monomial,
    Product,
    Division,
    Remainder,
    Divides,
    Power,
    Gcd,
    Bitwise,
    Extremum,
    Logic,
    Member,
    Choice,
    AllDifferent,
    Table,
    Element,
}

/// One constraint at work. It owns no state that the search would have to undo.
pub trait Propagator: Send + std::fmt::Debug {
    /// The variables and the events that wake it.
    fn scope(&self) -> Vec<(Var, Events)>;

    /// For statistics.
    fn family(&self) -> Family;

    /// When it runs.
    fn priority(&self) -> Priority {
        Priority::Unary
    }

    /// How long a run may take, in runs of a propagator of a few variables: how soon the engine asks whether to go on.
    fn weight(&self) -> u64 {
        1 + self.scope().len() as u64 / 64
    }

    /// What it promises; checked by one contract test for all.
    fn consistency(&self) -> Consistency;

    /// Cuts values that no solution of the constraint has.
    ///
    /// # Errors
    /// [`Conflict`] when there is no solution left.
    fn propagate(&self, store: &mut Store) -> Result<Status, Conflict>;
}
