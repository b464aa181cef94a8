//! `solve` and `explain`.

use crate::{CLASH, Folder, MATMUL, TILES, run};
use serde_json::json;

#[test]
fn json_has_the_promised_fields() {
    let answer = run(TILES, &["solve", "problem.json", "--json"]).exits(0).json();
    assert_eq!(answer["status"], "optimal");
    assert_eq!(answer["problem"], "tiles");
    assert_eq!(answer["config"], json!({"tile": 48, "stages": 8}));
    assert_eq!(answer["objective"], json!([{"maximize": "tile * stages + stages", "value": 392}]));
    for field in ["nodes", "propagations", "solve_ms"] {
        assert!(answer["statistics"][field].is_number(), "{field}");
    }
    for field in ["kernel", "gpu", "resources", "launch", "conflict", "solutions"] {
        assert!(answer.get(field).is_none(), "{field}");
    }
}

#[test]
fn json_of_a_kernel_has_resources_and_launch() {
    let answer = run(MATMUL, &["solve", "problem.json", "--json"]).exits(0).json();
    assert_eq!((&answer["kernel"], &answer["gpu"]), (&json!("matmul"), &json!("A100 SXM4 80GB")));
    let (used, launch) = (&answer["resources"], &answer["launch"]);
    assert_eq!(launch["block"], json!([used["threads_per_block"], 1, 1]));
    assert_eq!(launch["cluster"], json!([1, 1, 1]));
    let grid: i64 = launch["grid"].as_array().unwrap().iter().map(|size| size.as_i64().unwrap()).product();
    assert_eq!(used["blocks"], grid);
    assert!(launch["dynamic_shared_memory_bytes"].is_i64() && used["shared_memory_per_block_bytes"].is_i64());
    assert!(used["registers_per_thread"].is_i64() && used["blocks_per_sm"].as_i64().unwrap() >= 1);
    assert!(used["occupancy"].as_f64().unwrap() > 0.0 && !used["limiter"].as_array().unwrap().is_empty());
    assert_eq!(answer["predicted"]["time_ps"], answer["objective"][0]["value"]);
    assert_eq!(answer["predicted"]["measured"], false);
    assert!(answer["predicted"]["basis"].as_str().unwrap().contains("not measured on a GPU"));
}

#[test]
fn heads_that_have_no_room_at_once_take_several_launches() {
    let layer = |heads: u32| {
        format!(
            r#"{{"version": 1, "kernel": "rnn_forward", "gpu": "A100 SXM4 80GB",
                "shape": {{"cell": "elman", "head_dim": 3000, "heads": {heads}, "batch": 4, "sequence": 9}}}}"#
        )
    };
    for (heads, said) in [(1, false), (3, true)] {
        let answer = run(&layer(heads), &["solve", "problem.json", "--json"]).exits(0).json();
        assert_eq!(answer["launch"]["launches"], heads, "each takes most of the chip");
        assert_eq!(answer["launch"]["grid"][1], 1);
        let text = run(&layer(heads), &["solve", "problem.json"]).exits(0).stdout;
        assert_eq!(text.contains(&format!("{heads} launches of it, one after the other")), said, "{text}");
    }
}

#[test]
fn a_changed_number_changes_the_answer() {
    let changed = TILES.replace("49152", "24576");
    let answer = run(&changed, &["solve", "problem.json", "--json"]).exits(0).json();
    assert_eq!(answer["objective"][0]["value"], 198);
    let of = |name: &str| run(MATMUL, &["solve", "problem.json", "--gpu", name, "--json"]).exits(0).json();
    assert_ne!(of("h100-sxm")["predicted"], of("RTX 4090")["predicted"]);
}

#[test]
fn infeasible_is_an_answer_with_a_minimal_conflict() {
    let ran = run(CLASH, &["solve", "problem.json", "--json"]).exits(1);
    let answer = ran.json();
    assert_eq!(answer["status"], "infeasible");
    let conflict = json!([
        {"constraint": "large", "expression": "a * b >= 300", "because": "there is much to do"},
        {"constraint": "small", "expression": "a + b <= 30", "because": "there is little room"},
    ]);
    assert_eq!(answer["conflict"], conflict);
    assert!(answer.get("config").is_none());
    for subcommand in ["solve", "explain"] {
        let text = run(CLASH, &[subcommand, "problem.json"]).exits(1).stdout;
        for part in ["infeasible", "large", "a * b >= 300", "there is little room", "1 to 20"] {
            assert!(text.contains(part), "{part}: {text}");
        }
        assert!(!text.contains("a != 7"), "{text}");
    }
}

