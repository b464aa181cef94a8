//! What a single truth leaves of a line, found without trying its values.
//!
//! All of it answers `Some` where a truth is done with, and `None` where it is left to be done.

use super::super::line::{Line, Slice, congruence};
use super::super::sets::common_ranges;
use super::super::term::{Position, Relation, TermId, Terms};
use super::plan::Plan;
use super::windows::Window;
use crate::arith::{ceil_div, divisors, factorize, floor_div, floor_mod};
use smallvec::SmallVec;

/// Longer periods are not gone through.
const LONGEST_PERIOD: i128 = 256;
/// Divisors of larger numbers would take long to find.
const LARGEST_FACTORED: i128 = 1 << 44;

/// What is found of one line.
#[derive(Debug)]
pub(super) struct Found {
    /// Where the values are that fit.
    pub(super) slice: Slice,
    /// Ranges of indices, ascending, outside of which no value fits.
    pub(super) ranges: Option<Vec<(u64, u64)>>,
    /// The only values that may fit, ascending, where few are known: they are still to be tried.
    pub(super) only: Option<Vec<i64>>,
    /// Truths that are left for bisection.
    pub(super) rest: SmallVec<[TermId; 4]>,
}

impl Found {
    /// Leaves out what a truth excludes. The last of the values is that of the last variable, to be set at will.
    pub(super) fn narrow(
        &mut self,
        terms: &Terms,
        (truth, plan): (TermId, &Plan),
        values: &mut [(Position, i64)],
        line: &Line,
    ) -> Option<()> {
        match plan {
            Plan::Bisected => None,
            Plan::Periodic(moduli) => {
                let period = period_of(terms, moduli, values).filter(|period| period * 4 <= i128::from(line.len()))?;
                let residues = residues_of(terms, truth, period, values)?;
                self.slice.keep_residues(period, &residues).then_some(())
            }
            Plan::Affine(relation, number) => match terms.affine_at(*number, values)? {
                Some(affine) => self.keep_affine(*relation, affine, line),
                None => self.keep_none(),
            },
            Plan::Residue { number, modulus, residue } => {
                match (terms.affine_at(*number, values)?, terms.machine_value(*modulus, values)?) {
                    (Some(affine), Some(modulus)) => self.keep_residue(affine, modulus, (*residue).into()),
                    _ => self.keep_none(),
                }
            }
            Plan::Quotient { number, divisor, is_ceil, modulus, residue } => {
                let divisors = [*divisor, *modulus].map(|term| terms.machine_value(term, values));
                match (terms.affine_at(*number, values)?, divisors) {
                    (Some(affine), [Some(Some(divisor)), Some(Some(modulus))]) => {
                        let (affine, residue) =
                            (if *is_ceil { negated(affine)? } else { affine }, i128::from(*residue));
                        self.keep_quotient(affine, divisor, (modulus, residue, *is_ceil), line)
                    }
                    (_, [None, _] | [_, None]) => None,
                    _ => self.keep_none(),
                }
            }
            Plan::Divisor { number, divisor, residue } => {
                match (terms.affine_at(*divisor, values), terms.machine_value(*number, values)) {
                    (Some(None), _) | (_, Some(None)) => self.keep_none(),
                    (Some(Some(divisor)), Some(Some(number))) => {
                        self.keep_divisors(number - i128::from(*residue), divisor, line)
                    }
                    _ => None,
                }
            }
            Plan::Common { other, divisor } => match terms.machine_value(*other, values)? {
                Some(other) => self.keep_common(other, *divisor),
                None => self.keep_none(),
            },
        }
    }

    /// Of a truth that holds nowhere.
    #[expect(clippy::unnecessary_wraps, reason = "one of the arms of plans, of which others may not be able to tell")]
    fn keep_none(&mut self) -> Option<()> {
        self.slice.empty();
        Some(())
    }

    /// `c * last + k <relation> 0`.
    fn keep_affine(&mut self, relation: Relation, (coefficient, constant): (i128, i128), line: &Line) -> Option<()> {
        if coefficient == 0 {
            return if relation.holds(constant.cmp(&0)) { Some(()) } else { self.keep_none() };
        }
        let target = constant.checked_neg()?;
        let limit = match relation {
            Relation::AtMost => target,
            Relation::Below => target.checked_sub(1)?,
            Relation::Equal => {
                let root = target.checked_div(coefficient)?;
                let fits = root * coefficient == target;
                self.keep_only(if fits { i64::try_from(root).ok().into_iter().collect() } else { Vec::new() });
                return Some(());
            }
            Relation::NotEqual => return None,
        };
        if coefficient > 0 {
            self.slice.keep_between(line, i128::MIN, floor_div(limit, coefficient));
        } else {
            self.slice.keep_between(line, ceil_div(limit, coefficient), i128::MAX - 1);
        }
        Some(())
    }

    /// `(c * last + k) % modulus == residue`. As Python has it, the remainder is between 0 and the modulus, on its side.
    fn keep_residue(&mut self, (coefficient, constant): (i128, i128), modulus: i128, residue: i128) -> Option<()> {
        let size = modulus.checked_abs().filter(|size| *size <= 1 << 62)?;
        let solutions =
            if is_remainder(residue, modulus) { congruence(coefficient, constant, size, residue) } else { None };
        match solutions {
            Some((period, residue)) => self.slice.keep_residues(period, &[residue]).then_some(()),
            None => self.keep_none(),
        }
    }

