//! [`OccupancyInputs`]: what a block of a kernel asks of an SM, while that is still open.

use super::OptIn;

/// What a block of a kernel asks of an SM: each a number or an expression over the names of a problem.
///
/// ```
/// use constrint::hardware::OccupancyInputs;
///
/// let inputs = OccupancyInputs::new("32 * warps", "registers", "stages * 16384");
/// assert_eq!((inputs.named_barriers.as_str(), inputs.carveout_percent), ("1", None));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OccupancyInputs {
    /// Threads of a block.
    pub threads_per_block: String,
    /// 32-bit registers of a thread.
    pub registers_per_thread: String,
    /// Shared memory asked for at launch, in bytes a block.
    pub dynamic_shared_memory_bytes: String,
    /// Shared memory declared in the kernel, in bytes a block.
    pub static_shared_memory_bytes: String,
    /// Named barriers that a block uses, `__syncthreads` included.
    pub named_barriers: String,
    /// The kernel's wish for the share of shared memory in the unified cache, 0 to 100; `None` leaves all of it.
    pub carveout_percent: Option<String>,
    /// What `cuda_occupancy.h` calls virtual resources of a block; `None` where they are not known.
    pub virtual_resources: Option<String>,
    /// How much dynamic shared memory the kernel has opted in to.
    pub opt_in: OptIn,
    /// Stands before the name of each quantity, for problems in which those names mean something else.
    pub prefix: String,
}

impl OccupancyInputs {
    /// A kernel without static shared memory that uses one barrier and opts in as needed.
    pub fn new(
        threads_per_block: impl Into<String>,
        registers_per_thread: impl Into<String>,
        dynamic_shared_memory_bytes: impl Into<String>,
    ) -> Self {
        Self {
            threads_per_block: threads_per_block.into(),
            registers_per_thread: registers_per_thread.into(),
            dynamic_shared_memory_bytes: dynamic_shared_memory_bytes.into(),
            static_shared_memory_bytes: "0".to_owned(),
            named_barriers: "1".to_owned(),
            carveout_percent: None,
            virtual_resources: None,
            opt_in: OptIn::AsNeeded,
            prefix: String::new(),
        }
    }
}

impl OccupancyInputs {
    /// The same with brackets around what is no single word, so that it can stand anywhere in a formula.
    pub(super) fn bracketed(&self) -> Self {
        let is_word = |text: &str| text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        let bracket = |text: &String| if is_word(text) { text.clone() } else { format!("({text})") };
        Self {
            threads_per_block: bracket(&self.threads_per_block),
            registers_per_thread: bracket(&self.registers_per_thread),
            dynamic_shared_memory_bytes: bracket(&self.dynamic_shared_memory_bytes),
            static_shared_memory_bytes: bracket(&self.static_shared_memory_bytes),
            named_barriers: bracket(&self.named_barriers),
            carveout_percent: self.carveout_percent.as_ref().map(bracket),
            virtual_resources: self.virtual_resources.as_ref().map(bracket),
            opt_in: self.opt_in,
            prefix: self.prefix.clone(),
        }
    }

    /// What must hold for the question to make sense, less what holds of plain numbers anyway.
    pub(super) fn requirements(&self) -> Vec<String> {
        let at_least = |least: i64, text: &str| {
            let holds = text.parse::<i64>().is_ok_and(|value| value >= least);
            (!holds).then(|| format!("{text} >= {least}"))
        };
        let sizes = [
            Some(&self.registers_per_thread),
            Some(&self.dynamic_shared_memory_bytes),
            Some(&self.static_shared_memory_bytes),
            Some(&self.named_barriers),
            self.virtual_resources.as_ref(),
        ];
        let threads = at_least(1, &self.threads_per_block);
        let sizes = sizes.into_iter().flatten().filter_map(|text| at_least(0, text));
        let percent = self.carveout_percent.iter().map(|percent| format!("0 <= {percent} <= 100"));
        threads.into_iter().chain(sizes).chain(percent).collect()
    }
}
