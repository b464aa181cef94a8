//! Which file imports from which: no two from each other, and nobody from above.
//!
//! What still does is listed here by name. A test also fails where something listed no longer does, so the lists only shrink.

#[path = "imports/source.rs"]
mod source;

use source::{Crate, Source};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Debug;

/// Pairs of files that import each other, and are to be untied.
const KNOTS: &[(&str, &str)] = &[
    ("cli/src/failure.rs", "cli/src/output.rs"),
    ("cli/src/output.rs", "cli/src/stopped.rs"),
    ("cli/src/report/binding.rs", "cli/src/report/mod.rs"),
    ("cli/src/report/clash.rs", "cli/src/report/mod.rs"),
    ("cli/src/report/mod.rs", "cli/src/report/resources.rs"),
    ("cli/src/rows/mod.rs", "cli/src/rows/parquet.rs"),
    ("cli/src/rows/mod.rs", "cli/src/rows/text.rs"),
    ("src/error/mod.rs", "src/results/mod.rs"),
    ("src/error/mod.rs", "src/trials/mod.rs"),
    ("src/explain/hardware.rs", "src/explain/nearest.rs"),
    ("src/hardware/detect/assemble.rs", "src/hardware/detect/mod.rs"),
    ("src/hardware/detect/driver.rs", "src/hardware/detect/mod.rs"),
    ("src/hardware/detect/mod.rs", "src/hardware/detect/reading.rs"),
    ("src/hardware/mig.rs", "src/hardware/spec.rs"),
    ("src/kernel/matmul/mod.rs", "src/kernel/matmul/statement.rs"),
    ("src/kernel/matmul/mod.rs", "src/kernel/mod.rs"),
    ("src/kernel/mod.rs", "src/kernel/rnn_forward/mod.rs"),
    ("src/kernel/rnn_forward/mod.rs", "src/kernel/rnn_forward/statement.rs"),
    ("src/kernel/rnn_forward/mod.rs", "src/kernel/rnn_forward/tile.rs"),
    ("src/problem/python/evaluate.rs", "src/problem/python/mod.rs"),
    ("src/problem/python/evaluate.rs", "src/problem/python/number.rs"),
    ("src/problem/python/functions.rs", "src/problem/python/tree.rs"),
    ("src/problem/read.rs", "src/problem/t1/mod.rs"),
    ("src/results/csv.rs", "src/results/mod.rs"),
    ("src/run/mod.rs", "src/run/program.rs"),
    ("src/tiling.rs", "src/tiling/described.rs"),
];

/// Files that import from each other in a longer way round, whole groups of them, and are to be untied.
const LOOPS: &[&[&str]] = &[
    &[
        "cli/src/failure.rs",
        "cli/src/output.rs",
        "cli/src/progress.rs",
        "cli/src/report/binding.rs",
        "cli/src/report/clash.rs",
        "cli/src/report/mod.rs",
        "cli/src/report/resources.rs",
        "cli/src/sides.rs",
        "cli/src/stopped.rs",
        "cli/src/table.rs",
    ],
    &["cli/src/rows/mod.rs", "cli/src/rows/parquet.rs", "cli/src/rows/text.rs"],
    &[
        "src/cache/canonical.rs",
        "src/cache/entry.rs",
        "src/cache/mod.rs",
        "src/config.rs",
        "src/error/mod.rs",
        "src/kernel/described.rs",
        "src/kernel/device/mod.rs",
        "src/kernel/matmul/cost.rs",
        "src/kernel/matmul/mod.rs",
        "src/kernel/matmul/statement.rs",
        "src/kernel/mod.rs",
        "src/kernel/rnn_forward/cells.rs",
        "src/kernel/rnn_forward/cost.rs",
        "src/kernel/rnn_forward/mod.rs",
        "src/kernel/rnn_forward/statement.rs",
        "src/kernel/rnn_forward/tile.rs",
        "src/problem/kernel_tuner.rs",
        "src/problem/mod.rs",
        "src/problem/truth.rs",
        "src/problem/unique.rs",
        "src/problem/value.rs",
        "src/results/csv.rs",
        "src/results/mod.rs",
        "src/solve.rs",
        "src/tiling.rs",
        "src/tiling/described.rs",
        "src/trials/mod.rs",
        "src/verify.rs",
    ],
    &["src/explain/hardware.rs", "src/explain/nearest.rs"],
    &[
        "src/hardware/detect/assemble.rs",
        "src/hardware/detect/driver.rs",
        "src/hardware/detect/mod.rs",
        "src/hardware/detect/reading.rs",
        "src/hardware/mig.rs",
        "src/hardware/spec.rs",
    ],
    &[
        "src/problem/python/evaluate.rs",
        "src/problem/python/functions.rs",
        "src/problem/python/mod.rs",
        "src/problem/python/number.rs",
        "src/problem/python/parser.rs",
        "src/problem/python/tree.rs",
    ],
    &["src/problem/read.rs", "src/problem/t1/mod.rs"],
    &["src/run/mod.rs", "src/run/program.rs"],
];

