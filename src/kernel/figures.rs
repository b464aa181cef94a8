//! Figures of a GPU that predicted times need, and that nobody published of every GPU.

use super::{KernelError, KernelFault, MissingFigure};
use crate::diagnostic::Place;
use crate::hardware::{Gpu, GpuSpec, TensorRates};

/// A figure of a [`Gpu`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Figure {
    /// The boost clock.
    BoostClock,
    /// The tensor cores' rate for a type, that of the whole GPU.
    TensorRate(&'static str),
    /// The same of an SM, each clock.
    TensorRateOfSm(&'static str),
}

/// Refuses a GPU of which some of these are not known.
///
/// # Errors
/// [`KernelError`] that says in which fields a problem gives them.
pub(crate) fn require(gpu: &Gpu, figures: &[Figure]) -> Result<(), KernelError> {
    let missing: Vec<MissingFigure> =
        figures.iter().filter(|figure| figure.known(gpu).is_none()).map(|figure| figure.missing(gpu)).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let is_found = GpuSpec::Name(gpu.name.clone()).resolve().is_ok_and(|found| found == *gpu);
    Err(Place::at("gpu").fault(KernelFault::FiguresMissing { figures: missing, gpu: gpu.name.clone(), is_found }))
}

impl Figure {
    fn known(self, gpu: &Gpu) -> Option<i64> {
        match self {
            Self::BoostClock => gpu.boost_clock_mhz,
            Self::TensorRate(kind) => rate(&gpu.tensor_flops_per_s, kind),
            Self::TensorRateOfSm(kind) => rate(&gpu.tensor_flops_per_clock_per_sm, kind),
        }
    }

    fn missing(self, gpu: &Gpu) -> MissingFigure {
        let (field, kind, meaning) = match self {
            Self::BoostClock => ("boost_clock_mhz", None, "clock"),
            Self::TensorRate(kind) => ("tensor_flops_per_s", Some(kind), "rate of the tensor cores"),
            Self::TensorRateOfSm(kind) => {
                ("tensor_flops_per_clock_per_sm", Some(kind), "rate of an SM's tensor cores each clock")
            }
        };
        MissingFigure { field, kind, meaning, estimate: self.estimate(gpu).filter(|&estimate| estimate > 0) }
    }

    /// What it comes to from other figures: a peak is units times rate times clock.
    fn estimate(self, gpu: &Gpu) -> Option<i64> {
        let clock_mhz = gpu.boost_clock_mhz.or_else(|| clock_mhz(gpu));
        let clocks_of_sms = i128::from(gpu.sms) * i128::from(clock_mhz?) * 1_000_000;
        let estimate = match self {
            Self::BoostClock => return clock_mhz,
            Self::TensorRate(kind) => clocks_of_sms * i128::from(rate(&gpu.tensor_flops_per_clock_per_sm, kind)?),
            Self::TensorRateOfSm(kind) => {
                i128::from(rate(&gpu.tensor_flops_per_s, kind)?).checked_div(clocks_of_sms)?
            }
        };
        i64::try_from(estimate).ok()
    }
}

/// The clock at which the fp32 units, each of whose multiply-adds counts as 2, come to their peak.
fn clock_mhz(gpu: &Gpu) -> Option<i64> {
    let flops_per_clock = i128::from(gpu.sms) * i128::from(gpu.fp32_fma_per_clock_per_sm) * 2;
    let clock_mhz = i128::from(gpu.fp32_flops_per_s?).checked_div(flops_per_clock * 1_000_000)?;
    i64::try_from(clock_mhz).ok()
}

fn rate(rates: &TensorRates, kind: &str) -> Option<i64> {
    rates.iter().find(|(known, _)| *known == kind)?.1
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::Diagnostic;
    use crate::hardware::catalog;
    use itertools::Itertools;

    const ALL: [Figure; 3] = [Figure::BoostClock, Figure::TensorRate("bf16"), Figure::TensorRateOfSm("bf16")];

    #[test]
    fn estimates_are_near_what_is_published() {
        let mut compared = 0;
        for (gpu, figure) in catalog().gpus().iter().cartesian_product(ALL) {
            // Where the peaks are quoted at another clock than the boost clock, they say nothing of it.
            let known = figure.known(gpu).filter(|_| gpu.tensor_clock_mhz.is_none());
            let (Some(known), Some(estimate)) = (known, figure.estimate(gpu)) else { continue };
            assert!((known - estimate).abs() * 20 <= known, "{}, {figure:?}: {known}, not {estimate}", gpu.name);
            compared += 1;
        }
        assert!(compared > 80, "only {compared}");
    }

    #[test]
    fn a_gpu_of_ones_own_is_given_more_fields() {
        let found = catalog().gpus().iter().find(|gpu| gpu.name == "RTX 4090").unwrap();
        assert_eq!(require(found, &ALL), Ok(()));
        let mut own = Gpu { boost_clock_mhz: None, ..found.clone() };
        own.tensor_flops_per_clock_per_sm.bf16 = None;
        let error = require(&own, &ALL).unwrap_err();
        assert_eq!(
            error.to_string(),
            "gpu: the kernel's predicted time needs a clock (`boost_clock_mhz`) and a bf16 rate of an SM's tensor cores \
             each clock (`tensor_flops_per_clock_per_sm`), which are not known of RTX 4090"
        );
        let hint = error.hint().unwrap();
        let fields = r#"`"boost_clock_mhz": 2520, "tensor_flops_per_clock_per_sm": {"bf16": 512}`"#;
        assert!(hint.starts_with(&format!("Add {fields} to the limits of `gpu`")), "{hint}");
        // Neither figure says anything of the other.
        own.tensor_flops_per_s.bf16 = None;
        let hint = require(&own, &ALL).unwrap_err().hint().unwrap();
        assert!(
            hint.contains(r#""tensor_flops_per_s": {"bf16": …}, "tensor_flops_per_clock_per_sm": {"bf16": …}"#),
            "{hint}"
        );
    }
}
