//! Models as tilings have them: products of positive factors compared with each other and dividing numbers, strides, fixed
//! variables.

use super::{Statements, any_comparison, any_goal, boxed, ids, stated, variables};
use constrint_solver::{Comparison, Expr, MemberSet, Model, ValueOrder, Values, VarId};
use proptest::prelude::*;

/// The largest value of a wide variable.
const WIDE: i64 = 1 << 30;

/// Positive values: divisors, powers of two, strides, a single one.
fn any_positive() -> impl Strategy<Value = Values> {
    prop_oneof![
        3 => prop::sample::select(vec![12i64, 36, 48, 60, 64, 96, 210]).prop_map(|n| Values::divisors_of(n).unwrap()),
        2 => (1i64..5, 0i64..10).prop_map(|(lo, width)| Values::range(lo, lo + width, 1).unwrap()),
        1 => (1i64..9, 0i64..40, 2i64..9).prop_map(|(lo, width, step)| Values::range(lo, lo + width, step).unwrap()),
        1 => (0u32..5, 0u32..6).prop_map(|(lo, count)| Values::list((lo..=lo + count).map(|e| 1 << e)).unwrap()),
        1 => (1i64..30).prop_map(|value| Values::list([value]).unwrap()),
    ]
}

/// A product of factors, with repetitions, powers and now and then a constant or a factor that is no variable.
fn any_product(ids: Vec<VarId>, factors: std::ops::Range<usize>) -> impl Strategy<Value = Expr> {
    let variable = prop::sample::select(ids).prop_map(Expr::Variable);
    let factor = prop_oneof![
        12 => variable.clone(),
        2 => (1i64..13).prop_map(Expr::Constant),
        2 => (variable.clone(), 0i64..4).prop_map(|(x, e)| Expr::Power(boxed(x), boxed(Expr::Constant(e)))),
        1 => (variable.clone(), -2i64..4).prop_map(|(x, c)| x + c),
        1 => (variable.clone(), variable.clone()).prop_map(|(x, y)| Expr::Maximum(vec![x, y])),
        1 => (variable.clone(), variable).prop_map(|(x, y)| Expr::CeilDivide(boxed(x), boxed(y))),
    ];
    prop::collection::vec(factor, factors).prop_map(Expr::Product)
}

fn compared(comparison: Comparison, a: Expr, b: Expr) -> Expr {
    Expr::Compare(comparison, boxed(a), boxed(b))
}

/// A constraint of one variable; many leave it a single value.
#[expect(clippy::needless_pass_by_value, reason = "the strategy keeps it")]
fn any_of_one(ids: Vec<VarId>) -> impl Strategy<Value = Expr> {
    let variable = || prop::sample::select(ids.clone()).prop_map(Expr::Variable);
    prop_oneof![
        3 => (variable(), 1i64..13).prop_map(|(x, value)| x.equals(value)),
        1 => (variable(), 1i64..13, 2i64..5).prop_map(|(x, value, factor)| (x * factor).equals(value * factor)),
        1 => (variable(), 1i64..13).prop_map(|(x, value)| (x.clone() * x).equals(value * value)),
        1 => (variable(), 1i64..13).prop_map(|(x, value)| Expr::And(vec![x.clone().at_least(value), x.at_most(value)])),
        1 => (variable(), prop::collection::btree_set(1i64..20, 1..4))
            .prop_map(|(x, set)| Expr::Member(boxed(x), MemberSet::Values(set.into_iter().collect()))),
        1 => (variable(), 2i64..9, 0i64..3).prop_map(|(x, modulus, residue)| (x % modulus).equals(residue)),
        1 => (any_comparison(), variable(), 1i64..20).prop_map(|(c, x, value)| compared(c, x, Expr::Constant(value))),
    ]
}

fn any_comparison_of_products(ids: Vec<VarId>) -> BoxedStrategy<Expr> {
    let usual = prop::sample::select(vec![Comparison::LessEqual, Comparison::Equal, Comparison::GreaterEqual]);
    let comparison = prop_oneof![4 => usual, 1 => any_comparison()];
    let constant = prop::sample::select(vec![1i64, 6, 24, 60, 144, 576, 1000, 4096]).prop_map(Expr::Constant);
    let product = any_product(ids.clone(), 1..5).boxed();
    let sides = prop_oneof![
        2 => (any_product(ids.clone(), 3..6), product.clone()),
        1 => (product.clone(), any_product(ids, 3..6)),
        1 => (product, constant),
    ];
    (comparison, sides).prop_map(|(comparison, (a, b))| compared(comparison, a, b)).boxed()
}

fn any_constraint(ids: Vec<VarId>) -> impl Strategy<Value = Expr> {
    let product = any_product(ids.clone(), 1..4).boxed();
    let comparison = any_comparison_of_products(ids.clone());
    prop_oneof![
        6 => comparison.clone(),
        3 => any_of_one(ids),
        1 => (product.clone(), product.clone()).prop_map(|(a, b)| Expr::Divides(boxed(a), boxed(b))),
        1 => (product.clone(), product.clone()).prop_map(|(a, b)| (a % b).equals(0)),
        1 => (any_comparison(), product.clone(), product.clone(), product)
            .prop_map(|(c, x, y, z)| compared(c, x + y, z)),
        1 => prop::collection::vec(comparison, 1..3).prop_map(Expr::Or),
    ]
}

