//! What a user's crate sees of its build script's work.

/// Chosen for the H100, as constants of this crate.
pub mod h100 {
    include!(concat!(env!("OUT_DIR"), "/sm_90a-h100-sxm5-80gb/matmul_config.rs"));
}

/// Chosen for the B200.
pub mod b200 {
    include!(concat!(env!("OUT_DIR"), "/sm_100a-b200-hgx/matmul_config.rs"));
}

/// Of the problem without a kernel.
pub mod tiles {
    include!(concat!(env!("OUT_DIR"), "/tiles_config.rs"));
}

/// The folder with a header and the kernel's sources for each GPU.
pub const KERNELS: &str = env!("OUT_DIR");

#[cfg(test)]
mod tests {
    use std::path::Path;

    #[test]
    fn constants_are_usable_at_compile_time() {
        const WARPS: i64 = super::h100::BLOCK_M / super::h100::WARP_M * (super::h100::BLOCK_N / super::h100::WARP_N);
        const { assert!(WARPS * 32 == super::h100::THREADS) };
        const { assert!(super::b200::STAGES >= 2) };
        assert_eq!(super::tiles::TILE * super::tiles::STAGES, 480);
    }

    #[test]
    fn each_gpu_has_its_header_and_sources() {
        for folder in ["sm_80-a100-sxm4-80gb", "sm_89-rtx-4090", "sm_90a-h100-sxm5-80gb", "sm_100a-b200-hgx"] {
            let folder = Path::new(super::KERNELS).join(folder);
            assert!(folder.join("matmul_config.h").is_file(), "{}", folder.display());
            assert!(folder.join("matmul/matmul.cu").is_file());
            assert!(folder.join("device/mma.cuh").is_file());
        }
    }
}
