//! Expressions printed and read again.

use proptest::prelude::*;

use super::super::super::parse;
use super::evaluate::evaluate;
use super::model;
use crate::model::{Comparison, Expr, MemberSet, Rows, VarId};

/// Texts that are printed as they are: no bracket more and none less.
#[test]
fn texts_are_printed_as_they_are() {
    for text in [
        "x - (y + z) - 3",
        "-x ** 2",
        "(-x) ** 2",
        "(-2) ** x",
        "x ** -y ** 2",
        "(x ** y) ** 2",
        "x * y // z * x",
        "x * (y // z)",
        "x / (y / z)",
        "x / y / z",
        "x % (y * z)",
        "-(x * y)",
        "-x * y",
        "x * -3 + -3 * y",
        "(x + y) * z",
        "x + y if z else x if y else 0",
        "(x if y else z) + 1",
        "(x if y else z) if x else y",
        "x < y and y < z or not x == y",
        "(x or y) and z",
        "not (x and y)",
        "(not x) + 1",
        "not not x",
        "(x < y) == (y < z)",
        "x + y in {1, 2}",
        "(x in {1}) == y",
        "x not in range(0, 9, 2)",
        "not x in range(0, 9, 2) or y in {}",
        "not 1 // x in {1, 2}",
        "min(x, y if z else 1, max([x]))",
        "abs(x - y) + ceil_div(x, y) + gcd(x, y, z) + lcm([x])",
        "divides(x, y + z) and is_power_of_two(x) and log2(y) <= 3",
        "all([x]) + any([]) + (x and y)",
        "all_different(x, y + 1, -z) and all_different([x]) or all_different([])",
        "(x, y) in {(-1, 2), (3, 4)}",
        "(x + 1, y if z else 2) not in {(1, 2)} and not x",
        "(x,) in {(1,), (2,)}",
        "not (x, y) in {(1, 2)}",
        "not (1 // x, y) in {(1, 2)}",
        "((x, y) in {}) + ((x, y, z) in {(1, 2, 3)}) ** 2",
        "[4, 8, 16][x]",
        "[x, y + 1][z - 1] * 2 ** [1, 2][x]",
        "-[x][0] ** 2",
        "[[1, 2][x], x if y else z][x if y else z]",
        "x in {1, 2} and [1, 2][x] == 2",
        "min(1, (x, y) in {(1, 2)})",
        "1 if (x, y) in {(1, 2)} else (x, z) in {(1, 2)}",
    ] {
        let model = model();
        let expr = parse(text, &model).unwrap_or_else(|error| panic!("{}", error.render(text, "table", false)));
        let expected = text.replace("not x in range", "x not in range").replace("not (x, y) in", "(x, y) not in");
        assert_eq!(model.display(&expr).to_string(), expected);
    }
}

type Binary = fn(Box<Expr>, Box<Expr>) -> Expr;

fn leaf() -> impl Strategy<Value = Expr> {
    prop_oneof![(0..3_u32).prop_map(|index| Expr::Variable(VarId(index))), (-4..9_i64).prop_map(Expr::Constant)]
}

fn member_set() -> impl Strategy<Value = MemberSet> {
    let values =
        prop::collection::btree_set(-9..9_i64, 0..4).prop_map(|set| MemberSet::Values(set.into_iter().collect()));
    let step = prop_oneof![-3..=-1_i64, 1..=3_i64];
    let range = (-9..9_i64, -9..9_i64, step).prop_map(|(start, stop, step)| MemberSet::Range { start, stop, step });
    prop_oneof![values, range]
}

fn rows(width: usize) -> impl Strategy<Value = Rows> {
    let row = prop::collection::vec(-4..9_i64, width);
    prop::collection::vec(row, 0..4).prop_map(|rows| Rows::new(rows).expect("equally wide"))
}

fn comparison() -> impl Strategy<Value = Comparison> {
    use Comparison::{Equal, Greater, GreaterEqual, Less, LessEqual, NotEqual};
    prop::sample::select(vec![Equal, NotEqual, Less, LessEqual, Greater, GreaterEqual])
}

/// With an exponent that is evidently an integer: others are read as roots.
fn power(base: Box<Expr>, exponent: Box<Expr>) -> Expr {
    Expr::Power(base, Box::new(Expr::FloorDivide(exponent, Box::new(Expr::Constant(1)))))
}

fn boxed(index: u32) -> Box<Expr> {
    Box::new(Expr::Variable(VarId(index)))
}

