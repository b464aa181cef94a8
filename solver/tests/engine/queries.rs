//! Queries of solution spaces against lists of all solutions.

use crate::brute_force::held_against;
use crate::random::products::any_products;
use crate::random::{any_expr, any_model};
use constrint_solver::space::Neighbourhood;
use constrint_solver::{Expr, Goal, Limits, Model, SolutionSpace, SpaceError, Values, VarId, checker};
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

/// Small numbers, each from the one before.
struct Draws(u64);

impl Draws {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % end
    }
}

/// A model, a seed for what is asked of it, and two terms of an objective.
fn any_asked(most: u64) -> impl Strategy<Value = (Model, u64, Expr, Expr)> {
    prop_oneof![3 => any_model(most), 2 => any_products(most / 4)].prop_flat_map(|model| {
        let expr = any_expr(model.variable_ids().collect());
        (Just(model), any::<u64>(), expr.clone(), expr)
    })
}

/// The space of a model and its rows in order; none where some power is too large.
fn space_of(model: &Model) -> Option<(SolutionSpace, Vec<Vec<i64>>)> {
    match SolutionSpace::build(model, &Limits::default()) {
        Ok(space) => {
            let rows = space.iter().collect();
            Some((space, rows))
        }
        Err(SpaceError::PowerTooLarge) => None,
        Err(error) => panic!("{error}"),
    }
}

/// Holds a space that a query made against the rows that it should have.
fn check_rows(space: &SolutionSpace, wanted: &BTreeSet<Vec<i64>>) {
    let rows: Vec<Vec<i64>> = space.iter().collect();
    assert_eq!(space.len(), wanted.len().into());
    assert_eq!(&rows.iter().cloned().collect::<BTreeSet<_>>(), wanted);
    assert_eq!(rows.len(), wanted.len(), "no row twice");
    for (index, row) in rows.iter().enumerate() {
        assert_eq!(space.get(&index.into()).as_ref(), Some(row));
        assert_eq!(space.index_of(row), Some(index.into()));
    }
    assert!(!space.is_lexicographic() || rows.is_sorted());
    for variable in space.variable_ids() {
        let mut counts = BTreeMap::new();
        for row in &rows {
            *counts.entry(row[variable.index()]).or_insert_with(|| 0u32.into()) += 1u32;
        }
        assert_eq!(space.counts(variable), Some(counts));
    }
}

/// Some values of a variable: a few declared ones, or a range.
fn some_values(values: &Values, draws: &mut Draws) -> Values {
    let declared: Vec<i64> = values.iter().collect();
    let mut any = || declared[draws.below(declared.len())];
    let (a, b, c) = (any(), any(), any());
    match draws.below(3) {
        0 => Values::list([a, b, c, c + 1]).unwrap(),
        1 => Values::range(a.min(b), a.max(b), 1).unwrap(),
        _ => Values::range(a.min(b) - 1, a.max(b), 3).unwrap(),
    }
}

fn check_restrictions(model: &Model, rows: &[Vec<i64>], space: &SolutionSpace, draws: &mut Draws) {
    let ids: Vec<VarId> = model.variable_ids().collect();
    let mut sets = Vec::new();
    for _ in 0..draws.below(ids.len() + 2) {
        let id = ids[draws.below(ids.len())];
        sets.push((id, some_values(&model.variable(id).values, draws)));
    }
    let inside = |row: &&Vec<i64>| sets.iter().all(|(id, values)| values.contains(row[id.index()]));
    check_rows(&space.restrict(&sets), &rows.iter().filter(inside).cloned().collect());
}

fn check_projections(model: &Model, rows: &[Vec<i64>], space: &SolutionSpace, draws: &mut Draws) {
    let mut ids: Vec<VarId> = model.variable_ids().collect();
    let mut chosen = Vec::new();
    for _ in 0..draws.below(ids.len() + 1) {
        chosen.push(ids.swap_remove(draws.below(ids.len())));
    }
    let part = space.project(&chosen, &Limits::default()).unwrap();
    let columns = |row: &Vec<i64>| chosen.iter().map(|id| row[id.index()]).collect();
    check_rows(&part, &rows.iter().map(columns).collect());
    for (id, variable) in chosen.iter().zip(part.variables()) {
        assert_eq!(variable, model.variable(*id));
    }
}

/// Whether two values are the same or no other of the values lies between them.
fn are_next(a: i64, b: i64, among: &BTreeSet<i64>) -> bool {
    !among.iter().any(|&value| a.min(b) < value && value < a.max(b))
}

