//! [`SpaceRows`]: the rows of a space one after the other.

use super::SolutionSpace;
use super::diagram::{END, NOTHING, Node, NodeId};

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
    /// Nodes that are still to be gone through, as lists that share their ends: a node, and where the rest is.
    waiting: Vec<(NodeId, u32)>,
    started: bool,
    /// The first variable whose value was set since the row before.
    changed: u32,
}

/// A choice on the way to the present row.
#[derive(Debug, Clone)]
struct Choice {
    node: NodeId,
    run: usize,
    index: u64,
    then: u32,
    waiting: usize,
}

impl<'a> SpaceRows<'a> {
    pub(super) fn new(space: &'a SolutionSpace) -> Self {
        let row = space.fixed.clone();
        Self { space, row, choices: Vec::new(), waiting: Vec::new(), started: false, changed: 0 }
    }

    /// The next row, with a value for each variable of the model.
    pub fn next_row(&mut self) -> Option<&[i64]> {
        self.next_change().map(|(_, row)| row)
    }

    /// The next row and how many values at its start are as in the row before: a writer keeps their text. It is 0 for the
    /// first row.
    pub fn next_change(&mut self) -> Option<(usize, &[i64])> {
        self.changed = u32::MAX;
        let first = !self.started;
        let found = if self.started {
            self.advance()
        } else {
            self.started = true;
            let root = self.space.root;
            root != NOTHING && {
                self.descend(root, COMPLETE);
                true
            }
        };
        let kept = if first { 0 } else { self.changed as usize };
        found.then_some((kept, &self.row))
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
                let (node, then) = self.take(choice);
                self.descend(node, then);
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

    /// Sets the value of a choice; what comes after it.
    fn take(&mut self, choice: Choice) -> (NodeId, u32) {
        let Node::Choice { variable, runs } = self.space.diagram.node(choice.node) else { unreachable!("a choice") };
        let run = &runs[choice.run];
        self.row[*variable as usize] = run.value(choice.index);
        self.changed = self.changed.min(*variable);
        let next = (run.child, choice.then);
        self.choices.push(choice);
        next
    }

    /// Takes the first value of every choice from a node on.
    fn descend(&mut self, mut node: NodeId, mut then: u32) {
        loop {
            match self.space.diagram.node(node) {
                Node::Nothing => unreachable!("nodes without rows are cut off"),
                Node::End if then == COMPLETE => return,
                Node::End => (node, then) = self.waiting[then as usize],
                Node::Split(parts) => {
                    for &part in parts[1..].iter().rev() {
                        self.waiting.push((part, then));
                        then = u32::try_from(self.waiting.len() - 1).expect("fewer than 2^32 parts");
                    }
                    node = parts[0];
                }
                Node::Choice { .. } => {
                    let waiting = self.waiting.len();
                    (node, then) = self.take(Choice { node, run: 0, index: 0, then, waiting });
                }
            }
        }
    }
}

impl Iterator for SpaceRows<'_> {
    type Item = Vec<i64>;

    fn next(&mut self) -> Option<Vec<i64>> {
        self.next_row().map(<[i64]>::to_vec)
    }
}