#[test]
fn a_limit_without_an_answer_exits_3() {
    let limited = TILES.replace("\"objective\"", "\"solve\": {\"node_limit\": 1}, \"objective\"");
    for subcommand in ["solve", "explain"] {
        let answer = run(&limited, &[subcommand, "problem.json", "--json"]).exits(3).json();
        assert_eq!((&answer["status"], &answer["limit"]), (&json!("unknown"), &json!("nodes")));
    }
    let text = run(&limited, &["solve", "problem.json"]).exits(3).stdout;
    assert!(text.contains("the node limit was reached"), "{text}");
}

#[test]
fn a_time_limit_stops_the_search() {
    let start = std::time::Instant::now();
    // Perfect squares that sum up so: no solution, and no propagation that shows it soon.
    let hard = r#"{"version": 1, "variables": {"a": {"min": 1, "max": 9000000}, "b": {"min": 1, "max": 9000000},
        "c": {"min": 1, "max": 9000000}}, "constraints": ["a * a * a + b * b * b == c * c * c"]}"#;
    let ran = run(hard, &["solve", "problem.json", "--time-limit", "200ms", "--json"]).exits(3);
    assert_eq!(ran.json()["status"], "unknown");
    assert!(start.elapsed().as_secs() < 10);
}

#[test]
fn an_order_is_an_objective_a_variable() {
    let answer = run(TILES, &["solve", "problem.json", "--order", "stages:min,tile:max", "--json"]).exits(0).json();
    assert_eq!(answer["config"], json!({"tile": 384, "stages": 1}));
    assert_eq!(answer["objective"], json!([{"minimize": "stages", "value": 1}, {"maximize": "tile", "value": 384}]));
}

#[test]
fn several_solutions_come_best_first() {
    let ran = run(TILES, &["solve", "problem.json", "--solutions", "3", "--json"]).exits(0);
    let answer = ran.json();
    let solutions = answer["solutions"].as_array().unwrap();
    let values: Vec<i64> =
        solutions.iter().map(|solution| solution["objective"][0]["value"].as_i64().unwrap()).collect();
    assert_eq!(values.len(), 3);
    assert!(values[0] == 392 && values.is_sorted_by(|a, b| a >= b), "{values:?}");
    assert_eq!(answer["config"], solutions[0]["config"]);
    let text = run(TILES, &["solve", "problem.json", "--solutions", "3"]).exits(0).stdout;
    assert!(text.contains("1. ") && text.contains("3. "), "{text}");
}

#[test]
fn settings_change_the_problem() {
    let set = |setting: &str| run(TILES, &["solve", "problem.json", "--set", setting, "--json"]).exits(0).json();
    assert_eq!(set("stages=2")["config"], json!({"tile": 192, "stages": 2}));
    let smaller = run(MATMUL, &["solve", "problem.json", "--set", "m=64", "--set", "block_m=64", "--json"]).exits(0);
    assert_eq!(smaller.json()["config"]["block_m"], 64);
}

#[test]
fn forms_go_to_standard_output_and_the_summary_elsewhere() {
    for (form, part) in [
        ("header", "#ifndef CONSTRINT_CONFIG_H\n#define CONSTRINT_CONFIG_H\n"),
        ("flags", "-DCONSTRINT_TILE=48 -DCONSTRINT_STAGES=8\n"),
        ("json", "\"tile\": 48"),
        ("cmake", "set(CONSTRINT_TILE 48)"),
        ("rust", "pub const TILE: i64 = 48;"),
    ] {
        let ran = run(TILES, &["solve", "problem.json", "--emit", form]).exits(0);
        assert!(ran.stdout.contains(part) && !ran.stdout.contains("Configuration"), "{form}: {}", ran.stdout);
        assert!(ran.stderr.contains("tiles: optimal"), "{}", ran.stderr);
        let quiet = run(TILES, &["solve", "problem.json", "--emit", form, "--quiet"]).exits(0);
        assert_eq!((quiet.stdout, quiet.stderr.as_str()), (ran.stdout, ""));
    }
}

#[test]
fn a_form_goes_to_a_file_whole() {
    let folder = Folder::with(&[("problem.json", TILES), ("config.h", "old")]);
    let ran = folder.run(&["solve", "problem.json", "--emit", "header", "--out", "config.h"]).exits(0);
    assert_eq!(ran.stdout, "");
    assert!(ran.stderr.contains("config.h"));
    assert!(folder.read("config.h").contains("#define CONSTRINT_TILE 48"));
    assert_eq!(folder.names(), ["config.h", "problem.json"]);
    let ran = folder.run(&["solve", "problem.json", "--emit", "header", "--out", "config.h", "--json"]).exits(0);
    assert_eq!(ran.json()["config"]["tile"], 48);
    let emitted = folder.run(&["solve", "problem.json", "--emit", "flags", "--json"]).exits(0).json();
    assert_eq!(emitted["emitted"], "-DCONSTRINT_TILE=48 -DCONSTRINT_STAGES=8\n");
}

