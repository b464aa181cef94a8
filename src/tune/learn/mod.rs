//! What is learned of a list of candidates from measurements: numbers alone, which stand for logarithms of times.
//!
//! | file | holds |
//! | --- | --- |
//! | `chooser.rs` | [`Chooser`]: which candidate to measure next, and what may still be gained |
//! | `process.rs` | a Gaussian process over the candidates |
//! | `fit.rs` | its assumptions, by what was measured |
//! | `gain.rs` | what a measurement is expected to gain |
//! | `failing.rs` | which candidates are likely to fail |
//! | `coordinates.rs` | values as coordinates |

mod chooser;
mod coordinates;
mod failing;
mod fit;
mod gain;
mod process;

pub(super) use chooser::Chooser;
pub(super) use coordinates::coordinate;
pub(super) use process::Candidates;
