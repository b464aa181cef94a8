//! Parts of a block with registers of their own.

use super::problem;
use constrint::{Form, Request, Status, solve, tiling, verify};
use constrint_solver::checker;
use itertools::Itertools;
use serde_json::{Value, json};

/// A producer and consumers that share the registers of a block, every formula a variable of its own.
fn open_roles(gpu: &str) -> Value {
    json!({
        "version": 1, "gpu": gpu,
        "kernel": {
            "name": "roles", "block": ["bx"], "grid": [132], "registers_per_thread": "launched",
            "roles": {
                "producer": {"threads": "pt", "registers_per_thread": "pr"},
                "consumer": {"threads": "ct", "registers_per_thread": "cr"},
            },
        },
        "variables": {
            "bx": {"values": [256, 384, 512]}, "launched": {"values": [120, 128, 161, 168]},
            "pt": {"values": [0, 64, 128, 192]}, "pr": {"values": [16, 24, 32, 40, 44]},
            "ct": {"values": [128, 192, 256, 384]}, "cr": {"values": [160, 232, 240, 256, 264]},
        },
    })
}

/// All configurations of two roles: the constraints, the plain arithmetic and what is written down here agree.
#[test]
fn roles_share_the_registers_that_a_block_is_launched_with() {
    for gpu in ["H100 SXM5 80GB", "B200", "RTX 5090"] {
        let tiling = tiling::lower(&problem(&open_roles(gpu))).unwrap();
        let model = &tiling.model;
        let domains = model.variables().iter().map(|variable| variable.values.iter().collect::<Vec<i64>>());
        let names: Vec<&String> = model.variables().iter().map(|variable| &variable.name).collect();
        let mut sound = Vec::new();
        for row in domains.multi_cartesian_product() {
            let values = names.iter().map(|name| (*name).clone()).zip(row.iter().copied()).collect();
            let broken = verify::violations(&tiling, &values);
            let holds = checker::is_solution(model, &row).unwrap();
            let [bx, launched, pt, pr, ct, cr] = row[..] else { panic!("{row:?}") };
            let roles = [(pt, pr), (ct, cr)];
            let each = |(threads, registers): (i64, i64)| {
                threads > 0 && threads % 128 == 0 && registers % 8 == 0 && (24..=256).contains(&registers)
            };
            // A warp's registers come in units of 256: 161 for each thread are 168.
            let pool = bx * ((launched + 7) / 8 * 8);
            let expected = roles.into_iter().all(each) && pt + ct == bx && pt * pr + ct * cr <= pool && pool <= 65536;
            assert_eq!((holds, broken.is_empty()), (expected, expected), "{gpu} {row:?}: {broken:?}");
            sound.extend(holds.then_some((bx, launched, pr, cr)));
        }
        // As FlashAttention 3 and CUTLASS have them: one producer, two or three consumer warp groups.
        for known in [(384, 168, 24, 240), (384, 168, 40, 232), (512, 128, 32, 160)] {
            assert!(sound.contains(&known), "{gpu} {known:?}");
        }
        assert!(!sound.contains(&(384, 168, 40, 240)) && !sound.contains(&(512, 120, 32, 160)), "{gpu}");
    }
}

/// Nothing but the registers of the roles is given: the launch follows from the blocks of an SM, the numbers reach the source,
/// and without roles the same consumers fit nowhere.
#[test]
fn a_producer_hands_its_registers_to_the_consumers() {
    let mut value = json!({"version": 1, "gpu": "H100 SXM5 80GB",
        "kernel": {"name": "tma", "block": ["128 * (1 + consumers)"], "grid": [132],
            "definitions": {"kept": "consumer_registers_per_thread * consumers"},
            "roles": {"producer": {"threads": 128, "registers_per_thread": 40},
                      "consumer": {"threads": "128 * consumers", "registers_per_thread": "consumer_registers"}},
            "macros": {"names": {"consumers": "WARP_GROUPS", "producer_threads": null}}},
        "variables": {"consumers": {"values": [1, 2]}, "consumer_registers": {"min": 24, "max": 256, "step": 8}},
        "objective": {"maximize": "kept"}});
    let config = solve(&problem(&value), &Request::default()).unwrap().configs.remove(0);
    assert_eq!((config.values["consumers"], config.values["consumer_registers"]), (2, 232));
    assert_eq!(config.resources.as_ref().unwrap().registers_per_thread, 168);
    let flags = config.emit(Form::Flags);
    assert!(flags.contains("-DCONSTRINT_TMA_CONSUMER_REGISTERS_PER_THREAD=232"), "{flags}");
    assert!(flags.contains("-DCONSTRINT_TMA_WARP_GROUPS=2 ") && !flags.contains("PRODUCER_THREADS"), "{flags}");
    for field in ["roles", "macros"] {
        value["kernel"].as_object_mut().unwrap().remove(field);
    }
    value["kernel"]["registers_per_thread"] = 232.into();
    value["kernel"]["definitions"] = json!({"kept": "consumers"});
    value["variables"]["consumers"] = json!({"values": [2]});
    assert_eq!(solve(&problem(&value), &Request::default()).unwrap().status, Status::Infeasible);
}
