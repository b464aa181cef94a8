//! The GPU of a problem: a name of the catalog, or limits of one's own.

#[cfg(feature = "schema")]
use std::borrow::Cow;

#[cfg(feature = "schema")]
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, de};
use serde_json::{Map, Value};
use std::path::Path;

use super::fields::{BASE, MIG, from_fields, insert, required_fields, to_fields, wrong_type};
use super::validate::validate;
use super::{Gpu, GpuFault, GpuFileFault, HardwareError, catalog, detect, find, gpu_file, mig};

/// A GPU as a problem names it: a string, or an object of [`Gpu`]'s fields.
///
/// A string is a name for [`find`], perhaps with a slice of that GPU (`H100 SXM MIG 3g.40gb`), `detect` for the GPU of
/// this machine (`detect:1` for the second), or the path of a file that holds such an object, which ends in `.json`.
///
/// An object may start from such a name by `"base"`, and from a slice of that GPU by `"mig": "3g.40gb"`; without a base,
/// every field that has no default must be there. Nested
/// objects (the tensor rates) are merged field by field. If `sms` differs from the base, peaks that are not given are
/// scaled with it, since they belong to all SMs together.
///
/// Reading one from JSON only takes its form; [`resolve`](Self::resolve) checks it.
///
/// ```
/// use constrint::hardware::GpuSpec;
///
/// let spec: GpuSpec = serde_json::from_str(r#"{"base": "H100 SXM5 80GB", "sms": 66}"#)?;
/// let gpu = spec.resolve()?;
/// assert_eq!((gpu.sms, gpu.fp32_flops_per_s), (66, Some(33_450_000_000_000)));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum GpuSpec {
    /// A name of the catalog, `"detect"`, or a path.
    Name(String),
    /// Limits, by the names of [`Gpu`]'s fields, and perhaps `"base"`.
    Limits(Map<String, Value>),
}

impl GpuSpec {
    /// The GPU that is meant, with its limits checked.
    ///
    /// # Errors
    /// [`HardwareError::UnknownGpu`] and [`HardwareError::AmbiguousGpu`] for a name or a base, [`HardwareError::InvalidGpu`] for a field,
    /// [`HardwareError::Detection`] for `"detect"` where the driver gives no answer, [`HardwareError::File`] for what is wrong with a file.
    pub fn resolve(&self) -> Result<Gpu, HardwareError> {
        match self {
            Self::Name(name) => named(name),
            Self::Limits(limits) => {
                let gpu = build(limits)?;
                validate(&gpu)?;
                Ok(gpu)
            }
        }
    }
}

impl GpuSpec {
    /// Takes the path of a file, if it names one, as relative to this folder.
    pub fn relative_to(&mut self, folder: &Path) {
        let name = match self {
            Self::Name(name) => Some(name),
            Self::Limits(limits) => match limits.get_mut(BASE) {
                Some(Value::String(base)) => Some(base),
                _ => None,
            },
        };
        if let Some(name) = name.filter(|name| gpu_file::is_path(name)) {
            *name = gpu_file::within(folder, name);
        }
    }

    /// What to know of a name that leaves open which of several parts is meant, as a sentence.
    ///
    /// ```
    /// use constrint::hardware::GpuSpec;
    ///
    /// let note = |name: &str| GpuSpec::Name(name.to_owned()).left_open();
    /// assert!(note("RTX 3080").unwrap().contains("RTX 3080 12GB"));
    /// assert_eq!(note("RTX 3080 10GB"), None);
    /// ```
    pub fn left_open(&self) -> Option<String> {
        let name = match self {
            Self::Name(name) => name,
            Self::Limits(limits) => limits.get(BASE)?.as_str()?,
        };
        let device = catalog().left_open(mig::split(name).map_or(name, |(base, _)| base))?;
        let others = device.namesakes.join(" and ");
        Some(format!("`{name}` is taken as {}; {others} has the same name and other limits", device.name))
    }
}

/// The GPU that a name means: one of a file, one of this machine, one of the catalog, or a slice of that.
fn named(name: &str) -> Result<Gpu, HardwareError> {
    if gpu_file::is_path(name) {
        return of_file(name);
    }
    if let Some(local) = detect::named(name) {
        return local;
    }
    match mig::split(name) {
        Some((base, profile)) => mig::slice(find(base)?, profile),
        None => find(name).cloned(),
    }
}

