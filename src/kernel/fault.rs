//! [`KernelFault`]: why a shipped kernel cannot be had so, and how to mend it.

use crate::diagnostic::{Diagnostic, Located};
use itertools::Itertools;
use std::fmt;

/// A fault in what a kernel is asked for: its name, an entry of its shape, its type, or the GPU.
pub type KernelError = Located<KernelFault>;

/// What can be wrong with what a kernel is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KernelFault {
    /// No kernel of that name is shipped.
    UnknownKernel {
        /// The name given.
        name: String,
        /// The names there are.
        known: Vec<&'static str>,
    },
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
    /// The kernel could run on that GPU, but some figures are not known that its predicted time is made of.
    FiguresMissing {
        /// All of them.
        figures: Vec<MissingFigure>,
        /// The GPU's name.
        gpu: String,
        /// Whether that name finds this very GPU, so that limits may start from it.
        is_found: bool,
    },
}

/// A figure of a GPU that is not known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MissingFigure {
    /// The field of a problem's `gpu`.
    pub field: &'static str,
    /// The field within that, where it is an object: a type of operands.
    pub kind: Option<&'static str>,
    /// What it is.
    pub meaning: &'static str,
    /// What it comes to from the GPU's other figures.
    pub estimate: Option<i64>,
}

impl MissingFigure {
    /// What it is, and the field.
    fn described(&self) -> String {
        let kind = self.kind.map(|kind| format!("{kind} ")).unwrap_or_default();
        format!("a {kind}{} (`{}`)", self.meaning, self.field)
    }

    /// The field with its value, as in JSON.
    fn entry(&self) -> String {
        let value = self.estimate.map_or_else(|| "…".to_owned(), |estimate| estimate.to_string());
        let value = self.kind.map_or_else(|| value.clone(), |kind| format!("{{\"{kind}\": {value}}}"));
        format!("\"{}\": {value}", self.field)
    }
}

/// How a problem gives the figures that are missing.
fn how_to_give(figures: &[MissingFigure], gpu: &str, is_found: bool) -> String {
    let fields = figures.iter().map(MissingFigure::entry).join(", ");
    let call = if is_found {
        format!("Write `\"gpu\": {{\"base\": \"{gpu}\", {fields}}}`")
    } else {
        format!("Add `{fields}` to the limits of `gpu` (those of a detected GPU start from `\"base\": \"detect\"`)")
    };
    if figures.iter().all(|figure| figure.estimate.is_some()) {
        format!("{call}: that is what its other figures come to; what was measured is better.")
    } else {
        format!("{call}, from its datasheet or as measured.")
    }
}

impl Diagnostic for KernelFault {
    fn hint(&self) -> Option<String> {
        match self {
            Self::UnknownKernel { known, .. } | Self::ShapeUnknown { known } | Self::ShapeWord { known } => {
                Some(format!("There are: {}.", known.join(", ")))
            }
            Self::ShapeMissing { name, meaning } => Some(format!("Add `\"{name}\"` to `shape`: {meaning}.")),
            Self::ShapeOutOfRange { .. } | Self::ShapeTooLarge { .. } | Self::KernelNeeds { .. } => None,
            Self::FiguresMissing { figures, gpu, is_found } => Some(how_to_give(figures, gpu, *is_found)),
        }
    }
}

impl fmt::Display for KernelFault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownKernel { name, .. } => write!(formatter, "no kernel is called `{name}`"),
            Self::ShapeMissing { name, .. } => write!(formatter, "`{name}` is missing"),
            Self::ShapeUnknown { .. } => write!(formatter, "the kernel's shape has no such entry"),
            Self::ShapeOutOfRange { min, max } => write!(formatter, "must be a whole number from {min} to {max}"),
            Self::ShapeTooLarge { sizes, log2_limit } => {
                write!(formatter, "{sizes} is beyond 2^{log2_limit}, more than any GPU computes in an hour")
            }
            Self::ShapeWord { .. } => write!(formatter, "is not one of the words that the kernel knows"),
            Self::KernelNeeds { what, gpu } => write!(formatter, "the kernel needs {what}, which {gpu} lacks"),
            Self::FiguresMissing { figures, gpu, .. } => {
                let (described, are) = (figures.iter().map(MissingFigure::described).join(" and "), figures.len() > 1);
                let are = if are { "are" } else { "is" };
                write!(formatter, "the kernel's predicted time needs {described}, which {are} not known of {gpu}")
            }
        }
    }
}
