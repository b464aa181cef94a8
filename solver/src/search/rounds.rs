//! Parts of the tree, walked side by side on any number of threads with the same answer.
//!
//! What is left of the tree is a list of parts in the order of the search. A round takes the first of them, walks each
//! for a limited number of nodes, and puts in its place what it found and what is left of it. All walks of a round start
//! from the best known before the round, and learn nothing from each other, so that each does the same whichever thread
//! runs it, and when. What they found is merged in the order of the parts once all have ended.

use super::best::{Best, Ending, GRACE, Pace};
use super::options::{Exhausted, Limits, Options};
use super::walk::{Part, Search, Walked};
use super::{Solution, Statistics};
use crate::checker::Number;
use crate::model::Model;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

/// Parts that are walked in a round; more threads than that have nothing to do.
const PARTS: usize = 32;

/// A place in the list: a solution found, or a part still to be walked.
pub(super) enum Entry {
    Found(Solution),
    Open(Part),
}

impl Entry {
    fn open(&self) -> Option<&Part> {
        if let Self::Open(part) = self { Some(part) } else { None }
    }

    fn bytes(&self) -> u64 {
        match self {
            Self::Found(solution) => bytes_of(solution),
            Self::Open(part) => part.bytes(),
        }
    }
}

/// What the walk of a part brought.
#[derive(Default)]
struct Harvest {
    found: Vec<Solution>,
    open: Vec<Part>,
    stopped: Option<Exhausted>,
    /// Whether it ended before the part was walked, or its share of nodes.
    interrupted: bool,
}

/// A walk that did not end by itself, and the limit that ended it.
struct Interrupted(Option<Exhausted>);

/// What all walks of a round are told.
struct Task<'a> {
    to_beat: Option<&'a Solution>,
    count: usize,
    nodes: u64,
}

/// What to look for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wanted {
    /// How many solutions.
    pub(super) count: usize,
    /// Whether only strictly better ones are of interest.
    pub(super) strict: bool,
    /// Whether the objective is halved at the root.
    pub(super) halved: bool,
}

/// See the module documentation.
pub(super) struct Rounds<'a> {
    model: &'a Model,
    options: &'a Options,
    pace: Pace,
    wanted: Wanted,
    end: Option<Instant>,
    workers: Vec<Search<'a>>,
}

impl<'a> Rounds<'a> {
    pub(super) fn new(model: &'a Model, options: &'a Options, pace: Pace, wanted: Wanted) -> Self {
        let end = options.limits.end();
        let mut rounds = Self { model, options, pace, wanted, end, workers: Vec::new() };
        rounds.workers = (0..options.threads.clamp(1, PARTS)).map(|_| rounds.worker()).collect();
        rounds
    }

    /// Walks until nothing is left or a limit is reached.
    pub(super) fn run(mut self, mut entries: Vec<Entry>, mut best: Best, statistics: &mut Statistics) -> Ending {
        let before = statistics.nodes;
        let mut nodes = self.pace.first_round;
        let (complete, stopped) = loop {
            if self.is_over(&mut entries, &mut best) {
                break (!self.workers.iter().any(Search::has_skipped), None);
            }
            let reached = self.limit_reached(&entries, &best);
            if reached.is_some() {
                break (false, reached);
            }
            if let Some(Interrupted(stopped)) = self.round(&mut entries, &mut best, nodes) {
                break (false, stopped);
            }
            nodes = (nodes * 2).min(self.pace.most);
            statistics.rounds += 1;
            self.options.tell(|| best.progress(before + self.nodes()));
        };
        let bound = if complete { None } else { self.bound(&entries, &best) };
        for worker in &self.workers {
            statistics.add(&worker.statistics());
        }
        Ending { best: best.solutions, complete, stopped, bound }
    }

