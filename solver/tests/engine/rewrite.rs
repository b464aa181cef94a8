//! Models and expressions made over, each node in turn.

use constrint_solver::{Constraint, Expr, Model, Objective, VarId};

/// The expression with each node replaced, operands first.
pub(crate) fn rewritten(expr: &Expr, change: &dyn Fn(Expr) -> Expr) -> Expr {
    let one = |a: &Expr| Box::new(rewritten(a, change));
    let all = |list: &[Expr]| list.iter().map(|operand| rewritten(operand, change)).collect::<Vec<_>>();
    change(match expr {
        Expr::Constant(_) | Expr::Variable(_) => expr.clone(),
        Expr::Sum(list) => Expr::Sum(all(list)),
        Expr::Product(list) => Expr::Product(all(list)),
        Expr::Minimum(list) => Expr::Minimum(all(list)),
        Expr::Maximum(list) => Expr::Maximum(all(list)),
        Expr::Gcd(list) => Expr::Gcd(all(list)),
        Expr::Lcm(list) => Expr::Lcm(all(list)),
        Expr::AllDifferent(list) => Expr::AllDifferent(all(list)),
        Expr::And(list) => Expr::And(all(list)),
        Expr::Or(list) => Expr::Or(all(list)),
        Expr::Table(list, rows) => Expr::Table(all(list), rows.clone()),
        Expr::Negate(a) => Expr::Negate(one(a)),
        Expr::Absolute(a) => Expr::Absolute(one(a)),
        Expr::Log2(a) => Expr::Log2(one(a)),
        Expr::FloorLog2(a) => Expr::FloorLog2(one(a)),
        Expr::FloorRoot(a, degree) => Expr::FloorRoot(one(a), *degree),
        Expr::BitAnd(a, b) => Expr::BitAnd(one(a), one(b)),
        Expr::IsPowerOfTwo(a) => Expr::IsPowerOfTwo(one(a)),
        Expr::Not(a) => Expr::Not(one(a)),
        Expr::Member(a, set) => Expr::Member(one(a), set.clone()),
        Expr::Quotient(a, b) => Expr::Quotient(one(a), one(b)),
        Expr::FloorDivide(a, b) => Expr::FloorDivide(one(a), one(b)),
        Expr::CeilDivide(a, b) => Expr::CeilDivide(one(a), one(b)),
        Expr::Remainder(a, b) => Expr::Remainder(one(a), one(b)),
        Expr::Power(a, b) => Expr::Power(one(a), one(b)),
        Expr::Divides(a, b) => Expr::Divides(one(a), one(b)),
        Expr::Compare(comparison, a, b) => Expr::Compare(*comparison, one(a), one(b)),
        Expr::If { condition, then, otherwise } => {
            Expr::If { condition: one(condition), then: one(then), otherwise: one(otherwise) }
        }
        Expr::Element { index, items } => Expr::Element { index: one(index), items: all(items) },
    })
}

/// The model with each node of its constraints and objectives replaced.
pub(crate) fn with_nodes(model: &Model, change: &dyn Fn(Expr) -> Expr) -> Model {
    let places: Vec<usize> = (0..model.variables().len()).collect();
    with_variables(model, &places, str::to_owned, change)
}

/// The model with the variables in another order, `places[i]` being the new place of variable `i`, under other names, and
/// then with each node replaced.
pub(crate) fn with_variables(
    model: &Model,
    places: &[usize],
    rename: impl Fn(&str) -> String,
    change: &dyn Fn(Expr) -> Expr,
) -> Model {
    let mut made = Model::new();
    for place in 0..places.len() {
        let index = places.iter().position(|&other| other == place).expect("a permutation");
        let variable = &model.variables()[index];
        made.add_variable(rename(&variable.name), variable.values.clone()).unwrap();
    }
    let ids: Vec<VarId> = made.variable_ids().collect();
    let moved = |expr: Expr| match expr {
        Expr::Variable(id) => change(Expr::Variable(ids[places[id.index()]])),
        other => change(other),
    };
    for constraint in model.constraints() {
        made.require(rewritten(&constraint.expr, &moved));
    }
    for Objective { goal, expr, text } in model.objectives() {
        made.add_objective(Objective { goal: *goal, expr: rewritten(expr, &moved), text: text.clone() });
    }
    made
}

/// The model with other constraints.
pub(crate) fn with_constraints(model: &Model, constraints: impl IntoIterator<Item = Constraint>) -> Model {
    let mut made = model.clone();
    made.keep_constraints(&[]);
    for constraint in constraints {
        made.add_constraint(constraint);
    }
    made
}
