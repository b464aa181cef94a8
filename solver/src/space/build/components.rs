//! The independent parts of a residual problem: open variables that truths connect, and those truths.

use crate::space::terms::term::{Position, TermId, Terms};
use smallvec::SmallVec;

/// Variables that truths connect, ascending, and those truths, in their order.
pub(super) struct Component {
    pub(super) variables: SmallVec<[Position; 16]>,
    pub(super) truths: SmallVec<[TermId; 16]>,
}

impl Component {
    fn new() -> Self {
        Self { variables: SmallVec::new(), truths: SmallVec::new() }
    }
}

/// The components of truths over the variables in `open`, by first variable.
pub(super) fn components(terms: &Terms, truths: &[TermId], open: &[Position]) -> Vec<Component> {
    match open.last() {
        Some(&last) if last < u64::BITS => by_masks(terms, truths, open),
        _ => by_leaders(terms, truths, open),
    }
}

/// With few positions, a set of variables is a machine word.
fn by_masks(terms: &Terms, truths: &[TermId], open: &[Position]) -> Vec<Component> {
    let mut groups: SmallVec<[u64; 16]> = SmallVec::new();
    let mut free = open.iter().fold(0, |mask, &position| mask | 1u64 << position);
    for &truth in truths {
        let mut mask = terms.mask(truth);
        free &= !mask;
        groups.retain(|group| {
            let apart = *group & mask == 0;
            mask |= if apart { 0 } else { *group };
            apart
        });
        groups.push(mask);
    }
    groups.extend(bits(free).map(|position| 1u64 << position));
    groups.sort_unstable_by_key(|group| group.trailing_zeros());
    let component = |&group: &u64| Component {
        variables: bits(group).collect(),
        truths: truths.iter().copied().filter(|&truth| terms.mask(truth) & group != 0).collect(),
    };
    groups.iter().map(component).collect()
}

/// The places of the bits that are set, ascending.
fn bits(mut mask: u64) -> impl Iterator<Item = u32> {
    std::iter::from_fn(move || {
        let place = (mask != 0).then(|| mask.trailing_zeros())?;
        mask &= mask - 1;
        Some(place)
    })
}

fn by_leaders(terms: &Terms, truths: &[TermId], open: &[Position]) -> Vec<Component> {
    let index_of = |position: &Position| open.binary_search(position).expect("open");
    let mut leader: Vec<usize> = (0..open.len()).collect();
    for &truth in truths {
        let mut variables = terms.variables(truth).iter().map(index_of);
        let Some(first) = variables.next() else { continue };
        let mut root = find(&mut leader, first);
        for other in variables {
            let other = find(&mut leader, other);
            let (low, high) = (root.min(other), root.max(other));
            leader[high] = low;
            root = low;
        }
    }
    let mut parts: Vec<Component> = Vec::new();
    let mut part_of = vec![usize::MAX; open.len()];
    for (index, &position) in open.iter().enumerate() {
        let root = find(&mut leader, index);
        if part_of[root] == usize::MAX {
            part_of[root] = parts.len();
            parts.push(Component::new());
        }
        parts[part_of[root]].variables.push(position);
    }
    for &truth in truths {
        let first = terms.variables(truth).iter().map(index_of).next().expect("decided truths are gone");
        let root = find(&mut leader, first);
        parts[part_of[root]].truths.push(truth);
    }
    parts
}

fn find(leader: &mut [usize], mut index: usize) -> usize {
    while leader[index] != index {
        leader[index] = leader[leader[index]];
        index = leader[index];
    }
    index
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::arith::Interval;
    use crate::domain::Domain;
    use crate::space::terms::sets::Domains;
    use crate::space::terms::term::{Draft, Operator};

    #[test]
    fn bits_find_the_components_that_leaders_find() {
        let domains = vec![Domain::from_interval(Interval::new(0, 9)); 12];
        let mut terms = Terms::new(Domains::new(&domains));
        for seed in 0..200u32 {
            let mut state = seed;
            let mut draw = |below: u32| {
                state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                (state >> 16) % below
            };
            let open: Vec<Position> = (0..12).filter(|_| draw(4) > 0).collect();
            let mut truths = Vec::new();
            for _ in 0..if open.is_empty() { 0 } else { draw(7) } {
                let speaks_of = (0..=draw(3)).map(|_| open[draw(12) as usize % open.len()]);
                let variables: Vec<TermId> = speaks_of.map(|place| terms.intern(Draft::Variable(place))).collect();
                truths.push(terms.intern(Draft::Apply(&Operator::AllDifferent, &variables)));
            }
            let (found, known) = (by_masks(&terms, &truths, &open), by_leaders(&terms, &truths, &open));
            assert_eq!(found.len(), known.len());
            for (found, known) in found.iter().zip(known) {
                assert_eq!((&found.variables, &found.truths), (&known.variables, &known.truths), "{seed}");
            }
        }
    }
}
