//! The Rust module of a table: to be included, without the standard library.

use super::names::{Names, camel_case};
use super::{Entry, Table};
use crate::config::Config;
use crate::hardware::reported_names;
use crate::kernel::Resources;
use itertools::Itertools;
use std::fmt::Write as _;

impl Table {
    /// A Rust module for `include!`, which needs nothing but `core`.
    pub fn to_rust(&self) -> String {
        let names = Names::of(self).in_rust();
        let mut out = self.head().iter().map(|line| format!("// {line}").trim_end().to_owned() + "\n").join("");
        out.push('\n');
        out += &types(&names);
        out += &self.rust_data(&names);
        out += &functions(&names);
        out
    }

    fn rust_data(&self, names: &Names) -> String {
        let order = self.shape_order();
        let mut out = String::new();
        let gpus = self.gpus.iter().map(|gpu| {
            let all = reported_names(gpu).iter().map(|name| format!("{name:?}")).join(", ");
            let (capability, name) = (gpu.compute_capability, &gpu.name);
            format!(
                "    Gpu {{ name: {name:?}, reported_names: &[{all}], major: {}, minor: {}, sms: {}, memory_bytes: {} }},\n",
                capability.major, capability.minor, gpu.sms, gpu.memory_bytes
            )
        });
        let shapes = order.iter().map(|&index| format!("    {},\n", self.rust_shape(index, names)));
        let configs = self.configurations.iter().map(|configuration| {
            let fields = names.constants.iter().zip(configuration.config.constants());
            format!("    Config {{ {} }},\n", fields.map(|(name, (_, value))| format!("{name}: {value}")).join(", "))
        });
        let entries = (0..self.gpus.len()).cartesian_product(order.iter().enumerate());
        let entries = entries.map(|(gpu, (place, &shape))| entry_value(self.entry(gpu, shape), place, names));
        list(&mut out, "The GPUs of the table.", "GPUS", "Gpu", &gpus.collect::<Vec<_>>());
        list(&mut out, "The shapes of the table, smaller ones first.", "SHAPES", "Shape", &shapes.collect::<Vec<_>>());
        list(&mut out, "The configurations, each once.", "CONFIGS", "Config", &configs.collect::<Vec<_>>());
        let what = "All shapes of the first GPU, then those of the second, and so on.";
        list(&mut out, what, "ENTRIES", "Entry", &entries.collect::<Vec<_>>());
        out
    }

    fn rust_shape(&self, index: usize, names: &Names) -> String {
        let shape = &self.shapes[index];
        let sizes = names.sizes.iter().zip(shape.sizes.values()).map(|(name, size)| format!("{name}: {size}"));
        let words = names.choices.iter().zip(shape.words.values().chain(&shape.dtype));
        let words =
            words.map(|(choice, word)| format!("{}: {}::{}", choice.name, choice.type_name(), camel_case(word)));
        format!("Shape {{ {} }}", sizes.chain(words).join(", "))
    }
}

fn list(out: &mut String, what: &str, name: &str, of: &str, lines: &[String]) {
    let _ = write!(
        out,
        "/// {what}\n#[allow(dead_code)]\npub static {name}: [{of}; {}] = [\n{}];\n\n",
        lines.len(),
        lines.concat()
    );
}

fn entry_value(entry: &Entry, place: usize, names: &Names) -> String {
    let config = entry.configuration().map_or("None".to_owned(), |index| format!("Some({index})"));
    let launches: Vec<String> = match entry.config() {
        Some(config) => config.launches().iter().map(|(_, used)| launch_value(used)).collect(),
        None => vec!["Launch::NONE".to_owned(); names.launches.len()],
    };
    let launches = names.launches.iter().zip(launches).map(|(name, launch)| format!("{name}: {launch}, ")).join("");
    let time_ps = entry.config().map_or(0, Config::predicted_ps);
    format!(
        "    Entry {{ gpu: {}, shape: {place}, config: {config}, {launches}predicted_ps: {time_ps} }},\n",
        entry.gpu
    )
}

fn launch_value(used: &Resources) -> String {
    format!(
        "Launch {{ grid: {:?}, block: {:?}, cluster: {:?}, dynamic_shared_memory_bytes: {}, launches: {} }}",
        used.grid, used.block, used.cluster, used.dynamic_shared_memory_bytes, used.launches
    )
}

fn types(names: &Names) -> String {
    let mut out = String::new();
    for choice in &names.choices {
        let words = choice.words.iter().map(|word| format!("    /// `{word}`\n    {},\n", camel_case(word))).join("");
        let _ = write!(
            out,
            "/// `{}` of a shape.\n{DERIVED}pub enum {} {{\n{words}}}\n\n",
            choice.name,
            choice.type_name()
        );
    }
    let sizes = names.sizes.iter().map(|name| format!("    /// In elements.\n    pub {name}: i64,\n")).join("");
    let mut words = names
        .choices
        .iter()
        .map(|choice| format!("    /// A choice among words.\n    pub {}: {},\n", choice.name, choice.type_name()));
    let _ = write!(
        out,
        "/// Sizes, words, and the type of the operands.\n#[allow(non_snake_case)]\n{DERIVED}pub struct Shape {{\n{sizes}{}}}\n\n",
        words.join("")
    );
    let constants = names
        .constants
        .iter()
        .map(|name| format!("    /// As the kernel's source reads it.\n    pub {name}: i64,\n"))
        .join("");
    let _ = write!(
        out,
        "/// What the kernel's source reads, without the sizes that it is told at run time.\n#[allow(non_snake_case)]\n{DERIVED}pub struct Config {{\n{constants}}}\n\n"
    );
    out += LAUNCH_AND_DEVICES;
    let launches = names
        .launches
        .iter()
        .map(|name| format!("    /// How it is launched for the entry's shape.\n    pub {name}: Launch,\n"))
        .join("");
    out + &ENTRY.replace("LAUNCHES", &launches)
}

