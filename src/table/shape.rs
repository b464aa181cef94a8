//! [`Shape`]: what an entry of a table is for, and the order in which entries are looked at.

use crate::kernel::{Instance, ShapeValue};
use indexmap::IndexMap;

/// What an entry of a table is for: each size and word, whether it was given or is the kernel's default.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shape {
    /// Sizes by name, in elements.
    pub sizes: IndexMap<String, i64>,
    /// Words by name; only of a shipped kernel.
    pub words: IndexMap<String, String>,
    /// The type of the operands; only of a shipped kernel.
    pub dtype: Option<String>,
}

impl Shape {
    /// Of a shipped kernel.
    pub(super) fn of_instance(instance: &Instance) -> Self {
        let owned = |(name, word): (&&str, &&str)| ((*name).to_owned(), (*word).to_owned());
        Self {
            sizes: instance.sizes.iter().map(|(name, &size)| ((*name).to_owned(), size)).collect(),
            words: instance.words.iter().map(owned).collect(),
            dtype: Some(instance.dtype.to_owned()),
        }
    }

    /// Of any other problem, whose sizes are what it says.
    pub(super) fn of_sizes(shape: &IndexMap<String, ShapeValue>) -> Self {
        let size = |(name, value): (&String, &ShapeValue)| match value {
            ShapeValue::Integer(size) => Some((name.clone(), *size)),
            ShapeValue::Word(_) => None,
        };
        Self { sizes: shape.iter().filter_map(size).collect(), words: IndexMap::new(), dtype: None }
    }

    /// Whether operands of the other shape fit into this one once they are padded.
    pub fn covers(&self, asked: &Self) -> bool {
        let is_large = |(name, size): (&String, &i64)| self.sizes.get(name).is_some_and(|own| own >= size);
        self.words == asked.words && self.dtype == asked.dtype && asked.sizes.iter().all(is_large)
    }

    /// Smaller comes first, so that the first that covers what is asked has the least to pad.
    pub(super) fn order(&self) -> (u128, Vec<i64>) {
        let sizes: Vec<i64> = self.sizes.values().copied().collect();
        let size = |size: &i64| u128::try_from(*size).unwrap_or(0);
        (sizes.iter().map(size).fold(1, u128::saturating_mul), sizes)
    }
}

impl std::fmt::Display for Shape {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let sizes = self.sizes.iter().map(|(name, size)| format!("{name} = {size}"));
        let words = self.words.iter().map(|(name, word)| format!("{name} = {word}"));
        let parts: Vec<String> = sizes.chain(words).chain(self.dtype.clone()).collect();
        formatter.write_str(&parts.join(", "))
    }
}
