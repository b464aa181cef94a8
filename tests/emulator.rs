//! Runs the shipped kernels on the CPU emulator: their numbers and their synchronisation, without a GPU.
//!
//! | file | holds |
//! | --- | --- |
//! | `emulator.rs` | the matrix product in many configurations, and broken on purpose |
//! | `emulator/rnn_forward.rs` | the recurrent layer, likewise |
//! | `emulator/rnn_backward.rs` | its gradients, likewise |
//! | `emulator/runner.rs` | [`constrint::run::Runner`] on arrays whose results are known |
//! | `emulator/training.rs`, `cuda_runtime/` | the program that trains with both, and the part of CUDA's runtime that it calls |
//! | `emulator/wrappers.rs`, `.cu` | each wrapper of `src/kernel/device` against rounding, products and functions in Rust |
//! | `emulator/fibers.rs`, `.cpp` | switching between the emulator's threads |
//! | `emulator/planted.rs`, `.cu` | small kernels with one bug each |
//! | `emulator/program.rs` | compiling and running drivers |
//! | `emulator/turned.rs` | arrays whose time runs backwards |
//!
//! Each case here compiles the unchanged kernel with `g++ -DCONSTRINT_EMULATOR`, in half a second, and compares its result
//! with one in double precision. The mutants at the end break the kernel on purpose, to see that the emulator notices.
//! Without `g++` the tests say so and pass, unless `CONSTRINT_REQUIRE_NVCC=1` demands that all tools are there.

#[path = "emulator/fibers.rs"]
mod fibers;
#[path = "emulator/planted.rs"]
mod planted;
#[path = "emulator/program.rs"]
mod program;
#[path = "emulator/rnn_backward.rs"]
mod rnn_backward;
#[path = "emulator/rnn_forward.rs"]
mod rnn_forward;
#[path = "emulator/runner.rs"]
mod runner;
#[path = "emulator/training.rs"]
mod training;
#[path = "emulator/turned.rs"]
mod turned;
#[path = "emulator/wrappers.rs"]
mod wrappers;

use program::{OPTIONS, WARNINGS, compiler_is_there, emulator, repository, succeed};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use tempfile::TempDir;

/// A configuration of the matrix product and the shape to run it on.
#[derive(Clone, Copy)]
struct Case {
    block: [u32; 3],
    warp: [u32; 2],
    stages: u32,
    split_k: u32,
    swizzle: u32,
    /// Elements an access to A, B and C.
    vectors: [u32; 3],
    out_f32: bool,
    /// M, N, K.
    shape: [u32; 3],
}

/// Small, typical, and dividing nothing: cases differ from it in what they are about.
const USUAL: Case = Case {
    block: [64, 64, 32],
    warp: [32, 32],
    stages: 3,
    split_k: 1,
    swizzle: 2,
    vectors: [8, 8, 2],
    out_f32: false,
    shape: [100, 136, 120],
};

/// Elements of padding behind a row, so that an odd number of 16-byte pieces lies between two rows.
fn padding(row_elements: u32) -> u32 {
    (row_elements.div_ceil(8) | 1) * 8 - row_elements
}

impl Case {
    fn flags(&self) -> Vec<String> {
        let [block_m, block_n, block_k] = self.block;
        let [warp_m, warp_n] = self.warp;
        let [m, n, k] = self.shape;
        let row_a = block_k + padding(block_k);
        let row_b = block_n + padding(block_n);
        [
            ("BLOCK_M", block_m),
            ("BLOCK_N", block_n),
            ("BLOCK_K", block_k),
            ("WARP_M", warp_m),
            ("WARP_N", warp_n),
            ("STAGES", self.stages),
            ("SPLIT_K", self.split_k),
            ("PADDING_A", padding(block_k)),
            ("PADDING_B", padding(block_n)),
            ("SWIZZLE", self.swizzle),
            ("VECTOR_A", self.vectors[0]),
            ("VECTOR_B", self.vectors[1]),
            ("VECTOR_C", self.vectors[2]),
            ("OUT_F32", u32::from(self.out_f32)),
            ("THREADS", block_m / warp_m * (block_n / warp_n) * 32),
            ("MIN_BLOCKS_PER_SM", 1),
            ("REGISTERS", 255),
            ("SHARED_MEMORY_BYTES", self.stages * (block_m * row_a + block_k * row_b) * 2),
            ("M", m),
            ("N", n),
            ("K", k),
        ]
        .iter()
        .map(|(name, value)| format!("-DCONSTRINT_MATMUL_{name}={value}"))
        .collect()
    }
}

