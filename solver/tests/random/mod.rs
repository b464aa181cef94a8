//! Random models, for every test that holds the solver against something else.
//!
//! | file | models of |
//! | --- | --- |
//! | this one | every operation, on a few small domains around zero |
//! | `equations.rs` | equations and inequalities of polynomials, on variables that may be 0 |
//! | `products.rs` | products of positive factors compared with each other or dividing numbers, constraints that fix a variable, wide ranges |
//! | `ranges.rs` | two long ranges: minima, maxima, distances, divisors, quotients and remainders |
//! | `tuples.rs` | all different, tables, list items |

pub(crate) mod equations;
pub(crate) mod products;
pub(crate) mod ranges;
pub(crate) mod tuples;

use constrint_solver::{Comparison, Expr, Goal, MemberSet, Model, Objective, Rows, Values, VarId};
use proptest::prelude::*;

/// The values of one variable: ranges, strides and lists around zero.
pub(crate) fn any_values() -> impl Strategy<Value = Values> {
    prop_oneof![
        (-6i64..7, 0i64..9).prop_map(|(lo, width)| Values::range(lo, lo + width, 1).unwrap()),
        (-9i64..3, 0i64..25, 2i64..6).prop_map(|(lo, width, step)| Values::range(lo, lo + width, step).unwrap()),
        prop::collection::vec(-20i64..40, 1..6).prop_map(|list| Values::list(list).unwrap()),
        (1i64..60).prop_map(|number| Values::divisors_of(number).unwrap()),
    ]
}

pub(crate) fn any_comparison() -> impl Strategy<Value = Comparison> {
    prop::sample::select(vec![
        Comparison::Equal,
        Comparison::NotEqual,
        Comparison::Less,
        Comparison::LessEqual,
        Comparison::Greater,
        Comparison::GreaterEqual,
    ])
}

pub(crate) fn boxed(expr: Expr) -> Box<Expr> {
    Box::new(expr)
}

pub(crate) fn any_set() -> impl Strategy<Value = MemberSet> {
    prop_oneof![
        prop::collection::btree_set(-8i64..30, 0..6).prop_map(|set| MemberSet::Values(set.into_iter().collect())),
        (-9i64..9, -20i64..30, prop::sample::select(vec![-4i64, -1, 1, 2, 7]))
            .prop_map(|(start, stop, step)| MemberSet::Range { start, stop, step }),
    ]
}

/// Some operands, and a table that is as wide.
pub(crate) fn any_table(operand: impl Strategy<Value = Expr>) -> impl Strategy<Value = Expr> {
    prop::collection::vec(operand, 1..4).prop_flat_map(|operands| {
        let row = prop::collection::vec(-3i64..9, operands.len());
        let rows = prop::collection::vec(row, 0..12).prop_map(|rows| Rows::new(rows).unwrap());
        rows.prop_map(move |rows| Expr::Table(operands.clone(), rows))
    })
}

