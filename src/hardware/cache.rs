//! Caches: what L1 keeps beside shared memory, and the part of L2 that can be set aside for data that is read again.

use super::{Gpu, mig};

impl Gpu {
    /// Bytes of L1 that an SM has left beside so many bytes of shared memory in use, the driver's reserve of each block
    /// included; `None` where the SM has not that much. A working set within it is read from L2 once.
    ///
    /// L1 and shared memory are one memory, divided at one of a few sizes. Without a preference, the driver takes the
    /// smallest that holds the blocks (CUDA C++ Programming Guide, "Shared Memory" of each compute capability).
    ///
    /// ```
    /// let gpu = constrint::hardware::find("A100 SXM4 80GB")?;
    /// // Three blocks of 40 KiB and 1 KiB of the driver's: the next size is 132 KiB, of 192 KiB in all.
    /// assert_eq!(gpu.l1_bytes_beside(3 * 41 * 1024), Some(60 * 1024));
    /// assert_eq!(gpu.l1_bytes_beside(165 * 1024), None);
    /// # Ok::<(), constrint::Error>(())
    /// ```
    pub fn l1_bytes_beside(&self, shared_memory_in_use_bytes: i64) -> Option<i64> {
        let step = self.sm_limits().carveout_step_bytes(shared_memory_in_use_bytes)?;
        Some((self.l1_and_shared_memory_bytes - step).max(0))
    }

    /// The most bytes of L2 that can be set aside for persisting accesses: three quarters from compute capability 8.0 on,
    /// none before, and none on a slice (CUDA Programming Guide, "L2 Cache Control"; an A100 reports 31,457,280 of its
    /// 41,943,040 bytes). A device may report less as `persistingL2CacheMaxSize`, which counts then.
    ///
    /// Expressions know it as `gpu_persisting_l2_bytes`.
    ///
    /// ```
    /// use constrint::hardware::find;
    /// assert_eq!(find("A100 PCIe 40GB")?.persisting_l2_bytes(), 31_457_280);
    /// assert_eq!(find("V100 SXM2 16GB")?.persisting_l2_bytes(), 0);
    /// # Ok::<(), constrint::Error>(())
    /// ```
    pub fn persisting_l2_bytes(&self) -> i64 {
        let is_slice = mig::split(&self.name).is_some();
        if self.compute_capability.major < 8 || is_slice { 0 } else { self.l2_bytes - self.l2_bytes / 4 }
    }

    /// The window that keeps as much as possible of a region of so many bytes in L2; `None` where nothing can be set
    /// aside, or for a region without bytes.
    ///
    /// ```
    /// let gpu = constrint::hardware::find("A100 PCIe 40GB")?;
    /// let window = gpu.persisting_window(60 << 20).unwrap();
    /// // Half of 60 MiB fits the 30 MiB. Marking all of it would make its lines evict each other.
    /// assert_eq!((window.set_aside_bytes, window.hits_per_mille), (30 << 20, 500));
    /// # Ok::<(), constrint::Error>(())
    /// ```
    pub fn persisting_window(&self, region_bytes: i64) -> Option<PersistingWindow> {
        let most = self.persisting_l2_bytes();
        if most <= 0 || region_bytes <= 0 {
            return None;
        }
        let kept = most.min(region_bytes);
        let hits_per_mille = i64::try_from(i128::from(kept) * 1000 / i128::from(region_bytes)).unwrap_or(1000);
        Some(PersistingWindow { set_aside_bytes: kept, hits_per_mille })
    }
}

/// What to ask of the driver so that a region of memory persists in L2.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PersistingWindow {
    /// `cudaLimitPersistingL2CacheSize`.
    pub set_aside_bytes: i64,
    /// `hitRatio` of the access policy window, in thousandths, rounded down: the part of the region that is marked as
    /// persisting, no more than the set-aside holds.
    pub hits_per_mille: i64,
}

#[cfg(test)]
mod tests {
    use crate::hardware::{GpuSpec, catalog};

    #[test]
    fn l1_is_what_the_least_sufficient_size_leaves() {
        for gpu in catalog().gpus() {
            let steps = &gpu.shared_memory_carveout_steps_bytes;
            for in_use in (0..=gpu.shared_memory_per_sm_bytes).step_by(512) {
                let left = gpu.l1_bytes_beside(in_use).unwrap();
                let shared = gpu.l1_and_shared_memory_bytes - left;
                assert!(steps.contains(&shared) && shared >= in_use && left >= 0, "{} {in_use}: {left}", gpu.name);
                let smaller = steps.iter().filter(|&&step| step < shared);
                assert!(smaller.into_iter().all(|&step| step < in_use), "{} {in_use}: {left}", gpu.name);
            }
            assert_eq!(gpu.l1_bytes_beside(gpu.shared_memory_per_sm_bytes + 1), None, "{}", gpu.name);
        }
    }

    #[test]
    fn what_is_marked_fits_what_is_set_aside() {
        for gpu in catalog().gpus() {
            let most = gpu.persisting_l2_bytes();
            assert!(4 * most <= 3 * (gpu.l2_bytes + 1), "{}", gpu.name);
            for region in [1, 1 << 20, most, most + 1, 3 * most, i64::MAX].into_iter().filter(|&region| region > 0) {
                let Some(window) = gpu.persisting_window(region) else {
                    assert_eq!(most, 0, "{}", gpu.name);
                    continue;
                };
                assert!(window.set_aside_bytes <= most, "{} {region}", gpu.name);
                let marked = |per_mille: i64| i128::from(region) * i128::from(per_mille) / 1000;
                assert!(marked(window.hits_per_mille) <= i128::from(window.set_aside_bytes), "{} {region}", gpu.name);
                let more = marked(window.hits_per_mille + 1);
                assert!(window.hits_per_mille == 1000 || more >= i128::from(most) - 1, "{} {region}", gpu.name);
            }
            assert_eq!(gpu.persisting_window(0), None);
        }
    }

    #[test]
    fn a_slice_sets_nothing_aside() {
        let spec: GpuSpec = serde_json::from_str(r#""H100 SXM MIG 3g.40gb""#).unwrap();
        assert_eq!(spec.resolve().unwrap().persisting_l2_bytes(), 0);
    }
}
