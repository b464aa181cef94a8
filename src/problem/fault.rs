//! [`ProblemFault`]: what can be wrong with a field of a problem, in words, and how to mend it.

use crate::diagnostic::{Diagnostic, alternatives};
use constrint_solver::ModelError;
use std::fmt;

/// What can be wrong with a field of a problem.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ProblemFault {
    /// A version of the format that this build does not know.
    Version {
        /// The version given.
        version: u32,
    },
    /// Not of the type or the fields that the format has there.
    Field {
        /// What the reader of JSON said.
        reason: String,
    },
    /// A variable with none of the four ways to give its values.
    VariableForm,
    /// A constraint that is neither text nor an object.
    ConstraintForm,
    /// An objective that neither minimises nor maximises one expression.
    ObjectiveForm,
    /// A number beyond 2^53 - 1.
    NumberTooLarge {
        /// As written.
        number: String,
    },
    /// The values of a variable cannot be right.
    Values {
        /// What the solver's model said.
        error: ModelError,
    },
    /// A text where a whole number is due.
    TextValue {
        /// The text.
        text: String,
    },
    /// A number that is not whole where a whole one is due.
    FractionValue {
        /// As it would be written.
        number: String,
    },
    /// Neither a number nor true or false where a whole number is due.
    ValueForm {
        /// What it is.
        found: String,
    },
    /// A value that a parameter of its type cannot have.
    ValueOfType {
        /// The value.
        value: i64,
        /// The type, as written.
        of: &'static str,
    },
    /// A type that the format does not have.
    UnknownType {
        /// As written.
        found: String,
    },
    /// A condition in which `and` or `or` gives a number in Python, which is 0 or 1 here.
    ChoiceAsNumber,
    /// A name that expressions could not refer to.
    Name {
        /// The name given.
        name: String,
    },
    /// A name that already means something else.
    NameTaken {
        /// The name given.
        name: String,
        /// What it means.
        by: &'static str,
    },
    /// A kernel that is neither a name nor an object.
    KernelForm,
    /// A formula that is neither a whole number nor an expression.
    FormulaForm {
        /// As written.
        found: String,
    },
    /// Extents that are not one to three formulas.
    ExtentsForm,
    /// An entry of a shape that is neither a whole number nor a word.
    ShapeForm {
        /// As written.
        found: String,
    },
    /// A field that the object does not have.
    UnknownField {
        /// Those that it has.
        known: Vec<String>,
    },
    /// Several GPUs or shapes where one is meant.
    ForTable,
    /// A field that is given under two spellings.
    FieldTwice {
        /// What it is called.
        field: &'static str,
    },
    /// A setting or an order names something that is not there.
    UnknownName {
        /// The name given.
        name: String,
        /// The nearest names there are.
        nearest: Vec<String>,
    },
}

impl Diagnostic for ProblemFault {
    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::Version { .. } => "Write `\"version\": 1`.".to_owned(),
            Self::VariableForm => "Write {\"values\": […]}, {\"min\": …, \"max\": …}, {\"divisors_of\": …} or \
                 {\"powers_of\": …, \"max\": …}."
                .to_owned(),
            Self::ConstraintForm => "Write an expression such as \"a * b <= 4096\".".to_owned(),
            Self::ObjectiveForm => {
                "Write {\"minimize\": \"…\"}, {\"maximize\": \"…\"} or {\"lexicographic\": […]}.".to_owned()
            }
            Self::NumberTooLarge { .. } => "Measure in a larger unit.".to_owned(),
            Self::NameTaken { .. } => "Choose another name.".to_owned(),
            Self::TextValue { .. } => {
                "Variables are whole numbers: number the texts from 0, and compare with these numbers.".to_owned()
            }
            Self::FractionValue { .. } => {
                "Variables are whole numbers: scale the values (percent for a fraction), and write `x / 100` where they \
                 are used."
                    .to_owned()
            }
            Self::ValueForm { .. } => "Write whole numbers, true or false.".to_owned(),
            Self::UnknownType { .. } => "There are: int, uint, float, bool, string.".to_owned(),
            Self::ChoiceAsNumber => "Write `a if a != 0 else b` for `a or b`.".to_owned(),
            Self::Name { .. } => {
                "Use ASCII letters, digits and underscores, no digit first, and no word of the language such as `and`."
                    .to_owned()
            }
            Self::KernelForm => {
                "Write the name of a shipped kernel, or {\"name\": …, \"block\": […], \"grid\": […], …}.".to_owned()
            }
            Self::FormulaForm { .. } => {
                "Write a whole number, or an expression such as \"block_x * 4\".".to_owned()
            }
            Self::ExtentsForm => "Write [x], [x, y] or [x, y, z].".to_owned(),
            Self::ForTable => "Use `constrint table`, in a build.rs `build_time::Table`; or give one `gpu` and one `shape`.".to_owned(),
            Self::UnknownField { known } => format!("There are: {}.", known.join(", ")),
            Self::UnknownName { nearest, .. } if !nearest.is_empty() => {
                format!("Did you mean {}?", alternatives(nearest))
            }
            _ => return None,
        })
    }
}

impl fmt::Display for ProblemFault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Version { version } => write!(formatter, "version {version} of the format is not known"),
            Self::Field { reason } => formatter.write_str(reason),
            Self::VariableForm => write!(formatter, "a variable needs its values"),
            Self::ConstraintForm => write!(formatter, "a constraint is a text or an object with `expr`"),
            Self::ObjectiveForm => write!(formatter, "an objective minimises or maximises one expression"),
            Self::NumberTooLarge { number } => write!(formatter, "{number} is beyond 2^53 - 1 = 9007199254740991"),
            Self::Values { error } => write!(formatter, "{error}"),
            Self::TextValue { text } => write!(formatter, "`{text}` is a text, not a number"),
            Self::FractionValue { number } => write!(formatter, "{number} is not a whole number"),
            Self::ValueForm { found } => write!(formatter, "{found} is not a number"),
            Self::ValueOfType { value, of } => write!(formatter, "{value} is no value of the type `{of}`"),
            Self::UnknownType { found } => write!(formatter, "the format has no type `{found}`"),
            Self::ChoiceAsNumber => {
                write!(formatter, "`and` and `or` give one of their operands in Python, and a truth value here")
            }
            Self::Name { name } => write!(formatter, "`{name}` is not a name that expressions can use"),
            Self::NameTaken { name, by } => write!(formatter, "`{name}` is already the name of {by}"),
            Self::KernelForm => write!(formatter, "a kernel is a name or an object"),
            Self::FormulaForm { found } => {
                write!(formatter, "a formula is a whole number or an expression, not {found}")
            }
            Self::ExtentsForm => write!(formatter, "one to three formulas are needed"),
            Self::ShapeForm { found } => {
                write!(formatter, "a size is a whole number and a choice is a text, not {found}")
            }
            Self::UnknownField { .. } => write!(formatter, "there is no such field"),
            Self::ForTable => write!(formatter, "a list of these makes a dispatch table, and here one is meant"),
            Self::FieldTwice { field } => write!(formatter, "`{field}` is given twice, under two spellings"),
            Self::UnknownName { name, .. } => write!(formatter, "there is nothing called `{name}`"),
        }
    }
}
