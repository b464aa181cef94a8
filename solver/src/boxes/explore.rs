//! The walk over boxes: evaluate, drop or split, the more promising half first.

use super::Boxes;
use super::column::Column;
use super::direction::Direction;
use super::tape::{Goal, Node, Op, Tape};
use super::value::Value;
use crate::arith::{INFINITY, Interval, clamp, floor_div, is_finite};
use crate::checker::{self, Number};
use crate::domain::Domain;
use num_traits::ToPrimitive;

/// More open variables than that are not explored: a set of them is a word.
const MOST_OPEN: usize = 64;
/// The values of the last open variable are tried one by one where there are no more.
const FEW: u64 = 8;
/// Operands that take as long to evaluate as all else that is done for a box.
pub(super) const OPERANDS: usize = 64;
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

/// Which variables to split first.
#[derive(Debug, Clone)]
pub(crate) struct Guide {
    /// How often each variable of the model had a part in a failure; empty where nothing is known.
    pub(crate) weights: Vec<u64>,
    /// By how much a variable of the goal is preferred.
    pub(crate) goal_first: f64,
}

impl Default for Guide {
    fn default() -> Self {
        Self { weights: Vec::new(), goal_first: 4.0 }
    }
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

    /// The largest numerator of a fraction below it, for a denominator within the bounds.
    fn most(self, denominator: Value) -> Option<i64> {
        let at = if self.numerator >= 0 { denominator.hi } else { denominator.lo };
        if !is_finite(at) {
            return None;
        }
        let limit = self.numerator.checked_mul(i128::from(at))?;
        Some(clamp(floor_div(limit - 1, self.denominator)))
    }

    /// Whether no fraction within the bounds is below it.
    fn excludes(self, numerator: Value, denominator: Value) -> bool {
        let at = if self.numerator >= 0 { denominator.hi } else { denominator.lo };
        if !is_finite(at) || !is_finite(numerator.lo) {
            return false;
        }
        let (least, limit) =
            (i128::from(numerator.lo).checked_mul(self.denominator), self.numerator.checked_mul(i128::from(at)));
        least.zip(limit).is_some_and(|(least, limit)| least >= limit)
    }
}

/// Splits on the way to a box, by depth: what a box failed for. Deeper splits than that are all one.
type Splits = u128;

/// Every split.
const ALL: Splits = Splits::MAX;

/// The split at that depth.
fn split_at(depth: usize) -> Splits {
    1 << depth.min(127)
}

/// A box: ranges of indices of the open variables, and what every operation can be.
#[derive(Debug, Clone, Default)]
struct Frame {
    ranges: Vec<(u64, u64)>,
    /// For each open variable, the splits that its range follows from.
    reasons: Vec<Splits>,
    values: Vec<Value>,
}

struct Explorer<'b> {
    boxes: &'b Boxes<'b>,
    /// The variables that are not fixed, and their values.
    open: Vec<(usize, Column)>,
    /// For each variable of the model, its place among the open ones.
    places: Vec<Option<usize>>,
    /// For each operation that must be true, the open variables that have a part in it.
    roots: Vec<(Node, u64)>,
    /// The same for the goal.
    goals: Vec<(Node, u64)>,
    guide: &'b mut Guide,
    /// What a box costs that is made by splitting each open variable.
    costs: Vec<u64>,
    frames: Vec<Frame>,
    /// The value of each variable, where it is fixed.
    point: Vec<i64>,
    cut: Option<Cut>,
    best: Option<Vec<i64>>,
    used: u64,
    /// When to ask whether to stop.
    ask_at: u64,
    budget: u64,
    unsure: bool,
    directions: Vec<Direction>,
    corner: Vec<Value>,
    narrowing: Narrowing,
    stop: &'b mut dyn FnMut() -> bool,
}

/// What is being passed from results to operands.
#[derive(Debug, Default)]
struct Narrowing {
    /// For each operation, bounds that it has, and the splits that they follow from.
    bounds: Vec<(Interval, Splits)>,
    /// The operations with bounds to be passed on, as bits.
    pending: Vec<u64>,
}

impl Narrowing {
    fn clear(&mut self, operations: usize) {
        self.bounds.resize(operations, (Interval::ALL, 0));
        self.pending.clear();
        self.pending.resize(operations.div_ceil(64), 0);
    }

