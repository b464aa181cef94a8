//! [`SpaceRows`]: the rows of a space one after the other.

use super::stops::{Stop, Stops};
use crate::space::diagram::{END, NOTHING, Node, NodeId};
use crate::space::solutions::SolutionSpace;
use std::iter::successors;

/// No continuation: the row is complete.
const COMPLETE: u32 = u32::MAX;

/// The rows of a [`SolutionSpace`], in its order.
///
/// As an iterator it gives each row as a vector of its own; [`SpaceRows::next_row`] lends the row and allocates nothing.
#[derive(Debug, Clone)]
pub struct SpaceRows<'a> {
    space: &'a SolutionSpace,
    row: Vec<i64>,
    choices: Vec<Choice>,
    /// Choices that are still to be gone through, as lists that share their ends: a node, and where the rest is.
    waiting: Vec<(NodeId, u32)>,
    /// The nodes to begin with, until that is done.
    start: Option<Box<[NodeId]>>,
    /// The first variable whose value was set since the row before.
    changed: u32,
    /// Where to stop on the way, for blocks.
    stops: Option<Box<Stops>>,
}

/// A choice on the way to the present row.
#[derive(Debug, Clone, Copy)]
struct Choice {
    node: NodeId,
    run: usize,
    index: u64,
    then: u32,
    waiting: usize,
    /// The last column that is set by this choice and those before it.
    last_column: u32,
}

impl SolutionSpace {
    /// All rows, in the order of the space.
    pub fn iter(&self) -> SpaceRows<'_> {
        SpaceRows::new(self)
    }
}

impl<'a> IntoIterator for &'a SolutionSpace {
    type Item = Vec<i64>;
    type IntoIter = SpaceRows<'a>;

    fn into_iter(self) -> SpaceRows<'a> {
        self.iter()
    }
}

impl<'a> SpaceRows<'a> {
    pub(in crate::space) fn new(space: &'a SolutionSpace) -> Self {
        Self::below(space, &[space.root])
    }

    /// The rows of independent nodes; columns that these do not set are of no meaning, unless they are fixed.
    pub(super) fn below(space: &'a SolutionSpace, nodes: &[NodeId]) -> Self {
        Self {
            space,
            row: space.fixed.clone(),
            choices: Vec::new(),
            waiting: Vec::new(),
            start: Some(nodes.into()),
            changed: 0,
            stops: None,
        }
    }

    pub(super) fn stopping(space: &'a SolutionSpace, stops: Stops) -> Self {
        Self { stops: Some(Box::new(stops)), ..Self::new(space) }
    }

    /// The next row, with a value for each variable of the model.
    pub fn next_row(&mut self) -> Option<&[i64]> {
        self.next_change().map(|(_, row)| row)
    }

    /// The next row and how many values at its start are as in the row before: a writer keeps their text. It is 0 for the
    /// first row.
    pub fn next_change(&mut self) -> Option<(usize, &[i64])> {
        let kept = self.step()?;
        Some((kept, &self.row))
    }

    /// What has been set of the present row, and where it has stopped.
    pub(super) fn present(&self) -> (&'a SolutionSpace, &[i64], Option<Stop<'_>>) {
        (self.space, &self.row, self.stops.as_deref().and_then(Stops::stop))
    }

    /// Goes to the next row; how many of its first values are kept.
    pub(super) fn step(&mut self) -> Option<usize> {
        let Some(start) = self.start.take() else {
            self.changed = u32::MAX;
            if let Some(stops) = &mut self.stops {
                stops.go_on();
            }
            return self.advance().then_some(self.changed as usize);
        };
        if start.contains(&NOTHING) {
            return None;
        }
        let list = start.iter().fold(COMPLETE, |list, &node| self.insert(node, list));
        self.descend(list);
        Some(0)
    }

    /// Goes on from the last choice that has another value.
    fn advance(&mut self) -> bool {
        if self.step_in_place() {
            return true;
        }
        while let Some(mut choice) = self.choices.pop() {
            let Node::Choice { runs, .. } = self.space.diagram.node(choice.node) else { unreachable!("a choice") };
            choice.index += 1;
            if choice.index == runs[choice.run].count {
                (choice.run, choice.index) = (choice.run + 1, 0);
            }
            if choice.run < runs.len() {
                self.waiting.truncate(choice.waiting);
                let list = self.take(choice);
                self.descend(list);
                return true;
            }
        }
        false
    }

