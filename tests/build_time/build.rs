//! Configurations of the matrix product for four GPUs, of a problem without a kernel, and a table of many.

use constrint::build_time::{Build, Table};

fn main() {
    Build::new("matmul.json").gpu("A100 SXM4 80GB").gpu("RTX 4090").gpu("H100 SXM5 80GB").gpu("B200").run();
    Build::new("tiles.json").run();
    let built = Table::new("products.json").run();
    // A crate with kernels would compile one for each of these headers.
    assert_eq!(built.files.configurations.len(), built.table.configurations.len());
}
