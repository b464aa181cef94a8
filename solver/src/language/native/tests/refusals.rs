//! Texts that are no expressions: what is said, and where.

use std::ops::Range;

use super::super::super::{NumberFault, SyntaxErrorKind as Kind, parse};
use super::model;

fn refusal(text: &str) -> (Kind, Range<usize>) {
    let error = parse(text, &model()).expect_err(text);
    (error.kind, error.span)
}

fn foreign(found: &str) -> impl Fn(&Kind) -> bool {
    move |kind| matches!(kind, Kind::ForeignOperator { found: actual, .. } if actual == found)
}

#[test]
fn operators_of_other_languages() {
    let table = [
        ("x = 2", "=", 2..3),
        ("x <> 2", "<>", 2..4),
        ("x => y", "=>", 2..4),
        ("x =< y", "=<", 2..4),
        ("x is y", "is", 2..4),
        ("x ? y : z", "?", 2..3),
        ("x; y", ";", 1..2),
    ];
    for (text, found, span) in table {
        let (kind, actual) = refusal(text);
        assert!(foreign(found)(&kind), "{text}: {kind:?}");
        assert_eq!(actual, span, "{text}");
    }
}

#[test]
fn broken_grammar() {
    let found = |text: &str| Some(text.to_owned());
    let operand = |text: &str| Kind::ExpectedOperand { found: found(text) };
    let unexpected = |text: &str, operand| Kind::Unexpected { found: found(text), operand };
    let table = [
        ("", Kind::Empty, 0..0),
        ("  # nothing", Kind::Empty, 0..11),
        ("x +", Kind::ExpectedOperand { found: None }, 3..3),
        ("x * / y", operand("/"), 4..5),
        ("()", operand(")"), 1..2),
        ("min(, x)", operand(","), 4..5),
        ("x and or y", operand("or"), 6..8),
        ("x y", unexpected("y", true), 2..3),
        ("2(x)", unexpected("(", true), 1..2),
        ("x, y", unexpected(",", false), 1..2),
        ("x else y", unexpected("else", false), 2..6),
        ("min(x y)", unexpected("y", true), 6..7),
        ("x if y", Kind::MissingElse, 2..4),
        ("(x if y)", Kind::MissingElse, 3..5),
        ("x == not y", Kind::NotNeedsBrackets { found: "not".into() }, 5..8),
        ("x in {1} == 1", unexpected("==", false), 9..11),
        ("x in y", Kind::ExpectedSet, 5..6),
        ("x in", Kind::ExpectedSet, 4..4),
        ("x in range", Kind::ExpectedSet, 5..10),
        ("x in range(1, 5, 0)", Kind::ZeroStep, 5..10),
        ("x in range(1, 5, y)", Kind::StepNotConstant, 5..10),
        ("[1, 2]", Kind::MisplacedList, 0..1),
        ("1 + (x, y)", Kind::MisplacedList, 4..10),
        ("min([x], y)", Kind::MisplacedList, 4..5),
        ("sum(x for x in [1])", Kind::Comprehension, 6..9),
        ("'a' == x", Kind::Quoted, 0..3),
        ("x.size", Kind::Attribute, 0..2),
        ("math.pi", Kind::FunctionNotCalled { name: "pi".into() }, 5..7),
        ("x[0]", Kind::Subscript, 1..2),
        ("(x + y)[0]", Kind::Subscript, 7..8),
        ("2 * min(x, y)[0]", Kind::Subscript, 13..14),
        ("[1, 2][x][y]", Kind::Subscript, 9..10),
        ("[][x]", Kind::NoItems, 0..2),
        ("{1, 2}[x]", Kind::MisplacedList, 0..1),
        ("[[1, 2], [3, 4]][x]", Kind::MisplacedList, 1..2),
        ("[1, 2][x, y]", unexpected(",", false), 8..9),
        ("[1, 2][]", operand("]"), 7..8),
        ("x in [1, 2][y]", unexpected("[", true), 11..12),
        ("(x, y)", Kind::MisplacedList, 0..6),
        ("(x, y) == (1, 2)", Kind::MisplacedList, 0..6),
        ("1 + (x, y) in {(1, 2)}", Kind::MisplacedList, 4..10),
        ("x == (x, y) in {(1, 2)}", Kind::MisplacedList, 5..11),
        ("max((x, y) + 1, 2)", Kind::MisplacedList, 4..10),
        ("((x, y)) in {(1, 2)}", Kind::MisplacedList, 1..7),
        ("(x, y) in z", Kind::ExpectedRows, 10..11),
        ("(x, y) not in", Kind::ExpectedRows, 13..13),
        ("(x, y) in range(4)", Kind::ExpectedRows, 10..15),
        ("(x, y) in {(1, 2), 3}", Kind::ExpectedRow { width: 2 }, 19..20),
        ("(x, y) in (1, 2)", Kind::ExpectedRow { width: 2 }, 11..12),
        ("(x, y) in [[1, 2]]", Kind::ExpectedRow { width: 2 }, 11..17),
        ("(x,) in {1}", Kind::ExpectedRow { width: 1 }, 9..10),
        ("(x, y) in {(1, 2), (1, 2, 3)}", Kind::RowWidth { expected: 2, found: 3 }, 19..28),
        ("(x, y) in {(1, 2), (1,)}", Kind::RowWidth { expected: 2, found: 1 }, 19..23),
        ("x in {(1, 2), (3, 4)}", Kind::MisplacedRow, 6..12),
        ("(x, y) in {(1, 2)} == 1", unexpected("==", false), 19..21),
        ("(x, y) in {(1, 2)} in {1}", unexpected("in", true), 19..21),
        ("(x, y) in {(1, 2) 3}", unexpected("3", true), 18..19),
        ("x \u{2264} y", Kind::UnknownCharacter { character: '\u{2264}' }, 2..5),
        ("x\0", Kind::UnknownCharacter { character: '\0' }, 1..2),
        ("x $ y", Kind::UnknownCharacter { character: '$' }, 2..3),
    ];
    for (text, kind, span) in table {
        assert_eq!(refusal(text), (kind, span), "{text:?}");
    }
}