const DERIVED: &str = "#[allow(dead_code)]\n#[derive(Clone, Copy, Debug, PartialEq, Eq)]\n";

const ENTRY: &str = "\
/// The answer for a GPU and a shape of the table.
#[allow(dead_code)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The index of the GPU.
    pub gpu: usize,
    /// The index of the shape.
    pub shape: usize,
    /// The index of the configuration; none where there is none.
    pub config: Option<usize>,
LAUNCHES    /// Predicted for the entry's GPU and shape, in picoseconds.
    pub predicted_ps: i64,
}

";

const LAUNCH_AND_DEVICES: &str = "\
/// Extents along x, y and z: blocks of the grid, threads of a block, blocks of a cluster.
#[allow(dead_code)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Launch {
    /// Blocks of the grid.
    pub grid: [u32; 3],
    /// Threads of a block.
    pub block: [u32; 3],
    /// Blocks of a cluster.
    pub cluster: [u32; 3],
    /// Shared memory that the launch asks for.
    pub dynamic_shared_memory_bytes: u32,
    /// Launches that follow each other, the last perhaps with fewer blocks.
    pub launches: u32,
}

#[allow(dead_code)]
impl Launch {
    /// Of an entry without a configuration.
    pub const NONE: Self =
        Self { grid: [0; 3], block: [0; 3], cluster: [0; 3], dynamic_shared_memory_bytes: 0, launches: 0 };
}

/// A GPU of the table.
#[allow(dead_code)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gpu {
    /// Its name in constrint's catalog.
    pub name: &'static str,
    /// All names that drivers have for it.
    pub reported_names: &'static [&'static str],
    /// The first number of its compute capability.
    pub major: i32,
    /// The second number of its compute capability.
    pub minor: i32,
    /// Streaming multiprocessors.
    pub sms: i32,
    /// Memory in bytes.
    pub memory_bytes: i64,
}

/// A GPU as its driver reports it.
#[allow(dead_code)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Device<'a> {
    /// Its name.
    pub name: &'a str,
    /// The first number of its compute capability.
    pub major: i32,
    /// The second number of its compute capability.
    pub minor: i32,
    /// Streaming multiprocessors.
    pub sms: i32,
    /// Memory in bytes; 0 where it is not known.
    pub memory_bytes: i64,
}

";

fn functions(names: &Names) -> String {
    let words: Vec<String> =
        names.choices.iter().map(|choice| format!("entry.{0} == asked.{0}", choice.name)).collect();
    let sizes = names.sizes.iter().map(|name| format!("entry.{name} >= asked.{name}"));
    let all: Vec<String> = words.into_iter().chain(sizes).collect();
    let (entry, all) = if all.is_empty() { ("_", "true".to_owned()) } else { ("", all.join("\n        && ")) };
    FUNCTIONS.replace("COVERS", &all).replace("UNUSED", entry)
}

const FUNCTIONS: &str = "\
/// Whether the device is this GPU, by name and SMs.
#[allow(dead_code)]
pub fn is_same_gpu(gpu: &Gpu, device: &Device<'_>) -> bool {
    gpu.sms == device.sms && gpu.reported_names.contains(&device.name)
}

/// The index of the GPU whose entries a device takes.
#[allow(dead_code)]
pub fn gpu_of(device: &Device<'_>) -> Option<usize> {
    let fits = |gpu: &Gpu| gpu.major == device.major && gpu.minor == device.minor && gpu.sms <= device.sms;
    let rank = |gpu: &Gpu| {
        let is_called_otherwise = !gpu.reported_names.contains(&device.name);
        (-gpu.sms, is_called_otherwise, gpu.memory_bytes.abs_diff(device.memory_bytes))
    };
    let fitting = GPUS.iter().enumerate().filter(|(_, gpu)| fits(gpu));
    fitting.min_by_key(|(_, gpu)| rank(gpu)).map(|(index, _)| index)
}

/// Whether operands of a shape fit the entry's once they are padded.
#[allow(dead_code)]
pub fn covers(UNUSEDentry: &Shape, UNUSEDasked: &Shape) -> bool {
    COVERS
}

/// The entry for a shape on a GPU of the table.
#[allow(dead_code)]
pub fn find_on(gpu: usize, shape: &Shape) -> Option<&'static Entry> {
    let entries = ENTRIES.chunks_exact(SHAPES.len()).nth(gpu)?;
    let fits = |entry: &&Entry| entry.config.is_some() && covers(&SHAPES[entry.shape], shape);
    entries.iter().find(fits)
}

/// The entry for a shape on a device.
#[allow(dead_code)]
pub fn find(device: &Device<'_>, shape: &Shape) -> Option<&'static Entry> {
    find_on(gpu_of(device)?, shape)
}
";
