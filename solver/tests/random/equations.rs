//! Models of equations and inequalities of polynomials, on variables that may be 0 and may divide numbers.

use super::{any_comparison, any_values, boxed, ids, stated, variables};
use constrint_solver::{Comparison, Expr, Model, VarId};
use proptest::prelude::*;

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

fn any_constraint(ids: Vec<VarId>) -> BoxedStrategy<Expr> {
    let monomial = any_monomial(ids).boxed();
    let side = prop_oneof![
        3 => monomial.clone(),
        1 => (monomial.clone(), monomial.clone()).prop_map(|(a, b)| a + b),
        1 => (monomial.clone(), -12i64..13).prop_map(|(a, constant)| a + constant),
    ];
    let comparison = prop_oneof![3 => Just(Comparison::Equal), 1 => any_comparison()];
    let number = prop::sample::select(vec![0i64, 6, 12, -12, 24, 60]).prop_map(Expr::Constant);
    prop_oneof![
        6 => (comparison, side, monomial.clone()).prop_map(|(c, a, b)| Expr::Compare(c, boxed(a), boxed(b))),
        1 => (monomial.clone(), number.clone()).prop_map(|(divisor, n)| Expr::Divides(boxed(divisor), boxed(n))),
        1 => (monomial, number).prop_map(|(divisor, n)| (n % divisor).equals(0)),
    ]
    .boxed()
}

/// Two to four variables with no more than `most` assignments.
pub(crate) fn any_equations(most: u64) -> impl Strategy<Value = Model> {
    let of_count = (2..=4).map(|count| {
        let constraints = prop::collection::vec(any_constraint(ids(count)), 1..4);
        (prop::collection::vec(any_values(), count), constraints)
            .prop_map(move |(values, constraints)| stated(variables(values, most), (constraints, Vec::new())))
            .boxed()
    });
    prop::strategy::Union::new(of_count)
}
