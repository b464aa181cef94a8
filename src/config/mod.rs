//! [`Config`]: the numbers that were chosen, and the forms in which builds take them.

mod fault;
mod reserved;
mod sources;

pub use fault::Unverified;
pub use sources::{header_name, target_options, write_sources};

use crate::hardware::Limiter;
use crate::kernel::described::UserSource;
use crate::kernel::{Chosen, Confidence, Resources};
use crate::tiling::Tiling;
use constrint_solver::checker;
use indexmap::IndexMap;
use itertools::Itertools;
use reserved::{usable_in_cpp, usable_in_rust};
use serde::Serialize;

/// A solution of a tiling problem: a value for each variable, and what follows from them.
#[derive(Clone, Debug, PartialEq)]
pub struct Config {
    /// The name of the problem.
    pub problem: String,
    /// The kernel that it configures.
    pub kernel: Option<String>,
    /// The GPU's name.
    pub gpu: Option<String>,
    /// The variables' values, by name, in the order of the model.
    pub values: Chosen,
    /// The objectives' values, most important first.
    pub objectives: Vec<ObjectiveValue>,
    /// What the kernel's named quantities come to.
    pub quantities: IndexMap<String, Number>,
    /// The predicted time and its parts, in picoseconds; with a kernel.
    pub predicted: Option<Prediction>,
    /// What the kernel uses; with a kernel.
    pub resources: Option<Resources>,
    /// What the kernel's source reads, by macro name.
    pub macros: IndexMap<String, i64>,
    /// The prefix of the macros, where it is not the usual one.
    pub own_prefix: Option<String>,
    /// The source of a kernel that is not shipped.
    pub source: Option<UserSource>,
    /// Where the numbers come from, for the head of generated files.
    pub origin: String,
}

/// An exact number: an integer, or a fraction as text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Number {
    /// An integer of 64 bits.
    Integer(i64),
    /// Anything else, such as `7/3`.
    Text(String),
}

impl Number {
    /// Keeps an integer as such.
    pub fn of(value: &checker::Number) -> Self {
        let small = value.is_integer().then(|| i64::try_from(value.to_integer()).ok()).flatten();
        small.map_or_else(|| Self::Text(value.to_string()), Self::Integer)
    }
}

impl std::fmt::Display for Number {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Integer(value) => write!(formatter, "{value}"),
            Self::Text(text) => formatter.write_str(text),
        }
    }
}

/// What was made best, and how good it got.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ObjectiveValue {
    /// Whether larger is better.
    pub maximized: bool,
    /// The expression.
    pub text: String,
    /// Its value.
    pub value: Number,
}

/// Predicted time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Prediction {
    /// In picoseconds.
    pub time_ps: i64,
    /// The parts that it is made of, in picoseconds; parts that overlap do not add up.
    pub parts_ps: IndexMap<String, i64>,
    /// How sure that is; of a shipped kernel.
    #[serde(flatten)]
    pub sure: Option<Sure>,
}

/// How sure a predicted time is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Sure {
    /// The least and the most that it is expected to take, in picoseconds, where the kernel says so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub range_ps: Option<[i64; 2]>,
    /// Whether the prediction was held against times that a GPU took.
    pub measured: bool,
    /// What it rests on.
    pub basis: &'static str,
}

impl Config {
    /// What the values found mean for the kernel.
    ///
    /// # Errors
    /// [`Unverified`] when they break a limit in plain arithmetic: a bug.
    pub fn new(tiling: &Tiling, values: &[i64], objectives: Vec<ObjectiveValue>) -> Result<Self, Unverified> {
        let names = tiling.model.variables().iter().map(|variable| variable.name.clone());
        let values: Chosen = names.zip(values.iter().copied()).collect();
        let row: Vec<i64> = values.values().copied().collect();
        let quantities: IndexMap<String, Number> = tiling
            .definitions
            .iter()
            .filter_map(|(name, definition)| {
                let value = checker::evaluate(&definition.expr, &row).ok().flatten()?;
                Some((name.clone(), Number::of(&value)))
            })
            .collect();
        let (kernel, described) = (tiling.kernel.as_ref(), tiling.described.as_ref());
        let shipped = kernel.map(|(kernel, instance)| kernel.resources(instance, &values));
        let config = Self {
            problem: tiling.name.clone(),
            kernel: tiling.kernel_name().map(str::to_owned),
            gpu: tiling.gpu.as_ref().map(|gpu| gpu.name.clone()),
            predicted: prediction(tiling, &quantities),
            resources: shipped.or_else(|| described?.resources(&values)),
            macros: match (kernel, described) {
                (Some((kernel, instance)), _) => kernel.macros(instance, &values),
                (None, Some(described)) => described.macro_values(&values),
                (None, None) => macro_names(&values),
            },
            own_prefix: described.map(|kernel| kernel.macro_prefix.clone()),
            source: described.map(|kernel| kernel.source.clone()),
            origin: origin(tiling),
            values,
            objectives,
            quantities,
        };
        let violations = crate::verify::violations(tiling, &config.values);
        if violations.is_empty() { Ok(config) } else { Err(Unverified { violations }) }
    }

