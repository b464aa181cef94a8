//! The multiplicative part of a model as a polyhedron over exponents.
//!
//! A positive integer is `Π p^e · r` for a few chosen primes `p`, with `r` free of them. Each variable thus has a column
//! for each prime's exponent, and one for the logarithm of `r`. Then
//! 1. an equation of products is a linear equation for each prime, and one of the logarithms of the rests;
//! 2. `a` divides `b` exactly where each exponent of `a`, and its rest, is at most that of `b` (for the rests, it follows);
//! 3. a bound on a product is linear in the logarithms.
//!
//! Logarithms are fixed-point numbers rounded so that each row still holds at every solution, and a bound on a logarithm
//! becomes one on the number by the same roundings.

use super::logarithm::{self, UNIT};
use super::program::{Program, Row};
use crate::arith::{Interval, ceil_div, factorize, floor_div, gcd, is_finite};
use crate::domain::Domain;
use crate::normal::{Factors, LinearForm};
use crate::store::Var;
use rustc_hash::FxHashMap;
use std::time::Instant;

/// More primes than these make the program larger without making it much stronger.
const MOST_PRIMES: usize = 8;
/// Numbers beyond this are not factorised.
const FACTORIZED: i64 = 1 << 40;
/// Of smaller domains each value is looked at.
const FEW_VALUES: u64 = 64;

/// What a model says of products.
#[derive(Debug, Default)]
pub(crate) struct Exponents {
    /// Left side, whether equal or at most, right side.
    pub(crate) monomials: Vec<(Factors, bool, Factors)>,
    /// Divisor and multiple.
    pub(crate) divisibilities: Vec<(Var, Var)>,
    /// The first objective as a variable, times a factor, plus a constant; none where it is no such thing.
    objective: Option<(Var, i128, i128)>,
    has_objective: bool,
    /// When to give up.
    pub(super) end: Option<Instant>,
}

/// The columns of one variable.
#[derive(Debug)]
struct Columns {
    exponents: Vec<usize>,
    rest: usize,
}

/// A program, and where its variables are.
struct Polyhedron {
    program: Program,
    primes: Vec<i64>,
    columns: FxHashMap<Var, Columns>,
}

/// `domain` gives the values that a variable has left.
pub(crate) type Domains<'a> = &'a dyn Fn(Var) -> &'a Domain;

impl Exponents {
    /// Keeps in mind what the first objective is: a multiple of one variable, plus a constant; nothing else is of use.
    pub(crate) fn note_objective(&mut self, form: &LinearForm) {
        if !std::mem::replace(&mut self.has_objective, true)
            && let &[(var, factor)] = form.terms.as_slice()
        {
            self.objective = Some((var, factor.into(), form.constant));
        }
    }

    /// Whether a bound on the objective may be found: it is a product, and other products are bounded.
    pub(crate) fn bounds_objective(&self) -> bool {
        self.objective.is_some_and(|(var, ..)| {
            let is_defined =
                self.monomials.iter().any(|(_, equal, z)| *equal && matches!(z.factors[..], [(z, 1)] if z == var));
            is_defined && self.monomials.iter().any(|(_, equal, right)| !equal || right.factors.is_empty())
        })
    }

    /// Whether there is enough for a proof that the propagators would not find.
    pub(crate) fn is_worth_asking(&self) -> bool {
        self.monomials.len() >= 2
    }

    /// Whether the products cannot hold together. `false` says nothing.
    pub(crate) fn is_infeasible(&self, domains: Domains) -> bool {
        self.is_worth_asking() && self.polyhedron(domains).program.is_infeasible()
    }

