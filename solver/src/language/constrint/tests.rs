//! What the dialect means, warns of and refuses.

use super::super::error::SyntaxErrorKind;
use super::{Parsed, parse};
use crate::model::{Comparison, Expr, Values};
use proptest::prelude::*;

fn parsed(text: &str) -> Parsed {
    parse(text).unwrap_or_else(|error| panic!("{text}: {error}"))
}

/// Each statement in the native language.
fn native(text: &str) -> Vec<String> {
    let model = parsed(text).model;
    model.constraints().iter().map(|constraint| model.display(&constraint.expr).to_string()).collect()
}

fn refused(text: &str) -> (SyntaxErrorKind, String) {
    let error = parse(text).expect_err(text);
    (error.kind, text[error.span].to_owned())
}

#[test]
fn operators_bind_as_the_table_says() {
    for (text, expected) in [
        ("a + b % 4 == 0", "(a + b) % 4 == 0"),
        ("a * b % c * d == 0", "a * b % (c * d) == 0"),
        ("a % b % c == 0", "a % b % c == 0"),
        ("a ^ 2 % a == 0", "a ** 2 % a == 0"),
        ("2 * a ^ b ^ 3 <= 5", "2 * a ** b ** 3 <= 5"),
        ("a == b == 3", "a == b and b == 3"),
        ("1<=a<b!=4", "1 <= a and a < b and b != 4"),
        ("a == 2 | b == 3 || a > b", "a == 2 or b == 3 or a > b"),
        ("a == [3, -1, 3,]", "a in {-1, 3}"),
        ("[1] == a * 2", "a * 2 in {1}"),
        ("a != [1, 2]", "a != 1 and a != 2"),
        ("-3 * -2 <= a", "-3 * -2 <= a"),
        ("a\t==#no\n 1", "a == 1"),
    ] {
        assert_eq!(native(text), [expected], "{text}");
    }
    assert_eq!(native(";a == 2 |\n b == 3; a <= 5;; # end"), ["a == 2 or b == 3", "a <= 5"]);
}

#[test]
fn statements_are_named_by_their_lines() {
    let model = parsed("# about\na == 1; b\n # of two lines\n<= 2;\n\nc==3").model;
    let all: Vec<_> = model.constraints().iter().map(|one| (one.name.as_str(), one.text.as_str())).collect();
    assert_eq!(all, [("line 2", "a == 1"), ("line 2, statement 2", "b <= 2"), ("line 6", "c==3")]);
    let names: Vec<_> = model.variables().iter().map(|variable| variable.name.as_str()).collect();
    assert_eq!(names, ["a", "b", "c"]);
}

#[test]
fn ranges_hold_what_statements_set_variables_equal_to() {
    let values = |text: &str| parsed(text).model.variables()[0].values.clone();
    let range = |lo, hi| Values::range(lo, hi, 1).unwrap();
    let usual = 1 << 30;
    for (text, expected) in [
        ("a <= 5", range(1, usual)),
        ("a == [0, 7]; a == 3", range(0, usual)),
        ("-2 == a", range(-2, usual)),
        ("a == 5000000000", range(1, 5_000_000_000)),
        ("a == 0 | a == [-4, 2]", range(-4, usual)),
        ("a == 0 | b == 0", range(1, usual)),
        ("a * 2 == 0", range(1, usual)),
    ] {
        assert_eq!(values(text), expected, "{text}");
    }
}

#[test]
fn brackets_that_matter_are_named() {
    for (text, expected) in [
        ("c == (a + b) * 2", &["(a + b)"][..]),
        ("c == ((a + b)) * 2", &["((a + b))"]),
        ("(c) == (((a * b) + 2)) % (4)", &[]),
        ("a % (b * c) == 0", &[]),
        ("a + (b % c) == 0", &["(b % c)"]),
        ("d + ((a % b) * c) == 0", &["(a % b)"]),
        ("a % (b % c) == 0", &["(b % c)"]),
        ("(a ^ b) ^ c <= (a ^ (b ^ c))", &["(a ^ b)"]),
        ("(a == b) == c", &["(a == b)"]),
        ("(a == 1 | b == 2); c == 3", &[]),
        ("(a == 1; b == 2;)", &[]),
        ("(a == 1; b == 2) | c == 3", &["(a == 1; b == 2)"]),
        ("a == (1 | b == 2)", &["(1 | b == 2)"]),
        ("a == 1 (+ b)", &["(+ b)"]),
        ("a () == [(1), (-2)]", &["()"]),
    ] {
        let found: Vec<_> = parsed(text).warnings.into_iter().map(|warning| &text[warning.span]).collect();
        assert_eq!(found, expected, "{text}");
    }
}

#[test]
fn a_warning_shows_how_the_statement_is_read() {
    let text = "b == 1;\nc == (a + b) * 2;";
    let shown = "\
warning: brackets group nothing: this is read as `c == a + b * 2`
 --> x.constrint:2:6
  |
2 | c == (a + b) * 2;
  |      ^^^^^^^
  |
  = help: give the part in brackets a name of its own: `part == …;`";
    assert_eq!(parsed(text).warnings[0].render(text, "x.constrint", false), shown);
}

