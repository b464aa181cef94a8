//! Clocks that a block keeps each path of an SM busy, and a warp each path of its sub-partition.
//!
//! | path | counts |
//! | --- | --- |
//! | load/store units | each access of a warp as long as its lanes take to enter, or its wavefronts to be served, if that is longer |
//! | issue | one instruction of a warp in a clock of its sub-partition |
//! | fp32, fp16, integer, special, tensor | by the rates of [`super::rates`] |
//! | L2, memory | bytes |
//!
//! The load/store units, L2 and memory serve the whole SM; the others belong to a sub-partition.

use super::given::{Access, Waits, Work};
use crate::kernel::Named;

impl Waits {
    /// All of them in clocks.
    pub(super) fn clocks(&self) -> String {
        let known = [
            (&self.shared, "shared_wait"),
            (&self.l1, "l1_wait"),
            (&self.l2, "l2_wait"),
            (&self.memory, "memory_wait"),
            (&self.clocks, "1"),
        ];
        sum(known.iter().filter_map(|(count, clocks)| Some(format!("{} * {clocks}", count.as_ref()?))))
    }
}

impl Access {
    /// Banks are 32 words wide. A warp's access of two or four words is served a half or a quarter of the warp at a time; but
    /// where lanes want the same words, twice as many lanes. What is served at once conflicts within its rows of lanes, and
    /// between rows where these begin in one another's banks.
    fn wavefronts(&self) -> String {
        if let Some(wavefronts) = &self.wavefronts {
            return wavefronts.clone();
        }
        let words = if self.bytes == "4" { "1".to_owned() } else { format!("ceil_div({}, 4)", self.bytes) };
        if self.lanes.is_none() && self.stride.is_none() && self.row_stride.is_none() {
            return words;
        }
        let lanes = self.lanes.as_deref().unwrap_or("32");
        let (phases, in_row) = match &self.stride {
            None => (words.clone(), "1".to_owned()),
            Some(stride) => {
                let phases = format!("({words} if {stride} != 0 else max(1, {words} // 2))");
                let row = format!("min({lanes}, 32 // {phases})");
                let in_row = format!("(ceil_div({row} * gcd({stride}, 32), 32) if {stride} != 0 else 1)");
                (phases, in_row)
            }
        };
        let Some(row_stride) = &self.row_stride else { return format!("{phases} * {in_row}") };
        let width = self
            .stride
            .as_ref()
            .map_or_else(|| format!("{lanes} * {words}"), |stride| format!("max({words}, {lanes} * {stride})"));
        format!("{phases} * {in_row} * {}", between_rows(&format!("32 // {phases}"), lanes, &width, row_stride))
    }

    /// Clocks of the load/store units.
    fn clocks(&self) -> String {
        format!("{} * max(warp_entry, wavefront_clocks * ({}))", self.count, self.wavefronts())
    }
}

/// Rows of lanes that meet in a bank. They begin at multiples of the greatest common divisor of their step and 32: where a row is
/// no wider than that, as many meet as begin at the same bank; else they overlap, by twos but for a few odd steps. Rows
/// on the same words do not conflict.
fn between_rows(at_once: &str, lanes: &str, width: &str, row_stride: &str) -> String {
    let rows = format!("max(1, {at_once} // {lanes})");
    let step = format!("gcd({row_stride}, 32)");
    format!(
        "((max(1, {rows} * {step} // 32) if {step} >= min(32, {width}) else min(2, {rows})) if {row_stride} != 0 else 1)"
    )
}

/// The sum of some texts; 0 if there is none.
pub(super) fn sum(texts: impl IntoIterator<Item = String>) -> String {
    let texts: Vec<String> = texts.into_iter().collect();
    if texts.is_empty() { "0".to_owned() } else { texts.join(" + ") }
}

fn known(text: Option<&String>) -> String {
    text.cloned().unwrap_or_else(|| "0".to_owned())
}

pub(super) fn definitions(work: &Work) -> Vec<Named<String>> {
    let accesses = || work.shared.iter().chain(&work.global);
    let spilled = known(work.spills.as_ref());
    let local = format!("2 * {spilled} * max(warp_entry, wavefront_clocks)");
    let counts = accesses().map(|access| access.count.clone());
    let arithmetic = [&work.fp32, &work.fp16, &work.integer, &work.special];
    let instructions = sum(arithmetic.into_iter().flatten().cloned().chain(counts).chain([format!("2 * {spilled}")]));
    let text = |name: &'static str, text: String, meaning: &str| Named::new(name, text, meaning);
    vec![
        text(
            "warp_entry",
            "ceil_div(gpu_warp_size, load_store_lanes)".into(),
            "clocks in which a warp enters the load/store units",
        ),
        text(
            "wavefront_clocks",
            "ceil_div(128, shared_bytes_per_clock)".into(),
            "clocks of 128 bytes of L1 or shared memory",
        ),
        // Both are at least 1; said so, for the model to see that nothing here is divided by 0.
        text("residents", "max(1, resident_blocks)".into(), "blocks that share an SM"),
        text("warps", "max(1, warps_per_block)".into(), "warps of a block"),
        text(
            "load_store_clocks",
            format!("warps * ({})", sum(accesses().map(Access::clocks).chain([local]))),
            "load/store units",
        ),
        text("issue_clocks", instructions, "issuing the instructions of a warp"),
        text("fp32_clocks", lanes(work.fp32.as_ref(), "gpu_fp32_fma_per_clock_per_sm"), "fp32 arithmetic of a warp"),
        text("fp16_clocks", lanes(work.fp16.as_ref(), "fp16_per_clock"), "fp16 arithmetic of a warp"),
        text(
            "integer_clocks",
            lanes(work.integer.as_ref(), "integer_per_clock"),
            "addresses and comparisons of a warp",
        ),
        text("special_clocks", lanes(work.special.as_ref(), "special_per_clock"), "special functions of a warp"),
        text("tensor_clocks", tensor(work), "matrix multiplications of a warp"),
        text("l2_clocks", format!("({}) // l2_bytes_per_clock", l2_bytes(work)), "L2"),
        text(
            "memory_clocks",
            format!("({}) * gpu_sms * gpu_boost_clock_mhz // memory_bytes_per_us", memory_bytes(work)),
            "device memory",
        ),
    ]
}