/// The GPU in a file.
fn of_file(path: &str) -> Result<Gpu, HardwareError> {
    let limits = gpu_file::limits(path)?;
    let gpu = match limits.get(BASE).and_then(Value::as_str) {
        Some(base) if gpu_file::is_path(base) => {
            Err(wrong_type(BASE, "a file starts from a GPU of the catalog, not from another file"))
        }
        _ => build(&limits),
    };
    let checked = gpu.and_then(|gpu| validate(&gpu).map(|()| gpu));
    checked.map_err(|error| gpu_file::fault(path, None, GpuFileFault::Gpu(error)))
}

/// The base with the limits written over it.
fn build(limits: &Map<String, Value>) -> Result<Gpu, HardwareError> {
    let mut fields = match limits.get(BASE) {
        Some(Value::String(name)) => to_fields(&base(name, limits)?),
        Some(_) => return Err(wrong_type(BASE, "a name of the catalog")),
        None if limits.contains_key(MIG) => {
            return Err(HardwareError::InvalidGpu {
                field: BASE.to_owned(),
                fault: GpuFault::Missing { all: vec![BASE.to_owned()] },
            });
        }
        None => Map::new(),
    };
    for (field, value) in limits.iter().filter(|(field, _)| *field != BASE && *field != MIG) {
        insert(&mut fields, field, value)?;
    }
    let missing: Vec<String> =
        required_fields().into_iter().filter(|field| field != "name" && !fields.contains_key(field)).collect();
    if let Some(first) = missing.first() {
        return Err(HardwareError::InvalidGpu { field: first.clone(), fault: GpuFault::Missing { all: missing } });
    }
    fields.entry("name").or_insert_with(|| "custom".into());
    from_fields(&fields)
}

/// The GPU that the limits start from, or the slice of it, with its peaks scaled to the SMs that the limits ask for.
fn base(name: &str, limits: &Map<String, Value>) -> Result<Gpu, HardwareError> {
    let whole = named(name)?;
    let base = match limits.get(MIG) {
        Some(Value::String(profile)) => mig::slice(&whole, profile)?,
        Some(_) => return Err(wrong_type(MIG, "the name of a profile, such as \"3g.40gb\"")),
        None => whole,
    };
    let sms = limits.get("sms").and_then(Value::as_i64).filter(|&sms| sms > 0);
    let mut base = match sms {
        Some(sms) => base.peaks_with_sms(sms),
        None => base,
    };
    base.measured = base.measured.without_stated(limits);
    Ok(base)
}

impl<'de> Deserialize<'de> for GpuSpec {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match Value::deserialize(deserializer)? {
            Value::String(name) => Ok(Self::Name(name)),
            Value::Object(limits) => Ok(Self::Limits(limits)),
            _ => Err(de::Error::custom("a GPU is a name or an object of limits")),
        }
    }
}

