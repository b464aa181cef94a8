//! Slices of a GPU: the profiles of NVIDIA's multi-instance GPU (MIG), from `mig.json`.
//!
//! A slice is a GPU with fewer SMs and a share of the memory, its bandwidth and the L2 cache; what one SM has stays as
//! it is. The shares are those of NVIDIA's MIG User Guide, the SMs those that `nvidia-smi mig -lgip` lists; the driver
//! keeps some of a slice's memory, so that a device reports up to 3 % less than its share,
//! which `detect/assemble.rs` then takes instead.

use super::{Gpu, GpuFault, HardwareError, Measured};
use indexmap::IndexMap;
use serde::Deserialize;
use std::sync::OnceLock;

/// The data file. Each table has its sources beside it; the sources are explained at its head.
const MIG_JSON: &str = include_str!("mig.json");

/// What stands between the GPU and the profile in a name, as the driver writes it.
const WORD: &str = "mig";

/// The profiles of some GPUs that are cut the same way.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MigTable {
    /// Their names in the catalog.
    pub gpus: Vec<String>,
    /// How many slices memory and L2 cache have.
    pub slices: i64,
    /// The profiles, smallest first.
    pub profiles: Vec<MigProfile>,
    /// Keys into [`mig_sources`].
    pub sources: Vec<String>,
    /// What else to know about them.
    pub note: Option<String>,
}

/// One way to cut a slice from a GPU.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MigProfile {
    /// Such as `3g.40gb`.
    pub name: String,
    /// Streaming multiprocessors of the slice.
    pub sms: i64,
    /// Its slices of the memory and of the bandwidth.
    pub memory_slices: i64,
    /// Its slices of the L2 cache.
    pub l2_slices: i64,
    /// How many of them fit one GPU.
    pub instances: i64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct MigFile {
    #[serde(rename = "about")]
    _about: String,
    sources: IndexMap<String, String>,
    tables: Vec<MigTable>,
}

fn file() -> &'static MigFile {
    static FILE: OnceLock<MigFile> = OnceLock::new();
    FILE.get_or_init(|| serde_json::from_str(MIG_JSON).expect("mig.json is well formed"))
}

/// How a GPU of the catalog can be cut, if it can and the figures were found.
///
/// ```
/// use constrint::hardware::mig_table;
///
/// let table = mig_table("H100 SXM5 80GB").unwrap();
/// let half = table.profiles.iter().find(|profile| profile.name == "3g.40gb").unwrap();
/// assert_eq!((half.sms, half.memory_slices, table.slices), (60, 4, 8));
/// assert!(mig_table("T4").is_none());
/// ```
pub fn mig_table(gpu: &str) -> Option<&'static MigTable> {
    file().tables.iter().find(|table| table.gpus.iter().any(|name| name == gpu))
}

/// What the keys of sources in a [`MigTable`] stand for.
pub fn mig_sources() -> &'static IndexMap<String, String> {
    &file().sources
}

/// The GPU and the profile that a name such as `H100 SXM MIG 3g.40gb` names; `None` for a name without a profile.
pub(super) fn split(name: &str) -> Option<(&str, &str)> {
    let is_separator = |letter: char| letter.is_whitespace() || matches!(letter, '-' | '_');
    let lower = name.to_ascii_lowercase();
    let at = lower
        .rmatch_indices(WORD)
        .map(|(at, _)| at)
        .find(|&at| lower[..at].ends_with(is_separator) && lower[at + WORD.len()..].starts_with(is_separator))?;
    Some((name[..at].trim_matches(is_separator), name[at + WORD.len()..].trim_matches(is_separator)))
}

/// The slice of a GPU by the name of its profile; engines (`+me`, `+gfx`, `-me`) behind it change nothing.
///
/// # Errors
/// [`HardwareError::InvalidGpu`] for a GPU or a profile that the table lacks.
pub(super) fn slice(gpu: &Gpu, profile: &str) -> Result<Gpu, HardwareError> {
    let refuse = |fault| Err(HardwareError::InvalidGpu { field: WORD.to_owned(), fault });
    let Some(table) = mig_table(&gpu.name) else {
        return refuse(GpuFault::NotSliced { gpu: gpu.name.clone() });
    };
    let wanted = profile.trim().to_ascii_lowercase();
    let wanted = wanted.split(['+', '-']).next().unwrap_or_default();
    match table.profiles.iter().find(|profile| profile.name == wanted) {
        Some(profile) => Ok(cut(gpu, profile, table.slices)),
        None => refuse(GpuFault::UnknownProfile {
            profile: profile.to_owned(),
            known: table.profiles.iter().map(|profile| profile.name.clone()).collect(),
        }),
    }
}

