//! Tiles of flash-attention, against what its users report.

use super::problem;
use constrint::hardware::catalog;
use constrint::{Request, Status, solve};
use constrint_solver::Limits;
use serde_json::{Value, json};

fn example(name: &str) -> Value {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("problems").join(name);
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

/// Tiles of flash-attention fit where its users say that they do. Forward with heads of 512 (huggingface/candle#3456): 64 by 64 from
/// 192 KiB on, 32 by 64 from 160 KiB on, and none below; with heads of 1024 (Dao-AILab/flash-attention#805) 32 by 32 takes 196 kB,
/// more than an A100 has.
#[test]
fn forward_tiles_of_flash_attention_fit_where_its_users_say() {
    let mut seen = [0; 3];
    for gpu in catalog().gpus() {
        let mut forward = example("flash-forward-512-h100.json");
        forward["gpu"] = gpu.name.as_str().into();
        let answer = solve(&problem(&forward), &Request::default()).unwrap();
        let tile = answer.configs.first().map(|config| (config.values["block_m"], config.values["block_n"]));
        let (class, expected) = match gpu.compute_capability.to_string().as_str() {
            "9.0" | "10.0" | "10.3" | "11.0" => (0, Some((64, 64))),
            "8.0" | "8.7" => (1, Some((32, 64))),
            _ => (2, None),
        };
        assert_eq!(tile, expected, "{}", gpu.name);
        seen[class] += 1;
        forward["shape"]["head_dim"] = 1024.into();
        forward["constants"]["least_block_n"] = 32.into();
        forward["variables"]["block_m"] = json!({"values": [32]});
        let status = solve(&problem(&forward), &Request::default()).unwrap().status;
        assert_eq!(status == Status::Optimal, class == 0, "{}", gpu.name);
    }
    assert!(seen.iter().all(|&count| count > 5), "{seen:?}");
}

/// Backward with heads of 128 takes 152 KiB, which 8.6 and 8.9 refuse (Dao-AILab/flash-attention#190).
#[test]
fn the_backward_tile_of_flash_attention_is_refused_where_its_users_say() {
    let ask = |gpu: &str| {
        let mut backward = example("flash-backward-128-a100.json");
        backward["gpu"] = gpu.into();
        let backward = problem(&backward);
        let answer = solve(&backward, &Request::default()).unwrap();
        let need = answer.hardware(&backward, &Limits::default());
        (answer, need)
    };
    for gpu in ["A100 SXM4 80GB", "H100 SXM5 80GB"] {
        let used = ask(gpu).0.configs.remove(0).resources.unwrap();
        assert_eq!(used.shared_memory_per_block_bytes, 152 << 10, "{gpu}");
    }
    for gpu in ["RTX 3090", "A10", "RTX 4090", "L40S"] {
        let (answer, need) = ask(gpu);
        assert_eq!(answer.status, Status::Infeasible, "{gpu}");
        let limits = need.unwrap().limits;
        let limit = limits.iter().find(|limit| limit.field == "shared_memory_per_block_optin_bytes").unwrap();
        assert_eq!((limit.needed, limit.available), (152 << 10, 99 << 10), "{gpu}");
    }
}