/// Compiles the driver against the kernels in `kernels` and returns the program's path.
fn compile(case: &Case, kernels: &Path, warnings: &[&str], directory: &Path) -> PathBuf {
    let program = directory.join("driver");
    succeed(
        Command::new("g++")
            .args(OPTIONS)
            .args(warnings)
            .args(case.flags())
            .arg("-I")
            .arg(kernels)
            .arg(repository().join("tests/emulator/matmul_driver.cpp"))
            .args(["-x", "none"])
            .arg(emulator())
            .arg("-o")
            .arg(&program),
    );
    program
}

fn run(case: &Case, program: &Path, seed: u32) -> Output {
    Command::new(program)
        .args(case.shape.map(|extent| extent.to_string()))
        .arg(seed.to_string())
        .output()
        .expect("the driver starts")
}

fn text(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

/// Holds the kernel to the exact product, with two orders of threads.
fn check(case: &Case) {
    if !compiler_is_there() {
        return;
    }
    let directory = TempDir::new().expect("a temporary directory");
    let program = compile(case, &repository().join("src/kernel"), &WARNINGS, directory.path());
    for seed in [1, 2] {
        let output = run(case, &program, seed);
        assert!(output.status.success(), "{}", text(&output));
        assert!(text(&output).contains("PASS"), "{}", text(&output));
    }
}

#[test]
fn usual_configuration() {
    check(&USUAL);
}

#[test]
fn one_stage_takes_turns() {
    check(&Case { stages: 1, ..USUAL });
}

#[test]
fn two_stages_keep_one_set_of_fragments() {
    check(&Case { stages: 2, swizzle: 1, ..USUAL });
}

#[test]
fn eight_stages_outnumber_the_tiles() {
    check(&Case { stages: 8, swizzle: 4, ..USUAL });
}

#[test]
fn odd_number_of_steps() {
    check(&Case { block: [64, 64, 48], stages: 4, out_f32: true, ..USUAL });
}

#[test]
fn one_step_a_tile() {
    check(&Case { block: [32, 32, 16], warp: [16, 8], ..USUAL });
}

#[test]
fn vectors_of_four_and_two() {
    check(&Case { vectors: [4, 2, 2], shape: [65, 66, 124], ..USUAL });
}

#[test]
fn single_elements_and_odd_rows() {
    check(&Case { vectors: [1, 1, 1], shape: [33, 65, 67], ..USUAL });
}

#[test]
fn slices_are_summed() {
    check(&Case { split_k: 3, shape: [70, 72, 200], ..USUAL });
}

#[test]
fn more_slices_than_tiles_along_k() {
    check(&Case { split_k: 7, out_f32: true, vectors: [1, 8, 1], shape: [17, 8, 67], ..USUAL });
}

#[test]
fn warps_with_an_odd_number_of_fragments() {
    check(&Case { block: [96, 48, 32], warp: [48, 24], vectors: [8, 4, 1], shape: [100, 52, 64], ..USUAL });
}

#[test]
fn threads_do_not_divide_the_tile() {
    check(&Case { block: [48, 80, 64], warp: [16, 80], stages: 4, shape: [50, 88, 136], ..USUAL });
}

#[test]
fn rows_longer_than_the_block() {
    check(&Case { block: [16, 128, 32], warp: [16, 128], vectors: [2, 2, 2], shape: [10, 130, 70], ..USUAL });
}

#[test]
fn shape_of_one_element() {
    check(&Case { vectors: [1, 1, 1], shape: [1, 1, 1], swizzle: 8, ..USUAL });
}

/// Breaks the kernel by one replacement and expects the emulator to end with `complaint`, and to blame the place `at`.
fn check_mutant(case: &Case, file: &str, from: &str, to: &str, complaint: &str, at: &str) {
    if !compiler_is_there() {
        return;
    }
    let directory = TempDir::new().expect("a temporary directory");
    for folder in ["device", "emulator", "matmul"] {
        copy_folder(&repository().join("src/kernel").join(folder), &directory.path().join(folder));
    }
    let path = directory.path().join("matmul").join(file);
    let source = fs::read_to_string(&path).expect("the kernel's source");
    assert!(source.contains(from), "{file} no longer contains {from:?}");
    fs::write(&path, source.replacen(from, to, 1)).expect("a changed source");
    // Compiled for one run: what takes longest is the compiler.
    let program = compile(case, directory.path(), &["-w", "-O0"], directory.path());
    let output = run(case, &program, 1);
    assert!(!output.status.success(), "the emulator missed it: {}", text(&output));
    assert!(text(&output).contains(complaint), "{}", text(&output));
    assert!(text(&output).contains(at), "{}", text(&output));
}

fn copy_folder(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder");
    for entry in fs::read_dir(from).expect("a folder of kernels") {
        let entry = entry.expect("a file");
        if entry.path().is_file() {
            fs::copy(entry.path(), to.join(entry.file_name())).expect("a copy");
        }
    }
}

/// The function that reads fragments of A.
const LOAD: &str = " in load_a";

const WAIT: &str = "device::wait_async_copies<tiles_in_flight>();\n        device::block_barrier();";

#[test]
fn notices_a_missing_wait() {
    check_mutant(&USUAL, "pipeline.cuh", WAIT, "device::block_barrier();", "missing wait", LOAD);
}

#[test]
fn notices_a_wait_for_one_group_too_few() {
    check_mutant(&USUAL, "pipeline.cuh", "stages - 2 : 0", "stages - 1 : 0", "missing wait", LOAD);
}

#[test]
fn notices_a_missing_barrier_after_the_wait() {
    let wait = "device::wait_async_copies<tiles_in_flight>();";
    // Where the reader comes first, nobody has even asked for the data.
    check_mutant(&USUAL, "pipeline.cuh", WAIT, wait, "dynamic shared memory", LOAD);
}

#[test]
fn notices_a_missing_barrier_before_overwriting() {
    let barrier = "another warp still reads it.\n            device::block_barrier();";
    let case = Case { stages: 1, ..USUAL };
    check_mutant(
        &case,
        "pipeline.cuh",
        barrier,
        "another warp still reads it.",
        "a barrier is missing",
        " matmul/tile_copy.cuh:",
    );
}

#[test]
fn notices_a_missing_commit() {
    check_mutant(&USUAL, "pipeline.cuh", "device::commit_async_copies();", "", "missing wait", LOAD);
}

#[test]
fn notices_a_read_outside_of_the_matrix() {
    let question = "return rows_to(pass) < rows_seen;";
    check_mutant(
        &USUAL,
        "tile_copy.cuh",
        question,
        "return rows_seen > 0;",
        "out of bounds",
        "at matmul/tile_copy.cuh:",
    );
}

#[test]
fn notices_a_write_outside_of_the_matrix() {
    check_mutant(
        &USUAL,
        "epilogue.cuh",
        "if (this_row >= rows) continue;",
        "",
        "out of bounds",
        "at matmul/epilogue.cuh:",
    );
}

#[test]
fn notices_a_tile_that_is_computed_twice() {
    let columns = "device::minimum(width, tile_columns - first_column)";
    // Three columns of tiles, walked in groups of two: the last group has only one.
    check_mutant(&USUAL, "schedule.cuh", columns, "width", "FAIL", "FAIL");
}

#[test]
fn notices_misaligned_vectors() {
    let store = "if (column < columns) store_pair(row + column,";
    let skewed = "if (column < columns) store_pair(row + column + 1,";
    check_mutant(&USUAL, "epilogue.cuh", store, skewed, "misaligned", "at matmul/epilogue.cuh:");
}

/// The halves of a fragment of B swapped: no rule of order is broken, only the numbers are.
#[test]
fn notices_a_wrong_fragment() {
    check_mutant(&USUAL, "warp_tile.cuh", "fragments.b[j][1] = pair[1]", "fragments.b[j][1] = pair[0]", "FAIL", "FAIL");
}

#[test]
fn notices_a_barrier_for_a_part_of_the_block() {
    let part = "device::wait_async_copies<tiles_in_flight>();\n        if (threadIdx.x < 96) device::block_barrier();";
    check_mutant(&USUAL, "pipeline.cuh", WAIT, part, "emulator: ", " matmul/");
}