    /// A value that the objective is never below.
    pub(crate) fn lower_bound(&self, domains: Domains) -> Option<i128> {
        let (var, factor, constant) = self.objective?;
        let domain = domains(var);
        if domain.lo() < 1 || !is_finite(domain.hi()) {
            return None;
        }
        let polyhedron = self.polyhedron(domains);
        let (columns, primes) = (polyhedron.columns.get(&var)?, &polyhedron.primes);
        if let Some((column, prime)) = polyhedron.only_prime(columns) {
            let sign = if factor > 0 { 1 } else { -1 };
            // In the unit of the rows with logarithms, so that their multipliers are not too small to be rounded.
            let least = polyhedron.program.lower_bound(&[(column, sign * UNIT)], None)?;
            let exponent = i128::from(sign) * ceil_div(least, UNIT.into());
            let value = i128::from(prime).checked_pow(u32::try_from(exponent.max(0)).ok()?)?;
            return factor.checked_mul(value)?.checked_add(constant);
        }
        let logarithm = |of_prime: fn(i128) -> i64, sign: i64| -> Vec<(usize, i64)> {
            let exponents = columns.exponents.iter().zip(primes);
            let terms = exponents.map(|(&column, &prime)| (column, sign * of_prime(prime.into())));
            terms.chain([(columns.rest, sign)]).collect()
        };
        let value = if factor > 0 {
            let least = polyhedron.program.lower_bound(&logarithm(logarithm::below, 1), None)?;
            logarithm::smallest_beyond(i64::try_from(least).ok()?.max(0), domain.lo())?
        } else {
            let most = -polyhedron.program.lower_bound(&logarithm(logarithm::above, -1), None)?;
            logarithm::largest_within(i64::try_from(most).ok()?.max(0), domain.hi())
        };
        factor.checked_mul(i128::from(value))?.checked_add(constant)
    }

    fn polyhedron(&self, domains: Domains) -> Polyhedron {
        let primes = self.primes(domains);
        let mut polyhedron = Polyhedron {
            program: Program { end: self.end, ..Program::default() },
            primes,
            columns: FxHashMap::default(),
        };
        for (left, equal, right) in &self.monomials {
            polyhedron.add_monomial(left, *equal, right, domains);
        }
        for &(divisor, multiple) in &self.divisibilities {
            polyhedron.add_divisibility(divisor, multiple, domains);
        }
        polyhedron
    }

    /// The primes that occur most often in coefficients and in small domains.
    fn primes(&self, domains: Domains) -> Vec<i64> {
        let mut counts: FxHashMap<i64, usize> = FxHashMap::default();
        let mut count = |number: i64| {
            if (2..=FACTORIZED).contains(&number) {
                for (prime, _) in factorize(number) {
                    *counts.entry(prime).or_insert(0) += 1;
                }
            }
        };
        for (left, _, right) in &self.monomials {
            for side in [left, right] {
                count(side.coefficient);
                for &(var, _) in &side.factors {
                    let domain = domains(var);
                    if domain.len() <= FEW_VALUES {
                        domain.iter().for_each(&mut count);
                    }
                }
            }
        }
        let mut primes: Vec<(usize, i64)> = counts.into_iter().map(|(prime, count)| (count, prime)).collect();
        primes.sort_unstable_by_key(|&(count, prime)| (std::cmp::Reverse(count), prime));
        primes.truncate(MOST_PRIMES);
        primes.into_iter().map(|(_, prime)| prime).collect()
    }
}

impl Polyhedron {
    /// The column of the one prime of which the variable is a power, whatever its value.
    fn only_prime(&self, columns: &Columns) -> Option<(usize, i64)> {
        let can_be_there = |column: usize| self.program.columns[column].hi > 0;
        let mut there = columns
            .exponents
            .iter()
            .copied()
            .zip(self.primes.iter().copied())
            .filter(|&(column, _)| can_be_there(column));
        let only = there.next()?;
        (there.next().is_none() && !can_be_there(columns.rest)).then_some(only)
    }

    /// Of `z = product`, the columns of `z` go no further than those of the product do.
    fn bound_result(&mut self, product: &Factors, z: Var) {
        let of = |column: &dyn Fn(&Columns) -> usize, constant: i64| {
            let most = |&(var, exponent): &(Var, u32)| {
                let hi = self.program.columns[column(&self.columns[&var])].hi;
                hi.saturating_mul(i64::from(exponent))
            };
            product.factors.iter().map(most).fold(constant, i64::saturating_add)
        };
        let mut rest = product.coefficient;
        let mut bounds: Vec<(usize, i64)> = Vec::new();
        for (index, &prime) in self.primes.iter().enumerate() {
            let times = take_out(&mut rest, prime);
            bounds.push((self.columns[&z].exponents[index], of(&|columns| columns.exponents[index], times)));
        }
        bounds.push((self.columns[&z].rest, of(&|columns| columns.rest, logarithm::above(rest.into()))));
        for (column, most) in bounds {
            let hi = &mut self.program.columns[column].hi;
            *hi = most.min(*hi);
        }
    }

