//! Cases with their values worked out by hand.

use super::*;
use crate::model::{Model, Values};

fn model() -> (Model, Expr, Expr) {
    let mut model = Model::new();
    let x = model.add_variable("x", Values::range(-100, 100, 1).unwrap()).unwrap();
    let y = model.add_variable("y", Values::range(-100, 100, 1).unwrap()).unwrap();
    (model, x.into(), y.into())
}

fn log2(x: Expr) -> Expr {
    Expr::Log2(Box::new(x))
}

#[test]
fn an_undefined_side_makes_the_comparison_false() {
    let (_, x, y) = model();
    let fits = Expr::Or(vec![x.clone().equals(0), (y.clone() % x.clone()).equals(0)]);
    assert_eq!(holds(&fits, &[0, 5]), Ok(true));
    assert_eq!(holds(&(y.clone() % x.clone()).equals(0), &[0, 5]), Ok(false));
    assert_eq!(holds(&Expr::Not(Box::new((y % x).equals(0))), &[0, 5]), Ok(true));
}

#[test]
fn quotients_are_exact() {
    let (_, x, y) = model();
    let third = x.clone() / 3;
    assert_eq!(holds(&(third.clone() + third.clone() + third).equals(x.clone()), &[1, 0]), Ok(true));
    assert_eq!(holds(&(x.clone() / y.clone()).at_most(Expr::from(1) / 3), &[33, 99]), Ok(true));
    assert_eq!(holds(&(x / y).at_most(Expr::from(1) / 3), &[34, 99]), Ok(false));
}

#[test]
fn logarithms_are_compared_exactly() {
    let (_, x, y) = model();
    assert_eq!(holds(&log2(x.clone()).at_most(3), &[8, 0]), Ok(true));
    assert_eq!(holds(&log2(x.clone()).at_most(3), &[9, 0]), Ok(false));
    assert_eq!(holds(&log2(x.clone()).at_least(Expr::from(7) / 2), &[12, 0]), Ok(true), "2**3.5 = 11.3");
    assert_eq!(holds(&log2(x.clone()).at_least(Expr::from(7) / 2), &[11, 0]), Ok(false));
    assert_eq!(evaluate(&log2(x.clone()), &[12, 0]), Ok(None));
    assert_eq!(holds(&log2(x).at_most(y), &[0, 5]), Ok(false));
}

#[test]
fn what_is_undefined_is_in_no_row_and_different_from_nothing() {
    let (_, x, y) = model();
    let half = x.clone() / 2;
    let table = Expr::Table(vec![half.clone(), y.clone()], crate::model::Rows::new([vec![2, 7]]).unwrap());
    assert_eq!(holds(&table, &[4, 7]), Ok(true));
    assert_eq!(holds(&table, &[5, 7]), Ok(false));
    let different = Expr::AllDifferent(vec![half, y.clone() / x.clone(), y]);
    assert_eq!(holds(&different, &[2, 8]), Ok(true), "1, 4, 8");
    assert_eq!(holds(&different, &[4, 8]), Ok(false), "2, 2, 8");
    assert_eq!(holds(&different, &[0, 8]), Ok(false), "0, undefined, 8");
}

#[test]
fn an_item_is_found_from_both_ends() {
    let (_, x, y) = model();
    let items = vec![10.into(), y / 0, 30.into()];
    let element = Expr::Element { index: Box::new(x / 2), items };
    let item = |index: i64| evaluate(&element, &[index, 0]).unwrap().map(|item| item.to_integer().to_i64().unwrap());
    assert_eq!([0, 4, -2, -6].map(item), [Some(10), Some(30), Some(30), Some(10)]);
    assert_eq!([2, -4, 6, -8, 1].map(item), [None; 5], "undefined item, beyond either end, half an index");
}

#[test]
fn a_power_beyond_reach_is_an_error() {
    let (_, x, _) = model();
    let tower = Expr::Power(Box::new(Expr::from(10)), Box::new(Expr::Power(Box::new(Expr::from(10)), Box::new(x))));
    assert_eq!(evaluate(&tower, &[10, 0]), Err(TooLarge));
}
