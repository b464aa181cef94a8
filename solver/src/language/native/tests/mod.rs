//! What the native dialect means, refuses and withstands.

mod doubts;
mod evaluate;
mod meanings;
mod refusals;
mod robustness;
mod round_trip;
mod shapes;

use crate::model::{Model, Values};

/// A model of three variables x, y and z.
fn model() -> Model {
    let mut model = Model::new();
    for name in ["x", "y", "z"] {
        model.add_variable(name, Values::range(-100, 100, 1).expect("a range")).expect("a new name");
    }
    model
}