    /// The next value of the last choice, where nothing is chosen after it: what most rows differ in.
    fn step_in_place(&mut self) -> bool {
        let Some(choice) = self.choices.last_mut().filter(|choice| choice.then == COMPLETE) else { return false };
        let Node::Choice { variable, runs } = self.space.diagram.node(choice.node) else { unreachable!("a choice") };
        let (run, value) = (&runs[choice.run], &mut self.row[*variable as usize]);
        if run.child != END {
            return false;
        }
        if choice.index + 1 < run.count {
            choice.index += 1;
            *value += run.step;
        } else {
            let Some(next) = runs.get(choice.run + 1).filter(|next| next.child == END) else { return false };
            (choice.run, choice.index) = (choice.run + 1, 0);
            *value = next.first;
        }
        self.changed = *variable;
        true
    }

    /// Sets the value of a choice; the list of what comes after it.
    fn take(&mut self, choice: Choice) -> u32 {
        let Node::Choice { variable, runs } = self.space.diagram.node(choice.node) else { unreachable!("a choice") };
        let run = &runs[choice.run];
        self.row[*variable as usize] = run.value(choice.index);
        self.changed = self.changed.min(*variable);
        let last_column = self.choices.last().map_or(*variable, |before| before.last_column.max(*variable));
        let (child, then) = (run.child, choice.then);
        self.choices.push(Choice { last_column, ..choice });
        self.insert(child, then)
    }

    /// Takes the first value of every choice from a list of nodes on.
    fn descend(&mut self, mut list: u32) {
        while list != COMPLETE && !self.stops_at(list) {
            let (node, then) = self.waiting[list as usize];
            let waiting = self.waiting.len();
            list = self.take(Choice { node, run: 0, index: 0, then, waiting, last_column: 0 });
        }
    }

    fn stops_at(&mut self, list: u32) -> bool {
        let Some(stops) = &mut self.stops else { return false };
        let waiting = &self.waiting;
        let entry = |list: u32| (list != COMPLETE).then(|| waiting[list as usize]);
        let nodes = successors(entry(list), |&(_, then)| entry(then)).map(|(node, _)| node);
        stops.stop_at(nodes, self.choices.last().map(|choice| choice.last_column))
    }

    /// A list with one node more. The node that chooses the least column comes first, so that rows are gone through from
    /// left to right also where independent parts interleave.
    fn insert(&mut self, node: NodeId, list: u32) -> u32 {
        match self.space.diagram.node(node) {
            Node::Nothing => unreachable!("nodes without rows are cut off"),
            Node::End => list,
            Node::Split(parts) => parts.iter().rev().fold(list, |list, &part| self.insert(part, list)),
            Node::Choice { variable, .. } => self.insert_choice(node, *variable, list),
        }
    }

    fn insert_choice(&mut self, node: NodeId, column: u32, mut list: u32) -> u32 {
        let mut before = Vec::new();
        while list != COMPLETE && self.column(self.waiting[list as usize].0) < column {
            let (head, then) = self.waiting[list as usize];
            before.push(head);
            list = then;
        }
        list = self.wait(node, list);
        before.into_iter().rev().fold(list, |list, head| self.wait(head, list))
    }

    fn wait(&mut self, node: NodeId, then: u32) -> u32 {
        self.waiting.push((node, then));
        u32::try_from(self.waiting.len() - 1).expect("fewer than 2^32 nodes")
    }

    /// The column that a choice sets.
    fn column(&self, node: NodeId) -> u32 {
        let Node::Choice { variable, .. } = self.space.diagram.node(node) else { unreachable!("a choice") };
        *variable
    }
}

impl Iterator for SpaceRows<'_> {
    type Item = Vec<i64>;

    fn next(&mut self) -> Option<Vec<i64>> {
        self.next_row().map(<[i64]>::to_vec)
    }
}