fn cut(gpu: &Gpu, profile: &MigProfile, slices: i64) -> Gpu {
    let whole = gpu.clone().peaks_with_sms(profile.sms);
    let copied = |bytes: i64| bytes / slices * profile.memory_slices;
    let measured = Measured { copy_bytes_per_s: gpu.measured.copy_bytes_per_s.map(copied), ..whole.measured };
    Gpu {
        name: format!("{} MIG {}", gpu.name, profile.name),
        sms: profile.sms,
        memory_bytes: gpu.memory_bytes / slices * profile.memory_slices,
        memory_bandwidth_bytes_per_s: gpu.memory_bandwidth_bytes_per_s / slices * profile.memory_slices,
        l2_bytes: gpu.l2_bytes / slices * profile.l2_slices,
        measured,
        ..whole
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::Diagnostic;
    use crate::hardware::{GpuSpec, find, validate::validate};

    fn resolve(json: &str) -> Result<Gpu, HardwareError> {
        serde_json::from_str::<GpuSpec>(json).unwrap().resolve()
    }

    #[test]
    fn every_table_is_of_known_gpus_and_fits_them() {
        for table in &file().tables {
            assert!(table.sources.iter().all(|source| mig_sources().contains_key(source)), "{:?}", table.gpus);
            for name in &table.gpus {
                let gpu = find(name).unwrap();
                assert_eq!(&gpu.name, name);
                for profile in &table.profiles {
                    assert!(profile.sms * profile.instances <= gpu.sms, "{name} {}", profile.name);
                    assert!(profile.memory_slices * profile.instances <= table.slices, "{name} {}", profile.name);
                    assert_eq!(validate(&slice(gpu, &profile.name).unwrap()), Ok(()), "{name} {}", profile.name);
                }
                let last = table.profiles.last().unwrap();
                assert_eq!((last.memory_slices, last.l2_slices), (table.slices, table.slices), "{name}");
            }
        }
        assert!(mig_sources().keys().all(|key| file().tables.iter().any(|table| table.sources.contains(key))));
    }

    /// The name of a profile tells its memory in decimal gigabytes, rounded, and its slices of computing.
    #[test]
    fn shares_agree_with_the_names_of_the_profiles() {
        for table in &file().tables {
            let memory_bytes = find(&table.gpus[0]).unwrap().memory_bytes;
            for profile in &table.profiles {
                let gigabytes: i64 =
                    profile.name.split_once('.').unwrap().1.strip_suffix("gb").unwrap().parse().unwrap();
                let share = memory_bytes / table.slices * profile.memory_slices;
                let difference = (share - gigabytes * 1_000_000_000).abs();
                assert!(difference * 10 <= gigabytes * 1_000_000_000, "{:?} {}: {share}", table.gpus, profile.name);
            }
        }
    }

    #[test]
    fn a_slice_is_named_in_either_form() {
        let whole = find("H100 SXM5 80GB").unwrap();
        let slice = resolve(r#"{"base": "h100 sxm", "mig": "3g.40gb"}"#).unwrap();
        assert_eq!((slice.name.as_str(), slice.sms), ("H100 SXM5 80GB MIG 3g.40gb", 60));
        assert_eq!((slice.l2_bytes, slice.memory_bytes), (whole.l2_bytes / 2, whole.memory_bytes / 2));
        assert_eq!(slice.memory_bandwidth_bytes_per_s, whole.memory_bandwidth_bytes_per_s / 2);
        assert_eq!(slice.tensor_flops_per_s.bf16, whole.tensor_flops_per_s.bf16.map(|peak| peak * 60 / 132));
        assert_eq!(slice.sm_limits(), whole.sm_limits());
        for name in ["H100 SXM MIG 3g.40gb", "NVIDIA H100 SXM5 80GB mig 3g.40gb", "h100-sxm-mig-3g.40gb+me"] {
            assert_eq!(resolve(&format!("{name:?}")), Ok(slice.clone()), "{name}");
        }
        let lean = resolve(r#""A100 PCIe 80GB MIG 1g.20gb""#).unwrap();
        let whole = find("A100 PCIe 80GB").unwrap();
        assert_eq!((lean.memory_bytes, lean.l2_bytes), (whole.memory_bytes / 4, whole.l2_bytes / 8));
        let changed = resolve(r#"{"base": "H100 SXM MIG 3g.40gb", "l2_bytes": 1048576}"#).unwrap();
        assert_eq!((changed.sms, changed.l2_bytes), (60, 1 << 20));
    }

    #[test]
    fn what_cannot_be_cut_is_refused() {
        let message = |json: &str| {
            let error = resolve(json).unwrap_err();
            (error.to_string(), error.hint().unwrap_or_default())
        };
        let (text, hint) = message(r#"{"base": "A30", "mig": "3g.40gb"}"#);
        assert_eq!(text, "GPU field `mig` names no profile: `3g.40gb`");
        assert_eq!(hint, "There are: 1g.6gb, 2g.12gb, 4g.24gb.");
        assert!(message(r#""T4 MIG 1g.5gb""#).0.contains("T4"));
        assert!(message(r#"{"mig": "1g.5gb"}"#).0.contains("`base`"));
        assert!(message(r#"{"base": "A30", "mig": 3}"#).0.contains("wrong form"));
        assert!(matches!(resolve(r#""H900 MIG 1g.5gb""#), Err(HardwareError::UnknownGpu { .. })));
        assert_eq!(split("Migrant 9000"), None);
    }
}
