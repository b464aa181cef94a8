//! A tree to a value.

use super::error::{PythonError, PythonErrorKind};
use super::limits::MOST_ITEMS;
use super::number;
use super::operators::{Comparison, Operator};
use super::parser::parse;
use super::tree::{Clause, Node, Tree};
use super::value::{Outcome, Value};
use super::work::Work;
use std::cmp::Ordering;
use std::ops::Range;
use std::rc::Rc;

type Evaluated<T> = Result<T, PythonError>;

/// The items of the list, tuple or range that a text stands for.
///
/// # Errors
/// [`PythonError`] where the text is no list, or holds what is not part of the language.
pub(in crate::problem) fn list(text: &str) -> Evaluated<Vec<Value>> {
    items(&parse(text)?)
}

fn items(tree: &Tree) -> Evaluated<Vec<Value>> {
    let mut evaluator = Evaluator { names: Vec::new(), work: Work::default() };
    let value = evaluator.value(tree)?;
    let not_a_list = |found| PythonError::new(&tree.span, PythonErrorKind::NotAList { found });
    if matches!(value, Value::Generator(_)) {
        return Err(not_a_list(value.kind()));
    }
    let items = evaluator.work.items(&value).map_err(|kind| match kind {
        PythonErrorKind::Operands { .. } => not_a_list(value.kind()),
        kind => PythonError::new(&tree.span, kind),
    });
    Ok(items?.to_vec())
}

/// Evaluates a tree.
struct Evaluator {
    /// The names of the loops around, the innermost last.
    names: Vec<(String, Value)>,
    work: Work,
}

impl Evaluator {
    fn value(&mut self, tree: &Tree) -> Evaluated<Value> {
        let here = |kind| PythonError::new(&tree.span, kind);
        self.work.spend(1).map_err(here)?;
        match &tree.node {
            Node::Integer(value) => Ok(Value::Integer(*value)),
            Node::Real(value) => Ok(Value::Real(*value)),
            Node::Truth(value) => Ok(Value::Truth(*value)),
            Node::Text(text) => Ok(Value::Text(text.as_str().into())),
            Node::Name(name) => self.resolve(name).map_err(here),
            Node::List(items) => self.all(items, &tree.span).map(Value::List),
            Node::Tuple(items) => self.all(items, &tree.span).map(Value::Tuple),
            Node::Comprehension { item, clauses, generator } => {
                let items = self.comprehension(item, clauses, &tree.span)?;
                Ok(if *generator { Value::Generator(items) } else { Value::List(items) })
            }
            Node::Negate(operand) => number::negate(&self.value(operand)?).map_err(here),
            Node::Plus(operand) => number::plus(&self.value(operand)?).map_err(here),
            Node::Invert(operand) => number::invert(&self.value(operand)?).map_err(here),
            Node::Not(operand) => Ok(Value::Truth(!self.value(operand)?.is_true())),
            Node::Binary(operator, left, right) => {
                let (left, right) = (self.value(left)?, self.value(right)?);
                self.binary(*operator, &left, &right).map_err(here)
            }
            Node::Compare(first, rest) => self.compare(first, rest, &tree.span),
            Node::And(operands) => self.first_that_is(operands, false),
            Node::Or(operands) => self.first_that_is(operands, true),
            Node::If { condition, then, otherwise } => {
                let chosen = if self.value(condition)?.is_true() { then } else { otherwise };
                self.value(chosen)
            }
            Node::Call(function, arguments) => {
                let arguments = arguments.iter().map(|argument| self.value(argument)).collect::<Evaluated<Vec<_>>>()?;
                function.apply(&mut self.work, &arguments).map_err(here)
            }
        }
    }

    fn resolve(&self, name: &str) -> Outcome<Value> {
        let found = self.names.iter().rev().find(|(known, _)| known == name);
        found.map(|(_, value)| value.clone()).ok_or_else(|| PythonErrorKind::UnknownName { name: name.to_owned() })
    }

    fn all(&mut self, items: &[Tree], span: &Range<usize>) -> Evaluated<Rc<[Value]>> {
        let items = items.iter().map(|item| self.value(item)).collect::<Evaluated<Vec<_>>>()?;
        self.work.kept(items).map_err(|kind| PythonError::new(span, kind))
    }

    /// `and` and `or` give the operand that decides, or the last.
    fn first_that_is(&mut self, operands: &[Tree], wanted: bool) -> Evaluated<Value> {
        let (last, before) = operands.split_last().expect("a chain has two operands or more");
        for operand in before {
            let value = self.value(operand)?;
            if value.is_true() == wanted {
                return Ok(value);
            }
        }
        self.value(last)
    }

    fn comprehension(&mut self, item: &Tree, clauses: &[Clause], span: &Range<usize>) -> Evaluated<Rc<[Value]>> {
        let mut items = Vec::new();
        self.loops(item, clauses, span, &mut items)?;
        self.work.kept(items).map_err(|kind| PythonError::new(span, kind))
    }