    /// The prefix of the macros: `CONSTRINT_MATMUL_`, or `CONSTRINT_` without a kernel; a described kernel may have another.
    pub fn macro_prefix(&self) -> String {
        match (&self.own_prefix, &self.kernel) {
            (Some(prefix), _) => prefix.clone(),
            (None, Some(kernel)) => format!("CONSTRINT_{}_", kernel.to_uppercase()),
            (None, None) => "CONSTRINT_".to_owned(),
        }
    }

    /// The config in one of its forms.
    pub fn emit(&self, form: Form) -> String {
        match form {
            Form::Header => self.header(),
            Form::Flags => self.flags(),
            Form::Json => self.json(),
            Form::Cmake => self.cmake(),
            Form::Rust => self.rust(),
        }
    }

    fn comment_lines(&self) -> Vec<String> {
        let mut lines = vec![format!("Generated by constrint {} for {}.", env!("CARGO_PKG_VERSION"), self.problem)];
        lines.push(self.origin.clone());
        lines.extend(self.objectives.iter().map(|objective| {
            let goal = if objective.maximized { "Maximized" } else { "Minimized" };
            format!("{goal}: {} = {}", single_line(&objective.text), objective.value)
        }));
        if let Some(resources) = &self.resources {
            lines.push(format!(
                "Uses: {} threads a block, {} registers a thread, {} bytes of shared memory; blocks per SM: {}, limited by {}.",
                resources.threads_per_block,
                resources.registers_per_thread,
                resources.shared_memory_per_block_bytes,
                resources.occupancy.blocks_per_sm,
                resources.occupancy.limiters.iter().map(Limiter::name).join(", "),
            ));
        }
        lines.iter().map(|line| single_line(line)).collect()
    }

    /// A C++ header: an include guard, the macros, and the same numbers as constants in a namespace.
    fn header(&self) -> String {
        let prefix = self.macro_prefix();
        let guard = if prefix.is_empty() { "CONSTRINT_CONFIG_H".to_owned() } else { format!("{prefix}CONFIG_H") };
        let namespace = match &self.kernel {
            Some(kernel) => format!("constrint::{kernel}_config"),
            None => "constrint::config".to_owned(),
        };
        let comments = self.comment_lines().iter().map(|line| format!("// {line}\n")).join("");
        let macros =
            self.macros.iter().map(|(name, value)| format!("#define {prefix}{name} {}\n", literal(*value))).join("");
        let names = constant_names(self.macros.keys());
        // The preprocessor would replace a constant that is called like a macro.
        if names.iter().any(|name| self.macros.keys().any(|own| *name == format!("{prefix}{own}"))) {
            return format!("{comments}#ifndef {guard}\n#define {guard}\n\n{macros}\n#endif  // {guard}\n");
        }
        let constants = names
            .iter()
            .zip(self.macros.values())
            .map(|(name, value)| format!("constexpr long long {name} = {};\n", literal(*value)))
            .join("");
        format!(
            "{comments}#ifndef {guard}\n#define {guard}\n\n{macros}\n#ifdef __cplusplus\nnamespace {namespace} {{\n\
             {constants}}}  // namespace {namespace}\n#endif\n\n#endif  // {guard}\n"
        )
    }

    fn flags(&self) -> String {
        let prefix = self.macro_prefix();
        self.macros.iter().map(|(name, value)| format!("-D{prefix}{name}={value}")).join(" ") + "\n"
    }

