//! JSON as text: no longer than is sensible, and no key twice in one object, of which the usual reader keeps the last and says
//! nothing.

use crate::problem::ProblemError;
use serde::de::{Deserialize, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use std::collections::HashSet;
use std::fmt;

/// A larger file is refused before it is parsed.
pub(super) const LARGEST_FILE_BYTES: usize = 64 << 20;

/// Refuses a text that is longer than any sensible problem.
pub(super) fn check_length(text: &str) -> Result<(), ProblemError> {
    let (bytes, limit) = (text.len(), LARGEST_FILE_BYTES);
    if bytes > limit { Err(ProblemError::TooLong { bytes, limit }) } else { Ok(()) }
}

/// Any JSON text as a value; a key that stands twice in one object is refused.
///
/// # Errors
/// [`ProblemError::Json`]
pub fn json_value(text: &str) -> Result<serde_json::Value, ProblemError> {
    check(text)?;
    serde_json::from_str(text).map_err(|error| ProblemError::json(&error))
}

/// Whether no key stands twice, with the line and column of the second.
fn check(text: &str) -> Result<(), ProblemError> {
    serde_json::from_str::<Unique>(text).map(drop).map_err(|error| ProblemError::json(&error))
}

/// Any JSON value without a key that stands twice in one object.
struct Unique;

impl<'de> Deserialize<'de> for Unique {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(UniqueVisitor)
    }
}

struct UniqueVisitor;

/// A scalar holds no keys.
macro_rules! scalar {
    ($($method:ident: $type:ty),*) => {
        $(fn $method<E>(self, _: $type) -> Result<Unique, E> {
            Ok(Unique)
        })*
    };
}

impl<'de> Visitor<'de> for UniqueVisitor {
    type Value = Unique;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("JSON")
    }

    scalar!(visit_bool: bool, visit_i64: i64, visit_u64: u64, visit_f64: f64, visit_str: &str);

    fn visit_unit<E>(self) -> Result<Unique, E> {
        Ok(Unique)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Unique, A::Error> {
        while items.next_element::<Unique>()?.is_some() {}
        Ok(Unique)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Unique, A::Error> {
        let mut seen = HashSet::new();
        while let Some(key) = fields.next_key::<String>()? {
            if seen.contains(&key) {
                return Err(A::Error::custom(format_args!("`{key}` is given twice")));
            }
            seen.insert(key);
            fields.next_value::<Unique>()?;
        }
        Ok(Unique)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_repeated_key_is_refused() {
        check(r#"{"a": {"b": [1, -2, 3.5, "x", null, true]}, "b": {"b": 1}}"#).unwrap();
        let error = check("{\"a\": 1,\n \"c\": {\"b\": 1, \"b\": 2}}").unwrap_err();
        assert_eq!(error.to_string(), "`b` is given twice at line 2, column 18");
    }
}
