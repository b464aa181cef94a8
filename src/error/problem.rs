//! [`ProblemFault`]: what can be wrong with a field of a problem, in words, and how to mend it.

use super::alternatives;
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
    /// Neither a kernel nor a variable.
    Empty,
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
    /// More values than are kept in memory.
    TooManyValues {
        /// How many.
        count: u64,
        /// How many are allowed.
        limit: u64,
    },
    /// The base of powers must be at least 2.
    PowerBase {
        /// The base given.
        base: i64,
    },
    /// A power of numbers alone that is too large to be computed.
    PowerTooLarge,
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
    /// None of the kernel's values for its variable is among those given.
    NoValueLeft {
        /// The values that the kernel has.
        kernel_values: Vec<i64>,
    },
    /// No kernel of that name is shipped.
    UnknownKernel {
        /// The name given.
        name: String,
        /// The names there are.
        known: Vec<&'static str>,
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
    /// A formula whose value need not be a whole number.
    NotWhole,
    /// A part of the cost that is no definition of the kernel.
    NoDefinition {
        /// The definitions there are.
        known: Vec<String>,
    },
    /// A text that is no name in C++, or no name of a file.
    MacroName {
        /// The text given.
        name: String,
    },
    /// Two macros of the same name.
    MacroTwice {
        /// The name.
        name: String,
    },
    /// A kernel that is to be compiled has no source.
    SourceMissing,
    /// Something that only a shipped kernel gives a meaning to.
    NeedsShippedKernel,
    /// A kernel needs to know its GPU.
    GpuMissing,
    /// How many blocks fit an SM depends on the GPU.
    OccupancyNeedsGpu,
    /// Something that only a kernel gives a meaning to.
    NeedsKernel,
    /// The kernel needs this entry.
    ShapeMissing {
        /// Its name.
        name: &'static str,
        /// What it is.
        meaning: &'static str,
    },
    /// The kernel has no such entry.
    ShapeUnknown {
        /// The entries that it has.
        known: Vec<&'static str>,
    },
    /// The entry is out of its range.
    ShapeOutOfRange {
        /// Smallest value.
        min: i64,
        /// Largest value.
        max: i64,
    },
    /// An entry of a shape that is neither a whole number nor a word.
    ShapeForm {
        /// As written.
        found: String,
    },
    /// The sizes are too large together.
    ShapeTooLarge {
        /// The names of the sizes whose product is limited.
        sizes: &'static str,
        /// The power of two that the product must not exceed.
        log2_limit: u32,
    },
    /// The entry is not one of its words.
    ShapeWord {
        /// The words.
        known: Vec<&'static str>,
    },
    /// The kernel does not run on that GPU.
    KernelNeeds {
        /// What the GPU lacks.
        what: &'static str,
        /// Its name.
        gpu: String,
    },
    /// The kernel cannot be run against a reference.
    NoReference {
        /// Its name.
        kernel: String,
    },
    /// A time or node limit that is not a positive, finite number.
    Limit,
    /// A field that the object does not have.
    UnknownField {
        /// Those that it has.
        known: Vec<String>,
    },
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
    /// An order that names a variable twice.
    NamedTwice {
        /// The name given.
        name: String,
    },
    /// A setting fixes a variable at a value that it cannot take.
    ValueNotPossible {
        /// The value given.
        value: i64,
    },
}

impl ProblemFault {
    pub(super) fn hint(&self) -> Option<String> {
        match self {
            Self::Version { .. } => Some("Write `\"version\": 1`.".to_owned()),
            Self::Empty => Some("Name a `kernel`, or state `variables`.".to_owned()),
            Self::VariableForm => Some(
                "Write {\"values\": […]}, {\"min\": …, \"max\": …}, {\"divisors_of\": …} or \
                 {\"powers_of\": …, \"max\": …}."
                    .to_owned(),
            ),
            Self::ConstraintForm => Some("Write an expression such as \"a * b <= 4096\".".to_owned()),
            Self::ObjectiveForm => {
                Some("Write {\"minimize\": \"…\"}, {\"maximize\": \"…\"} or {\"lexicographic\": […]}.".to_owned())
            }
            Self::NumberTooLarge { .. } => Some("Measure in a larger unit.".to_owned()),
            Self::TooManyValues { .. } => Some("Give `min`, `max` and `step` instead of a list.".to_owned()),
            Self::PowerTooLarge => Some("`**` binds to the right: `2 ** 10 ** 10` is 2 ** 10000000000.".to_owned()),
            Self::NameTaken { .. } => Some("Choose another name.".to_owned()),
            Self::TextValue { .. } => Some(
                "Variables are whole numbers: number the texts from 0, and compare with these numbers.".to_owned(),
            ),
            Self::FractionValue { .. } => Some(
                "Variables are whole numbers: scale the values (percent for a fraction), and write `x / 100` where they \
                 are used."
                    .to_owned(),
            ),
            Self::ValueForm { .. } => Some("Write whole numbers, true or false.".to_owned()),
            Self::UnknownType { .. } => Some("There are: int, uint, float, bool, string.".to_owned()),
            Self::ChoiceAsNumber => Some("Write `a if a != 0 else b` for `a or b`.".to_owned()),
            Self::Name { .. } => Some(
                "Use ASCII letters, digits and underscores, no digit first, and no word of the language such as `and`."
                    .to_owned(),
            ),
            Self::NoValueLeft { kernel_values } => Some(format!("The kernel allows {kernel_values:?}.")),
            Self::UnknownKernel { known, .. } => Some(format!("There are: {}.", known.join(", "))),
            Self::KernelForm => Some(
                "Write the name of a shipped kernel, or {\"name\": …, \"block\": […], \"grid\": […], …}.".to_owned(),
            ),
            Self::FormulaForm { .. } => Some("Write a whole number, or an expression such as \"block_x * 4\".".to_owned()),
            Self::ExtentsForm => Some("Write [x], [x, y] or [x, y, z].".to_owned()),
            Self::NotWhole => Some("Write `//` or `ceil_div(a, b)`, and powers with a constant exponent.".to_owned()),
            Self::NoDefinition { known } if !known.is_empty() => Some(format!("There are: {}.", known.join(", "))),
            Self::SourceMissing => Some("Add `\"source\": \"kernel.cu\"` to the kernel.".to_owned()),
            Self::GpuMissing | Self::OccupancyNeedsGpu => {
                Some("Add `\"gpu\": \"H100 SXM\"` (`constrint gpus` lists the names).".to_owned())
            }
            Self::ShapeMissing { name, meaning } => Some(format!("Add `\"{name}\"` to `shape`: {meaning}.")),
            Self::ShapeUnknown { known } | Self::ShapeWord { known } => {
                Some(format!("There are: {}.", known.join(", ")))
            }
            Self::UnknownField { known } => Some(format!("There are: {}.", known.join(", "))),
            Self::UnknownName { nearest, .. } if !nearest.is_empty() => {
                Some(format!("Did you mean {}?", alternatives(nearest)))
            }
            _ => None,
        }
    }
}

