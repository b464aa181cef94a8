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

/// Chooses among the configurations of many shapes and GPUs.
pub mod products {
    include!(concat!(env!("OUT_DIR"), "/products_table.rs"));
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
    fn a_table_chooses_by_device_and_shape() {
        use super::products::{self, Device, Dtype, Output, Shape};
        let device = |name, sms| Device { name, major: 8, minor: 9, sms, memory_bytes: 0 };
        let shape = |m| Shape { m, n: 1000, k: 1024, output: Output::Bf16, dtype: Dtype::Bf16 };
        let chosen = products::find(&device("NVIDIA GeForce RTX 4090", 128), &shape(1000)).unwrap();
        assert_eq!((products::GPUS[chosen.gpu].name, products::SHAPES[chosen.shape].n), ("RTX 4090", 1024));
        let config = &products::CONFIGS[chosen.config.unwrap()];
        assert_eq!(i64::from(chosen.launch.block[0]), config.threads);
        assert_eq!(products::find(&device("NVIDIA GeForce RTX 4090", 128), &shape(1025)), None);
        assert_eq!(products::find(&device("NVIDIA GeForce RTX 4060", 24), &shape(64)), None);
        assert_eq!(products::find(&device("NVIDIA L40S", 142), &shape(1000)), Some(chosen));
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
