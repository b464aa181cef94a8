//! The catalog of known GPUs: `catalog.json`, read once, and the search by name.

use std::sync::OnceLock;

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::HardwareError;
use super::{Board, Capability, ComputeCapability, Device, Gpu, names, near_names};

/// The data file. Each number has its source beside it; the sources are explained at its head.
const CATALOG_JSON: &str = include_str!("catalog.json");

/// The catalog that comes with this crate, read on the first call.
///
/// # Panics
/// If the data file that was compiled in is damaged, which the tests of this module exclude.
pub fn catalog() -> &'static Catalog {
    static CATALOG: OnceLock<Catalog> = OnceLock::new();
    CATALOG.get_or_init(|| Catalog::from_json(CATALOG_JSON).expect("catalog.json is well formed"))
}

/// The GPU that a name means, in the [catalog](catalog()) that comes with this crate.
///
/// Case, blanks and punctuation do not count, but words do as a whole: `H20` is no `H200`. The name of the catalog or of
/// a driver wins, then one of these without the maker, the product line and the size of the memory, then words in a row,
/// then words in any order; within a rank the match must be the only one.
///
/// # Errors
/// [`HardwareError::AmbiguousGpu`] lists the candidates, [`HardwareError::UnknownGpu`] the nearest names.
///
/// ```
/// use constrint::hardware::{HardwareError, find};
///
/// assert_eq!(find("h100-sxm")?.name, "H100 SXM5 80GB");
/// assert_eq!(find("4090")?.name, "RTX 4090");
/// assert_eq!(find("Tesla T4")?.name, "T4");
/// assert!(matches!(find("A100"), Err(HardwareError::AmbiguousGpu { candidates, .. }) if candidates.len() == 4));
/// # Ok::<(), HardwareError>(())
/// ```
pub fn find(name: &str) -> Result<&'static Gpu, HardwareError> {
    catalog().find(name)
}

/// Known GPUs and compute capabilities, with where each number comes from.
#[derive(Clone, Debug)]
pub struct Catalog {
    gpus: Vec<Gpu>,
    devices: Vec<Device>,
    capabilities: Vec<Capability>,
    sources: IndexMap<String, String>,
    column_sources: IndexMap<String, Vec<String>>,
}

/// The data file as it stands.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct CatalogFile {
    #[serde(rename = "about")]
    _about: String,
    sources: IndexMap<String, String>,
    column_sources: IndexMap<String, Vec<String>>,
    compute_capabilities: Vec<Capability>,
    devices: Vec<Device>,
}

impl Catalog {
    fn from_json(text: &str) -> serde_json::Result<Self> {
        let file: CatalogFile = serde_json::from_str(text)?;
        let gpus = file.devices.iter().map(|device| join(device, &file.compute_capabilities)).collect::<Result<_, _>>();
        Ok(Self {
            gpus: gpus?,
            devices: file.devices,
            capabilities: file.compute_capabilities,
            sources: file.sources,
            column_sources: file.column_sources,
        })
    }

    /// All GPUs, by compute capability in the main, then by product line.
    pub fn gpus(&self) -> &[Gpu] {
        &self.gpus
    }

    /// The table of devices, in the order of [`Self::gpus`].
    pub fn devices(&self) -> &[Device] {
        &self.devices
    }

    /// The table of compute capabilities, ascending.
    pub fn capabilities(&self) -> &[Capability] {
        &self.capabilities
    }

    /// The row of one compute capability, if it is known.
    pub fn capability(&self, compute_capability: ComputeCapability) -> Option<&Capability> {
        self.capabilities.iter().find(|row| row.compute_capability == compute_capability)
    }

    /// What the keys of sources stand for: documents, device logs, measurements.
    pub fn sources(&self) -> &IndexMap<String, String> {
        &self.sources
    }

    /// The sources of each field of the table of compute capabilities.
    pub fn column_sources(&self) -> &IndexMap<String, Vec<String>> {
        &self.column_sources
    }

    /// The device that a name finds, if it leaves open which of several parts is meant: of the others, its
    /// [namesakes](Device::namesakes), the catalog has no figures.
    ///
    /// ```
    /// let catalog = constrint::hardware::catalog();
    /// let meant = |name: &str| catalog.left_open(name).map(|device| device.name.as_str());
    /// assert_eq!((meant("RTX 3060"), meant("RTX 3060 12GB")), (Some("RTX 3060 12GB"), None));
    /// ```
    pub fn left_open(&self, name: &str) -> Option<&Device> {
        let [index] = self.matches(name)[..] else { return None };
        let device = &self.devices[index];
        let tells_size = names::words(name).iter().any(|word| names::is_memory(word));
        (!device.namesakes.is_empty() && !tells_size).then_some(device)
    }

