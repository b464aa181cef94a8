//! From what the driver tells to a whole [`Gpu`].
//!
//! The driver knows the limits of a launch and nothing of carve-out steps, allocation units, barriers and matrix
//! instructions: those come from the table of compute capabilities. Peaks and bandwidth come from the catalog where it
//! has the device. Otherwise the FP32 peak is computed (SMs times rate times clock), and the bandwidth (two transfers a
//! memory clock), while the rates of the tensor cores stay unknown.

use super::DetectionFault;
use super::detected::DetectedGpu;
use super::reading::Reading;
use crate::hardware::HardwareError;
use crate::hardware::catalog::join;
use crate::hardware::fields::{from_fields, to_fields};
use crate::hardware::names::{is_memory, words};
use crate::hardware::validate::validate;
use crate::hardware::{Board, Capability, Device, Gpu, TensorRates, catalog, mig};

/// A device's memory differs from the catalog's by less than a part in so many: what it keeps for itself.
const MEMORY_PARTS: i64 = 8;

pub(super) fn assemble(reading: &Reading) -> Result<DetectedGpu, HardwareError> {
    let untold = |what| DetectionFault::Untold { device: reading.name.clone(), what };
    let row = catalog().capability(reading.compute_capability).ok_or_else(|| DetectionFault::UnknownCapability {
        device: reading.name.clone(),
        compute_capability: reading.compute_capability,
    })?;
    let entry = entry(reading);
    let base = match &entry {
        Some(entry) => entry.clone().peaks_with_sms(reading.sms),
        None => computed(reading, row).map_err(untold)?,
    };
    let gpu = overlaid(base, reading)?;
    validate(&gpu)?;
    Ok(DetectedGpu { gpu, catalog_name: entry.map(|entry| entry.name) })
}

/// The GPU of the catalog that the device is: one that its name finds, of the same compute capability, as many SMs and
/// about as much memory. Of several the one with the nearest memory, then bandwidth.
fn entry(reading: &Reading) -> Option<Gpu> {
    let found = |name: &str| catalog().matches(name).into_iter().map(|index| &catalog().gpus()[index]);
    let candidates: Vec<Gpu> = match mig::split(&reading.name) {
        // A slice has fewer SMs than the GPU that it was cut from.
        Some((base, profile)) => found(base).filter_map(|gpu| mig::slice(gpu, profile).ok()).collect(),
        None => found(&reading.name).cloned().collect(),
    };
    let is_shared = candidates.len() > 1;
    let bandwidth = reading.bandwidth_bytes_per_s();
    let far = |gpu: &Gpu| {
        let of_bandwidth = bandwidth.map_or(0, |bandwidth| (gpu.memory_bandwidth_bytes_per_s - bandwidth).abs());
        ((gpu.memory_bytes - reading.memory_bytes).abs(), of_bandwidth)
    };
    candidates.into_iter().filter(|gpu| fits(gpu, reading, is_shared)).min_by_key(far)
}

/// Whether the device can be this GPU. The memory counts where it tells parts of one name apart; cards that were rebuilt
/// with more are otherwise what their name says.
fn fits(gpu: &Gpu, reading: &Reading, is_shared: bool) -> bool {
    let tells = is_shared || words(&gpu.name).iter().any(|word| is_memory(word));
    let memory = (gpu.memory_bytes - reading.memory_bytes).abs() * MEMORY_PARTS < gpu.memory_bytes;
    gpu.compute_capability == reading.compute_capability && gpu.sms == reading.sms && (memory || !tells)
}

/// A device that the catalog lacks. Its tensor cores stay unknown: devices of one compute capability differ by up to four
/// times, and nobody published this one's.
fn computed(reading: &Reading, row: &Capability) -> Result<Gpu, &'static str> {
    let clock_khz = reading.clock_khz.ok_or("clock")?;
    let fp32 = row.limits.get("fp32_fma_per_clock_per_sm").and_then(serde_json::Value::as_i64).ok_or("FP32 rate")?;
    let device = Device {
        name: reading.name.clone(),
        driver_names: Vec::new(),
        namesakes: Vec::new(),
        compute_capability: reading.compute_capability,
        board: Board::Professional,
        sms: reading.sms,
        l2_bytes: reading.l2_bytes.ok_or("size of the L2 cache")?,
        memory_bytes_advertised: reading.memory_bytes,
        memory_bytes_reported: Some(reading.memory_bytes),
        memory_bandwidth_bytes_per_s: reading.bandwidth_bytes_per_s().ok_or("memory clock and bus width")?,
        boost_clock_mhz: Some(clock_khz / 1000),
        tensor_clock_mhz: None,
        fp32_flops_per_s: Some(2 * fp32 * reading.sms * clock_khz * 1000),
        tensor_flops_per_s: TensorRates::default(),
        tensor_flops_per_clock_per_sm: Some(TensorRates::default()),
        measured: Vec::new(),
        derived: Vec::new(),
        uncertain: indexmap::IndexMap::new(),
        sources: Vec::new(),
        note: None,
    };
    join(&device, catalog().capabilities()).map_err(|_| "row of its compute capability")
}

