//! What a kernel is asked to do: the entries of its shape, and an [`Instance`] of it.

use super::{KernelError, KernelFault};
use crate::diagnostic::Place;
use crate::hardware::Gpu;
use indexmap::IndexMap;
#[cfg(feature = "schema")]
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// One entry of a shape: a size, or a word such as the cell of a recurrent layer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(JsonSchema))]
#[serde(untagged)]
pub enum ShapeValue {
    /// A size in elements.
    Integer(i64),
    /// A choice among words.
    Word(String),
}

/// One entry of a kernel's shape.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ShapeParameter {
    /// As problems name it.
    pub name: &'static str,
    /// What it is.
    pub meaning: &'static str,
    /// What it may be.
    pub kind: ShapeKind,
}

/// What an entry of a shape may be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ShapeKind {
    /// A whole number in a range; required unless there is a default.
    Size {
        /// Smallest.
        min: i64,
        /// Largest.
        max: i64,
        /// Taken where the entry is missing.
        default: Option<i64>,
    },
    /// One of several words, the default first.
    Word {
        /// The words.
        words: &'static [&'static str],
    },
}

/// A size of a shape that the hardware bounds: where one has a configuration, so has each smaller multiple of `step`, all
/// else being equal, and where any size has one, so has the next multiple of `step` after it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BoundedSize {
    /// As problems name it.
    pub name: &'static str,
    /// Sizes are asked about in multiples of it.
    pub step: i64,
}

/// What a kernel is configured for.
#[derive(Clone, Debug)]
pub struct Instance {
    /// The GPU.
    pub gpu: Gpu,
    /// Sizes of the shape.
    pub sizes: IndexMap<&'static str, i64>,
    /// Words of the shape.
    pub words: IndexMap<&'static str, &'static str>,
    /// The type of the operands.
    pub dtype: &'static str,
}

impl Instance {
    /// Checks a shape and a type against the entries and the types that a kernel takes.
    pub(super) fn checked(
        parameters: &[ShapeParameter],
        dtypes: &[&'static str],
        gpu: Gpu,
        shape: &IndexMap<String, ShapeValue>,
        dtype: Option<&str>,
    ) -> Result<Self, KernelError> {
        let known = || parameters.iter().map(|parameter| parameter.name).collect();
        if let Some(name) = shape.keys().find(|name| parameters.iter().all(|parameter| parameter.name != *name)) {
            return Err(Place::at("shape").field(name).fault(KernelFault::ShapeUnknown { known: known() }));
        }
        let mut instance = Self { gpu, sizes: IndexMap::new(), words: IndexMap::new(), dtype: dtypes[0] };
        for parameter in parameters {
            instance.take(parameter, shape.get(parameter.name))?;
        }
        if let Some(dtype) = dtype {
            let fault = || Place::at("dtype").fault(KernelFault::ShapeWord { known: dtypes.to_vec() });
            instance.dtype = dtypes.iter().find(|known| **known == dtype).ok_or_else(fault)?;
        }
        Ok(instance)
    }

    fn take(&mut self, parameter: &ShapeParameter, value: Option<&ShapeValue>) -> Result<(), KernelError> {
        let place = Place::at("shape").field(parameter.name);
        match &parameter.kind {
            ShapeKind::Size { min, max, default } => {
                let missing = || {
                    Place::at("shape")
                        .fault(KernelFault::ShapeMissing { name: parameter.name, meaning: parameter.meaning })
                };
                let size = match value {
                    Some(ShapeValue::Integer(size)) if (min..=max).contains(&size) => *size,
                    Some(_) => return Err(place.fault(KernelFault::ShapeOutOfRange { min: *min, max: *max })),
                    None => default.ok_or_else(missing)?,
                };
                self.sizes.insert(parameter.name, size);
            }
            ShapeKind::Word { words } => {
                let word = match value {
                    None => words[0],
                    Some(ShapeValue::Word(word)) if words.contains(&word.as_str()) => {
                        words.iter().find(|known| *known == word).expect("contained")
                    }
                    Some(_) => return Err(place.fault(KernelFault::ShapeWord { known: words.to_vec() })),
                };
                self.words.insert(parameter.name, word);
            }
        }
        Ok(())
    }
}
