//! The tiling problem of the fused kernel of `FlashRNN`, cut out of its package. The tests and `benches/engine` share it.
//!
//! Nothing of it is kept here: the text comes from the package that `tests/fetch-flashrnn.sh` downloads, or that
//! `CONSTRINT_FLASHRNN` points at, and its placeholders are filled in.

use constrint_solver::{Model, ValueOrder, VarId};
use std::path::{Path, PathBuf};

/// What the client fills its text in with.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Layer {
    pub(crate) dtype: Dtype,
    pub(crate) gates: i64,
    pub(crate) head_dim: i64,
    pub(crate) heads: i64,
    pub(crate) batch: i64,
    pub(crate) gpu: Gpu,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Dtype {
    Bf16,
    F32,
}

/// As the CUDA runtime reports it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Gpu {
    pub(crate) threads_per_block: i64,
    pub(crate) registers_per_sm: i64,
    pub(crate) sms: i64,
    pub(crate) opt_in_shared_memory_bytes: i64,
}

pub(crate) const H100: Gpu =
    Gpu { threads_per_block: 1024, registers_per_sm: 65536, sms: 132, opt_in_shared_memory_bytes: 232_448 };
pub(crate) const A100: Gpu = Gpu { sms: 108, opt_in_shared_memory_bytes: 166_912, ..H100 };

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
pub(crate) struct Client {
    always: String,
    half: String,
    single: String,
    rest: String,
    order: Vec<(String, ValueOrder)>,
}

impl Client {
    /// Cuts the problem out of the package; none where there is no package.
    pub(crate) fn read() -> Option<Self> {
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

    /// The published order, for the variables of a model of the text.
    pub(crate) fn order(&self, model: &Model) -> Vec<(VarId, ValueOrder)> {
        let order = self.order.iter();
        order.map(|(name, end)| (model.find(name).expect("a variable of the text"), *end)).collect()
    }

    /// The text for a layer.
    pub(crate) fn text(&self, layer: &Layer) -> String {
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
