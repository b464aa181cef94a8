//! The tiling problem of the fused kernel of `FlashRNN`, the dialect's published client.
//!
//! Nothing of it is kept here: the text is cut out of the package that `tests/fetch-flashrnn.sh` downloads, or that
//! `CONSTRINT_FLASHRNN` points at, and its placeholders are filled in. Without the package the tests say so and pass.

use crate::{model, solutions};
use constrint_solver::explain::{Clash, minimal_conflict};
use constrint_solver::{Options, Outcome, ValueOrder, best_solutions, checker};
use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// Nothing here takes longer, even unoptimised.
const SOON: Duration = Duration::from_secs(20);

/// What the client fills its text in with.
#[derive(Clone, Copy, Debug)]
struct Layer {
    dtype: Dtype,
    gates: i64,
    head_dim: i64,
    heads: i64,
    batch: i64,
    gpu: Gpu,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Dtype {
    Bf16,
    F32,
}

/// As the CUDA runtime reports it.
#[derive(Clone, Copy, Debug)]
struct Gpu {
    threads_per_block: i64,
    registers_per_sm: i64,
    sms: i64,
    opt_in_shared_memory_bytes: i64,
}

const H100: Gpu =
    Gpu { threads_per_block: 1024, registers_per_sm: 65536, sms: 132, opt_in_shared_memory_bytes: 232_448 };
const A100: Gpu = Gpu { sms: 108, opt_in_shared_memory_bytes: 166_912, ..H100 };

/// An LSTM in bf16 on an H100.
const fn lstm(head_dim: i64, heads: i64, batch: i64) -> Layer {
    Layer { dtype: Dtype::Bf16, gates: 4, head_dim, heads, batch, gpu: H100 }
}

impl Layer {
    /// The value of a placeholder, told by the words in it.
    fn value(&self, placeholder: &str) -> i64 {
        let (bytes, batch_step) = if self.dtype == Dtype::F32 { (4, 16) } else { (2, 8) };
        let accumulator_bytes = 4;
        let has = |word: &str| placeholder.contains(word);
        match () {
            () if has("maxThreadsPerBlock") => self.gpu.threads_per_block / 4,
            () if has("regsPerMultiprocessor") => self.gpu.registers_per_sm * (4 / bytes),
            () if has("multiProcessorCount") => self.gpu.sms,
            () if has("sharedMemPerBlockOptin") => (self.gpu.opt_in_shared_memory_bytes - 1024).min(227_000),
            () if has("num_gates") => self.gates,
            () if has("acc_dtype_size //") => accumulator_bytes / bytes,
            () if has("acc_dtype_size") => accumulator_bytes,
            () if has("dtype_size") => bytes,
            () if has("batch_size") => (self.batch + batch_step - 1) / batch_step * batch_step,
            () if has("hidden_dim //") => self.head_dim,
            () if has("hidden_dim") => self.head_dim * self.heads,
            () if has("num_heads") => self.heads,
            () => panic!("an unknown placeholder: {placeholder}"),
        }
    }
}

/// The published problem with its placeholders, and the published order of its variables.
struct Client {
    always: String,
    half: String,
    single: String,
    rest: String,
    order: Vec<(String, ValueOrder)>,
}

impl Client {
    /// Cuts the problem out of the package; none where there is no package.
    fn read() -> Option<Self> {
        let folder = std::env::var_os("CONSTRINT_FLASHRNN").map(PathBuf::from);
        let folder = folder.unwrap_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("target/flashrnn"));
        if !folder.exists() {
            eprintln!("skipped: tests/fetch-flashrnn.sh has not been run");
            return None;
        }
        let source = find(&folder).unwrap_or_else(|| panic!("no source with the problem in {}", folder.display()));
        let (orders, texts) = source.split_once("constraint_str = (").unwrap();
        let mut quoted = texts.split("\"\"\"").skip(1).step_by(2).map(str::to_owned);
        let mut next = || quoted.next().expect("four pieces of text");
        let (always, half, single, rest) = (next(), next(), next(), next());
        let orders = &orders[orders.rfind("value_refinements").unwrap()..];
        let order = orders.split("VR(\"").skip(1).map(|entry| {
            let (name, rest) = entry.split_once('"').unwrap();
            let largest = rest[..rest.find(')').unwrap()].contains("LF");
            (name.to_owned(), if largest { ValueOrder::LargestFirst } else { ValueOrder::SmallestFirst })
        });
        let order: Vec<_> = order.collect();
        assert!(order.len() > 20, "{order:?}");
        Some(Self { always, half, single, rest, order })
    }

    fn text(&self, layer: &Layer) -> String {
        let of_dtype = if layer.dtype == Dtype::F32 { &self.single } else { &self.half };
        let mut text = format!("{}{of_dtype}", self.always);
        let mut pieces = self.rest.split('{');
        text += pieces.next().unwrap();
        for piece in pieces {
            let (placeholder, after) = piece.split_once('}').unwrap();
            text += &layer.value(placeholder).to_string();
            text += after;
        }
        text
    }
}

