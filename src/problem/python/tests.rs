//! Tables of lists and refusals; the evaluator against Python itself, where there is one; anything at all as text.

use super::error::PythonErrorKind as Kind;
use super::lexer::tokens;
use super::{Value, list};
use proptest::prelude::*;
use std::io::Write;
use std::process::{Command, Stdio};

fn numbers(text: &str) -> Vec<i128> {
    let whole = |value: Value| match value {
        Value::Integer(value) => value,
        Value::Truth(value) => i128::from(value),
        other => panic!("{text}: {other:?}"),
    };
    list(text).unwrap_or_else(|error| panic!("{text}: {error}")).into_iter().map(whole).collect()
}

#[test]
fn lists() {
    for (text, expected) in [
        ("[1, 2, 4]", &[1, 2, 4][..]),
        ("[]", &[]),
        ("(1, 2,)", &[1, 2]),
        ("1, 2", &[1, 2]),
        ("range(3)", &[0, 1, 2]),
        ("list(range(9, 0, -4))", &[9, 5, 1]),
        ("[1, 2] + list(range(4, 13, 4))", &[1, 2, 4, 8, 12]),
        ("[2**i for i in range(0, 6)]", &[1, 2, 4, 8, 16, 32]),
        ("[1 << i for i in range(3)]", &[1, 2, 4]),
        ("[i for i in range(1, 10+1) if 10 % i == 0]", &[1, 2, 5, 10]),
        ("[i * j for i in [1, 2] for j in [1, i] if i]", &[1, 1, 2, 4]),
        ("list(2 * i for i in (1, 2))", &[2, 4]),
        ("[-2 ** 2, (-2) ** 2, 2 ** 3 ** 2, -7 // 2, -7 % 3, 7 % -3]", &[-4, 4, 512, -4, 2, -2]),
        ("[True, False, not 1, 3 and 4, 0 or 5, 1 if 0 else 6]", &[1, 0, 0, 4, 5, 6]),
        ("[1 < 2 < 3, 1 < 2 > 5, 3 in [1, 3], 4 not in range(0, 9, 2)]", &[1, 0, 1, 0]),
        ("[0x10, 0b11, 0o17, 1_000, ~5, 6 & 3, 6 | 3, 6 ^ 3, -5 >> 1]", &[16, 3, 15, 1000, -6, 2, 7, 5, -3]),
        ("sorted([3, 1, 2]) + list(reversed([1, 2]))", &[1, 2, 3, 2, 1]),
        (
            "[min(3, 1), max([1, 4]), sum(range(5)), abs(-3), len([1, 1]), pow(2, 5), int(7 / 2)]",
            &[1, 4, 10, 3, 2, 32, 3],
        ),
        (
            "[math.ceil(7 / 2), math.floor(-7 / 2), int(math.log2(1024)), int(math.sqrt(49)), math.gcd(12, 18)]",
            &[4, -4, 10, 7, 6],
        ),
        ("[2 ** 100 // 2 ** 90]", &[1024]),
        ("[1] * 3", &[1, 1, 1]),
        (" [1, # one\n 2]\n", &[1, 2]),
        ("[i for i in range(2) if i == 0 or 1 // i]", &[0, 1]),
        ("[x for x in [5] for x in [x + 1, x + 2]]", &[6, 7]),
    ] {
        assert_eq!(numbers(text), expected, "{text}");
    }
    assert_eq!(list("[1.5, 4 / 2, 1e3]").unwrap(), [Value::Real(1.5), Value::Real(2.0), Value::Real(1000.0)]);
}