    fn json(&self) -> String {
        let mut object = serde_json::Map::new();
        object.insert("problem".into(), self.problem.clone().into());
        for (name, value) in [("kernel", &self.kernel), ("gpu", &self.gpu)] {
            if let Some(value) = value {
                object.insert(name.into(), value.clone().into());
            }
        }
        object.insert("config".into(), serde_json::to_value(&self.values).expect("plain data"));
        serde_json::to_string_pretty(&object).expect("plain data") + "\n"
    }

    fn cmake(&self) -> String {
        let prefix = self.macro_prefix();
        let comments = self.comment_lines().iter().map(|line| format!("# {line}\n")).join("");
        let sets = self.macros.iter().map(|(name, value)| format!("set({prefix}{name} {value})\n")).join("");
        let list = self.macros.keys().map(|name| format!("  {prefix}{name}=${{{prefix}{name}}}\n")).join("");
        format!("{comments}{sets}\n# For target_compile_definitions.\nset({prefix}DEFINITIONS\n{list})\n")
    }

    fn rust(&self) -> String {
        let comments = self.comment_lines().iter().map(|line| format!("// {line}\n")).join("");
        let names = usable_in_rust(self.macros.keys().cloned().collect());
        let constant = |(name, value): (String, &i64)| {
            format!("#[allow(dead_code, non_upper_case_globals)]\npub const {name}: i64 = {value};\n")
        };
        format!("{comments}{}", names.into_iter().zip(self.macros.values()).map(constant).join(""))
    }
}

/// The forms in which a config is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// A C and C++ header.
    Header,
    /// `-D` flags on one line.
    Flags,
    /// JSON, which `constrint check` reads.
    Json,
    /// `CMake` variables.
    Cmake,
    /// Rust constants.
    Rust,
}

fn prediction(tiling: &Tiling, quantities: &IndexMap<String, Number>) -> Option<Prediction> {
    let picoseconds = |name: &str| match quantities.get(name) {
        Some(Number::Integer(value)) => Some(*value),
        _ => None,
    };
    let time_ps = picoseconds(tiling.cost.as_ref()?)?;
    let parts = tiling.cost_parts.iter().filter_map(|part| Some((part.clone(), picoseconds(part)?)));
    let sure = tiling.kernel.as_ref().map(|(kernel, instance)| {
        let Confidence { range, measured, basis } = kernel.confidence(instance);
        let range_ps = range.and_then(|(low, high)| Some([picoseconds(low)?, picoseconds(high)?]));
        Sure { range_ps, measured, basis }
    });
    Some(Prediction { time_ps, parts_ps: parts.collect(), sure })
}

fn origin(tiling: &Tiling) -> String {
    if let Some(kernel) = &tiling.described {
        return format!("Kernel {}, described by the problem, on {}.", kernel.name, kernel.gpu.name);
    }
    let Some((kernel, instance)) = &tiling.kernel else {
        return "Found by search over the problem's constraints.".into();
    };
    let shape = instance.sizes.iter().map(|(name, size)| format!("{name} = {size}")).join(", ");
    format!("Kernel {}, {shape}, {} on {}.", kernel.name(), instance.dtype, instance.gpu.name)
}

/// A comment must not end early or go on by accident, nor hold what compilers refuse in one: control characters, and those
/// that turn the direction of writing.
fn single_line(text: &str) -> String {
    let is_harmless = |letter: &char| !matches!(letter, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    let blank = |letter: char| if letter.is_control() { ' ' } else { letter };
    let line = text.chars().filter(is_harmless).map(blank).collect::<String>().split_whitespace().join(" ");
    // `??/` at the end of a line was once another way to write a backslash, and still is to some compilers.
    line.trim_end_matches(['\\', '?', '/']).to_owned()
}

fn literal(value: i64) -> String {
    if i32::try_from(value).is_ok() { value.to_string() } else { format!("{value}LL") }
}

/// The macros' names as names of C++ constants: lower case where that keeps them apart.
fn constant_names<'a>(macros: impl Iterator<Item = &'a String> + Clone) -> Vec<String> {
    let apart = macros.clone().map(|name| name.to_lowercase()).all_unique();
    usable_in_cpp(macros.map(|name| if apart { name.to_lowercase() } else { name.clone() }).collect())
}

/// The variables' names as macros: upper case where that keeps them apart.
fn macro_names(values: &Chosen) -> IndexMap<String, i64> {
    let apart = values.keys().map(|name| name.to_uppercase()).all_unique();
    values.iter().map(|(name, &value)| (if apart { name.to_uppercase() } else { name.clone() }, value)).collect()
}
