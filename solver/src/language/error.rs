//! What can be wrong with a text, where, and how to mend it.

use std::fmt;
use std::ops::Range;

use super::lexer::Token;
use super::literal::NumberFault;
use crate::model::MAX_VALUE;

/// How many brackets may stand in one another, and how many operators. The tree of an expression is at most about
/// twice as deep, so that whoever walks it may recurse.
pub const MAX_NESTING: usize = 200;

/// How many numbers, names and operators an expression may hold, counted after named expressions are put in and the
/// middle of a chained comparison is doubled. It bounds memory: doubling can nest.
pub const MAX_NODES: usize = 1 << 22;

/// A text that is no expression: what is wrong with it, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SyntaxError {
    /// What is wrong.
    pub kind: SyntaxErrorKind,
    /// Where, in bytes of the text, on character boundaries; empty at the end of the text.
    pub span: Range<usize>,
}

/// What can be wrong with a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SyntaxErrorKind {
    /// There is nothing but blanks and comments.
    Empty,
    /// A character that no expression holds.
    UnknownCharacter {
        /// The character.
        character: char,
    },
    /// An operator or keyword of another language.
    ForeignOperator {
        /// As it stands in the text.
        found: String,
        /// What to write here, as a phrase.
        instead: &'static str,
    },
    /// A string literal.
    Quoted,
    /// A generator or list comprehension.
    Comprehension,
    /// `a.b`, other than functions of `math`.
    Attribute,
    /// `a[b]` where a is no list.
    Subscript,
    /// A subscript of a list without items.
    NoItems,
    /// A literal that is no number that an expression can hold.
    Number {
        /// As it stands in the text.
        literal: String,
        /// Why not.
        fault: NumberFault,
    },
    /// A bracket that is never closed, or closed by one of another shape.
    UnclosedBracket {
        /// The opening bracket, where the error points.
        open: String,
        /// The wrong bracket that would close it; none at the end of the text.
        close: Option<String>,
    },
    /// A closing bracket without an opening one.
    UnopenedBracket {
        /// The closing bracket.
        close: String,
    },
    /// A number, name or opening bracket is due.
    ExpectedOperand {
        /// What is there; none at the end of the text.
        found: Option<String>,
    },
    /// Something that cannot follow what stands before it.
    Unexpected {
        /// What is there; none at the end of the text.
        found: Option<String>,
        /// Whether an operand would be right here if an operator stood before it.
        operand: bool,
    },
    /// `x if c` without `else`.
    MissingElse,
    /// `not` as an operand of an operator that binds tighter.
    NotNeedsBrackets {
        /// `not` or `!`.
        found: String,
    },
    /// A list where a number is due.
    MisplacedList,
    /// `in` without a list or range behind it.
    ExpectedSet,
    /// A tuple with `in` behind it, but then no list of rows.
    ExpectedRows,
    /// A number in a list of rows.
    ExpectedRow {
        /// How many expressions the tuple before `in` holds.
        width: usize,
    },
    /// A row that is not as wide as the tuple before `in`.
    RowWidth {
        /// How many expressions the tuple holds.
        expected: usize,
        /// How many the row holds.
        found: usize,
    },
    /// A row in a list behind `in` where a number stands before it.
    MisplacedRow,
    /// A statement that compares nothing.
    NotAComparison,
    /// Something else than an integer in a list of values.
    ListOfIntegers,
    /// A list of values that is not a side of `==` or `!=`.
    ListNeedsEqual,
    /// A literal with a fraction where only integers may stand.
    NotWhole,
    /// The step of a range is 0.
    ZeroStep,
    /// The step of a range is no constant integer.
    StepNotConstant,
    /// A name that the scope does not know.
    UnknownName {
        /// The name.
        name: String,
        /// Known names that look like it, best first.
        candidates: Vec<String>,
    },
    /// A call of what is no function.
    UnknownFunction {
        /// The name.
        name: String,
        /// Functions that look like it, best first.
        candidates: Vec<String>,
        /// Whether the scope knows it as a number.
        is_number: bool,
    },
    /// The name of a function that is not called.
    FunctionNotCalled {
        /// The name.
        name: String,
    },
    /// A call with too few or too many arguments.
    ArgumentCount {
        /// The function.
        function: &'static str,
        /// What it takes, as a phrase.
        takes: &'static str,
        /// How many arguments there are.
        found: usize,
    },
    /// An irrational number in a place where it cannot be decided exactly.
    Undecidable {
        /// Why not, as a phrase.
        reason: &'static str,
    },
    /// A logarithm to a base that is no power of two.
    LogarithmBase,
    /// The degree of a root that is no constant from 1 to 64.
    Degree,
    /// More than [`MAX_NESTING`] levels of brackets or of operators in one another.
    TooDeep,
    /// More than [`MAX_NODES`] numbers, names and operators once named expressions are put in.
    TooLarge,
}

