//! What to search for, how, and when to stop.

use super::Solution;
use crate::brancher::ValueOrder;
use crate::model::VarId;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// What ended a search, or the building of a [`SolutionSpace`](crate::SolutionSpace), before it was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Exhausted {
    /// [`Limits::time`] or [`Limits::deadline`].
    Time,
    /// [`Limits::nodes`]; of a space, nodes of the diagram before equal ones are merged.
    Nodes,
    /// [`Limits::memory_bytes`].
    Memory,
    /// [`Limits::cancel`] was set.
    Cancelled,
}

impl Exhausted {
    /// The limit in one word, as JSON has it: `time`, `nodes`, `memory`, `interrupt`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Time => "time",
            Self::Nodes => "nodes",
            Self::Memory => "memory",
            Self::Cancelled => "interrupt",
        }
    }
}

impl std::fmt::Display for Exhausted {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Time => "the time limit",
            Self::Nodes => "the node limit",
            Self::Memory => "the memory limit",
            Self::Cancelled => "a request to stop",
        })
    }
}

/// When to stop early.
#[derive(Debug, Clone, Default)]
pub struct Limits {
    /// Wall-clock time, from the beginning of each call.
    pub time: Option<Duration>,
    /// A moment by which to end, whichever call it is: several calls share what is left until then. See
    /// [`Limits::started`].
    pub deadline: Option<Instant>,
    /// Nodes of the search tree.
    pub nodes: Option<u64>,
    /// Bytes that the search may hold, estimated: domains, the undo log, parts of the tree still to be seen, solutions.
    /// The posted propagators are not counted; they grow with the model alone.
    pub memory_bytes: Option<u64>,
    /// Bytes that the process holds, where somebody measures that all the time. A diagram is given up as well where these
    /// are more than three quarters of `memory_bytes`, whatever is estimated: its tables grow by leaps.
    pub resident_bytes: Option<Arc<AtomicU64>>,
    /// Set from elsewhere (another thread, a signal handler) to stop the search.
    pub cancel: Option<Arc<AtomicBool>>,
}

impl Limits {
    /// These limits with the time counted from now on, so that calls one after another are granted it once, not each.
    ///
    /// ```
    /// use constrint_solver::{Limits, Model, Options, solve};
    /// use std::time::Duration;
    ///
    /// let limits = Limits { time: Some(Duration::from_secs(5)), ..Limits::default() }.started();
    /// for model in [Model::new(), Model::new()] {
    ///     // The two searches end within five seconds together.
    ///     solve(&model, &Options { limits: limits.clone(), ..Options::default() });
    /// }
    /// ```
    #[must_use]
    pub fn started(self) -> Self {
        Self { deadline: self.end(), ..self }
    }

    /// When a call that begins now must end.
    pub fn end(&self) -> Option<Instant> {
        let by_time = self.time.and_then(|time| Instant::now().checked_add(time));
        by_time.into_iter().chain(self.deadline).min()
    }

    /// Whether someone asked for the end, or the time is over for a call that must end then.
    pub fn over(&self, end: Option<Instant>) -> Option<Exhausted> {
        if self.cancel.as_deref().is_some_and(|cancel| cancel.load(Ordering::Relaxed)) {
            return Some(Exhausted::Cancelled);
        }
        end.is_some_and(|end| Instant::now() >= end).then_some(Exhausted::Time)
    }

    /// Whether a diagram of so many bytes, estimated, is more than what may be held.
    pub fn is_memory_over(&self, estimated_bytes: u64) -> bool {
        let resident = || self.resident_bytes.as_deref().map_or(0, |bytes| bytes.load(Ordering::Relaxed));
        self.memory_bytes.is_some_and(|limit| estimated_bytes > limit || resident() > limit - limit / 4)
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
    /// Leave out to explore small parts of the tree box by box, to see what it brings.
    pub without_exploration: bool,
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
    pub(super) fn tell(&self, progress: impl FnOnce() -> Progress) {
        if let Some(observer) = &self.observer {
            observer.tell(&progress());
        }
    }
}

/// How far a search is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Progress {
    /// Nodes of the search tree so far.
    pub nodes: u64,
    /// The best solution so far.
    pub best: Option<Solution>,
}

/// Something to call with each [`Progress`]: from the thread that called the search, with better solutions and every few
/// hundred nodes or more.
#[derive(Clone)]
pub struct Observer(Arc<dyn Fn(&Progress) + Send + Sync>);

impl Observer {
    /// Wraps a function.
    pub fn new(call: impl Fn(&Progress) + Send + Sync + 'static) -> Self {
        Self(Arc::new(call))
    }

    pub(super) fn tell(&self, progress: &Progress) {
        (self.0)(progress);
    }
}

impl std::fmt::Debug for Observer {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Observer")
    }
}
