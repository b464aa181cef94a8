//! [`Parts`]: what a residual problem becomes. A [`Growing`] diagram keeps nodes; a [`Tally`] keeps how many rows there are.

use crate::space::diagram::runs::push_run;
use crate::space::diagram::{END, Growing, NOTHING, NodeId, Run, push_value};
use num_bigint::BigUint;
use num_traits::One;

/// Makes a whole of the solutions of parts of a problem.
pub(super) trait Parts {
    /// What stands for the solutions of a residual problem.
    type Part: Clone;
    /// A choice between values, as far as it is known.
    type Choice: Default;
    /// Whether parts are numbers of rows only, so that variables may come in any order.
    const COUNTS_ONLY: bool;

    /// The row of no variables.
    fn end() -> Self::Part;
    /// No rows.
    fn nothing() -> Self::Part;
    /// Whether there are no rows.
    fn is_nothing(part: &Self::Part) -> bool;
    /// Adds a value, larger than those before, and what it leaves.
    fn add(choice: &mut Self::Choice, value: i64, part: &Self::Part);
    /// Adds so many values, `first, first + step, …`, which leave the same.
    fn add_run(choice: &mut Self::Choice, first: i64, step: i64, count: u64, part: &Self::Part);
    /// The solutions that begin with a choice for a variable.
    fn close(&mut self, variable: u32, choice: Self::Choice) -> Self::Part;
    /// How long a choice is in memory.
    fn length(choice: &Self::Choice) -> usize;
    /// All combinations of rows of some parts.
    fn product(&mut self, parts: &[Self::Part]) -> Self::Part;
    /// Bytes of a part beside its own size, in a map of parts.
    fn heap_bytes(part: &Self::Part) -> usize;
    /// Bytes held, estimated.
    fn bytes(&self) -> usize;
    /// So many rows, where rows are only counted.
    fn counted(rows: u64) -> Self::Part;
}

impl Parts for Growing {
    type Part = NodeId;
    type Choice = Vec<Run>;
    const COUNTS_ONLY: bool = false;

    fn end() -> NodeId {
        END
    }

    fn nothing() -> NodeId {
        NOTHING
    }

    fn is_nothing(part: &NodeId) -> bool {
        *part == NOTHING
    }

    fn add(choice: &mut Vec<Run>, value: i64, part: &NodeId) {
        push_value(choice, value, *part);
    }

    fn add_run(choice: &mut Vec<Run>, first: i64, step: i64, count: u64, part: &NodeId) {
        push_run(choice, &Run { first, step: if count > 1 { step } else { 0 }, count, child: *part });
    }

    fn close(&mut self, variable: u32, choice: Vec<Run>) -> NodeId {
        self.choice(variable, choice)
    }

    fn length(choice: &Vec<Run>) -> usize {
        choice.len()
    }

    fn product(&mut self, parts: &[NodeId]) -> NodeId {
        self.split(parts)
    }

    fn heap_bytes(_: &NodeId) -> usize {
        0
    }

    fn bytes(&self) -> usize {
        Growing::bytes(self)
    }

    fn counted(_: u64) -> NodeId {
        unreachable!("nodes are not counted")
    }
}

/// How many rows there are; quick while that fits a machine word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Count {
    Small(u64),
    Big(Box<BigUint>),
}

impl Default for Count {
    fn default() -> Self {
        Self::Small(0)
    }
}

impl Count {
    pub(super) fn to_big(&self) -> BigUint {
        match self {
            Self::Small(count) => (*count).into(),
            Self::Big(count) => (**count).clone(),
        }
    }

    fn of_big(count: BigUint) -> Self {
        u64::try_from(&count).map_or_else(|_| Self::Big(Box::new(count)), Self::Small)
    }

    /// Adds a number of rows, some times.
    fn add(&mut self, rows: &Self, times: u64) {
        if let (Self::Small(sum), Self::Small(rows)) = (&*self, rows)
            && let Some(sum) = rows.checked_mul(times).and_then(|rows| sum.checked_add(rows))
        {
            *self = Self::Small(sum);
            return;
        }
        *self = Self::of_big(self.to_big() + rows.to_big() * times);
    }
}

/// Counts rows.
#[derive(Debug, Default)]
pub(super) struct Tally;

impl Parts for Tally {
    type Part = Count;
    type Choice = Count;
    const COUNTS_ONLY: bool = true;

    fn end() -> Count {
        Count::Small(1)
    }

    fn nothing() -> Count {
        Count::Small(0)
    }

    fn is_nothing(part: &Count) -> bool {
        *part == Count::Small(0)
    }

    fn add(choice: &mut Count, _: i64, part: &Count) {
        choice.add(part, 1);
    }

    fn add_run(choice: &mut Count, _: i64, _: i64, count: u64, part: &Count) {
        choice.add(part, count);
    }

    fn close(&mut self, _: u32, choice: Count) -> Count {
        choice
    }

    fn length(_: &Count) -> usize {
        1
    }

    fn product(&mut self, parts: &[Count]) -> Count {
        let small = |product: u64, part: &Count| match part {
            Count::Small(count) => product.checked_mul(*count),
            Count::Big(_) => None,
        };
        match parts.iter().try_fold(1, small) {
            Some(product) => Count::Small(product),
            None if parts.iter().any(Self::is_nothing) => Count::Small(0),
            None => Count::of_big(parts.iter().fold(BigUint::one(), |product, part| product * part.to_big())),
        }
    }

    fn heap_bytes(part: &Count) -> usize {
        match part {
            Count::Small(_) => 0,
            Count::Big(count) => size_of::<BigUint>() + usize::try_from(count.bits() / 8).unwrap_or(usize::MAX) + 32,
        }
    }

    fn bytes(&self) -> usize {
        0
    }

    fn counted(rows: u64) -> Count {
        Count::Small(rows)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use num_traits::Zero;

    #[test]
    fn counts_go_on_beyond_a_machine_word() {
        let mut sum = Count::Small(u64::MAX);
        sum.add(&Count::Small(1), 1);
        assert_eq!(sum.to_big(), BigUint::one() << 64);
        sum.add(&sum.clone(), u64::MAX);
        assert_eq!(sum.to_big(), BigUint::one() << 128);
        let product = Tally.product(&[sum.clone(), Count::Small(3), sum.clone()]);
        assert_eq!(product.to_big(), BigUint::from(3u32) << 256);
        assert!(Tally::is_nothing(&Tally.product(&[sum, Count::Small(0)])));
        assert!(BigUint::zero() == Count::default().to_big());
    }
}
