//! Configurations of the matrix product for four GPUs, and of a problem without a kernel.

use constrint::build_time::Build;

fn main() {
    Build::new("matmul.json").gpu("A100 SXM4 80GB").gpu("RTX 4090").gpu("H100 SXM5 80GB").gpu("B200").run();
    Build::new("tiles.json").run();
}