#[test]
fn refusals_name_what_is_refused_and_where() {
    for (text, place, message) in [
        ("[open('x')]", 1..5, "calls to `open`"),
        ("__import__('os').system('ls')", 0..10, "calls to `__import__`"),
        ("[1].append(2)", 3..4, "attributes (`a.b`)"),
        ("().__class__", 2..3, "attributes (`a.b`)"),
        ("math.pi", 0..7, "unknown name `math.pi`"),
        ("math.exp(1)", 0..8, "calls to `math.exp`"),
        ("np.arange(4)", 2..3, "attributes (`a.b`)"),
        ("(lambda: [1])()", 1..7, "functions (`lambda`)"),
        ("[f'{1}']", 1..7, "f-strings"),
        ("[b'1']", 1..5, "prefix"),
        ("['a' 'b']", 5..8, "texts side by side"),
        ("['\\x41']", 1..7, "backslashes"),
        ("{1, 2}", 0..1, "sets and dictionaries"),
        ("[1, 2][0]", 6..7, "subscripts"),
        ("[*range(3)]", 1..2, "unpacked lists"),
        ("sorted([1], reverse=True)", 19..20, "named arguments (`=`)"),
        ("[(x := 1)]", 4..6, "assignments (`:=`)"),
        ("[a for a, b in [(1, 2)]]", 8..9, "several names behind one `for`"),
        ("[1 is 1]", 3..5, "tests of identity"),
        ("[None]", 1..5, "`None`"),
        ("[await x]", 1..6, "coroutines"),
        ("[1j]", 1..3, "complex numbers"),
        ("[(-8) ** 0.5]", 1..12, "complex numbers"),
        ("[n]", 1..2, "unknown name `n`"),
        ("range", 0..5, "unknown name `range`"),
        ("[3x]", 1..3, "`3x` is not a number"),
        ("[007]", 1..4, "`007` is not a number"),
        ("[1, 2", 5..5, "expected `,` or the end of the list, found the end of the text"),
        ("[1, 2)", 5..6, "found `)`"),
        ("[1 2]", 3..4, "expected `,`"),
        ("[1] [2]", 4..5, "subscripts"),
        ("['a]", 1..4, "closing quote"),
        ("[1 ? 2]", 3..4, "unexpected character `?`"),
        ("", 0..0, "empty"),
        ("  # nothing", 0..11, "empty"),
        ("5", 0..1, "a number, not a list"),
        ("'16'", 0..4, "a text, not a list"),
        ("i for i in range(3)", 0..19, "what a loop yields, not a list"),
        ("[1 / 0]", 1..6, "division by 0"),
        ("[0 ** -1]", 1..8, "division by 0"),
        ("[1] + (2,)", 0..10, "`+` does not apply to a list and a tuple"),
        ("[1 + 'a']", 1..8, "`+` does not apply to a number and a text"),
        ("range(1.5)", 0..10, "`range` does not apply to a number"),
        ("range(0, 1, 0)", 0..14, "no value"),
        ("range()", 0..7, "one to three arguments"),
        ("max([])", 0..7, "no value"),
        ("[1 << -1]", 1..8, "no value"),
        ("[math.log2(0)]", 1..13, "no value"),
        ("[int(1e300)]", 1..11, "too large"),
        ("[10 ** 1000]", 1..11, "too large"),
        ("[10 ** 10 ** 10]", 1..15, "too large"),
        ("[1 << 10 ** 9]", 1..13, "too large"),
        ("[2.0 ** 5000]", 1..12, "too large"),
        ("range(10 ** 7)", 0..14, "more than 1000000 items"),
        ("[1] * 10 ** 7", 0..13, "more than 1000000 items"),
        ("[i for i in range(10**6) for j in range(10**6) if 0]", 0..1, "operations"),
    ] {
        let error = list(text).map(|items| items.len()).expect_err(text);
        assert!(error.message().contains(message), "{text}: {error}");
        if !message.contains("operations") {
            assert_eq!(error.span, place, "{text}: {error}");
        }
    }
}

/// What the lexer makes of a text, in one line.
fn lexed(text: &str) -> String {
    match tokens(text) {
        Ok(tokens) => {
            let each = tokens.iter().map(|token| format!("{:?} at {:?}", token.kind, token.span));
            each.collect::<Vec<_>>().join(", ")
        }
        Err(error) => format!("{} at {:?}", error.message(), error.span),
    }
}

fn assert_lexed(table: &[(&str, &str)]) {
    for (text, expected) in table {
        assert_eq!(lexed(text), *expected, "{text}");
    }
}

