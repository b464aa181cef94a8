//! How many solutions there are, counted in the order of variables that gets on best.
//!
//! The model's order is given a while. Where that is not enough and others are estimated to take much less, each of these is
//! given a while, and the quickest goes on to the end: estimates err, and by orders of magnitude.

use super::builder::Builder;
use super::parts::Tally;
use super::root::{Order, Reduced};
use crate::domain::Domain;
use crate::model::Model;
use crate::search::Limits;
use crate::space::error::SpaceError;
use crate::space::terms::expand::with_polynomials;
use crate::space::terms::term::Position;
use num_bigint::BigUint;
use std::time::Instant;

/// Values tried in each of the other orders; as many as in the first.
const TRIAL: u64 = 1 << 16;

/// A model to be counted.
pub(in crate::space) struct Counting<'a> {
    pub(in crate::space) model: &'a Model,
    pub(in crate::space) domains: &'a [Domain],
    pub(in crate::space) limits: &'a Limits,
    pub(in crate::space) deadline: Option<Instant>,
}

/// When to give an order up.
enum Patience {
    /// Once it turns out to be slow, and there are better ones.
    UntilSlow,
    /// After so many values tried.
    Tried(u64),
    Endless,
}

enum Attempt {
    Counted(BigUint),
    /// It was given up.
    Begun {
        /// Which part of all assignments is dealt with in a second, about.
        pace: f64,
        /// Orders that are estimated to be better.
        better: Vec<Vec<Position>>,
    },
}

impl Counting<'_> {
    pub(in crate::space) fn count(&self) -> Result<BigUint, SpaceError> {
        let stated = Order::new(self.domains);
        let (pace, better) = match self.attempt(&stated, &Patience::UntilSlow)? {
            Attempt::Counted(count) => return Ok(count),
            Attempt::Begun { pace, better } => (pace, better),
        };
        let mut quickest = (pace, stated);
        for positions in better {
            let order = Order::new(self.domains).reordered(&positions);
            match self.attempt(&order, &Patience::Tried(TRIAL))? {
                Attempt::Counted(count) => return Ok(count),
                Attempt::Begun { pace, .. } if pace > quickest.0 => quickest = (pace, order),
                Attempt::Begun { .. } => {}
            }
        }
        match self.attempt(&quickest.1, &Patience::Endless)? {
            Attempt::Counted(count) => Ok(count),
            Attempt::Begun { .. } => unreachable!("only limits end it"),
        }
    }

    fn attempt(&self, order: &Order, patience: &Patience) -> Result<Attempt, SpaceError> {
        let start = Instant::now();
        let Reduced { mut terms, truths: trees, positions } = order.reduced(self.model, self.domains);
        let truths = with_polynomials(&mut terms, trees.clone());
        let names = |variable: u32| self.model.variables()[variable as usize].name.clone();
        let mut builder = Builder::new(terms, Tally, &order.variables, &names, self.limits, self.deadline);
        match patience {
            Patience::UntilSlow => builder.rearrange_when_slow(trees, positions.clone()),
            Patience::Tried(tried) => builder.give_up_after(*tried),
            Patience::Endless => {}
        }
        let Some(truths) = builder.conjunction(&[], &truths)? else { return Ok(Attempt::Counted(BigUint::ZERO)) };
        let counted = builder.solve(&truths, &positions, 0);
        let (pace, better) = (builder.part_done() / start.elapsed().as_secs_f64(), builder.better_orders());
        match counted {
            Ok(count) => Ok(Attempt::Counted(count.to_big())),
            Err(_) if builder.is_given_up() || !better.is_empty() => Ok(Attempt::Begun { pace, better }),
            Err(error) => Err(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::checker;
    use crate::space::tests::model;
    use itertools::Itertools;

    const RANGES: [(&str, i64, i64); 4] = [("w", 1, 9), ("x", -3, 6), ("y", 0, 7), ("z", 1, 70)];

    /// Against trying all, in every order of the variables, begun and given up, and to the end.
    #[test]
    fn every_order_counts_the_same() {
        for constraints in [
            &["w * x + z <= 60", "z % w == 1", "max(x, y) >= 2"][..],
            &["(w * z // 4) % (y + 1) == 0", "x * y <= w", "z % 3 == 0 or w > y"],
            &["x + y == w", "z * w % 5 != x"],
        ] {
            let model = model(&RANGES, constraints);
            let points = RANGES.iter().map(|&(_, first, last)| first..=last).multi_cartesian_product();
            let expected = points.filter(|point| checker::is_solution(&model, point) == Ok(true)).count();
            let domains: Vec<Domain> =
                RANGES.iter().map(|&(_, first, last)| Domain::progression(first, last, 1)).collect();
            let counting = Counting { model: &model, domains: &domains, limits: &Limits::default(), deadline: None };
            for positions in (0..4).permutations(4) {
                let order = Order::new(&domains).reordered(&positions);
                let Attempt::Counted(count) = counting.attempt(&order, &Patience::Endless).unwrap() else {
                    panic!("{positions:?} was given up")
                };
                assert_eq!(count, BigUint::from(expected), "{constraints:?} in {positions:?}");
                match counting.attempt(&order, &Patience::Tried(0)).unwrap() {
                    Attempt::Counted(count) => assert_eq!(count, BigUint::from(expected)),
                    Attempt::Begun { pace, better } => assert!(pace.is_finite() && pace >= 0.0 && better.is_empty()),
                }
            }
        }
    }
}