/// Instructions on so many lanes in a clock of the SM, a share of them in each sub-partition.
fn lanes(count: Option<&String>, per_clock: &str) -> String {
    let Some(count) = count else { return "0".to_owned() };
    format!("{count} * (gpu_warp_size * gpu_sub_partitions_per_sm // {per_clock})")
}

fn tensor(work: &Work) -> String {
    let Some(flops) = &work.tensor_flops else { return "0".to_owned() };
    format!("{flops} * gpu_sub_partitions_per_sm // (tensor_flops_per_clock * warps)")
}

/// What is stated, or all that is loaded; what is spilled leaves L1 where many threads do it.
fn l2_bytes(work: &Work) -> String {
    let loaded = || sum(work.global.iter().map(|access| format!("{} * {}", access.count, access.bytes)));
    let stated = work.l2_bytes.clone().unwrap_or_else(|| format!("threads_per_block * ({})", loaded()));
    let spilled = work.spills.as_ref().map(|spilled| format!("8 * {spilled} * threads_per_block"));
    sum([Some(stated), spilled].into_iter().flatten())
}

/// What is read again comes from memory where more than L2 holds has passed since.
fn memory_bytes(work: &Work) -> String {
    let again = work.reread_bytes.as_ref().map(|bytes| match &work.reread_distance_bytes {
        Some(distance) => format!("({bytes} if {distance} > l2_room else 0)"),
        None => bytes.clone(),
    });
    sum([Some(known(work.memory_bytes.as_ref())), again].into_iter().flatten())
}

#[cfg(test)]
mod tests {
    use super::*;
    use constrint_solver::{checker, language};
    use std::collections::{BTreeMap, BTreeSet};

    fn access(lanes: i64, stride: i64, row_stride: i64, words: i64) -> Access {
        Access {
            count: "1".into(),
            bytes: (4 * words).to_string(),
            lanes: Some(lanes.to_string()),
            stride: Some(stride.to_string()),
            row_stride: Some(row_stride.to_string()),
            wavefronts: None,
        }
    }

    fn by_formula(access: &Access) -> i64 {
        let expr = language::parse(&access.wavefronts(), &language::Names::default()).unwrap();
        let value = checker::evaluate(&expr, &[]).unwrap().unwrap().to_integer();
        i64::try_from(value).unwrap()
    }

    /// Lanes one after the other, each word in its bank; equal words are read once.
    fn by_banks(lanes: i64, stride: i64, row_stride: i64, words: i64) -> i64 {
        let at_once = if stride == 0 && words > 1 { 64 / words } else { 32 / words };
        let phase = |first: i64| {
            let mut banks: BTreeMap<i64, BTreeSet<i64>> = BTreeMap::new();
            for lane in first..(first + at_once).min(32) {
                for word in 0..words {
                    let address = lane % lanes * stride + lane / lanes * row_stride + word;
                    banks.entry(address % 32).or_default().insert(address);
                }
            }
            banks.values().map(|words| i64::try_from(words.len()).unwrap()).max().unwrap()
        };
        (0..32).step_by(usize::try_from(at_once).unwrap()).map(phase).sum()
    }

    #[test]
    fn conflicts_are_those_of_the_banks() {
        let mut compared = 0;
        for (words, lanes) in [1, 2, 4].into_iter().flat_map(|words| [8, 16, 32].map(|lanes| (words, lanes))) {
            for stride in [0, 1, 2, 4, 8, 16].into_iter().filter(|stride| stride % words == 0) {
                for row_stride in [0, 32, 64, 128, 4096] {
                    // Rows that lie within one another are no access that a kernel makes.
                    if row_stride < lanes * stride && row_stride != 0 || stride == row_stride {
                        continue;
                    }
                    let (formula, banks) = (
                        by_formula(&access(lanes, stride, row_stride, words)),
                        by_banks(lanes, stride, row_stride, words),
                    );
                    assert_eq!(formula, banks, "{words} words, {lanes} lanes {stride} apart, rows {row_stride} apart");
                    compared += 1;
                }
            }
        }
        assert!(compared > 150, "only {compared}");
    }

    #[test]
    fn rows_of_a_tile_meet_as_in_the_banks() {
        for lanes in [2, 4, 8, 16, 32] {
            // Widths of tiles with a border of 14: even, so that no two rows begin an odd number of banks apart.
            for width in (14..300).step_by(2).filter(|width| *width >= lanes) {
                let (formula, banks) = (by_formula(&access(lanes, 1, width, 1)), by_banks(lanes, 1, width, 1));
                let is_rare = lanes == 8 && [2, 30].contains(&(width % 32));
                assert!(formula == banks || (is_rare && formula < banks), "{lanes} {width}: {formula}, not {banks}");
            }
        }
    }
}
