//! Models of two long ranges, beside short ones: comparisons of minima, maxima, distances, divisors, quotients and
//! remainders, as they are counted without trying every pair.

use super::{any_comparison, boxed, ids, stated};
use constrint_solver::{Expr, Model, Values, VarId};
use proptest::prelude::*;

/// Some seventy values, of one or two distances, around zero or above it.
fn any_long() -> impl Strategy<Value = Values> {
    prop_oneof![
        4 => (1i64..5, 64i64..90).prop_map(|(lo, width)| Values::range(lo, lo + width, 1).unwrap()),
        2 => (-50i64..3, 64i64..90).prop_map(|(lo, width)| Values::range(lo, lo + width, 1).unwrap()),
        1 => (-90i64..3, 64i64..90, 2i64..5).prop_map(|(lo, width, step)| {
            Values::range(lo, lo + width * step, step).unwrap()
        }),
        1 => (-20i64..3, prop::collection::vec(1i64..4, 66..80)).prop_map(|(lo, steps)| {
            let value = |sum: &mut i64, step: i64| {
                *sum += step;
                Some(*sum)
            };
            Values::list(steps.into_iter().scan(lo, value)).unwrap()
        }),
    ]
}

fn any_short() -> impl Strategy<Value = Values> {
    prop::sample::select(vec![vec![1, 2], vec![2], vec![0, 3], vec![-2, 5]])
        .prop_map(|list| Values::list(list).unwrap())
}

fn any_number(ids: Vec<VarId>) -> BoxedStrategy<Expr> {
    let leaf = prop_oneof![
        4 => prop::sample::select(ids).prop_map(Expr::Variable),
        1 => (-4i64..13).prop_map(Expr::Constant),
    ];
    leaf.prop_recursive(2, 8, 2, |inner| {
        let pair = (inner.clone(), inner.clone());
        let list = prop::collection::vec(inner.clone(), 2..4);
        let two =
            |make: fn(Box<Expr>, Box<Expr>) -> Expr| pair.clone().prop_map(move |(a, b)| make(boxed(a), boxed(b)));
        prop_oneof![
            4 => list.clone().prop_map(Expr::Sum),
            2 => (inner.clone(), -3i64..5).prop_map(|(a, c)| a * c),
            2 => list.clone().prop_map(Expr::Product),
            2 => pair.clone().prop_map(|(a, b)| Expr::Absolute(boxed(a - b))),
            2 => list.clone().prop_map(Expr::Minimum),
            2 => list.clone().prop_map(Expr::Maximum),
            3 => pair.clone().prop_map(|(a, b)| Expr::Gcd(vec![a, b])),
            1 => pair.clone().prop_map(|(a, b)| Expr::Lcm(vec![a, b])),
            2 => two(Expr::Quotient),
            3 => two(Expr::FloorDivide),
            2 => two(Expr::CeilDivide),
            4 => two(Expr::Remainder),
            1 => (inner.clone(), 2i64..4).prop_map(|(a, e)| Expr::Power(boxed(a), boxed(Expr::Constant(e)))),
        ]
    })
    .boxed()
}

fn any_truth(ids: Vec<VarId>) -> impl Strategy<Value = Expr> {
    let number = any_number(ids);
    let comparison =
        (any_comparison(), number.clone(), number.clone()).prop_map(|(c, a, b)| Expr::Compare(c, boxed(a), boxed(b)));
    let constant = (any_comparison(), number.clone(), -3i64..30)
        .prop_map(|(c, a, b)| Expr::Compare(c, boxed(a), boxed(Expr::Constant(b))));
    let multiple = (number.clone(), number.clone()).prop_map(|(a, b)| Expr::Divides(boxed(a), boxed(b)));
    let one = prop_oneof![3 => comparison, 4 => constant, 1 => multiple].boxed();
    prop_oneof![
        6 => one.clone(),
        1 => prop::collection::vec(one.clone(), 2..4).prop_map(Expr::Or),
        1 => prop::collection::vec(one.clone(), 2..3).prop_map(Expr::And),
        1 => one.prop_map(|truth| Expr::Not(boxed(truth))),
    ]
}

/// Two variables with some seventy values each, and one with a few.
pub(crate) fn any_ranges() -> impl Strategy<Value = Model> {
    let truths = prop::collection::vec(any_truth(ids(3)), 1..3);
    (any_long(), any_long(), any_short(), truths).prop_map(|(a, b, c, truths)| {
        let mut model = Model::new();
        for (index, values) in [a, b, c].into_iter().enumerate() {
            model.add_variable(format!("v{index}"), values).unwrap();
        }
        stated(model, (truths, Vec::new()))
    })
}
