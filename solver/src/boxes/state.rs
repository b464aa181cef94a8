//! Where an exploration stands: the box it is in and those on the way to it, and what each followed from.

use super::column::Column;
use super::cut::Cut;
use super::direction::Direction;
use super::pending::Pending;
use super::ready::Boxes;
use super::splits::Splits;
use super::tape::Node;
use super::value::Value;

/// Which variables to split first.
#[derive(Debug, Clone, Default)]
pub(crate) struct Guide {
    /// How often each variable of the model had a part in a failure; empty where nothing is known.
    pub(crate) weights: Vec<u64>,
    pub(crate) order: Order,
}

/// What speaks for splitting a variable, beside the failures it had a part in.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Order {
    /// That it has few values left, and that the goal depends on it.
    #[default]
    FewValues,
    /// Nothing.
    Failures,
}

impl Guide {
    /// Nothing is known yet.
    pub(crate) fn of(order: Order) -> Self {
        Self { weights: Vec::new(), order }
    }
}

/// A box: ranges of indices of the open variables, and what every operation can be.
#[derive(Debug, Clone, Default)]
pub(super) struct Frame {
    pub(super) ranges: Vec<(u64, u64)>,
    /// For each open variable, the splits that its range follows from.
    pub(super) reasons: Vec<Splits>,
    pub(super) values: Vec<Value>,
}

pub(super) struct Explorer<'b> {
    pub(super) boxes: &'b Boxes<'b>,
    /// The variables that are not fixed, and their values.
    pub(super) open: Vec<(usize, Column)>,
    /// For each variable of the model, its place among the open ones.
    pub(super) places: Vec<Option<usize>>,
    /// For each operation that must be true, the open variables that have a part in it.
    pub(super) roots: Vec<(Node, u64)>,
    /// The same for the goal.
    pub(super) goals: Vec<(Node, u64)>,
    /// The open variables that say how good a box can be.
    pub(super) decisive: u64,
    pub(super) guide: &'b mut Guide,
    /// What a box costs that is made by splitting each open variable.
    pub(super) costs: Vec<u64>,
    pub(super) frames: Vec<Frame>,
    /// The value of each variable, where it is fixed.
    pub(super) point: Vec<i64>,
    pub(super) cut: Option<Cut>,
    pub(super) best: Option<Vec<i64>>,
    pub(super) used: u64,
    /// When to ask whether to stop.
    pub(super) ask_at: u64,
    pub(super) budget: u64,
    pub(super) unsure: bool,
    pub(super) directions: Vec<Direction>,
    pub(super) corner: Vec<Value>,
    pub(super) pending: Pending,
    pub(super) stop: &'b mut dyn FnMut() -> bool,
}

/// The splits that a box holds no better solution for, whatever the others were.
pub(super) type Failed = Option<Splits>;

impl Explorer<'_> {
    pub(super) fn mask(&self, node: Node) -> u64 {
        let variables = self.boxes.tape.variables[node as usize].iter();
        variables.filter_map(|&variable| self.places[variable as usize]).fold(0, |mask, place| mask | 1 << place)
    }

    /// Whether all variables of the operation are fixed, within the ranges where there are some.
    pub(super) fn is_fixed(&self, node: Node, ranges: &[(u64, u64)]) -> bool {
        self.boxes.tape.variables[node as usize].iter().all(|&variable| {
            self.places[variable as usize]
                .is_none_or(|place| ranges.get(place).is_some_and(|&(first, last)| first == last))
        })
    }

    /// The splits that the ranges of these variables follow from.
    pub(super) fn splits(&self, depth: usize, mut places: u64) -> Splits {
        let reasons = &self.frames[depth].reasons;
        let mut splits = 0;
        while places != 0 {
            splits |= reasons[places.trailing_zeros() as usize];
            places &= places - 1;
        }
        splits
    }

    pub(super) fn goal_splits(&self, depth: usize) -> Splits {
        self.splits(depth, self.goals.iter().fold(0, |mask, &(_, of_goal)| mask | of_goal))
    }

    /// The first point of the box.
    pub(super) fn point_of(&self, ranges: &[(u64, u64)]) -> Vec<i64> {
        let mut point = self.point.clone();
        for ((variable, column), &(first, _)) in self.open.iter().zip(ranges) {
            point[*variable] = column.value(first);
        }
        point
    }
}