/// The layers of `src`, low to high: a file imports from its own and from those below.
const RANKS: &[&[&str]] = &[
    &["file", "child", "hardware"],
    &["kernel", "cost"],
    &["problem"],
    &["tiling"],
    &["config", "verify"],
    &["cache"],
    &["solve"],
    &["enumerate", "explain", "trials"],
    &["nvcc", "run"],
    &["results"],
    &["build_time"],
    &["error"],
];

/// Layers that import from above, each with the layer it imports from.
const UPWARD: &[(&str, &str)] = &[
    ("build_time", "error"),
    ("cache", "error"),
    ("config", "error"),
    ("config", "verify"),
    ("enumerate", "error"),
    ("file", "error"),
    ("hardware", "error"),
    ("kernel", "config"),
    ("kernel", "cost"),
    ("kernel", "error"),
    ("kernel", "problem"),
    ("kernel", "run"),
    ("nvcc", "error"),
    ("problem", "error"),
    ("results", "error"),
    ("run", "error"),
    ("run", "nvcc"),
    ("solve", "error"),
    ("tiling", "error"),
    ("trials", "error"),
];

fn library() -> Crate {
    Crate::read("src")
}

fn solver() -> Crate {
    Crate::read("solver/src")
}

/// The groups of files of which each imports from each, directly or through others, in the order of their names.
fn loops_of(of: &Crate) -> BTreeSet<Vec<String>> {
    let imports: BTreeMap<&str, Vec<&str>> = of
        .sources
        .iter()
        .map(|source| (source.file.as_str(), of.imports(source).into_iter().map(|other| other.file.as_str()).collect()))
        .collect();
    let below: BTreeMap<&str, BTreeSet<&str>> = imports.keys().map(|&file| (file, reached(&imports, file))).collect();
    let group = |&file: &&str| -> Vec<String> {
        let back = below[file].iter().filter(|&&other| below[other].contains(file));
        back.map(|&other| other.to_owned()).collect()
    };
    imports.keys().map(group).filter(|group| !group.is_empty()).collect()
}

/// What a file imports from, directly or through others.
fn reached<'a>(imports: &BTreeMap<&'a str, Vec<&'a str>>, file: &str) -> BTreeSet<&'a str> {
    let mut reached = BTreeSet::new();
    let mut pending = imports[file].clone();
    while let Some(other) = pending.pop() {
        if reached.insert(other) {
            pending.extend(&imports[other]);
        }
    }
    reached
}

/// Fails with what is on one side only.
fn assert_same<T: Ord + Debug>(what: &str, found: &BTreeSet<T>, listed: &BTreeSet<T>) {
    let new: Vec<_> = found.difference(listed).collect();
    let gone: Vec<_> = listed.difference(found).collect();
    assert!(new.is_empty(), "{what}: {new:#?}");
    assert!(gone.is_empty(), "no longer so, to be taken off the list of this test: {gone:#?}");
}

fn pairs(listed: &[(&str, &str)]) -> BTreeSet<(String, String)> {
    listed.iter().map(|&(a, b)| (a.into(), b.into())).collect()
}

#[test]
fn no_two_files_import_each_other() {
    let mut knots = BTreeSet::new();
    for of in [library(), solver(), Crate::read("cli/src")] {
        for source in &of.sources {
            for other in of.imports(source) {
                if source.file < other.file && of.imports(other).iter().any(|back| back.file == source.file) {
                    knots.insert((source.file.clone(), other.file.clone()));
                }
            }
        }
    }
    assert_same("files that import each other", &knots, &pairs(KNOTS));
}

