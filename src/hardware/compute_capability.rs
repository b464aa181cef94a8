//! Compute capabilities: which instructions and limits a GPU has.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

#[cfg(feature = "schema")]
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::diagnostic::Diagnostic;

/// The version of a GPU's instruction set and limits, ordered by age: 8.9 < 9.0 < 10.0.
///
/// It parses from `9.0`, `90`, `sm_90`, `sm_90a` and `compute_90`, and displays as `9.0`.
///
/// ```
/// use constrint::hardware::ComputeCapability;
///
/// let hopper: ComputeCapability = "sm_90a".parse()?;
/// assert_eq!(hopper, ComputeCapability { major: 9, minor: 0 });
/// assert_eq!(hopper.to_string(), "9.0");
/// assert_eq!(hopper.compile_target(), "sm_90a");
/// # Ok::<(), constrint::error::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ComputeCapability {
    /// The number before the point: the generation.
    pub major: u8,
    /// The number after the point, 0 to 9.
    pub minor: u8,
}

impl ComputeCapability {
    /// The first generation whose targets exist in an architecture-specific form, the one with the suffix `a`.
    const FIRST_WITH_SPECIFIC_TARGET: u8 = 9;

    /// The plain target of nvcc, such as `sm_90`: its code also runs on later minors of the generation.
    pub fn sm(self) -> String {
        format!("sm_{}{}", self.major, self.minor)
    }

    /// The target that has every instruction of this GPU: `sm_90a` where such a target exists, else the plain one.
    pub fn compile_target(self) -> String {
        let suffix = if self.major >= Self::FIRST_WITH_SPECIFIC_TARGET { "a" } else { "" };
        format!("{}{suffix}", self.sm())
    }
}

impl fmt::Display for ComputeCapability {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}.{}", self.major, self.minor)
    }
}

/// A text that is not a compute capability.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidComputeCapability {
    /// As the user wrote it.
    pub text: String,
}

impl Diagnostic for InvalidComputeCapability {
    fn hint(&self) -> Option<String> {
        Some("Write it as `9.0`, `90` or `sm_90a`.".to_owned())
    }
}

impl fmt::Display for InvalidComputeCapability {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "`{}` is not a compute capability", self.text)
    }
}

impl std::error::Error for InvalidComputeCapability {}

impl FromStr for ComputeCapability {
    type Err = InvalidComputeCapability;

    fn from_str(text: &str) -> Result<Self, InvalidComputeCapability> {
        parse(text.trim()).ok_or_else(|| InvalidComputeCapability { text: text.to_owned() })
    }
}

/// Reads `9.0`, or digits of which the last is the minor, with a target's prefix and suffix if there are any.
fn parse(text: &str) -> Option<ComputeCapability> {
    let digits = text.strip_prefix("sm_").or_else(|| text.strip_prefix("compute_")).unwrap_or(text);
    let digits = digits.strip_suffix(['a', 'f']).unwrap_or(digits);
    let (major, minor) = digits.split_once('.').or_else(|| digits.split_at_checked(digits.len().checked_sub(1)?))?;
    let all_digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    if !all_digits(major) || !all_digits(minor) || minor.len() > 1 {
        return None;
    }
    Some(ComputeCapability { major: major.parse().ok()?, minor: minor.parse().ok()? })
}

impl Serialize for ComputeCapability {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for ComputeCapability {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<str>::deserialize(deserializer)?;
        text.parse().map_err(de::Error::custom)
    }
}

#[cfg(feature = "schema")]
impl JsonSchema for ComputeCapability {
    fn schema_name() -> Cow<'static, str> {
        "ComputeCapability".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "description": "A compute capability, such as \"9.0\", \"90\" or \"sm_90a\"",
            "pattern": "^(sm_|compute_)?[0-9]+\\.?[0-9][af]?$",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spelling_parses() {
        for (text, major, minor) in
            [("9.0", 9, 0), ("90", 9, 0), ("sm_90a", 9, 0), ("compute_121", 12, 1), ("10.3", 10, 3), ("sm_100f", 10, 0)]
        {
            assert_eq!(text.parse(), Ok(ComputeCapability { major, minor }), "{text}");
        }
    }

    #[test]
    fn nonsense_is_refused() {
        for text in ["", "9", "9.", ".0", "9.10", "sm_", "nine", "-9.0", "9.0.0", "9é", "é"] {
            assert!(text.parse::<ComputeCapability>().is_err(), "{text}");
        }
    }

    #[test]
    fn older_compares_less_and_targets_have_their_suffix() {
        let parse = |text: &str| text.parse::<ComputeCapability>().unwrap();
        assert!(parse("8.9") < parse("9.0") && parse("9.0") < parse("10.0"));
        assert_eq!(parse("8.9").compile_target(), "sm_89");
        assert_eq!(parse("12.0").compile_target(), "sm_120a");
        assert_eq!(parse("12.0").sm(), "sm_120");
    }
}
