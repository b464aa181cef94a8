//! Models of equations and inequalities of polynomials, on variables that may be 0 and may divide numbers.

use super::{any_comparison, any_values, boxed, ids, stated, variables};
use constrint_solver::{Comparison, Expr, Model, Values, VarId};
use proptest::prelude::*;

/// Mostly a few values around zero, so that products meet.
fn any_few() -> impl Strategy<Value = Values> {
    prop_oneof![
        4 => (-3i64..3, 1i64..8).prop_map(|(lo, width)| Values::range(lo, lo + width, 1).unwrap()),
        1 => any_values(),
    ]
}

/// A coefficient times variables, now and then times a sum.
fn any_monomial(ids: Vec<VarId>) -> impl Strategy<Value = Expr> {
    let variable = prop::sample::select(ids).prop_map(Expr::Variable);
    let factor = prop_oneof![
        8 => variable.clone(),
        1 => (variable.clone(), -3i64..4).prop_map(|(x, offset)| x + offset),
        1 => (-3i64..4, variable).prop_map(|(base, x)| Expr::Power(boxed(Expr::Constant(base)), boxed(x))),
    ];
    let coefficient = prop::sample::select(vec![1i64, 1, 1, 1, 2, 3, 6, -1, -2, -4]);
    (coefficient, prop::collection::vec(factor, 1..4)).prop_map(|(c, factors)| Expr::Product(factors) * c)
}

/// A product that is equal to another, of variables of which none occurs twice.
fn any_definition(ids: Vec<VarId>) -> impl Strategy<Value = Expr> {
    let count = ids.len();
    let coefficient = || prop::sample::select(vec![1i64, 1, 2, -3]);
    (Just(ids).prop_shuffle(), 1..count, 1..=count, coefficient(), coefficient()).prop_map(
        |(ids, middle, end, a, b)| {
            let product = |part: &[VarId]| Expr::Product(part.iter().copied().map(Expr::Variable).collect());
            (product(&ids[..middle]) * a).equals(product(&ids[middle..end.max(middle)]) * b)
        },
    )
}

fn any_constraint(ids: Vec<VarId>) -> BoxedStrategy<Expr> {
    let definition = any_definition(ids.clone());
    let monomial = any_monomial(ids).boxed();
    let side = prop_oneof![
        3 => monomial.clone(),
        1 => (monomial.clone(), monomial.clone()).prop_map(|(a, b)| a + b),
        1 => (monomial.clone(), -12i64..13).prop_map(|(a, constant)| a + constant),
    ];
    let comparison = prop_oneof![3 => Just(Comparison::Equal), 1 => any_comparison()];
    let number = prop::sample::select(vec![0i64, 6, 12, -12, 24, 60]).prop_map(Expr::Constant);
    prop_oneof![
        4 => definition,
        4 => (comparison, side, monomial.clone()).prop_map(|(c, a, b)| Expr::Compare(c, boxed(a), boxed(b))),
        1 => (monomial.clone(), number.clone()).prop_map(|(divisor, n)| Expr::Divides(boxed(divisor), boxed(n))),
        1 => (monomial, number).prop_map(|(divisor, n)| (n % divisor).equals(0)),
    ]
    .boxed()
}

/// Two to four variables with no more than `most` assignments.
pub(crate) fn any_equations(most: u64) -> impl Strategy<Value = Model> {
    let of_count = (2..=4).map(|count| {
        let constraints = prop::collection::vec(any_constraint(ids(count)), 1..4);
        (prop::collection::vec(any_few(), count), constraints)
            .prop_map(move |(values, constraints)| stated(variables(values, most), (constraints, Vec::new())))
            .boxed()
    });
    prop::strategy::Union::new(of_count)
}