fn expression() -> impl Strategy<Value = Expr> {
    leaf().prop_recursive(4, 40, 3, |inner| {
        let one = inner.clone().prop_map(Box::new);
        let two = || (one.clone(), one.clone());
        let any = || prop::collection::vec(inner.clone(), 0..4);
        let some = || prop::collection::vec(inner.clone(), 1..4);
        let unary: Vec<fn(Box<Expr>) -> Expr> =
            vec![Expr::Negate, Expr::Negate, Expr::Absolute, Expr::FloorLog2, Expr::IsPowerOfTwo, Expr::Not];
        let binary: Vec<Binary> =
            vec![Expr::Quotient, Expr::FloorDivide, Expr::CeilDivide, Expr::Remainder, power, Expr::Divides];
        let listed: Vec<fn(Vec<Expr>) -> Expr> = vec![Expr::Sum, Expr::Sum, Expr::Product, Expr::And, Expr::Or];
        let reduced: Vec<fn(Vec<Expr>) -> Expr> =
            vec![Expr::Minimum, Expr::Maximum, Expr::Gcd, Expr::Lcm, Expr::AllDifferent];
        prop_oneof![
            (prop::sample::select(unary), one.clone()).prop_map(|(build, a)| build(a)),
            (prop::sample::select(binary), two()).prop_map(|(build, (a, b))| build(a, b)),
            (prop::sample::select(listed), any()).prop_map(|(build, list)| build(list)),
            (prop::sample::select(reduced), some()).prop_map(|(build, list)| build(list)),
            (one.clone(), 1..5_u32).prop_map(|(a, degree)| Expr::FloorRoot(a, degree)),
            // Masks and truths are read as something simpler.
            (0..3_u32, 0..3_u32).prop_map(|(a, b)| Expr::BitAnd(boxed(a), boxed(b))),
            (comparison(), one.clone(), one.clone())
                .prop_map(|(comparison, a, b)| { Expr::Compare(comparison, Box::new(Expr::Log2(a)), b) }),
            (comparison(), two()).prop_map(|(comparison, (a, b))| Expr::Compare(comparison, a, b)),
            (one.clone(), member_set()).prop_map(|(a, set)| Expr::Member(a, set)),
            some()
                .prop_flat_map(|list| {
                    let width = list.len();
                    (Just(list), rows(width))
                })
                .prop_map(|(list, rows)| Expr::Table(list, rows)),
            (one.clone(), some()).prop_map(|(index, items)| Expr::Element { index, items }),
            (one.clone(), two()).prop_map(|(condition, (then, otherwise))| Expr::If { condition, then, otherwise }),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn what_is_printed_reads_as_the_same(expr in expression(), values in prop::array::uniform3(-4..9_i64)) {
        let model = model();
        let shown = model.display(&expr).to_string();
        let read = parse(&shown, &model).expect(&shown);
        prop_assert_eq!(evaluate(&expr, &values), evaluate(&read, &values), "{}", shown);
        prop_assert_eq!(canonical(&expr), canonical(&read), "{}", &shown);
        prop_assert_eq!(model.display(&read).to_string(), model.display(&canonical(&expr)).to_string());
    }
}

/// The expression with nested lists opened up and signs folded into numbers, as the parser builds it.
fn canonical(expr: &Expr) -> Expr {
    let one = |a: &Expr| Box::new(canonical(a));
    let all = |list: &[Expr]| list.iter().map(canonical).collect::<Vec<_>>();
    match expr {
        Expr::Constant(_) | Expr::Variable(_) => expr.clone(),
        Expr::Sum(list) => {
            single(splice(all(list), |e| if let Expr::Sum(l) = e { Ok(l) } else { Err(e) }), 0, Expr::Sum)
        }
        Expr::Product(list) => {
            single(splice(all(list), |e| if let Expr::Product(l) = e { Ok(l) } else { Err(e) }), 1, Expr::Product)
        }
        Expr::And(list) => Expr::And(splice(all(list), |e| if let Expr::And(l) = e { Ok(l) } else { Err(e) })),
        Expr::Or(list) => Expr::Or(splice(all(list), |e| if let Expr::Or(l) = e { Ok(l) } else { Err(e) })),
        Expr::Negate(a) => match canonical(a) {
            Expr::Constant(value) => Expr::Constant(-value),
            Expr::Negate(inner) => *inner,
            other => Expr::Negate(Box::new(other)),
        },
        Expr::Quotient(a, b) => Expr::Quotient(one(a), one(b)),
        Expr::FloorDivide(a, b) => Expr::FloorDivide(one(a), one(b)),
        Expr::CeilDivide(a, b) => Expr::CeilDivide(one(a), one(b)),
        Expr::Remainder(a, b) => Expr::Remainder(one(a), one(b)),
        Expr::Power(a, b) => Expr::Power(one(a), one(b)),
        Expr::Minimum(list) => Expr::Minimum(all(list)),
        Expr::Maximum(list) => Expr::Maximum(all(list)),
        Expr::Absolute(a) => Expr::Absolute(one(a)),
        Expr::Gcd(list) => Expr::Gcd(all(list)),
        Expr::Lcm(list) => Expr::Lcm(all(list)),
        Expr::Log2(a) => Expr::Log2(one(a)),
        Expr::FloorLog2(a) => Expr::FloorLog2(one(a)),
        Expr::FloorRoot(a, degree) => Expr::FloorRoot(one(a), *degree),
        Expr::BitAnd(a, b) => Expr::BitAnd(one(a), one(b)),
        Expr::Compare(comparison, a, b) => Expr::Compare(*comparison, one(a), one(b)),
        Expr::Divides(a, b) => Expr::Divides(one(a), one(b)),
        Expr::IsPowerOfTwo(a) => Expr::IsPowerOfTwo(one(a)),
        Expr::Member(a, set) => Expr::Member(one(a), set.clone()),
        Expr::AllDifferent(list) => Expr::AllDifferent(all(list)),
        Expr::Table(list, rows) => Expr::Table(all(list), rows.clone()),
        Expr::Element { index, items } => Expr::Element { index: one(index), items: all(items) },
        Expr::Not(a) => Expr::Not(one(a)),
        Expr::If { condition, then, otherwise } => {
            Expr::If { condition: one(condition), then: one(then), otherwise: one(otherwise) }
        }
    }
}

fn splice(list: Vec<Expr>, open: fn(Expr) -> Result<Vec<Expr>, Expr>) -> Vec<Expr> {
    list.into_iter().flat_map(|expr| open(expr).unwrap_or_else(|expr| vec![expr])).collect()
}

fn single(mut list: Vec<Expr>, neutral: i64, close: fn(Vec<Expr>) -> Expr) -> Expr {
    match list.len() {
        0 => Expr::Constant(neutral),
        1 => list.remove(0),
        _ => close(list),
    }
}
