//! [`Trial`]: a configuration that was put to the test, and the [`Verdict`] on it.

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

/// What an outside test said of a configuration.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "verdict", rename_all = "kebab-case")]
pub enum Verdict {
    /// It works.
    Works,
    /// It fails; with a bisected variable, so does everything beyond its value.
    Fails,
    /// It fails, and so does everything with this value of the variable or a larger one.
    FailsFrom {
        /// The variable's name.
        variable: String,
    },
    /// It fails, and so does everything with this value of the variable or a smaller one.
    FailsUpTo {
        /// The variable's name.
        variable: String,
    },
}

/// One trial, as a log has it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Record")]
pub struct Trial {
    /// The variables' values, by name.
    pub values: IndexMap<String, i64>,
    /// What the test said.
    #[serde(flatten)]
    pub verdict: Verdict,
    /// How long the test took, in seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seconds: Option<f64>,
}

/// All fields in one object, so that one that belongs to none is refused.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Record {
    values: IndexMap<String, i64>,
    verdict: Word,
    variable: Option<String>,
    seconds: Option<f64>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Word {
    Works,
    Fails,
    FailsFrom,
    FailsUpTo,
}

impl TryFrom<Record> for Trial {
    type Error = &'static str;

    fn try_from(record: Record) -> Result<Self, Self::Error> {
        let verdict = match (record.verdict, record.variable) {
            (Word::Works, None) => Verdict::Works,
            (Word::Fails, None) => Verdict::Fails,
            (Word::FailsFrom, Some(variable)) => Verdict::FailsFrom { variable },
            (Word::FailsUpTo, Some(variable)) => Verdict::FailsUpTo { variable },
            (Word::Works | Word::Fails, Some(_)) => return Err("this verdict blames no `variable`"),
            (Word::FailsFrom | Word::FailsUpTo, None) => return Err("missing field `variable`"),
        };
        Ok(Self { values: record.values, verdict, seconds: record.seconds })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn trials_are_read_as_they_are_written() {
        let variable = || "x".to_owned();
        let blaming = [Verdict::FailsFrom { variable: variable() }, Verdict::FailsUpTo { variable: variable() }];
        for verdict in [Verdict::Works, Verdict::Fails].into_iter().chain(blaming) {
            for seconds in [None, Some(0.5)] {
                let trial = Trial { values: [(variable(), 3)].into(), verdict: verdict.clone(), seconds };
                let text = serde_json::to_string(&trial).unwrap();
                assert_eq!(serde_json::from_str::<Trial>(&text).unwrap(), trial, "{text}");
            }
        }
    }

    #[test]
    fn what_a_trial_does_not_have_is_refused() {
        for (wrong, part) in [
            (json!({"values": {"x": 1}, "verdict": "works", "second": 1}), "unknown field `second`"),
            (json!({"values": {"x": 1}, "verdict": "works", "variable": "x"}), "blames no `variable`"),
            (json!({"values": {"x": 1}, "verdict": "fails-from"}), "missing field `variable`"),
            (json!({"values": {"x": 1}, "verdict": "worked"}), "unknown variant `worked`"),
            (json!({"verdict": "works"}), "missing field `values`"),
        ] {
            let error = serde_json::from_value::<Trial>(wrong.clone()).unwrap_err().to_string();
            assert!(error.contains(part), "{wrong}: {error}");
        }
    }
}
