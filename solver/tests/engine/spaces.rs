//! Solution spaces against lists of all solutions.

use crate::brute_force::held_against;
use crate::random::any_model;
use crate::random::equations::any_equations;
use crate::random::products::any_products;
use crate::random::ranges::any_ranges;
use crate::random::tuples::any_tuples;
use crate::reference::brute_force;
use constrint_solver::{Limits, Model, SolutionSpace, SpaceError};
use proptest::prelude::*;
use std::collections::BTreeMap;

/// Everything that a space says of its rows, against a list of them.
pub(crate) fn check_space(model: &Model, solutions: &[Vec<i64>], space: &SolutionSpace) {
    assert_eq!(space.len(), solutions.len().into());
    let mut rows: Vec<Vec<i64>> = space.iter().collect();
    for (index, row) in rows.iter().enumerate() {
        assert_eq!(space.get(&index.into()).as_ref(), Some(row));
        assert!(space.contains(row));
    }
    assert_eq!(space.get(&rows.len().into()), None);
    if space.is_lexicographic() {
        assert_eq!(rows, solutions);
    }
    check_blocks(&rows, space);
    check_counts(model, &rows, space);
    check_neighbours(model, solutions, space);
    rows.sort();
    assert_eq!(rows, solutions);
}

/// Blocks of any size are the same rows in the same order; what they say of common values and of common ends is true.
fn check_blocks(rows: &[Vec<i64>], space: &SolutionSpace) {
    for most in [0, 1, 2, 10, u32::MAX] {
        let (mut blocks, mut seen, mut row) = (space.blocks(most), 0, vec![7; 3]);
        let mut ends_of: BTreeMap<u32, Vec<Vec<i64>>> = BTreeMap::new();
        let mut start = Vec::new();
        while let Some(block) = blocks.next_block() {
            assert!(block.len() <= most.max(1).into());
            assert_eq!(block.start()[..block.kept()], start[..block.kept()]);
            start = block.start().to_vec();
            let (from, mut ends) = (seen, Vec::new());
            let visited = block.visit_rows(&mut row, |kept, row| {
                assert_eq!(row, rows[seen]);
                assert!(seen == 0 || row[..kept] == rows[seen - 1][..kept]);
                ends.push(row[block.start().len()..].to_vec());
                seen += 1;
                Ok::<(), ()>(())
            });
            assert_eq!((visited, block.len()), (Ok(()), (seen - from) as u64));
            if let Some(part) = block.part() {
                assert_eq!(ends_of.entry(part).or_insert_with(|| ends.clone()), &ends);
            }
        }
        assert_eq!(seen, rows.len());
    }
}

fn check_counts(model: &Model, rows: &[Vec<i64>], space: &SolutionSpace) {
    for variable in model.variable_ids() {
        let mut counts = BTreeMap::new();
        for row in rows {
            *counts.entry(row[variable.index()]).or_insert_with(|| 0u32.into()) += 1u32;
        }
        assert_eq!(space.counts(variable), Some(counts));
    }
}

/// What differs from a solution in one value is one or is none.
fn check_neighbours(model: &Model, solutions: &[Vec<i64>], space: &SolutionSpace) {
    for (index, values) in model.variables().iter().enumerate() {
        for row in solutions.iter().take(20) {
            for value in values.values.iter().take(6) {
                let mut other = row.clone();
                other[index] = value;
                assert_eq!(space.contains(&other), solutions.binary_search(&other).is_ok());
            }
        }
    }
}

#[test]
fn spaces_equal_brute_force() {
    let models = prop_oneof![
        4 => any_model(2000),
        1 => any_products(500),
        1 => any_tuples(2000),
        2 => any_equations(2000),
    ];
    held_against(1300, models, |model| {
        let Some(solutions) = brute_force(&model) else { return Ok(()) };
        match SolutionSpace::build(&model, &Limits::default()) {
            Ok(space) => {
                assert_eq!(SolutionSpace::count(&model, &Limits::default()), Ok(solutions.len().into()));
                check_space(&model, &solutions, &space);
            }
            // Brute force stops at the first constraint that fails, and may never meet the power.
            Err(SpaceError::PowerTooLarge) => {}
            Err(error) => panic!("{error}"),
        }
        Ok(())
    });
}

/// Counts that find intervals, residues and divisors instead of trying values, and the sets that spaces keep of them.
#[test]
fn spaces_of_long_ranges_equal_brute_force() {
    held_against(150, any_ranges(), |model| {
        let Some(solutions) = brute_force(&model) else { return Ok(()) };
        let space = match SolutionSpace::build(&model, &Limits::default()) {
            Ok(space) => space,
            Err(SpaceError::PowerTooLarge) => return Ok(()),
            Err(error) => panic!("{error}"),
        };
        assert_eq!(SolutionSpace::count(&model, &Limits::default()), Ok(solutions.len().into()));
        assert_eq!(space.len(), solutions.len().into());
        assert!(space.iter().eq(solutions.iter().cloned()), "in order");
        for index in (0..solutions.len()).step_by(97) {
            assert_eq!(space.get(&index.into()).as_ref(), Some(&solutions[index]));
            assert!(space.contains(&solutions[index]));
        }
        assert!(space.sample(20, 7).iter().all(|row| solutions.binary_search(row).is_ok()));
        Ok(())
    });
}
