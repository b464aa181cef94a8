//! Kernels that a problem describes in JSON: their limits as constraints against plain arithmetic, their numbers in every
//! form, and what is refused.

use constrint::hardware::{Feature, catalog, find};
use constrint::problem::json_value;
use constrint::{Error, Form, Problem, Request, Status, solve, tiling, verify};
use constrint_solver::{Limits, checker};
use itertools::Itertools;
use serde_json::{Value, json};

fn problem(value: &Value) -> Problem {
    Problem::from_json(&value.to_string()).unwrap_or_else(|error| panic!("{value}: {error}"))
}

/// A kernel whose every formula is a variable of its own.
fn open_kernel(gpu: &str) -> Value {
    let clusters = find(gpu).unwrap().supports(Feature::Clusters);
    let mut value = json!({
        "version": 1, "gpu": gpu,
        "kernel": {
            "name": "open", "block": ["bx", "by"], "grid": ["gx", 3, 1], "registers_per_thread": "registers",
            "static_shared_memory_bytes": "fixed", "dynamic_shared_memory_bytes": "given", "min_blocks_per_sm": "wanted",
        },
        "variables": {
            "bx": {"values": [0, 1, 32, 33, 96, 256, 1024, 1025]}, "by": {"values": [1, 4, 65, 1024]},
            "gx": {"values": [0, 6, 100]}, "registers": {"values": [0, 16, 33, 72, 128, 255, 256]},
            "fixed": {"values": [-1, 0, 1000, 49152, 49153]}, "given": {"values": [-1, 0, 20000, 65536, 101_376, 232_449]},
            "wanted": {"values": [0, 1, 2, 3, 8, 33]},
        },
    });
    if clusters {
        value["kernel"]["cluster"] = json!(["cx"]);
        value["variables"]["cx"] = json!({"values": [0, 1, 2, 4, 9]});
    }
    value
}

/// A small linear congruential generator: the same configurations on every machine.
struct Random(u64);

impl Random {
    fn below(&mut self, count: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % count
    }
}

/// The constraints that are stated for the search and the limits in plain arithmetic agree, and so do the blocks of an SM
/// with the occupancy rules.
#[test]
fn limits_as_constraints_and_in_plain_arithmetic_agree() {
    let mut random = Random(5);
    for gpu in ["T4", "A100 SXM4 80GB", "RTX 4090", "H100 SXM5 80GB", "B200", "RTX 5090"] {
        let tiling = tiling::lower(&problem(&open_kernel(gpu))).unwrap();
        let model = &tiling.model;
        let domains: Vec<Vec<i64>> =
            model.variables().iter().map(|variable| variable.values.iter().collect()).collect();
        let (mut sound, mut unsound) = (0, 0);
        for _ in 0..6000 {
            // Sound values first in most draws, so that a single limit decides.
            let usual = [2, 0, 1, 1, 1, 1, 1, 1];
            let row: Vec<i64> = domains
                .iter()
                .zip(usual)
                .map(
                    |(values, usual)| {
                        if random.below(3) == 0 { values[random.below(values.len())] } else { values[usual] }
                    },
                )
                .collect();
            let names = model.variables().iter().map(|variable| variable.name.clone());
            let values = names.zip(row.iter().copied()).collect();
            let broken = verify::violations(&tiling, &values);
            let holds = checker::is_solution(model, &row).unwrap();
            assert_eq!(holds, broken.is_empty(), "{gpu} {values:?}: {broken:?}");
            if holds {
                sound += 1;
                let resident = checker::evaluate(&tiling.definitions["resident_blocks"].expr, &row).unwrap().unwrap();
                let used = tiling.described.as_ref().unwrap().resources(&values).unwrap();
                assert_eq!(resident.to_integer(), used.occupancy.blocks_per_sm.into(), "{gpu} {values:?}");
            } else {
                unsound += 1;
            }
        }
        assert!(sound > 500 && unsound > 500, "{gpu}: {sound} and {unsound}");
    }
}

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