/// A product that divides a number, and an equation that it is a part of.
#[expect(clippy::needless_pass_by_value, reason = "the strategy keeps it")]
fn any_division(ids: Vec<VarId>) -> impl Strategy<Value = Vec<Expr>> {
    let product = |factors| any_product_of_variables(ids.clone(), factors);
    let number = prop::sample::select(vec![12i64, 24, 60, 144, 768]).prop_map(Expr::Constant);
    let coefficients = (1i64..4, 1i64..13, 1i64..13);
    (number, coefficients, product(1..4), product(0..3), product(1..4), any::<bool>()).prop_map(
        |(number, (multiple, a, b), part, rest, right, remainder)| {
            let divisor = part.clone() * multiple;
            let divides =
                if remainder { (number % divisor).equals(0) } else { Expr::Divides(boxed(divisor), boxed(number)) };
            vec![divides, (part * rest * a).equals(right * b)]
        },
    )
}

/// Three to five positive variables with no more than `most` assignments.
pub(crate) fn any_products(most: u64) -> impl Strategy<Value = Model> {
    let of_count = (3..=5).map(|count| {
        let ids = ids(count);
        let several = |count| prop::collection::vec(any_constraint(ids.clone()), count);
        let divided = (any_division(ids.clone()), several(0..4));
        let constraints =
            prop_oneof![3 => several(1..5), 1 => divided.prop_map(|(division, others)| [division, others].concat())];
        let objectives = prop::collection::vec((any_goal(), any_product(ids, 1..4)), 0..3);
        (prop::collection::vec(any_positive(), count), (constraints, objectives))
            .prop_map(move |(values, statements): (_, Statements)| stated(variables(values, most), statements))
            .boxed()
    });
    prop::strategy::Union::new(of_count)
}

/// A model of three variables of few values, and of a wide one that follows from them.
#[derive(Debug, Clone)]
pub(crate) struct WideModel {
    pub(crate) model: Model,
    /// The variables of few values, from which the search has to start.
    pub(crate) order: Vec<(VarId, ValueOrder)>,
    pub(crate) wide: VarId,
    /// What the wide variable times the first is equal to, each a product of variables of few values.
    pub(crate) definition: (Expr, Expr),
}

/// The place of the wide variable is any; more constraints tell of it, also with it alone.
pub(crate) fn any_wide() -> impl Strategy<Value = WideModel> {
    let of_place = (0..4).map(|place| {
        let all = ids(4);
        let wide = all[place];
        let few: Vec<VarId> = all.iter().copied().filter(|&id| id != wide).collect();
        let definition = (any_product_of_variables(few.clone(), 0..3), any_product_of_variables(few, 1..4));
        let constraints = prop::collection::vec(any_about_wide(&all, wide), 0..3);
        let values = prop::collection::vec(any_positive(), 4);
        let objective = prop::option::of((any_goal(), any_product(all, 1..4)));
        (values, definition, 1i64..300_000, constraints, objective)
            .prop_map(move |(values, (times, product), scale, constraints, objective)| {
                let definition = (times, product * scale);
                wide_model(wide, values, definition, constraints, objective.into_iter().collect())
            })
            .boxed()
    });
    prop::strategy::Union::new(of_place)
}

fn any_product_of_variables(ids: Vec<VarId>, factors: std::ops::Range<usize>) -> impl Strategy<Value = Expr> {
    prop::collection::vec(prop::sample::select(ids).prop_map(Expr::Variable), factors).prop_map(Expr::Product)
}

fn any_about_wide(all: &[VarId], wide: VarId) -> impl Strategy<Value = Expr> + use<> {
    let wide = move || Just(Expr::Variable(wide));
    prop_oneof![
        (wide(), prop::sample::select(vec![2i64, 3, 8, 48, 1000]), 0i64..2).prop_map(|(w, m, r)| (w % m).equals(r)),
        (wide(), 1i64..WIDE).prop_map(|(w, bound)| w.at_least(bound)),
        (wide(), 1i64..WIDE).prop_map(|(w, bound)| w.at_most(bound)),
        (wide(), any_product(all.to_vec(), 2..4), any_comparison(), any_product(all.to_vec(), 3..5))
            .prop_map(|(w, times, comparison, product)| compared(comparison, w * times, product)),
        (wide(), any_product(all.to_vec(), 1..3)).prop_map(|(w, d)| Expr::Divides(boxed(d), boxed(w))),
    ]
}

fn wide_model(
    wide: VarId,
    mut values: Vec<Values>,
    definition: (Expr, Expr),
    mut constraints: Vec<Expr>,
    objectives: Vec<(constrint_solver::Goal, Expr)>,
) -> WideModel {
    values[wide.index()] = Values::list([0]).unwrap();
    let mut model = variables(values, 600);
    model.set_values(wide, Values::range(1, WIDE, 1).unwrap());
    constraints
        .insert(constraints.len() / 2, (Expr::Variable(wide) * definition.0.clone()).equals(definition.1.clone()));
    let few = model.variable_ids().filter(|&id| id != wide);
    let order = few.map(|id| (id, ValueOrder::SmallestFirst)).collect();
    WideModel { model: stated(model, (constraints, objectives)), order, wide, definition }
}
