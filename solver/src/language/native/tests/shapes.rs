//! The trees that texts become.

use super::super::super::parse;
use super::model;
use crate::model::{Comparison, Expr, MemberSet, Rows};

fn boxed(expr: Expr) -> Box<Expr> {
    Box::new(expr)
}

fn shape(text: &str) -> Expr {
    parse(text, &model()).unwrap_or_else(|error| panic!("{}", error.render(text, "table", false)))
}

fn variables() -> [Expr; 3] {
    ["x", "y", "z"].map(|name| Expr::Variable(model().find(name).expect("a variable")))
}

#[test]
fn sums_and_products_are_flat() {
    let [x, y, z] = variables();
    let negative = |expr: &Expr| Expr::Negate(boxed(expr.clone()));
    let product = |list: &[&Expr]| Expr::Product(list.iter().map(|&expr| expr.clone()).collect());
    let table = [
        ("x - y + z", Expr::Sum(vec![x.clone(), negative(&y), z.clone()])),
        ("x + (y - z)", Expr::Sum(vec![x.clone(), y.clone(), negative(&z)])),
        ("x - 3", Expr::Sum(vec![x.clone(), Expr::Constant(-3)])),
        ("x - -y", Expr::Sum(vec![x.clone(), y.clone()])),
        ("x * y * z", product(&[&x, &y, &z])),
        ("x * y // z * x", product(&[&Expr::FloorDivide(boxed(product(&[&x, &y])), boxed(z.clone())), &x])),
        ("x / y * z", product(&[&Expr::Quotient(boxed(x.clone()), boxed(y.clone())), &z])),
        ("x / y / z", Expr::Quotient(boxed(x.clone() / y.clone()), boxed(z.clone()))),
        ("-2 ** 2", negative(&Expr::Power(boxed(2.into()), boxed(2.into())))),
        ("-2", Expr::Constant(-2)),
        ("2 ** -1", Expr::Power(boxed(2.into()), boxed(Expr::Constant(-1)))),
        ("0.5", Expr::Quotient(boxed(5.into()), boxed(10.into()))),
        ("+x", x.clone()),
        ("sum([x, y, 1])", Expr::Sum(vec![x.clone(), y.clone(), 1.into()])),
        ("floor(x / y)", Expr::FloorDivide(boxed(x.clone()), boxed(y.clone()))),
        ("floor(x)", Expr::FloorDivide(boxed(x.clone()), boxed(1.into()))),
        ("ceil(x / y)", Expr::CeilDivide(boxed(x.clone()), boxed(y.clone()))),
        ("min((x, y))", Expr::Minimum(vec![x.clone(), y.clone()])),
        ("max((x + y) * 2, z)", Expr::Maximum(vec![(x.clone() + y) * 2, z])),
        ("min({x},)", Expr::Minimum(vec![x])),
    ];
    for (text, expected) in table {
        assert_eq!(shape(text), expected, "{text}");
    }
}

#[test]
fn conditions_are_flat_too() {
    let [x, y, z] = variables();
    let not = |expr: &Expr| Expr::Not(boxed(expr.clone()));
    let less = |a: &Expr, b: &Expr| a.clone().compare(Comparison::Less, b.clone());
    let table = [
        ("x and (y and z)", Expr::And(vec![x.clone(), y.clone(), z.clone()])),
        ("x or y or z", Expr::Or(vec![x.clone(), y.clone(), z.clone()])),
        ("x < y < z", Expr::And(vec![less(&x, &y), less(&y, &z)])),
        ("x < y < z and x", Expr::And(vec![less(&x, &y), less(&y, &z), x.clone()])),
        ("x -> y", Expr::Or(vec![not(&x), y.clone()])),
        ("x -> y -> z", Expr::Or(vec![not(&x), not(&y), z.clone()])),
        ("not x < y", not(&less(&x, &y))),
        ("all([x])", Expr::And(vec![x.clone()])),
        (
            "x if y else z",
            Expr::If { condition: boxed(y.clone()), then: boxed(x.clone()), otherwise: boxed(z.clone()) },
        ),
    ];
    for (text, expected) in table {
        assert_eq!(shape(text), expected, "{text}");
    }
}

#[test]
fn constant_sets_are_sets() {
    let [x, y, _] = variables();
    let values = |list: &[i64]| Expr::Member(boxed(x.clone()), MemberSet::Values(list.to_vec()));
    let range = |start, stop, step| Expr::Member(boxed(x.clone()), MemberSet::Range { start, stop, step });
    let table = [
        ("x in {2 ** 4, -3, 6 / 2, -3,}", values(&[-3, 3, 16])),
        ("x in [7 // 2, 7 % -2, min(4, 9), abs(-2)]", values(&[-1, 2, 3, 4])),
        ("x in ()", values(&[])),
        ("x not in {1}", Expr::Not(boxed(values(&[1])))),
        ("x in range(4)", range(0, 4, 1)),
        ("x in range(1, 2 ** 5)", range(1, 32, 1)),
        ("x in range(9, -1, -2)", range(9, -1, -2)),
        ("x in {y, 1, 2}", Expr::Or(vec![values(&[1, 2]), x.clone().equals(y.clone())])),
        ("x in {y}", x.clone().equals(y)),
    ];
    for (text, expected) in table {
        assert_eq!(shape(text), expected, "{text}");
    }
}

#[test]
fn tuples_become_tables_and_lists_elements() {
    let [x, y, z] = variables();
    let table = |list: &[&Expr], rows: &[[i64; 2]]| {
        let rows = Rows::new(rows.iter().map(|row| row.to_vec())).expect("two columns");
        Expr::Table(list.iter().map(|&expr| expr.clone()).collect(), rows)
    };
    let element = |items: &[&Expr], index: &Expr| {
        let items = items.iter().map(|&expr| expr.clone()).collect();
        Expr::Element { index: boxed(index.clone()), items }
    };
    let cases = [
        ("(x, y) in {(2 ** 2, -3), (1, 2), (4, -3)}", table(&[&x, &y], &[[1, 2], [4, -3]])),
        ("(x, y) not in [(1, 2)]", Expr::Not(boxed(table(&[&x, &y], &[[1, 2]])))),
        (
            "(x, y) in {(1, 2), (z, 3)}",
            Expr::Or(vec![
                table(&[&x, &y], &[[1, 2]]),
                Expr::And(vec![x.clone().equals(z.clone()), y.clone().equals(3)]),
            ]),
        ),
        ("[x, y, z][x]", element(&[&x, &y, &z], &x)),
        ("(x, y)[z] * x", Expr::Product(vec![element(&[&x, &y], &z), x.clone()])),
        ("all_different((x, y, z))", Expr::AllDifferent(vec![x.clone(), y.clone(), z])),
        ("x in {[1, 5][-1], 2}", Expr::Member(boxed(x), MemberSet::Values(vec![2, 5]))),
    ];
    for (text, expected) in cases {
        assert_eq!(shape(text), expected, "{text}");
    }
}
