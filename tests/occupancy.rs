//! The occupancy rules of `src/hardware` against NVIDIA's own `cuda_occupancy.h`, on random queries.
//!
//! The header comes with nvcc: `tests/install-nvcc.sh` installs it below `target/cuda`, or `CONSTRINT_CUDA_INCLUDE`
//! names its directory. Without header or C compiler the test tells so and passes, unless `CONSTRINT_REQUIRE_NVCC=1`
//! asks it to fail. The rules are those of CUDA 13.5; up to 12.9 the header forgot the driver's reserve in `dyn`.

#[path = "occupancy/constraints.rs"]
mod constraints;

use std::env;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;

use constrint::hardware::batch::answer_line;
use constrint::hardware::catalog;

const HEADER: &str = "cuda_occupancy.h";
const RANDOM_LINES: usize = 100_000;
/// Of the long comparison, which is not run by default: `cargo test --release --test occupancy -- --ignored`.
const MANY_RANDOM_LINES: usize = 1_000_000;

#[test]
fn random_queries_are_answered_as_by_the_header() {
    compare(&random_lines(0x00c0_ffee, RANDOM_LINES));
}

#[test]
#[ignore = "takes minutes without optimisation"]
fn a_million_random_queries_are_answered_as_by_the_header() {
    compare(&random_lines(0x5eed_1e55, MANY_RANDOM_LINES));
}

/// So many queries, drawn from this seed.
fn random_lines(seed: u64, count: usize) -> String {
    let mut random = Random(seed);
    let compute_capabilities: Vec<String> =
        catalog().capabilities().iter().map(|row| row.compute_capability.to_string()).collect();
    (0..count).map(|_| random.query(&compute_capabilities)).collect()
}

#[test]
fn corner_cases_are_answered_as_by_the_header() {
    compare(include_str!("occupancy/corner_cases.txt"));
}

/// Asks both sides every line and panics at the first answers that differ.
fn compare(lines: &str) {
    let directory = tempfile::tempdir().expect("a temporary directory");
    let Some(program) = build_program(directory.path()) else { return };
    let expected = ask(&program, lines);
    let asked: Vec<(&str, String)> = lines.lines().filter_map(|line| Some((line, answer_line(line)?))).collect();
    assert_eq!(expected.lines().count(), asked.len(), "as many answers as queries");
    for ((line, answer), expected) in asked.iter().zip(expected.lines()) {
        assert_eq!(answer, expected, "{line}");
    }
}

/// The compiled front end of the header; `None`, with the reason on stderr, if it cannot be built here.
fn build_program(directory: &Path) -> Option<PathBuf> {
    let Some(include) = find_header() else {
        skip(&format!("no {HEADER} below target/cuda: run tests/install-nvcc.sh or set CONSTRINT_CUDA_INCLUDE"));
        return None;
    };
    let program = directory.join("occupancy_header");
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/occupancy/occupancy_header.c");
    let compiler = env::var("CC").unwrap_or_else(|_| "cc".to_owned());
    let arguments = ["-O2", "-std=gnu11", "-I"];
    let status = Command::new(&compiler).args(arguments).arg(include).arg("-o").arg(&program).arg(source).status();
    match status {
        Ok(status) => {
            assert!(status.success(), "{compiler} refused occupancy_header.c");
            Some(program)
        }
        Err(error) => {
            skip(&format!("no C compiler `{compiler}`: {error}"));
            None
        }
    }
}

/// Says why nothing is compared; that is a failure where the comparison is required.
fn skip(reason: &str) {
    let required = env::var("CONSTRINT_REQUIRE_NVCC").is_ok_and(|value| value == "1");
    assert!(!required, "{reason}");
    eprintln!("skipped: {reason}");
}

/// The directory of the header.
fn find_header() -> Option<PathBuf> {
    match env::var_os("CONSTRINT_CUDA_INCLUDE") {
        Some(directory) => Some(PathBuf::from(directory)).filter(|directory| directory.join(HEADER).is_file()),
        None => find_below(&Path::new(env!("CARGO_MANIFEST_DIR")).join("target/cuda")),
    }
}

/// The first directory in alphabetical order that holds the header. Links are not followed, since a virtual
/// environment may link back to itself.
fn find_below(directory: &Path) -> Option<PathBuf> {
    if directory.join(HEADER).is_file() {
        return Some(directory.to_owned());
    }
    let entries = fs::read_dir(directory).ok()?.flatten();
    let mut directories: Vec<PathBuf> =
        entries.filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir())).map(|entry| entry.path()).collect();
    directories.sort();
    directories.iter().find_map(|directory| find_below(directory))
}

