//! The keys of a T1 file, and the other spellings under which they are found in files.

use crate::diagnostic::Place;
use crate::problem::{ProblemError, ProblemFault};
use serde_json::{Map, Value};

/// A key, and what else it is called. Upper and lower case, `_` and `-` make no difference.
pub(super) type Key = (&'static str, &'static [&'static str]);

/// Of the file. What is not read has nothing to do with the space.
pub(super) const FILE: &[Key] = &[
    ("General", &[]),
    ("ConfigurationSpace", &[]),
    ("KernelSpecification", &[]),
    ("Search", &["SearchSettings"]),
    ("Budget", &["Budgets"]),
    BENCHMARK,
    ("Verification", &[]),
    ("Metadata", &[]),
    ("$schema", &[]),
];

/// Numbers of the user's own, by names of the user's own.
pub(super) const BENCHMARK: Key = ("BenchmarkConfig", &["BenchmarkConfiguration"]);

/// Of the `ConfigurationSpace`.
pub(super) const SPACE: &[Key] = &[("TuningParameters", &["TuningParameter", "Parameters"]), CONDITIONS];

/// Of one of the `TuningParameters`.
pub(super) const PARAMETER: &[Key] =
    &[("Name", &[]), ("Type", &[]), ("Values", &["Value"]), ("Default", &["DefaultValue"]), CONDITIONS];

/// Of one of the `Conditions`.
pub(super) const CONDITION: &[Key] = &[("Expression", &["Expr"]), ("Parameters", &["Parameter"])];

const CONDITIONS: Key = ("Conditions", &["Condition", "Constraints", "Constraint", "Restrictions", "Restriction"]);

/// The fields of an object, each under the key that the file has for it.
#[derive(Debug)]
pub(super) struct Fields<'v> {
    found: Vec<(&'static str, &'v str, &'v Value)>,
    place: Place,
}

impl<'v> Fields<'v> {
    /// Refuses keys that are not known.
    pub(super) fn of(object: &'v Map<String, Value>, known: &[Key], place: &Place) -> Result<Self, ProblemError> {
        let mut found = Vec::with_capacity(object.len());
        for (written, value) in object {
            let key = known.iter().find(|key| is_written(key, written));
            let key = key.ok_or_else(|| unknown(written, known.iter().map(|key| key.0), place))?;
            found.push((key.0, written.as_str(), value));
        }
        Ok(Self { found, place: place.clone() })
    }

    /// All fields that mean this key, with their places.
    pub(super) fn all(&self, key: &str) -> impl Iterator<Item = (&'v str, &'v Value, Place)> {
        let found = self.found.iter().filter(move |(known, ..)| *known == key);
        found.map(|&(_, written, value)| (written, value, self.place.field(written)))
    }

    /// The field of this key with its place, which is that of the key where there is none.
    pub(super) fn one(&self, key: &'static str) -> Result<(Option<&'v Value>, Place), ProblemError> {
        let mut all = self.all(key);
        match (all.next(), all.next()) {
            (None, _) => Ok((None, self.place.field(key))),
            (Some((_, value, place)), None) => Ok((Some(value), place)),
            (Some(_), Some((_, _, place))) => Err(place.fault(ProblemFault::FieldTwice { field: key })),
        }
    }
}

/// The fault of a key that none of those known is.
pub(super) fn unknown(written: &str, known: impl Iterator<Item = &'static str>, place: &Place) -> ProblemError {
    let known = known.map(str::to_owned).collect();
    place.field(written).fault(ProblemFault::UnknownField { known })
}

/// The field of an object of which not all keys are known.
pub(super) fn loose<'v>(object: &'v Map<String, Value>, key: &str) -> Option<&'v Value> {
    object.iter().find(|(written, _)| plain(written) == plain(key)).map(|(_, value)| value)
}

pub(super) fn is_written(key: &Key, written: &str) -> bool {
    std::iter::once(&key.0).chain(key.1).any(|spelling| plain(spelling) == plain(written))
}

fn plain(key: &str) -> String {
    key.chars().filter(|letter| !matches!(letter, '_' | '-')).map(|letter| letter.to_ascii_lowercase()).collect()
}