    /// Adds the columns of a variable, and that its logarithm is between those of its bounds. Whether it is positive.
    fn add_variable(&mut self, var: Var, domains: Domains) -> bool {
        let domain = domains(var);
        if domain.lo() < 1 {
            return false;
        }
        if self.columns.contains_key(&var) {
            return true;
        }
        let valuations: Vec<Interval> = self.primes.iter().map(|&prime| valuations(domain, prime)).collect();
        let rest = rests(domain, &self.primes);
        let exponents: Vec<usize> = valuations.into_iter().map(|bounds| self.program.column(bounds)).collect();
        let rest = self.program.column(rest);
        let terms = |of_prime: fn(i128) -> i64, sign: i64| -> Vec<(usize, i64)> {
            let of_primes = exponents.iter().zip(&self.primes);
            of_primes.map(|(&column, &prime)| (column, sign * of_prime(prime.into()))).chain([(rest, sign)]).collect()
        };
        let at_least = Row {
            terms: terms(logarithm::above, -1),
            limit: -i128::from(logarithm::below(domain.lo().into())),
            equal: false,
        };
        let at_most = is_finite(domain.hi()).then(|| Row {
            terms: terms(logarithm::below, 1),
            limit: i128::from(logarithm::above(domain.hi().into())),
            equal: false,
        });
        self.program.rows.push(at_least);
        self.program.rows.extend(at_most);
        self.columns.insert(var, Columns { exponents, rest });
        true
    }

    fn add_monomial(&mut self, left: &Factors, equal: bool, right: &Factors, domains: Domains) {
        let all = left.factors.iter().chain(&right.factors);
        if !all.fold(true, |positive, &(var, _)| self.add_variable(var, domains) && positive) {
            return;
        }
        if !equal && self.add_powers(left, right).is_some() {
            return;
        }
        if !equal {
            let mut terms = self.logarithm(left, logarithm::below, 1);
            terms.extend(self.logarithm(right, logarithm::above, -1));
            let constants = logarithm::above(right.coefficient.into()) - logarithm::below(left.coefficient.into());
            self.program.rows.push(Row { terms, limit: constants.into(), equal: false });
            return;
        }
        if let (1, &[(z, 1)]) = (right.coefficient, right.factors.as_slice()) {
            self.bound_result(left, z);
        }
        let (mut rest_left, mut rest_right) = (left.coefficient, right.coefficient);
        for (index, &prime) in self.primes.iter().enumerate() {
            let side = |side: &Factors, sign: i64| -> Vec<(usize, i64)> {
                let column =
                    |&(var, exponent): &(Var, u32)| (self.columns[&var].exponents[index], sign * i64::from(exponent));
                side.factors.iter().map(column).collect()
            };
            let terms = [side(left, 1), side(right, -1)].concat();
            let limit = i128::from(take_out(&mut rest_right, prime)) - i128::from(take_out(&mut rest_left, prime));
            self.program.rows.push(Row { terms, limit, equal: true });
        }
        // The rests are equal as numbers; their logarithms are known up to rounding.
        let rests = |side: &Factors, sign: i64| -> Vec<(usize, i64)> {
            side.factors.iter().map(|&(var, exponent)| (self.columns[&var].rest, sign * i64::from(exponent))).collect()
        };
        for (sign, from, to) in [(1, rest_left, rest_right), (-1, rest_right, rest_left)] {
            let terms = [rests(left, sign), rests(right, -sign)].concat();
            let limit = logarithm::above(to.into()) - logarithm::below(from.into());
            self.program.rows.push(Row { terms, limit: limit.into(), equal: false });
        }
    }

    /// `left <= right` where all variables are powers of one prime: the bound on the exponents is rounded to an integer.
    fn add_powers(&mut self, left: &Factors, right: &Factors) -> Option<()> {
        let (mut terms, mut primes) = (Vec::new(), Vec::new());
        for (side, sign) in [(left, 1), (right, -1)] {
            for &(var, exponent) in &side.factors {
                let (column, prime) = self.only_prime(&self.columns[&var])?;
                terms.push((column, sign * i64::from(exponent)));
                primes.push(prime);
            }
        }
        let prime = *primes.first().filter(|first| primes.iter().all(|prime| prime == *first))?;
        let room = logarithm::above(right.coefficient.into()) - logarithm::below(left.coefficient.into());
        // Rounded so that the quotient is not too small.
        let unit = if room >= 0 { logarithm::below(prime.into()) } else { logarithm::above(prime.into()) };
        self.program.rows.push(Row { terms, limit: floor_div(room.into(), unit.into()), equal: false });
        Some(())
    }

