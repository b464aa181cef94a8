//! The C++ header of a table: C++17, without anything but `<cstdint>`.

use super::names::Names;
use super::{Entry, Table};
use crate::kernel::Resources;
use itertools::Itertools;
use std::fmt::Write as _;

impl Table {
    /// A C++17 header that chooses at compile time or run time, and lists the configurations for macros and templates.
    pub fn to_cpp(&self) -> String {
        let (names, identifier) = (Names::of(self).in_cpp(), self.identifier());
        let guard = format!("CONSTRINT_{}_TABLE_H", identifier.to_uppercase());
        let mut out = self.head().iter().map(|line| format!("// {line}").trim_end().to_owned() + "\n").join("");
        let _ = write!(out, "#ifndef {guard}\n#define {guard}\n\n#include <cstdint>\n\n");
        out += &self.instances(&identifier);
        let _ = write!(out, "namespace constrint::{identifier}_table {{\n\n");
        out += &types(&names);
        out += &self.constants(&names);
        out += &self.data(&names);
        out += &functions(&names);
        let _ = write!(out, "}}  // namespace constrint::{identifier}_table\n\n#endif  // {guard}\n");
        out
    }

    /// The list of configurations for a macro: `X(0) X(1) …`.
    fn instances(&self, identifier: &str) -> String {
        let all = (0..self.configurations.len()).map(|index| format!(" X({index})")).join("");
        format!(
            "// X(index) for each configuration: `constants<index>` has its numbers, `configs[index]` too.\n#define CONSTRINT_TABLE_{}(X){all}\n\n",
            identifier.to_uppercase()
        )
    }

    /// A type for each configuration, whose numbers are constants in device code, too.
    fn constants(&self, names: &Names) -> String {
        let mut out = "template <int index>\nstruct constants;\n".to_owned();
        for (index, configuration) in self.configurations.iter().enumerate() {
            let _ = write!(out, "template <>\nstruct constants<{index}> {{\n");
            for (name, (_, value)) in names.constants.iter().zip(configuration.config.constants()) {
                let _ = writeln!(out, "    static constexpr std::int64_t {name} = {value};");
            }
            out += "};\n";
        }
        out + "\n"
    }

    fn data(&self, names: &Names) -> String {
        let order = self.shape_order();
        let mut out = String::new();
        for (name, count) in [("gpu", self.gpus.len()), ("shape", order.len()), ("config", self.configurations.len())] {
            let _ = writeln!(out, "inline constexpr int {name}_count = {count};");
        }
        out.push('\n');
        for (index, gpu) in self.gpus.iter().enumerate() {
            let all = crate::hardware::reported_names(gpu);
            let all = all.iter().map(|name| quoted(name)).join(", ");
            let _ = writeln!(out, "inline constexpr const char* names_of_gpu_{index}[] = {{{all}, nullptr}};");
        }
        let gpus = self.gpus.iter().enumerate().map(|(index, gpu)| {
            let capability = gpu.compute_capability;
            let (name, memory) = (quoted(&gpu.name), gpu.memory_bytes);
            format!(
                "    {{{name}, names_of_gpu_{index}, {}, {}, {}, {memory}}},\n",
                capability.major, capability.minor, gpu.sms
            )
        });
        let shapes = order.iter().map(|&index| format!("    {},\n", self.shape_value(index, names)));
        let configs = self.configurations.iter().map(|configuration| {
            format!("    {{{}}},\n", configuration.config.constants().iter().map(|(_, value)| value).join(", "))
        });
        let entries = (0..self.gpus.len()).cartesian_product(order.iter().enumerate());
        let entries = entries.map(|(gpu, (place, &shape))| entry_value(self.entry(gpu, shape), place, names));
        list(&mut out, "Gpu gpus", gpus);
        out += "// Smaller shapes come first.\n";
        list(&mut out, "Shape shapes", shapes);
        list(&mut out, "Config configs", configs);
        out += "// All shapes of the first GPU, then those of the second, and so on.\n";
        list(&mut out, "Entry entries", entries);
        out
    }

