//! The walk over boxes: evaluate, drop or split, the more promising half first.

use super::Boxes;
use super::column::Column;
use super::direction::Direction;
use super::tape::{Goal, Node, Op, Tape};
use super::value::Value;
use crate::checker::{self, Number};
use crate::domain::Domain;
use num_traits::ToPrimitive;

/// More open variables than that are not explored: a set of them is a word.
const MOST_OPEN: usize = 64;
/// The values of the last open variable are tried one by one where there are no more.
const FEW: u64 = 8;
/// Boxes between two questions whether to stop.
const PATIENCE: u64 = 1 << 10;

/// How an exploration ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ending {
    /// Every box was looked at, or a solution was found that nothing can beat.
    Complete,
    /// The budget was spent, or there was something that it could not decide.
    Unfinished,
    /// The caller asked for the end.
    Stopped,
}

/// What an exploration found.
#[derive(Debug, Clone)]
pub(crate) struct Explored {
    /// The best of the better solutions that were met.
    pub(crate) best: Option<Vec<i64>>,
    pub(crate) ending: Ending,
    /// The boxes that were looked at.
    pub(crate) boxes: u64,
}

/// A number that the objective must stay below, as a fraction with a positive denominator.
#[derive(Debug, Clone, Copy)]
struct Cut {
    numerator: i128,
    denominator: i128,
}

impl Cut {
    /// None where its numbers are too large.
    fn of(value: &Number, goal: Goal) -> Option<Self> {
        let numerator = value.numer().to_i128().filter(|numerator| numerator.abs() < 1 << 64)?;
        let denominator = value.denom().to_i128().filter(|&denominator| denominator < 1 << 60)?;
        Some(Self { numerator: if goal.negated { -numerator } else { numerator }, denominator })
    }

    /// Whether no fraction within the bounds is below it.
    fn excludes(self, numerator: Value, denominator: Value) -> bool {
        let at = if self.numerator >= 0 { denominator.hi } else { denominator.lo };
        if !crate::arith::is_finite(at) || !crate::arith::is_finite(numerator.lo) {
            return false;
        }
        let (least, limit) =
            (i128::from(numerator.lo).checked_mul(self.denominator), self.numerator.checked_mul(i128::from(at)));
        least.zip(limit).is_some_and(|(least, limit)| least >= limit)
    }
}

/// A box: ranges of indices of the open variables, and what every operation can be.
#[derive(Debug, Clone, Default)]
struct Frame {
    ranges: Vec<(u64, u64)>,
    values: Vec<Value>,
}

struct Explorer<'b> {
    boxes: &'b Boxes<'b>,
    /// The variables that are not fixed, and their values.
    open: Vec<(usize, Column)>,
    /// For each operation that must be true, the open variables that have a part in it.
    roots: Vec<(Node, u64)>,
    /// The same for the goal.
    goals: Vec<(Node, u64)>,
    frames: Vec<Frame>,
    /// The value of each variable, where it is fixed.
    point: Vec<i64>,
    cut: Option<Cut>,
    best: Option<Vec<i64>>,
    used: u64,
    budget: u64,
    unsure: bool,
    directions: Vec<Direction>,
    corner: Vec<Value>,
    stop: &'b mut dyn FnMut() -> bool,
}

/// Whether to go on.
type Flow = Result<(), Ending>;

pub(super) fn explore(
    boxes: &Boxes,
    domains: &[&Domain],
    known: Option<&Number>,
    budget: u64,
    stop: &mut dyn FnMut() -> bool,
) -> Explored {
    let fixed = |domain: &Domain| domain.fixed().is_some();
    let open = domains.iter().enumerate().filter(|(_, domain)| !fixed(domain));
    let open: Vec<(usize, Column)> = open.map(|(index, domain)| (index, Column::of(domain))).collect();
    let cut = boxes.goal.zip(known).map(|(goal, known)| Cut::of(known, goal));
    if open.len() > MOST_OPEN || cut.is_some_and(|cut| cut.is_none()) {
        return Explored { best: None, ending: Ending::Unfinished, boxes: 0 };
    }
    let point = domains.iter().map(|domain| domain.lo()).collect();
    let cut = cut.flatten();
    let mut explorer = Explorer {
        boxes,
        roots: Vec::new(),
        goals: Vec::new(),
        frames: Vec::new(),
        point,
        cut,
        best: None,
        used: 0,
        budget,
        unsure: false,
        directions: Vec::new(),
        corner: Vec::new(),
        stop,
        open,
    };
    let ending = match explorer.start(domains) {
        Ok(()) if explorer.unsure => Ending::Unfinished,
        Ok(()) => Ending::Complete,
        Err(ending) => ending,
    };
    Explored { best: explorer.best, ending, boxes: explorer.used }
}