#[test]
fn refusals() {
    use SyntaxErrorKind::{Empty, ListNeedsEqual, ListOfIntegers, NotAComparison, NotWhole, TooDeep};
    for (text, kind, place) in [
        (" # nothing", Empty, " # nothing"),
        ("a + b; c == 1", NotAComparison, "a + b"),
        ("a == 1 | b", NotAComparison, "b"),
        ("a == [1, b]", ListOfIntegers, "b"),
        ("a == []", ListOfIntegers, "]"),
        ("a <= [1]", ListNeedsEqual, "<="),
        ("[1] == [2]", ListNeedsEqual, "[2]"),
        ("a == 2 * [1]", ListNeedsEqual, "["),
        ("a == 0.5", NotWhole, "0.5"),
        (&("a".to_owned() + &" ^ a".repeat(300) + " == 1"), TooDeep, "^"),
        (&("a".to_owned() + &" % a".repeat(300) + " == 1"), TooDeep, "%"),
    ] {
        assert_eq!(refused(text), (kind, place.to_owned()), "{text}");
    }
    for (text, place, hint) in [
        ("a - b == 1", "-", "other side"),
        ("a / 2 == 1", "/", "other side"),
        ("a ** 2 == 1", "**", "`^`"),
        ("a = 1", "=", "`==`"),
        ("a =< 1", "=<", "`<=`"),
        ("a == 1 and b == 2", "and", "`;`"),
        ("a == 1 or b == 2", "or", "`|`"),
        ("a in [1]", "in", "`==`"),
        ("a == {1}", "{", "[1, 2, 3]"),
        ("a ≤ 1", "≤", "<="),
        ("a b == 1", "b", "missing"),
    ] {
        let error = parse(text).expect_err(text);
        assert_eq!(&text[error.span.clone()], place, "{text}");
        assert!(error.hint().is_some_and(|found| found.contains(hint)), "{text}: {error}");
    }
    for text in
        ["(a == 1", "a == 1)", "a == [1", "a == ", "== 1", "a == 1 |", "a == 1 | | b == 2", "a ==; 1", "a == 'x'"]
    {
        parse(text).expect_err(text);
    }
}

#[test]
fn long_texts_are_read() {
    parsed(&"a == 1; ".repeat(100_000));
    parsed(&("a == 1".to_owned() + &" + (a + 2) * 3".repeat(100_000)));
    parsed(&("a == ".to_owned() + &"(".repeat(200) + "1" + &")".repeat(200)));
    assert_eq!(refused(&("(".repeat(100_000) + "a == 1")).0, SyntaxErrorKind::TooDeep);
}

/// A term as its brackets group it, and its text with brackets around every operation.
fn term() -> impl Strategy<Value = (Expr, String)> {
    let model = parsed("a + b == c").model;
    let names: Vec<_> = model.variable_ids().zip(["a", "b", "c"]).collect();
    let leaf = prop::sample::select(names).prop_map(|(id, name)| (Expr::Variable(id), name.to_owned()));
    leaf.prop_recursive(4, 24, 2, |inner| {
        (inner.clone(), inner, prop::sample::select(vec!["%", "+", "*", "^"]), any::<bool>()).prop_map(
            |((a, left), (b, right), operator, brackets)| {
                let text = format!("{left} {operator} {right}");
                let text = if brackets { format!("({text})") } else { text };
                let (x, y) = (Box::new(a.clone()), Box::new(b.clone()));
                let expr = match operator {
                    "%" => Expr::Remainder(x, y),
                    "+" => Expr::Sum(vec![a, b]),
                    "*" => Expr::Product(vec![a, b]),
                    _ => Expr::Power(x, y),
                };
                (expr, text)
            },
        )
    })
}

/// The text with brackets around every operation, as the tree has them.
fn bracketed(expr: &Expr) -> String {
    let parts: Vec<_> = expr.operands().into_iter().map(bracketed).collect();
    match expr {
        Expr::Variable(id) => ["a", "b", "c"][id.index()].to_owned(),
        Expr::Remainder(..) => format!("({})", parts.join(" % ")),
        Expr::Sum(_) => format!("({})", parts.join(" + ")),
        Expr::Product(_) => format!("({})", parts.join(" * ")),
        _ => format!("({})", parts.join(" ^ ")),
    }
}

proptest! {
    /// Fully bracketed, a tree is read as it is exactly where no brackets matter.
    #[test]
    fn no_warning_means_that_brackets_change_nothing((tree, _) in term()) {
        let text = format!("a + b == c; {} == 1", bracketed(&tree));
        let found = parsed(&text);
        // Displayed, for nested sums and products are the same as flat ones.
        let meant = found.model.display(&tree.compare(Comparison::Equal, 1)).to_string();
        let read = found.model.display(&found.model.constraints()[1].expr).to_string();
        prop_assert_eq!(meant == read, found.warnings.is_empty(), "{} read as {}", text, read);
    }

    /// A text means the same whatever brackets it has.
    #[test]
    fn brackets_group_nothing((_, text) in term()) {
        let text = format!("a + b == c; {text} == 1");
        let bare = text.replace(['(', ')'], "");
        let (with, without) = (parsed(&text).model, parsed(&bare).model);
        prop_assert_eq!(&with.constraints()[1].expr, &without.constraints()[1].expr);
    }
}