    fn shape_value(&self, index: usize, names: &Names) -> String {
        let shape = &self.shapes[index];
        let words = shape.words.values().chain(&shape.dtype);
        let words = names.choices.iter().zip(words).map(|(choice, word)| format!("{}::{word}", choice.type_name()));
        format!("{{{}}}", shape.sizes.values().map(ToString::to_string).chain(words).join(", "))
    }
}

fn list(out: &mut String, declared: &str, mut lines: impl Iterator<Item = String>) {
    let _ = writeln!(out, "inline constexpr {declared}[] = {{\n{}}};\n", lines.join(""));
}

fn entry_value(entry: &Entry, place: usize, names: &Names) -> String {
    let (config, launches, time_ps) = match entry.config() {
        Some(config) => {
            let launches = config.launches().iter().map(|(_, used)| launch_value(used)).collect::<Vec<_>>();
            (
                entry.configuration().map_or(-1, |index| i64::try_from(index).unwrap_or(-1)),
                launches,
                config.predicted_ps(),
            )
        }
        None => (-1, vec!["{}".to_owned(); names.launches.len()], 0),
    };
    let launches = launches.iter().map(|launch| format!("{launch}, ")).join("");
    format!("    {{{}, {place}, {config}, {launches}{time_ps}}},\n", entry.gpu)
}

fn launch_value(used: &Resources) -> String {
    let three = |extents: &[i64; 3]| format!("{{{}, {}, {}}}", extents[0], extents[1], extents[2]);
    format!(
        "{{{}, {}, {}, {}, {}}}",
        three(&used.grid),
        three(&used.block),
        three(&used.cluster),
        used.dynamic_shared_memory_bytes,
        used.launches
    )
}

fn quoted(text: &str) -> String {
    let mut letters = text.chars().map(|letter| match letter {
        '"' | '\\' => format!("\\{letter}"),
        letter if letter.is_control() => " ".to_owned(),
        letter => letter.to_string(),
    });
    format!("\"{}\"", letters.join(""))
}

fn types(names: &Names) -> String {
    let mut out = String::new();
    for choice in &names.choices {
        let _ = writeln!(out, "enum class {} {{ {} }};", choice.type_name(), choice.words.join(", "));
    }
    let sizes = names.sizes.iter().map(|name| format!("    std::int64_t {name};\n")).join("");
    let mut words = names
        .choices
        .iter()
        .map(|choice| format!("    {0} {1} = {0}::{2};\n", choice.type_name(), choice.name, choice.words[0]));
    let _ = write!(
        out,
        "\n// Sizes in elements, words, and the type of the operands.\nstruct Shape {{\n{sizes}{}}};\n",
        words.join("")
    );
    let constants = names.constants.iter().map(|name| format!("    std::int64_t {name};\n")).join("");
    let _ = write!(
        out,
        "\n// What the kernel's source reads, without the sizes that it is told at run time.\nstruct Config {{\n{constants}}};\n"
    );
    out += LAUNCH_AND_DEVICES;
    let launches = names.launches.iter().map(|name| format!("    Launch {name};\n")).join("");
    out + "// `config` is the index of a configuration, or -1: none. The time is predicted for the entry's GPU and shape.\n"
        + &format!(
            "struct Entry {{\n    int gpu;\n    int shape;\n    int config;\n{launches}    std::int64_t predicted_ps;\n}};\n\n"
        )
}

const LAUNCH_AND_DEVICES: &str = "
// Extents along x, y and z: blocks of the grid, threads of a block, blocks of a cluster. `launches` follow each other, the
// last perhaps with fewer blocks.
struct Launch {
    unsigned grid[3];
    unsigned block[3];
    unsigned cluster[3];
    std::int64_t dynamic_shared_memory_bytes;
    int launches;
};

// A GPU of the table, with all names that drivers have for it, a null pointer behind the last.
struct Gpu {
    const char* name;
    const char* const* reported_names;
    int major;
    int minor;
    int sms;
    std::int64_t memory_bytes;
};