/// `blocks_per_sm` means what it means in `occupancy`, unless the problem has a meaning of its own for it.
#[test]
fn blocks_per_sm_are_those_that_reside() {
    let mut value = json!({"version": 1, "gpu": "A100 SXM4 80GB",
        "kernel": {"name": "k", "block": ["threads"], "grid": [1], "registers_per_thread": 64,
                   "definitions": {"resident_warps": "blocks_per_sm * threads // 32"}},
        "variables": {"threads": {"values": [96, 128, 160]}}, "objective": {"maximize": "resident_warps"},
        "constraints": ["blocks_per_sm <= 9"]});
    let answer = solve(&problem(&value), &Request::default()).unwrap();
    // 32 warps of 64 registers fit an SM: 8 blocks of 4 warps, but 10 of 3 warps and 6 of 5.
    assert_eq!(answer.configs[0].values["threads"], 128);
    value["variables"]["blocks_per_sm"] = json!({"values": [2]});
    value["kernel"]["min_blocks_per_sm"] = "blocks_per_sm".into();
    assert_eq!(solve(&problem(&value), &Request::default()).unwrap().configs[0].values["blocks_per_sm"], 2);
}

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

/// A kernel whose registers nobody knows is given what the blocks that are counted on leave.
#[test]
fn registers_that_are_not_given_follow_from_the_blocks() {
    for (wanted, registers) in [(1, 255), (2, 128), (3, 80), (5, 48)] {
        let mut value = json!({"version": 1, "gpu": "A100 SXM4 80GB",
            "kernel": {"name": "k", "block": [256], "grid": [1], "min_blocks_per_sm": wanted},
            "variables": {"x": {"values": [1]}}});
        let config = solve(&problem(&value), &Request::default()).unwrap().configs.remove(0);
        let used = config.resources.unwrap();
        assert_eq!(used.registers_per_thread, registers);
        assert_eq!(used.launch_bounds(), [256, wanted]);
        // One register more, and a block fewer fits.
        value["kernel"]["registers_per_thread"] = (registers + 8).min(256).into();
        assert_eq!(solve(&problem(&value), &Request::default()).unwrap().status, Status::Infeasible);
    }
}

fn tiles() -> Value {
    json!({"version": 1, "name": "rows", "gpu": "H100 SXM5 80GB", "shape": {"n": 4096},
        "kernel": {
            "name": "rows", "source": "rows.cu", "block": ["threads"], "grid": ["ceil_div(n, tile)"],
            "definitions": {
                "rounds": {"expr": "waves * tile", "meaning": "rows that an SM works through"},
                "tile": "threads * per_thread",
                "work_ps": "rounds * 1000",
            },
            "registers_per_thread": "24 + 4 * per_thread", "dynamic_shared_memory_bytes": "8 * tile",
            "cost": {"time_ps": "work_ps + 10 * per_thread", "parts": ["work_ps"]},
            "macros": {"names": {"per_thread": "ITEMS"}, "extra": {"TILE": "tile"}},
        },
        "variables": {"threads": {"values": [64, 128, 256]}, "per_thread": {"min": 1, "max": 8}}})
}

#[test]
fn the_cost_is_minimised_and_the_numbers_reach_the_source() {
    let answer = solve(&problem(&tiles()), &Request::default()).unwrap();
    assert_eq!(answer.status, Status::Optimal);
    let config = &answer.configs[0];
    let (threads, items) = (config.values["threads"], config.values["per_thread"]);
    let predicted = config.predicted.as_ref().unwrap();
    assert_eq!(predicted.time_ps, threads * items * 1000 + 10 * items);
    assert_eq!(predicted.parts_ps["work_ps"], threads * items * 1000);
    assert_eq!((threads, items), (64, 1), "the smallest tile still runs in one wave");
    let flags = config.emit(Form::Flags);
    for flag in [
        "-DCONSTRINT_ROWS_THREADS=64",
        "-DCONSTRINT_ROWS_ITEMS=1",
        "-DCONSTRINT_ROWS_TILE=64",
        "-DCONSTRINT_ROWS_N=4096",
        "-DCONSTRINT_ROWS_DYNAMIC_SHARED_MEMORY_BYTES=512",
    ] {
        assert!(flags.split_whitespace().any(|found| found == flag), "{flag} in {flags}");
    }
    assert!(config.emit(Form::Header).contains("namespace constrint::rows_config"));
    assert!(config.emit(Form::Header).contains("// Kernel rows, described by the problem, on H100 SXM5 80GB."));
}

/// Names as Kernel Tuner's kernels have them: no prefix, no capitals. The header then has no constants, which the
/// preprocessor would replace.
#[test]
fn macros_may_be_named_as_the_variables_are() {
    let mut value = tiles();
    value["kernel"]["macros"] = json!({"prefix": "", "case": "as_is"});
    let header = solve(&problem(&value), &Request::default()).unwrap().configs[0].emit(Form::Header);
    assert!(header.contains("#define per_thread 1\n") && !header.contains("constexpr"), "{header}");
    assert!(header.contains("#ifndef CONSTRINT_CONFIG_H\n"));
}