/// The text of the Python source below the folder that has the problem in it.
fn find(folder: &Path) -> Option<String> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.into_iter().find_map(|path| {
        if path.is_dir() {
            return find(&path);
        }
        let is_source = path.extension().is_some_and(|extension| extension == "py");
        let source = is_source.then(|| std::fs::read_to_string(&path).unwrap())?;
        (source.contains("constraint_str = (") && source.contains("VR(\"")).then_some(source)
    })
}

/// The first solutions in the published order, checked, soon.
fn first(client: &Client, layer: &Layer, count: usize) -> Vec<Vec<i64>> {
    let start = Instant::now();
    let model = model(&client.text(layer));
    let order = client.order.iter().map(|(name, end)| (model.find(name).expect("a variable of the text"), *end));
    let order: Vec<_> = order.collect();
    let options = Options { order: order.clone(), ..Options::default() };
    let (outcome, solutions, statistics) = best_solutions(&model, &options, count);
    assert!(matches!(outcome, Outcome::Optimal(_) | Outcome::Infeasible), "{layer:?}: {outcome:?}");
    println!("{layer:?}: {} solutions, {} nodes, {:.1?}", solutions.len(), statistics.nodes, start.elapsed());
    assert!(start.elapsed() < SOON, "{layer:?}: {:?}", start.elapsed());
    // Larger ranks come later in the published order.
    let rank = |values: &Vec<i64>| -> Vec<i64> {
        let signed = order.iter().map(|(id, end)| (values[id.index()], *end == ValueOrder::LargestFirst));
        signed.map(|(value, largest)| if largest { -value } else { value }).collect()
    };
    let solutions: Vec<Vec<i64>> = solutions.into_iter().map(|solution| solution.values).collect();
    assert!(solutions.is_sorted_by(|a, b| rank(a) <= rank(b)));
    for values in &solutions {
        assert_eq!(checker::is_solution(&model, values), Ok(true), "{layer:?}: {values:?}");
    }
    solutions
}

#[test]
fn the_published_problem_is_solved() {
    let Some(client) = Client::read() else { return };
    for layer in [
        lstm(768, 1, 16),
        lstm(64, 12, 16),
        lstm(256, 3, 8),
        lstm(2048, 1, 16),
        lstm(768, 1, 64),
        Layer { gpu: A100, ..lstm(768, 1, 16) },
        Layer { dtype: Dtype::F32, ..lstm(128, 6, 16) },
        Layer { gates: 1, ..lstm(768, 1, 16) },
    ] {
        assert_eq!(first(&client, &layer, 1).len(), 1, "{layer:?}");
    }
}

/// Its client excludes each configuration that fails to run, up to 25 of them, and asks for the next.
#[test]
fn the_next_best_are_found_as_well() {
    let Some(client) = Client::read() else { return };
    assert_eq!(first(&client, &lstm(768, 1, 16), 26).len(), 26);
}

/// The first does not fit the shared memory of the GPU, the second does not divide into tiles.
#[test]
fn what_has_no_solution_is_refused_with_a_conflict() {
    let Some(client) = Client::read() else { return };
    for layer in [lstm(4096, 1, 16), lstm(100, 1, 8)] {
        assert_eq!(first(&client, &layer, 1), [[0_i64; 0]; 0], "{layer:?}");
        let start = Instant::now();
        let conflict = minimal_conflict(&model(&client.text(&layer)), &Options::default());
        assert!(matches!(&conflict, Clash::Between(statements) if statements.len() > 2), "{conflict:?}");
        assert!(start.elapsed() < SOON, "{layer:?}: {:?}", start.elapsed());
    }
}

/// The halves share only fixed values, so that the solutions of the whole are their products.
#[test]
fn each_half_has_as_many_solutions_as_brute_force_found() {
    let Some(client) = Client::read() else { return };
    for (layer, expected) in [
        (lstm(256, 3, 8), [1_212, 2_842]),
        (lstm(64, 12, 8), [617, 983]),
        (lstm(768, 1, 8), [3_227, 5_814]),
        (lstm(2048, 1, 8), [633, 1_042]),
    ] {
        let text = client.text(&layer);
        for (other, expected) in ["BACKWARD", "FORWARD"].into_iter().zip(expected) {
            let start = Instant::now();
            // Comments go first: they may hold semicolons.
            let lines = text.lines().map(|line| line.split('#').next().unwrap()).collect::<Vec<_>>().join("\n");
            let statements: Vec<&str> = lines.split(';').filter(|statement| !statement.contains(other)).collect();
            let found = solutions(&model(&statements.join(";")));
            println!("{layer:?} without {other}: {} solutions, {:.1?}", found.len(), start.elapsed());
            assert_eq!(found.iter().collect::<HashSet<_>>().len(), expected, "{layer:?} without {other}");
        }
    }
}
