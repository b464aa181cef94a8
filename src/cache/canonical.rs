//! [`Question`]: what was asked, as a text that two spellings of the same problem share, and the hash of that text.
//!
//! The text is that of the lowered problem: named constants, sizes and limits are numbers in it, however they came
//! there. Names and reasons of constraints, the problem's name and limits of the search are left out, since no answer
//! depends on them. The order of variables and constraints stays: it decides which of several equally good answers is
//! found, and a build must not depend on which spelling was solved first.

use crate::hardware::Gpu;
use crate::tiling::Tiling;
use constrint_solver::{Branching, Goal, Options, ValueOrder, Values};
use itertools::Itertools;
use sha2::{Digest, Sha256};
use std::fmt::{self, Write};

/// A lowered problem and how it is to be solved.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Question<'a> {
    /// The model, its kernel and its GPU.
    pub(crate) tiling: &'a Tiling,
    /// How to search; of its limits nothing is used.
    pub(crate) options: &'a Options,
    /// How many solutions.
    pub(crate) count: usize,
}

impl Question<'_> {
    /// The name under which the answer is kept: 64 hexadecimal digits.
    pub(crate) fn key(&self) -> String {
        hash(&self.text())
    }

    /// The canonical text.
    pub(super) fn text(&self) -> String {
        let mut text = String::new();
        self.write(&mut text).expect("a string takes any text");
        text
    }

    fn write(&self, out: &mut String) -> fmt::Result {
        writeln!(out, "constrint {} solver {}", env!("CARGO_PKG_VERSION"), constrint_solver::VERSION)?;
        writeln!(out, "solutions {} {}", self.count, branching(self.options.branching))?;
        self.write_model(out)?;
        for (id, end) in &self.options.order {
            let end = if *end == ValueOrder::LargestFirst { "max" } else { "min" };
            writeln!(out, "decide {} {end}", self.tiling.model.variable(*id).name)?;
        }
        if let Some((kernel, instance)) = &self.tiling.kernel {
            writeln!(out, "kernel {} {}", kernel.name(), instance.dtype)?;
            for (name, size) in &instance.sizes {
                writeln!(out, "size {name} {size}")?;
            }
            for (name, word) in &instance.words {
                writeln!(out, "word {name} {word}")?;
            }
        }
        if let Some(kernel) = &self.tiling.described {
            writeln!(out, "described {}", kernel.name)?;
        }
        if let Some(gpu) = &self.tiling.gpu {
            writeln!(out, "gpu {}", limits(gpu))?;
        }
        Ok(())
    }

    fn write_model(&self, out: &mut String) -> fmt::Result {
        let model = &self.tiling.model;
        for variable in model.variables() {
            writeln!(out, "variable {} {}", variable.name, values(&variable.values))?;
        }
        for constraint in model.constraints() {
            writeln!(out, "constraint {}", model.display(&constraint.expr))?;
        }
        for objective in model.objectives() {
            let goal = if objective.goal == Goal::Maximize { "maximize" } else { "minimize" };
            writeln!(out, "{goal} {}", model.display(&objective.expr))?;
        }
        Ok(())
    }
}

/// The SHA-256 of a text, in hexadecimal. Of the hashes that no accident and no known attack makes collide, this one
/// needs no C compiler in a user's build, which BLAKE3 does; its speed does not matter for texts of some kilobytes.
pub(super) fn hash(text: &str) -> String {
    Sha256::digest(text).iter().map(|byte| format!("{byte:02x}")).join("")
}

/// Which way of branching: it decides among equally good answers.
fn branching(branching: Branching) -> &'static str {
    match branching {
        Branching::InputOrder => "input order",
        Branching::SmallestDomain => "smallest domain",
        Branching::WeightedDegree => "weighted degree",
    }
}

/// Evenly spaced values as a range, whether they were listed or not.
fn values(values: &Values) -> String {
    let (min, max, step) = match values {
        Values::Range { min, max, step } => (*min, *max, *step),
        Values::List(list) => match spacing(list) {
            Some(step) => (list[0], list[list.len() - 1], step),
            None => return list.iter().join(","),
        },
    };
    // The step from a lone value to the next says nothing.
    format!("{min}..{max}/{}", if min == max { 1 } else { step })
}

/// The distance of neighbours, if all have the same.
fn spacing(list: &[i64]) -> Option<i64> {
    let step = list.get(1).map_or(1, |second| second - list[0]);
    list.windows(2).all(|pair| pair[1] - pair[0] == step).then_some(step)
}

/// The GPU's numbers; its name is none of them.
fn limits(gpu: &Gpu) -> String {
    let mut fields = serde_json::to_value(gpu).expect("plain data");
    if let Some(fields) = fields.as_object_mut() {
        fields.shift_remove("name");
    }
    fields.to_string()
}
