//! [`Config`]: the numbers that were chosen, and the forms in which builds take them.

mod emit;
mod fault;
pub(crate) mod reserved;
mod sources;

pub use emit::Form;
pub use fault::Unverified;
pub use sources::{header_name, target_options, write_sources};

use crate::kernel::described::UserSource;
use crate::kernel::{self, Chosen, Confidence, Instance, Kernel, Part, Resources};
use crate::tiling::Tiling;
use constrint_solver::checker;
use indexmap::IndexMap;
use itertools::Itertools;
use serde::Serialize;
use serde_json::{Map, Value, json};
use std::borrow::Cow;

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
    /// What the kernel uses; with a kernel that has no parts.
    pub resources: Option<Resources>,
    /// What the kernel's source reads, by macro name.
    pub macros: IndexMap<String, i64>,
    /// The prefix of the macros, where it is not the usual one.
    pub own_prefix: Option<String>,
    /// The source of a kernel that is not shipped.
    pub source: Option<UserSource>,
    /// Where the numbers come from, for the head of generated files.
    pub origin: String,
    /// The kernels that are configured together, by the names of their parts, each as if it were alone, without objectives,
    /// quantities and predicted time; only of a kernel that is made of several, whose own `resources` and `macros` are empty then.
    pub parts: IndexMap<&'static str, Self>,
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
    /// How sure that is; of a shipped kernel, and of a described one by what it does.
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
    pub basis: Cow<'static, str>,
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
        let described = tiling.described.as_ref();
        let (mut parts, mut resources, mut macros) = (IndexMap::new(), None, IndexMap::new());
        match (&tiling.kernel, described) {
            (Some((kernel, instance)), _) => {
                let of_part = |part: &Part| (part.name, Self::of_part(part, instance, &tiling.name, &values));
                parts = kernel.parts().iter().map(of_part).collect();
                if let Some(whole) = parts.swap_remove("") {
                    (resources, macros) = (whole.resources, whole.macros);
                }
            }
            (None, Some(described)) => {
                (resources, macros) = (described.resources(&values), described.macro_values(&values));
            }
            (None, None) => macros = macro_names(&values),
        }
        let config = Self {
            problem: tiling.name.clone(),
            kernel: tiling.kernel_name().map(str::to_owned),
            gpu: tiling.gpu.as_ref().map(|gpu| gpu.name.clone()),
            predicted: prediction(tiling, &quantities),
            resources,
            macros,
            own_prefix: described.map(|kernel| kernel.macro_prefix.clone()),
            source: described.map(|kernel| kernel.source.clone()),
            origin: origin(tiling),
            values,
            objectives,
            quantities,
            parts,
        };
        let violations = crate::verify::violations(tiling, &config.values);
        if violations.is_empty() { Ok(config) } else { Err(Unverified { violations }) }
    }

    fn of_part(part: &Part, whole: &Instance, problem: &str, values: &Chosen) -> Self {
        let (instance, values) = (part.instance(whole), part.values(values));
        Self {
            problem: problem.to_owned(),
            kernel: Some(part.kernel.name().to_owned()),
            gpu: Some(instance.gpu.name.clone()),
            objectives: Vec::new(),
            quantities: IndexMap::new(),
            predicted: None,
            resources: Some(part.kernel.resources(&instance, &values)),
            macros: part.kernel.macros(&instance, &values),
            own_prefix: None,
            source: None,
            origin: origin_of(part.kernel.name(), &instance),
            values,
            parts: IndexMap::new(),
        }
    }

    /// The values as answers have them: by variable, and those of a part below its name.
    pub fn values_by_part(&self) -> Map<String, Value> {
        let kernel = self.kernel.as_deref().filter(|_| !self.parts.is_empty());
        by_part(kernel.and_then(|name| kernel::find(name).ok()), &self.values)
    }

    /// The prefix of the macros: `CONSTRINT_MATMUL_`, or `CONSTRINT_` without a kernel; a described kernel may have another.
    pub fn macro_prefix(&self) -> String {
        match (&self.own_prefix, &self.kernel) {
            (Some(prefix), _) => prefix.clone(),
            (None, Some(kernel)) => format!("CONSTRINT_{}_", kernel.to_uppercase()),
            (None, None) => "CONSTRINT_".to_owned(),
        }
    }
}

/// Values of a tiling's variables, as answers have them: by variable, and those of a part of the kernel below its name.
pub fn values_by_part(tiling: &Tiling, values: &Chosen) -> Map<String, Value> {
    by_part(tiling.kernel.as_ref().map(|(kernel, _)| *kernel), values)
}

fn by_part(kernel: Option<&dyn Kernel>, values: &Chosen) -> Map<String, Value> {
    let (mut below, mut rest) = (Map::new(), values.clone());
    for part in kernel.into_iter().flat_map(Kernel::parts).filter(|part| !part.name.is_empty()) {
        let own = part.values(values);
        rest.retain(|name, _| own.keys().all(|own| part.name_of(own) != *name));
        below.insert(part.name.to_owned(), json!(own));
    }
    below.extend(rest.into_iter().map(|(name, value)| (name, value.into())));
    below
}

fn prediction(tiling: &Tiling, quantities: &IndexMap<String, Number>) -> Option<Prediction> {
    let picoseconds = |name: &str| match quantities.get(name) {
        Some(Number::Integer(value)) => Some(*value),
        _ => None,
    };
    let time_ps = picoseconds(tiling.cost.as_ref()?)?;
    let parts = tiling.cost_parts.iter().filter_map(|part| Some((part.clone(), picoseconds(part)?)));
    let shipped = tiling.kernel.as_ref().map(|(kernel, instance)| {
        let Confidence { range, measured, basis } = kernel.confidence(instance);
        let range_ps = range.and_then(|(low, high)| Some([picoseconds(low)?, picoseconds(high)?]));
        Sure { range_ps, measured, basis: basis.into() }
    });
    let basis = tiling.described.as_ref().and_then(|kernel| kernel.time_basis.clone());
    let sure = shipped.or_else(|| Some(Sure { range_ps: None, measured: false, basis: basis?.into() }));
    Some(Prediction { time_ps, parts_ps: parts.collect(), sure })
}

fn origin(tiling: &Tiling) -> String {
    if let Some(kernel) = &tiling.described {
        return format!("Kernel {}, described by the problem, on {}.", kernel.name, kernel.gpu.name);
    }
    let Some((kernel, instance)) = &tiling.kernel else {
        return "Found by search over the problem's constraints.".into();
    };
    origin_of(kernel.name(), instance)
}

fn origin_of(kernel: &str, instance: &Instance) -> String {
    let shape = instance.sizes.iter().map(|(name, size)| format!("{name} = {size}")).join(", ");
    format!("Kernel {kernel}, {shape}, {} on {}.", instance.dtype, instance.gpu.name)
}

/// The variables' names as macros: upper case where that keeps them apart.
fn macro_names(values: &Chosen) -> IndexMap<String, i64> {
    let apart = values.keys().map(|name| name.to_uppercase()).all_unique();
    values.iter().map(|(name, &value)| (if apart { name.to_uppercase() } else { name.clone() }, value)).collect()
}
