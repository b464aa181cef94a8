//! [`Asked`]: the GPUs and the shapes of a table, each checked where it stands.

use super::fault::Origin;
use super::{Shape, TableError, TableFault};
use crate::diagnostic::Place;
use crate::hardware::{Gpu, GpuSpec};
use crate::kernel::{self, Instance, ShapeValue};
use crate::problem::{KernelSpec, Problem};
use crate::tiling::TilingFault;
use indexmap::IndexMap;

/// What an entry of `shapes` says, on top of what all share.
#[derive(Clone, Debug)]
struct Given {
    shape: IndexMap<String, ShapeValue>,
    /// Its own type.
    dtype: Option<String>,
    /// What it has from `shape`.
    shared: Vec<String>,
}

/// What a table is asked for.
///
/// ```
/// use constrint::{Problem, table::Asked};
///
/// let problem = Problem::from_json(
///     r#"{"version": 1, "kernel": "matmul", "gpus": ["H100 SXM", "4090"], "shape": {"k": 4096},
///         "shapes": [{"m": 128, "n": 4096}, {"m": 256, "n": 4096, "output": "fp32"}]}"#,
/// )?;
/// let asked = Asked::of(&problem)?;
/// assert_eq!((asked.gpus()[1].sms, asked.shapes()[1].sizes["k"]), (128, 4096));
/// let error = Asked::of(&Problem { shapes: Some(vec![]), ..problem }).unwrap_err();
/// assert!(error.to_string().starts_with("shapes: a table needs shapes"));
/// # Ok::<(), constrint::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Asked {
    /// Everything but the GPU and the shape.
    common: Problem,
    specs: Vec<GpuSpec>,
    gpus: Vec<Gpu>,
    given: Vec<Given>,
    shapes: Vec<Shape>,
    /// Whether the GPUs, and the shapes, are lists of the file, and not one of each.
    are_lists: (bool, bool),
}

impl Asked {
    /// The table that a problem asks for. A problem with one `gpu` or one `shape` in place of a list is a table of it.
    ///
    /// # Errors
    /// [`TableError`] that points at the entry.
    pub fn of(problem: &Problem) -> Result<Self, TableError> {
        let specs = specs(problem)?;
        let given = given(problem)?;
        let common = Problem { gpu: None, gpus: None, shapes: None, shape: IndexMap::new(), ..problem.clone() };
        let are_lists = (problem.gpus.is_some(), problem.shapes.is_some());
        let mut asked = Self { common, specs, gpus: Vec::new(), given, shapes: Vec::new(), are_lists };
        for (index, spec) in asked.specs.iter().enumerate() {
            let fault = |error| asked.gpu_place(index).fault::<_, TableError>(TableFault::Gpu(error));
            asked.gpus.push(spec.resolve().map_err(fault)?);
        }
        asked.refuse_gpus_alike()?;
        asked.shapes = (0..asked.given.len()).map(|index| asked.shape(index)).collect::<Result<_, _>>()?;
        asked.refuse_shapes_alike()?;
        let names: Vec<String> = asked.shapes[0].sizes.keys().cloned().collect();
        for shape in &mut asked.shapes {
            shape.sizes.sort_by_key(|name, _| names.iter().position(|known| known == name));
        }
        Ok(asked)
    }

    /// The GPUs, in the order of the file.
    pub fn gpus(&self) -> &[Gpu] {
        &self.gpus
    }

    /// The shapes, in the order of the file, with the kernel's defaults filled in.
    pub fn shapes(&self) -> &[Shape] {
        &self.shapes
    }

    /// The problem of one entry, as `solve` takes it.
    pub fn problem(&self, gpu: usize, shape: usize) -> Problem {
        let mut problem = Problem { gpu: Some(self.specs[gpu].clone()), ..self.common.clone() };
        let given = &self.given[shape];
        problem.shape.clone_from(&given.shape);
        problem.dtype = given.dtype.clone().or(problem.dtype);
        problem
    }

    /// The problem without its GPUs and shapes.
    pub(super) fn common(&self) -> &Problem {
        &self.common
    }

    /// Where the GPU and the shape of an entry stand.
    pub(super) fn origin(&self, gpu: usize, shape: usize) -> Origin {
        let at = self.shape_place(shape);
        let given = &self.given[shape];
        let dtype = if given.dtype.is_some() { at.field(DTYPE) } else { Place::at(DTYPE) };
        let shared = given.shared.iter().map(|name| Place::at("shape").field(name)).collect();
        Origin { gpu: self.gpu_place(gpu), shape: at, dtype, shared }
    }