    /// `((c * last + k) // divisor) % modulus == residue`, or `-` the quotient: the number is in a window, as long as the
    /// divisor, of each period.
    fn keep_quotient(
        &mut self,
        affine: (i128, i128),
        divisor: i128,
        (modulus, residue, is_negated): (i128, i128, bool),
        line: &Line,
    ) -> Option<()> {
        if divisor == 0 || !is_remainder(residue, modulus) {
            return self.keep_none();
        }
        let (affine, width) = (if divisor < 0 { negated(affine)? } else { affine }, divisor.checked_abs()?);
        let cycle = modulus.checked_abs()?;
        let start = floor_mod(if is_negated { -residue } else { residue }, cycle).checked_mul(width)?;
        let window = Window { start, width, period: width.checked_mul(cycle)? };
        if window.period <= LONGEST_PERIOD && window.period * 4 <= i128::from(line.len()) {
            return self.slice.keep_residues(window.period, &window.residues(affine)?).then_some(());
        }
        let ranges = window.ranges(affine, line, (self.slice.from, self.slice.to))?;
        self.ranges = Some(match self.ranges.take() {
            Some(others) => common_ranges(&others, &ranges),
            None => ranges,
        });
        Some(())
    }

    /// Where `c * last + k` divides a number; 0 is divided by too much to be listed.
    fn keep_divisors(&mut self, number: i128, (coefficient, constant): (i128, i128), line: &Line) -> Option<()> {
        let size = number.checked_abs()?;
        let length = i128::from(line.len());
        // Trial division goes up to the root.
        let quick = size != 0 && size <= LARGEST_FACTORED && size / 64 <= length * length;
        if coefficient == 0 || !quick {
            return None;
        }
        let divisors = divisors(i64::try_from(size).ok()?).into_iter().flat_map(|divisor| [divisor, -divisor]);
        let root = |divisor: i64| {
            let distance = i128::from(divisor).checked_sub(constant)?;
            if distance % coefficient == 0 { i64::try_from(distance / coefficient).ok() } else { None }
        };
        let mut candidates: Vec<i64> = divisors.filter_map(root).filter(|&value| line.spans(value)).collect();
        candidates.sort_unstable();
        self.keep_only(candidates);
        Some(())
    }

    /// `gcd(last, other) == divisor`: multiples of the divisor, but for those that have another prime of `other` too.
    fn keep_common(&mut self, other: i128, divisor: i64) -> Option<()> {
        let other = other.checked_abs().filter(|other| *other != 0 && *other <= LARGEST_FACTORED)?;
        if divisor <= 0 {
            return None;
        }
        if other % i128::from(divisor) != 0 {
            return self.keep_none();
        }
        let primes = factorize(i64::try_from(other).ok()? / divisor);
        let excluded: Option<SmallVec<[i64; 8]>> =
            primes.iter().map(|&(prime, _)| prime.checked_mul(divisor)).collect();
        let mut kept: Slice = self.slice.clone();
        let fits = kept.keep_residues(divisor.into(), &[0]) && kept.leave_out_multiples(&excluded?);
        fits.then(|| self.slice = kept)
    }

    /// Candidates, ascending.
    fn keep_only(&mut self, candidates: Vec<i64>) {
        match &mut self.only {
            None => self.only = Some(candidates),
            Some(only) => only.retain(|value| candidates.binary_search(value).is_ok()),
        }
    }
}

/// Whether a number may be what is left of a division.
fn is_remainder(residue: i128, modulus: i128) -> bool {
    if modulus > 0 { (0..modulus).contains(&residue) } else { modulus < residue && residue <= 0 }
}

fn negated((coefficient, constant): (i128, i128)) -> Option<(i128, i128)> {
    Some((coefficient.checked_neg()?, constant.checked_neg()?))
}

/// The least common multiple of moduli, unless it is long, or one of them is 0 or undefined.
fn period_of(terms: &Terms, moduli: &[TermId], values: &[(Position, i64)]) -> Option<i128> {
    let mut period = 1i128;
    for &modulus in moduli {
        let modulus = terms.machine_value(modulus, values)??.checked_abs().filter(|modulus| *modulus != 0)?;
        period = period / common(period, modulus) * modulus;
        if period > LONGEST_PERIOD {
            return None;
        }
    }
    Some(period)
}

/// The residues, ascending, at which a truth holds.
fn residues_of(
    terms: &Terms,
    truth: TermId,
    period: i128,
    values: &mut [(Position, i64)],
) -> Option<SmallVec<[i128; 16]>> {
    let mut residues = SmallVec::new();
    for residue in 0..period {
        values.last_mut().expect("the last variable").1 = i64::try_from(residue).ok()?;
        if terms.machine_value(truth, values)?.is_some_and(|truth| truth != 0) {
            residues.push(residue);
        }
    }
    Some(residues)
}

fn common(mut a: i128, mut b: i128) -> i128 {
    while b != 0 {
        (a, b) = (b, floor_mod(a, b));
    }
    a
}