impl fmt::Display for ProblemFault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Version { version } => write!(formatter, "version {version} of the format is not known"),
            Self::Empty => write!(formatter, "there is nothing to solve"),
            Self::Field { reason } => formatter.write_str(reason),
            Self::VariableForm => write!(formatter, "a variable needs its values"),
            Self::ConstraintForm => write!(formatter, "a constraint is a text or an object with `expr`"),
            Self::ObjectiveForm => write!(formatter, "an objective minimises or maximises one expression"),
            Self::NumberTooLarge { number } => write!(formatter, "{number} is beyond 2^53 - 1 = 9007199254740991"),
            Self::Values { error } => write!(formatter, "{error}"),
            Self::TooManyValues { count, limit } => write!(formatter, "{count} values are more than {limit}"),
            Self::PowerBase { base } => write!(formatter, "the base of powers must be at least 2, not {base}"),
            Self::KernelForm => write!(formatter, "a kernel is a name or an object"),
            Self::FormulaForm { found } => {
                write!(formatter, "a formula is a whole number or an expression, not {found}")
            }
            Self::ExtentsForm => write!(formatter, "one to three formulas are needed"),
            Self::NotWhole => write!(formatter, "its value need not be a whole number"),
            Self::NoDefinition { .. } => write!(formatter, "a part of the cost must be a definition of the kernel"),
            Self::MacroName { name } => write!(formatter, "`{}` cannot be used as a name there", name.escape_debug()),
            Self::MacroTwice { name } => write!(formatter, "two macros are called `{name}`"),
            Self::SourceMissing => write!(formatter, "there is no source to compile"),
            Self::NeedsShippedKernel => write!(formatter, "only a shipped kernel gives this a meaning"),
            Self::PowerTooLarge => write!(formatter, "a power in it is too large to be computed"),
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
            Self::NoValueLeft { .. } => write!(formatter, "none of these values is one of the kernel's"),
            Self::UnknownKernel { name, .. } => write!(formatter, "no kernel is called `{name}`"),
            Self::GpuMissing => write!(formatter, "a kernel needs a GPU"),
            Self::OccupancyNeedsGpu => write!(formatter, "blocks per SM depend on the GPU, and none is named"),
            Self::NeedsKernel => write!(formatter, "only a problem with a `kernel` has this field"),
            Self::ShapeMissing { name, .. } => write!(formatter, "`{name}` is missing"),
            Self::ShapeUnknown { .. } => write!(formatter, "the kernel has no such size"),
            Self::ShapeOutOfRange { min, max } => write!(formatter, "must be a whole number from {min} to {max}"),
            Self::ShapeForm { found } => {
                write!(formatter, "a size is a whole number and a choice is a text, not {found}")
            }
            Self::ShapeTooLarge { sizes, log2_limit } => {
                write!(formatter, "{sizes} is beyond 2^{log2_limit}, more than any GPU computes in an hour")
            }
            Self::ShapeWord { .. } => write!(formatter, "is not one of the words that the kernel knows"),
            Self::KernelNeeds { what, gpu } => write!(formatter, "the kernel needs {what}, which {gpu} lacks"),
            Self::NoReference { kernel } => {
                write!(formatter, "there is no reference to hold `{kernel}` against: only shipped kernels have one")
            }
            Self::Limit => write!(formatter, "a limit must be a positive number"),
            Self::UnknownField { .. } => write!(formatter, "there is no such field"),
            Self::FieldTwice { field } => write!(formatter, "`{field}` is given twice, under two spellings"),
            Self::UnknownName { name, .. } => write!(formatter, "there is nothing called `{name}`"),
            Self::NamedTwice { name } => write!(formatter, "`{name}` stands in the order twice"),
            Self::ValueNotPossible { value } => write!(formatter, "{value} is not one of its values"),
        }
    }
}