    /// Notes bounds, if they say more than is known.
    fn tell(&mut self, node: Node, value: Value, bounds: Interval, why: Splits) {
        if bounds.lo <= value.lo && bounds.hi >= value.hi {
            return;
        }
        let (word, bit) = (node as usize / 64, 1 << (node % 64));
        let known = &mut self.bounds[node as usize];
        if self.pending[word] & bit == 0 {
            self.pending[word] |= bit;
            *known = (value.interval().intersect(bounds), why);
        } else {
            *known = (known.0.intersect(bounds), known.1 | why);
        }
    }

    /// The last operation with something to be passed on: its operands come before it.
    #[expect(clippy::cast_possible_truncation, reason = "the index of an operation")]
    fn next(&mut self) -> Option<(Node, Interval, Splits)> {
        let word = self.pending.iter().rposition(|&word| word != 0)?;
        let bit = 63 - self.pending[word].leading_zeros();
        self.pending[word] &= !(1 << bit);
        let node = word as u32 * 64 + bit;
        let (bounds, why) = self.bounds[node as usize];
        Some((node, bounds, why))
    }
}

/// Why to go no further, if so.
type Flow<T> = Result<T, Ending>;

/// The splits that a box holds no better solution for, whatever the others were.
type Failed = Option<Splits>;

