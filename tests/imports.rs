//! Which file imports from which: no two from each other, and nobody from above.
//!
//! A path counts wherever it stands, also in a macro, and means the file that has what it names, whichever module passes it on.

#[path = "imports/source.rs"]
mod source;

use source::{Crate, Source};
use std::collections::{BTreeMap, BTreeSet};

/// The layers of `src`, low to high: a file imports from its own and from those below.
const RANKS: &[&[&str]] = &[
    &["diagnostic"],
    &["file", "child", "json_keys", "tool"],
    &["hardware"],
    &["kernel"],
    &["problem"],
    &["tiling"],
    &["verify"],
    &["config"],
    &["cache"],
    &["solve"],
    &["enumerate", "explain", "table", "trials"],
    &["nvcc", "run"],
    &["device"],
    &["tune"],
    &["results"],
    &["build_time"],
    &["error"],
];

fn library() -> Crate {
    Crate::read("src")
}

fn solver() -> Crate {
    Crate::read("solver/src")
}

/// The groups of files of which each imports from each, directly or through others, in the order of their names.
fn rings_of(of: &Crate) -> BTreeSet<Vec<String>> {
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
    assert!(knots.is_empty(), "files that import each other: {knots:#?}");
}

#[test]
fn no_files_import_in_a_ring() {
    let rings: BTreeSet<Vec<String>> =
        [library(), solver(), Crate::read("cli/src")].iter().flat_map(rings_of).collect();
    assert!(rings.is_empty(), "files that import each other through others: {rings:#?}");
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
                upward.insert((source.file.clone(), other.file.clone()));
            }
        }
    }
    assert!(upward.is_empty(), "files that import from a layer of their own rank or above: {upward:#?}");
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
    // What a kernel says in plain arithmetic of the limits that it states as constraints, and how it is run.
    let plain = [
        ("matmul", &["limits.rs", "tile.rs", "verify.rs"][..]),
        ("recurrent", &["limits.rs", "tile.rs", "sizes.rs", "cells/mod.rs"]),
        ("recurrent/forward", &["tile.rs", "registers.rs", "verify.rs"]),
        ("recurrent/backward", &["tile.rs", "registers.rs", "verify.rs"]),
    ];
    let of_folder = |(folder, files): (&str, &[&str])| -> Vec<String> {
        files.iter().map(|file| format!("src/kernel/{folder}/{file}")).collect()
    };
    let plain = plain.map(of_folder).concat();
    for file in &plain {
        assert!(library.sources.iter().any(|source| source.file == *file), "{file} is gone");
    }
    for source in library
        .sources
        .iter()
        .filter(|source| source.layer() == "verify" || plain.iter().any(|end| source.file.ends_with(end)))
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

/// The rooms of the space, low to high: a file imports from its own and from those below.
#[test]
fn no_room_of_the_space_imports_from_above() {
    const ROOMS: &[&[&str]] =
        &[&["stack"], &["error"], &["budget"], &["terms", "diagram"], &["solutions"], &["build"], &["rows"], &["best"]];
    let solver = solver();
    let rank = |source: &Source| {
        let room = (source.layer() == "space").then(|| source.module.get(1)).flatten()?;
        let rank = ROOMS.iter().position(|rooms| rooms.contains(&room.as_str()));
        Some((room.clone(), rank.unwrap_or_else(|| panic!("{room} has no rank: see ROOMS in {}", file!()))))
    };
    for source in &solver.sources {
        let Some((from, above)) = rank(source) else { continue };
        for other in solver.imports(source) {
            let fine = rank(other).is_none_or(|(to, below)| from == to || below < above);
            assert!(fine, "{} imports {}", source.file, other.file);
        }
    }
}

#[test]
fn no_propagator_knows_another() {
    let solver = solver();
    let family = |source: &Source| (source.layer() == "propagators").then(|| source.module.get(1).cloned()).flatten();
    for source in &solver.sources {
        let Some(own) = family(source) else { continue };
        for other in solver.imports(source) {
            assert!(family(other).is_none_or(|other| other == own), "{} imports {}", source.file, other.file);
        }
    }
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
