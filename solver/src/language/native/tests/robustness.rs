//! Texts that are long, deep, or noise: no panic, no overflow, no blow-up.

use proptest::prelude::*;

use super::super::super::{MAX_NESTING, Names, SyntaxErrorKind as Kind, parse};
use super::model;
use crate::model::Expr;

const LONG: usize = 100_000;

#[test]
fn chains_of_associative_operators_have_no_limit() {
    for separator in [" + ", " - ", " * ", " and ", " or ", " -> ", " < "] {
        let text = vec!["x"; LONG / 10].join(separator);
        assert!(parse(&text, &model()).is_ok(), "{separator}");
    }
    let Ok(Expr::Sum(terms)) = parse(&vec!["x"; 2 * LONG].join("+"), &model()) else { panic!("a sum") };
    assert_eq!(terms.len(), 2 * LONG);
    let list = vec!["x"; LONG / 10].join(", ");
    for text in [format!("min({list})"), format!("sum([{list}])"), format!("x in {{{list}}}")] {
        assert!(parse(&text, &model()).is_ok());
    }
}

#[test]
fn depth_is_refused_where_it_becomes_too_much() {
    let table = [
        ("(".repeat(LONG) + "x" + &")".repeat(LONG), 200),
        ("abs(".repeat(LONG) + "x" + &")".repeat(LONG), 803),
        ("-".repeat(LONG) + "x", 200),
        ("not ".repeat(LONG) + "x", 800),
        (vec!["x"; LONG].join("//"), 599 + 1),
        (vec!["x"; LONG].join("**"), 600 + 1),
        ("1 if x else ".repeat(LONG) + "x", 2402),
    ];
    for (text, place) in table {
        let error = parse(&text, &model()).expect_err("too deep");
        assert_eq!(error.kind, Kind::TooDeep, "{}", &text[..40]);
        assert!(error.span.start.abs_diff(place) <= 3, "{} at {:?}", &text[..40], error.span);
    }
}

#[test]
fn the_limit_itself_is_allowed() {
    for open in ["(", "abs(", "-(", "1 // (", "1 - ("] {
        let text = open.repeat(MAX_NESTING) + "x" + &")".repeat(MAX_NESTING);
        assert!(parse(&text, &model()).is_ok(), "{open}");
    }
    assert!(parse(&("[1, 2][".repeat(MAX_NESTING) + "x" + &"]".repeat(MAX_NESTING)), &model()).is_ok());
    assert!(parse(&vec!["x"; MAX_NESTING + 1].join("//"), &model()).is_ok());
    assert!(parse(&vec!["x"; MAX_NESTING + 2].join("//"), &model()).is_err());
}

/// The deepest recursion that the limits let through fits into 1 MiB in a debug build, half of what a thread has.
#[test]
fn the_deepest_texts_leave_stack_to_spare() {
    let deepest = [
        "(1 -> 0 or 1 and not 1 < 1 + 1 * -1 ** ".repeat(25) + "x" + &")".repeat(25),
        "min(1, [".repeat(100) + "x" + &"])".repeat(100),
        "min([1 // ".repeat(100) + "x" + &"])".repeat(100),
        "1 // (".repeat(200) + "x" + &")".repeat(200),
        "1 if x else (1 // (".repeat(66) + "x" + &"))".repeat(66),
        "[1, 2][".repeat(200) + "x" + &"]".repeat(200),
        "[1 // [".repeat(100) + "x" + &", 1][x]".repeat(200),
        "not (x, ".repeat(200) + "x" + &") in {(1, 2)}".repeat(200),
    ];
    let run = move || {
        for text in deepest {
            if let Ok(expr) = parse(&text, &model()) {
                assert!(!model().display(&expr.clone()).to_string().is_empty());
            }
        }
    };
    std::thread::Builder::new().stack_size(1 << 20).spawn(run).expect("a thread").join().expect("no overflow");
}

/// The middle of a chain is doubled, and so is the subject of `in`: nested, that is exponential.
#[test]
fn doubling_is_stopped() {
    let chain = "(1 < ".repeat(60) + "x" + &" < 2)".repeat(60);
    let member = "(".repeat(60) + "x" + &" in {x, y})".repeat(60);
    let row = "((x, ".repeat(60) + "x" + &") in {(x, y), (y, x)})".repeat(60);
    for text in [chain, member, row] {
        assert_eq!(parse(&text, &model()).expect_err("too large").kind, Kind::TooLarge);
    }
    let (model, mut text) = (model(), "x".to_owned());
    let mut names = Names::over(&model);
    let refused = (0..60).find_map(|step| {
        let expr = match parse(&format!("min({text}, {text})"), &names) {
            Ok(expr) => expr,
            Err(error) => return Some(error.kind),
        };
        text = format!("step_{step}");
        names.insert(text.clone(), expr);
        None
    });
    assert_eq!(refused, Some(Kind::TooLarge));
}

#[test]
fn names_do_not_get_around_the_limit_on_depth() {
    let (model, mut text) = (model(), "x".to_owned());
    let mut names = Names::over(&model);
    let refused = (0..300).find_map(|step| {
        let expr = match parse(&format!("-({text}) // y"), &names) {
            Ok(expr) => expr,
            Err(error) => return Some((step, error.kind)),
        };
        text = format!("step_{step}");
        names.insert(text.clone(), expr);
        None
    });
    assert_eq!(refused, Some((MAX_NESTING, Kind::TooDeep)));
}

const ALPHABET: [&str; 58] = [
    "x",
    "y",
    "z",
    "K",
    "1",
    "2",
    "0.5",
    "1e3",
    "0x1f",
    "9007199254740991",
    "+",
    "-",
    "*",
    "/",
    "//",
    "%",
    "**",
    "&",
    "|",
    "^",
    "~",
    "<<",
    ">>",
    "sqrt",
    "floor",
    "==",
    "!=",
    "<",
    "<=",
    ">",
    "->",
    "(",
    "(",
    ")",
    ")",
    "[",
    "]",
    "{",
    "}",
    ",",
    " if ",
    " else ",
    " and ",
    " or ",
    " not ",
    " in ",
    "range",
    "min",
    "sum",
    "abs",
    "log2",
    "math.",
    ".",
    "!",
    "True",
    "\u{2264}",
    "\n",
    "#",
];

proptest! {
    #[test]
    fn noise_of_tokens_never_panics(parts in prop::collection::vec(prop::sample::select(&ALPHABET[..]), 0..40)) {
        answer(&parts.concat());
    }

    #[test]
    fn noise_of_characters_never_panics(text in "\\PC*") {
        answer(&text);
    }
}

/// Parses, prints and parses again, or shows the error.
fn answer(text: &str) {
    let model = model();
    match parse(text, &model) {
        Ok(expr) => {
            let shown = model.display(&expr).to_string();
            assert!(parse(&shown, &model).is_ok(), "{text:?} is shown as {shown:?}");
        }
        Err(error) => {
            assert!(text.is_char_boundary(error.span.start) && text.is_char_boundary(error.span.end), "{error:?}");
            assert!(!error.render(text, "noise", false).is_empty() && !error.to_string().is_empty());
        }
    }
}
