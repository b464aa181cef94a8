//! The walk over boxes: evaluate, drop or split, the more promising half first.

use super::column::Column;
use super::cut::Cut;
use super::direction::Direction;
use super::pending::Pending;
use super::ready::Boxes;
use super::splits::{ALL, Splits, split_at, without};
use super::state::{Explorer, Failed, Frame, Guide, Order};
use super::tape::{Node, Op, Tape};
use super::value::Value;
use crate::checker::{self, Number};
use crate::domain::Domain;
use crate::model::Comparison;

/// More open variables than that are not explored: a set of them is a word.
const MOST_OPEN: usize = 64;
/// By how much a variable of the goal is preferred, where it is.
const GOAL_FIRST: f64 = 4.0;
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

/// Why to go no further, if so.
type Flow<T> = Result<T, Ending>;

impl Boxes<'_> {
    /// The best solution within the domains by the first objective that is better than the known value; without an
    /// objective, any. It looks at no more boxes than the budget allows; those of long constraints count for several.
    pub(crate) fn explore(
        &self,
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
        let cut = self.goal.zip(known).map(|(goal, known)| Cut::of(known, goal));
        if open.len() > MOST_OPEN || cut.is_some_and(|cut| cut.is_none()) {
            return Explored { best: None, ending: Ending::Unfinished, boxes: 0 };
        }
        let mut places = vec![None; domains.len()];
        open.iter().enumerate().for_each(|(place, &(variable, _))| places[variable] = Some(place));
        let mut explorer = Explorer {
            boxes: self,
            places,
            roots: Vec::new(),
            goals: Vec::new(),
            decisive: 0,
            guide,
            costs: open.iter().map(|&(variable, _)| self.tape.cost(variable)).collect(),
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
            pending: Pending::default(),
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
        self.decisive = self.decisive();
        self.frames.push(Frame { ranges, reasons: vec![0; self.open.len()], values });
        if self.tighten(0).is_none() {
            self.visit(0)?;
        }
        Ok(())
    }

    /// The open variables that the goal depends on, and those that an equation ties a term of such variables to: from
    /// `m * n == 32 * x * y` the area `m * n` is known by `x` and `y` too.
    fn decisive(&self) -> u64 {
        let tape = &self.boxes.tape;
        let of_goal = self.goals.iter().fold(0, |mask, &(_, of_goal)| mask | of_goal);
        let tied = self.roots.iter().filter(|&&(node, _)| {
            let Op::Compare(Comparison::Equal, difference) = tape.ops[node as usize] else { return false };
            let Op::Sum(_, terms) = &tape.ops[difference as usize] else { return false };
            let masks = terms.iter().map(|&(_, term)| self.mask(term));
            masks.filter(|&mask| mask != 0).any(|mask| mask & !of_goal == 0)
        });
        tied.fold(of_goal, |mask, &(_, tied)| mask | tied)
    }

    /// The operations with an open variable, and their open variables.
    fn with_open(&self, nodes: impl Iterator<Item = Node>) -> Vec<(Node, u64)> {
        nodes.map(|node| (node, self.mask(node))).filter(|&(_, mask)| mask != 0).collect()
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
            let failed = 1.0 + (self.guide.weights[self.open[place].0] as f64).log2();
            let (first, last) = frame.ranges[place];
            let size = ((last - first + 1) as f64).log2();
            match self.guide.order {
                Order::FewValues if self.decisive & (1 << place) != 0 => GOAL_FIRST * failed * failed / size,
                Order::FewValues => failed * failed / size,
                Order::Failures => failed,
            }
        };
        open.map(|place| (score(place), place))
            .max_by(|(a, at_a), (b, at_b)| a.total_cmp(b).then(at_b.cmp(at_a)))
            .map(|(_, place)| place)
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
        Ok(without(splits, depth))
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
        if self.cut.is_none_or(|known| cut.is_below(known)) {
            (self.cut, self.best) = (Some(cut), Some(point));
        }
        // From now on the goal alone refuses it.
        Ok(self.goal_splits(depth))
    }
}