#[test]
fn odd_numbers_have_these_tokens() {
    assert_lexed(&[
        ("1__0", "`1__0` is not a number at 0..4"),
        ("1_0", "Integer(10) at 0..3"),
        ("1_", "`1_` is not a number at 0..2"),
        ("_1", "Name at 0..2"),
        ("0x_f", "Integer(15) at 0..4"),
        ("0x__f", "`0x__f` is not a number at 0..5"),
        ("0xf_", "`0xf_` is not a number at 0..4"),
        ("0x", "`0x` is not a number at 0..2"),
        ("0xg", "`0xg` is not a number at 0..3"),
        ("0x1.5", "`0x1.5` is not a number at 0..5"),
        ("0xe-3", "Integer(14) at 0..3, Symbol at 3..4, Integer(3) at 4..5"),
        ("0o18", "`0o18` is not a number at 0..4"),
        ("0b2", "`0b2` is not a number at 0..3"),
        ("0b_", "`0b_` is not a number at 0..3"),
        ("007", "`007` is not a number at 0..3"),
        ("00", "Integer(0) at 0..2"),
        ("0_0", "Integer(0) at 0..3"),
        ("0_7", "`0_7` is not a number at 0..3"),
        ("1e5", "Real(100000.0) at 0..3"),
        ("1E+5", "Real(100000.0) at 0..4"),
        ("1.e5", "Real(100000.0) at 0..4"),
        (".5", "Real(0.5) at 0..2"),
        (".5.", "`.5.` is not a number at 0..3"),
        ("1._5", "`1._5` is not a number at 0..4"),
        ("1_.5", "`1_.5` is not a number at 0..4"),
        ("1e_5", "`1e_5` is not a number at 0..4"),
        ("1e", "`1e` is not a number at 0..2"),
        ("2e-x", "`2e-x` is not a number at 0..4"),
        ("2e--1", "`2e-` is not a number at 0..3"),
        ("1e-.5", "`1e-.5` is not a number at 0..5"),
        ("1.2.3e+5-1", "`1.2.3e+5` is not a number at 0..8"),
        ("1e5e+5e-1", "`1e5e+5e-1` is not a number at 0..9"),
        ("3x", "`3x` is not a number at 0..2"),
        ("1j", "complex numbers are not part of what is read as a list at 0..2"),
        ("1J", "complex numbers are not part of what is read as a list at 0..2"),
        ("1e-j", "complex numbers are not part of what is read as a list at 0..4"),
        ("0xj", "`0xj` is not a number at 0..3"),
        ("1_000.5", "Real(1000.5) at 0..7"),
        ("0.5_0", "Real(0.5) at 0..5"),
        ("1e999", "a number is too large to be computed at 0..5"),
        ("-1e-999", "Symbol at 0..1, Real(0.0) at 1..7"),
        ("170141183460469231731687303715884105727", "Integer(170141183460469231731687303715884105727) at 0..39"),
        ("170141183460469231731687303715884105728", "a number is too large to be computed at 0..39"),
        ("0xffffffffffffffffffffffffffffffffff", "a number is too large to be computed at 0..36"),
        (
            "1111111111111111111111111111111111111111111111111111111111111111111111z",
            "`111111111111111111111111111111111111111111111111111111111111` is not a number at 0..71",
        ),
    ]);
}