#[test]
fn no_files_import_in_a_ring() {
    let loops = [library(), solver(), Crate::read("cli/src")].iter().flat_map(loops_of).collect();
    let listed = LOOPS.iter().map(|group| group.iter().map(|&file| file.to_owned()).collect()).collect();
    assert_same("files that import each other through others", &loops, &listed);
}

#[test]
fn no_layer_imports_from_above() {
    let library = library();
    let rank = |layer: &str| {
        let place = RANKS.iter().position(|rank| rank.contains(&layer));
        place.unwrap_or_else(|| panic!("{layer} has no rank: see RANKS in {}", file!()))
    };
    let mut upward = BTreeSet::new();
    for source in library.sources.iter().filter(|source| !source.module.is_empty()) {
        for other in library.imports(source).into_iter().filter(|other| !other.module.is_empty()) {
            let (from, to) = (source.layer(), other.layer());
            if from != to && rank(from) <= rank(to) {
                upward.insert((from.to_owned(), to.to_owned()));
            }
        }
    }
    assert_same("layers that import from their own rank or above", &upward, &pairs(UPWARD));
}

/// None of the files imports one of these modules.
fn assert_without(of: &Crate, files: &[&str], without: &[&str]) {
    let chosen: Vec<&Source> = of.sources.iter().filter(|source| files.contains(&source.layer())).collect();
    assert!(!chosen.is_empty(), "{files:?} are gone");
    for source in chosen {
        for other in of.imports(source) {
            assert!(!without.contains(&other.layer()), "{} imports {}", source.file, other.file);
        }
    }
}

#[test]
fn the_solver_knows_no_gpu() {
    for source in &solver().sources {
        assert!(!source.crates.contains("constrint"), "{} imports from constrint", source.file);
        let about = source.names.iter().find(|name| ["gpu", "cuda", "kernel"].iter().any(|word| name.contains(word)));
        assert_eq!(about, None, "in {}", source.file);
    }
}

#[test]
fn verify_knows_no_solver() {
    let library = library();
    for source in
        library.sources.iter().filter(|source| source.layer() == "verify" || source.file.ends_with("/verify.rs"))
    {
        assert!(!source.crates.contains("constrint_solver"), "{}", source.file);
    }
}

#[test]
fn the_engine_knows_no_constraint() {
    let solver = solver();
    let others = ["propagators", "post", "language", "relax", "search"];
    assert_without(&solver, &["domain"], &others);
    let engine = ["engine", "store", "trail", "propagator", "function"];
    assert_without(&solver, &engine, &[&others[..], &["model"]].concat());
}

#[test]
fn the_checker_knows_no_propagator() {
    let others =
        ["propagators", "propagator", "engine", "store", "domain", "post", "relax", "search", "boxes", "space"];
    assert_without(&solver(), &["checker"], &others);
}

#[test]
fn what_a_path_means_is_found() {
    let of = Crate::parse(&[
        ("lib.rs", "mod a; mod b; pub use a::Thing;"),
        (
            "a/mod.rs",
            "mod inner; pub use inner::Inner; use crate::b::{self, other::{Deep as D}, Two}; #[cfg(test)] mod tests;",
        ),
        ("a/inner.rs", "fn f() -> u8 { super::super::b::call() } #[cfg(test)] mod tests { use crate::c::Never; }"),
        ("a/tests.rs", "use crate::c::Never;"),
        ("b/mod.rs", "pub mod other; use constrint_solver::Model;"),
        ("b/other.rs", "use super::Two;"),
        ("c.rs", "use self::missing::Thing; use std::fmt;"),
    ]);
    let imports = |file: &str| {
        let source = of.sources.iter().find(|source| source.file == file).unwrap();
        of.imports(source).into_iter().map(|other| other.file.as_str()).collect::<Vec<_>>()
    };
    assert_eq!(imports("lib.rs"), Vec::<&str>::new(), "it passes on what is its own");
    assert_eq!(imports("a/mod.rs"), ["b/mod.rs", "b/other.rs"]);
    assert_eq!(imports("a/inner.rs"), ["b/mod.rs"]);
    assert_eq!(imports("b/other.rs"), ["b/mod.rs"]);
    assert_eq!(imports("c.rs"), Vec::<&str>::new());
    assert!(of.sources.iter().all(|source| source.file != "a/tests.rs"), "tests may import what they like");
    assert!(of.sources.iter().any(|source| source.crates.contains("constrint_solver")));
}
