//! The parameters of a described kernel, and how it is run on a GPU.

use super::{Described, Uses, number, whole};
use crate::kernel::{Argument, Chosen, Field, Holds, Launch, Plan, Scalar, Step};
use constrint_solver::Expr;
use std::path::PathBuf;

/// How a described kernel is called.
#[derive(Clone, Debug, Default)]
pub struct Call {
    /// Its parameters in their order.
    pub parameters: Vec<Parameter>,
    /// Whether its blocks wait for each other, so that all of them must run at once.
    pub cooperative: bool,
}

/// A parameter.
#[derive(Clone, Debug)]
pub enum Parameter {
    /// A number.
    Number {
        /// Its type.
        scalar: Scalar,
        /// Its value.
        value: Expr,
    },
    /// The address of an array.
    Array(ParameterArray),
}

/// An array whose address is a parameter.
#[derive(Clone, Debug)]
pub struct ParameterArray {
    /// What messages call it.
    pub name: String,
    /// The type of its elements.
    pub scalar: Scalar,
    /// How many there are.
    pub elements: Expr,
    /// What it holds before the kernel runs.
    pub holds: Holds,
    /// What it is to hold when the kernel has run.
    pub expected: Option<ExpectedFile>,
}

/// What an array is to hold: each element may be off by the larger of both bounds.
#[derive(Clone, Debug, PartialEq)]
pub struct ExpectedFile {
    /// All elements, as they lie in memory.
    pub path: PathBuf,
    /// How far each may be off.
    pub absolute: f64,
    /// How far each may be off as a part of what it should be.
    pub relative: f64,
}

/// More launches are meant by nobody.
const MOST_LAUNCHES: usize = 100_000;

impl Described {
    /// What a GPU does to run a configuration once; none where a formula is undefined there, an array has fewer than no elements, or there
    /// are no launches or more than 100,000.
    pub fn plan(&self, values: &Chosen) -> Option<Plan> {
        let row: Vec<i64> = values.values().copied().collect();
        let uses = Uses::of(&self.formulas, values)?;
        let mut plan = Plan::default();
        let mut arguments = Vec::new();
        for parameter in &self.call.parameters {
            arguments.push(match parameter {
                Parameter::Number { scalar, value } => Argument::One(number_of(*scalar, value, &row)?),
                Parameter::Array(array) => {
                    let elements = whole(&array.elements, &row).filter(|&elements| elements >= 0)?;
                    let bytes = elements.checked_mul(array.scalar.bytes())?;
                    Argument::address(plan.add(&array.name, bytes, array.holds.clone()))
                }
            });
        }
        let launch = Step::Launch(Launch {
            image: 0,
            entry: self.source.entry.clone(),
            grid: uses.grid,
            block: uses.block,
            cluster: uses.cluster,
            dynamic_shared_memory_bytes: uses.dynamic_shared_memory,
            prefers_shared_memory: false,
            cooperative: self.call.cooperative,
            arguments,
        });
        let launches = usize::try_from(uses.launches).ok().filter(|launches| (1..=MOST_LAUNCHES).contains(launches))?;
        plan.steps = vec![launch; launches];
        Some(plan)
    }

    /// Its arrays that are to hold something when it has run.
    pub fn expected(&self) -> impl Iterator<Item = (&ParameterArray, &ExpectedFile)> {
        self.call.parameters.iter().filter_map(|parameter| match parameter {
            Parameter::Array(array) => Some((array, array.expected.as_ref()?)),
            Parameter::Number { .. } => None,
        })
    }
}

/// A whole number keeps all its bits.
fn number_of(scalar: Scalar, value: &Expr, row: &[i64]) -> Option<Field> {
    match scalar {
        Scalar::Int64 | Scalar::Uint64 => whole(value, row).map(Field::Int64),
        _ if scalar.is_whole() => {
            let value = i32::try_from(whole(value, row)?).ok()?;
            Some(Field::Number { scalar, value: value.into() })
        }
        _ => Some(Field::Number { scalar, value: number(value, row)? }),
    }
}
