//! What is chosen, by the rules as the documentation states them: each candidate is held against each other.

use constrint::hardware::reported_names;
use constrint::table::{Device, Shape, Table};

/// The indices of the GPU and of the shape.
pub(crate) fn choose(table: &Table, device: &Device, asked: &Shape) -> Option<(usize, usize)> {
    let gpu =
        only((0..table.gpus.len()).filter(|&gpu| gpu_fits(table, gpu, device)), |a, b| gpu_beats(table, device, a, b))?;
    let shape = only((0..table.shapes.len()).filter(|&shape| shape_fits(table, gpu, shape, asked)), |a, b| {
        shape_beats(&table.shapes[a], &table.shapes[b])
    })?;
    Some((gpu, shape))
}

/// The candidate that beats all others.
fn only(candidates: impl Iterator<Item = usize>, beats: impl Fn(usize, usize) -> bool) -> Option<usize> {
    let all: Vec<usize> = candidates.collect();
    let best: Vec<usize> =
        all.iter().copied().filter(|&one| all.iter().all(|&other| one == other || beats(one, other))).collect();
    assert_eq!(best.len(), usize::from(!all.is_empty()), "exactly one beats all others");
    best.first().copied()
}

fn gpu_fits(table: &Table, gpu: usize, device: &Device) -> bool {
    let gpu = &table.gpus[gpu];
    gpu.compute_capability.to_string() == format!("{}.{}", device.major, device.minor) && gpu.sms <= device.sms
}

fn gpu_beats(table: &Table, device: &Device, one: usize, other: usize) -> bool {
    let facts = |index: usize| {
        let gpu = &table.gpus[index];
        (gpu.sms, reported_names(gpu).contains(&device.name), (gpu.memory_bytes - device.memory_bytes).abs())
    };
    let ((sms, called, far), (other_sms, other_called, other_far)) = (facts(one), facts(other));
    if sms != other_sms {
        sms > other_sms
    } else if called != other_called {
        called
    } else if far != other_far {
        far < other_far
    } else {
        one < other
    }
}

fn shape_fits(table: &Table, gpu: usize, shape: usize, asked: &Shape) -> bool {
    let entry = table.entries.iter().find(|entry| (entry.gpu, entry.shape) == (gpu, shape)).unwrap();
    let own = &table.shapes[shape];
    entry.config().is_some()
        && own.words == asked.words
        && own.dtype == asked.dtype
        && own.sizes.iter().all(|(name, size)| *size >= asked.sizes[name])
}

fn shape_beats(one: &Shape, other: &Shape) -> bool {
    let work = |shape: &Shape| shape.sizes.values().map(|&size| i128::from(size)).product::<i128>();
    if work(one) != work(other) {
        return work(one) < work(other);
    }
    let first = one.sizes.iter().find(|(name, size)| **size != other.sizes[*name]);
    first.is_some_and(|(name, size)| *size < other.sizes[name])
}