#[test]
fn brackets_names_numbers_and_arguments() {
    let unclosed = |close: Option<&str>| Kind::UnclosedBracket { open: "(".into(), close: close.map(String::from) };
    let number = |literal: &str, fault| Kind::Number { literal: literal.into(), fault };
    let count = |function, takes, found| Kind::ArgumentCount { function, takes, found };
    let unknown = |name: &str, candidates: &[&str]| Kind::UnknownName {
        name: name.into(),
        candidates: candidates.iter().map(|&name| name.to_owned()).collect(),
    };
    let no_function = |name: &str, candidates: &[&str], is_number| Kind::UnknownFunction {
        name: name.into(),
        candidates: candidates.iter().map(|&name| name.to_owned()).collect(),
        is_number,
    };
    let table = [
        ("x + (y", unclosed(None), 4..5),
        ("x + (y]", unclosed(Some("]")), 4..5),
        ("x + y)", Kind::UnopenedBracket { close: ")".into() }, 5..6),
        ("9007199254740992", number("9007199254740992", NumberFault::TooLarge), 0..16),
        ("x + 3y", number("3y", NumberFault::Malformed), 4..6),
        ("010", number("010", NumberFault::LeadingZero), 0..3),
        ("xx + 1", unknown("xx", &["x"]), 0..2),
        ("X", unknown("X", &["x"]), 0..1),
        ("tile", unknown("tile", &[]), 0..4),
        ("mim(x, y)", no_function("mim", &["min"], false), 0..3),
        ("x(y)", no_function("x", &[], true), 0..1),
        ("min", Kind::FunctionNotCalled { name: "min".into() }, 0..3),
        ("abs()", count("abs", "one argument", 0), 0..3),
        ("abs(x, y)", count("abs", "one argument", 2), 0..3),
        ("1 + divides(x)", count("divides", "two arguments", 1), 4..11),
        ("min()", count("min", "at least one argument, or one list", 0), 0..3),
        ("all_different()", count("all_different", "at least one argument, or one list", 0), 0..13),
        ("min([])", count("min", "at least one argument, or one list", 0), 0..3),
    ];
    for (text, kind, span) in table {
        assert_eq!(refusal(text), (kind, span), "{text:?}");
    }
}

