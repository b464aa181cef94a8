//! Trees of the native language, with their texts and their values.

use super::{Huge, Value, floor, power, remainder, whole};
use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::{One, Signed, ToPrimitive, Zero};
use proptest::prelude::*;
use std::cmp::Ordering;

pub(super) const NAMES: [&str; 3] = ["x", "y", "z"];

#[derive(Debug, Clone)]
pub(super) enum Term {
    Number(i64),
    Name(usize),
    /// `- ~`
    Prefix(&'static str, Box<Term>),
    /// `+ - * / // % ** & | ^ << >>`
    Arithmetic(&'static str, Box<Term>, Box<Term>),
    /// The first operand, and comparisons with what stands behind each.
    Chain(Box<Term>, Vec<(&'static str, Term)>),
    Not(Box<Term>),
    /// `and or ->`
    Logic(&'static str, Box<Term>, Box<Term>),
    /// The value, the condition, the other value.
    If(Box<Term>, Box<Term>, Box<Term>),
    /// The subject, whether `not` stands before `in`, the elements.
    In(Box<Term>, bool, Vec<Term>),
    Call(&'static str, Vec<Term>),
    /// An item of a list.
    Item(Vec<Term>, Box<Term>),
    /// `floor`, `ceil`, `int` or `round` of a square root or a logarithm.
    Rounded(&'static str, &'static str, Box<Term>),
    /// `factor * root(inner) + shift` compared with a number.
    Irrational(&'static str, Box<Term>, (i64, i64), &'static str, Box<Term>),
}

const UNARY: [&str; 11] =
    ["abs", "ceil", "floor", "is_power_of_two", "gcd", "lcm", "int", "round", "isqrt", "floor_log2", "trunc"];
const ROOTS: [&str; 2] = ["sqrt", "log2"];
const SEVERAL: [&str; 8] = ["min", "max", "gcd", "lcm", "sum", "prod", "all_different", "any"];

pub(super) fn any_term() -> impl Strategy<Value = Term> {
    let leaf = prop_oneof![
        3 => (0usize..3).prop_map(Term::Name),
        1 => (-3i64..10).prop_map(Term::Number),
    ];
    leaf.prop_recursive(4, 24, 3, |inner| {
        let one = inner.clone().prop_map(Box::new);
        let two = (one.clone(), one.clone());
        let list = prop::collection::vec(inner.clone(), 1..4);
        let comparison = prop::sample::select(vec!["==", "!=", "<", "<=", ">", ">="]);
        prop_oneof![
            6 => (prop::sample::select(vec!["+", "+", "-", "-", "*", "*", "/", "//", "%"]), two.clone())
                .prop_map(|(operator, (a, b))| Term::Arithmetic(operator, a, b)),
            1 => (one.clone(), -2i64..4).prop_map(|(a, b)| Term::Arithmetic("**", a, Box::new(Term::Number(b)))),
            1 => (one.clone(), 0usize..3).prop_map(|(a, b)| Term::Arithmetic("**", a, Box::new(Term::Name(b)))),
            2 => (prop::sample::select(vec!["&", "|", "^", "<<", ">>"]), two.clone())
                .prop_map(|(operator, (a, b))| Term::Arithmetic(operator, a, b)),
            1 => (one.clone(), prop::sample::select(vec![1i64, 3, 5, 6, 255, -1, -2, -5]))
                .prop_map(|(a, mask)| Term::Arithmetic("&", a, Box::new(Term::Number(mask)))),
            1 => (prop::sample::select(vec!["floor", "ceil", "int", "round"]), prop::sample::select(ROOTS.to_vec()), one.clone())
                .prop_map(|(rounding, root, a)| Term::Rounded(rounding, root, a)),
            1 => (prop::sample::select(ROOTS.to_vec()), one.clone(), (-2i64..3, -3i64..4), comparison.clone(), one.clone())
                .prop_map(|(root, a, multiple, comparison, b)| Term::Irrational(root, a, multiple, comparison, b)),
            2 => (prop::sample::select(vec!["-", "-", "~"]), one.clone()).prop_map(|(sign, a)| Term::Prefix(sign, a)),
            2 => (one.clone(), prop::collection::vec((comparison, inner.clone()), 1..3))
                .prop_map(|(first, rest)| Term::Chain(first, rest)),
            1 => one.clone().prop_map(Term::Not),
            2 => (prop::sample::select(vec!["and", "or", "->"]), two.clone())
                .prop_map(|(operator, (a, b))| Term::Logic(operator, a, b)),
            1 => (one.clone(), two.clone()).prop_map(|(condition, (a, b))| Term::If(a, condition, b)),
            1 => (one.clone(), any::<bool>(), list.clone()).prop_map(|(a, not, list)| Term::In(a, not, list)),
            1 => (prop::sample::select(UNARY.to_vec()), inner.clone()).prop_map(|(name, a)| Term::Call(name, vec![a])),
            1 => (prop::sample::select(vec!["ceil_div", "divides"]), (inner.clone(), inner))
                .prop_map(|(name, (a, b))| Term::Call(name, vec![a, b])),
            1 => (prop::sample::select(SEVERAL.to_vec()), list.clone())
                .prop_map(|(name, list)| Term::Call(name, list)),
            1 => (list, one).prop_map(|(items, index)| Term::Item(items, index)),
        ]
    })
}

/// How tight the outermost operator binds: the rows of the table in the language's documentation, from the loosest.
fn level(term: &Term) -> u8 {
    match term {
        Term::If(..) => 0,
        Term::Logic("->", ..) => 1,
        Term::Logic("or", ..) => 2,
        Term::Logic(..) => 3,
        Term::Not(_) => 4,
        Term::Chain(..) | Term::In(..) | Term::Irrational(..) => 5,
        Term::Arithmetic("|", ..) => 6,
        Term::Arithmetic("^", ..) => 7,
        Term::Arithmetic("&", ..) => 8,
        Term::Arithmetic("<<" | ">>", ..) => 9,
        Term::Arithmetic("+" | "-", ..) => 10,
        Term::Arithmetic("**", ..) => 13,
        Term::Arithmetic(..) => 11,
        Term::Prefix(..) => 12,
        Term::Number(number) if *number < 0 => 12,
        Term::Number(_) | Term::Name(_) | Term::Call(..) | Term::Item(..) | Term::Rounded(..) => 14,
    }
}

/// The text, in brackets where it binds less tightly than its place asks for, or around every operation.
pub(super) fn text(term: &Term, least: u8, all_brackets: bool) -> String {
    let of = |term: &Term, least| text(term, least, all_brackets);
    let list = |terms: &[Term]| terms.iter().map(|term| of(term, 0)).collect::<Vec<_>>().join(", ");
    let bare = match term {
        Term::Number(number) => number.to_string(),
        Term::Name(place) => NAMES[*place].to_owned(),
        Term::Prefix(sign, a) => format!("{sign}{}", of(a, 12)),
        Term::Arithmetic("**", a, b) => format!("{} ** {}", of(a, 14), of(b, 12)),
        Term::Rounded(rounding, root, a) => format!("{rounding}({root}({}))", of(a, 0)),
        Term::Irrational(root, a, (factor, shift), comparison, b) => {
            format!("{factor} * {root}({}) + {shift} {comparison} {}", of(a, 0), of(b, 6))
        }
        Term::Logic("->", a, b) => format!("{} -> {}", of(a, 2), of(b, 1)),
        Term::Arithmetic(operator, a, b) | Term::Logic(operator, a, b) => {
            format!("{} {operator} {}", of(a, level(term)), of(b, level(term) + 1))
        }
        Term::Chain(first, rest) => rest
            .iter()
            .fold(of(first, 6), |text, (comparison, operand)| format!("{text} {comparison} {}", of(operand, 6))),
        Term::Not(a) => format!("not {}", of(a, 4)),
        Term::If(then, condition, otherwise) => {
            format!("{} if {} else {}", of(then, 1), of(condition, 1), of(otherwise, 0))
        }
        Term::In(a, not, elements) => {
            format!("{} {} {{{}}}", of(a, 6), if *not { "not in" } else { "in" }, list(elements))
        }
        Term::Call(name, operands) => format!("{name}({})", list(operands)),
        Term::Item(items, index) => format!("[{}][{}]", list(items), of(index, 0)),
    };
    let brackets = level(term) < least || (all_brackets && level(term) < 14);
    if brackets { format!("({bare})") } else { bare }
}

fn truth(holds: bool) -> BigRational {
    whole(i64::from(holds))
}

/// Undefined is not true.
pub(super) fn is_true(term: &Term, row: &[i64]) -> Result<bool, Huge> {
    Ok(value(term, row)?.is_some_and(|value| !value.is_zero()))
}

fn values(terms: &[Term], row: &[i64]) -> Result<Vec<Option<BigRational>>, Huge> {
    terms.iter().map(|term| value(term, row)).collect()
}

pub(super) fn value(term: &Term, row: &[i64]) -> Value {
    Ok(match term {
        Term::Number(number) => Some(whole(*number)),
        Term::Name(place) => Some(whole(row[*place])),
        Term::Prefix(sign, a) => match value(a, row)? {
            Some(a) if *sign == "-" => Some(-a),
            Some(a) if a.is_integer() => Some(-a - whole(1)),
            _ => None,
        },
        Term::Rounded(rounding, root, a) => value(a, row)?.and_then(|a| rounded(rounding, root, &a)),
        Term::Irrational(root, a, (factor, shift), comparison, b) => {
            let sides = value(a, row)?.zip(value(b, row)?);
            let Some((a, b)) = sides else { return Ok(Some(truth(false))) };
            let rest = b - whole(*shift);
            let left = multiple_against(root, &a, *factor, &rest);
            Some(truth(left.is_some_and(|ordering| holds(comparison, &whole(ordering as i64), &whole(0)))))
        }
        Term::Arithmetic(operator, a, b) => match (value(a, row)?, value(b, row)?) {
            (Some(a), Some(b)) => arithmetic(operator, &a, &b)?,
            _ => None,
        },
        Term::Chain(first, rest) => {
            let mut left = value(first, row)?;
            let mut all = true;
            for (comparison, operand) in rest {
                let right = value(operand, row)?;
                all &= left.zip(right.clone()).is_some_and(|(left, right)| holds(comparison, &left, &right));
                left = right;
            }
            Some(truth(all))
        }
        Term::Not(a) => Some(truth(!is_true(a, row)?)),
        Term::Logic(operator, a, b) => {
            let (a, b) = (is_true(a, row)?, is_true(b, row)?);
            Some(truth(match *operator {
                "and" => a && b,
                "or" => a || b,
                _ => !a || b,
            }))
        }
        Term::If(then, condition, otherwise) => value(if is_true(condition, row)? { then } else { otherwise }, row)?,
        Term::In(a, not, elements) => Some(truth(is_in(value(a, row)?.as_ref(), *not, &values(elements, row)?))),
        Term::Call(name, operands) => call(name, &values(operands, row)?),
        Term::Item(items, index) => {
            let index =
                value(index, row)?.filter(BigRational::is_integer).and_then(|index| index.to_integer().to_i64());
            let count = i64::try_from(items.len()).expect("few");
            let place = index.map(|index| if index < 0 { index + count } else { index });
            match place.and_then(|place| usize::try_from(place).ok()).and_then(|place| items.get(place)) {
                Some(item) => value(item, row)?,
                None => None,
            }
        }
    })
}

fn arithmetic(operator: &str, a: &BigRational, b: &BigRational) -> Value {
    let divided = || (!b.is_zero()).then(|| a / b);
    Ok(match operator {
        "+" => Some(a + b),
        "-" => Some(a - b),
        "*" => Some(a * b),
        "/" => divided(),
        "//" => divided().map(|quotient| BigRational::from_integer(floor(&quotient))),
        "%" => remainder(a, b),
        "**" => power(a, b)?,
        _ if !a.is_integer() || !b.is_integer() => None,
        "&" => Some((a.numer() & b.numer()).into()),
        "|" => Some((a.numer() | b.numer()).into()),
        "^" => Some((a.numer() ^ b.numer()).into()),
        _ if b.is_negative() => None,
        "<<" => Some(a * power(&whole(2), b)?.ok_or(Huge)?),
        _ => Some(floor(&(a / power(&whole(2), b)?.ok_or(Huge)?)).into()),
    })
}

/// How `factor * root(a)` compares with a number; none where the root is undefined.
fn multiple_against(root: &str, a: &BigRational, factor: i64, b: &BigRational) -> Option<Ordering> {
    if factor == 0 {
        return against(root, a, &whole(0)).map(|_| BigRational::zero().cmp(b));
    }
    let ordering = against(root, a, &(b / whole(factor)));
    if factor < 0 { ordering.map(Ordering::reverse) } else { ordering }
}

/// How the square root or the logarithm of `a` compares with `b`; none where it is undefined.
fn against(root: &str, a: &BigRational, b: &BigRational) -> Option<Ordering> {
    if root == "sqrt" {
        let natural = !a.is_negative();
        return natural.then(|| if b.is_negative() { Ordering::Greater } else { a.cmp(&(b * b)) });
    }
    if !a.is_positive() {
        return None;
    }
    // Between neighbouring whole numbers the power tells; far away, none is needed.
    let (below, above) = (floor(b), -floor(&-b.clone()));
    let power = |e: &BigInt| power(&whole(2), &e.clone().max((-300).into()).min(300.into()).into()).ok().flatten();
    if *a > power(&above)? {
        return Some(Ordering::Greater);
    }
    if *a < power(&below)? {
        return Some(Ordering::Less);
    }
    let (p, q) = (b.numer().clone(), b.denom().clone());
    let raised = |base: &BigRational, e: &BigInt| super::power(base, &e.clone().into()).ok().flatten();
    Some(raised(a, &q)?.cmp(&raised(&whole(2), &p)?))
}

/// The nearest integers are tried one after another.
fn rounded(rounding: &str, root: &str, a: &BigRational) -> Option<BigRational> {
    let start = against(root, a, &whole(0))?;
    let step = if start.is_lt() { -1 } else { 1 };
    // The last integer on the way from 0 that is not beyond.
    let beyond = |n: i64| {
        against(root, a, &whole(n)).is_some_and(|ordering| if step < 0 { ordering.is_gt() } else { ordering.is_lt() })
    };
    let last = (0..1 << 20).map(|n| n * step).take_while(|&n| !beyond(n)).last()?;
    let exact = against(root, a, &whole(last))?.is_eq();
    let (down, up) = match (exact, step) {
        (true, _) => (last, last),
        (false, 1) => (last, last + 1),
        (false, _) => (last - 1, last),
    };
    let middle = whole(down) + BigRational::new(1.into(), 2.into());
    Some(whole(match rounding {
        "floor" => down,
        "ceil" => up,
        "int" => last,
        _ => match against(root, a, &middle)? {
            Ordering::Less => down,
            Ordering::Greater => up,
            Ordering::Equal => {
                if down % 2 == 0 {
                    down
                } else {
                    up
                }
            }
        },
    }))
}

fn holds(comparison: &str, a: &BigRational, b: &BigRational) -> bool {
    match comparison {
        "==" => a == b,
        "!=" => a != b,
        "<" => a < b,
        "<=" => a <= b,
        ">" => a > b,
        _ => a >= b,
    }
}

/// Where the subject is undefined it is neither in nor not in; an undefined element is equal to nothing and different
/// from nothing.
fn is_in(subject: Option<&BigRational>, not: bool, elements: &[Option<BigRational>]) -> bool {
    let Some(subject) = subject else { return false };
    if not {
        elements.iter().all(|element| element.as_ref().is_some_and(|element| element != subject))
    } else {
        elements.iter().any(|element| element.as_ref() == Some(subject))
    }
}

fn call(name: &str, operands: &[Option<BigRational>]) -> Option<BigRational> {
    let all = operands.iter().cloned().collect::<Option<Vec<_>>>();
    let integers = || all.as_ref().filter(|all| all.iter().all(BigRational::is_integer));
    let test = |holds: Option<bool>| Some(truth(holds.unwrap_or(false)));
    match name {
        "any" => Some(truth(operands.iter().flatten().any(|value| !value.is_zero()))),
        "all_different" => test(all.map(|all| (0..all.len()).all(|place| !all[place + 1..].contains(&all[place])))),
        "divides" => test(
            integers()
                .map(|pair| if pair[0].is_zero() { pair[1].is_zero() } else { (&pair[1] / &pair[0]).is_integer() }),
        ),
        "is_power_of_two" => test(integers().map(|one| (0..200).any(|e| one[0].to_integer() == BigInt::one() << e))),
        "gcd" => Some(integers()?.iter().fold(BigInt::zero(), |common, value| gcd(common, value.to_integer())).into()),
        "lcm" => Some(integers()?.iter().fold(BigInt::one(), |common, value| lcm(&common, &value.to_integer())).into()),
        "min" => all?.into_iter().min(),
        "max" => all?.into_iter().max(),
        "sum" => Some(all?.into_iter().sum()),
        "prod" => Some(all?.into_iter().product()),
        "abs" => Some(all?[0].abs()),
        "floor" => Some(floor(&all?[0]).into()),
        "int" | "trunc" => {
            let value = &all?[0];
            Some(if value.is_negative() { -floor(&-value.clone()) } else { floor(value) }.into())
        }
        "round" => {
            let value = &all?[0];
            let down = floor(value);
            let half = BigRational::new(1.into(), 2.into());
            let rest = value - BigRational::from_integer(down.clone());
            let up = rest > half || (rest == half && &down % 2 != BigInt::zero());
            Some((down + i32::from(up)).into())
        }
        "isqrt" => {
            let value = integers()?[0].clone();
            if value.is_negative() { None } else { rounded("floor", "sqrt", &value) }
        }
        "floor_log2" => {
            let value = integers()?[0].clone();
            if value.is_positive() { rounded("floor", "log2", &value) } else { None }
        }
        "ceil" => Some((-floor(&-all?[0].clone())).into()),
        "ceil_div" => {
            let pair = all.filter(|pair| !pair[1].is_zero())?;
            Some((-floor(&-(&pair[0] / &pair[1]))).into())
        }
        other => unreachable!("{other} is not drawn"),
    }
}

fn gcd(a: BigInt, b: BigInt) -> BigInt {
    if b.is_zero() {
        a.abs()
    } else {
        let rest = a % &b;
        gcd(b, rest)
    }
}

fn lcm(a: &BigInt, b: &BigInt) -> BigInt {
    if a.is_zero() || b.is_zero() { BigInt::zero() } else { (a / gcd(a.clone(), b.clone()) * b).abs() }
}
