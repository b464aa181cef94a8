//! Neighbours: the solutions near a row, in the three senses of Kernel Tuner.

use crate::model::Values;
use crate::space::diagram::cut::copy;
use crate::space::diagram::runs::push_run;
use crate::space::diagram::{END, Growing, NOTHING, Node, NodeId, Run, push_value};
use crate::space::solutions::SolutionSpace;
use rustc_hash::FxHashMap;
use std::collections::BTreeMap;

/// Which solutions are near a row.
///
/// These are the neighbour methods of Kernel Tuner's `Searchspace` (`Hamming`, `adjacent` and `strictly-adjacent` in its
/// `searchspace.py`). There, the index of a value is its place in the list as the user wrote it; here values are
/// ascending, so that the two agree where the list was ascending.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Neighbourhood {
    /// Exactly one variable differs, by any amount.
    Hamming,
    /// Each variable has the same value, or the next lower or higher among those that it has in some solution.
    Adjacent,
    /// Each variable has the same value, or the next lower or higher among those declared for it. What is adjacent in
    /// this sense is so in the other sense too.
    StrictlyAdjacent,
}

/// Parts that are still to be gone through, by the place of their first variable.
type Pending = BTreeMap<u32, NodeId>;

impl SolutionSpace {
    /// The solutions near a row, without the row itself, as a space of its own: to be counted, listed, or sampled from.
    /// The row need not be a solution, nor its values be declared; with another number of values than the space has
    /// variables, it has no neighbours.
    ///
    /// Independent parts may be interleaved, so that rows are in lexicographic order where those of the whole space are
    /// not; where they are, the order is the same. [`Neighbourhood::Adjacent`] takes a pass over the diagram, the others
    /// look at what they reach.
    ///
    /// ```
    /// use constrint_solver::{Limits, Model, Neighbourhood, SolutionSpace, Values, language};
    ///
    /// let mut model = Model::new();
    /// model.add_variable("x", Values::list([1, 2, 4, 8])?)?;
    /// model.add_variable("y", Values::range(1, 9, 1)?)?;
    /// let expr = language::parse("x != 2 and y % 3 == 0", &model)?;
    /// model.require(expr);
    /// let space = SolutionSpace::build(&model, &Limits::default())?;
    /// let near = |kind| space.neighbours(&[1, 6], kind).iter().collect::<Vec<_>>();
    /// assert_eq!(near(Neighbourhood::Hamming), [[1, 3], [1, 9], [4, 6], [8, 6]]);
    /// assert_eq!(near(Neighbourhood::Adjacent), [[1, 3], [1, 9], [4, 3], [4, 6], [4, 9]]);
    /// assert!(near(Neighbourhood::StrictlyAdjacent).is_empty());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn neighbours(&self, row: &[i64], neighbourhood: Neighbourhood) -> Self {
        if row.len() != self.fixed.len() || self.is_empty() {
            return self.with_diagram(&Growing::new(), NOTHING);
        }
        match neighbourhood {
            Neighbourhood::Hamming => self.with_one_change(row),
            Neighbourhood::Adjacent => self.beside(&self.occurring_around(row), row),
            Neighbourhood::StrictlyAdjacent => {
                let around = |(variable, &value): (&crate::model::Variable, _)| around(&variable.values, value);
                self.beside(&self.variables.iter().zip(row).map(around).collect::<Vec<_>>(), row)
            }
        }
    }

    /// The solutions with these values, ascending for each variable, but for a row.
    fn beside(&self, values: &[Vec<i64>], row: &[i64]) -> Self {
        let sets: Vec<Values> = values.iter().cloned().map(Values::List).collect();
        self.within(&sets.iter().map(Some).collect::<Vec<_>>()).without(row)
    }

    /// For each variable, the value of the row and the next ones that occur in solutions.
    fn occurring_around(&self, row: &[i64]) -> Vec<Vec<i64>> {
        let mut below: Vec<Option<i64>> = vec![None; row.len()];
        let mut above = below.clone();
        let mut see = |variable: usize, run: &Run| {
            let value = row[variable];
            below[variable] = below[variable].max(run.below(value));
            above[variable] = [above[variable], run.above(value)].into_iter().flatten().min();
        };
        for (variable, &first) in self.fixed.iter().enumerate() {
            if !self.open.contains(&u32::try_from(variable).expect("fewer than 2^32 variables")) {
                see(variable, &Run { first, step: 0, count: 1, child: END });
            }
        }
        for id in (0..).take(self.diagram.len()) {
            if let Node::Choice { variable, runs } = self.diagram.node(id) {
                runs.iter().for_each(|run| see(*variable as usize, run));
            }
        }
        let around = row.iter().zip(below).zip(above);
        around.map(|((&value, below), above)| [below, Some(value), above].into_iter().flatten().collect()).collect()
    }

    /// All solutions but one.
    fn without(&self, row: &[i64]) -> Self {
        if !self.contains(row) {
            return self.clone();
        }
        let mut growing = Growing::new();
        let moved = copy(&self.diagram, self.root, &mut growing, |_| None);
        let root = self.along(row, &mut growing, |_, node| moved[&node]);
        self.with_diagram(&growing, root)
    }

    fn with_one_change(&self, row: &[i64]) -> Self {
        let mut growing = Growing::new();
        let mut open = vec![false; row.len()];
        self.open.iter().for_each(|&variable| open[variable as usize] = true);
        let changed = (0..row.len()).filter(|&variable| !open[variable] && row[variable] != self.fixed[variable]);
        let root = match changed.count() {
            0 => {
                let mut known = FxHashMap::default();
                let places = self.places();
                self.along(row, &mut growing, |growing, node| {
                    *known.entry(node).or_insert_with(|| self.exactly(row, node, &places, growing))
                })
            }
            1 => self.exactly(row, self.root, &self.places(), &mut growing),
            _ => NOTHING,
        };
        self.with_diagram(&growing, root)
    }

    /// The place of each variable in the order of the diagram.
    pub(in crate::space) fn places(&self) -> Vec<u32> {
        let mut places = vec![u32::MAX; self.fixed.len()];
        (0..).zip(&self.open).for_each(|(place, &variable)| places[variable as usize] = place);
        places
    }

    fn await_parts(&self, node: NodeId, places: &[u32], pending: &mut Pending) {
        match self.diagram.node(node) {
            Node::Nothing | Node::End => {}
            Node::Split(parts) => parts.iter().for_each(|&part| self.await_parts(part, places, pending)),
            Node::Choice { variable, .. } => drop(pending.insert(places[*variable as usize], node)),
        }
    }

    /// Those rows of a node that have the values of a row, at most one, as a chain.
    fn exactly(&self, row: &[i64], node: NodeId, places: &[u32], growing: &mut Growing) -> NodeId {
        let mut pending = Pending::new();
        self.await_parts(node, places, &mut pending);
        let mut variables = Vec::new();
        while let Some((_, node)) = pending.pop_first() {
            let Node::Choice { variable, runs } = self.diagram.node(node) else { unreachable!("a choice") };
            let Some(run) = runs.iter().find(|run| run.contains(row[*variable as usize])) else { return NOTHING };
            variables.push(*variable);
            self.await_parts(run.child, places, &mut pending);
        }
        variables.into_iter().rev().fold(END, |child, variable| {
            growing.choice(variable, vec![Run { first: row[variable as usize], step: 0, count: 1, child }])
        })
    }

    /// Rows that follow a row for some variables and then leave it: `off` says what becomes of the nodes from there on.
    fn along(&self, row: &[i64], growing: &mut Growing, mut off: impl FnMut(&mut Growing, NodeId) -> NodeId) -> NodeId {
        let places = self.places();
        let mut pending = Pending::new();
        self.await_parts(self.root, &places, &mut pending);
        let mut steps: Vec<(u32, &[Run], Pending)> = Vec::new();
        while let Some((_, node)) = pending.pop_first() {
            let Node::Choice { variable, runs } = self.diagram.node(node) else { unreachable!("a choice") };
            steps.push((*variable, runs, pending.clone()));
            let Some(run) = runs.iter().find(|run| run.contains(row[*variable as usize])) else { break };
            self.await_parts(run.child, &places, &mut pending);
        }
        let mut same = NOTHING;
        for (variable, runs, rest) in steps.into_iter().rev() {
            let value = row[variable as usize];
            let mut left = Vec::new();
            for run in runs {
                let mut parts = rest.clone();
                self.await_parts(run.child, &places, &mut parts);
                let parts: Vec<NodeId> = parts.into_values().map(|part| off(growing, part)).collect();
                let run = Run { child: growing.split(&parts), ..run.clone() };
                let rank = run.rank(value);
                push_run(&mut left, &run.part(0, rank));
                if run.contains(value) {
                    push_value(&mut left, value, same);
                }
                push_run(&mut left, &run.part(rank + u64::from(run.contains(value)), run.count));
            }
            same = growing.choice(variable, left);
        }
        same
    }
}

/// A value and the next ones in the list.
fn around(values: &Values, value: i64) -> Vec<i64> {
    let run = match values {
        Values::Range { min, step, .. } => Run { first: *min, step: *step, count: values.len(), child: END },
        Values::List(list) => {
            let place = list.partition_point(|&other| other < value);
            let above = list[place..].iter().find(|&&other| other > value);
            return place
                .checked_sub(1)
                .map(|place| list[place])
                .into_iter()
                .chain([value])
                .chain(above.copied())
                .collect();
        }
    };
    [run.below(value), Some(value), run.above(value)].into_iter().flatten().collect()
}
