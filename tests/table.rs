//! Dispatch tables: each entry is what `solve` answers, and what the generated code chooses is what a chooser chooses that
//! shares nothing with it.
//!
//! | file | holds |
//! | --- | --- |
//! | `problems.rs` | tables to test with, devices and shapes to ask for |
//! | `chooser.rs` | the rules of a choice, written again |
//! | `programs.rs` | the header compiled by g++, the module by rustc, each asked a list of questions |
//! | `build.rs` | the call of a build script |
//! | `refusals.rs` | bad input |

#[path = "table/build.rs"]
mod build;
#[path = "table/chooser.rs"]
mod chooser;
#[path = "table/problems.rs"]
mod problems;
#[path = "table/programs.rs"]
mod programs;
#[path = "table/refusals.rs"]
mod refusals;

use constrint::table::{Asked, Outcome, Table, solve_table};
use constrint::{Problem, Request, Status, solve};
use problems::{Question, questions};

fn table(text: &str) -> Table {
    let problem = Problem::from_json(text).unwrap_or_else(|error| panic!("{text}: {error}"));
    solve_table(&problem, &Request { threads: 2, ..Request::default() }).unwrap_or_else(|error| panic!("{error}"))
}

#[test]
fn each_entry_is_what_solve_answers() {
    for text in [problems::rows(), problems::MATMUL.to_owned(), problems::LAYERS.to_owned()] {
        let problem = Problem::from_json(&text).unwrap();
        let (table, asked) = (table(&text), Asked::of(&problem).unwrap());
        for entry in &table.entries {
            let answer = solve(&asked.problem(entry.gpu, entry.shape), &Request::default()).unwrap();
            match &entry.outcome {
                Outcome::Found { config, status, configuration } => {
                    assert_eq!((*status, &**config), (answer.status, &answer.configs[0]));
                    let same = &table.configurations[*configuration];
                    let told = |name: &str| ["M", "N", "K", "HEADS", "BATCH", "SEQUENCE"].contains(&name);
                    for (name, value) in same.config.macros.iter().filter(|(name, _)| !told(name)) {
                        assert_eq!(config.macros[name], *value, "{name}");
                    }
                    assert!(same.targets.contains(&table.gpus[entry.gpu].compute_capability));
                }
                Outcome::Missing(missing) => {
                    assert_eq!((missing.status, answer.status), (Status::Infeasible, Status::Infeasible));
                    assert_eq!(missing.conflict, answer.clashing());
                    assert!(!missing.conflict.is_empty());
                }
            }
        }
    }
}

/// Some of the entries have none, or what is passed over would not be tested.
#[test]
fn entries_without_a_configuration_say_what_clashes() {
    let table = table(&problems::rows());
    let missing: Vec<_> = table.entries.iter().filter_map(|entry| entry.missing()).collect();
    assert!(missing.len() > 5 && missing.len() < table.entries.len() / 2, "{}", missing.len());
    assert_eq!(table.status(), Status::Infeasible);
    assert!(
        missing
            .iter()
            .any(|missing| missing.conflict[0].to_string() == "constraints[0] (odd) `(a + b) % 3 != 0`: for the test")
    );
}

#[test]
fn equal_configurations_are_one() {
    for text in [problems::rows(), problems::MATMUL.to_owned(), problems::LAYERS.to_owned()] {
        let table = table(&text);
        for (index, one) in table.configurations.iter().enumerate() {
            for other in &table.configurations[..index] {
                assert_ne!(code(one), code(other));
            }
        }
        let used = |index| table.entries.iter().any(|entry| entry.configuration() == Some(index));
        assert!((0..table.configurations.len()).all(used));
        assert!(table.configurations.len() < table.entries.len(), "{}", table.name);
    }
}

/// The flags without the sizes that the shipped kernels are told at run time.
fn code(configuration: &constrint::table::Configuration) -> Vec<String> {
    let flags = configuration.config.emit(constrint::Form::Flags);
    let told = ["_M=", "_N=", "_K=", "_HEADS=", "_BATCH=", "_SEQUENCE="];
    let is_told = |flag: &&str| {
        flag.contains("_WARP_") || flag.contains("_BLOCK_") || !told.iter().any(|name| flag.contains(name))
    };
    flags.split_whitespace().filter(is_told).map(str::to_owned).collect()
}

/// What the library chooses, by the chooser of this test.
#[test]
fn the_library_chooses_by_the_rules() {
    for text in [problems::rows(), problems::MATMUL.to_owned()] {
        let table = table(&text);
        let mut chosen = 0;
        for Question { device, shape } in questions(&table, 4000) {
            let choice = table.choose(&device, &shape);
            let found = choice.as_ref().map(|choice| (choice.gpu, choice.shape));
            assert_eq!(found, chooser::choose(&table, &device, &shape), "{device:?} {shape}");
            if let Some(choice) = choice {
                chosen += 1;
                assert_eq!(choice.is_same_shape, table.shapes[choice.shape] == shape);
                assert_eq!((choice.entry.gpu, choice.entry.shape), (choice.gpu, choice.shape));
            }
        }
        assert!((1000..3900).contains(&chosen), "{chosen} of 4000");
    }
}
