//! [`Runner`]: a configuration that runs on given arrays.

use super::program::{Outcome, Program, subjects};
use super::{Fault, Machine, RunError, RunFault};
use crate::config::Config;
use crate::diagnostic::Place;
use crate::kernel::{Array, Case, Element};
use crate::tiling::Tiling;
use constrint_solver::Limits;
use indexmap::IndexMap;

/// A configured kernel, compiled with its driver: it takes arrays and gives arrays, on the emulator or on a GPU.
///
/// What the kernel's driver asks for by name, sizes and arrays, and in which layout is said at the head of the driver, such as
/// `src/kernel/recurrent/forward/rnn_forward_driver.cu`, and in the documentation of the kernel's module. An input without elements
/// is given as an empty array.
///
/// ```no_run
/// use constrint::kernel::{Array, Element};
/// use constrint::run::{Machine, Output, Ran, Runner};
/// use constrint::{Problem, Request, solve};
///
/// let problem = Problem::from_json(
///     r#"{"version": 1, "kernel": "matmul", "gpu": "H100 SXM", "shape": {"m": 2, "n": 2, "k": 2, "output": "fp32"}}"#,
/// )?;
/// let answer = solve(&problem, &Request::default())?;
/// let runner = Runner::compile(&answer.tiling, &answer.configs[0], "", Machine::Emulator)?;
/// let a = Array::rounded("a", Element::Bf16, [1.0, 2.0, 3.0, 4.0]);
/// let b = Array::rounded("b", Element::Bf16, [0.0, 1.0, 1.0, 0.0]);
/// let c = Output { name: "c", element: Element::Fp32, elements: 4 };
/// let ran = runner.run(&[("m", 2), ("n", 2), ("k", 2)], &[a, b], &[c])?;
/// assert_eq!(ran, Ran::Outputs(vec![vec![2.0, 1.0, 4.0, 3.0]]));
/// # Ok::<(), constrint::Error>(())
/// ```
pub struct Runner {
    program: Program,
}

/// An output that is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Output {
    /// As the driver calls it: it writes `NAME.out`.
    pub name: &'static str,
    /// What the driver writes.
    pub element: Element,
    /// How many it writes.
    pub elements: usize,
}

/// How a run ended.
#[derive(Clone, Debug, PartialEq)]
pub enum Ran {
    /// The numbers of each output, in the order in which they were asked for, as they lie in memory.
    Outputs(Vec<Vec<f64>>),
    /// The emulator found a fault in the kernel.
    Fault(Fault),
}

impl Runner {
    /// Writes the kernel's sources and its driver to a folder of their own, which goes with the runner, and compiles them: some seconds.
    /// Of a kernel with parts, such as `rnn_training`, `part` says which: `forward`; else it is empty.
    ///
    /// # Errors
    /// [`RunError::Run`] where there is no shipped kernel, or no such part, [`RunError::Tool`] where the driver cannot be compiled,
    /// [`RunError::File`].
    pub fn compile(tiling: &Tiling, config: &Config, part: &str, machine: Machine) -> Result<Self, RunError> {
        let all = subjects(tiling, config)?;
        let names = || all.iter().map(|subject| subject.part).collect();
        let no_part = || Place::at("kernel").located(RunFault::NoPart { part: part.to_owned(), parts: names() });
        let subject = all.iter().find(|subject| subject.part == part).ok_or_else(no_part)?;
        let capability = subject.instance.gpu.compute_capability;
        let limits = Limits::default();
        let program = Program::build(subject.kernel, subject.reference, subject.config, machine, capability, &limits)?;
        Ok(Self { program })
    }

    /// Runs the kernel once. Runs of one runner must follow each other: they share a folder.
    ///
    /// # Errors
    /// [`RunError::Tool`] where the driver fails, as it does without a size or an input that it asks for; [`RunError::File`] where an
    /// output is not there or has another number of elements.
    pub fn run(&self, sizes: &[(&'static str, i64)], inputs: &[Array], outputs: &[Output]) -> Result<Ran, RunError> {
        self.program.write_inputs(inputs)?;
        let case = Case { about: String::new(), sizes: sizes.iter().copied().collect::<IndexMap<_, _>>() };
        if let Outcome::Fault(fault) = self.program.run(&case, SEED)? {
            return Ok(Ran::Fault(Fault { seed: SEED, ..fault }));
        }
        let read = outputs.iter().map(|output| self.program.read_output(output.name, output.element, output.elements));
        Ok(Ran::Outputs(read.collect::<Result<_, _>>()?))
    }
}

/// Of the order of threads, where it does not matter.
const SEED: u64 = 1;