    /// The logarithm of the variables of a product, with the logarithms of the primes rounded.
    fn logarithm(&self, side: &Factors, of_prime: fn(i128) -> i64, sign: i64) -> Vec<(usize, i64)> {
        let mut terms = Vec::new();
        for &(var, exponent) in &side.factors {
            let (columns, factor) = (&self.columns[&var], sign * i64::from(exponent));
            terms.push((columns.rest, factor));
            let of_primes = columns.exponents.iter().zip(&self.primes);
            terms.extend(of_primes.map(|(&column, &prime)| (column, factor * of_prime(prime.into()))));
        }
        terms
    }

    fn add_divisibility(&mut self, divisor: Var, multiple: Var, domains: Domains) {
        if !self.add_variable(divisor, domains) || !self.add_variable(multiple, domains) {
            return;
        }
        let (small, large) = (&self.columns[&divisor], &self.columns[&multiple]);
        let pairs = small.exponents.iter().zip(&large.exponents).chain([(&small.rest, &large.rest)]);
        let rows = pairs.map(|(&a, &b)| Row { terms: vec![(a, 1), (b, -1)], limit: 0, equal: false });
        self.program.rows.extend(rows);
    }
}

/// Takes the prime out of a positive number, and says how often it was in it.
fn take_out(number: &mut i64, prime: i64) -> i64 {
    let mut times = 0;
    while *number % prime == 0 {
        *number /= prime;
        times += 1;
    }
    times
}

/// How often the prime is in the values of a positive domain.
fn valuations(domain: &Domain, prime: i64) -> Interval {
    let times = |mut value: i64| take_out(&mut value, prime);
    if domain.len() <= FEW_VALUES {
        return domain.iter().map(times).map(Interval::point).reduce(Interval::hull).expect("never empty");
    }
    // What divides one value and all distances divides every value.
    let least = times(gcd(domain.lo(), domain.step().max(1)).max(1));
    let powers = std::iter::successors(Some(prime), |power| power.checked_mul(prime));
    let most = powers.take_while(|&power| power <= domain.hi()).count();
    Interval::new(least, i64::try_from(most).expect("small"))
}

