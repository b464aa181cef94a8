//! [`Entry`]: an answer as JSON, and what must hold before it is believed.

use super::canonical::{Question, hash};
use constrint_solver::checker::{self, Number};
use constrint_solver::{Goal, Model, Objective, Solution};
use indexmap::IndexMap;
use itertools::Itertools;
use serde::{Deserialize, Serialize};
use std::cmp::Ordering;

/// The status of answers that are kept, as `solve` names it.
const OPTIMAL: &str = "optimal";

/// Version of the format below.
const FORMAT: u32 = 1;

/// What a file of the cache holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Entry {
    format: u32,
    /// The version of this crate that wrote it.
    constrint: String,
    /// The problem's name, for people: spellings of the same problem may differ in it.
    problem: String,
    key: String,
    status: String,
    /// Best first.
    solutions: Vec<Kept>,
    /// Hash of all fields before.
    checksum: String,
}

/// One solution.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Kept {
    /// By the names of the variables.
    values: IndexMap<String, i64>,
    /// Exact, such as `392` or `7/3`; most important first.
    objectives: Vec<String>,
}

impl Entry {
    /// What is kept of a proved answer.
    pub(super) fn new(question: &Question, key: &str, solutions: &[Solution]) -> Self {
        let model = &question.tiling.model;
        let solutions = solutions.iter().map(|solution| {
            let names = model.variables().iter().map(|variable| variable.name.clone());
            let objectives = solution.objectives.iter().map(Number::to_string).collect();
            Kept { values: names.zip(solution.values.iter().copied()).collect(), objectives }
        });
        let mut entry = Self {
            format: FORMAT,
            constrint: env!("CARGO_PKG_VERSION").to_owned(),
            problem: question.tiling.name.clone(),
            key: key.to_owned(),
            status: OPTIMAL.to_owned(),
            solutions: solutions.collect(),
            checksum: String::new(),
        };
        entry.seal();
        entry
    }

    fn seal(&mut self) {
        self.checksum = self.sum();
    }

    /// Any text with the fields of an entry, its checksum made right.
    #[cfg(test)]
    pub(super) fn sealed(text: &str) -> Option<Self> {
        let mut entry: Self = serde_json::from_str(text).ok()?;
        entry.seal();
        Some(entry)
    }

    /// As it is written.
    pub(super) fn text(&self) -> String {
        serde_json::to_string_pretty(self).expect("plain data") + "\n"
    }

    /// An entry of this version that is as it was written.
    pub(super) fn read(text: &str) -> Option<Self> {
        let entry: Self = serde_json::from_str(text).ok()?;
        let current = entry.format == FORMAT && entry.constrint == env!("CARGO_PKG_VERSION");
        (current && entry.checksum == entry.sum()).then_some(entry)
    }

    fn sum(&self) -> String {
        let without = Self { checksum: String::new(), ..self.clone() };
        hash(&serde_json::to_string(&without).expect("plain data"))
    }

    /// Its solutions, if they are an answer to the question as far as that can be checked.
    pub(super) fn solutions(&self, question: &Question, key: &str) -> Option<Vec<Solution>> {
        if self.key != key || self.status != OPTIMAL {
            return None;
        }
        let model = &question.tiling.model;
        let solutions = self.solutions.iter().map(|kept| kept.solution(model)).collect::<Option<Vec<_>>>()?;
        let counted = (1..=question.count).contains(&solutions.len());
        let apart = solutions.iter().map(|solution| &solution.values).all_unique();
        let sorted = solutions.is_sorted_by(|a, b| is_no_worse(model.objectives(), a, b));
        (counted && apart && sorted).then_some(solutions)
    }
}

impl Kept {
    /// The solution, if the checker finds it to be one, with the objectives that are written here.
    fn solution(&self, model: &Model) -> Option<Solution> {
        if self.values.len() != model.variables().len() {
            return None;
        }
        let of = |name: &String| self.values.get(name).copied();
        let values = model.variables().iter().map(|variable| of(&variable.name)).collect::<Option<Vec<_>>>()?;
        if checker::is_solution(model, &values) != Ok(true) {
            return None;
        }
        let value = |objective: &Objective| checker::evaluate(&objective.expr, &values).ok().flatten();
        let objectives = model.objectives().iter().map(value).collect::<Option<Vec<_>>>()?;
        let as_written = objectives.iter().map(Number::to_string).eq(self.objectives.iter().cloned());
        as_written.then_some(Solution { values, objectives })
    }
}

/// Whether `a` may stand before `b`.
fn is_no_worse(objectives: &[Objective], a: &Solution, b: &Solution) -> bool {
    let stages = objectives.iter().zip(a.objectives.iter().zip(&b.objectives));
    let ordering = stages.map(|(objective, (a, b))| if objective.goal == Goal::Minimize { a.cmp(b) } else { b.cmp(a) });
    ordering.fold(Ordering::Equal, Ordering::then).is_le()
}