impl Explorer<'_> {
    fn tape(&self) -> &Tape {
        &self.boxes.tape
    }

    fn start(&mut self, domains: &[&Domain]) -> Flow {
        let tape = self.tape();
        let mut values = Vec::with_capacity(tape.ops.len());
        for (node, op) in (0..).zip(&tape.ops) {
            let value = match op {
                Op::Variable(variable) => Value::of(domains[*variable].hull(), false),
                Op::Opaque(expr) if self.is_fixed(node, &[]) => Tape::ask_checker(expr, &self.point),
                Op::Opaque(_) => Value::ANYTHING,
                _ => tape.evaluate(node, &values),
            };
            if tape.required[node as usize] && value.is_false() {
                return Ok(());
            }
            values.push(value);
        }
        let ranges = self.open.iter().map(|(_, column)| (0, column.len() - 1)).collect();
        let required = (0..).zip(&tape.required).filter(|&(_, &required)| required).map(|(node, _)| node);
        self.roots = self.with_open(required);
        self.goals = self.with_open(self.boxes.goal.into_iter().flat_map(|goal| [goal.numerator, goal.denominator]));
        self.frames.push(Frame { ranges, values });
        if self.cannot_improve(0) { Ok(()) } else { self.visit(0) }
    }

    /// The operations with an open variable, and their open variables.
    fn with_open(&self, nodes: impl Iterator<Item = Node>) -> Vec<(Node, u64)> {
        let tape = self.tape();
        let place = |variable: u32| self.open.iter().position(|&(index, _)| index == variable as usize);
        let mask = |node: Node| {
            let places = tape.variables[node as usize].iter().filter_map(|&variable| place(variable));
            places.fold(0u64, |mask, place| mask | 1 << place)
        };
        nodes.map(|node| (node, mask(node))).filter(|&(_, mask)| mask != 0).collect()
    }

    /// Whether all variables of the operation are fixed, within the ranges where there are some.
    fn is_fixed(&self, node: Node, ranges: &[(u64, u64)]) -> bool {
        self.tape().variables[node as usize].iter().all(|&variable| {
            let place = self.open.iter().position(|&(index, _)| index == variable as usize);
            place.is_none_or(|place| ranges.get(place).is_some_and(|&(first, last)| first == last))
        })
    }

    fn cannot_improve(&mut self, depth: usize) -> bool {
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

    /// The open variables that have a part in something required that is undecided, and in an undecided goal.
    fn relevant(&self, depth: usize) -> (u64, u64) {
        let values = &self.frames[depth].values;
        let mask = |roots: &[(Node, u64)], is_decided: fn(Value) -> bool| {
            let undecided = roots.iter().filter(|&&(node, _)| !is_decided(values[node as usize]));
            undecided.fold(0, |mask, &(_, of_root)| mask | of_root)
        };
        let of_goal = mask(&self.goals, |value| value.exact().is_some());
        (mask(&self.roots, Value::is_true), of_goal)
    }

    /// Puts each variable that only the goal depends on at the end that is best for it, if there is one whatever the others
    /// are. The variables that are still relevant.
    fn settle(&mut self, depth: usize) -> u64 {
        let (required, of_goal) = self.relevant(depth);
        let free = of_goal & !required;
        let (Some(goal), Some(slope)) = (self.boxes.goal, &self.boxes.slope) else { return required | of_goal };
        let is_open = |&(place, &(first, last)): &(usize, &(u64, u64))| free & (1 << place) != 0 && first < last;
        if !self.frames[depth].ranges.iter().enumerate().any(|range| is_open(&range)) {
            return required | of_goal;
        }
        slope.directions(&self.boxes.tape, goal, &self.frames[depth].values, &mut self.directions);
        for place in 0..self.open.len() {
            let (first, last) = self.frames[depth].ranges[place];
            let (variable, column) = &self.open[place];
            let Some(node) = self.boxes.tape.variable(*variable).filter(|_| free & (1 << place) != 0 && first < last) else {
                continue;
            };
            let index = match self.directions[node as usize] {
                Direction::ANY => continue,
                Direction::DOWN => last,
                _ => first,
            };
            let (variable, bounds) = (*variable, Value::point(column.value(index)));
            self.frames[depth].ranges[place] = (index, index);
            self.evaluate(depth, variable, bounds);
        }
        required | of_goal
    }

    fn visit(&mut self, depth: usize) -> Flow {
        let relevant = self.settle(depth);
        let (mut widest, mut size, mut count) = (None, 1, 0);
        for (place, &(first, last)) in self.frames[depth].ranges.iter().enumerate() {
            let len = last - first + 1;
            if len > 1 && relevant & (1 << place) != 0 {
                count += 1;
                if len > size {
                    (widest, size) = (Some(place), len);
                }
            }
        }
        let Some(place) = widest else { return self.leaf(depth) };
        if self.frames.len() <= depth + 2 {
            self.frames.resize(depth + 3, Frame::default());
        }
        let (first, last) = self.frames[depth].ranges[place];
        if count == 1 && size <= FEW {
            for index in first..=last {
                if self.enter(depth, depth + 1, place, (index, index))? {
                    self.visit(depth + 1)?;
                }
            }
            return Ok(());
        }
        self.split(depth, place, first + (size - 1) / 2)
    }

    /// Both halves, the one with the better bound first.
    fn split(&mut self, depth: usize, place: usize, middle: u64) -> Flow {
        let (first, last) = self.frames[depth].ranges[place];
        let low = self.enter(depth, depth + 1, place, (first, middle))?;
        let promise_low = self.promise(depth + 1);
        let high = self.enter(depth, depth + 2, place, (middle + 1, last))?;
        let promise_high = self.promise(depth + 2);
        if low && !(high && promise_high < promise_low) {
            self.visit(depth + 1)?;
            if high && self.enter(depth, depth + 1, place, (middle + 1, last))? {
                self.visit(depth + 1)?;
            }
            return Ok(());
        }
        if high {
            self.frames.swap(depth + 1, depth + 2);
            self.visit(depth + 1)?;
            if low && self.enter(depth, depth + 1, place, (first, middle))? {
                self.visit(depth + 1)?;
            }
        }
        Ok(())
    }

    /// The least that the objective can be; only used to order.
    #[expect(clippy::cast_precision_loss, reason = "decides what comes first, nothing else")]
    fn promise(&self, depth: usize) -> f64 {
        let Some(goal) = self.boxes.goal else { return 0.0 };
        let at = |node: Node| self.frames[depth].values[node as usize];
        let (numerator, denominator) = (at(goal.numerator).lo as f64, at(goal.denominator));
        numerator / (if numerator >= 0.0 { denominator.hi } else { denominator.lo }).max(1) as f64
    }

    /// Evaluates a part of a box. Whether it can hold a better solution.
    fn enter(&mut self, from: usize, to: usize, place: usize, range: (u64, u64)) -> Result<bool, Ending> {
        self.used += 1;
        if self.used >= self.budget {
            return Err(Ending::Unfinished);
        }
        if self.used.is_multiple_of(PATIENCE) && (self.stop)() {
            return Err(Ending::Stopped);
        }
        let [parent, frame] = self.frames.get_disjoint_mut([from, to]).expect("two frames");
        frame.ranges.clone_from(&parent.ranges);
        frame.values.clone_from(&parent.values);
        frame.ranges[place] = range;
        let (variable, column) = &self.open[place];
        let bounds = Value { lo: column.value(range.0), hi: column.value(range.1), partial: false };
        Ok(self.evaluate(to, *variable, bounds) && !self.cannot_improve(to))
    }

    /// Evaluates what the variable has a part in. Whether nothing required is violated.
    fn evaluate(&mut self, depth: usize, variable: usize, bounds: Value) -> bool {
        let tape = &self.boxes.tape;
        let mut frame = std::mem::take(&mut self.frames[depth]);
        let holds = tape.dependents[variable].iter().all(|&node| {
            let value = match &tape.ops[node as usize] {
                Op::Variable(_) => bounds,
                Op::Opaque(expr) if self.is_fixed(node, &frame.ranges) => {
                    Tape::ask_checker(expr, &self.point_of(&frame.ranges))
                }
                Op::Opaque(_) => Value::ANYTHING,
                _ => tape.evaluate(node, &frame.values),
            };
            frame.values[node as usize] = value;
            !(tape.required[node as usize] && value.is_false())
        });
        self.frames[depth] = frame;
        holds
    }

    /// The first point of the box.
    fn point_of(&self, ranges: &[(u64, u64)]) -> Vec<i64> {
        let mut point = self.point.clone();
        for ((variable, column), &(first, _)) in self.open.iter().zip(ranges) {
            point[*variable] = column.value(first);
        }
        point
    }

    /// All that matters is decided, or left to the checker: one point stands for the box.
    fn leaf(&mut self, depth: usize) -> Flow {
        let point = self.point_of(&self.frames[depth].ranges);
        match checker::is_solution(self.boxes.model, &point) {
            Ok(true) => {}
            Ok(false) => return Ok(()),
            Err(checker::TooLarge) => {
                self.unsure = true;
                return Ok(());
            }
        }
        let Some(goal) = self.boxes.goal else {
            self.best = Some(point);
            return Err(Ending::Complete);
        };
        let objective = &self.boxes.model.objectives()[0].expr;
        let Ok(Some(value)) = checker::evaluate(objective, &point) else { return Ok(()) };
        let Some(cut) = Cut::of(&value, goal) else {
            self.unsure = true;
            return Ok(());
        };
        if self.cut.is_none_or(|known| is_below(cut, known)) {
            (self.cut, self.best) = (Some(cut), Some(point));
        }
        Ok(())
    }
}

fn is_below(a: Cut, b: Cut) -> bool {
    let sides = a.numerator.checked_mul(b.denominator).zip(b.numerator.checked_mul(a.denominator));
    sides.is_some_and(|(a, b)| a < b)
}