    fn gpu_place(&self, index: usize) -> Place {
        if self.are_lists.0 { Place::at("gpus").index(index) } else { Place::at("gpu") }
    }

    fn shape_place(&self, index: usize) -> Place {
        if self.are_lists.1 { Place::at("shapes").index(index) } else { Place::at("shape") }
    }

    fn shape(&self, index: usize) -> Result<Shape, TableError> {
        let Some(KernelSpec::Shipped(name)) = &self.common.kernel else {
            let given = &self.given[index].shape;
            return match given.iter().find(|(_, value)| matches!(value, ShapeValue::Word(_))) {
                Some((name, _)) => {
                    let fault = Place::at("shape").field(name).located(TilingFault::NeedsShippedKernel);
                    Err(self.origin(0, index).error(fault))
                }
                None => Ok(Shape::of_sizes(given)),
            };
        };
        let kernel = kernel::find(name)?;
        let problem = self.problem(0, index);
        let instance = Instance::new(kernel, self.gpus[0].clone(), &problem.shape, problem.dtype.as_deref());
        instance.map(|instance| Shape::of_instance(&instance)).map_err(|error| self.origin(0, index).error(error))
    }

    fn refuse_gpus_alike(&self) -> Result<(), TableError> {
        let told_by = |gpu: &Gpu| (gpu.name.clone(), gpu.compute_capability, gpu.sms, gpu.memory_bytes);
        for (index, gpu) in self.gpus.iter().enumerate() {
            let Some(first) = self.gpus[..index].iter().position(|known| told_by(known) == told_by(gpu)) else {
                continue;
            };
            let fault = if self.gpus[first] == *gpu {
                TableFault::GpuTwice { first }
            } else {
                TableFault::GpusAlike { first, name: gpu.name.clone() }
            };
            return Err(self.gpu_place(index).fault(fault));
        }
        Ok(())
    }

    fn refuse_shapes_alike(&self) -> Result<(), TableError> {
        for (index, shape) in self.shapes.iter().enumerate() {
            let place = self.shape_place(index);
            let first = &self.shapes[0];
            if let Some(name) = first.sizes.keys().find(|name| !shape.sizes.contains_key(*name)) {
                return Err(place.fault(TableFault::SizeMissing { name: name.clone(), first: 0 }));
            }
            if let Some(name) = shape.sizes.keys().find(|name| !first.sizes.contains_key(*name)) {
                return Err(place.field(name).fault(TableFault::SizeNew { first: 0 }));
            }
            if let Some(first) = self.shapes[..index].iter().position(|known| known == shape) {
                return Err(place.fault(TableFault::ShapeTwice { first }));
            }
        }
        Ok(())
    }
}

/// In an entry of `shapes`, the word that is no word of the shape.
const DTYPE: &str = "dtype";

fn specs(problem: &Problem) -> Result<Vec<GpuSpec>, TableError> {
    match (&problem.gpus, &problem.gpu) {
        (Some(_), Some(_)) => Err(Place::at("gpu").fault(TableFault::BesideList { list: "gpus" })),
        (Some(gpus), None) if !gpus.is_empty() => Ok(gpus.clone()),
        (None, Some(gpu)) => Ok(vec![gpu.clone()]),
        (Some(_), None) => Err(Place::at("gpus").fault(TableFault::NoGpus)),
        (None, None) => Err(Place::root().fault(TableFault::NoGpus)),
    }
}

fn given(problem: &Problem) -> Result<Vec<Given>, TableError> {
    let whole = |own: &IndexMap<String, ShapeValue>| {
        let (mut own, mut shape) = (own.clone(), problem.shape.clone());
        let dtype = match own.get(DTYPE) {
            Some(ShapeValue::Word(dtype)) => Some(dtype.clone()),
            _ => None,
        };
        if dtype.is_some() {
            own.shift_remove(DTYPE);
        }
        let shared = shape.keys().filter(|name| !own.contains_key(*name)).cloned().collect();
        shape.extend(own);
        Given { shape, dtype, shared }
    };
    match &problem.shapes {
        None => Ok(vec![Given { shape: problem.shape.clone(), dtype: None, shared: Vec::new() }]),
        Some(shapes) if shapes.is_empty() => Err(Place::at("shapes").fault(TableFault::NoShapes)),
        Some(shapes) => Ok(shapes.iter().map(whole).collect()),
    }
}
