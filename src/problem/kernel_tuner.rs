//! Kernel Tuner's `tune_params` and `restrictions`, as its users write them.
//!
//! A list of values is a JSON list, or the text of a Python list. A restriction is an expression in the names of the
//! parameters; of a function that Kernel Tuner takes as well, `lambda p: p["x"] * p["y"] <= 1024`, the text is read
//! where it looks up parameters by their names and does nothing else with its argument.

use super::{python, value};
use crate::diagnostic::Place;
use crate::problem::{ProblemError, ProblemFault};
use constrint_solver::language;
use indexmap::IndexMap;
#[cfg(feature = "schema")]
use schemars::JsonSchema;
use serde::de::{Deserialize, Deserializer, Error as _};
use serde_json::{Map, Value};

/// How a list of values may be written.
#[cfg(feature = "schema")]
#[derive(JsonSchema)]
#[serde(untagged)]
#[schemars(rename = "TuneParameter")]
#[expect(dead_code, reason = "only its schema is used")]
pub(super) enum Written {
    /// The values.
    List(Vec<value::Written>),
    /// A Python list: `[2**i for i in range(6)]`.
    Text(String),
}

/// Refuses what is no list of values or no text, with its place.
pub(super) fn check_forms(problem: &Value) -> Result<(), ProblemError> {
    if let Some(given) = problem.get("tune_params") {
        lists(given)?;
    }
    let restrictions = problem.get("restrictions").and_then(Value::as_array);
    let wrong = restrictions.and_then(|restrictions| restrictions.iter().position(|text| !text.is_string()));
    wrong.map_or(Ok(()), |index| Err(Place::at("restrictions").index(index).fault(ProblemFault::ConstraintForm)))
}

fn lists(given: &Value) -> Result<IndexMap<String, Vec<i64>>, ProblemError> {
    let place = Place::at("tune_params");
    let wrong = || place.located(ProblemFault::Field { reason: "must be an object of names and lists".to_owned() });
    let given: &Map<String, Value> = given.as_object().ok_or_else(wrong)?;
    given.iter().map(|(name, given)| Ok((name.clone(), list(given, &place.field(name))?))).collect()
}

/// The values of one parameter.
pub(super) fn list(given: &Value, place: &Place) -> Result<Vec<i64>, ProblemError> {
    match given {
        Value::String(text) => {
            let items = python::list(text).map_err(|error| ProblemError::Python {
                place: place.clone(),
                text: text.clone(),
                error,
            })?;
            items.iter().map(|item| value::of_python(item, place)).collect()
        }
        Value::Array(items) => {
            items.iter().enumerate().map(|(index, item)| value::of_json(item, &place.index(index))).collect()
        }
        _ => {
            let reason = "values are a list, or the text of a Python list".to_owned();
            Err(place.fault(ProblemFault::Field { reason }))
        }
    }
}

/// The lists by name; what is wrong with them has been told by [`check_forms`] before.
pub(super) fn tune_params<'de, D: Deserializer<'de>>(deserializer: D) -> Result<IndexMap<String, Vec<i64>>, D::Error> {
    lists(&Value::deserialize(deserializer)?).map_err(D::Error::custom)
}

/// The expression of a restriction, with each part where it stood: `p["x"]` becomes `x` between blanks.
pub(crate) fn expression(restriction: &str) -> String {
    let (start, argument) = lambda(restriction).unwrap_or((0, None));
    let mut text = " ".repeat(start);
    let mut rest = &restriction[start..];
    while let Some(open) = rest.find('[') {
        let (before, behind) = rest.split_at(open);
        let mapping = before.trim_end_matches(is_word).len();
        let found = looked_up(behind).filter(|_| is_mapping(&before[mapping..], argument));
        let Some(LookedUp { before: to_name, name, length }) = found else {
            text.push_str(&rest[..=open]);
            rest = &behind[1..];
            continue;
        };
        text.push_str(&before[..mapping]);
        text.push_str(&" ".repeat(open - mapping + to_name));
        text.push_str(name);
        text.push_str(&" ".repeat(length - to_name - name.len()));
        rest = &behind[length..];
    }
    text + rest
}

/// Where the expression of a `lambda` starts, and its argument's name. One with several arguments is left as it is.
fn lambda(text: &str) -> Option<(usize, Option<&str>)> {
    let (head, body) = text.split_once(':')?;
    let argument = head.trim_start().strip_prefix("lambda")?.strip_prefix(char::is_whitespace)?.trim();
    language::is_name(argument).then_some((text.len() - body.len(), Some(argument)))
}

/// Whether a name is that of the parameters as a whole: the argument of the `lambda`, or any name without one.
fn is_mapping(name: &str, argument: Option<&str>) -> bool {
    language::is_name(name) && argument.is_none_or(|argument| argument == name)
}

/// `["name"]`
struct LookedUp<'t> {
    /// The bytes before the name.
    before: usize,
    name: &'t str,
    /// The bytes of it all.
    length: usize,
}

/// What is looked up at the start of a text.
fn looked_up(text: &str) -> Option<LookedUp<'_>> {
    let inner = text[1..].trim_start();
    let quote = inner.chars().next().filter(|quote| matches!(quote, '"' | '\''))?;
    let (name, behind) = inner[1..].split_once(quote)?;
    let behind = behind.trim_start().strip_prefix(']')?;
    let before = text.len() - inner.len() + 1;
    language::is_name(name).then_some(LookedUp { before, name, length: text.len() - behind.len() })
}

fn is_word(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || letter == '_'
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_looked_up_by_name_stay_in_their_place() {
        for (restriction, expected) in [
            ("x*y >= 32", "x*y >= 32"),
            (r#"p["x"]*p['y'] >= 32"#, "   x  *   y   >= 32"),
            (r#"lambda p: p["x"] > 1"#, "             x   > 1"),
            (r#"lambda p: q["x"] > 1"#, r#"          q["x"] > 1"#),
            (r#"p[ "x" ] in [1, 2]"#, "    x    in [1, 2]"),
            (r#"[4, 8][p["x"]] > "y""#, r#"[4, 8][   x  ] > "y""#),
            (r#"p["x y"] > 1"#, r#"p["x y"] > 1"#),
            ("lambda a, b: a > b", "lambda a, b: a > b"),
            ("p[", "p["),
        ] {
            let read = expression(restriction);
            assert_eq!(read, expected);
            assert_eq!(read.len(), restriction.len());
        }
    }
}
