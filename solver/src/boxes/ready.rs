//! [`Boxes`]: a model as it is explored.

use super::compile;
use super::direction::Slope;
use super::tape::{Goal, Tape};
use crate::model::Model;
use crate::simplify::simplified;

/// A model, made ready to be explored box by box.
#[derive(Debug)]
pub(crate) struct Boxes<'a> {
    pub(super) model: &'a Model,
    pub(super) tape: Tape,
    pub(super) goal: Option<Goal>,
    pub(super) slope: Option<Slope>,
}

impl<'a> Boxes<'a> {
    pub(crate) fn new(model: &'a Model) -> Self {
        let simple = simplified(model);
        let (tape, goal, slope) = compile::compile(simple.as_ref().unwrap_or(model));
        Self { model, tape, goal, slope }
    }
}