fn check_near(model: &Model, rows: &[Vec<i64>], space: &SolutionSpace, row: &[i64]) {
    let of = |id: VarId| rows.iter().map(|row| row[id.index()]).collect::<BTreeSet<i64>>();
    let occurring: Vec<BTreeSet<i64>> = model.variable_ids().map(of).collect();
    let declared: Vec<BTreeSet<i64>> = model.variables().iter().map(|v| v.values.iter().collect()).collect();
    let all_next = |other: &[i64], among: &[BTreeSet<i64>]| {
        (0..row.len()).all(|index| are_next(row[index], other[index], &among[index]))
    };
    for kind in [Neighbourhood::Hamming, Neighbourhood::Adjacent, Neighbourhood::StrictlyAdjacent] {
        let near = |other: &&Vec<i64>| {
            *other != row
                && match kind {
                    Neighbourhood::Hamming => row.iter().zip(*other).filter(|(a, b)| a != b).count() == 1,
                    Neighbourhood::Adjacent => all_next(other, &occurring),
                    Neighbourhood::StrictlyAdjacent => all_next(other, &declared),
                }
        };
        let neighbours = space.neighbours(row, kind);
        check_rows(&neighbours, &rows.iter().filter(near).cloned().collect());
        if space.is_lexicographic() {
            assert!(neighbours.iter().is_sorted());
        }
    }
}

fn check_all_near(model: &Model, rows: &[Vec<i64>], space: &SolutionSpace, draws: &mut Draws) {
    let declared = model.variables().iter().map(|variable| variable.values.iter().nth(draws.below(3)).unwrap_or(1));
    let mut asked: Vec<Vec<i64>> = vec![declared.collect()];
    if !rows.is_empty() {
        asked.extend((0..3).map(|_| rows[draws.below(rows.len())].clone()));
        let mut beside = rows[draws.below(rows.len())].clone();
        let index = draws.below(beside.len());
        beside[index] += 1;
        asked.push(beside);
    }
    for row in &asked {
        check_near(model, rows, space, row);
    }
    assert!(space.neighbours(&[], Neighbourhood::Hamming).is_empty(), "as wide as no row");
}

fn check_best(rows: &[Vec<i64>], space: &SolutionSpace, objective: &Expr) {
    let mut valued = Vec::new();
    for row in rows {
        match checker::evaluate(objective, row) {
            Ok(Some(value)) => valued.push((value, row)),
            Ok(None) => {}
            Err(checker::TooLarge) => return,
        }
    }
    for goal in [Goal::Minimize, Goal::Maximize] {
        // Stable: rows of one value stay in the order of the space.
        let mut in_order = valued.clone();
        in_order.sort_by(|a, b| if goal == Goal::Minimize { a.0.cmp(&b.0) } else { b.0.cmp(&a.0) });
        for count in [1, 4, rows.len() + 1] {
            match space.best(goal, objective, count, &Limits::default()) {
                Ok(best) => {
                    let found: Vec<_> = best.iter().map(|best| (best.objectives[0].clone(), &best.values)).collect();
                    assert_eq!(found, in_order[..count.min(in_order.len())]);
                }
                Err(SpaceError::PowerTooLarge) => {}
                Err(error) => panic!("{error}"),
            }
        }
    }
}

fn check_spread(rows: &[Vec<i64>], space: &SolutionSpace, draws: &mut Draws) {
    let count = draws.below(rows.len() + 3);
    let sample = space.latin_hypercube(count, draws.0);
    let count = count.min(rows.len());
    assert_eq!(sample.len(), count);
    for (stratum, row) in sample.iter().enumerate() {
        let range = stratum * rows.len() / count..(stratum + 1) * rows.len() / count;
        assert!(rows[range].contains(row), "one row of each stratum");
    }
}

#[test]
fn queries_equal_brute_force() {
    held_against(2000, any_asked(300), |(model, seed, a, b)| {
        let Some((space, rows)) = space_of(&model) else { return Ok(()) };
        let mut draws = Draws(seed);
        check_rows(&space, &rows.iter().cloned().collect());
        check_restrictions(&model, &rows, &space, &mut draws);
        check_projections(&model, &rows, &space, &mut draws);
        check_all_near(&model, &rows, &space, &mut draws);
        check_best(&rows, &space, &a);
        check_best(&rows, &space, &(a + b));
        check_spread(&rows, &space, &mut draws);
        Ok(())
    });
}

/// Queries of what queries give.
#[test]
fn queries_compose() {
    held_against(600, any_asked(300), |(model, seed, a, _)| {
        let Some((space, rows)) = space_of(&model) else { return Ok(()) };
        let mut draws = Draws(seed);
        let Some(row) = rows.get(draws.below(rows.len().max(1))) else { return Ok(()) };
        let near = space.neighbours(row, Neighbourhood::Adjacent);
        let rows: Vec<Vec<i64>> = near.iter().collect();
        check_restrictions(&model, &rows, &near, &mut draws);
        check_projections(&model, &rows, &near, &mut draws);
        check_best(&rows, &near, &a);
        let part = space
            .restrict(&[(model.variable_ids().next().unwrap(), some_values(&model.variables()[0].values, &mut draws))]);
        let rows: Vec<Vec<i64>> = part.iter().collect();
        check_projections(&model, &rows, &part, &mut draws);
        check_best(&rows, &part, &a);
        check_spread(&rows, &part, &mut draws);
        Ok(())
    });
}