#[test]
fn odd_texts_have_these_tokens() {
    assert_lexed(&[
        ("'a", "a text has no closing quote at 0..2"),
        ("'a' \"b\" 'c", "a text has no closing quote at 8..10"),
        ("\"a\n\"", "a text has no closing quote at 0..4"),
        ("'a\\'", "backslashes in a text are not part of what is read as a list at 0..4"),
        ("'a\\", "a text has no closing quote at 0..3"),
        ("''", "Text at 0..2"),
        ("'≤'", "Text at 0..5"),
        ("'a\"b'", "Text at 0..5"),
        ("...", "Symbol at 0..3"),
        ("....", "Symbol at 0..3, Symbol at 3..4"),
        ("..", "Symbol at 0..1, Symbol at 1..2"),
        ("...5", "Symbol at 0..3, Integer(5) at 3..4"),
        ("..5", "Symbol at 0..1, Real(0.5) at 1..3"),
        ("x.5", "Name at 0..1, Real(0.5) at 1..3"),
        ("x.y", "Name at 0..1, Symbol at 1..2, Name at 2..3"),
        ("1..2", "`1..2` is not a number at 0..4"),
        ("@", "unexpected character `@` at 0..1"),
        ("≤", "unexpected character `≤` at 0..3"),
        ("a≤", "unexpected character `≤` at 1..4"),
        ("?", "unexpected character `?` at 0..1"),
        ("!", "unexpected character `!` at 0..1"),
        ("!=", "Symbol at 0..2"),
        ("!==", "Symbol at 0..2, Symbol at 2..3"),
        ("=>", "Symbol at 0..1, Symbol at 1..2"),
        ("=<=", "Symbol at 0..1, Symbol at 1..3"),
        ("<>=", "Symbol at 0..1, Symbol at 1..3"),
        ("->", "Symbol at 0..1, Symbol at 1..2"),
        ("->=", "Symbol at 0..1, Symbol at 1..3"),
        ("&&", "Symbol at 0..1, Symbol at 1..2"),
        ("||", "Symbol at 0..1, Symbol at 1..2"),
        ("~=", "Symbol at 0..1, Symbol at 1..2"),
        ("~==", "Symbol at 0..1, Symbol at 1..3"),
        (":=", "Symbol at 0..2"),
        ("<<=", "Symbol at 0..2, Symbol at 2..3"),
        ("***", "Symbol at 0..2, Symbol at 2..3"),
        ("///", "Symbol at 0..2, Symbol at 2..3"),
        ("(a]{", "Symbol at 0..1, Name at 1..2, Symbol at 2..3, Symbol at 3..4"),
        ("; x", "unexpected character `;` at 0..1"),
        ("$", "unexpected character `$` at 0..1"),
        ("`", "unexpected character ``` at 0..1"),
        ("\\", "unexpected character `\\\\` at 0..1"),
        ("a\tb\u{c}c\r\nd", "Name at 0..1, Name at 2..3, Name at 4..5, Name at 7..8"),
        ("a\u{b}b", "unexpected character `\\u{b}` at 1..2"),
        ("\u{a0}", "unexpected character `\\u{a0}` at 0..2"),
        ("# only", ""),
        ("1 # 2\n3", "Integer(1) at 0..1, Integer(3) at 6..7"),
        ("é", "unexpected character `é` at 0..2"),
        ("1é", "unexpected character `é` at 1..3"),
        ("x#y", "Name at 0..1"),
    ]);
}

#[test]
fn nesting_is_bounded() {
    for (open, close) in
        [("(", ")"), ("[", "]"), ("-", ""), ("not ", ""), ("1 if 1 else ", ""), ("2 ** ", ""), ("abs(", ")")]
    {
        let text = open.repeat(10_000) + "1" + &close.repeat(10_000);
        assert_eq!(list(&text).unwrap_err().kind, Kind::TooDeep, "{open}");
        let text = open.repeat(80) + "1" + &close.repeat(80);
        assert!(!matches!(list(&text), Err(error) if error.kind == Kind::TooDeep), "{open}");
    }
    for chain in [" + ", " * "] {
        assert_eq!(list(&vec!["1"; 10_000].join(chain)).unwrap_err().kind, Kind::TooDeep);
    }
    assert_eq!(numbers(&format!("[{}]", vec!["1"; 100_000].join(" and "))), [1]);
    assert_eq!(numbers(&format!("[{}]", vec!["1"; 100_000].join(","))).len(), 100_000);
}