// A GPU as its driver reports it; the memory may be 0 where it is not known.
struct Device {
    const char* name;
    int major;
    int minor;
    int sms;
    std::int64_t memory_bytes;
};

// Of a cudaDeviceProp, which has to live as long as the device is used.
template <typename Properties>
constexpr Device device_of(const Properties& properties) {
    return {properties.name, properties.major, properties.minor, properties.multiProcessorCount,
            static_cast<std::int64_t>(properties.totalGlobalMem)};
}

";

fn functions(names: &Names) -> String {
    let sizes = || names.sizes.iter();
    let words = names.choices.iter().map(|choice| &choice.name);
    let equal: Vec<String> = words.map(|name| format!("entry.{name} == asked.{name}")).collect();
    let covering = equal.iter().cloned().chain(sizes().map(|name| format!("entry.{name} >= asked.{name}")));
    let same = equal.iter().cloned().chain(sizes().map(|name| format!("entry.{name} == asked.{name}")));
    let all = |parts: Vec<String>| if parts.is_empty() { "true".to_owned() } else { parts.join(" &&\n           ") };
    let unused = if names.sizes.is_empty() && names.choices.is_empty() { "[[maybe_unused]] " } else { "" };
    FUNCTIONS
        .replace("COVERS", &all(covering.collect()))
        .replace("SAME", &all(same.collect()))
        .replace("UNUSED ", unused)
}

const FUNCTIONS: &str = "\
constexpr bool is_same_name(const char* left, const char* right) {
    while (*left != '\\0' && *left == *right) {
        ++left;
        ++right;
    }
    return *left == *right;
}

// Whether drivers call the GPU so.
constexpr bool is_called(const Gpu& gpu, const char* name) {
    for (const char* const* known = gpu.reported_names; *known != nullptr; ++known) {
        if (is_same_name(*known, name)) return true;
    }
    return false;
}

// Whether the device is this GPU, by name and SMs.
constexpr bool is_same(const Gpu& gpu, const Device& device) {
    return gpu.sms == device.sms && is_called(gpu, device.name);
}

constexpr std::int64_t distance(std::int64_t left, std::int64_t right) {
    return left < right ? right - left : left - right;
}

// Whether the left GPU is the better one for a device that either fits.
constexpr bool is_nearer(const Gpu& left, const Gpu& right, const Device& device) {
    if (left.sms != right.sms) return left.sms > right.sms;
    const bool called = is_called(left, device.name);
    if (called != is_called(right, device.name)) return called;
    return distance(left.memory_bytes, device.memory_bytes) < distance(right.memory_bytes, device.memory_bytes);
}

// The index of the GPU whose entries the device takes, or -1.
constexpr int gpu_of(const Device& device) {
    int best = -1;
    for (int index = 0; index < gpu_count; ++index) {
        const Gpu& gpu = gpus[index];
        if (gpu.major != device.major || gpu.minor != device.minor || gpu.sms > device.sms) continue;
        if (best < 0 || is_nearer(gpu, gpus[best], device)) best = index;
    }
    return best;
}

// Whether operands of a shape fit the entry's once they are padded.
constexpr bool covers(UNUSED const Shape& entry, UNUSED const Shape& asked) {
    return COVERS;
}

constexpr bool is_same(UNUSED const Shape& entry, UNUSED const Shape& asked) {
    return SAME;
}

// The entry for a shape on a GPU of the table; null where there is none.
constexpr const Entry* find(int gpu, const Shape& shape) {
    if (gpu < 0 || gpu >= gpu_count) return nullptr;
    for (int index = 0; index < shape_count; ++index) {
        const Entry& entry = entries[gpu * shape_count + index];
        if (entry.config >= 0 && covers(shapes[index], shape)) return &entry;
    }
    return nullptr;
}

// The entry for a shape on a device; null where there is none.
constexpr const Entry* find(const Device& device, const Shape& shape) { return find(gpu_of(device), shape); }

";
