//! What the driver tells about a device.

use super::DetectionFault;
use super::driver::Device;
use crate::hardware::ComputeCapability;

/// A device in the driver's words. Fields that an old driver does not know are `None`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Reading {
    pub(super) name: String,
    pub(super) compute_capability: ComputeCapability,
    pub(super) sms: i64,
    pub(super) memory_bytes: i64,
    pub(super) l2_bytes: Option<i64>,
    pub(super) clock_khz: Option<i64>,
    /// Of the memory; 0 on some integrated GPUs.
    pub(super) memory_clock_khz: Option<i64>,
    /// Of the memory's bus; 0 on some integrated GPUs.
    pub(super) memory_bus_bits: Option<i64>,
    pub(super) limits: Vec<(&'static str, i64)>,
}

/// The attributes that are limits, by the names of the fields of a [`Gpu`](crate::hardware::Gpu); the numbers are those
/// of `CUdevice_attribute` in `cuda.h`.
const LIMITS: [(&str, i32); 10] = [
    ("warp_size", 10),
    ("max_threads_per_block", 1),
    ("max_threads_per_sm", 39),
    ("max_blocks_per_sm", 106),
    ("registers_per_sm", 82),
    ("registers_per_block", 12),
    ("shared_memory_per_sm_bytes", 81),
    ("shared_memory_per_block_optin_bytes", 97),
    ("shared_memory_per_block_default_bytes", 8),
    ("reserved_shared_memory_per_block_bytes", 111),
];

const MULTIPROCESSOR_COUNT: i32 = 16;
const CLOCK_RATE: i32 = 13;
const MEMORY_CLOCK_RATE: i32 = 36;
const GLOBAL_MEMORY_BUS_WIDTH: i32 = 37;
const L2_CACHE_SIZE: i32 = 38;
const COMPUTE_CAPABILITY_MAJOR: i32 = 75;
const COMPUTE_CAPABILITY_MINOR: i32 = 76;

impl Reading {
    pub(super) fn of(device: &Device<'_>) -> Result<Self, DetectionFault> {
        let name = device.name()?;
        let told = |number, what| {
            device.attribute(number)?.ok_or_else(|| DetectionFault::Untold { device: name.clone(), what })
        };
        let part = |number, what| {
            let told = told(number, what)?;
            u8::try_from(told).map_err(|_| DetectionFault::Untold { device: name.clone(), what })
        };
        let mut limits = Vec::new();
        for (field, number) in LIMITS {
            limits.extend(device.attribute(number)?.map(|value| (field, value)));
        }
        Ok(Self {
            compute_capability: ComputeCapability {
                major: part(COMPUTE_CAPABILITY_MAJOR, "compute capability")?,
                minor: part(COMPUTE_CAPABILITY_MINOR, "compute capability")?,
            },
            sms: told(MULTIPROCESSOR_COUNT, "number of SMs")?,
            memory_bytes: device.memory_bytes()?,
            l2_bytes: device.attribute(L2_CACHE_SIZE)?.filter(|&bytes| bytes > 0),
            clock_khz: device.attribute(CLOCK_RATE)?.filter(|&clock| clock > 0),
            memory_clock_khz: device.attribute(MEMORY_CLOCK_RATE)?.filter(|&clock| clock > 0),
            memory_bus_bits: device.attribute(GLOBAL_MEMORY_BUS_WIDTH)?.filter(|&bits| bits > 0),
            limits,
            name,
        })
    }

    /// Peak bandwidth of the memory, in bytes a second: two transfers each clock, as `deviceQuery` of NVIDIA's samples
    /// computes it.
    pub(super) fn bandwidth_bytes_per_s(&self) -> Option<i64> {
        Some(2 * self.memory_clock_khz? * 1000 * self.memory_bus_bits? / 8)
    }
}
