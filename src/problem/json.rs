//! JSON as text: no longer than is sensible, and no key twice in one object.

use crate::json_keys;
use crate::problem::ProblemError;

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
    json_keys::check(text).map_err(|error| ProblemError::json(&error))?;
    serde_json::from_str(text).map_err(|error| ProblemError::json(&error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_repeated_key_is_refused() {
        json_value(r#"{"a": {"b": [1, -2, 3.5, "x", null, true]}, "b": {"b": 1}}"#).unwrap();
        let error = json_value("{\"a\": 1,\n \"c\": {\"b\": 1, \"b\": 2}}").unwrap_err();
        assert_eq!(error.to_string(), "`b` is given twice at line 2, column 18");
    }
}