#[cfg(feature = "schema")]
impl JsonSchema for GpuSpec {
    fn schema_name() -> Cow<'static, str> {
        "GpuSpec".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        // The fields of a whole GPU, none of them required, and the base.
        let mut limits = Gpu::json_schema(generator);
        limits.remove("required");
        limits.insert("description".to_owned(), "Limits, by the names of a GPU's fields".into());
        if let Some(properties) = limits.get_mut("properties").and_then(Value::as_object_mut) {
            let description = "Name of the GPU of the catalog, or path of the file, that the limits start from";
            properties.insert(BASE.to_owned(), serde_json::json!({"type": "string", "description": description}));
            let description = "The slice of it, by the name of its MIG profile, such as 3g.40gb";
            properties.insert(MIG.to_owned(), serde_json::json!({"type": "string", "description": description}));
        }
        json_schema!({
            "description": "The GPU: a name of the catalog, \"detect\" for the local one, the path of a file that ends in .json, or an object of limits",
            "anyOf": [{"type": "string"}, limits],
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::Diagnostic;
    use crate::hardware::DetectionFault;

    fn resolve(json: &str) -> Result<Gpu, HardwareError> {
        serde_json::from_str::<GpuSpec>(json).unwrap().resolve()
    }

    fn fault(json: &str) -> (String, GpuFault) {
        match resolve(json) {
            Err(HardwareError::InvalidGpu { field, fault }) => (field, fault),
            other => panic!("{json}: {other:?}"),
        }
    }

    #[test]
    fn a_name_is_looked_up() {
        assert_eq!(resolve(r#""h100-sxm""#).unwrap().name, "H100 SXM5 80GB");
        assert!(matches!(resolve(r#""A100""#), Err(HardwareError::AmbiguousGpu { .. })));
        let first = DetectionFault::Index { text: "first".to_owned() };
        assert_eq!(resolve(r#""detect: first""#), Err(first.clone().into()));
        assert_eq!(resolve(r#"{"base": "Detect:first"}"#), Err(first.into()));
        assert!(serde_json::from_str::<GpuSpec>("17").is_err());
    }

    fn with(text: &str) -> (tempfile::TempDir, GpuSpec) {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("mine.json"), text).unwrap();
        let mut spec = GpuSpec::Name("mine.json".to_owned());
        spec.relative_to(folder.path());
        (folder, spec)
    }

    #[test]
    fn a_gpu_survives_its_file() {
        for name in ["T4", "H100 SXM", "RTX 5090"] {
            let mut gpu = find(name).unwrap().clone();
            gpu.measured.l2_clocks = Some(300);
            let (_folder, spec) = with(&serde_json::to_string(&gpu).unwrap());
            assert_eq!(spec.resolve().unwrap(), gpu);
        }
    }

    #[test]
    fn a_file_may_start_from_the_catalog_and_a_problem_from_a_file() {
        let (folder, spec) = with(r#"{"base": "A30", "measured": {"mma_flops_per_s": {"bf16": 123}}}"#);
        let gpu = spec.resolve().unwrap();
        assert_eq!((gpu.sms, gpu.measured.mma_flops_per_s.bf16), (56, Some(123)));
        let mut spec: GpuSpec = serde_json::from_str(r#"{"base": "mine.json", "sms": 28}"#).unwrap();
        spec.relative_to(folder.path());
        // Half of the SMs have half of the rate.
        let half = spec.resolve().unwrap();
        assert_eq!((half.sms, half.measured.mma_flops_per_s.bf16), (28, Some(61)));
    }

    /// Over what was measured, what a user states counts.
    #[test]
    fn stated_limits_go_before_measured_ones() {
        let (folder, _) = with(
            r#"{"base": "A30", "measured": {"copy_bytes_per_s": 800, "mma_flops_per_s": {"bf16": 560, "fp16": 560}}}"#,
        );
        let of = |limits: &str| {
            let mut spec: GpuSpec = serde_json::from_str(&format!(r#"{{"base": "mine.json", {limits}}}"#)).unwrap();
            spec.relative_to(folder.path());
            spec.resolve().unwrap().measured
        };
        let measured = of(r#""sms": 14, "tensor_flops_per_s": {"bf16": 1000}"#);
        assert_eq!((measured.mma_flops_per_s.bf16, measured.mma_flops_per_s.fp16), (None, Some(140)));
        assert_eq!(measured.copy_bytes_per_s, Some(800));
        assert_eq!(of(r#""memory_bandwidth_bytes_per_s": 9000000"#).copy_bytes_per_s, None);
        assert_eq!(of(r#""mig": "2g.12gb""#).copy_bytes_per_s, Some(400));
    }

    #[test]
    fn what_is_wrong_names_the_file() {
        for (text, message, hint) in [
            ("{", "EOF while parsing an object", None),
            ("{\"sms\": 1,\n \"sms\": 2}", "`sms` is given twice", None),
            ("[]", "a GPU in a file is a JSON object of its limits", None),
            (r#"{"base": "H100 SXM", "sm": 3}"#, "GPU field `sm` does not exist", Some("Did you mean `sms`?")),
            (r#"{"base": "other.json"}"#, "not from another file", None),
            (r#"{"base": "T4", "measured": {"l2_clocks": 0}}"#, "`measured.l2_clocks` is 0, outside 1 to", None),
            (
                r#"{"base": "T4", "measured": {"l3_clocks": 1}}"#,
                "`measured.l3_clocks` does not exist",
                Some("Did you mean"),
            ),
        ] {
            let (folder, spec) = with(text);
            let error = spec.resolve().unwrap_err();
            let path = folder.path().join("mine.json").display().to_string();
            assert!(error.message().contains(message), "{text}: {}", error.message());
            assert!(error.place("problem.json").unwrap().starts_with(&path), "{:?}", error.place("problem.json"));
            assert!(error.to_string().starts_with(&path), "{error}");
            assert!(hint.is_none_or(|hint| error.hint().unwrap().contains(hint)), "{text}: {:?}", error.hint());
        }
        let missing = GpuSpec::Name("/nowhere/gpu.json".to_owned()).resolve().unwrap_err();
        assert!(missing.to_string().starts_with("/nowhere/gpu.json: No such file"), "{missing}");
    }

    #[test]
    fn a_base_is_overridden_field_by_field() {
        let base = find("RTX 4090").unwrap();
        let gpu = resolve(r#"{"base": "4090", "l2_bytes": 1048576, "tensor_flops_per_s": {"bf16": 1000}}"#).unwrap();
        let mut expected = Gpu { l2_bytes: 1_048_576, ..base.clone() };
        expected.tensor_flops_per_s.bf16 = Some(1000);
        assert_eq!(gpu, expected);
    }

    #[test]
    fn peaks_follow_the_number_of_sms_unless_given() {
        let base = find("RTX 4090").unwrap();
        let gpu = resolve(r#"{"base": "RTX 4090", "sms": 64, "fp32_flops_per_s": 7}"#).unwrap();
        assert_eq!(gpu.fp32_flops_per_s, Some(7));
        assert_eq!(gpu.tensor_flops_per_s.fp8, base.tensor_flops_per_s.fp8.map(|peak| peak / 2));
    }

    #[test]
    fn an_unknown_field_names_the_nearest() {
        let nearest = |field: &str| GpuFault::Unknown { nearest: field.to_owned() };
        assert_eq!(fault(r#"{"base": "T4", "sm": 60}"#), ("sm".to_owned(), nearest("sms")));
        let (field, fault) = fault(r#"{"base": "T4", "tensor_flops_per_s": {"bf61": 60}}"#);
        assert_eq!((field.as_str(), fault), ("tensor_flops_per_s.bf61", nearest("bf16")));
    }

    #[test]
    fn without_a_base_every_field_must_be_there() {
        let (field, fault) = fault(r#"{"sms": 60, "compute_capability": "9.0"}"#);
        let GpuFault::Missing { all } = fault else { panic!("{fault:?}") };
        assert_eq!(field, "warp_size");
        assert!(all.contains(&"l2_bytes".to_owned()) && !all.contains(&"sms".to_owned()));
        assert!(!all.contains(&"boost_clock_mhz".to_owned()), "a field with a default may be left out");
    }

    #[test]
    fn a_whole_gpu_needs_no_base() {
        for gpu in crate::hardware::catalog().gpus() {
            assert_eq!(&GpuSpec::Limits(to_fields(gpu)).resolve().unwrap(), gpu);
        }
    }

    #[test]
    fn a_wrong_form_names_its_field() {
        for (json, expected) in [
            (r#"{"base": "T4", "sms": "many"}"#, "sms"),
            (r#"{"base": "T4", "compute_capability": "seven"}"#, "compute_capability"),
            (r#"{"base": "T4", "tensor_flops_per_s": {"bf16": "fast"}}"#, "tensor_flops_per_s"),
            (r#"{"base": "T4", "tensor_flops_per_s": 3}"#, "tensor_flops_per_s"),
            (r#"{"base": 4, "sms": 3}"#, "base"),
        ] {
            let (field, fault) = fault(json);
            assert!(field == expected && matches!(fault, GpuFault::WrongType { .. }), "{json}: {field} {fault}");
        }
    }

    #[cfg(feature = "schema")]
    #[test]
    fn the_schema_offers_every_field_and_requires_none() {
        let schema = schemars::schema_for!(GpuSpec);
        let limits = &schema.as_value()["anyOf"][1];
        assert!(limits["properties"]["sms"].is_object() && limits["properties"]["base"].is_object());
        assert!(limits.get("required").is_none());
        let whole = schemars::schema_for!(Gpu);
        assert_eq!(whole.as_value()["required"], serde_json::json!(required_fields()));
        assert_eq!(limits["additionalProperties"], false);
    }

    #[test]
    fn messages_read_as_sentences() {
        let error = resolve(r#"{"base": "T4", "sms": 0}"#).unwrap_err();
        assert_eq!(error.to_string(), "GPU field `sms` is 0, outside 1 to 65536");
        let error = resolve(r#"{"base": "T4", "sm": 0}"#).unwrap_err();
        assert_eq!(error.to_string(), "GPU field `sm` does not exist");
        assert_eq!(error.hint().unwrap(), "Did you mean `sms`?");
    }
}
