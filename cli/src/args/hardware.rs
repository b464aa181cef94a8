//! `gpus` and `occupancy`: GPUs, and what a block uses of one.

use clap::Args;

#[derive(Debug, Args)]
pub(crate) struct GpusArgs {
    /// A GPU of the catalog, by whole words of its name or as the driver calls it, or a slice of one, as `H100 SXM MIG 3g.40gb`
    pub(crate) name: Option<String>,
    /// Show the GPUs of this machine; with `--json` one of them, 0 unless a number says otherwise, in the form that a
    /// problem takes as its `gpu`, or `all` of them
    #[arg(
        long,
        value_name = "N|all",
        conflicts_with = "name",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "0",
        value_parser = detected
    )]
    pub(crate) detect: Option<Detect>,
}

/// Which GPUs of this machine to show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Detect {
    /// One, as the driver counts them from 0.
    One(usize),
    /// All of them.
    All,
}

fn detected(text: &str) -> Result<Detect, String> {
    match text {
        "all" => Ok(Detect::All),
        index => index.parse().map(Detect::One).map_err(|_| "a device is a number from 0, or `all`".to_owned()),
    }
}

#[derive(Debug, Args)]
pub(crate) struct OccupancyArgs {
    /// A GPU of the catalog
    #[arg(long, value_name = "NAME", required_unless_present = "batch")]
    pub(crate) gpu: Option<String>,
    /// Threads of a block
    // The name of a common option, which has no other use here: the type must stay the same.
    #[arg(long, value_name = "N", required_unless_present = "batch", value_parser = clap::value_parser!(i64).range(1..))]
    pub(crate) threads: Option<i64>,
    /// Registers of a thread
    #[arg(long, value_name = "R", required_unless_present = "batch", value_parser = clap::value_parser!(i64).range(0..))]
    pub(crate) registers: Option<i64>,
    /// Shared memory of a block that is asked for at launch
    #[arg(long, value_name = "BYTES", default_value_t = 0, value_parser = clap::value_parser!(i64).range(0..))]
    pub(crate) shared_memory: i64,
    /// Shared memory of a block that is declared in the kernel
    #[arg(long, value_name = "BYTES", default_value_t = 0, value_parser = clap::value_parser!(i64).range(0..))]
    pub(crate) static_shared_memory: i64,
    /// The kernel's wish for the share of shared memory in the unified cache; without one, all of it
    #[arg(long, value_name = "PERCENT", value_parser = clap::value_parser!(i64).range(0..=100))]
    pub(crate) carveout: Option<i64>,
    /// Named barriers that a block uses, `__syncthreads` included
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(i64).range(0..))]
    pub(crate) barriers: i64,
    /// Read queries from standard input, a line each, and answer a line each
    ///
    /// A query is `CC REGISTERS THREADS DYNAMIC [STATIC [CARVEOUT [BARRIERS [OPT_IN]]]]`, such as `9.0 128 256 49152`.
    /// The answer starts with the blocks and warps per SM, the occupancy and what limits it. `dyn CC REGISTERS THREADS
    /// BLOCKS [STATIC]` asks for the most dynamic shared memory, `best CC REGISTERS DYNAMIC` for the best block size.
    #[arg(long, conflicts_with_all = ["gpu", "registers", "shared_memory", "static_shared_memory", "carveout", "barriers"])]
    pub(crate) batch: bool,
}
