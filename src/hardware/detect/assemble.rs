//! From what the driver tells to a whole [`Gpu`].
//!
//! The driver knows the limits of a launch and nothing of carve-out steps, allocation units, barriers and matrix
//! instructions: those come from the table of compute capabilities. Peaks and bandwidth come from the catalog where it
//! has the device, and are otherwise computed: SMs times rate times clock, and two transfers a memory clock.

use super::DetectionFault;
use super::detected::DetectedGpu;
use super::reading::Reading;
use crate::hardware::HardwareError;
use crate::hardware::catalog::join;
use crate::hardware::fields::{from_fields, to_fields};
use crate::hardware::names::words;
use crate::hardware::validate::validate;
use crate::hardware::{Board, Capability, Device, Gpu, TensorRates, catalog, mig};

/// Words of a name that many GPUs share.
const COMMON: [&str; 17] = [
    "rtx",
    "gtx",
    "titan",
    "quadro",
    "tesla",
    "jetson",
    "agx",
    "pro",
    "super",
    "ti",
    "gpu",
    "laptop",
    "edition",
    "generation",
    "pcie",
    "ada",
    "blackwell",
];

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

/// The GPU of the catalog that the device is: of the same compute capability and as many SMs, with a word of its own in
/// common. Of several the one with the most words in common, then with the nearest memory, then bandwidth.
fn entry(reading: &Reading) -> Option<Gpu> {
    if let Some((base, profile)) = mig::split(&reading.name) {
        // A slice has fewer SMs than the GPU that it was cut from, and the name of its profile tells the memory.
        let sliced = catalog().gpus().iter().filter(|gpu| gpu.compute_capability == reading.compute_capability);
        let sliced: Vec<(&str, Gpu)> =
            sliced.filter_map(|gpu| Some((gpu.name.as_str(), mig::slice(gpu, profile).ok()?))).collect();
        return nearest(reading, base, sliced);
    }
    let whole = catalog().gpus().iter().map(|gpu| (gpu.name.as_str(), gpu.clone())).collect();
    nearest(reading, &reading.name, whole)
}

fn nearest(reading: &Reading, name: &str, candidates: Vec<(&str, Gpu)>) -> Option<Gpu> {
    let told = words(name);
    let rank = |(known, gpu): &(&str, Gpu)| {
        let known = words(known);
        let shared: Vec<&String> = told.iter().filter(|word| known.contains(word)).collect();
        let far = |of_catalog: i64, of_device: i64| (of_catalog - of_device).abs();
        let bandwidth = reading.bandwidth_bytes_per_s().unwrap_or(gpu.memory_bandwidth_bytes_per_s);
        (
            std::cmp::Reverse(shared.len()),
            far(gpu.memory_bytes, reading.memory_bytes),
            far(gpu.memory_bandwidth_bytes_per_s, bandwidth),
        )
    };
    let fits = |(known, gpu): &(&str, Gpu)| {
        let known = words(known);
        let same = gpu.compute_capability == reading.compute_capability && gpu.sms == reading.sms;
        same && told.iter().any(|word| is_own(word) && known.contains(word))
    };
    candidates.into_iter().filter(fits).min_by_key(rank).map(|(_, gpu)| gpu)
}

/// Whether a word tells a model from others: neither a common one nor a memory's size or kind.
fn is_own(word: &str) -> bool {
    let is_memory = word.ends_with("gb") && word.starts_with(|letter: char| letter.is_ascii_digit());
    !is_memory && !word.starts_with("hbm") && !word.starts_with("sxm") && !COMMON.contains(&word)
}

/// A device that the catalog lacks.
fn computed(reading: &Reading, row: &Capability) -> Result<Gpu, &'static str> {
    let clock_khz = reading.clock_khz.ok_or("clock")?;
    let board = if words_have_geforce(&reading.name) { Board::Geforce } else { Board::Professional };
    let rates = match board {
        Board::Geforce => row.tensor_flops_per_clock_per_sm_geforce.unwrap_or(row.tensor_flops_per_clock_per_sm),
        Board::Professional => row.tensor_flops_per_clock_per_sm,
    };
    let per_second = |flops_per_clock: i64| flops_per_clock * reading.sms * clock_khz * 1000;
    let fp32 = row.limits.get("fp32_fma_per_clock_per_sm").and_then(serde_json::Value::as_i64).ok_or("FP32 rate")?;
    let device = Device {
        name: reading.name.clone(),
        compute_capability: reading.compute_capability,
        board,
        sms: reading.sms,
        l2_bytes: reading.l2_bytes.ok_or("size of the L2 cache")?,
        memory_bytes_advertised: reading.memory_bytes,
        memory_bytes_reported: Some(reading.memory_bytes),
        memory_bandwidth_bytes_per_s: reading.bandwidth_bytes_per_s().ok_or("memory clock and bus width")?,
        boost_clock_mhz: Some(clock_khz / 1000),
        tensor_clock_mhz: None,
        fp32_flops_per_s: per_second(2 * fp32),
        tensor_flops_per_s: TensorRates::map(rates, per_second),
        derived: Vec::new(),
        uncertain: indexmap::IndexMap::new(),
        sources: Vec::new(),
        note: None,
    };
    join(&device, catalog().capabilities()).map_err(|_| "row of its compute capability")
}

fn words_have_geforce(name: &str) -> bool {
    name.to_ascii_lowercase().contains("geforce")
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

    #[test]
    fn peaks_of_an_unknown_device_are_rate_times_clock() {
        let known = crate::hardware::find("RTX 3090").unwrap();
        let told = Reading {
            sms: 48,
            clock_khz: Some(1_770_000),
            memory_clock_khz: Some(9_501_000),
            memory_bus_bits: Some(256),
            ..reading(known, "NVIDIA GeForce RTX 3070 Ti")
        };
        let detected = assemble(&told).unwrap();
        assert_eq!(detected.catalog_name, None);
        let (gpu, clock) = (detected.gpu, 1_770_000_000);
        assert_eq!(gpu.fp32_flops_per_s, 48 * 2 * 128 * clock);
        // A GeForce board of 8.6: 512 a clock with FP32 sums, half of the rate of a professional one.
        assert_eq!(gpu.tensor_flops_per_s.bf16, Some(48 * 512 * clock));
        assert_eq!(gpu.memory_bandwidth_bytes_per_s, 608_064_000_000);
        assert_eq!((gpu.boost_clock_mhz, gpu.sm_limits()), (Some(1770), known.sm_limits()));
        let slow = Reading { memory_clock_khz: None, ..told };
        let error = assemble(&slow).unwrap_err().to_string();
        assert!(error.contains("memory clock"), "{error}");
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