#[test]
fn without_a_solution_no_form_is_written() {
    let folder = Folder::with(&[("problem.json", CLASH)]);
    let ran = folder.run(&["solve", "problem.json", "--emit", "header", "--out", "config.h"]).exits(1);
    assert_eq!(ran.stdout, "");
    assert!(ran.stderr.contains("a * b >= 300"), "{}", ran.stderr);
    assert_eq!(folder.names(), ["problem.json"]);
}

#[test]
fn standard_input_is_a_file_and_a_byte_order_mark_is_none() {
    let folder = Folder::with(&[]);
    let ran = folder.run_with_input(&["solve", "-", "--json"], format!("\u{feff}{TILES}").as_bytes()).exits(0);
    assert_eq!(ran.json()["config"]["tile"], 48);
}

#[test]
fn the_text_is_narrow_and_plain() {
    for problem in [TILES, CLASH, MATMUL] {
        for subcommand in ["solve", "explain"] {
            let text = run(problem, &[subcommand, "problem.json"]).stdout;
            assert!(text.lines().all(|line| line.chars().count() <= 100), "{text}");
            assert!(!text.contains('\u{1b}') && text.lines().all(|line| line.trim_end() == line), "{text}");
        }
    }
}

#[test]
fn texts_of_the_problem_cannot_steer_the_terminal() {
    let problem = TILES.replace("\"fits\"", r#""fits\u001b[31m\nnot""#).replace("48 KiB", r"48\u001b[2J KiB");
    for subcommand in ["solve", "explain"] {
        let text = run(&problem, &[subcommand, "problem.json", "--color", "always"]).exits(0).stdout;
        assert!(text.contains("fits [31m not") && !text.contains("\u{1b}[2J"), "{text}");
    }
}

#[test]
fn the_text_of_a_kernel_says_what_it_uses() {
    let ran = run(MATMUL, &["solve", "problem.json", "--verbose"]).exits(0);
    for part in [
        "product  optimal",
        "block_m",
        "rows of C that a block computes",
        "shared memory / SM",
        "limited by",
        "Predicted time",
        "not measured on a GPU",
        "bounds it",
    ] {
        assert!(ran.stdout.contains(part), "{part}: {}", ran.stdout);
    }
    assert!(ran.stderr.contains("propagations") && !ran.stdout.contains("propagations"));
}

#[test]
fn explain_tells_what_binds_with_its_slack() {
    let explained = run(TILES, &["explain", "problem.json", "--json"]).exits(0).json();
    let fits = &explained["inequalities"][0];
    assert_eq!((&fits["constraint"], &fits["slack"], &fits["binds"]), (&json!("fits"), &json!(0), &json!(true)));
    let text = run(TILES, &["explain", "problem.json"]).exits(0).stdout;
    assert!(text.contains("49152 <= 49152") && text.contains("nothing left"), "{text}");
}

#[test]
fn explain_tells_the_smallest_changes_that_help() {
    let explained = run(CLASH, &["explain", "problem.json", "--json"]).exits(1).json();
    let changes = explained["relaxations"].as_array().unwrap();
    let fields = ["constraint", "expression", "limit", "needed", "change", "proved", "scope"];
    let shown: Vec<Vec<&serde_json::Value>> =
        changes.iter().map(|change| fields.iter().map(|field| &change[field]).collect()).collect();
    // The largest product of numbers with the sum 30, and the smallest sum of numbers up to 20 with the product 300.
    let expected = [
        json!(["large", "a * b >= 300", 300, 225, -75, true, "problem"]),
        json!(["small", "a + b <= 30", 30, 35, 5, true, "problem"]),
    ];
    assert_eq!(json!(shown), json!(expected));
    assert_eq!(changes[0]["config"], json!({"a": 15, "b": 15}));
    let text = run(CLASH, &["explain", "problem.json"]).exits(1).stdout;
    for part in ["Smallest changes that help", "300  → 225  -75  -25.0 %", "30  → 35    +5  +16.7 %"] {
        assert!(text.contains(part), "{part}: {text}");
    }
    let feasible = run(TILES, &["explain", "problem.json", "--json"]).exits(0).json();
    assert!(feasible.get("relaxations").is_none());
}

#[test]
fn changes_that_leave_another_conflict_say_so() {
    let problem = CLASH.replace("\"a != 7\"", "\"a <= 5\", \"a >= 6\"");
    let explained = run(&problem, &["explain", "problem.json", "--json"]).exits(1).json();
    let scopes: Vec<&serde_json::Value> =
        explained["relaxations"].as_array().unwrap().iter().map(|change| &change["scope"]).collect();
    assert!(!scopes.is_empty() && scopes.iter().all(|scope| *scope == "conflict"), "{explained}");
    let text = run(&problem, &["explain", "problem.json"]).exits(1).stdout;
    assert!(text.contains("leave another") && !text.contains("each by itself"), "{text}");
}
