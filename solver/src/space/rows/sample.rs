//! Uniform samples of a space, without enumerating it.

use crate::space::solutions::SolutionSpace;
use num_bigint::BigUint;
use num_traits::Zero;
use rand::rngs::Xoshiro256PlusPlus;
use rand::{Rng, SeedableRng};

impl SolutionSpace {
    /// `count` rows, each drawn uniformly from all solutions and independently of the others, so that one may come twice;
    /// none where there is no solution. The same seed gives the same rows.
    ///
    /// ```
    /// use constrint_solver::{Limits, Model, SolutionSpace, Values, language};
    ///
    /// let mut model = Model::new();
    /// model.add_variable("x", Values::range(1, 1000, 1)?)?;
    /// model.add_variable("y", Values::range(1, 1000, 1)?)?;
    /// let expr = language::parse("x % y == 0", &model)?;
    /// model.require(expr);
    /// let space = SolutionSpace::build(&model, &Limits::default())?;
    /// let rows = space.sample(100, 7);
    /// assert!(rows.len() == 100 && rows.iter().all(|row| row[0] % row[1] == 0));
    /// assert_eq!(rows, space.sample(100, 7));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn sample(&self, count: usize, seed: u64) -> Vec<Vec<i64>> {
        if self.is_empty() {
            return Vec::new();
        }
        let mut generator = Xoshiro256PlusPlus::seed_from_u64(seed);
        let all = self.len();
        let row = |_| self.get(&below(&all, &mut generator)).expect("below the number of rows");
        (0..count).map(row).collect()
    }
}

/// A number below `end`, each equally likely: bits are drawn until they are one.
pub(super) fn below(end: &BigUint, generator: &mut impl Rng) -> BigUint {
    let bits = (end - 1u32).bits();
    loop {
        let mut drawn = BigUint::zero();
        for word in 0..bits.div_ceil(64) {
            let kept = (bits - word * 64).min(64);
            drawn += BigUint::from(generator.next_u64() >> (64 - kept)) << (word * 64);
        }
        if drawn < *end {
            return drawn;
        }
    }
}