/// What the program prints for the lines.
fn ask(program: &Path, lines: &str) -> String {
    let mut child = Command::new(program)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the program that was just built starts");
    let mut stdin = child.stdin.take().expect("stdin is piped");
    let output = thread::scope(|scope| {
        // Written beside the reading: either pipe alone would fill and block both.
        scope.spawn(move || stdin.write_all(lines.as_bytes()).expect("the program reads all lines"));
        child.wait_with_output().expect("the program ends")
    });
    assert!(output.status.success());
    String::from_utf8(output.stdout).expect("answers are text")
}

/// Knuth's linear congruential generator for 64 bits: the same queries on every machine.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        self.0 >> 33
    }

    fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }

    fn between(&mut self, low: u64, high: u64) -> u64 {
        low + self.below(high - low + 1)
    }

    fn pick<'a, T>(&mut self, choices: &'a [T]) -> &'a T {
        let index = usize::try_from(self.below(choices.len() as u64)).expect("an index of a slice");
        &choices[index]
    }

    /// One line of one of the three forms, with its line break.
    fn query(&mut self, compute_capabilities: &[String]) -> String {
        let compute_capability = self.spelling(compute_capabilities);
        let (registers, threads, bytes) = (self.registers(), self.threads(), self.bytes());
        match self.below(10) {
            0 => format!("dyn {compute_capability} {registers} {threads} {} {bytes}\n", self.between(0, 33)),
            1 => format!("best {compute_capability} {registers} {bytes}\n"),
            _ => format!("{compute_capability} {registers} {threads} {bytes}{}\n", self.options(bytes)),
        }
    }

    /// One of the ways to write one of the compute capabilities.
    fn spelling(&mut self, compute_capabilities: &[String]) -> String {
        let number = self.pick(compute_capabilities);
        let digits = number.replace('.', "");
        match self.below(4) {
            0 => digits,
            1 => format!("sm_{digits}"),
            2 => format!("sm_{digits}a"),
            _ => number.clone(),
        }
    }

    /// Any number of registers, the multiples of the allocation unit and their neighbours most often.
    fn registers(&mut self) -> u64 {
        if self.below(2) == 0 { self.between(0, 260) } else { (8 * self.between(0, 32)) + self.below(2) }
    }

    /// Any number of threads, whole warps and their neighbours most often.
    fn threads(&mut self) -> u64 {
        if self.below(2) == 0 { self.between(1, 1100) } else { 32 * self.between(1, 33) + self.below(3) - 1 }
    }

    /// A size of shared memory: small, any, or beside a multiple of 1 KiB or of the allocation unit, where rounding
    /// and limits turn.
    fn bytes(&mut self) -> u64 {
        match self.below(6) {
            0 => 0,
            1 => self.between(0, 4096),
            2 => self.between(0, 240_000),
            3 => (1024 * self.between(1, 233) + self.below(3)) - 1,
            4 => (128 * self.between(1, 900) + self.below(3)) - 1,
            _ => 1024 * self.pick(&[1, 8, 16, 32, 47, 48, 49, 63, 64, 96, 99, 100, 113, 131, 163, 164, 195, 227, 228]),
        }
    }

    /// The optional columns, from none to all.
    fn options(&mut self, dynamic_bytes: u64) -> String {
        let static_bytes = if self.below(3) == 0 { self.bytes() } else { self.below(2048) };
        let carveout = self.carveout();
        let barriers = if self.below(3) == 0 { self.between(0, 16) } else { 1 };
        let opt_in = self.opt_in(dynamic_bytes);
        let columns = [String::new(), static_bytes.to_string(), carveout, barriers.to_string(), opt_in];
        let count = usize::try_from(self.below(5)).expect("a small number");
        columns[..=count].join(" ")
    }

    /// None, a percentage, or now and then one that is out of range.
    fn carveout(&mut self) -> String {
        match self.below(20) {
            0 => "101".to_owned(),
            1 => "-2".to_owned(),
            2..8 => "-1".to_owned(),
            8 => "0".to_owned(),
            9 => "100".to_owned(),
            _ => self.between(0, 100).to_string(),
        }
    }

    /// Never, as needed, exactly, too little or more than needed.
    fn opt_in(&mut self, dynamic_bytes: u64) -> String {
        match self.below(5) {
            0 => "-1".to_owned(),
            1 => "-2".to_owned(),
            2 => dynamic_bytes.to_string(),
            3 => dynamic_bytes.saturating_sub(1).to_string(),
            _ => self.bytes().to_string(),
        }
    }
}
