//! The `ConstrINT` dialect, evaluated on the text.

use super::{Huge, Value, power, remainder, rows, whole};
use crate::brute_force::held_against;
use crate::reference::all_solutions;
use constrint_solver::{Options, checker, language};
use num_rational::BigRational;
use num_traits::{One, Zero};
use proptest::prelude::*;

const NAMES: [&str; 3] = ["a", "b", "c"];
const COMPARISONS: [&str; 6] = ["==", "<=", ">=", "!=", "<", ">"];

/// Operands with operators between them and no brackets, each a word of its own. Comparisons and powers are few, so that
/// sides are long and numbers small.
fn any_side() -> impl Strategy<Value = String> {
    let operand = prop_oneof![
        4 => prop::sample::select(NAMES.to_vec()).prop_map(str::to_owned),
        1 => (-3i64..13).prop_map(|number| number.to_string()),
    ];
    let operator = prop::sample::select(vec!["%", "%", "+", "+", "+", "*", "*", "*", "^"]);
    (operand.clone(), prop::collection::vec((operator, operand), 0..6)).prop_map(|(first, rest)| {
        rest.into_iter().fold(first, |text, (operator, operand)| format!("{text} {operator} {operand}"))
    })
}

fn any_list() -> impl Strategy<Value = Vec<i64>> {
    prop::collection::vec(-3i64..9, 1..4)
}

/// A chain of one or two comparisons, or an equality with a list.
fn any_comparison() -> impl Strategy<Value = String> {
    let chain = prop::collection::vec((prop::sample::select(COMPARISONS.to_vec()), any_side()), 1..3);
    let chain = (any_side(), chain).prop_map(|(first, rest)| {
        rest.into_iter().fold(first, |text, (comparison, side)| format!("{text} {comparison} {side}"))
    });
    let list = (any_side(), prop::sample::select(vec!["==", "!="]), any_list())
        .prop_map(|(side, comparison, list)| format!("{side} {comparison} {list:?}"));
    prop_oneof![4 => chain, 1 => list]
}

/// The values of the names, and statements with alternatives.
fn any_program() -> impl Strategy<Value = (Vec<Vec<i64>>, Vec<String>)> {
    let values = prop::collection::vec(prop::collection::btree_set(-2i64..7, 1..6), 3);
    let values = values.prop_map(|sets| sets.into_iter().map(|set| set.into_iter().collect()).collect());
    let statement = prop::collection::vec(any_comparison(), 1..3).prop_map(|all| all.join(" | "));
    (values, prop::collection::vec(statement, 1..4))
}

fn at_all_statements(program: &str, row: &[i64]) -> Result<bool, Huge> {
    let statements = program.split(';').map(str::trim).filter(|statement| !statement.is_empty());
    let mut all = true;
    for statement in statements {
        let mut some = false;
        for alternative in statement.split('|') {
            some |= chain_holds(alternative, row)?;
        }
        all &= some;
    }
    Ok(all)
}

/// Each neighbouring pair of sides.
fn chain_holds(text: &str, row: &[i64]) -> Result<bool, Huge> {
    let words: Vec<&str> = text.split(' ').filter(|word| !word.is_empty()).collect();
    let sides: Vec<String> = words.split(|word| COMPARISONS.contains(word)).map(|side| side.join(" ")).collect();
    let comparisons: Vec<&str> = words.iter().copied().filter(|word| COMPARISONS.contains(word)).collect();
    let mut all = true;
    for (pair, comparison) in sides.windows(2).zip(comparisons) {
        all &= pair_holds(&pair[0], comparison, &pair[1], row)?;
    }
    Ok(all)
}

fn pair_holds(left: &str, comparison: &str, right: &str, row: &[i64]) -> Result<bool, Huge> {
    let Some(left) = side_value(left, row)? else { return Ok(false) };
    if let Some(list) = right.strip_prefix('[') {
        let mut values = list.trim_end_matches(']').split(',').map(|value| whole(value.trim().parse().unwrap()));
        let member = values.any(|value| value == left);
        return Ok(member == (comparison == "=="));
    }
    let Some(right) = side_value(right, row)? else { return Ok(false) };
    Ok(match comparison {
        "==" => left == right,
        "!=" => left != right,
        "<=" => left <= right,
        ">=" => left >= right,
        "<" => left < right,
        _ => left > right,
    })
}

/// `%` binds loosest, from left to right.
fn side_value(text: &str, row: &[i64]) -> Value {
    let mut parts = text.split(" % ").map(|sum| sum_value(sum, row));
    let mut value = parts.next().expect("a part")?;
    for part in parts {
        let divisor = part?;
        value = value.zip(divisor).and_then(|(value, divisor)| remainder(&value, &divisor));
    }
    Ok(value)
}

fn sum_value(text: &str, row: &[i64]) -> Value {
    fold(text, " + ", BigRational::zero(), |sum, term| sum + term, &|term| product_value(term, row))
}

fn product_value(text: &str, row: &[i64]) -> Value {
    fold(text, " * ", BigRational::one(), |product, factor| product * factor, &|factor| power_value(factor, row))
}

fn fold(
    text: &str,
    separator: &str,
    start: BigRational,
    combine: fn(BigRational, BigRational) -> BigRational,
    of_part: &dyn Fn(&str) -> Value,
) -> Value {
    let mut result = Some(start);
    for part in text.split(separator) {
        let value = of_part(part)?;
        result = result.zip(value).map(|(result, value)| combine(result, value));
    }
    Ok(result)
}

/// From right to left.
fn power_value(text: &str, row: &[i64]) -> Value {
    let Some((base, exponent)) = text.split_once(" ^ ") else { return Ok(Some(operand_value(text, row))) };
    let Some(exponent) = power_value(exponent, row)? else { return Ok(None) };
    power(&operand_value(base, row), &exponent)
}

fn operand_value(text: &str, row: &[i64]) -> BigRational {
    let text = text.trim();
    match NAMES.iter().position(|&name| name == text) {
        Some(place) => whole(row[place]),
        None => whole(text.parse().unwrap_or_else(|_| panic!("{text:?} is no number"))),
    }
}

/// Parser, checker and search: what the text says is what they find.
#[test]
fn constrint_texts_mean_what_they_say() {
    held_against(500, any_program(), |(values, statements)| {
        let lists: Vec<String> =
            NAMES.iter().zip(&values).map(|(name, values)| format!("{name} == {values:?};")).collect();
        let program = format!("{} {};", lists.join(" "), statements.join("; "));
        let parsed = language::constrint::parse(&program).unwrap_or_else(|error| panic!("{program}: {error}"));
        prop_assert!(parsed.warnings.is_empty());
        let mut expected = Vec::new();
        for row in rows(&values) {
            let Ok(holds) = at_all_statements(&program, &row) else { return Ok(()) };
            let found = checker::is_solution(&parsed.model, &row);
            if found == Err(checker::TooLarge) && program.contains(" ^ ") {
                return Ok(());
            }
            prop_assert_eq!(found, Ok(holds), "{} at {:?}", &program, &row);
            expected.extend(holds.then_some(row));
        }
        prop_assert_eq!(all_solutions(&parsed.model, &Options::default()), Some(expected), "{}", program);
        Ok(())
    });
}
