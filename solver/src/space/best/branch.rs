//! Branch and bound over a diagram, for objectives with too many different residuals.
//!
//! Depth first, the child with the best bound first. A bound is that of the residual over the hulls of the variables below
//! the nodes of its state. States that dynamic programming has solved, that are settled or fall into independent groups
//! are solved as such.

use super::entries::{Best, Entries};
use super::hulls::Hulls;
use super::optimise::{Child, Optimiser};
use super::residual::Scaled;
use crate::space::diagram::{Node, NodeId};
use crate::space::error::SpaceError;
use crate::space::terms::exact::Exact;
use crate::space::terms::term::TermId;
use num_bigint::BigUint;

/// A child, and a value and an index that none of its rows is below; no value where it has no bound.
struct Bounded {
    bound: Option<Exact>,
    index: BigUint,
    child: Child,
}

impl Optimiser<'_> {
    /// The best rows of a state, by branch and bound.
    pub(super) fn complete(&mut self, parts: &[NodeId], term: TermId) -> Result<Entries, SpaceError> {
        if let Some(settled) = self.settled(parts, term)? {
            return Ok(settled);
        }
        if self.hulls.is_none() {
            self.hulls = Some(self.hulls_of(term));
        }
        let entries = if let Some(groups) = self.groups(parts, term) {
            self.combined(parts, &groups, Self::complete)?
        } else {
            let mut best = Best::new(self.count);
            let whole = Scaled { scale: Exact::ONE, constant: Exact::ZERO, base: term };
            self.branch(parts, &whole, &BigUint::ZERO, &mut best)?;
            best.into_entries()
        };
        self.known.insert((parts.into(), term), entries.clone());
        Ok(entries)
    }

    fn hulls_of(&self, term: TermId) -> Hulls {
        let positions = self.residuals.terms.variables(term).to_vec();
        let mut hulls = Hulls { hulls: Vec::new(), positions };
        for id in (0..).take(self.space.diagram.len()) {
            let node = self.space.diagram.node(id);
            let children = node.children();
            for (slot, &position) in hulls.positions.iter().enumerate() {
                let hull = match node {
                    Node::Choice { variable, runs } if self.places[*variable as usize] == position => {
                        runs.iter().fold((i64::MAX, i64::MIN), |a, run| (a.0.min(run.first), a.1.max(run.last())))
                    }
                    _ => {
                        let below = children.iter().map(|&child| hulls.of(child, slot));
                        below.fold((i64::MAX, i64::MIN), |a, b| (a.0.min(b.0), a.1.max(b.1)))
                    }
                };
                hulls.hulls.push(hull);
            }
        }
        hulls
    }

    /// Adds the best rows of a state, whose indices start at `start`.
    fn branch(
        &mut self,
        parts: &[NodeId],
        residual: &Scaled,
        start: &BigUint,
        best: &mut Best,
    ) -> Result<(), SpaceError> {
        self.spend(parts)?;
        let mut children: Vec<Bounded> = Vec::new();
        for child in self.children(parts, residual.base)? {
            let child = Child { residual: residual.then(&child.residual), ..child };
            let bound = self.bound(&child);
            children.push(Bounded { bound, index: start + &child.index, child });
        }
        // No bound comes first.
        children.sort_by(|a, b| (&a.bound, &a.index).cmp(&(&b.bound, &b.index)));
        for Bounded { bound, index, child } in children {
            for time in 0..child.repeats.min(self.count as u64) {
                let index = &index + &child.stride * time;
                if let (Some(bound), Some(worst)) = (&bound, best.worst())
                    && (bound, &index) >= (&worst.value, &worst.index)
                {
                    break;
                }
                self.visit(&child, &index, best)?;
            }
        }
        Ok(())
    }

    fn visit(&mut self, child: &Child, start: &BigUint, best: &mut Best) -> Result<(), SpaceError> {
        let Child { parts, residual, .. } = child;
        let settled = match self.settled(parts, residual.base)? {
            None if self.groups(parts, residual.base).is_some() => Some(self.complete(parts, residual.base)?),
            settled => settled,
        };
        match settled {
            Some(entries) => best.add(&entries, residual, start, 1, &BigUint::ZERO),
            None => self.branch(parts, residual, start, best)?,
        }
        Ok(())
    }

    fn bound(&self, child: &Child) -> Option<Exact> {
        let hulls = self.hulls.as_ref().expect("computed before");
        let span = self.residuals.terms.span(child.residual.base, &|position| hulls.among(&child.parts, position));
        span.lo.map(|lo| child.residual.of(&lo))
    }
}
