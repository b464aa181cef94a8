//! The nearest GPU of the catalog on which a problem has a solution.

use super::capacities::capacities;
use super::clock::Clock;
use super::probe::has_solution;
use crate::hardware::{Gpu, GpuSpec, catalog};
use crate::problem::Problem;
use indexmap::{IndexMap, IndexSet};

/// A GPU of the catalog on which the problem has a solution; of all of them the nearest to the problem's own:
///
/// 1. of the same architecture before another (Ampere, Ada, Hopper, …, as the catalog names them);
/// 2. then the one whose limits in the conflict differ least: the sum over those limits of |ln(there / here)|;
/// 3. then the one whose number of SMs differs least, by the same measure;
/// 4. then the first in the catalog.
///
/// The logarithm makes twice as much as far away as half as much.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NearestGpu {
    /// Its name in the catalog.
    pub name: String,
    /// Its values of the limits that the problem needs more of, in their order; `None` for one that it lacks.
    pub limits: Vec<Option<i64>>,
}

/// What a look through the catalog found.
pub(super) struct Look {
    pub(super) gpu: Option<NearestGpu>,
    /// Whether the time was over before a nearer GPU, or all of them, had been tried.
    pub(super) undecided: bool,
}

/// How many parts of the time left one GPU may take at most.
const PARTS: usize = 4;

/// Tries the GPUs of the catalog, nearest first, by a search for any solution.
pub(super) fn nearest(
    problem: &Problem,
    gpu: &Gpu,
    clashing: &IndexSet<String>,
    needed: &[&str],
    clock: &Clock,
) -> Look {
    let mut undecided = false;
    for candidate in ranked(gpu, clashing) {
        if clock.is_over() {
            return Look { gpu: None, undecided: true };
        }
        let there = Problem { gpu: Some(GpuSpec::Name(candidate.name.clone())), ..problem.clone() };
        match has_solution(&there, clock, PARTS) {
            Some(true) => {
                let values: IndexMap<String, i64> = capacities(candidate).collect();
                let limits = needed.iter().map(|field| values.get(*field).copied()).collect();
                return Look { gpu: Some(NearestGpu { name: candidate.name.clone(), limits }), undecided };
            }
            Some(false) => {}
            None => undecided = true,
        }
    }
    Look { gpu: None, undecided }
}

/// The other GPUs of the catalog, nearest first.
pub(super) fn ranked(gpu: &Gpu, clashing: &IndexSet<String>) -> Vec<&'static Gpu> {
    let mut others: Vec<&Gpu> = catalog().gpus().iter().filter(|other| other.name != gpu.name).collect();
    let here: IndexMap<String, i64> = capacities(gpu).collect();
    others.sort_by_cached_key(|other| {
        let there: IndexMap<String, i64> = capacities(other).collect();
        let change = clashing.iter().map(|field| distance(here.get(field).copied(), there.get(field).copied())).sum();
        let sms = distance(Some(gpu.sms), Some(other.sms));
        (architecture(other) != architecture(gpu), Distance(change), Distance(sms))
    });
    others
}

/// The architecture as the catalog names it, without its chips.
fn architecture(gpu: &Gpu) -> Option<&'static str> {
    catalog().capability(gpu.compute_capability)?.architecture.split_whitespace().next()
}

/// How far a limit is from another: nothing where neither has it, and further than any ratio where only one has.
#[allow(clippy::cast_precision_loss, reason = "only compared with others of its kind")]
fn distance(here: Option<i64>, there: Option<i64>) -> f64 {
    match (here, there) {
        (Some(here), Some(there)) => (there as f64 / here as f64).ln().abs(),
        (None, None) => 0.0,
        _ => f64::from(u16::MAX),
    }
}

/// A distance as a key to sort by.
#[derive(PartialEq)]
struct Distance(f64);

impl Eq for Distance {}

impl PartialOrd for Distance {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Distance {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.0.total_cmp(&other.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hardware::find;

    fn order(name: &str, clashing: &[&str]) -> Vec<&'static str> {
        let clashing = clashing.iter().map(|&field| field.to_owned()).collect();
        ranked(find(name).unwrap(), &clashing).iter().map(|gpu| gpu.name.as_str()).collect()
    }

    fn place(order: &[&str], name: &str) -> usize {
        order.iter().position(|known| *known == name).unwrap()
    }

    #[test]
    fn the_architecture_counts_first_then_the_limits_then_the_sms() {
        let order = order("RTX 3090", &["shared_memory_per_block_optin_bytes"]);
        assert_eq!(order.len(), catalog().gpus().len() - 1);
        let at = |name| place(&order, name);
        // Ampere with the same shared memory, by SMs (82): 84, 84, 72 or 68, …; then Ampere with more, by SMs; then others.
        assert!(at("A40") < at("A10") && at("A10") < at("RTX 3060 12GB"));
        assert!(at("RTX 3060 12GB") < at("A100 SXM4 40GB") && at("A100 SXM4 40GB") < at("A30"));
        assert!(at("A30") < at("Jetson Orin Nano 8GB") && at("Jetson Orin Nano 8GB") < at("RTX 4090"));
        // Ada and consumer Blackwell have the same shared memory as the RTX 3090; Hopper has more than twice as much.
        assert!(at("RTX 4090") < at("H100 SXM5 80GB") && at("RTX 5090") < at("H100 SXM5 80GB"));
        // Turing has 64 KiB: by the logarithm that is nearer than Hopper's 227.
        assert!(at("T4") < at("H100 SXM5 80GB"));
    }

    #[test]
    fn a_limit_that_only_one_has_is_far_away() {
        let order = order("H100 SXM5 80GB", &["tensor_memory_per_sm_bytes"]);
        assert!(place(&order, "T4") < place(&order, "B200 (HGX)"));
        let order = self::order("B200 (HGX)", &["tensor_memory_per_sm_bytes"]);
        assert!(place(&order, "GB200 (per GPU)") < place(&order, "RTX 5090"));
        assert!(place(&order, "Jetson AGX Thor (T5000)") < place(&order, "GB10 (DGX Spark)"));
    }
}
