//! [`Engine`]: runs propagators until none can cut any more.
//!
//! Each variable knows its watchers; a change wakes them into one of a few queues, the cheapest first. This file knows
//! no particular constraint.

use crate::propagator::{Family, Priority, Propagator, Status};
use crate::store::{Conflict, Events, Store, Var};
use std::collections::{BTreeMap, VecDeque};

/// Says whether to give up; asked every few hundred propagations, more often where they are long, so that neither one long
/// fixpoint nor one long propagation can outlast a limit.
pub type Interrupt<'a> = &'a mut dyn FnMut() -> bool;

/// How a run to the fixpoint ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fixpoint {
    /// Nothing more to cut.
    Reached,
    /// No solution here.
    Conflict,
    /// The interrupt said so; the domains are sound but may not be as small as they could be.
    Interrupted,
    /// So many runs were made that bounds must be creeping towards each other; the domains are sound, but propagators are
    /// waiting, and assignments may be left that they reject.
    Tired,
}

/// See the module documentation.
#[derive(Debug, Default)]
pub struct Engine {
    /// The domains.
    pub store: Store,
    slots: Vec<Slot>,
    watchers: Vec<Vec<(usize, Events)>>,
    queues: [VecDeque<usize>; Priority::COUNT],
    /// Failures that each propagator found, for branchers.
    failures: Vec<u64>,
    propagations: u64,
    /// The weight of the propagations since the interrupt was asked last.
    unasked: u64,
    pending: Vec<(Var, Events)>,
}

/// The interrupt is asked after propagations of this weight together; most have a weight of 1.
const PATIENCE: u64 = 256;
/// Writes after which a propagation is cut short and queued again, so that the interrupt can be asked in between: bounds
/// may creep inside a propagator as well as between several.
const WRITES: u64 = 1 << 12;

#[derive(Debug)]
struct Slot {
    propagator: Box<dyn Propagator>,
    priority: Priority,
    queued: bool,
    entailed: bool,
    runs: u64,
    weight: u64,
}

impl Engine {
    /// An engine without variables.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a propagator and schedules it.
    pub fn post(&mut self, propagator: Box<dyn Propagator>) {
        let index = self.slots.len();
        self.watchers.resize(self.store.len(), Vec::new());
        for (var, events) in propagator.scope() {
            self.watchers[var.index()].push((index, events));
        }
        let (priority, weight) = (propagator.priority(), propagator.weight());
        self.slots.push(Slot { propagator, priority, queued: false, entailed: false, runs: 0, weight });
        self.failures.push(0);
        self.schedule(index);
    }

    /// Runs propagators until nothing changes.
    pub fn fixpoint(&mut self, interrupt: Interrupt) -> Fixpoint {
        self.fixpoint_within(u64::MAX, interrupt)
    }

    /// Runs propagators until nothing changes, or this often.
    pub fn fixpoint_within(&mut self, runs: u64, interrupt: Interrupt) -> Fixpoint {
        let last = self.propagations.saturating_add(runs);
        self.wake(None);
        while let Some(index) = self.next() {
            self.slots[index].queued = false;
            let ran = self.run(index);
            let is_tired = ran.is_err() && self.store.is_tired();
            self.store.limit_writes(u64::MAX);
            match ran {
                Ok(Status::Entailed) => self.retire(index),
                Ok(Status::Fixpoint) => self.wake(Some(index)),
                Ok(Status::Open) => self.wake(None),
                Err(Conflict) if is_tired => {
                    self.wake(Some(index));
                    self.schedule(index);
                    self.unasked = PATIENCE;
                }
                Err(Conflict) => {
                    self.failures[index] += 1;
                    self.clear_queues();
                    return Fixpoint::Conflict;
                }
            }
            if self.unasked >= PATIENCE {
                self.unasked = 0;
                if interrupt() {
                    self.clear_queues();
                    return Fixpoint::Interrupted;
                }
            }
            if self.propagations >= last {
                return Fixpoint::Tired;
            }
        }
        Fixpoint::Reached
    }