impl SyntaxError {
    pub(super) fn new(span: Range<usize>, kind: SyntaxErrorKind) -> Self {
        Self { kind, span }
    }

    pub(super) fn at(token: &Token<'_>, kind: SyntaxErrorKind) -> Self {
        Self::new(token.span(), kind)
    }

    /// What is wrong, as one sentence without its full stop.
    pub fn message(&self) -> String {
        self.kind.message()
    }

    /// How to mend it, if there is more to say than the message does.
    pub fn hint(&self) -> Option<String> {
        self.kind.hint()
    }
}

impl SyntaxErrorKind {
    fn message(&self) -> String {
        match self {
            Self::Empty => "the expression is empty".to_owned(),
            Self::UnknownCharacter { character } => format!("unexpected character {}", shown(*character)),
            Self::ForeignOperator { found, .. } => format!("`{found}` is not an operator of this language"),
            Self::Quoted => "text has no place in an expression".to_owned(),
            Self::Comprehension => "comprehensions (`… for … in …`) are not supported".to_owned(),
            Self::Attribute => "attributes (`a.b`) are not supported".to_owned(),
            Self::Subscript => "only a list takes a subscript".to_owned(),
            Self::NoItems => "a list without items has none to choose".to_owned(),
            Self::Number { literal, fault } => fault.message(&shortened(literal)),
            Self::UnclosedBracket { open, close: None } => format!("`{open}` is never closed"),
            Self::UnclosedBracket { open, close: Some(close) } => format!("`{open}` is closed by `{close}`"),
            Self::UnopenedBracket { close } => format!("`{close}` closes nothing"),
            Self::ExpectedOperand { found } => {
                format!("expected a number, a name or `(`, found {}", quoted(found.as_ref()))
            }
            Self::Unexpected { found, .. } => format!("unexpected {}", quoted(found.as_ref())),
            Self::MissingElse => "`if` without `else`".to_owned(),
            Self::NotNeedsBrackets { found } => format!("`{found}` binds looser than the operator before it"),
            Self::MisplacedList => "a list stands where a number is due".to_owned(),
            Self::ExpectedSet => "`in` takes a list or a range".to_owned(),
            Self::ExpectedRows => "`in` takes a list of rows where a tuple stands before it".to_owned(),
            Self::ExpectedRow { width } => format!("a number stands where a row of {width} is due"),
            Self::RowWidth { expected, found } => format!("a row of {found} stands where a row of {expected} is due"),
            Self::MisplacedRow => "a row stands where a number is due".to_owned(),
            Self::NotAComparison => "this compares nothing".to_owned(),
            Self::ListOfIntegers => "a list holds integers only".to_owned(),
            Self::ListNeedsEqual => "a list of values is a side of `==` or `!=`, and the other side is none".to_owned(),
            Self::NotWhole => "only whole numbers stand here".to_owned(),
            Self::ZeroStep => "the step of a range must not be 0".to_owned(),
            Self::StepNotConstant => "the step of a range must be a constant integer".to_owned(),
            Self::UnknownName { name, .. } => format!("unknown name `{}`", shortened(name)),
            Self::UnknownFunction { name, is_number: true, .. } => format!("`{}` is not a function", shortened(name)),
            Self::UnknownFunction { name, .. } => format!("unknown function `{}`", shortened(name)),
            Self::FunctionNotCalled { name } => format!("`{name}` is a function and takes arguments"),
            Self::ArgumentCount { function, takes, found } => format!("`{function}` takes {takes}, not {found}"),
            Self::Undecidable { reason } => format!("this cannot be decided exactly: {reason}"),
            Self::LogarithmBase => "of logarithms, only those to a base 2, 4, 8, … can be compared exactly".to_owned(),
            Self::Degree => "the degree of a root is a constant from 1 to 64".to_owned(),
            Self::TooDeep => format!("nested more than {MAX_NESTING} levels deep"),
            Self::TooLarge => format!("the expression has more than {MAX_NODES} parts"),
        }
    }

