//! [`Stated`]: a kernel's side of a problem, as texts, whether it is shipped or described.

use super::TilingError;
use crate::diagnostic::Place;
use crate::kernel::{Named, Statement};
use constrint_solver::{ValueOrder, Values};
use std::borrow::Cow;

/// What a kernel states, each text with the place to blame for it. Nothing, where the problem has no kernel.
#[derive(Default)]
pub(super) struct Stated {
    /// Named numbers.
    pub(super) constants: Vec<Named<i64>>,
    /// Variables of the kernel's own.
    pub(super) variables: Vec<Named<Values>>,
    /// Advice on the order of decisions.
    pub(super) search: Vec<(Cow<'static, str>, ValueOrder)>,
    /// Sub-expressions, each of which may use those before it; among them what is wrong although each text can be read, told
    /// where nothing before it is at fault.
    pub(super) definitions: Vec<Result<StatedText, TilingError>>,
    /// What must hold: the meaning is the reason.
    pub(super) constraints: Vec<StatedText>,
    /// The definition to minimise.
    pub(super) cost: Option<String>,
    /// The definitions of which it is made.
    pub(super) cost_parts: Vec<String>,
}

/// A text of the expression language.
#[derive(Clone)]
pub(super) struct StatedText {
    /// What is at fault where it cannot be read.
    pub(super) place: Place,
    /// As expressions use it; a definition without a name only has to be right.
    pub(super) name: Option<String>,
    pub(super) text: String,
    /// In a phrase, with its unit or its reason.
    pub(super) meaning: String,
    /// Whether a fraction in it is refused.
    pub(super) whole: bool,
}

impl StatedText {
    /// A text with a name, which may have any value.
    pub(super) fn named(place: Place, name: &str, text: impl Into<String>, meaning: impl Into<String>) -> Self {
        Self { place, name: Some(name.to_owned()), text: text.into(), meaning: meaning.into(), whole: false }
    }
}

impl Stated {
    /// The names of the definitions so far.
    pub(super) fn names(&self) -> impl Iterator<Item = &String> {
        self.definitions.iter().flatten().filter_map(|definition| definition.name.as_ref())
    }
}

impl From<Statement> for Stated {
    fn from(statement: Statement) -> Self {
        let text = |text: Named<String>| {
            StatedText::named(Place::at("kernel").field(&text.name), &text.name, text.it, text.meaning)
        };
        Self {
            constants: statement.constants,
            variables: statement.variables,
            search: statement.search,
            definitions: statement.definitions.into_iter().map(text).map(Ok).collect(),
            constraints: statement.constraints.into_iter().map(text).collect(),
            cost: Some(statement.cost.into_owned()).filter(|cost| !cost.is_empty()),
            cost_parts: statement.cost_parts.into_iter().map(Cow::into_owned).collect(),
        }
    }
}
