//! The sections of a T1 file that do not speak of the space, and the keys that files have in them.
//!
//! Nothing in them is read but names and the numbers of a `BenchmarkConfig`. Keys that are not known are refused all the
//! same: one may be a condition that stands where it does not belong.

use super::keys::{self, BENCHMARK, Key};
use crate::diagnostic::Place;
use crate::problem::ProblemError;
use serde_json::Value;

/// A key, and which keys may stand within it.
pub(super) type Described = (Key, Within);

/// What may stand within a field.
pub(super) enum Within {
    /// Anything.
    Anything,
    /// An object with these keys, or a list of such; or else something that has no keys.
    Keys(&'static [Described]),
}

use Within::{Anything, Keys};

/// The sections by their keys in the file.
pub(super) const SECTIONS: &[(&str, &[Described])] = &[
    ("General", GENERAL),
    ("KernelSpecification", KERNEL),
    ("Search", SEARCH),
    ("Budget", BUDGET),
    ("Verification", &[field("Type"), field("Path")]),
];

const GENERAL: &[Described] = &[
    field("FormatVersion"),
    field("BenchmarkName"),
    field("BenchmarksPath"),
    field("LoggingLevel"),
    field("TimeUnit"),
    field("OutputFile"),
    field("OutputFormat"),
    (BENCHMARK, Anything),
];

const SEARCH: &[Described] = &[
    field("Name"),
    within("Attributes", &[field("Name"), field("Value")]),
    field("TunerName"),
    field("Trials"),
    (("Budget", &["Budgets"]), Keys(BUDGET)),
    (BENCHMARK, Anything),
];

const BUDGET: &[Described] = &[field("Type"), field("BudgetValue")];

const KERNEL: &[Described] = &[
    field("Language"),
    field("CompilerOptions"),
    field("Profiling"),
    field("BenchmarkName"),
    (("BenchmarkPath", &["BenchmarksPath"]), Anything),
    field("KernelName"),
    field("KernelFile"),
    field("KernelTypeNames"),
    within("Device", &[field("PlatformId"), field("DeviceId"), field("Id"), field("Name")]),
    (("LocalSize", &["BlockSize"]), Keys(EXTENTS)),
    field("LocalSizeType"),
    (("GlobalSize", &["GridSize"]), Keys(EXTENTS)),
    field("GlobalSizeType"),
    field("GridDivX"),
    field("GridDivY"),
    field("GridDivZ"),
    within("Modifiers", &[field("Type"), field("Dimension"), field("Parameter"), field("Action")]),
    field("ProblemSize"),
    field("DataSize"),
    field("SharedMemory"),
    field("Stream"),
    field("Misc"),
    field("SimulationInput"),
    within("Arguments", ARGUMENT),
    within("ReferenceArguments", ARGUMENT),
    within("ReferenceData", &[within("ReferenceArguments", ARGUMENT), within("ValidationPairs", VALIDATION)]),
    (BENCHMARK, Anything),
];

const EXTENTS: &[Described] = &[field("X"), field("Y"), field("Z")];

const ARGUMENT: &[Described] = &[
    field("Name"),
    field("TargetName"),
    field("Type"),
    field("TypeSize"),
    (("Size", &["Length"]), Anything),
    field("Order"),
    field("Output"),
    field("FillType"),
    (("FillValue", &["Value"]), Anything),
    (("DataSource", &["Path"]), Anything),
    field("RandomSeed"),
    field("AccessType"),
    (("MemoryType", &["MemType"]), Anything),
    field("ValidationMethod"),
    field("ValidationThreshold"),
];

const VALIDATION: &[Described] =
    &[field("ReferenceName"), field("TargetName"), field("ValidationMethod"), field("ValidationThreshold")];

const fn field(key: &'static str) -> Described {
    ((key, &[]), Anything)
}

const fn within(key: &'static str, fields: &'static [Described]) -> Described {
    ((key, &[]), Keys(fields))
}

/// Refuses keys that are not known, wherever they stand in a section.
pub(super) fn check(section: &Value, known: &[Described], place: &Place) -> Result<(), ProblemError> {
    match section {
        Value::Array(items) => {
            items.iter().enumerate().try_for_each(|(index, item)| check(item, known, &place.index(index)))
        }
        Value::Object(fields) => fields.iter().try_for_each(|(written, value)| {
            match known.iter().find(|(key, _)| keys::is_written(key, written)) {
                None => Err(keys::unknown(written, known.iter().map(|(key, _)| key.0), place)),
                Some((_, Anything)) => Ok(()),
                Some((_, Keys(fields))) => check(value, fields, &place.field(written)),
            }
        }),
        _ => Ok(()),
    }
}
