//! What is accepted but perhaps not meant.

use super::super::super::{WarningKind, read};
use super::model;

fn told(text: &str) -> Vec<WarningKind> {
    let (_, warnings) = read(text, &model()).unwrap_or_else(|error| panic!("{}", error.render(text, "doubts", false)));
    warnings.into_iter().map(|warning| warning.kind).collect()
}

#[test]
fn where_python_would_answer_otherwise() {
    use WarningKind::{BitsInComparison, OperandAsValue, PerhapsPower, Rounded};
    for (text, expected) in [
        ("x ^ 2 <= 9", vec![PerhapsPower]),
        ("2 ^ x + 3 ^ y == 1 ^ z", vec![PerhapsPower]),
        ("(x and y) == 3", vec![OperandAsValue]),
        ("x * (y or 1) > 2", vec![OperandAsValue]),
        ("abs(x or y) > 2", vec![OperandAsValue]),
        ("(1 if z else x or y) == 2", vec![OperandAsValue]),
        ("0.1 * 3 == 0.3", vec![Rounded]),
        ("1 / x + 1 / y <= 1", vec![Rounded]),
        ("x / 3 * 3 == x", vec![Rounded]),
        ("x // 0.1 == 10", vec![Rounded]),
        ("floor(x * 0.7) == 7", vec![Rounded]),
        ("x ** (1 / 3) >= 4", vec![Rounded]),
        ("x > 1 & y > 2", vec![BitsInComparison]),
        ("(x or y) + 0.1 * x == (x ^ y)", vec![OperandAsValue, PerhapsPower, Rounded]),
    ] {
        let mut told = told(text);
        told.sort_by_key(|kind| format!("{kind:?}"));
        assert_eq!(told, expected, "{text}");
    }
}

#[test]
fn where_both_agree_nothing_is_told() {
    for text in [
        "x & (x - 1) == 0",
        "x ^ 0xff == 1",
        "(x > 1) ^ (y > 1)",
        "(x > 1) & (y > 1)",
        "(x > 1 and y > 1) + 1 == 2",
        "x and y or not z",
        "(x or y) and z",
        "x / y <= 0.3",
        "x * y / (x + y) >= 16.5",
        "x / 2 * 3 == 4.5",
        "0.25 * x + 0.5 <= 3",
        "all([x, y]) == 1",
        "log2(x) + 1 <= 4",
        "sqrt(x) * 2 <= y",
        "x // 3 + x % 5 == 2 ** y",
        "min(x / 3, y / 7) <= 1 / 3",
    ] {
        assert_eq!(told(text), [], "{text}");
    }
}

#[test]
fn a_doubt_is_shown_with_its_place() {
    let text = "x > 1 and 2 ^ y <= 9";
    let shown = read(text, &model()).unwrap().1[0].render(text, "p.json: constraints[0]", false);
    let expected = "\
warning: `^` is the exclusive or of bits, as in Python, and no power
 --> p.json: constraints[0]:1:13
  |
1 | x > 1 and 2 ^ y <= 9
  |             ^
  |
  = help: a power is written `**`";
    assert_eq!(shown, expected);
}
