//! Sums over independent parts: each group of terms is optimised by itself.

use super::entries::{Entries, Entry, smallest_sums};
use super::optimise::Optimiser;
use crate::space::diagram::{Node, NodeId};
use crate::space::error::SpaceError;
use crate::space::rows::frontier::Frontier;
use crate::space::terms::exact::Exact;
use crate::space::terms::term::{Position, TermId};
use num_bigint::BigUint;
use num_traits::Zero;
use std::rc::Rc;

/// Parts of a state that the same terms of its objective are about, and those terms.
pub(super) type Group = (Vec<usize>, TermId);

impl Optimiser<'_> {
    /// The terms of an objective by the independent parts that they are about; `None` where all parts are about one.
    pub(super) fn groups(&mut self, parts: &[NodeId], term: TermId) -> Option<Vec<Group>> {
        if parts.len() < 2 {
            return None;
        }
        let mut owner = vec![usize::MAX; self.places.len()];
        for (index, &part) in parts.iter().enumerate() {
            self.support(part).iter().for_each(|&position| owner[position as usize] = index);
        }
        let form = self.residuals.terms.form(term);
        // The first part of a group leads it. Those that no term is about are a group too.
        let mut leader: Vec<usize> = (0..parts.len()).collect();
        let mut touched = vec![false; parts.len()];
        for (part, _) in &form.terms {
            let owners: Vec<usize> =
                self.residuals.terms.variables(*part).iter().map(|&position| owner[position as usize]).collect();
            let lowest = owners.iter().map(|&owner| leader[owner]).min()?;
            let joined: Vec<usize> = owners.iter().map(|&owner| leader[owner]).collect();
            leader.iter_mut().filter(|other| joined.contains(other)).for_each(|other| *other = lowest);
            for owner in owners {
                touched[owner] = true;
            }
        }
        if let Some(idle) = touched.iter().position(|touched| !touched) {
            (0..parts.len()).filter(|&part| !touched[part]).for_each(|part| leader[part] = idle);
        }
        let mut groups: Vec<Group> = Vec::new();
        for first in (0..parts.len()).filter(|&part| leader[part] == part) {
            let about = |part: TermId| leader[owner[self.residuals.terms.variables(part)[0] as usize]] == first;
            let terms: Vec<_> = form.terms.iter().filter(|(part, _)| about(*part)).cloned().collect();
            let members = (0..parts.len()).filter(|&part| leader[part] == first).collect();
            groups.push((members, self.residuals.terms.sum(&terms, Exact::ZERO)));
        }
        (groups.len() > 1).then_some(groups)
    }

    /// The positions of the variables below a node: the same on every way through it.
    fn support(&mut self, node: NodeId) -> Rc<[Position]> {
        if let Some(known) = self.supports.get(&node) {
            return known.clone();
        }
        let mut found = Vec::new();
        let mut pending = vec![node];
        while let Some(node) = pending.pop() {
            match self.space.diagram.node(node) {
                Node::Nothing | Node::End => {}
                Node::Split(parts) => pending.extend_from_slice(parts),
                Node::Choice { variable, runs } => {
                    found.push(self.places[*variable as usize]);
                    pending.push(runs[0].child);
                }
            }
        }
        let support: Rc<[Position]> = found.into();
        self.supports.insert(node, support.clone());
        support
    }

    /// The best combinations of the best rows of groups.
    pub(super) fn combined<E: From<SpaceError>>(
        &mut self,
        parts: &[NodeId],
        groups: &[Group],
        solve: impl Fn(&mut Self, &[NodeId], TermId) -> Result<Entries, E>,
    ) -> Result<Entries, E> {
        let diagram = &self.space.diagram;
        let (mut sums, mut nodes) = (vec![Entry { value: Exact::ZERO, index: BigUint::zero() }], Vec::new());
        for (members, term) in groups {
            let more: Vec<NodeId> = members.iter().map(|&member| parts[member]).collect();
            let scaled = self.residuals.scaled(*term);
            let entries = solve(self, &more, scaled.base)?;
            let entries: Vec<Entry> =
                entries.iter().map(|entry| Entry { value: scaled.of(&entry.value), ..entry.clone() }).collect();
            let row = |of: &[NodeId], index: &BigUint, mut row: Vec<i64>| {
                Frontier::new(diagram, of).set(index.clone(), &mut row);
                row
            };
            let rows: Vec<Vec<i64>> =
                sums.iter().map(|entry| row(&nodes, &entry.index, self.space.fixed.clone())).collect();
            let joined = [&nodes[..], &more].concat();
            sums = smallest_sums(&sums, &entries, self.count, |i, j| {
                let row = row(&more, &entries[j].index, rows[i].clone());
                Frontier::new(diagram, &joined).index_of(&row).expect("a row of each")
            });
            nodes = joined;
        }
        Ok(sums.into())
    }
}