    /// The cheapest that waits; but every now and then one of each dearer kind in turn, so that those whose bounds creep
    /// towards each other do not keep out one that would settle them.
    fn next(&mut self) -> Option<usize> {
        const TURN: u64 = 64;
        let mut queues: [&mut VecDeque<usize>; Priority::COUNT] = self.queues.each_mut();
        if self.propagations.is_multiple_of(TURN) {
            let is_odd = (self.propagations / TURN) % 2 == 1;
            queues.rotate_left(if is_odd { 1 } else { 2 });
        }
        queues.into_iter().find_map(VecDeque::pop_front)
    }

    fn run(&mut self, index: usize) -> Result<Status, Conflict> {
        self.propagations += 1;
        let slot = &mut self.slots[index];
        slot.runs += 1;
        self.unasked += slot.weight;
        self.store.limit_writes(WRITES);
        slot.propagator.propagate(&mut self.store)
    }

    fn retire(&mut self, index: usize) {
        self.slots[index].entailed = true;
        self.store.record_entailed(index);
        self.wake(None);
    }

    /// Schedules whoever watches what changed, except one that is at its fixpoint.
    fn wake(&mut self, at_fixpoint: Option<usize>) {
        let mut pending = std::mem::take(&mut self.pending);
        self.store.take_events(&mut pending);
        for &(var, events) in &pending {
            let Some(watchers) = self.watchers.get(var.index()) else { continue };
            for position in 0..watchers.len() {
                let (index, wanted) = self.watchers[var.index()][position];
                if wanted.intersects(events) && at_fixpoint != Some(index) {
                    self.schedule(index);
                }
            }
        }
        self.pending = pending;
    }

    fn schedule(&mut self, index: usize) {
        let slot = &mut self.slots[index];
        if !slot.queued && !slot.entailed {
            slot.queued = true;
            self.queues[slot.priority as usize].push_back(index);
        }
    }

    /// Schedules every propagator that can still cut: after an interruption, or when what waited was lost on the way back.
    pub fn schedule_all(&mut self) {
        for index in 0..self.slots.len() {
            self.schedule(index);
        }
    }

    fn clear_queues(&mut self) {
        for queue in &mut self.queues {
            for index in queue.drain(..) {
                self.slots[index].queued = false;
            }
        }
    }

    /// Opens a level of the search.
    pub fn push_level(&mut self) {
        self.store.push_level();
    }

    /// How many levels are open.
    pub fn level(&self) -> usize {
        self.store.level()
    }

    /// Undoes the newest level.
    pub fn pop_level(&mut self) {
        self.clear_queues();
        let slots = &mut self.slots;
        self.store.pop_level(|index| slots[index].entailed = false);
    }

    /// How often propagators ran.
    pub fn propagations(&self) -> u64 {
        self.propagations
    }

    /// How often propagators of each kind ran.
    pub fn propagations_by_family(&self) -> BTreeMap<Family, u64> {
        let mut sums = BTreeMap::new();
        for slot in &self.slots {
            *sums.entry(slot.propagator.family()).or_insert(0) += slot.runs;
        }
        sums
    }

    /// How many propagators were posted.
    pub fn propagators(&self) -> usize {
        self.slots.len()
    }

    /// The failures that each propagator found, in the order of posting.
    pub fn failures(&self) -> &[u64] {
        &self.failures
    }

    /// Puts the failures back to what they were; those left out, to none.
    pub fn set_failures(&mut self, failures: &[u64]) {
        self.failures.fill(0);
        self.failures[..failures.len()].copy_from_slice(failures);
    }