/// The logarithms of what is left of the values without the primes.
fn rests(domain: &Domain, primes: &[i64]) -> Interval {
    if domain.len() > FEW_VALUES {
        let most = if is_finite(domain.hi()) { logarithm::above(domain.hi().into()) } else { 64 * UNIT };
        return Interval::new(0, most);
    }
    let logarithms = domain.iter().map(|mut value| {
        for &prime in primes {
            take_out(&mut value, prime);
        }
        Interval::new(logarithm::below(value.into()), logarithm::above(value.into()))
    });
    logarithms.reduce(Interval::hull).expect("never empty")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::arith::power;
    use itertools::Itertools;
    use proptest::prelude::*;

    fn vars(count: usize) -> Vec<Var> {
        (0..count).map(Var::from_index).collect()
    }

    fn side(coefficient: i64, factors: &[(Var, u32)]) -> Factors {
        Factors { coefficient, factors: factors.to_vec() }
    }

    /// Multiplied together, these say 3 = 2, though each pair of them has solutions for ever larger numbers.
    #[test]
    fn equations_that_clash_are_refuted_whatever_the_bounds() {
        let v = vars(6);
        let of = |coefficient, indices: [usize; 2]| side(coefficient, &indices.map(|index| (v[index], 1)));
        let mut exponents = Exponents::default();
        exponents.monomials.push((of(1, [0, 1]), true, of(2, [2, 3])));
        exponents.monomials.push((of(1, [2, 4]), true, of(1, [0, 5])));
        let wide = Domain::progression(1, 1 << 30, 1);
        assert!(!exponents.is_infeasible(&|_| &wide));
        exponents.monomials.push((of(3, [3, 5]), true, of(1, [1, 4])));
        assert!(exponents.is_infeasible(&|_| &wide));
    }

    #[test]
    fn a_product_is_bounded_by_products() {
        // x * y <= 1000, y * z <= 1000, x * z <= 1000: x * y * z is at most 1000 ** 1.5.
        let v = vars(4);
        let mut exponents = Exponents::default();
        for pair in [[0, 1], [1, 2], [0, 2]] {
            exponents.monomials.push((side(1, &pair.map(|index| (v[index], 1))), false, side(1000, &[])));
        }
        exponents.monomials.push((side(1, &[(v[0], 1), (v[1], 1), (v[2], 1)]), true, side(1, &[(v[3], 1)])));
        exponents.note_objective(&LinearForm { terms: vec![(v[3], -1)], constant: 0 });
        let wide = Domain::progression(1, 1 << 30, 1);
        let bound = exponents.lower_bound(&|_| &wide).unwrap();
        assert!((-31_640..=-31_622).contains(&bound), "{bound}");
    }

    /// Eight powers of two, each three neighbours of which fit: the bound is one too.
    #[test]
    fn a_product_of_powers_is_bounded_by_a_power() {
        let v = vars(9);
        let mut exponents = Exponents::default();
        for index in 0..8 {
            let three = [0, 1, 2].map(|next| (v[(index + next) % 8], 1));
            exponents.monomials.push((side(1, &three), false, side(1500, &[])));
        }
        let all: Vec<(Var, u32)> = v[..8].iter().map(|&var| (var, 1)).collect();
        exponents.monomials.push((side(1, &all), true, side(1, &[(v[8], 1)])));
        exponents.note_objective(&LinearForm { terms: vec![(v[8], -1)], constant: 0 });
        let powers = Domain::from_sorted((0..12).map(|exponent| 1 << exponent).collect());
        let wide = Domain::progression(1, 1 << 50, 1);
        // Three exponents sum to at most 10, the whole part of log2(1500); eight of them to 8 / 3 of that, 26.7.
        let bound = exponents.lower_bound(&|var| if var == v[8] { &wide } else { &powers });
        assert_eq!(bound, Some(-(1 << 26)));
    }

    fn any_side() -> impl Strategy<Value = (i64, Vec<(usize, u32)>)> {
        (1i64..13, prop::collection::vec((0usize..3, 1u32..3), 0..3))
    }

    fn any_domain() -> impl Strategy<Value = Domain> {
        prop_oneof![
            (1i64..20, 0i64..12, 1i64..5).prop_map(|(lo, width, step)| Domain::progression(lo, lo + width, step)),
            prop::collection::btree_set(1i64..40, 1..5).prop_map(|set| Domain::from_sorted(set.into_iter().collect())),
            // Too many values to look at each.
            (1i64..9, 1i64..4).prop_map(|(lo, step)| Domain::progression(lo, lo + 70 * step, step)),
        ]
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(200))]

        /// Neither a bound nor a proof ever contradicts an integer point.
        #[test]
        fn no_solution_is_ever_cut_off(
            domains in prop::collection::vec(any_domain(), 3),
            monomials in prop::collection::vec((any_side(), any::<bool>(), any_side()), 2..5),
            divisibility in prop::option::of((0usize..3, 0usize..3)),
            negative in any::<bool>(),
        ) {
            let v = vars(3);
            let factors = |(coefficient, factors): &(i64, Vec<(usize, u32)>)| {
                side(*coefficient, &factors.iter().map(|&(index, exponent)| (v[index], exponent)).collect_vec())
            };
            let mut exponents = Exponents::default();
            for (left, equal, right) in &monomials {
                exponents.monomials.push((factors(left), *equal, factors(right)));
            }
            exponents.divisibilities.extend(divisibility.map(|(d, x)| (v[d], v[x])));
            exponents.note_objective(&LinearForm { terms: vec![(v[0], if negative { -3 } else { 3 })], constant: 5 });
            let value = |point: &[i64], side: &Factors| {
                let powers = side.factors.iter().map(|&(var, e)| power(point[var.index()], e.into()).unwrap());
                i128::from(side.coefficient) * powers.product::<i128>()
            };
            let solutions = domains
                .iter()
                .map(|domain| domain.iter().collect_vec())
                .multi_cartesian_product()
                .filter(|point| exponents.monomials.iter().all(|(left, equal, right)| {
                    let (left, right) = (value(point, left), value(point, right));
                    if *equal { left == right } else { left <= right }
                }))
                .filter(|point| divisibility.is_none_or(|(d, x)| point[x] % point[d] == 0))
                .collect_vec();
            if !solutions.is_empty() {
                prop_assert!(!exponents.is_infeasible(&|var| &domains[var.index()]));
            }
            if let Some(bound) = exponents.lower_bound(&|var| &domains[var.index()]) {
                for point in &solutions {
                    let objective = if negative { -3 * point[0] } else { 3 * point[0] } + 5;
                    prop_assert!(i128::from(objective) >= bound, "{point:?}: {objective} below {bound}");
                }
            }
        }
    }
}
