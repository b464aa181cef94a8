//! What the errors of all layers have in common: each says what is wrong, where, and how to mend it.
//!
//! A layer has its own closed error beside the code that raises it, and `composed!` joins it with those of the layers
//! below that it passes on. [`crate::Error`] is composed of all of them.
//!
//! # Adding to it
//!
//! Something new that can be wrong in a field: a variant of the layer's `…Fault`, its words in `Display`, its mend in `hint`, and
//! `place.fault(…)` where it is found. An error of a new kind: a variant in the layer's `composed!`, and its name behind each
//! `from` of the layers above, up to [`crate::Error`]. What only the command can get wrong is a `Failure` in `cli/src/failure.rs`.
//!
//! | file | holds |
//! | --- | --- |
//! | `place.rs` | a field of a problem |
//! | `report.rs` | what an error says of itself, and how that is shown |
//! | `located.rs` | a fault in a field, or in a line of a file |
//! | `composed.rs` | errors made of those of several layers |

mod composed;
mod located;
mod place;
mod report;

pub(crate) use composed::composed;
pub use located::{InFile, Located};
pub use place::Place;
pub(crate) use report::alternatives;
pub use report::{Diagnostic, Location};
