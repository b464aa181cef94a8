//! Small kernels with one bug each (`planted.cu`): the emulator must name its kind and its line.

use crate::program::{Folder, Program, compile, compiler_is_there};
use constrint::kernel::Element;
use std::sync::OnceLock;

const SOURCE: &str = include_str!("planted.cu");

/// Three orders of threads must all show the fault, as one of `kinds`, at a line that `planted.cu` marks with the bug.
fn check(bug: &str, kinds: &[&str]) {
    if !compiler_is_there() {
        return;
    }
    let (folder, number) = (prepared(), number_of(bug));
    for seed in [1, 2, 3] {
        let said = program().run(&folder, &[("bug", number)], seed).expect_err("the emulator missed it");
        assert!(kinds.iter().any(|kind| said.starts_with(&format!("emulator: {kind}: "))), "{said}");
        // A deadlock shows several places; what is found after the launch has none.
        let places = said.lines().skip(1).take(if kinds == ["deadlock"] { usize::MAX } else { 1 });
        let is_right = kinds == ["unwritten output"] || places.into_iter().any(|place| is_marked(place, bug));
        assert!(is_right, "{said}");
    }
}

/// `  at emulator/planted.cu:59 in neighbours`, where line 59 ends in a comment that names the bug.
fn is_marked(said: &str, bug: &str) -> bool {
    let (_, place) = said.split_once("planted.cu:").expect("a place in the source");
    let number: usize = place.split_once(' ').unwrap().0.parse().unwrap();
    let line = SOURCE.lines().nth(number - 1).unwrap();
    line.split_once("// faulty:").is_some_and(|(_, bugs)| bugs.split_whitespace().any(|name| name == bug))
}

/// Its place in the enumeration `Bug` of `planted.cu`.
fn number_of(bug: &str) -> i64 {
    let (_, list) = SOURCE.split_once("enum Bug {").unwrap();
    let names = list.split_once('}').unwrap().0.split(',').map(str::trim);
    names.zip(0..).find(|(name, _)| *name == bug).expect("a bug of planted.cu").1
}

/// Compiled once for all tests.
fn program() -> &'static Program {
    static PROGRAM: OnceLock<Program> = OnceLock::new();
    PROGRAM.get_or_init(|| compile("planted.cu"))
}

fn prepared() -> Folder {
    let folder = Folder::new();
    let numbers: Vec<f64> = (0..768).map(f64::from).collect();
    folder.write("in", &Element::Fp32.encode(&numbers));
    folder
}

/// Without a bug, nothing is reported, in any order.
#[test]
fn right_kernels_are_left_alone() {
    if !compiler_is_there() {
        return;
    }
    let folder = prepared();
    for seed in 1..=10 {
        program()
            .run(&folder, &[("bug", number_of("none"))], seed)
            .unwrap_or_else(|said| panic!("seed {seed}: {said}"));
    }
    let chain = Element::Fp32.decode(&folder.read("chain")).unwrap();
    let expected: Vec<f64> = (0..4u8).flat_map(|block| [f64::from(block + 1); 64]).collect();
    assert_eq!(chain, expected);
}

macro_rules! planted {
    ($($bug:ident: $($kind:literal),+;)*) => {
        $(#[test] fn $bug() { check(stringify!($bug), &[$($kind),+]); })*
    };
}

// Where an order of threads makes the reader come first, what it reads is not there yet.
planted! {
    missing_barrier: "race", "uninitialized read";
    missing_warp_barrier: "race", "uninitialized read";
    overwritten_too_early: "race";
    missing_wait: "missing wait";
    wait_for_too_few: "missing wait";
    misaligned_vector: "misaligned";
    misaligned_rows: "misaligned";
    tile_beyond_the_end: "out of bounds", "uninitialized read";
    shared_beyond_the_end: "out of bounds";
    never_written: "uninitialized read";
    partial_barrier: "divergence";
    diverged_warp: "divergence";
    wrong_group: "divergence";
    missing_acquire: "race";
    missing_release: "race";
    missing_second_buffer: "race";
    read_not_released: "race";
    flag_never_raised: "deadlock";
    polled_in_vain: "deadlock";
    blocks_not_resident: "deadlock";
    written_while_read_only: "read-only data written";
    source_overwritten: "race";
    output_left_out: "unwritten output";
}
