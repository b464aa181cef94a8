//! What to search for, how, and when to stop.

use crate::brancher::ValueOrder;
use crate::checker::Number;
use crate::model::VarId;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// When to stop early.
#[derive(Debug, Clone, Default)]
pub struct Limits {
    /// Wall-clock time.
    pub time: Option<Duration>,
    /// Nodes of the search tree.
    pub nodes: Option<u64>,
    /// Bytes that the search may hold, estimated: domains, the undo log, parts of the tree still to be seen, solutions.
    /// The posted propagators are not counted; they grow with the model alone.
    pub memory_bytes: Option<u64>,
    /// Set from elsewhere (another thread, a signal handler) to stop the search.
    pub cancel: Option<Arc<AtomicBool>>,
}

impl Limits {
    /// Whether someone asked for the end, or the time is over.
    pub(super) fn is_over(&self, deadline: Option<Instant>) -> bool {
        self.cancel.as_deref().is_some_and(|cancel| cancel.load(Ordering::Relaxed))
            || deadline.is_some_and(|deadline| Instant::now() >= deadline)
    }
}

/// Which brancher to use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Branching {
    /// Variables as the model states them, smallest value first: solutions in lexicographic order.
    #[default]
    InputOrder,
    /// Fewest values first.
    SmallestDomain,
    /// Fewest values for each failure, after the variable whose decision failed last.
    WeightedDegree,
}

/// How to search.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// When to stop early.
    pub limits: Limits,
    /// Which variable to branch on.
    pub branching: Branching,
    /// Leave the linear relaxation out, to see what it brings.
    pub without_relaxation: bool,
    /// Variables to branch on first, with the end of their domain to start from. The others follow, smallest first.
    pub order: Vec<(VarId, ValueOrder)>,
    /// Assignments, a value for each variable of the model, that do not count as solutions.
    pub excluded: Vec<Vec<i64>>,
    /// Threads for [`solve`](super::solve) and [`best_solutions`](super::best_solutions); 0 counts as 1. Unless a limit
    /// ends the search, the answer and the number of nodes are the same for any number.
    pub threads: usize,
    /// Told now and then how far the search is.
    pub observer: Option<Observer>,
}

impl Options {
    pub(super) fn tell(&self, progress: &Progress) {
        if let Some(Observer(call)) = &self.observer {
            call(progress);
        }
    }
}

/// How far a search is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Progress {
    /// Nodes of the search tree so far.
    pub nodes: u64,
    /// Values of the objectives of the best solution so far.
    pub best: Option<Vec<Number>>,
}

/// Something to call with each [`Progress`]: from the thread that called the search, every few hundred nodes or more.
#[derive(Clone)]
pub struct Observer(Arc<dyn Fn(&Progress) + Send + Sync>);

impl Observer {
    /// Wraps a function.
    pub fn new(call: impl Fn(&Progress) + Send + Sync + 'static) -> Self {
        Self(Arc::new(call))
    }
}

impl std::fmt::Debug for Observer {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Observer")
    }
}