    fn hint(&self) -> Option<String> {
        match self {
            Self::UnknownCharacter { character } => lookalike(*character).map(|ascii| format!("write `{ascii}`")),
            Self::ForeignOperator { instead, .. } => Some((*instead).to_owned()),
            Self::Comprehension => Some("list the operands, as in `sum([a, b])`".to_owned()),
            Self::Number { fault, .. } => fault.hint(),
            Self::Unexpected { operand: true, .. } => Some("an operator such as `*` is missing before it".to_owned()),
            Self::MissingElse => {
                Some("write `a if condition else b`, or `condition -> a` for an implication".to_owned())
            }
            Self::NotNeedsBrackets { found } => Some(format!("put it in brackets: `({} …)`", found.trim())),
            Self::MisplacedList => Some(MISPLACED_LIST.to_owned()),
            Self::Subscript => Some("write the items in brackets: `[4, 8, 16][i]`".to_owned()),
            Self::NotAComparison => Some("write `a == b` or `a <= b`".to_owned()),
            Self::ListNeedsEqual => Some("give it a name: `part == [1, 2, 3];`".to_owned()),
            Self::ExpectedSet => Some("write `x in {1, 2, 3}` or `x in range(start, stop, step)`".to_owned()),
            Self::ExpectedRows | Self::ExpectedRow { .. } | Self::RowWidth { .. } | Self::MisplacedRow => {
                Some("write `(a, b) in {(1, 2), (3, 4)}`, each row as wide as the tuple".to_owned())
            }
            Self::UnknownFunction { is_number: true, .. } => Some("an operator such as `*` is missing".to_owned()),
            Self::UnknownName { candidates, .. } | Self::UnknownFunction { candidates, .. } => did_you_mean(candidates),
            Self::FunctionNotCalled { name } => Some(format!("write `{name}(…)`")),
            Self::Undecidable { .. } => {
                Some("compare one root or logarithm at a time, or round it: `floor(log2(x))`, `isqrt(x)`".to_owned())
            }
            Self::TooDeep => Some("name the inner parts, or write the chain as one sum or product".to_owned()),
            Self::TooLarge => Some("split it into several constraints".to_owned()),
            _ => None,
        }
    }
}

const MISPLACED_LIST: &str = "lists follow `in`, are the only argument of min, max, sum, … or take a subscript, \
                              `[4, 8, 16][i]`; a tuple takes rows, `(a, b) in {(1, 2), (3, 4)}`";

impl NumberFault {
    fn message(self, literal: &str) -> String {
        match self {
            Self::Malformed => format!("`{literal}` is not a number"),
            Self::LeadingZero => format!("`{literal}` starts with 0"),
            Self::TooLarge => format!("`{literal}` is beyond the largest value, 2^53 - 1 = {MAX_VALUE}"),
            Self::TooPrecise => format!("as a fraction, `{literal}` needs numbers beyond 2^53 - 1 = {MAX_VALUE}"),
        }
    }

    fn hint(self) -> Option<String> {
        match self {
            Self::LeadingZero => Some("drop the zeros, or write `0o…` for an octal number".to_owned()),
            Self::TooPrecise => Some("write a quotient of two integers".to_owned()),
            Self::Malformed | Self::TooLarge => None,
        }
    }
}

/// One line: what, where, and how to mend it.
impl fmt::Display for SyntaxError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (at byte {})", self.message(), self.span.start)?;
        self.hint().map_or(Ok(()), |hint| write!(f, "; {hint}"))
    }
}

impl std::error::Error for SyntaxError {}

fn shown(character: char) -> String {
    let code = u32::from(character);
    if character.is_ascii_graphic() {
        format!("`{character}`")
    } else if character.is_alphanumeric() {
        format!("`{character}` (U+{code:04X}); names are ASCII letters, digits and `_`")
    } else if character.is_control() || character.is_whitespace() {
        format!("U+{code:04X}")
    } else {
        format!("`{character}` (U+{code:04X})")
    }
}

fn quoted(found: Option<&String>) -> String {
    found.map_or_else(|| "the end of the text".to_owned(), |found| format!("`{}`", shortened(found)))
}

/// The start of a text that may be very long.
fn shortened(text: &str) -> String {
    match text.char_indices().nth(60) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

fn did_you_mean(candidates: &[String]) -> Option<String> {
    let offered: Vec<String> = candidates.iter().map(|name| format!("`{name}`")).collect();
    if offered.is_empty() { None } else { Some(format!("did you mean {}?", offered.join(" or "))) }
}

/// What was meant by a character that word processors and web pages put in place of ASCII.
fn lookalike(character: char) -> Option<&'static str> {
    Some(match character {
        '≤' | '⩽' => "<=",
        '≥' | '⩾' => ">=",
        '≠' => "!=",
        '×' | '·' | '∙' | '⋅' => "*",
        '÷' | '∕' => "/",
        '−' | '–' | '—' => "-",
        '∧' => "and",
        '∨' => "or",
        '¬' => "not",
        '→' | '⇒' => "->",
        '∈' => "in",
        '∉' => "not in",
        '∣' => "divides(a, b)",
        '²' => "** 2",
        '³' => "** 3",
        '\u{a0}' | '\u{2009}' | '\u{202f}' | '\u{3000}' => " ",
        _ => return None,
    })
}
