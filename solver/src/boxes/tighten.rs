//! What must be true, and the goal, cut the ranges of a box.

use super::splits::Splits;
use super::state::{Explorer, Failed};
use super::tape::{Node, Op, Tape};
use super::value::Value;
use crate::arith::{INFINITY, Interval};

impl Explorer<'_> {
    /// Whether the bounds of the goal say that nothing in the box is better than the best known.
    pub(super) fn cannot_improve(&mut self, depth: usize) -> bool {
        let Some(goal) = self.boxes.goal else { return false };
        let at = |node: Node| self.frames[depth].values[node as usize];
        let (numerator, denominator) = (at(goal.numerator), at(goal.denominator));
        if numerator.is_nothing() || denominator.is_nothing() {
            return true;
        }
        let Some(cut) = self.cut else { return false };
        if cut.excludes(numerator, denominator) {
            return true;
        }
        let Some(slope) = &self.boxes.slope else { return false };
        if numerator.exact().is_some() && denominator.exact().is_some() {
            return false;
        }
        let tape = &self.boxes.tape;
        let values = &self.frames[depth].values;
        slope.directions(tape, goal, values, &mut self.directions);
        let bounds = slope.corner(tape, goal, values, &self.directions, &mut self.corner);
        bounds.is_some_and(|(numerator, denominator)| cut.excludes(numerator, denominator))
    }

    /// Cuts the ranges of a box by what must be true, and by the goal.
    pub(super) fn tighten(&mut self, depth: usize) -> Failed {
        /// Bounds may creep; splitting brings more than waiting.
        const ROUNDS: usize = 3;
        for _ in 0..ROUNDS {
            if self.cannot_improve(depth) {
                return Some(self.goal_splits(depth));
            }
            match self.narrow(depth) {
                Err(splits) => return Some(splits),
                Ok(false) => return None,
                Ok(true) => {}
            }
        }
        None
    }

    /// One way back from what must be true to the variables, and forth again. Whether some range got smaller.
    fn narrow(&mut self, depth: usize) -> Result<bool, Splits> {
        let tape = &self.boxes.tape;
        self.pending.clear(tape.ops.len());
        for index in 0..self.roots.len() {
            let (node, mask) = self.roots[index];
            let value = self.frames[depth].values[node as usize];
            if !value.is_true() && value.lo >= 0 && value.hi <= 1 {
                let why = self.splits(depth, mask);
                self.pending.tell(node, value, Interval::point(1), why);
            }
        }
        self.narrow_goal(depth);
        let mut changed = 0u64;
        while let Some((node, bounds, why)) = self.pending.next() {
            if bounds.is_empty() {
                self.blame(self.mask(node));
                return Err(why);
            }
            if let Op::Variable(variable) = tape.ops[node as usize] {
                let Some(place) = self.places[variable] else { return Err(why) };
                let frame = &mut self.frames[depth];
                let Some(range) = self.open[place].1.within(frame.ranges[place], bounds) else {
                    self.blame(1 << place);
                    return Err(why | self.frames[depth].reasons[place]);
                };
                if range != frame.ranges[place] {
                    (frame.ranges[place], changed) = (range, changed | 1 << place);
                    frame.reasons[place] |= why;
                }
                continue;
            }
            let (values, pending) = (&self.frames[depth].values, &mut self.pending);
            tape.narrow(node, bounds, values, &mut |operand: Node, bounds: Interval| {
                pending.tell(operand, values[operand as usize], bounds, why);
            });
        }
        for place in (0..self.open.len()).filter(|place| changed & (1 << place) != 0) {
            self.update(depth, place)?;
        }
        Ok(changed != 0)
    }

    /// The goal must be better than the best known.
    fn narrow_goal(&mut self, depth: usize) {
        let (Some(goal), Some(cut)) = (self.boxes.goal, self.cut) else { return };
        let at = |node: Node| self.frames[depth].values[node as usize];
        let (numerator, denominator) = (at(goal.numerator), at(goal.denominator));
        if let Some(limit) = cut.most(denominator) {
            let why = self.goal_splits(depth);
            self.pending.tell(goal.numerator, numerator, Interval::new(-INFINITY, limit), why);
        }
    }

    /// Variables that had a part in a failure are split sooner.
    fn blame(&mut self, mut places: u64) {
        while places != 0 {
            self.guide.weights[self.open[places.trailing_zeros() as usize].0] += 1;
            places &= places - 1;
        }
    }

    /// Evaluates what the variable at that place has a part in, now that its range is another.
    pub(super) fn update(&mut self, depth: usize, place: usize) -> Result<(), Splits> {
        let (variable, column) = &self.open[place];
        let (first, last) = self.frames[depth].ranges[place];
        let bounds = Value { lo: column.value(first), hi: column.value(last), partial: false };
        let tape = &self.boxes.tape;
        let mut frame = std::mem::take(&mut self.frames[depth]);
        let failed = tape.dependents[*variable].iter().find(|&&node| {
            let value = match &tape.ops[node as usize] {
                Op::Variable(_) => bounds,
                Op::Opaque(expr) if self.is_fixed(node, &frame.ranges) => {
                    Tape::ask_checker(expr, &self.point_of(&frame.ranges))
                }
                Op::Opaque(_) => Value::ANYTHING,
                _ => tape.evaluate(node, &frame.values),
            };
            frame.values[node as usize] = value;
            tape.required[node as usize] && value.is_false()
        });
        self.frames[depth] = frame;
        let Some(&node) = failed else { return Ok(()) };
        let mask = self.mask(node);
        self.blame(mask);
        Err(self.splits(depth, mask))
    }
}
