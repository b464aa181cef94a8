//! What configurations to compile are drawn from; `tests/registers.rs` shares it.

/// One GPU for each target: `sm_80`, `sm_86`, `sm_89`, `sm_90a`, `sm_100a`, `sm_120a`.
pub(crate) const GPUS: [&str; 6] = ["A100 SXM4 80GB", "RTX 3090", "RTX 4090", "H100 SXM5 80GB", "B200", "RTX 5090"];

/// A small linear congruential generator: the same configurations on every machine.
pub(crate) struct Random(pub(crate) u64);

impl Random {
    pub(crate) fn choose(&mut self, values: &[i64]) -> i64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        values[usize::try_from(self.0 >> 33).unwrap() % values.len()]
    }
}
