//! Models of all different, tables and list items, on variables and on simple terms of them.

use super::{any_comparison, any_goal, any_table, boxed, ids, stated, variables};
use constrint_solver::{Expr, Model, Values, VarId};
use proptest::prelude::*;

fn any_few() -> impl Strategy<Value = Values> {
    prop_oneof![
        3 => (-1i64..2, 2i64..5).prop_map(|(lo, width)| Values::range(lo, lo + width, 1).unwrap()),
        1 => prop::collection::vec(-2i64..7, 2..6).prop_map(|list| Values::list(list).unwrap()),
    ]
}

fn any_term(ids: Vec<VarId>) -> impl Strategy<Value = Expr> {
    let variable = prop::sample::select(ids).prop_map(Expr::Variable);
    prop_oneof![
        6 => variable.clone(),
        1 => (variable.clone(), -3i64..4).prop_map(|(x, offset)| x + offset),
        1 => (variable.clone(), variable.clone()).prop_map(|(x, y)| x - y),
        1 => (variable.clone(), 2i64..4).prop_map(|(x, divisor)| x / divisor),
        1 => (variable.clone(), variable).prop_map(|(x, y)| x % y),
        1 => (-1i64..6).prop_map(Expr::Constant),
    ]
}

fn any_element(term: impl Strategy<Value = Expr> + Clone) -> impl Strategy<Value = Expr> {
    let items = prop_oneof![
        prop::collection::vec((-2i64..8).prop_map(Expr::Constant), 1..9),
        prop::collection::vec(term.clone(), 1..5),
    ];
    (term, items).prop_map(|(index, items)| Expr::Element { index: boxed(index), items })
}

fn any_constraint(ids: Vec<VarId>) -> BoxedStrategy<Expr> {
    let term = any_term(ids).boxed();
    let condition = prop_oneof![
        3 => prop::collection::vec(term.clone(), 2..6).prop_map(Expr::AllDifferent),
        3 => any_table(term.clone()),
        3 => (any_comparison(), any_element(term.clone()), term.clone())
            .prop_map(|(c, element, y)| Expr::Compare(c, boxed(element), boxed(y))),
        1 => (any_element(term.clone()), any_element(term)).prop_map(|(a, b)| a.equals(b)),
    ];
    let condition = condition.boxed();
    prop_oneof![
        6 => condition.clone(),
        1 => condition.clone().prop_map(|condition| Expr::Not(boxed(condition))),
        1 => prop::collection::vec(condition, 2..4).prop_map(Expr::Or),
    ]
    .boxed()
}

/// Three to five variables with no more than `most` assignments.
pub(crate) fn any_tuples(most: u64) -> impl Strategy<Value = Model> {
    let of_count = (3..=5).map(|count| {
        let ids = ids(count);
        let constraints = prop::collection::vec(any_constraint(ids.clone()), 1..4);
        let term = any_term(ids);
        let objectives = prop::collection::vec((any_goal(), term), 0..2);
        (prop::collection::vec(any_few(), count), (constraints, objectives))
            .prop_map(move |(values, statements)| stated(variables(values, most), statements))
            .boxed()
    });
    prop::strategy::Union::new(of_count)
}