/// Expressions that use every operation, on variables with indices below `variables`.
pub(crate) fn any_expr(ids: Vec<VarId>) -> BoxedStrategy<Expr> {
    let leaf = prop_oneof![
        3 => prop::sample::select(ids).prop_map(Expr::Variable),
        1 => (-5i64..13).prop_map(Expr::Constant),
    ];
    leaf.prop_recursive(3, 12, 3, |inner| {
        let pair = (inner.clone(), inner.clone());
        let list = prop::collection::vec(inner.clone(), 1..4);
        prop_oneof![
            3 => list.clone().prop_map(Expr::Sum),
            3 => list.clone().prop_map(Expr::Product),
            1 => inner.clone().prop_map(|a| Expr::Negate(boxed(a))),
            1 => pair.clone().prop_map(|(a, b)| Expr::Quotient(boxed(a), boxed(b))),
            1 => pair.clone().prop_map(|(a, b)| Expr::FloorDivide(boxed(a), boxed(b))),
            1 => pair.clone().prop_map(|(a, b)| Expr::CeilDivide(boxed(a), boxed(b))),
            2 => pair.clone().prop_map(|(a, b)| Expr::Remainder(boxed(a), boxed(b))),
            1 => (inner.clone(), 0i64..4).prop_map(|(a, b)| Expr::Power(boxed(a), boxed(Expr::Constant(b)))),
            1 => (-3i64..4, inner.clone()).prop_map(|(a, b)| Expr::Power(boxed(Expr::Constant(a)), boxed(b))),
            1 => pair.clone().prop_map(|(a, b)| Expr::Power(boxed(a), boxed(b))),
            1 => list.clone().prop_map(Expr::Minimum),
            1 => list.clone().prop_map(Expr::Maximum),
            1 => inner.clone().prop_map(|a| Expr::Absolute(boxed(a))),
            1 => list.clone().prop_map(Expr::Gcd),
            1 => list.clone().prop_map(Expr::Lcm),
            1 => inner.clone().prop_map(|a| Expr::Log2(boxed(a))),
            1 => inner.clone().prop_map(|a| Expr::FloorLog2(boxed(a))),
            1 => (inner.clone(), 1u32..4).prop_map(|(a, degree)| Expr::FloorRoot(boxed(a), degree)),
            1 => pair.clone().prop_map(|(a, b)| Expr::BitAnd(boxed(a), boxed(b))),
            2 => (any_comparison(), pair.clone()).prop_map(|(c, (a, b))| Expr::Compare(c, boxed(a), boxed(b))),
            1 => pair.clone().prop_map(|(a, b)| Expr::Divides(boxed(a), boxed(b))),
            1 => inner.clone().prop_map(|a| Expr::IsPowerOfTwo(boxed(a))),
            1 => (inner.clone(), any_set()).prop_map(|(a, set)| Expr::Member(boxed(a), set)),
            1 => list.clone().prop_map(Expr::AllDifferent),
            1 => any_table(inner.clone()),
            1 => (inner.clone(), list.clone())
                .prop_map(|(index, items)| Expr::Element { index: boxed(index), items }),
            1 => list.clone().prop_map(Expr::And),
            1 => list.prop_map(Expr::Or),
            1 => inner.clone().prop_map(|a| Expr::Not(boxed(a))),
            1 => (inner.clone(), pair).prop_map(|(c, (a, b))| Expr::If {
                condition: boxed(c),
                then: boxed(a),
                otherwise: boxed(b)
            }),
        ]
    })
    .boxed()
}

pub(crate) fn any_constraint(ids: Vec<VarId>) -> impl Strategy<Value = Expr> {
    let expr = any_expr(ids);
    prop_oneof![
        6 => (any_comparison(), expr.clone(), expr.clone())
            .prop_map(|(c, a, b)| Expr::Compare(c, boxed(a), boxed(b))),
        2 => expr.clone(),
        1 => prop::collection::vec(expr.clone(), 2..5).prop_map(Expr::AllDifferent),
        1 => any_table(expr.clone()),
    ]
}

/// Constraints and objectives, from which the other models of this folder are made too.
pub(crate) type Statements = (Vec<Expr>, Vec<(Goal, Expr)>);

/// The model with these constraints and objectives.
pub(crate) fn stated(mut model: Model, (constraints, objectives): Statements) -> Model {
    for expr in constraints {
        model.require(expr);
    }
    for (goal, expr) in objectives {
        let text = model.display(&expr).to_string();
        model.add_objective(Objective { goal, expr, text });
    }
    model
}

/// Variables `v0`, `v1`, … with the values; those that would make more than `most` assignments keep two values.
pub(crate) fn variables(values: Vec<Values>, most: u64) -> Model {
    let mut model = Model::new();
    let mut size = 1;
    for (index, mut values) in values.into_iter().enumerate() {
        if size * values.len() > most {
            values = Values::list(values.iter().take(2)).unwrap();
        }
        size *= values.len();
        model.add_variable(format!("v{index}"), values).unwrap();
    }
    model
}

/// The ids that the first variables of any model have.
pub(crate) fn ids(count: usize) -> Vec<VarId> {
    variables(vec![Values::list([0]).unwrap(); count], 1).variable_ids().collect()
}

pub(crate) fn any_goal() -> impl Strategy<Value = Goal> {
    prop::sample::select(vec![Goal::Minimize, Goal::Maximize])
}

/// Two to five variables with no more than `most` assignments.
pub(crate) fn any_model(most: u64) -> impl Strategy<Value = Model> {
    let of_count = (2..=5).map(|count| {
        let ids = ids(count);
        let constraints = prop::collection::vec(any_constraint(ids.clone()), 0..4);
        let objectives = prop::collection::vec((any_goal(), any_expr(ids)), 0..3);
        (prop::collection::vec(any_values(), count), (constraints, objectives))
            .prop_map(move |(values, statements)| stated(variables(values, most), statements))
            .boxed()
    });
    prop::strategy::Union::new(of_count)
}
