//! Text to expressions.
//!
//! | file | holds |
//! | --- | --- |
//! | [`lexer`], `literal`, `number`, `brackets` | tokens, literals and their values, pairs of brackets, for every dialect |
//! | `scope`, `suggest` | what names mean, and which one was meant |
//! | `error`, `render` | what is wrong, where, how to mend it; and the same with the line and a caret |
//! | `warning` | what is accepted but perhaps not meant |
//! | `native/` | the native dialect: Python's expressions |
//! | [`constrint`] | the `ConstrINT` dialect: whole problems as statements |
//!
//! # The native dialect
//!
//! Operators from the loosest to the tightest, those of one row from left to right unless said otherwise:
//!
//! | operators | meaning |
//! | --- | --- |
//! | `a if c else b` | `b` may be another such expression |
//! | `a -> b` | implication, from right to left |
//! | `or`, `\|\|` | 1 where a side is true, otherwise 0 |
//! | `and`, `&&` | 1 where both sides are true, otherwise 0 |
//! | `not`, `!` | 1 where the operand is false |
//! | `== != < <= > >=`, `in`, `not in` | chains: `a <= b < c` is `a <= b and b < c` |
//! | `\|` | bits that either has |
//! | `^` | bits that one of the two has |
//! | `&` | bits that both have |
//! | `<< >>` | `a * 2 ** b`, `a // 2 ** b` |
//! | `+ -` | |
//! | `* / // %` | `/` is exact, `//` rounds down, `%` has the sign of the divisor |
//! | `+x -x ~x` | `~x` is `-x - 1` |
//! | `**` | from right to left; `-2 ** 2` is -4, `2 ** -1` is a half |
//! | `[a, b, c][i]` | an item of a list, counted from 0, or from the end where `i` is negative |
//!
//! The right of `in` is a list in brackets of any kind, `{1, 2}`, or `range(start, stop, step)` with a constant step.
//! Before `in` may stand a tuple, `(a, b)`, and behind it then a list of rows that are as wide, `{(1, 2), (3, 4)}`. Nothing
//! but a list takes a subscript. An item that is not there is undefined, and so is one whose index is no integer.
//! Functions: `abs(x)`, `ceil(x)`, `floor(x)`, `int(x)` (or `trunc`), `round(x)`, `float(x)`, `sqrt(x)`, `isqrt(x)`, `log2(x)`,
//! `log(x, 2)`, `floor_log2(x)`, `floor_root(x, degree)`, `is_power_of_two(x)`, `pow(a, b)`, `ceil_div(a, b)` (or `cdiv`),
//! `divides(a, b)`; `min max gcd lcm sum prod all any all_different` take several arguments or one list. `math.` may stand
//! before any. Numbers are integers (`1_000`, `0xff`, `0o17`, `0b11`) and decimals, which are exact: `0.5` is 5 / 10.
//! No literal is beyond 2^53 - 1. `True` is 1 and `False` is 0. `#` starts a comment.
//!
//! Operations on bits take integers, negative ones in two's complement, as in Python; of anything else they are undefined, and
//! so is a shift by a negative number. Of two truths `&`, `|` and `^` are `and`, `or` and `!=`.
//!
//! Unlike in Python, `and` and `or` give 0 or 1 and not an operand, and nothing is ever rounded. [`read`] tells where Python's
//! answer may be another for it: where such an operand would be computed with, and where numbers are compared that binary
//! floating point rounds more than once (`0.1 * 3 == 0.3`, `1 / x + 1 / y <= 1`). One rounding on each side changes no
//! comparison of sensible numbers, and is not told.
//!
//! # Roots and logarithms
//!
//! `sqrt(x)`, powers with constant fractions such as `x ** 0.5` or `x ** 1.5`, and `log2(x)` may be irrational, and are decided
//! exactly all the same: a comparison of a multiple of a root, plus any number, by powers; two roots with each other; sums of
//! constant multiples of logarithms, as a logarithm of a product. `floor`, `ceil`, `int`, `round`, `//`, `%` and `in` of such
//! numbers are integers or truths, and `2 ** log2(x)` is `x`. They are undefined where Python has no real number: the root of
//! what is negative, the logarithm of what is not positive. What cannot be decided in this way, such as
//! `sqrt(x) + sqrt(y) <= z`, is refused with [`SyntaxErrorKind::Undecidable`], and so is an irrational number that stands alone.
//!
//! ```
//! use constrint_solver::language::parse;
//! use constrint_solver::model::{Model, Values};
//!
//! let mut model = Model::new();
//! model.add_variable("tile_m", Values::range(16, 256, 16)?)?;
//! model.add_variable("tile_n", Values::range(16, 256, 16)?)?;
//! let expr = parse("32 <= tile_m * tile_n // 8 <= 4_096 and tile_m in {32, 2 ** 6}", &model).unwrap();
//! let text = "32 <= tile_m * tile_n // 8 and tile_m * tile_n // 8 <= 4096 and tile_m in {32, 64}";
//! assert_eq!(model.display(&expr).to_string(), text);
//!
//! let error = parse("tile_m <= tilen", &model).unwrap_err();
//! assert_eq!(error.to_string(), "unknown name `tilen` (at byte 10); did you mean `tile_n`?");
//! # Ok::<(), constrint_solver::model::ModelError>(())
//! ```

mod brackets;
pub mod constrint;
mod error;
pub mod lexer;
mod literal;
mod native;
mod number;
mod render;
mod scope;
mod suggest;
mod warning;

pub use error::{MAX_NESTING, MAX_NODES};
pub use error::{SyntaxError, SyntaxErrorKind};
pub use literal::{Literal, NumberFault};
pub(crate) use native::{Level, may_be_undefined};
pub use render::render_error;
pub use scope::{Names, Scope};
pub use warning::{Warning, WarningKind};

use crate::model::Expr;

/// The expression that a text in the native dialect stands for, in time linear in its length and in the size of the
/// expression.
///
/// # Errors
/// [`SyntaxError`] when the text is no expression, holds a name that the scope does not know, or goes beyond
/// [`MAX_NESTING`] or [`MAX_NODES`].
pub fn parse(text: &str, scope: &dyn Scope) -> Result<Expr, SyntaxError> {
    read(text, scope).map(|(expr, _)| expr)
}

/// As [`parse`], with what is accepted but perhaps not meant, in the order of the text, each kind once.
///
/// ```
/// use constrint_solver::language::{Names, read};
/// let (_, warnings) = read("0.1 * 3 == 0.3", &Names::new()).unwrap();
/// assert!(warnings[0].to_string().starts_with("this is compared exactly, where Python compares rounded numbers"));
/// ```
///
/// # Errors
/// [`SyntaxError`] as from [`parse`].
pub fn read(text: &str, scope: &dyn Scope) -> Result<(Expr, Vec<Warning>), SyntaxError> {
    native::parse(text, scope)
}

/// Whether expressions can use the text as the name of something.
pub fn is_name(text: &str) -> bool {
    let mut names = Names::new();
    names.insert(text, Expr::Constant(7));
    let starts_as_one = text.starts_with(|letter: char| letter.is_ascii_alphabetic() || letter == '_');
    let goes_on_as_one = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    // What is left are keywords, which do not parse, and `true`, which parses as something else.
    starts_as_one && goes_on_as_one && parse(text, &names) == Ok(Expr::Constant(7))
}

/// The known names nearest to a misspelt one, best first; perhaps none.
pub fn nearest(name: &str, known: impl IntoIterator<Item = String>) -> Vec<String> {
    suggest::nearest(name, known)
}
