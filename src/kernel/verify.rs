//! [`Verify`]: what a kernel says so that it can be run and held against its reference.
//!
//! The same driver runs on the emulator and on a GPU. It passes data through files, so that the reference, here in Rust and in
//! double precision, shares no code with it. `run` does the rest.

use super::{Chosen, Element, Instance, Plan, Random, SourceFile};
use indexmap::IndexMap;

/// An input: numbers that the element type holds exactly, in the order in which they lie in memory.
#[derive(Clone, Debug, PartialEq)]
pub struct Array {
    /// As the driver calls it: it reads `NAME.in`.
    pub name: &'static str,
    /// What the driver reads.
    pub element: Element,
    /// The numbers.
    pub values: Vec<f64>,
}

impl Array {
    /// An input; each number is rounded to what the element type holds.
    ///
    /// ```
    /// use constrint::kernel::{Array, Element};
    /// assert_eq!(Array::rounded("x", Element::Bf16, [0.5, 1.003]).values, [0.5, 1.0]);
    /// ```
    pub fn rounded(name: &'static str, element: Element, values: impl IntoIterator<Item = f64>) -> Self {
        Self { name, element, values: values.into_iter().map(|value| element.round(value)).collect() }
    }
}

/// What an output should be.
#[derive(Clone, Debug, PartialEq)]
pub struct Expected {
    /// As the driver calls it: it writes `NAME.out`.
    pub name: &'static str,
    /// What the driver writes.
    pub element: Element,
    /// The exact results.
    pub values: Vec<f64>,
    /// How far each may be off, as a difference: derived from the arithmetic, and positive. As many as there are values.
    pub allowed: Vec<f64>,
}

/// One run: the sizes that the driver is given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Case {
    /// What it is about, in a few words.
    pub about: String,
    /// By the names that the driver asks for.
    pub sizes: IndexMap<&'static str, i64>,
}

/// A kernel that can be run and held against a reference.
pub trait Verify: Sync {
    /// The driver, written against `driver/driver.h`: a `.cu` file that includes the kernel. Its path is as those of
    /// [`super::Kernel::sources`].
    fn driver(&self) -> SourceFile;

    /// What to run of the configuration: its shape, cut down to what a CPU emulates in a few seconds (some 10^8
    /// multiplications), with the configuration's tiles met whole, cut off at the edge, and often enough to fill its pipeline.
    fn cases(&self, instance: &Instance, values: &Chosen) -> Vec<Case>;

    /// The whole problem as a case.
    fn whole(&self, instance: &Instance, values: &Chosen) -> Case;

    /// What a GPU does to run such sizes once: the arrays of a case by the driver's names for them, random where [`inputs`](Self::inputs)
    /// gives numbers, and the launches of the kernel's own launch function.
    fn plan(&self, instance: &Instance, values: &Chosen, sizes: &IndexMap<&'static str, i64>) -> Plan;

    /// The inputs of a case. The same generator gives the same inputs.
    fn inputs(&self, instance: &Instance, case: &Case, random: &mut Random) -> Vec<Array>;

    /// The exact outputs of a case, in double precision, and how far each may be off.
    fn expected(&self, instance: &Instance, case: &Case, inputs: &[Array]) -> Vec<Expected>;
}
