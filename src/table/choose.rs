//! [`Table::choose`]: what the generated code chooses, for programs that have the library.

use super::{Entry, Shape, Table};
use crate::hardware::{Gpu, reported_names};

/// A GPU as its driver reports it: `name`, `major`, `minor`, `multiProcessorCount` and `totalGlobalMem` of
/// `cudaDeviceProp`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Device {
    /// Its name.
    pub name: String,
    /// The first number of its compute capability.
    pub major: i64,
    /// The second number of its compute capability.
    pub minor: i64,
    /// Streaming multiprocessors.
    pub sms: i64,
    /// Memory in bytes; 0 where it is not known.
    pub memory_bytes: i64,
}

/// What was chosen.
#[derive(Clone, Copy, Debug)]
pub struct Choice<'t> {
    /// The index of the GPU whose entry it is.
    pub gpu: usize,
    /// The index of the shape whose entry it is.
    pub shape: usize,
    /// Whether the entry is for a GPU with the device's name and SMs.
    pub is_same_gpu: bool,
    /// Whether the entry is for the shape asked for, and not for a larger one.
    pub is_same_shape: bool,
    /// The entry, which has a configuration.
    pub entry: &'t Entry,
}

impl Table {
    /// The entry for a device and a shape, by the rules of the [module](super); none where no entry fits.
    pub fn choose(&self, device: &Device, asked: &Shape) -> Option<Choice<'_>> {
        let (gpu, is_same_gpu) = self.gpu_of(device)?;
        let fits = |&shape: &usize| self.shapes[shape].covers(asked) && self.entry(gpu, shape).config().is_some();
        let shape = self.shape_order().into_iter().find(fits)?;
        let is_same_shape = self.shapes[shape] == *asked;
        Some(Choice { gpu, shape, is_same_gpu, is_same_shape, entry: self.entry(gpu, shape) })
    }

    /// The index of the GPU whose entries a device takes, and whether it is the same.
    pub fn gpu_of(&self, device: &Device) -> Option<(usize, bool)> {
        let fits = |gpu: &Gpu| {
            let capability = (i64::from(gpu.compute_capability.major), i64::from(gpu.compute_capability.minor));
            capability == (device.major, device.minor) && gpu.sms <= device.sms
        };
        let is_called = |gpu: &Gpu| reported_names(gpu).contains(&device.name);
        let far = |gpu: &Gpu| gpu.memory_bytes.abs_diff(device.memory_bytes);
        let fitting = self.gpus.iter().enumerate().filter(|(_, gpu)| fits(gpu));
        let nearest = fitting.min_by_key(|(_, gpu)| (std::cmp::Reverse(gpu.sms), !is_called(gpu), far(gpu)))?;
        Some((nearest.0, nearest.1.sms == device.sms && is_called(nearest.1)))
    }
}