#[test]
fn what_cannot_be_decided_exactly() {
    for (text, span, part) in [
        ("sqrt(x) + sqrt(y) <= 3", 0..14, "more than one root"),
        ("x > 1 and sqrt(x) + log2(y) <= 3", 10..24, "a root and a logarithm"),
        ("x ** y ** 0.5 <= 3", 2..9, "the exponent may be a fraction"),
        ("2 <= x ** (y / 2)", 7..9, "the exponent may be a fraction"),
        ("x ** 1.5", 2..4, "stands alone"),
        ("1 / (sqrt(x) + 1) < 2", 5..9, "divided by a sum"),
        ("floor(sqrt(x) / y) > 2", 6..10, "rounded"),
    ] {
        let (kind, actual) = refusal(text);
        let Kind::Undecidable { reason } = kind else { panic!("{text}: {kind:?}") };
        assert!(reason.contains(part), "{text}: {reason}");
        assert_eq!(actual.start, span.start, "{text}");
    }
    assert_eq!(refusal("log(x) <= 2").0, Kind::LogarithmBase);
    assert_eq!(refusal("log(x, 10) <= 2").0, Kind::LogarithmBase);
    assert_eq!(refusal("floor_root(x, y) <= 2").0, Kind::Degree);
}

#[test]
fn an_error_is_shown_with_its_line_and_hint() {
    let text = "x <= 4 and\n  xy ** 2 < z";
    let shown = parse(text, &model()).unwrap_err().render(text, "problems/x.json: constraints[2]", false);
    let expected = "\
error: unknown name `xy`
 --> problems/x.json: constraints[2]:2:3
  |
2 |   xy ** 2 < z
  |   ^^
  |
  = help: did you mean `x` or `y`?";
    assert_eq!(shown, expected);
}

#[test]
fn tuples_and_lists_are_mended_by_example() {
    let message = |text: &str| parse(text, &model()).expect_err(text).to_string();
    let rows = "write `(a, b) in {(1, 2), (3, 4)}`, each row as wide as the tuple";
    let table = [
        ("(x, y) in {(1, 2, 3)}", format!("a row of 3 stands where a row of 2 is due (at byte 11); {rows}")),
        ("(x, y) in {4}", format!("a number stands where a row of 2 is due (at byte 11); {rows}")),
        ("x in {(1, 2)}", format!("a row stands where a number is due (at byte 6); {rows}")),
        ("x[1]", "only a list takes a subscript (at byte 1); write the items in brackets: `[4, 8, 16][i]`".to_owned()),
        ("[][x]", "a list without items has none to choose (at byte 0)".to_owned()),
    ];
    for (text, expected) in table {
        assert_eq!(message(text), expected);
    }
    assert!(message("(x, y) < 3").contains("`(a, b) in {(1, 2), (3, 4)}`"));
}

#[test]
fn of_a_long_line_the_surroundings_are_shown() {
    let text = format!("{} + nothing + {}", "x + ".repeat(5000) + "x", "y + ".repeat(5000) + "y");
    let shown = parse(&text, &model()).unwrap_err().render(&text, "long", false);
    assert!(shown.lines().all(|line| line.chars().count() < 140), "{shown}");
    let lines: Vec<&str> = shown.lines().collect();
    assert_eq!(lines[1].trim(), "--> long:1:20005");
    let (source, carets) = (lines[lines.len() - 2], lines[lines.len() - 1]);
    let column = carets.chars().position(|c| c == '^').expect("a caret");
    assert_eq!(source.chars().skip(column).take(7).collect::<String>(), "nothing", "{shown}");
}

#[test]
fn control_characters_do_not_reach_the_terminal() {
    for text in ["x \u{1b}[31m", "\u{7}", "x + \u{202e}y", "'\u{1b}'"] {
        let shown = parse(text, &model()).unwrap_err().render(text, "a\u{1b}b", false);
        assert!(!shown.chars().any(|c| c.is_control() && c != '\n' || c == '\u{202e}'), "{shown:?}");
    }
}
