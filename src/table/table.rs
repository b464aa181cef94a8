//! [`Table`]: the answers for all GPUs and shapes, in which equal configurations are one.

use super::Shape;
use crate::config::Config;
use crate::hardware::{ComputeCapability, Gpu};
use crate::kernel::{self, Resources};
use crate::solve::{Clashing, Status};
use indexmap::IndexMap;
use std::collections::BTreeSet;

/// The answers for all GPUs and shapes.
#[derive(Debug)]
pub struct Table {
    /// The name of the problem.
    pub name: String,
    /// The kernel that is configured.
    pub kernel: Option<String>,
    /// In the order of the problem.
    pub gpus: Vec<Gpu>,
    /// In the order of the problem.
    pub shapes: Vec<Shape>,
    /// The configurations, each once, in the order in which entries first need them.
    pub configurations: Vec<Configuration>,
    /// One for each GPU and shape: all shapes of the first GPU, then those of the second.
    pub entries: Vec<Entry>,
}

/// The answer for one GPU and one shape.
#[derive(Debug)]
pub struct Entry {
    /// The index of the GPU.
    pub gpu: usize,
    /// The index of the shape.
    pub shape: usize,
    /// What was found.
    pub outcome: Outcome,
}

/// What was found for an entry.
#[derive(Debug)]
pub enum Outcome {
    /// A configuration.
    Found {
        /// As `solve` gives it.
        config: Box<Config>,
        /// How the search ended.
        status: Status,
        /// Its index among the configurations of the table.
        configuration: usize,
    },
    /// None.
    Missing(Missing),
}

/// An entry without a configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Missing {
    /// [`Status::Infeasible`], or [`Status::Unknown`] where a limit was reached.
    pub status: Status,
    /// If infeasible: constraints that cannot hold together; empty where the time for them ran out.
    pub conflict: Vec<Clashing>,
}

/// Numbers that a kernel's source reads, and what it is to be compiled for.
#[derive(Clone, Debug)]
pub struct Configuration {
    /// That of the first entry that has it: in the sizes that a kernel is told at run time others differ.
    pub config: Config,
    /// The compute capabilities of the GPUs whose entries have it.
    pub targets: BTreeSet<ComputeCapability>,
}

impl Entry {
    /// The configuration, if there is one.
    pub fn config(&self) -> Option<&Config> {
        match &self.outcome {
            Outcome::Found { config, .. } => Some(config),
            Outcome::Missing(_) => None,
        }
    }

    /// Why there is none.
    pub fn missing(&self) -> Option<&Missing> {
        match &self.outcome {
            Outcome::Found { .. } => None,
            Outcome::Missing(missing) => Some(missing),
        }
    }

    /// The index of the configuration among those of the table.
    pub fn configuration(&self) -> Option<usize> {
        match self.outcome {
            Outcome::Found { configuration, .. } => Some(configuration),
            Outcome::Missing(_) => None,
        }
    }
}

impl Table {
    /// The entry of a GPU and a shape, by their indices.
    pub fn entry(&self, gpu: usize, shape: usize) -> &Entry {
        &self.entries[gpu * self.shapes.len() + shape]
    }

    /// How the whole ended: [`Status::Unknown`] where a limit left an entry without an answer, else
    /// [`Status::Infeasible`] where one has no configuration, else [`Status::Feasible`] where one is not proved best.
    pub fn status(&self) -> Status {
        let is = |wanted: Status| {
            move |entry: &Entry| match &entry.outcome {
                Outcome::Found { status, .. } => *status == wanted,
                Outcome::Missing(missing) => missing.status == wanted,
            }
        };
        let graver = [Status::Unknown, Status::Infeasible, Status::Feasible];
        graver.into_iter().find(|&status| self.entries.iter().any(is(status))).unwrap_or(Status::Optimal)
    }

    /// The shapes in the order in which they are looked at: see the [module](super).
    pub(super) fn shape_order(&self) -> Vec<usize> {
        let mut order: Vec<usize> = (0..self.shapes.len()).collect();
        order.sort_by_cached_key(|&index| self.shapes[index].order());
        order
    }

    /// The table of these outcomes, in the order of [`Table::entries`].
    pub(super) fn of(
        name: String,
        gpus: Vec<Gpu>,
        shapes: Vec<Shape>,
        found: impl IntoIterator<Item = Result<(Config, Status), Missing>>,
    ) -> Self {
        let mut known: IndexMap<Vec<i64>, Configuration> = IndexMap::new();
        let mut entries = Vec::with_capacity(gpus.len() * shapes.len());
        for (index, found) in found.into_iter().enumerate() {
            let (gpu, shape) = (index / shapes.len(), index % shapes.len());
            let outcome = match found {
                Err(missing) => Outcome::Missing(missing),
                Ok((config, status)) => {
                    let place = known.entry(config.code());
                    let configuration = place.index();
                    let of_first = || Configuration { config: config.clone(), targets: BTreeSet::new() };
                    place.or_insert_with(of_first).targets.insert(gpus[gpu].compute_capability);
                    Outcome::Found { config: Box::new(config), status, configuration }
                }
            };
            entries.push(Entry { gpu, shape, outcome });
        }
        let configurations: Vec<Configuration> = known.into_values().collect();
        let kernel = configurations.first().and_then(|first| first.config.kernel.clone());
        Self { name, kernel, gpus, shapes, configurations, entries }
    }
}

impl Config {
    /// The numbers of the kernel's source that make it the code that it is, with their names, which all configurations of one
    /// problem share: without the sizes that are told at run time. Of a kernel with parts those of all, each with the name of
    /// its part.
    pub(super) fn constants(&self) -> Vec<(String, i64)> {
        if self.parts.is_empty() {
            return self.own_constants("").collect();
        }
        self.parts.iter().flat_map(|(part, config)| config.own_constants(part)).collect()
    }

    fn own_constants(&self, part: &str) -> impl Iterator<Item = (String, i64)> {
        let kernel = if self.source.is_some() { None } else { self.kernel.as_deref() };
        let kernel = kernel.and_then(|name| kernel::find(name).ok());
        let parts = kernel.into_iter().flat_map(kernel::Kernel::parts);
        let told: Vec<&str> = parts.flat_map(|part| part.kernel.run_time_macros()).copied().collect();
        let prefix = if part.is_empty() { String::new() } else { format!("{part}_") };
        let own = self.macros.iter().filter(move |(name, _)| !told.contains(&name.as_str()));
        own.map(move |(name, &value)| (format!("{prefix}{name}"), value))
    }

    /// What is launched, each by the name that an entry has it under.
    pub(super) fn launches(&self) -> Vec<(&str, &Resources)> {
        let whole = self.resources.as_ref().map(|used| ("launch", used));
        whole
            .into_iter()
            .chain(self.parts.iter().filter_map(|(name, part)| Some((*name, part.resources.as_ref()?))))
            .collect()
    }

    /// The predicted time in picoseconds; 0 where nothing is predicted.
    pub(super) fn predicted_ps(&self) -> i64 {
        self.predicted.as_ref().map_or(0, |predicted| predicted.time_ps)
    }

    fn code(&self) -> Vec<i64> {
        self.constants().into_iter().map(|(_, value)| value).collect()
    }
}