    /// The indices of the GPUs that a name may mean; see [`find`].
    pub(super) fn matches(&self, name: &str) -> Vec<usize> {
        let known = self.devices.iter();
        let known = known.map(|device| names::Known { name: &device.name, driver_names: &device.driver_names });
        names::matches(name, known)
    }

    /// The GPU that a name means; see [`find`].
    ///
    /// # Errors
    /// As [`find`].
    pub fn find(&self, name: &str) -> Result<&Gpu, HardwareError> {
        // Most names come from the catalog itself.
        if let Some(gpu) = self.gpus.iter().find(|gpu| gpu.name == name) {
            return Ok(gpu);
        }
        match self.matches(name).as_slice() {
            [] => {
                let nearest = near_names::nearest(name, self.gpus.iter().map(|gpu| gpu.name.as_str()));
                Err(HardwareError::UnknownGpu { name: name.to_owned(), nearest })
            }
            [only] => Ok(&self.gpus[*only]),
            several => {
                let candidates = several.iter().map(|&index| self.gpus[index].name.clone()).collect();
                Err(HardwareError::AmbiguousGpu { name: name.to_owned(), candidates })
            }
        }
    }
}

/// A device and the row of its compute capability make a [`Gpu`]. Both use the names of its fields, so that the tables
/// are joined as JSON and the one list of fields stays the struct.
pub(super) fn join(device: &Device, capabilities: &[Capability]) -> serde_json::Result<Gpu> {
    let row = capabilities.iter().find(|row| row.compute_capability == device.compute_capability);
    let row = row.ok_or_else(|| serde::de::Error::custom(format!("no row for {}", device.compute_capability)))?;
    let of_line = match device.board {
        Board::Geforce => row.tensor_flops_per_clock_per_sm_geforce.unwrap_or(row.tensor_flops_per_clock_per_sm),
        Board::Professional => row.tensor_flops_per_clock_per_sm,
    };
    let rates = device.tensor_flops_per_clock_per_sm.unwrap_or(of_line);
    let mut fields = row.limits.clone();
    let mut set = |field: &str, value: Value| fields.insert(field.to_owned(), value);
    set("name", device.name.clone().into());
    set("compute_capability", device.compute_capability.to_string().into());
    set("sms", device.sms.into());
    set("l2_bytes", device.l2_bytes.into());
    set("memory_bytes", device.memory_bytes_reported.unwrap_or(device.memory_bytes_advertised).into());
    set("memory_bandwidth_bytes_per_s", device.memory_bandwidth_bytes_per_s.into());
    set("boost_clock_mhz", device.boost_clock_mhz.into());
    set("tensor_clock_mhz", device.tensor_clock_mhz.into());
    set("fp32_flops_per_s", device.fp32_flops_per_s.into());
    set("tensor_flops_per_s", to_value(device.tensor_flops_per_s)?);
    set("tensor_flops_per_clock_per_sm", to_value(rates)?);
    set("features", to_value(row.available_features().collect::<Vec<_>>())?);
    serde_json::from_value(Value::Object(fields))
}

