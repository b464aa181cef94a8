//! Kernels that a problem describes in JSON: their limits as constraints against plain arithmetic, their numbers in every
//! form, and what is refused.

#[path = "user_kernels/arguments.rs"]
mod arguments;
#[path = "user_kernels/flash_attention.rs"]
mod flash_attention;
#[path = "user_kernels/roles.rs"]
mod roles;
#[path = "user_kernels/work.rs"]
mod work;

use constrint::hardware::{Feature, find};
use constrint::problem::json_value;
use constrint::{Error, Form, Problem, Request, Status, solve, tiling, verify};
use constrint_solver::checker;
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

/// A field of a good problem, what it is replaced by, the place that the message names, and a part of what it says.
type Wrong<'a> = (&'a str, Value, &'a str, &'a str);

/// Replaces one field of a good problem at a time; each time the message names the place and what is wrong there.
fn assert_named<const N: usize>(good: &Value, all: [Wrong; N]) {
    for (pointer, value, place, part) in all {
        let mut changed = good.clone();
        let (parent, field) = pointer.rsplit_once('/').unwrap();
        changed.pointer_mut(parent).unwrap()[field] = value;
        let problem = Problem::from_json(&changed.to_string()).map_err(Error::from);
        let error = problem.and_then(|problem| Ok(tiling::lower(&problem).map(drop)?));
        let message = error.expect_err(pointer).render("problem.json", false);
        let said = message.contains(&format!("problem.json: {place}:")) && message.contains(part);
        assert!(said, "{changed}\n{message}");
    }
}

#[test]
fn what_is_wrong_is_named() {
    let all = [
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
    ];
    assert_named(&tiles(), all);
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
