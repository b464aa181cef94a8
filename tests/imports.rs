//! Which file imports from which: no two from each other, and nobody from above.
//!
//! What still does is listed here by name. A test also fails where something listed no longer does, so the list only shrinks.

#[path = "imports/source.rs"]
mod source;

use source::{Crate, Source};
use std::collections::BTreeSet;

/// Pairs of files that import each other, and are to be untied.
const KNOTS: &[(&str, &str)] = &[
    ("solver/src/language/native/build.rs", "solver/src/language/native/python.rs"),
    ("solver/src/language/native/real/mod.rs", "solver/src/language/native/real/sum.rs"),
    ("solver/src/post/congruence.rs", "solver/src/post/mod.rs"),
    ("solver/src/search/rounds.rs", "solver/src/search/stage.rs"),
    ("solver/src/search/walk/advice.rs", "solver/src/search/walk/mod.rs"),
    ("solver/src/search/walk/mod.rs", "solver/src/search/walk/small.rs"),
    ("solver/src/simplify/cancel.rs", "solver/src/simplify/mod.rs"),
    ("solver/src/simplify/facts.rs", "solver/src/simplify/mod.rs"),
    ("solver/src/simplify/mod.rs", "solver/src/simplify/quotients.rs"),
    ("solver/src/space/best/branch.rs", "solver/src/space/best/optimise.rs"),
    ("solver/src/space/build/root.rs", "solver/src/space/mod.rs"),
    ("solver/src/space/terms/last/bisect.rs", "solver/src/space/terms/last/mod.rs"),
    ("solver/src/space/terms/line.rs", "solver/src/space/terms/sets.rs"),
    ("solver/src/space/terms/polynomial.rs", "solver/src/space/terms/term.rs"),
    ("solver/src/space/terms/table.rs", "solver/src/space/terms/term.rs"),
    ("solver/src/trials/bisection.rs", "solver/src/trials/mod.rs"),
    ("solver/src/trials/learning.rs", "solver/src/trials/mod.rs"),
];

/// The layers of `src`, low to high: a file imports from its own and from those below.
const RANKS: &[&[&str]] = &[
    &["diagnostic"],
    &["file", "child", "tool"],
    &["hardware"],
    &["kernel"],
    &["problem"],
    &["tiling"],
    &["verify"],
    &["config"],
    &["cache"],
    &["solve"],
    &["enumerate", "explain", "trials"],
    &["nvcc", "run"],
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

/// Fails with what is on one side only.
fn assert_same(what: &str, found: &BTreeSet<(String, String)>, listed: &[(&str, &str)]) {
    let listed: BTreeSet<(String, String)> = listed.iter().map(|&(a, b)| (a.into(), b.into())).collect();
    let new: Vec<_> = found.difference(&listed).collect();
    let gone: Vec<_> = listed.difference(found).collect();
    assert!(new.is_empty(), "{what}: {new:#?}");
    assert!(gone.is_empty(), "no longer so, to be taken off the list of this test: {gone:#?}");
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
    assert_same("files that import each other", &knots, KNOTS);
}

/// Of the command, where longer circles are untied too: what stays when files that import from nothing left are taken
/// away, one after the other.
#[test]
fn no_files_of_the_command_import_each_other_in_a_circle() {
    let command = Crate::read("cli/src");
    let mut left: Vec<&Source> = command.sources.iter().collect();
    loop {
        let free = |source: &&Source| {
            !command.imports(source).iter().any(|other| left.iter().any(|there| there.file == other.file))
        };
        let kept: Vec<&Source> = left.iter().copied().filter(|source| !free(source)).collect();
        if kept.len() == left.len() {
            break;
        }
        left = kept;
    }
    let left: Vec<&str> = left.iter().map(|source| source.file.as_str()).collect();
    assert!(left.is_empty(), "these, or what they import from, are in a circle: {left:#?}");
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
    assert!(upward.is_empty(), "layers that import from their own rank or above: {upward:#?}");
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