/// Of several faults that one is told from which the others follow: a formula's own before what refers to it.
#[test]
fn a_formula_is_blamed_before_what_follows_from_it() {
    let told = |problem: Value| {
        let problem = Problem::from_json(&problem.to_string()).unwrap();
        Error::from(tiling::lower(&problem).unwrap_err()).render("p", false)
    };
    let mut undefined = tiles();
    undefined["kernel"]["definitions"].as_object_mut().unwrap().remove("tile");
    undefined["kernel"]["cost"]["parts"] = json!(["tile"]);
    let message = told(undefined);
    assert!(message.contains("unknown name `tile`") && !message.contains("cost"), "{message}");
    let mut clustered = tiles();
    clustered["gpu"] = "A100 SXM4 80GB".into();
    clustered["kernel"]["cluster"] = json!(["nothing"]);
    let message = told(clustered);
    assert!(message.contains("unknown name `nothing`"), "{message}");
    let mut parts = tiles();
    parts["kernel"]["cost"] = json!({"time_ps": "nothing", "parts": ["work"]});
    let message = told(parts);
    assert!(message.contains("kernel.cost.parts[0]"), "{message}");
}

/// Each is the good problem with one field replaced; the message names the place and what is wrong there.
#[test]
fn what_is_wrong_is_named() {
    for (pointer, value, place, part) in [
        ("/kernel/name", json!("a-b"), "kernel.name", "`a-b` cannot be used as a name"),
        ("/kernel/name", json!("../up"), "kernel.name", "cannot be used"),
        ("/kernel/macros", json!({"header": "../up.h"}), "kernel.macros.header", "cannot be used"),
        ("/kernel/macros", json!({"prefix": "A-"}), "kernel.macros.prefix", "cannot be used"),
        ("/kernel/macros", json!({"names": {"thread": "T"}}), "kernel.macros.names.thread", "thread"),
        ("/kernel/macros", json!({"names": {"threads": "N"}}), "kernel.macros", "two macros are called `N`"),
        ("/kernel/macros", json!({"extra": {"THREADS": 1}}), "kernel.macros.extra.THREADS", "two macros"),
        ("/kernel/macros", json!({"suffix": ""}), "kernel.macros", "unknown field `suffix`"),
        ("/kernel/block", json!([]), "kernel.block", "one to three formulas"),
        ("/kernel/block", json!(["threads", 1, 1, 1]), "kernel.block", "one to three formulas"),
        ("/kernel/block", json!([1.5]), "kernel.block[0]", "a whole number or an expression"),
        ("/kernel/grid", json!(["n / 3"]), "kernel.grid[0]", "need not be a whole number"),
        ("/kernel/registers_per_thread", json!("per_thread / 2 + 1"), "kernel.registers_per_thread", "whole number"),
        ("/kernel/registers_per_thread", json!("2 ** -per_thread"), "kernel.registers_per_thread", "whole number"),
        ("/kernel/registers_per_thread", json!([3]), "kernel.registers_per_thread", "a whole number or an expression"),
        ("/kernel/registers_per_thread", json!("per_threads"), "kernel.registers_per_thread", "per_threads"),
        (
            "/kernel/roles",
            json!({"a-b": {"threads": 1, "registers_per_thread": 1}}),
            "kernel.roles.a-b",
            "cannot be used",
        ),
        ("/kernel/roles", json!({"a": {"threads": 1}}), "kernel.roles.a", "missing field `registers_per_thread`"),
        ("/kernel/roles", json!({"a": {"threads": [1]}}), "kernel.roles.a.threads", "a whole number or an expression"),
        (
            "/kernel/roles",
            json!({"a": {"threads": "threads / 2", "registers_per_thread": 40}}),
            "kernel.roles.a.threads",
            "whole number",
        ),
        ("/kernel/cost/parts", json!(["work"]), "kernel.cost.parts[0]", "must be a definition"),
        ("/kernel/cost", json!({"parts": []}), "kernel.cost", "missing field `time_ps`"),
        ("/kernel/definitions/tile", json!({"expr": "1"}), "kernel.definitions.tile", "missing field `meaning`"),
        ("/kernel/definitions/waves", json!("1"), "kernel.definitions.waves", "every described kernel"),
        ("/kernel/definitions/tile", json!("later + 1"), "kernel.definitions.tile", "later"),
        ("/variables/resident_blocks", json!({"values": [1]}), "variables.resident_blocks", "every described kernel"),
        ("/kernel", json!(3), "kernel", "a name or an object"),
        ("/kernel", json!({"name": "k"}), "kernel", "missing field `block`"),
        ("/dtype", json!("bf16"), "dtype", "only a shipped kernel"),
        ("/shape/cell", json!("lstm"), "shape.cell", "only a shipped kernel"),
    ] {
        let mut changed = tiles();
        let (parent, field) = pointer.rsplit_once('/').unwrap();
        changed.pointer_mut(parent).unwrap()[field] = value;
        let problem = Problem::from_json(&changed.to_string()).map_err(Error::from);
        let error = problem.and_then(|problem| Ok(tiling::lower(&problem).map(drop)?));
        let message = error.expect_err(pointer).render("problem.json", false);
        let said = message.contains(&format!("problem.json: {place}:")) && message.contains(part);
        assert!(said, "{changed}\n{message}");
    }
    let mut without = tiles();
    without.as_object_mut().unwrap().remove("gpu");
    let error = tiling::lower(&problem(&without)).unwrap_err();
    assert!(Error::from(error.clone()).hint().unwrap().contains("\"gpu\""), "{error}");
    let mut clustered = tiles();
    clustered["gpu"] = "A100 SXM4 80GB".into();
    clustered["kernel"]["cluster"] = json!([2]);
    assert!(tiling::lower(&problem(&clustered)).unwrap_err().to_string().contains("clusters"));
    let mut roles = tiles();
    roles["gpu"] = "A100 SXM4 80GB".into();
    roles["kernel"]["roles"] = json!({"all": {"threads": "threads", "registers_per_thread": 40}});
    let message = tiling::lower(&problem(&roles)).unwrap_err().to_string();
    assert!(message.contains("kernel.roles") && message.contains("hand over"), "{message}");
}