    fn worker(&self) -> Search<'a> {
        // Nodes are counted here, for all workers together.
        let limits = Limits { nodes: None, ..self.options.limits.clone() };
        let mut search = Search::new(self.model, &Options { limits, ..self.options.clone() });
        search.set_strict(self.wanted.strict);
        if self.wanted.count == 1 {
            search.want_one();
        }
        search.settle_root();
        if self.wanted.halved {
            search.halve_at_root();
        }
        search
    }

    fn nodes(&self) -> u64 {
        self.workers.iter().map(Search::nodes).sum()
    }

    /// Whether the list settles the answer. Without an objective, the solutions at its head are the first of all.
    fn is_over(&self, entries: &mut Vec<Entry>, best: &mut Best) -> bool {
        if self.model.objectives().is_empty() {
            let head = entries.iter().take_while(|entry| matches!(entry, Entry::Found(_))).count();
            for entry in entries.drain(..head) {
                if let Entry::Found(solution) = entry {
                    best.insert(solution);
                }
            }
        }
        best.is_done() || entries.is_empty()
    }

    fn limit_reached(&self, entries: &[Entry], best: &Best) -> Option<Exhausted> {
        let limits = &self.options.limits;
        let bytes = || entries.iter().map(Entry::bytes).chain(best.solutions.iter().map(bytes_of)).sum::<u64>();
        let many = || limits.nodes.is_some_and(|limit| self.nodes() >= limit).then_some(Exhausted::Nodes);
        let heavy = || limits.memory_bytes.is_some_and(|limit| bytes() > limit).then_some(Exhausted::Memory);
        limits.over(self.end).or_else(many).or_else(heavy)
    }

    /// How many parts to walk, and how many nodes of each, so that the limit of nodes is kept.
    fn size_of_round(&self, nodes: u64) -> (usize, u64) {
        let Some(limit) = self.options.limits.nodes else { return (PARTS, nodes) };
        let left = limit.saturating_sub(self.nodes()).max(1);
        let parts = PARTS.min(usize::try_from(left).unwrap_or(PARTS));
        (parts, nodes.min(left / parts as u64))
    }

    /// Walks the first open parts, and puts what came of them in their places. The first walk that was
    /// interrupted, if any was.
    fn round(&mut self, entries: &mut Vec<Entry>, best: &mut Best, nodes: u64) -> Option<Interrupted> {
        let (most, nodes) = self.size_of_round(nodes);
        let open = entries.iter().enumerate().filter_map(|(place, entry)| Some((place, entry.open()?.clone())));
        let (places, parts): (Vec<usize>, Vec<Part>) = open.take(most).unzip();
        let task = Task { to_beat: best.to_beat(), count: best.count(), nodes };
        let harvests = walk_all(&mut self.workers, self.model, &parts, &task);
        let interrupted =
            harvests.iter().find(|harvest| harvest.interrupted).map(|harvest| Interrupted(harvest.stopped));
        self.merge(entries, &places, harvests, best);
        interrupted
    }

    fn merge(&mut self, entries: &mut Vec<Entry>, places: &[usize], harvests: Vec<Harvest>, best: &mut Best) {
        let optimizing = !self.model.objectives().is_empty();
        let mut harvests = places.iter().copied().zip(harvests).peekable();
        let mut merged = Vec::with_capacity(entries.len() + PARTS);
        for (index, entry) in std::mem::take(entries).into_iter().enumerate() {
            let Some((_, harvest)) = harvests.next_if(|&(place, _)| place == index) else {
                merged.push(entry);
                continue;
            };
            for solution in harvest.found {
                if optimizing {
                    best.insert(solution);
                } else {
                    merged.push(Entry::Found(solution));
                }
            }
            merged.extend(harvest.open.into_iter().map(Entry::Open));
        }
        *entries = merged;
        if optimizing && !self.wanted.halved && best.is_creeping() && !entries.is_empty() {
            self.wanted.halved = self.workers.iter_mut().all(Search::halve_at_root);
            if self.wanted.halved {
                *entries = vec![Entry::Open(Part::whole())];
            }
        }
    }

    fn bound(&mut self, entries: &[Entry], best: &Best) -> Option<Number> {
        let open: Vec<Part> = entries.iter().filter_map(|entry| entry.open().cloned()).collect();
        self.workers[0].bound_of(&open, best.to_beat()?, GRACE)
    }
}

fn bytes_of(solution: &Solution) -> u64 {
    (size_of::<Solution>() + size_of_val(&*solution.values) + size_of_val(&*solution.objectives)) as u64
}

/// Walks all parts, each by whichever worker is free.
fn walk_all(workers: &mut [Search], model: &Model, parts: &[Part], task: &Task) -> Vec<Harvest> {
    if let [only] = workers {
        return parts.iter().map(|part| walk_one(only, model, part, task)).collect();
    }
    let next = AtomicUsize::new(0);
    let harvests: Mutex<Vec<Harvest>> = Mutex::new(parts.iter().map(|_| Harvest::default()).collect());
    std::thread::scope(|scope| {
        for worker in workers.iter_mut().take(parts.len()) {
            scope.spawn(|| {
                loop {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    let Some(part) = parts.get(index) else { return };
                    let harvest = walk_one(worker, model, part, task);
                    harvests.lock().expect("no walk panics")[index] = harvest;
                }
            });
        }
    });
    harvests.into_inner().expect("no walk panics")
}

fn walk_one(search: &mut Search, model: &Model, part: &Part, task: &Task) -> Harvest {
    search.begin(part);
    search.pause_after(task.nodes);
    if let Some(to_beat) = task.to_beat {
        search.improve_on(to_beat);
    }
    let mut best = Best::new(model, task.count);
    let interrupted = loop {
        match search.walk() {
            Walked::Exhausted | Walked::Paused => break false,
            Walked::Interrupted => break !search.is_exhausted(),
            Walked::Solution(solution) => {
                best.insert(solution);
                if best.is_done() {
                    break false;
                }
                if let Some(to_beat) = best.to_beat() {
                    search.improve_on(to_beat);
                }
            }
        }
    };
    Harvest { open: search.open_parts(), found: best.solutions, interrupted, stopped: search.stopped() }
}