/// An expression for a number, of names that are bound and a limited depth.
fn number(names: &[&'static str], depth: u32) -> BoxedStrategy<String> {
    let mut leaves = vec![
        (0i64..20).prop_map(|value| value.to_string()).boxed(),
        prop::sample::select(vec!["True", "False", "0.5", "2.0", "1e2", "0x1f", "1_0", "3.25"])
            .prop_map(str::to_owned)
            .boxed(),
    ];
    if !names.is_empty() {
        leaves.push(prop::sample::select(names.to_vec()).prop_map(str::to_owned).boxed());
    }
    let leaf = prop::strategy::Union::new(leaves);
    if depth == 0 {
        return leaf.boxed();
    }
    let (inner, other) = (number(names, depth - 1), number(names, depth - 1));
    let operator = prop::sample::select(vec![
        "+", "-", "*", "/", "//", "%", "**", "<<", ">>", "&", "|", "^", "and", "or", "<", "<=", "==", "!=", ">", ">=",
    ]);
    let function =
        prop::sample::select(vec!["abs", "int", "float", "bool", "-", "+", "~", "not ", "math.ceil", "math.floor"]);
    let pair = (inner.clone(), operator, other.clone());
    prop_oneof![
        2 => leaf,
        4 => pair.prop_map(|(a, operator, b)| format!("{a} {operator} {b}")),
        2 => inner.clone().prop_map(|a| format!("({a})")),
        1 => (function, inner.clone()).prop_map(|(function, a)| format!("{function}({a})")),
        1 => (inner.clone(), other.clone(), inner.clone()).prop_map(|(a, b, c)| format!("({a} if {b} else {c})")),
        1 => (inner.clone(), other.clone()).prop_map(|(a, b)| format!("max({a}, {b})")),
        1 => (inner, other).prop_map(|(a, b)| format!("({a} in [{b}, 3])")),
    ]
    .boxed()
}

fn lists_of_numbers() -> BoxedStrategy<String> {
    let range = prop_oneof![
        (0i64..12).prop_map(|stop| format!("range({stop})")),
        (-5i64..5, -9i64..12, 1i64..4).prop_map(|(start, stop, step)| format!("range({start}, {stop}, {step})")),
        (5i64..9, -9i64..9, 1i64..4).prop_map(|(start, stop, step)| format!("range({start}, {stop}, -{step})")),
        number(&[], 1).prop_map(|stop| format!("range({stop})")),
    ];
    let plain = prop::collection::vec(number(&[], 2), 0..4).prop_map(|items| format!("[{}]", items.join(", ")));
    let filtered = (number(&["i"], 2), range.clone(), number(&["i"], 2))
        .prop_map(|(item, range, condition)| format!("[{item} for i in {range} if {condition}]"));
    let nested = (number(&["i", "j"], 2), range.clone(), range.clone())
        .prop_map(|(item, outer, inner)| format!("list({item} for i in {outer} for j in {inner})"));
    let one =
        prop_oneof![plain, filtered, nested, range.clone().prop_map(|range| format!("list({range})")), range].boxed();
    prop_oneof![
        4 => one.clone(),
        1 => (one.clone(), one.clone()).prop_map(|(a, b)| format!("{a} + {b}")),
        1 => (one.clone(), 0i64..3).prop_map(|(a, times)| format!("{a} * {times}")),
        1 => one.prop_map(|a| format!("sorted({a})")),
    ]
    .boxed()
}

/// Reads a text a line and answers a line each: `error`, or the items, integers as such and others in hexadecimal.
const PYTHON: &str = r"
import math, signal, sys
class Slow(Exception): pass
def slow(*_): raise Slow
signal.signal(signal.SIGALRM, slow)
def said(x):
    return x.hex() if isinstance(x, float) else str(int(x)) if abs(x) < 2 ** 127 else 'large'
for line in sys.stdin:
    signal.setitimer(signal.ITIMER_REAL, 1)
    try:
        items = eval(line, {'math': math})
        print(' '.join(said(x) for x in items) if not any(isinstance(x, complex) for x in items) else 'error')
    except Exception:
        print('error')
    signal.setitimer(signal.ITIMER_REAL, 0)
";

fn python_says(texts: &[String]) -> Option<Vec<String>> {
    let mut command = Command::new("python3");
    command.args(["-W", "ignore", "-c", PYTHON]).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = command.spawn().ok()?;
    let mut stdin = child.stdin.take().unwrap();
    let input = texts.join("\n") + "\n";
    let writer = std::thread::spawn(move || stdin.write_all(input.as_bytes()));
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap().unwrap();
    Some(String::from_utf8(output.stdout).unwrap().lines().map(str::to_owned).collect())
}

/// As Python's `float.hex` writes it.
fn hexadecimal(value: f64) -> String {
    let (bits, sign) = (value.to_bits(), if value.is_sign_negative() { "-" } else { "" });
    let (exponent, fraction) = ((bits >> 52) & 0x7ff, bits & ((1 << 52) - 1));
    match exponent {
        0x7ff if fraction != 0 => "nan".to_owned(),
        0x7ff => format!("{sign}inf"),
        0 if fraction == 0 => format!("{sign}0x0.0p+0"),
        0 => format!("{sign}0x0.{fraction:013x}p-1022"),
        _ => format!("{sign}0x1.{fraction:013x}p{:+}", exponent.cast_signed() - 1023),
    }
}

fn said(text: &str) -> Result<String, Kind> {
    let items = list(text).map_err(|error| error.kind)?;
    let shown = items.iter().map(|item| match item {
        Value::Integer(value) => value.to_string(),
        Value::Truth(value) => i128::from(*value).to_string(),
        Value::Real(value) => hexadecimal(*value),
        other => panic!("{text}: {other:?}"),
    });
    Ok(shown.collect::<Vec<_>>().join(" "))
}

/// Every operator between numbers of both signs and kinds.
fn operations() -> Vec<String> {
    const NUMBERS: [&str; 11] = ["-7", "-1", "0", "1", "3", "True", "-7.5", "-0.0", "0.1", "2.0", "1e18"];
    const OPERATORS: [&str; 18] =
        ["+", "-", "*", "/", "//", "%", "**", "<<", ">>", "&", "|", "^", "<", "<=", "==", "!=", "and", "or"];
    let pairs = NUMBERS.iter().flat_map(|a| NUMBERS.iter().map(move |b| (a, b)));
    let texts = pairs.flat_map(|(a, b)| OPERATORS.iter().map(move |operator| format!("[({a}) {operator} ({b})]")));
    texts.collect()
}

/// 600 generated texts, and each operation, have the items that Python gives them, bit by bit, or are refused where Python refuses them. Only
/// numbers beyond 2^127, and quotients of integers beyond 2^53, are refused alone.
#[test]
fn python_gives_the_same_items() {
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let mut texts: Vec<String> =
        (0..600).map(|_| lists_of_numbers().new_tree(&mut runner).unwrap().current()).collect();
    texts.extend(operations());
    let Some(answers) = python_says(&texts) else {
        eprintln!("skipped: there is no python3");
        return;
    };
    assert_eq!(answers.len(), texts.len());
    let mut agreed = 0;
    for (text, answer) in texts.iter().zip(&answers) {
        match said(text) {
            Ok(items) => {
                assert_eq!(items, *answer, "{text}");
                agreed += 1;
            }
            Err(Kind::TooLarge) => {}
            Err(kind) => assert_eq!(answer, "error", "{text}: {kind:?}"),
        }
    }
    assert!(agreed >= 2000, "only {agreed} texts have items");
}

proptest! {
    #[test]
    fn any_text_is_read_or_refused(text in "[ -~]{0,60}|[\\[\\]()0-9a-z*+/%<>=, .]{0,60}|\\PC{0,40}") {
        check(&text);
    }

    #[test]
    fn any_pieces_are_read_or_refused(pieces in prop::collection::vec(prop::sample::select(vec![
        "[", "]", "(", ")", "for", "in", "if", "else", "i", "range", "list", "math", ".", ",", "+", "**", "-", "//", "%",
        "9", "10", "2.5", "True", "not", "and", "or", "==", "<", "<<", "max", "sum", "'a'", "~", "lambda", ":", "=",
        "f'x'", "9999999999999999999",
    ]), 0..24)) {
        check(&pieces.join(" "));
        check(&pieces.concat());
    }
}

/// The place of an error is within the text, at borders of characters.
fn check(text: &str) {
    if let Err(error) = list(text) {
        assert!(text.get(error.span.clone()).is_some(), "{text:?}: {error:?}");
        assert!(!error.message().is_empty());
    }
}