/// A description survives being written and read again.
#[test]
fn a_description_survives_json() {
    let described = problem(&tiles());
    assert_eq!(Problem::from_json(&described.to_json()).unwrap(), described);
}

/// The schema of the format has the fields of a description.
#[cfg(feature = "schema")]
#[test]
fn the_schema_has_descriptions() {
    let schema = constrint::problem::schema().to_string();
    for field in ["registers_per_thread", "min_blocks_per_sm", "static_shared_memory_bytes", "time_ps"] {
        assert!(schema.contains(field), "{field}");
    }
    assert!(json_value(&schema).is_ok());
}

/// The example's kernel on the host, a thread for each thread of a block, against a plain stencil: also with the power in
/// shared memory, with one step, and where tiles reach beyond the grid.
#[test]
fn the_example_computes_what_a_plain_stencil_does() {
    let compiler = std::env::var("CXX").unwrap_or_else(|_| "c++".to_owned());
    if std::process::Command::new(&compiler).arg("--version").output().is_err() {
        return eprintln!("skipped: no C++ compiler");
    }
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let text = std::fs::read_to_string(root.join("problems/hotspot-4096-a100.json")).unwrap();
    let folder = tempfile::tempdir().unwrap();
    for settings in [
        [
            ("block_x", 16),
            ("block_y", 2),
            ("tile_x", 2),
            ("tile_y", 3),
            ("steps", 3),
            ("unroll", 3),
            ("shared_power", 0),
        ],
        [
            ("block_x", 32),
            ("block_y", 1),
            ("tile_x", 1),
            ("tile_y", 7),
            ("steps", 4),
            ("unroll", 2),
            ("shared_power", 1),
        ],
        [
            ("block_x", 16),
            ("block_y", 4),
            ("tile_x", 5),
            ("tile_y", 2),
            ("steps", 1),
            ("unroll", 1),
            ("shared_power", 1),
        ],
    ] {
        let mut problem = Problem::from_json(&text).unwrap();
        for (name, value) in settings {
            problem.set(name, value).unwrap();
        }
        let config = solve(&problem, &Request::default()).unwrap().configs.remove(0);
        let program = folder.path().join("hotspot");
        let built = std::process::Command::new(&compiler)
            .args(["-std=c++20", "-O1", "-Wno-unknown-pragmas", "-pthread"])
            .args(config.emit(Form::Flags).split_whitespace())
            .arg(format!("-DHOTSPOT_SOURCE=\"{}\"", root.join("problems/hotspot.cu").display()))
            .arg(root.join("tests/user_kernels/hotspot_on_host.cpp"))
            .arg("-o")
            .arg(&program)
            .output()
            .unwrap();
        assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
        let ran = std::process::Command::new(&program).output().unwrap();
        assert!(ran.status.success(), "{settings:?}: {}", String::from_utf8_lossy(&ran.stdout));
    }
}
