//! The functions that a list may call.

use super::error::PythonErrorKind;
use super::number;
use super::operators::Operator;
use super::value::{Outcome, Value};
use super::work::Work;
use std::cmp::Ordering;
use std::rc::Rc;

/// A function by its place in the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Function(usize);

struct Definition {
    name: &'static str,
    /// How many arguments it takes, and that as a phrase.
    arguments: (usize, usize, &'static str),
    apply: fn(&mut Work, &[Value], &'static str) -> Outcome<Value>,
}

const ONE: (usize, usize, &str) = (1, 1, "one argument");
const AT_MOST_ONE: (usize, usize, &str) = (0, 1, "at most one argument");
const TWO: (usize, usize, &str) = (2, 2, "two arguments");
const SOME: (usize, usize, &str) = (1, usize::MAX, "one list or several arguments");
const ANY: (usize, usize, &str) = (0, usize::MAX, "any arguments");

const fn define(
    name: &'static str,
    arguments: (usize, usize, &'static str),
    apply: fn(&mut Work, &[Value], &'static str) -> Outcome<Value>,
) -> Definition {
    Definition { name, arguments, apply }
}

static FUNCTIONS: [Definition; 20] = [
    define("abs", ONE, |_, given, name| absolute(&given[0], name)),
    define("bool", ONE, |_, given, name| truth(&given[0], name)),
    define("float", ONE, |_, given, name| {
        number::real(&given[0]).map(Value::Real).ok_or_else(|| refused(name, &given[0]))
    }),
    define("int", ONE, |_, given, name| integer(&given[0], f64::trunc, name)),
    define("len", ONE, length),
    define("list", AT_MOST_ONE, |work, given, _| Ok(Value::List(items(work, given)?))),
    define("max", SOME, |work, given, name| extremum(work, given, Ordering::Greater, name)),
    define("min", SOME, |work, given, name| extremum(work, given, Ordering::Less, name)),
    define("pow", TWO, |_, given, _| number::binary(Operator::Power, &given[0], &given[1])),
    define("range", (1, 3, "one to three arguments"), range),
    define("reversed", ONE, reversed),
    define("sorted", ONE, sorted),
    define("sum", ONE, |work, given, name| fold(work, &given[0], Operator::Add, 0, name)),
    define("tuple", AT_MOST_ONE, |work, given, _| Ok(Value::Tuple(items(work, given)?))),
    define("math.ceil", ONE, |_, given, name| integer(&given[0], f64::ceil, name)),
    define("math.floor", ONE, |_, given, name| integer(&given[0], f64::floor, name)),
    define("math.gcd", ANY, common_divisor),
    define("math.log2", ONE, |_, given, name| positive(&given[0], f64::log2, name)),
    define("math.prod", ONE, |work, given, name| fold(work, &given[0], Operator::Multiply, 1, name)),
    define("math.sqrt", ONE, |_, given, name| positive(&given[0], f64::sqrt, name)),
];

/// The names of all functions.
pub(super) fn names() -> [&'static str; FUNCTIONS.len()] {
    FUNCTIONS.each_ref().map(|function| function.name)
}

impl Function {
    /// The function of that name.
    pub(super) fn find(name: &str) -> Option<Self> {
        FUNCTIONS.iter().position(|function| function.name == name).map(Self)
    }

    /// Its value.
    pub(super) fn apply(self, work: &mut Work, given: &[Value]) -> Outcome<Value> {
        let Definition { name, arguments: (least, most, takes), apply } = &FUNCTIONS[self.0];
        if !(*least..=*most).contains(&given.len()) {
            return Err(PythonErrorKind::ArgumentCount { function: name, takes, found: given.len() });
        }
        apply(work, given, name)
    }
}

fn refused(operation: &'static str, value: &Value) -> PythonErrorKind {
    PythonErrorKind::Operands { operation, found: value.kind().to_owned() }
}

fn items(work: &mut Work, given: &[Value]) -> Outcome<Rc<[Value]>> {
    given.first().map_or(Ok(Rc::default()), |value| work.items(value))
}

fn absolute(value: &Value, name: &'static str) -> Outcome<Value> {
    match (number::whole(value), value) {
        (Some(value), _) => value.checked_abs().map(Value::Integer).ok_or(PythonErrorKind::TooLarge),
        (None, Value::Real(value)) => Ok(Value::Real(value.abs())),
        _ => Err(refused(name, value)),
    }
}

fn truth(value: &Value, name: &'static str) -> Outcome<Value> {
    let zero = number::order(value, &Value::Integer(0), name);
    zero.map(|order| Value::Truth(order != Some(Ordering::Equal))).map_err(|_| refused(name, value))
}

/// A number made whole by a rounding.
fn integer(value: &Value, rounded: fn(f64) -> f64, name: &'static str) -> Outcome<Value> {
    match (number::whole(value), value) {
        (Some(value), _) => Ok(Value::Integer(value)),
        (None, Value::Real(value)) if !value.is_finite() => Err(PythonErrorKind::NoValue { operation: name }),
        (None, Value::Real(value)) => {
            number::floor(rounded(*value)).map(Value::Integer).ok_or(PythonErrorKind::TooLarge)
        }
        _ => Err(refused(name, value)),
    }
}

/// A function of what is not negative; the logarithm of 0 has no value either.
fn positive(value: &Value, function: fn(f64) -> f64, name: &'static str) -> Outcome<Value> {
    let result = function(number::real(value).ok_or_else(|| refused(name, value))?);
    if result.is_finite() { Ok(Value::Real(result)) } else { Err(PythonErrorKind::NoValue { operation: name }) }
}

fn length(_: &mut Work, given: &[Value], name: &'static str) -> Outcome<Value> {
    match &given[0] {
        Value::List(items) | Value::Tuple(items) => Ok(Value::Integer(items.len() as i128)),
        Value::Text(text) => Ok(Value::Integer(text.chars().count() as i128)),
        Value::Range { count, .. } => Ok(Value::Integer(*count)),
        other => Err(refused(name, other)),
    }
}

fn extremum(work: &mut Work, given: &[Value], wanted: Ordering, name: &'static str) -> Outcome<Value> {
    let items = if let [list] = given { work.items(list)? } else { given.into() };
    work.spend(items.len())?;
    let (mut best, rest) = items.split_first().ok_or(PythonErrorKind::NoValue { operation: name })?;
    for item in rest {
        if number::order(item, best, name)? == Some(wanted) {
            best = item;
        }
    }
    Ok(best.clone())
}

fn range(_: &mut Work, given: &[Value], name: &'static str) -> Outcome<Value> {
    let bounds = given.iter().map(|value| number::whole(value).ok_or_else(|| refused(name, value)));
    let (start, stop, step) = match bounds.collect::<Outcome<Vec<i128>>>()?[..] {
        [stop] => (0, stop, 1),
        [start, stop] => (start, stop, 1),
        [start, stop, step] => (start, stop, step),
        _ => unreachable!("it takes one to three"),
    };
    if step == 0 {
        return Err(PythonErrorKind::NoValue { operation: name });
    }
    // Within these bounds no item and no difference of two overflows.
    let far = |bound: i128| bound.unsigned_abs() > 1 << 100;
    if [start, stop, step].into_iter().any(far) {
        return Err(PythonErrorKind::TooLarge);
    }
    let length = if step > 0 { stop - start } else { start - stop };
    let count = if length <= 0 { 0 } else { (length - 1) / step.abs() + 1 };
    Ok(Value::Range { start, step, count })
}

fn reversed(work: &mut Work, given: &[Value], name: &'static str) -> Outcome<Value> {
    if matches!(given[0], Value::Generator(_)) {
        return Err(refused(name, &given[0]));
    }
    let items = work.items(&given[0])?.iter().rev().cloned().collect();
    work.kept(items).map(Value::Generator)
}

fn sorted(work: &mut Work, given: &[Value], name: &'static str) -> Outcome<Value> {
    let mut items = work.items(&given[0])?.to_vec();
    // An order that is none, as that of infinity minus itself, would be another in Python.
    for pair in items.windows(2) {
        number::order(&pair[0], &pair[1], name)?.ok_or(PythonErrorKind::NoValue { operation: name })?;
    }
    work.spend(items.len() * 20)?;
    let mut fault = None;
    items.sort_by(|a, b| {
        let order = number::order(a, b, name);
        order.map_err(|kind| fault = Some(kind)).ok().flatten().unwrap_or(Ordering::Equal)
    });
    fault.map_or(Ok(()), Err)?;
    work.kept(items).map(Value::List)
}

/// A sum or a product of integers. Of others, versions of Python round the sum in different ways.
fn fold(work: &mut Work, list: &Value, operator: Operator, start: i128, name: &'static str) -> Outcome<Value> {
    let items = work.items(list)?;
    work.spend(items.len())?;
    items.iter().try_fold(Value::Integer(start), |total, item| {
        if number::whole(item).is_none() {
            let found = if number::is_number(item) { "numbers that are not whole" } else { item.kind() };
            return Err(PythonErrorKind::Operands { operation: name, found: found.to_owned() });
        }
        number::binary(operator, &total, item)
    })
}

fn common_divisor(work: &mut Work, given: &[Value], name: &'static str) -> Outcome<Value> {
    work.spend(given.len())?;
    let mut divisor = 0u128;
    for value in given {
        let other = number::whole(value).ok_or_else(|| refused(name, value))?.unsigned_abs();
        divisor = num_integer::gcd(divisor, other);
    }
    i128::try_from(divisor).map(Value::Integer).map_err(|_| PythonErrorKind::TooLarge)
}