fn to_value(value: impl Serialize) -> serde_json::Result<Value> {
    serde_json::to_value(value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hardware::validate::validate;
    use itertools::Itertools;

    /// Whether `expected` differs from the published `value` by at most `percent` of that.
    fn within(percent: i128, value: i64, expected: i128) -> bool {
        let value = i128::from(value);
        (value - expected).abs() * 100 <= value * percent
    }

    #[test]
    fn the_tables_are_complete() {
        let catalog = catalog();
        assert_eq!(catalog.gpus().len(), 110);
        assert!(catalog.gpus().iter().map(|gpu| &gpu.name).all_unique());
        let capabilities = catalog.capabilities().iter().map(|row| row.compute_capability.to_string()).join(" ");
        assert_eq!(capabilities, "7.0 7.2 7.5 8.0 8.6 8.7 8.8 8.9 9.0 10.0 10.3 11.0 12.0 12.1");
    }

    #[test]
    fn every_gpu_is_valid_and_agrees_with_its_compute_capability() {
        for gpu in catalog().gpus() {
            assert_eq!(validate(gpu), Ok(()), "{}", gpu.name);
            let row = catalog().capability(gpu.compute_capability).unwrap();
            assert_eq!(gpu.sm_limits(), row.sm_limits(), "{}", gpu.name);
        }
    }

    #[test]
    fn every_source_is_explained_and_every_explanation_used() {
        let catalog = catalog();
        let used = (catalog.column_sources().values().flatten())
            .chain(catalog.devices().iter().flat_map(|device| &device.sources))
            .chain(catalog.capabilities().iter().flat_map(|row| &row.sources));
        let used: Vec<&String> = used.unique().sorted().collect();
        let explained: Vec<&String> = catalog.sources().keys().sorted().collect();
        assert_eq!(used, explained);
        assert!(catalog.devices().iter().all(|device| !device.sources.is_empty()));
    }

    #[test]
    fn every_column_has_a_source() {
        for row in catalog().capabilities() {
            for field in row.limits.keys() {
                assert!(catalog().column_sources().contains_key(field), "{field}");
            }
        }
    }

    #[test]
    fn fp32_peaks_are_rate_times_clock() {
        for gpu in catalog().gpus() {
            let Some(clock_mhz) = gpu.boost_clock_mhz else { continue };
            let flops_per_clock = i128::from(gpu.sms * 2 * gpu.fp32_fma_per_clock_per_sm);
            let expected = flops_per_clock * i128::from(clock_mhz) * 1_000_000;
            let Some(peak) = gpu.fp32_flops_per_s else { panic!("{}: a clock and no peak", gpu.name) };
            assert!(within(2, peak, expected), "{}: {expected}", gpu.name);
        }
    }

    #[test]
    fn tensor_peaks_are_rate_times_clock() {
        let mut compared = 0;
        for gpu in catalog().gpus() {
            let Some(clock_mhz) = gpu.tensor_clock_mhz.or(gpu.boost_clock_mhz) else { continue };
            let rates = gpu.tensor_flops_per_clock_per_sm;
            for ((name, peak), (_, rate)) in gpu.tensor_flops_per_s.iter().zip(rates.iter()) {
                let (Some(peak), Some(rate)) = (peak, rate) else { continue };
                let expected = i128::from(gpu.sms * rate) * i128::from(clock_mhz) * 1_000_000;
                assert!(within(5, peak, expected), "{} {name}: {peak} {expected}", gpu.name);
                compared += 1;
            }
        }
        assert!(compared > 150, "only {compared} pairs");
    }

    /// What a figure of a device comes to from others: peaks from SMs, rate and clock, the tensor clock from a peak.
    fn recomputed(gpu: &Gpu, field: &str) -> Option<i128> {
        let clock_mhz = i128::from(gpu.tensor_clock_mhz.or(gpu.boost_clock_mhz)?);
        let rates = gpu.tensor_flops_per_clock_per_sm;
        let sms = i128::from(gpu.sms);
        match field.strip_prefix("tensor_flops_per_s.") {
            Some(kind) => {
                let rate = rates.iter().find(|(name, _)| *name == kind)?.1?;
                Some(sms * i128::from(rate) * clock_mhz * 1_000_000)
            }
            None if field == "fp32_flops_per_s" => {
                let boost_mhz = i128::from(gpu.boost_clock_mhz?);
                Some(sms * 2 * i128::from(gpu.fp32_fma_per_clock_per_sm) * boost_mhz * 1_000_000)
            }
            None if field == "tensor_clock_mhz" => {
                Some(i128::from(gpu.tensor_flops_per_s.bf16?) / (sms * i128::from(rates.bf16?) * 1_000_000))
            }
            None => None,
        }
    }

    #[test]
    fn every_derived_figure_can_be_derived_again() {
        let mut compared = 0;
        for (device, gpu) in catalog().devices().iter().zip(catalog().gpus()) {
            let fields = serde_json::to_value(gpu).unwrap();
            for field in &device.derived {
                let stated = fields.pointer(&format!("/{}", field.replace('.', "/"))).and_then(Value::as_i64).unwrap();
                let expected = recomputed(gpu, field).unwrap_or_else(|| panic!("{}: {field}", gpu.name));
                // Stated with three or four digits.
                assert!(within(2, stated, expected), "{} {field}: {stated} {expected}", gpu.name);
                compared += 1;
            }
        }
        assert!(compared > 60, "only {compared} figures");
    }

    #[test]
    fn a_published_peak_has_a_rate() {
        for gpu in catalog().gpus() {
            let rates = gpu.tensor_flops_per_clock_per_sm;
            for ((name, peak), (_, rate)) in gpu.tensor_flops_per_s.iter().zip(rates.iter()) {
                assert!(peak.is_none() || rate.is_some(), "{} {name}", gpu.name);
            }
        }
    }

    #[test]
    fn wgmma_exists_on_hopper_alone() {
        for row in catalog().capabilities() {
            let hopper = row.compute_capability.major == 9;
            assert_eq!(row.mma_shapes.wgmma.is_empty(), !hopper, "{}", row.compute_capability);
        }
    }
}