pub(super) fn explore(
    boxes: &Boxes,
    domains: &[&Domain],
    known: Option<&Number>,
    guide: &mut Guide,
    budget: u64,
    stop: &mut dyn FnMut() -> bool,
) -> Explored {
    guide.weights.resize(domains.len(), 1);
    let fixed = |domain: &Domain| domain.fixed().is_some();
    let open = domains.iter().enumerate().filter(|(_, domain)| !fixed(domain));
    let open: Vec<(usize, Column)> = open.map(|(index, domain)| (index, Column::of(domain))).collect();
    let cut = boxes.goal.zip(known).map(|(goal, known)| Cut::of(known, goal));
    if open.len() > MOST_OPEN || cut.is_some_and(|cut| cut.is_none()) {
        return Explored { best: None, ending: Ending::Unfinished, boxes: 0 };
    }
    let mut places = vec![None; domains.len()];
    open.iter().enumerate().for_each(|(place, &(variable, _))| places[variable] = Some(place));
    let mut explorer = Explorer {
        boxes,
        places,
        roots: Vec::new(),
        goals: Vec::new(),
        guide,
        costs: open.iter().map(|&(variable, _)| boxes.tape.cost(variable)).collect(),
        frames: Vec::new(),
        point: domains.iter().map(|domain| domain.lo()).collect(),
        cut: cut.flatten(),
        best: None,
        used: 0,
        ask_at: PATIENCE,
        budget,
        unsure: false,
        directions: Vec::new(),
        corner: Vec::new(),
        narrowing: Narrowing::default(),
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
    fn start(&mut self, domains: &[&Domain]) -> Flow<()> {
        let tape = &self.boxes.tape;
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
        self.frames.push(Frame { ranges, reasons: vec![0; self.open.len()], values });
        if self.tighten(0).is_none() {
            self.visit(0)?;
        }
        Ok(())
    }

    /// The operations with an open variable, and their open variables.
    fn with_open(&self, nodes: impl Iterator<Item = Node>) -> Vec<(Node, u64)> {
        nodes.map(|node| (node, self.mask(node))).filter(|&(_, mask)| mask != 0).collect()
    }

    fn mask(&self, node: Node) -> u64 {
        let variables = self.boxes.tape.variables[node as usize].iter();
        variables.filter_map(|&variable| self.places[variable as usize]).fold(0, |mask, place| mask | 1 << place)
    }

    /// Whether all variables of the operation are fixed, within the ranges where there are some.
    fn is_fixed(&self, node: Node, ranges: &[(u64, u64)]) -> bool {
        self.boxes.tape.variables[node as usize].iter().all(|&variable| {
            self.places[variable as usize]
                .is_none_or(|place| ranges.get(place).is_some_and(|&(first, last)| first == last))
        })
    }

    /// The splits that the ranges of these variables follow from.
    fn splits(&self, depth: usize, mut places: u64) -> Splits {
        let reasons = &self.frames[depth].reasons;
        let mut splits = 0;
        while places != 0 {
            splits |= reasons[places.trailing_zeros() as usize];
            places &= places - 1;
        }
        splits
    }

    fn goal_splits(&self, depth: usize) -> Splits {
        self.splits(depth, self.goals.iter().fold(0, |mask, &(_, of_goal)| mask | of_goal))
    }

    /// Whether the bounds of the goal say that nothing in the box is better than the best known.
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

    /// Cuts the ranges of a box by what must be true, and by the goal.
    fn tighten(&mut self, depth: usize) -> Failed {
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
        self.narrowing.clear(tape.ops.len());
        for index in 0..self.roots.len() {
            let (node, mask) = self.roots[index];
            let value = self.frames[depth].values[node as usize];
            if !value.is_true() && value.lo >= 0 && value.hi <= 1 {
                let why = self.splits(depth, mask);
                self.narrowing.tell(node, value, Interval::point(1), why);
            }
        }
        self.narrow_goal(depth);
        let mut changed = 0u64;
        while let Some((node, bounds, why)) = self.narrowing.next() {
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
            let (values, narrowing) = (&self.frames[depth].values, &mut self.narrowing);
            tape.narrow(node, bounds, values, &mut |operand: Node, bounds: Interval| {
                narrowing.tell(operand, values[operand as usize], bounds, why);
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
            self.narrowing.tell(goal.numerator, numerator, Interval::new(-INFINITY, limit), why);
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
    fn update(&mut self, depth: usize, place: usize) -> Result<(), Splits> {
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
    /// are. The variables that are still relevant, for the first and for the second.
    fn settle(&mut self, depth: usize) -> (u64, u64) {
        let (required, of_goal) = self.relevant(depth);
        let free = of_goal & !required;
        let (Some(goal), Some(slope)) = (self.boxes.goal, &self.boxes.slope) else { return (required, of_goal) };
        let is_open = |&(place, &(first, last)): &(usize, &(u64, u64))| free & (1 << place) != 0 && first < last;
        if !self.frames[depth].ranges.iter().enumerate().any(|range| is_open(&range)) {
            return (required, of_goal);
        }
        slope.directions(&self.boxes.tape, goal, &self.frames[depth].values, &mut self.directions);
        for place in 0..self.open.len() {
            let (first, last) = self.frames[depth].ranges[place];
            let variable = self.boxes.tape.variable(self.open[place].0);
            let Some(node) = variable.filter(|_| free & (1 << place) != 0 && first < last) else { continue };
            let index = match self.directions[node as usize] {
                Direction::ANY => continue,
                Direction::DOWN => last,
                _ => first,
            };
            self.frames[depth].ranges[place] = (index, index);
            // That nothing else depends on it follows from the whole box.
            self.frames[depth].reasons[place] = ALL;
            let updated = self.update(depth, place);
            debug_assert_eq!(updated, Ok(()), "what it has a part in is true already");
        }
        (required, of_goal)
    }

    /// Looks for better solutions in a box that may hold some. The splits that there are no more for.
    fn visit(&mut self, depth: usize) -> Flow<Splits> {
        let Some(place) = self.choose(depth) else { return self.leaf(depth) };
        if self.frames.len() <= depth + 2 {
            self.frames.resize(depth + 3, Frame::default());
        }
        let (first, last) = self.frames[depth].ranges[place];
        if last - first < FEW {
            return self.each(depth, place);
        }
        self.halves(depth, place, first + (last - first) / 2)
    }

    /// The variable to split: of those that have a part in something undecided.
    #[expect(clippy::cast_precision_loss, reason = "decides what comes first, nothing else")]
    fn choose(&mut self, depth: usize) -> Option<usize> {
        let (required, of_goal) = self.settle(depth);
        let frame = &self.frames[depth];
        let open = (0..self.open.len()).filter(|&place| {
            let (first, last) = frame.ranges[place];
            (required | of_goal) & (1 << place) != 0 && first < last
        });
        let score = |place: usize| {
            let (first, last) = frame.ranges[place];
            let size = ((last - first + 1) as f64).log2();
            let of_goal = if of_goal & (1 << place) != 0 { self.guide.goal_first } else { 1.0 };
            size * (1.0 + (self.guide.weights[self.open[place].0] as f64).log2() / 4.0) * of_goal
        };
        open.map(|place| (score(place), place))
            .max_by(|(a, at_a), (b, at_b)| a.total_cmp(b).then(at_b.cmp(at_a)))
            .map(|(_, place)| place)
    }

    /// Each value on its own, the more promising first.
    fn each(&mut self, depth: usize, place: usize) -> Flow<Splits> {
        let (first, last) = self.frames[depth].ranges[place];
        let mut splits = 0;
        for index in first..=last {
            let of_value = match self.enter(depth, depth + 1, place, (index, index))? {
                Some(failed) => failed,
                None => self.visit(depth + 1)?,
            };
            if of_value & split_at(depth) == 0 {
                return Ok(of_value);
            }
            splits |= of_value;
        }
        Ok(self.without(splits, depth))
    }

    /// What a box failed for, without the split that it was taken apart by.
    fn without(&self, splits: Splits, depth: usize) -> Splits {
        if depth >= 127 { splits } else { splits & !split_at(depth) }
    }

    /// Both halves, the one with the better bound first.
    fn halves(&mut self, depth: usize, place: usize, middle: u64) -> Flow<Splits> {
        let (first, last) = self.frames[depth].ranges[place];
        let mut halves = [(first, middle), (middle + 1, last)];
        let low = self.enter(depth, depth + 1, place, halves[0])?;
        let high = self.enter(depth, depth + 2, place, halves[1])?;
        let mut splits = low.unwrap_or(0) | high.unwrap_or(0);
        let mut entered = [low.is_none(), high.is_none()];
        if high.is_none() && (low.is_some() || self.promise(depth + 2) < self.promise(depth + 1)) {
            self.frames.swap(depth + 1, depth + 2);
            halves.swap(0, 1);
            entered.swap(0, 1);
        }
        for failed in [low, high].into_iter().flatten() {
            if failed & split_at(depth) == 0 {
                return Ok(failed);
            }
        }
        for (is_first, (half, entered)) in [true, false].into_iter().zip(halves.into_iter().zip(entered)) {
            if !entered {
                continue;
            }
            // What was found out about the second half was overwritten.
            let failed = if is_first { None } else { self.enter(depth, depth + 1, place, half)? };
            let of_half = match failed {
                Some(failed) => failed,
                None => self.visit(depth + 1)?,
            };
            if of_half & split_at(depth) == 0 {
                return Ok(of_half);
            }
            splits |= of_half;
        }
        Ok(self.without(splits, depth))
    }

    /// The least that the objective can be; only used to order.
    #[expect(clippy::cast_precision_loss, reason = "decides what comes first, nothing else")]
    fn promise(&self, depth: usize) -> f64 {
        let Some(goal) = self.boxes.goal else { return 0.0 };
        let at = |node: Node| self.frames[depth].values[node as usize];
        let (numerator, denominator) = (at(goal.numerator).lo as f64, at(goal.denominator));
        numerator / (if numerator >= 0.0 { denominator.hi } else { denominator.lo }).max(1) as f64
    }

    /// Makes a part of a box, where a variable has a part of its range. Whether it failed at once.
    fn enter(&mut self, from: usize, to: usize, place: usize, range: (u64, u64)) -> Flow<Failed> {
        self.used += self.costs[place];
        if self.used >= self.budget {
            return Err(Ending::Unfinished);
        }
        if self.used >= self.ask_at {
            self.ask_at = self.used + PATIENCE;
            if (self.stop)() {
                return Err(Ending::Stopped);
            }
        }
        let [parent, frame] = self.frames.get_disjoint_mut([from, to]).expect("two frames");
        frame.ranges.clone_from(&parent.ranges);
        frame.reasons.clone_from(&parent.reasons);
        frame.values.clone_from(&parent.values);
        frame.ranges[place] = range;
        frame.reasons[place] |= split_at(from);
        Ok(match self.update(to, place) {
            Err(splits) => Some(splits),
            Ok(()) => self.tighten(to),
        })
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
    fn leaf(&mut self, depth: usize) -> Flow<Splits> {
        let point = self.point_of(&self.frames[depth].ranges);
        match checker::is_solution(self.boxes.model, &point) {
            Ok(true) => {}
            Ok(false) => return Ok(ALL),
            Err(checker::TooLarge) => {
                self.unsure = true;
                return Ok(ALL);
            }
        }
        let Some(goal) = self.boxes.goal else {
            self.best = Some(point);
            return Err(Ending::Complete);
        };
        let objective = &self.boxes.model.objectives()[0].expr;
        let Ok(Some(value)) = checker::evaluate(objective, &point) else { return Ok(ALL) };
        let Some(cut) = Cut::of(&value, goal) else {
            self.unsure = true;
            return Ok(ALL);
        };
        if self.cut.is_none_or(|known| is_below(cut, known)) {
            (self.cut, self.best) = (Some(cut), Some(point));
        }
        // From now on the goal alone refuses it.
        Ok(self.goal_splits(depth))
    }
}

fn is_below(a: Cut, b: Cut) -> bool {
    let sides = a.numerator.checked_mul(b.denominator).zip(b.numerator.checked_mul(a.denominator));
    sides.is_some_and(|(a, b)| a < b)
}
