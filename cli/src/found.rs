//! What `solve` was asked for, and what it tells: the answer and, where that has no configuration, what would have one.

use crate::args::SolveArgs;
use crate::style::FAINT;
use crate::text::paragraph;
use crate::{json, report};
use constrint::config::{Number, ObjectiveValue};
use constrint::explain::{Alternatives, HardwareNeed};
use constrint::{Answer, Problem, Request, Status};
use constrint_solver::{Limits, ValueOrder};
use serde_json::{Map, Value};
use std::time::Duration;

/// What the flags ask of a search.
pub(crate) fn asked(args: &SolveArgs) -> Request {
    Request {
        order: args.order.clone(),
        solutions: args.solutions.map_or(1, |count| usize::try_from(count).unwrap_or(usize::MAX)),
        cache: args.cache.cache(),
        ..Request::default()
    }
}

/// How long to look for what an infeasible problem needs of the hardware.
const TIME_FOR_NEED: Duration = Duration::from_secs(1);

/// The answer, and where it has no configuration, what has one and what is needed.
pub(crate) struct Found<'a> {
    pub(crate) answer: &'a Answer,
    instead: Option<Alternatives>,
    pub(crate) need: Option<HardwareNeed>,
}

impl<'a> Found<'a> {
    pub(crate) fn of(answer: &'a Answer, problem: &Problem, limits: &Limits) -> Self {
        let instead = answer.alternatives(problem, limits);
        let time = Some(limits.time.map_or(TIME_FOR_NEED, |time| time.min(TIME_FOR_NEED)));
        let described = answer.tiling.described.is_some();
        let need = described.then(|| answer.hardware(problem, &Limits { time, ..limits.clone() })).flatten();
        Self { answer, instead, need }
    }

    pub(crate) fn as_json(&self, several: bool) -> Map<String, Value> {
        let mut object = json::answer(self.answer, several);
        if let Some(instead) = &self.instead {
            object.insert("alternatives".into(), json::alternatives(instead));
        }
        if let Some(need) = &self.need {
            object.insert("hardware".into(), json::hardware(self.answer, need));
        }
        object
    }

    pub(crate) fn as_text(&self) -> String {
        let instead = self.instead.as_ref().map(report::alternatives::sections).unwrap_or_default();
        let need = self.need.as_ref().map(|need| report::hardware::sections(self.answer, need)).unwrap_or_default();
        report::answer(self.answer) + &instead + &need + &self.to_explain()
    }

    /// Where more is to be had on a problem without a solution.
    fn to_explain(&self) -> String {
        if self.answer.status != Status::Infeasible || self.instead.is_some() {
            return String::new();
        }
        "\n".to_owned() + &paragraph("`constrint explain` tells the smallest changes that would help.", 0, FAINT)
    }
}

/// An order is an objective a variable, though the search has none.
pub(crate) fn state_order(answer: &mut Answer, order: &[(String, ValueOrder)]) {
    if order.is_empty() {
        return;
    }
    for config in &mut answer.configs {
        let stages = order.iter().filter_map(|(name, end)| {
            let value = *config.values.get(name)?;
            let maximized = *end == ValueOrder::LargestFirst;
            Some(ObjectiveValue { maximized, text: name.clone(), value: Number::Integer(value) })
        });
        config.objectives = stages.collect();
    }
}