/// The base with what the driver tells written over it.
fn overlaid(base: Gpu, reading: &Reading) -> Result<Gpu, HardwareError> {
    let clock_mhz = reading.clock_khz.map(|clock| clock / 1000);
    let mut fields = to_fields(&Gpu {
        name: reading.name.clone(),
        sms: reading.sms,
        memory_bytes: reading.memory_bytes,
        l2_bytes: reading.l2_bytes.unwrap_or(base.l2_bytes),
        boost_clock_mhz: base.boost_clock_mhz.or(clock_mhz),
        ..base
    });
    for (field, value) in &reading.limits {
        fields.insert((*field).to_owned(), (*value).into());
    }
    let mut gpu = from_fields(&fields)?;
    gpu.max_warps_per_sm = gpu.max_threads_per_sm.checked_div(gpu.warp_size).unwrap_or(gpu.max_warps_per_sm);
    let largest = gpu.shared_memory_per_sm_bytes;
    gpu.shared_memory_carveout_steps_bytes.retain(|&step| step < largest);
    gpu.shared_memory_carveout_steps_bytes.push(largest);
    Ok(gpu)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the driver would tell of a GPU of the catalog under a name of its own.
    fn reading(gpu: &Gpu, name: &str) -> Reading {
        Reading {
            name: name.to_owned(),
            compute_capability: gpu.compute_capability,
            sms: gpu.sms,
            memory_bytes: gpu.memory_bytes,
            l2_bytes: Some(gpu.l2_bytes),
            clock_khz: Some(gpu.boost_clock_mhz.unwrap_or(1500) * 1000),
            memory_clock_khz: None,
            memory_bus_bits: None,
            limits: vec![("max_threads_per_sm", gpu.max_threads_per_sm)],
        }
    }

    fn found(catalog_name: &str, driver_name: &str) -> Option<String> {
        let gpu = crate::hardware::find(catalog_name).unwrap();
        assemble(&reading(gpu, driver_name)).unwrap().catalog_name
    }

    #[test]
    fn drivers_names_find_the_catalog() {
        for (driver_name, name) in [
            ("NVIDIA H100 80GB HBM3", "H100 SXM5 80GB"),
            ("NVIDIA H100 PCIe", "H100 PCIe"),
            ("NVIDIA H100 NVL", "H100 NVL 94GB"),
            ("NVIDIA H200", "H200 SXM 141GB"),
            ("NVIDIA GH200 480GB", "GH200 96GB HBM3"),
            ("NVIDIA A100-SXM4-40GB", "A100 SXM4 40GB"),
            ("NVIDIA A100-SXM4-80GB", "A100 SXM4 80GB"),
            ("NVIDIA A100 80GB PCIe", "A100 PCIe 80GB"),
            ("NVIDIA A30", "A30"),
            ("NVIDIA A10", "A10"),
            ("NVIDIA RTX A6000", "RTX A6000"),
            ("NVIDIA GeForce RTX 3060", "RTX 3060 12GB"),
            ("NVIDIA GeForce RTX 4090", "RTX 4090"),
            ("NVIDIA RTX 6000 Ada Generation", "RTX 6000 Ada"),
            ("NVIDIA L4", "L4"),
            ("NVIDIA L40S", "L40S"),
            ("Tesla V100-SXM2-16GB", "V100 SXM2 16GB"),
            ("Tesla V100-SXM2-32GB", "V100 SXM2 32GB"),
            ("Tesla T4", "T4"),
            ("NVIDIA B200", "B200 (HGX)"),
            ("NVIDIA GB200", "GB200 (per GPU)"),
            ("NVIDIA RTX PRO 6000 Blackwell Server Edition", "RTX PRO 6000 Blackwell Server"),
            ("Orin", "Jetson AGX Orin 64GB"),
            ("Orin", "Jetson Orin NX 16GB"),
            ("Orin", "Jetson Orin Nano 8GB"),
            ("NVIDIA Thor", "Jetson AGX Thor (T5000)"),
            ("NVIDIA GB10", "GB10 (DGX Spark)"),
        ] {
            assert_eq!(found(name, driver_name).as_deref(), Some(name), "{driver_name}");
        }
    }

    #[test]
    fn a_slice_is_that_of_its_gpu() {
        let slice = mig::slice(crate::hardware::find("H100 SXM5 80GB").unwrap(), "3g.40gb").unwrap();
        let mut told = reading(&slice, "NVIDIA H100 80GB HBM3 MIG 3g.40gb");
        told.memory_bytes -= 100 << 20;
        let detected = assemble(&told).unwrap();
        assert_eq!(detected.catalog_name.as_deref(), Some("H100 SXM5 80GB MIG 3g.40gb"));
        assert_eq!(detected.gpu, Gpu { name: told.name, memory_bytes: told.memory_bytes, ..slice });
    }

    /// Parts that the catalog lacks, under the name of one that it has or nearly so: other SMs, another memory.
    #[test]
    fn a_part_of_another_size_is_not_the_catalogs() {
        let told = |name: &str, driver_name: &str, sms: i64, gigabytes: i64| {
            let gpu = crate::hardware::find(name).unwrap();
            let reading = Reading { sms, memory_bytes: gigabytes << 30, ..reading(gpu, driver_name) };
            let reading = Reading { memory_clock_khz: Some(1_000_000), memory_bus_bits: Some(256), ..reading };
            assemble(&reading).unwrap().catalog_name
        };
        for (name, driver_name, sms, gigabytes, found) in [
            ("RTX 3060", "NVIDIA GeForce RTX 3060", 28, 8, None),
            ("RTX 3060", "NVIDIA GeForce RTX 3060", 28, 12, Some("RTX 3060 12GB")),
            ("RTX 3080", "NVIDIA GeForce RTX 3080", 70, 12, None),
            ("RTX 3050 6GB", "NVIDIA GeForce RTX 3050", 18, 6, Some("RTX 3050 6GB")),
            ("RTX 3050 8GB", "NVIDIA GeForce RTX 3050", 20, 8, Some("RTX 3050 8GB")),
            ("RTX 2060", "NVIDIA GeForce RTX 2060", 34, 12, None),
            ("RTX 4060 Ti 8GB", "NVIDIA GeForce RTX 4060 Ti", 34, 8, Some("RTX 4060 Ti 8GB")),
            ("RTX 4060 Ti 8GB", "NVIDIA GeForce RTX 4060 Ti", 34, 16, Some("RTX 4060 Ti 16GB")),
            ("RTX 4090", "NVIDIA GeForce RTX 4090", 128, 48, Some("RTX 4090")),
            ("H200", "NVIDIA H20", 78, 95, Some("H20 96GB")),
            ("H200", "NVIDIA H20-3e", 78, 140, None),
            ("L40S", "NVIDIA L40", 142, 45, Some("L40")),
        ] {
            assert_eq!(told(name, driver_name, sms, gigabytes).as_deref(), found, "{driver_name} {sms} {gigabytes}");
        }
    }

    #[test]
    fn of_an_unknown_device_what_follows_is_computed_and_the_rest_unknown() {
        let known = crate::hardware::find("RTX 3090").unwrap();
        for name in ["NVIDIA GeForce RTX 3090 D", "NVIDIA RTX A5500"] {
            let told = Reading {
                sms: 80,
                clock_khz: Some(1_665_000),
                memory_clock_khz: Some(8_001_000),
                memory_bus_bits: Some(384),
                ..reading(known, name)
            };
            let detected = assemble(&told).unwrap();
            assert_eq!(detected.catalog_name, None);
            let gpu = detected.gpu;
            assert_eq!(gpu.fp32_flops_per_s, Some(80 * 2 * 128 * 1_665_000_000));
            let rates = [gpu.tensor_flops_per_s, gpu.tensor_flops_per_clock_per_sm];
            assert_eq!(rates, [TensorRates::default(); 2]);
            assert_eq!(gpu.memory_bandwidth_bytes_per_s, 768_096_000_000);
            assert_eq!((gpu.boost_clock_mhz, gpu.sm_limits()), (Some(1665), known.sm_limits()));
            let slow = Reading { memory_clock_khz: None, ..told };
            let error = assemble(&slow).unwrap_err().to_string();
            assert!(error.contains("memory clock"), "{error}");
        }
    }

    #[test]
    fn the_drivers_word_counts_more_than_the_table() {
        let known = crate::hardware::find("H100 SXM5 80GB").unwrap();
        let mut told = reading(known, "NVIDIA H100 80GB HBM3");
        told.limits =
            vec![("shared_memory_per_sm_bytes", 200 << 10), ("shared_memory_per_block_optin_bytes", 199 << 10)];
        let gpu = assemble(&told).unwrap().gpu;
        assert_eq!(gpu.shared_memory_carveout_steps_bytes.last(), Some(&(200 << 10)));
        assert_eq!(gpu.shared_memory_carveout_steps_bytes.len(), known.shared_memory_carveout_steps_bytes.len());
        told.limits = vec![("warp_size", 0)];
        assert!(matches!(assemble(&told), Err(HardwareError::InvalidGpu { .. })));
        told.compute_capability.major = 99;
        assert!(assemble(&told).unwrap_err().to_string().contains("99.0"));
    }
}
