//! The model of registers against what ptxas gave, over the configurations of `registers/matmul.csv`.
//!
//! The table holds drawn configurations of `matmul` for six targets, each compiled twice with CUDA 13.5: at the number of
//! registers that the model promised, and at the largest that a thread can have. It is made anew by
//!
//! ```text
//! CONSTRINT_BLESS=1 cargo test --test registers -- --ignored
//! ```
//!
//! with nvcc (`tests/install-nvcc.sh`), in about half an hour on two cores. `tests/compile.rs` compiles a smaller number in
//! each run of CI.

#[path = "compile/draw.rs"]
mod draw;

use constrint::config::Config;
use constrint::hardware::find;
use constrint::kernel::Launched;
use constrint::kernel::matmul::Matmul;
use constrint::{Problem, Request, nvcc, solve};
use draw::{GPUS, Random};
use std::fmt::Write as _;
use std::path::Path;

const VARIABLES: [&str; 12] = [
    "block_m",
    "block_n",
    "block_k",
    "warp_m",
    "warp_n",
    "stages",
    "split_k",
    "swizzle",
    "padding_a",
    "padding_b",
    "fragment_buffers",
    "blocks_per_sm",
];
const HEAD: &str = "gpu,m,n,k,block_m,block_n,block_k,warp_m,warp_n,stages,split_k,swizzle,padding_a,padding_b,\
                    fragment_buffers,blocks_per_sm,promised,used,spilled_bytes,unlimited";

fn table() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/registers/matmul.csv")
}

fn problem(gpu: &str, [m, n, k]: [i64; 3]) -> Problem {
    let text =
        format!(r#"{{"version": 1, "kernel": "matmul", "gpu": "{gpu}", "shape": {{"m": {m}, "n": {n}, "k": {k}}}}}"#);
    Problem::from_json(&text).unwrap()
}

/// A feasible configuration with most variables drawn at random, and its shape.
fn drawn(random: &mut Random, gpu: &str) -> ([i64; 3], Config) {
    loop {
        let shape =
            [random.choose(&[64, 1000, 4096]), random.choose(&[100, 4096, 8192]), random.choose(&[36, 333, 4096])];
        let mut problem = problem(gpu, shape);
        let choices: [(&str, &[i64]); 9] = [
            ("block_m", &[64, 128, 256]),
            ("block_n", &[64, 128, 256]),
            ("block_k", &[32, 64]),
            ("warp_m", &[32, 64, 128]),
            ("warp_n", &[32, 64, 128]),
            ("stages", &[2, 3, 4]),
            ("swizzle", &[1, 4]),
            ("fragment_buffers", &[1, 2]),
            ("blocks_per_sm", &[1, 1, 2, 3]),
        ];
        for (name, values) in choices {
            problem.set(name, random.choose(values)).unwrap();
        }
        let mut answer = solve(&problem, &Request::default()).unwrap();
        if !answer.configs.is_empty() {
            return (shape, answer.configs.swap_remove(0));
        }
    }
}

/// A row of the table: compiled as promised, and without a limit.
fn row(nvcc: &Path, gpu: &str, shape: [i64; 3], config: &Config) -> String {
    let capability = find(gpu).unwrap().compute_capability;
    let promised = nvcc::compile(nvcc, config, capability, None).unwrap();
    let mut unlimited = config.clone();
    // As many as a thread can have where the block is alone on its SM.
    let threads = (config.macros["THREADS"] + 127) / 128 * 128;
    unlimited.macros.insert("REGISTERS".to_owned(), (65_536 / threads / 8 * 8).min(255));
    unlimited.macros.insert("MIN_BLOCKS_PER_SM".to_owned(), 1);
    let unlimited = nvcc::compile(nvcc, &unlimited, capability, None).unwrap().registers;
    let mut text = gpu.to_owned();
    let values = VARIABLES.iter().map(|&name| config.values[name]);
    for value in shape.into_iter().chain(values) {
        let _ = write!(text, ",{value}");
    }
    let spilled = promised.spill_store_bytes + promised.spill_load_bytes;
    let said = config.resources.as_ref().unwrap().registers_per_thread;
    text + &format!(",{said},{},{spilled},{unlimited}\n", promised.registers)
}

/// What the model promises is what the table was made with, none of it spilled, and it is not far above what was used.
#[test]
fn the_promise_is_kept_and_close() {
    let text = std::fs::read_to_string(table()).unwrap();
    let mut lines = text.lines();
    assert_eq!(lines.next(), Some(HEAD));
    let (mut beyond, mut by_gpu) = (Vec::new(), [0; 6]);
    for line in lines {
        let (gpu, numbers) = line.split_once(',').unwrap();
        let numbers: Vec<i64> = numbers.split(',').map(|number| number.parse().unwrap()).collect();
        let [m, n, k] = [numbers[0], numbers[1], numbers[2]];
        let values = VARIABLES.iter().map(|name| (*name).to_owned()).zip(numbers[3..15].iter().copied()).collect();
        let [promised, used, spilled, _] = numbers[15..] else { panic!("{line}") };
        let tiling = constrint::tiling::lower(&problem(gpu, [m, n, k])).unwrap();
        let (_, instance) = tiling.kernel.as_ref().unwrap();
        assert_eq!(Matmul.resources(instance, &values).registers_per_thread, promised, "{line}");
        assert!(spilled == 0 && used <= promised, "{line}");
        beyond.push(promised - used);
        by_gpu[GPUS.iter().position(|known| *known == gpu).unwrap()] += 1;
    }
    let count = i64::try_from(beyond.len()).unwrap();
    assert!(count >= 300 && by_gpu.iter().all(|&count| count >= 50), "{by_gpu:?}");
    let (sum, worst) = (beyond.iter().sum::<i64>(), *beyond.iter().max().unwrap());
    println!("registers promised beyond those used, of {count}: {sum} together, worst {worst}");
    assert!(sum <= 10 * count && worst <= 40, "mean {} of {count}, worst {worst}", sum / count);
}

#[test]
#[ignore = "compiles 660 kernels"]
fn the_table_of_registers_is_made() {
    let Some(nvcc) = nvcc::find() else { return eprintln!("skipped: no nvcc") };
    let mut random = Random(77);
    let mut text = format!("{HEAD}\n");
    for index in 0..330 {
        let gpu = GPUS[index % 6];
        let (shape, config) = drawn(&mut random, gpu);
        let line = row(&nvcc, gpu, shape, &config);
        print!("{line}");
        text += &line;
    }
    if std::env::var_os("CONSTRINT_BLESS").is_some() {
        std::fs::write(table(), text).unwrap();
    }
}
