//! The best solutions by the objectives of one stage.
//!
//! Most searches are over after a single walk. One that takes longer goes on in rounds (see `rounds.rs`), for any number
//! of threads alike, so that the answer does not depend on it.

use super::best::{Best, Ending, GRACE, Pace};
use super::options::{Branching, Options};
use super::rounds::{Entry, Rounds, Wanted};
use super::walk::{Search, Small, Walked};
use super::{Solution, Statistics};
use crate::boxes;
use crate::model::Model;
use std::time::Instant;

/// Nodes of the first walk between two words to the observer.
const WORD: u64 = 1 << 9;

/// The best `count` solutions by the model's objectives, or the first in order if it has none.
pub(super) fn best_of_stage(
    model: &Model,
    options: &Options,
    count: usize,
    pace: Pace,
    statistics: &mut Statistics,
) -> Ending {
    let mut best = Best::new(model, count);
    let mut small = Small::of(model, options);
    if count == 1 && explore_declared(&mut small, &mut best, options, statistics) {
        return Ending { best: best.solutions, complete: true, stopped: None, bound: None };
    }
    let mut search = Search::with(model, options, small);
    // With several objectives and several solutions wanted, ties of the first objective matter.
    let strict = count == 1 || model.objectives().len() == 1;
    search.set_strict(strict);
    if count == 1 {
        search.want_one();
    }
    if let Some(known) = best.to_beat() {
        search.improve_on(known);
    }
    let walked = first_walk(&mut search, &mut best, options, pace);
    statistics.add(&search.statistics());
    match walked {
        First::Complete => Ending { best: best.solutions, complete: true, stopped: None, bound: None },
        First::Interrupted => {
            let parts = search.open_parts();
            let bound = best.to_beat().and_then(|to_beat| search.bound_of(&parts, to_beat, GRACE));
            Ending { best: best.solutions, complete: false, stopped: search.stopped(), bound }
        }
        First::Paused { halved } => {
            let open = search.open_parts().into_iter().map(Entry::Open);
            let found = if model.objectives().is_empty() { std::mem::take(&mut best.solutions) } else { Vec::new() };
            let entries = found.into_iter().map(Entry::Found).chain(open).collect();
            let (skipped, options) = (search.has_skipped(), rest_of(options, search.part_nodes()));
            drop(search);
            let mut ending =
                Rounds::new(model, &options, pace, Wanted { count, strict, halved }).run(entries, best, statistics);
            ending.complete &= !skipped;
            ending
        }
    }
}

/// Explores the model as it is declared, before anything is posted; whether nothing is left to be done.
fn explore_declared(small: &mut Small, best: &mut Best, options: &Options, statistics: &mut Statistics) -> bool {
    let start = Instant::now();
    let explored = small.explore_declared(&options.limits, options.limits.end());
    statistics.search_time += start.elapsed();
    let Some(explored) = explored else { return false };
    statistics.boxes += explored.boxes;
    if let Some(values) = explored.best {
        statistics.solutions += 1;
        best.insert(Solution::of(best.model, values));
        options.tell(|| best.progress(0));
    }
    let is_over = explored.ending == boxes::Ending::Complete || best.is_done();
    // All of it was the root of the tree.
    statistics.nodes += u64::from(is_over);
    is_over
}

/// The options with what the first walk has left of the nodes; the time has one end for all.
fn rest_of(options: &Options, nodes: u64) -> Options {
    let mut options = options.clone();
    options.limits.nodes = options.limits.nodes.map(|limit| limit.saturating_sub(nodes));
    options
}

enum First {
    Complete,
    Interrupted,
    Paused { halved: bool },
}

fn first_walk(search: &mut Search, best: &mut Best, options: &Options, pace: Pace) -> First {
    // Where the order of the tree is the order of the answers and there is one thread, nothing is gained by rounds.
    let in_order =
        best.model.objectives().is_empty() && options.branching != Branching::WeightedDegree && options.threads <= 1;
    let (mut halved, mut tried_halving) = (false, false);
    search.pause_after(pace.first_walk.min(WORD));
    loop {
        match search.walk() {
            Walked::Exhausted => return First::Complete,
            Walked::Interrupted => return First::Interrupted,
            Walked::Paused => {
                options.tell(|| best.progress(search.part_nodes()));
                if !in_order && search.part_nodes() >= pace.first_walk {
                    return First::Paused { halved };
                }
                search.pause_after(search.part_nodes() + WORD);
            }
            Walked::Solution(solution) => {
                best.insert(solution);
                options.tell(|| best.progress(search.part_nodes()));
                if best.is_done() {
                    return First::Complete;
                }
                let Some(to_beat) = best.to_beat() else { continue };
                search.improve_on(to_beat);
                if best.is_creeping() && !tried_halving {
                    tried_halving = true;
                    halved = search.halve_objective();
                }
            }
        }
    }
}
