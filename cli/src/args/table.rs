//! `table`: many GPUs and shapes, and where the code goes.

use super::problem::CacheArgs;
use clap::Args;
use std::path::PathBuf;

#[derive(Debug, Args)]
#[command(after_long_help = TABLE_HELP)]
pub(crate) struct TableArgs {
    /// The problem as native JSON, with `gpus` and `shapes` in place of `gpu` and `shape`; `-` is standard input
    pub(crate) file: String,
    /// Write `NAME_table.h`, `NAME_table.rs` and `NAME_table/` to this folder, which is made
    #[arg(long, value_name = "DIR", default_value = ".")]
    pub(crate) out: PathBuf,
    /// What the table is called instead of the problem's name, in files and in the code
    #[arg(long, value_name = "NAME")]
    pub(crate) name: Option<String>,
    /// Write the table although some entries have no configuration; they are passed over when one is chosen
    #[arg(long)]
    pub(crate) allow_missing: bool,
    #[command(flatten)]
    pub(crate) cache: CacheArgs,
}

const TABLE_HELP: &str = "\
NAME is that of `--name`, or the problem's, or its kernel's, in lower case with underscores. The header is C++17, the module is for `include!` and needs no standard \
library; both choose an entry by what the CUDA runtime tells of a device (name, compute capability, SMs, memory) and by the \
shape. NAME_table/config_0.h and so on hold the macros of each configuration, so that a build can compile one object for each. \
Each entry is what `solve` answers for its GPU and its shape.

GPU: of those with the device's compute capability that have no more SMs than it, the one with the most; of several, the one \
that drivers call so, then that with the nearest memory. Shape: of those with the same words that are at least as large in each \
size, the one with the least product of sizes. Where nothing fits, a null pointer, or None.

Exit codes: 0 written, 1 some entry has no configuration (nothing is written unless --allow-missing is given), 2 error, 3 a limit \
was reached before each entry had an answer (nothing is written).";
