//! Undoing against never having done: a search that keeps one engine and goes back by its trail, against one that posts
//! the model anew at every node.

use crate::brute_force::held_against;
use crate::random::products::any_products;
use crate::random::{any_model, tuples::any_tuples};
use crate::reference::all_solutions;
use constrint_solver::domain::Domain;
use constrint_solver::engine::{Engine, Fixpoint};
use constrint_solver::post::post;
use constrint_solver::store::Var;
use constrint_solver::{Expr, Model, Options, checker};
use proptest::prelude::*;

fn any_of_all() -> impl Strategy<Value = Model> {
    prop_oneof![3 => any_model(200), 2 => any_products(300), 1 => any_tuples(300)]
}

/// The solutions in order, from a new engine for each node; the decisions of its path are constraints of its model. None
/// where a number is too large.
fn by_posting_anew(model: &Model, found: &mut Vec<Vec<i64>>) -> Option<()> {
    let Ok(mut posted) = post(model) else { return Some(()) };
    if posted.engine.fixpoint(&mut || false) == Fixpoint::Conflict {
        return Some(());
    }
    let domains = domains(&posted.engine, model.variables().len());
    let Some((index, domain)) = domains.iter().enumerate().find(|(_, domain)| domain.fixed().is_none()) else {
        let values: Vec<i64> = domains.iter().map(Domain::lo).collect();
        if checker::is_solution(model, &values).ok()? {
            found.push(values);
        }
        return Some(());
    };
    let id = model.variable_ids().nth(index).expect("a variable of the model");
    for value in domain.iter() {
        let mut child = model.clone();
        child.require(Expr::from(id).equals(value));
        by_posting_anew(&child, found)?;
    }
    Some(())
}

fn domains(engine: &Engine, count: usize) -> Vec<Domain> {
    (0..count).map(|index| engine.store.domain(Var::from_index(index)).clone()).collect()
}

#[test]
fn a_trail_finds_what_posting_anew_finds() {
    held_against(250, any_of_all(), |model| {
        let mut anew = Vec::new();
        let whole = by_posting_anew(&model, &mut anew).is_some();
        if let (true, Some(found)) = (whole, all_solutions(&model, &Options::default())) {
            prop_assert_eq!(found, anew);
        }
        Ok(())
    });
}

/// What a domain holds: how it is stored may differ.
fn values(domains: &[Domain]) -> Vec<(i64, i64, u64, Vec<i64>)> {
    let first = |domain: &Domain| domain.iter().take(100).collect();
    domains.iter().map(|domain| (domain.lo(), domain.hi(), domain.len(), first(domain))).collect()
}

/// Decides at random, down and up again. After each step back all domains, those of auxiliary variables too, are what
/// they were, and the same decision leads to the same place: no propagator stays switched off.
#[test]
fn going_back_leaves_no_trace() {
    let decisions = prop::collection::vec((any::<prop::sample::Index>(), any::<prop::sample::Index>(), 0u8..3), 1..24);
    held_against(300, (any_of_all(), decisions), |(model, decisions)| {
        let Ok(mut posted) = post(&model) else { return Ok(()) };
        let engine = &mut posted.engine;
        if engine.fixpoint(&mut || false) == Fixpoint::Conflict {
            return Ok(());
        }
        let count = engine.store.len();
        let mut levels = Vec::new();
        for (which, what, up) in decisions {
            if up == 0
                && let Some(before) = levels.pop()
            {
                engine.pop_level();
                prop_assert_eq!(values(&domains(engine, count)), before);
                continue;
            }
            let before = values(&domains(engine, count));
            let var = Var::from_index(which.index(model.variables().len()));
            let domain: Vec<i64> = engine.store.domain(var).iter().collect();
            let decide = |engine: &mut Engine| {
                engine.push_level();
                engine.store.assign(var, domain[what.index(domain.len())]).expect("a value of the domain");
                let fixpoint = engine.fixpoint(&mut || false);
                (fixpoint, values(&domains(engine, count)))
            };
            let first = decide(engine);
            engine.pop_level();
            prop_assert_eq!(&values(&domains(engine, count)), &before);
            let second = decide(engine);
            prop_assert_eq!(first.0, second.0);
            if first.0 == Fixpoint::Conflict {
                engine.pop_level();
                continue;
            }
            prop_assert_eq!(first.1, second.1);
            levels.push(before);
        }
        Ok(())
    });
}