    fn loops(&mut self, item: &Tree, clauses: &[Clause], span: &Range<usize>, into: &mut Vec<Value>) -> Evaluated<()> {
        let Some((clause, inner)) = clauses.split_first() else {
            into.push(self.value(item)?);
            let kind = || PythonError::new(span, PythonErrorKind::TooManyItems);
            return if into.len() > MOST_ITEMS { Err(kind()) } else { Ok(()) };
        };
        let items = self.value(&clause.items)?;
        let items = self.work.items(&items).map_err(|kind| PythonError::new(&clause.items.span, kind))?;
        for value in items.iter() {
            self.names.push((clause.name.clone(), value.clone()));
            if self.hold(&clause.conditions)? {
                self.loops(item, inner, span, into)?;
            }
            self.names.pop();
        }
        Ok(())
    }

    fn hold(&mut self, conditions: &[Tree]) -> Evaluated<bool> {
        for condition in conditions {
            if !self.value(condition)?.is_true() {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn binary(&mut self, operator: Operator, left: &Value, right: &Value) -> Outcome<Value> {
        let together = |left: &Rc<[Value]>, right: &Rc<[Value]>| left.iter().chain(right.iter()).cloned().collect();
        match (operator, left, right) {
            (Operator::Add, Value::List(left), Value::List(right)) => {
                self.work.kept(together(left, right)).map(Value::List)
            }
            (Operator::Add, Value::Tuple(left), Value::Tuple(right)) => {
                self.work.kept(together(left, right)).map(Value::Tuple)
            }
            (Operator::Multiply, Value::List(items), times) | (Operator::Multiply, times, Value::List(items)) => {
                self.repeated(items, times).map(Value::List)
            }
            (Operator::Multiply, Value::Tuple(items), times) | (Operator::Multiply, times, Value::Tuple(items)) => {
                self.repeated(items, times).map(Value::Tuple)
            }
            _ => number::binary(operator, left, right),
        }
    }

    fn repeated(&mut self, items: &Rc<[Value]>, times: &Value) -> Outcome<Rc<[Value]>> {
        let times = number::whole(times).ok_or_else(|| PythonErrorKind::Operands {
            operation: "*",
            found: format!("a list and {}", times.kind()),
        })?;
        let times = if items.is_empty() { 0 } else { usize::try_from(times.max(0)).unwrap_or(usize::MAX) };
        self.work.bounded(items.len().saturating_mul(times))?;
        Ok((0..times).flat_map(|_| items.iter().cloned()).collect())
    }

    /// Each neighbouring pair, up to the first that does not hold.
    fn compare(&mut self, first: &Tree, rest: &[(Comparison, Tree)], span: &Range<usize>) -> Evaluated<Value> {
        let mut left = self.value(first)?;
        for (comparison, right) in rest {
            let right = self.value(right)?;
            let holds = self.holds(*comparison, &left, &right).map_err(|kind| PythonError::new(span, kind))?;
            if !holds {
                return Ok(Value::Truth(false));
            }
            left = right;
        }
        Ok(Value::Truth(true))
    }

    fn holds(&mut self, comparison: Comparison, left: &Value, right: &Value) -> Outcome<bool> {
        Ok(match comparison {
            Comparison::In => self.is_in(left, right)?,
            Comparison::NotIn => !self.is_in(left, right)?,
            Comparison::Equal => equal(left, right)?,
            Comparison::NotEqual => !equal(left, right)?,
            Comparison::Less => number::order(left, right, "<")? == Some(Ordering::Less),
            Comparison::Greater => number::order(left, right, ">")? == Some(Ordering::Greater),
            Comparison::LessEqual => {
                matches!(number::order(left, right, "<=")?, Some(Ordering::Less | Ordering::Equal))
            }
            Comparison::GreaterEqual => {
                matches!(number::order(left, right, ">=")?, Some(Ordering::Greater | Ordering::Equal))
            }
        })
    }

    fn is_in(&mut self, item: &Value, list: &Value) -> Outcome<bool> {
        if let (Value::Range { start, step, count }, Some(item)) = (list, number::whole(item)) {
            let from_start = item.checked_sub(*start).ok_or(PythonErrorKind::TooLarge)?;
            return Ok(from_start % step == 0 && (0..*count).contains(&(from_start / step)));
        }
        let items = self.work.items(list).map_err(|kind| match kind {
            PythonErrorKind::Operands { found, .. } => PythonErrorKind::Operands { operation: "in", found },
            kind => kind,
        })?;
        self.work.spend(items.len())?;
        for other in items.iter() {
            if equal(item, other)? {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

/// Numbers and texts only: lists in lists are no values of a parameter.
fn equal(left: &Value, right: &Value) -> Outcome<bool> {
    match (left, right) {
        (Value::Text(left), Value::Text(right)) => Ok(left == right),
        (Value::Text(_), number) | (number, Value::Text(_)) if number::is_number(number) => Ok(false),
        _ => Ok(number::order(left, right, "==")? == Some(Ordering::Equal)),
    }
}