    /// For each variable, one more than the failures of the propagators that watch it: the weight of dom/wdeg.
    pub fn weight(&self, var: Var) -> u64 {
        let watchers = self.watchers.get(var.index()).map_or(&[][..], Vec::as_slice);
        1 + watchers.iter().map(|&(index, _)| self.failures[index]).sum::<u64>()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::Domain;
    use crate::propagators::linear::{Linear, Relation};

    fn equal(x: Var, y: Var) -> Box<dyn Propagator> {
        Box::new(Linear { terms: vec![(x, 1), (y, -1)], relation: Relation::Equal, constant: 0, meaning_of: None })
    }

    #[test]
    fn a_change_travels_through_all_propagators_in_one_run() {
        let mut engine = Engine::new();
        let vars: Vec<Var> = (0..6).map(|_| engine.store.add(Domain::progression(0, 9, 1))).collect();
        // Posted against the direction of travel, so that each must be woken by the next.
        for pair in vars.windows(2).rev() {
            engine.post(equal(pair[0], pair[1]));
        }
        assert_eq!(engine.fixpoint(&mut || false), Fixpoint::Reached);
        engine.push_level();
        engine.store.assign(vars[5], 4).unwrap();
        assert_eq!(engine.fixpoint(&mut || false), Fixpoint::Reached);
        assert!(vars.iter().all(|&var| engine.store.fixed(var) == Some(4)));
        engine.pop_level();
        assert!(vars.iter().all(|&var| engine.store.domain(var).len() == 10));
    }

    /// Moves a bound by one, over and over, inside a single run.
    #[derive(Debug)]
    struct Creeper(Var);

    impl Propagator for Creeper {
        fn scope(&self) -> Vec<(Var, Events)> {
            vec![(self.0, Events::DOMAIN)]
        }

        fn family(&self) -> Family {
            Family::Linear
        }

        fn consistency(&self) -> crate::propagator::Consistency {
            crate::propagator::Consistency::Check
        }

        fn propagate(&self, store: &mut Store) -> Result<Status, Conflict> {
            loop {
                store.raise(self.0, store.lo(self.0) + 1)?;
            }
        }
    }

    #[test]
    fn a_propagator_that_creeps_is_interrupted_and_keeps_what_it_has_cut() {
        let mut engine = Engine::new();
        let x = engine.store.add(Domain::progression(0, 1 << 50, 1));
        engine.post(Box::new(Creeper(x)));
        let mut asked = 0;
        let ended = engine.fixpoint(&mut || {
            asked += 1;
            asked == 3
        });
        assert_eq!((ended, engine.store.lo(x)), (Fixpoint::Interrupted, 3 * WRITES.cast_signed()));
        engine.schedule_all();
        assert_eq!(engine.fixpoint_within(2, &mut || false), Fixpoint::Tired);
        assert_eq!(engine.store.lo(x), 5 * WRITES.cast_signed());
        assert!(engine.failures().iter().all(|&failures| failures == 0), "none of them was a conflict");
    }

    #[test]
    fn a_propagator_that_is_cut_short_still_comes_to_its_conflict() {
        let mut engine = Engine::new();
        let x = engine.store.add(Domain::progression(0, 3 * WRITES.cast_signed() + 7, 1));
        engine.post(Box::new(Creeper(x)));
        assert_eq!(engine.fixpoint(&mut || false), Fixpoint::Conflict);
    }

    /// What is cut short while a literal is undecided says nothing of the literal.
    #[test]
    fn a_constraint_that_is_tried_and_cut_short_is_not_refuted() {
        let mut engine = Engine::new();
        let x = engine.store.add(Domain::progression(0, 1 << 50, 1));
        let truth = engine.store.add(Domain::progression(0, 1, 1));
        let literal = crate::store::Literal::of(truth);
        engine.post(Box::new(crate::propagators::implied::Implied { literal, constraint: Creeper(x) }));
        assert_eq!(engine.fixpoint(&mut || false), Fixpoint::Reached);
        assert_eq!((engine.store.fixed(truth), engine.store.lo(x)), (None, 0));
    }
}
