//! The last variable: once all others are known, the values that make truths true, as intervals, residues and divisors.
//!
//! Most truths leave the last variable an interval, the residues of a modulus, or the divisors of a number, and these are
//! found without trying values. Of other truths, whole intervals are asked first: where bounds decide, that is the answer
//! for all of its values, and where they do not, for each half.

use super::exact::Exact;
use super::line::{Line, Slice, congruence};
use super::machine::Value;
use super::term::{Operator, Position, Relation, Term, TermId, Terms};
use crate::arith::{ceil_div, divisors, factorize, floor_div, floor_mod};
use smallvec::SmallVec;

/// Intervals with so few values are not asked as a whole.
const FEW: u64 = 6;
/// Longer periods are not gone through.
const LONGEST_PERIOD: i128 = 256;
/// Divisors of larger numbers would take long to find.
const LARGEST_FACTORED: i128 = 1 << 44;

/// Evaluations that a line may take: more, and its values had better not be gone through.
const MOST_WORK: u64 = 1 << 23;

/// Why the values of a line were not found.
#[derive(Debug)]
pub(super) enum Unsolved {
    /// A power was too large to be computed, where truths had to be evaluated.
    TooLarge,
    /// Bounds decide too little of a line with too many values.
    TooLong,
}

/// How a truth is taken apart: what can be said of it before the other variables are known.
#[derive(Debug)]
enum Plan {
    /// `number <relation> 0`, where the number is `c * last + k`.
    Affine(Relation, TermId),
    /// `number % modulus == residue`, where the number is `c * last + k`.
    Residue {
        number: TermId,
        modulus: TermId,
        residue: i64,
    },
    /// `number % divisor == residue`, where the divisor is `c * last + k` and the number does not speak of it; or the divisor
    /// divides the number where the residue is 0.
    Divisor {
        number: TermId,
        divisor: TermId,
        residue: i64,
    },
    /// `gcd(last, other) == divisor`.
    Common {
        other: TermId,
        divisor: i64,
    },
    /// The last variable occurs in remainders by these alone.
    Periodic(SmallVec<[TermId; 2]>),
    Bisected,
}

/// Truths over known variables and a last one.
#[derive(Debug)]
pub(super) struct Last {
    position: Position,
    plans: Vec<(TermId, Plan)>,
}

/// What is found of one line: kept between calls, so that nothing is allocated for each.
#[derive(Debug, Default)]
struct Found {
    /// Truths that are left for bisection.
    rest: SmallVec<[TermId; 4]>,
    /// The only values that may fit, where few are known.
    only: Option<Vec<i64>>,
}

impl Last {
    /// Truths that speak of the variable, and of others.
    pub(super) fn new(terms: &Terms, truths: &[TermId], position: Position) -> Self {
        let plans = truths.iter().map(|&truth| (truth, plan(terms, truth, position))).collect();
        Self { position, plans }
    }

    /// An estimate of what a value of the other variables costs, in evaluations.
    pub(super) fn cost(&self, line: &Line) -> u64 {
        let bits = u64::from(u64::BITS - line.len().leading_zeros());
        let of = |plan: &Plan| match plan {
            Plan::Affine(Relation::NotEqual, _) | Plan::Bisected => 4 * bits,
            Plan::Periodic(_) => 6 * bits,
            Plan::Affine(..) | Plan::Residue { .. } => 2,
            Plan::Divisor { .. } | Plan::Common { .. } => 30,
        };
        self.plans.iter().map(|(_, plan)| of(plan)).sum()
    }

    /// Calls `visit` with slices of the line and ranges of indices within them: their members are the values that make all
    /// truths true. Adds the evaluations that it took to `work`.
    pub(super) fn solve(
        &self,
        terms: &mut Terms,
        known: &[(Position, i64)],
        line: &Line,
        work: &mut u64,
        visit: &mut dyn FnMut(&Slice, u64, u64),
    ) -> Result<(), Unsolved> {
        let mut slice = Slice::of(line);
        let mut found = Found::default();
        let mut values: SmallVec<[(Position, i64); 4]> = known.into();
        values.push((self.position, 0));
        for (truth, plan) in &self.plans {
            *work += 2;
            if !Self::narrow(terms, (*truth, plan), &mut values, line, &mut slice, &mut found) {
                found.rest.push(*truth);
            }
            if slice.is_empty() {
                return Ok(());
            }
        }
        if let Some(only) = &found.only {
            for &value in only {
                let Some(index) = line.index_of(value.into()) else { continue };
                *work += 1;
                if index >= slice.from && index < slice.to && self.holds_at(terms, &mut values, value)? {
                    visit(&Slice::of(line), index, index + 1);
                }
            }
            return Ok(());
        }
        let (from, to) = (slice.from, slice.to);
        let most = *work + MOST_WORK;
        let mut bisection = Bisection { last: self, line, slice: &slice, values, work, most, visit };
        bisection.within(terms, from, to, &found.rest)
    }

    fn holds_at(&self, terms: &mut Terms, values: &mut [(Position, i64)], value: i64) -> Result<bool, Unsolved> {
        values.last_mut().expect("the last variable").1 = value;
        for (truth, _) in &self.plans {
            if !terms.holds(*truth, values)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Cuts a slice by a truth; false where that is left to be done.
    fn narrow(
        terms: &Terms,
        (truth, plan): (TermId, &Plan),
        values: &mut SmallVec<[(Position, i64); 4]>,
        line: &Line,
        slice: &mut Slice,
        found: &mut Found,
    ) -> bool {
        match plan {
            Plan::Bisected => Some(false),
            Plan::Affine(relation, number) => terms.affine_at(*number, values).and_then(|affine| match affine {
                None => {
                    slice.empty();
                    Some(true)
                }
                Some((coefficient, constant)) => narrow_affine(*relation, coefficient, constant, line, slice, found),
            }),
            Plan::Residue { number, modulus, residue } => {
                let (Some(affine), Some(modulus)) =
                    (terms.affine_at(*number, values), terms.machine_value(*modulus, values))
                else {
                    return false;
                };
                narrow_residue(affine, modulus, (*residue).into(), slice)
            }
            Plan::Divisor { number, divisor, residue } => {
                match (terms.affine_at(*divisor, values), terms.machine_value(*number, values)) {
                    (Some(None), _) | (_, Some(None)) => {
                        slice.empty();
                        Some(true)
                    }
                    (Some(Some(divisor)), Some(Some(number))) => {
                        narrow_divisors(number - i128::from(*residue), divisor, line, found)
                    }
                    _ => None,
                }
            }
            Plan::Common { other, divisor } => match terms.machine_value(*other, values) {
                Some(Some(other)) => narrow_common(other, *divisor, slice),
                Some(None) => {
                    slice.empty();
                    Some(true)
                }
                None => None,
            },
            Plan::Periodic(moduli) => Self::narrow_period(terms, truth, moduli, values, line, slice),
        }
        .unwrap_or(false)
    }

    /// Goes through one period of a truth.
    fn narrow_period(
        terms: &Terms,
        truth: TermId,
        moduli: &[TermId],
        values: &mut SmallVec<[(Position, i64); 4]>,
        line: &Line,
        slice: &mut Slice,
    ) -> Option<bool> {
        let mut period = 1i128;
        for &modulus in moduli {
            let modulus = terms.machine_value(modulus, values)??.checked_abs()?;
            if modulus == 0 {
                return None;
            }
            period = period / common(period, modulus) * modulus;
            if period > LONGEST_PERIOD || period * 4 > i128::from(line.len()) {
                return None;
            }
        }
        let mut residues: SmallVec<[i128; 16]> = SmallVec::new();
        for residue in 0..period {
            values.last_mut().expect("the last variable").1 = i64::try_from(residue).ok()?;
            match terms.machine_value(truth, values)? {
                Some(0) | None => {}
                Some(_) => residues.push(residue),
            }
        }
        Some(slice.keep_residues(period, &residues))
    }
}

/// A number is `c * last + k`, or undefined for all values.
type Affine = Option<(i128, i128)>;

impl Terms {
    /// Of a number that is known to be one: by its values at 0 and 1.
    fn affine_at(&self, number: TermId, values: &mut [(Position, i64)]) -> Option<Affine> {
        let place = values.len() - 1;
        values[place].1 = 0;
        let Some(constant) = self.number_at(number, values)? else { return Some(None) };
        values[place].1 = 1;
        let Some(sum) = self.number_at(number, values)? else { return Some(None) };
        Some(Some((sum.checked_sub(constant)?, constant)))
    }

    /// The value of a number, or that of the polynomial that a truth compares with 0.
    fn number_at(&self, term: TermId, values: &[(Position, i64)]) -> Option<Value> {
        match self.get(term) {
            Term::Polynomial(_, shape, coefficients) => self.polynomial_value(*shape, coefficients, values).map(Some),
            _ => self.machine_value(term, values),
        }
    }

    /// Whether a truth holds, all of whose variables are known, in the order of their positions or not.
    pub(super) fn holds(&mut self, truth: TermId, values: &[(Position, i64)]) -> Result<bool, Unsolved> {
        if let Some(value) = self.machine_value(truth, values) {
            return Ok(value.is_some_and(|value| value != 0));
        }
        let mut ordered: SmallVec<[(Position, i64); 4]> = values.into();
        ordered.sort_unstable();
        match ordered.iter().fold(truth, |left, &(position, value)| self.substitute(left, position, value)) {
            Self::TOO_LARGE => Err(Unsolved::TooLarge),
            left => Ok(left == Self::TRUE),
        }
    }
}

fn narrow_affine(
    relation: Relation,
    coefficient: i128,
    constant: i128,
    line: &Line,
    slice: &mut Slice,
    found: &mut Found,
) -> Option<bool> {
    if coefficient == 0 {
        if !relation.holds(constant.cmp(&0)) {
            slice.empty();
        }
        return Some(true);
    }
    let limit = match relation {
        Relation::AtMost => constant.checked_neg()?,
        Relation::Below => constant.checked_neg()?.checked_sub(1)?,
        Relation::Equal => {
            let target = constant.checked_neg()?;
            let root = target.checked_div(coefficient)?;
            let fits = root * coefficient == target;
            found.keep_only(if fits { i64::try_from(root).ok().into_iter().collect() } else { Vec::new() });
            return Some(true);
        }
        Relation::NotEqual => return Some(false),
    };
    if coefficient > 0 {
        slice.keep_between(line, i128::MIN, floor_div(limit, coefficient));
    } else {
        slice.keep_between(line, ceil_div(limit, coefficient), i128::MAX - 1);
    }
    Some(true)
}

/// As Python has it: the remainder is between 0 and the modulus, on its side.
fn narrow_residue(affine: Affine, modulus: Option<i128>, residue: i128, slice: &mut Slice) -> Option<bool> {
    let (Some((coefficient, constant)), Some(modulus)) = (affine, modulus) else {
        slice.empty();
        return Some(true);
    };
    let outside = if modulus > 0 { residue < 0 || residue >= modulus } else { residue > 0 || residue <= modulus };
    let size = modulus.checked_abs()?;
    if size > 1 << 62 {
        return None;
    }
    let solutions = if outside { None } else { congruence(coefficient, constant, size, residue) };
    if let Some((period, residue)) = solutions {
        return Some(slice.keep_residues(period, &[residue]));
    }
    slice.empty();
    Some(true)
}

/// Where `c * last + k` divides a number; 0 is divided by too much to be listed.
fn narrow_divisors(
    number: i128,
    (coefficient, constant): (i128, i128),
    line: &Line,
    found: &mut Found,
) -> Option<bool> {
    let size = number.checked_abs()?;
    // Trial division goes up to the root.
    if size == 0
        || coefficient == 0
        || size > LARGEST_FACTORED
        || size / 64 > i128::from(line.len()) * i128::from(line.len())
    {
        return Some(false);
    }
    let divisors = divisors(i64::try_from(size).ok()?).into_iter().flat_map(|divisor| [divisor, -divisor]);
    let root = |divisor: i64| {
        let distance = i128::from(divisor).checked_sub(constant)?;
        if distance % coefficient == 0 { i64::try_from(distance / coefficient).ok() } else { None }
    };
    let mut candidates: Vec<i64> = divisors.filter_map(root).filter(|&value| line.spans(value)).collect();
    candidates.sort_unstable();
    found.keep_only(candidates);
    Some(true)
}

/// `gcd(last, other) == divisor`: multiples of the divisor, but for those that have another prime of `other` too.
fn narrow_common(other: i128, divisor: i64, slice: &mut Slice) -> Option<bool> {
    let other = other.checked_abs()?;
    if divisor <= 0 || other == 0 || other > LARGEST_FACTORED {
        return Some(false);
    }
    if other % i128::from(divisor) != 0 {
        slice.empty();
        return Some(true);
    }
    let primes = factorize(i64::try_from(other).ok()? / divisor);
    let excluded: Option<SmallVec<[i64; 8]>> = primes.iter().map(|&(prime, _)| prime.checked_mul(divisor)).collect();
    let mut kept = slice.clone();
    if !kept.keep_residues(divisor.into(), &[0]) || !kept.leave_out_multiples(&excluded?) {
        return Some(false);
    }
    *slice = kept;
    Some(true)
}

impl Found {
    /// Candidates, ascending.
    fn keep_only(&mut self, candidates: Vec<i64>) {
        match &mut self.only {
            None => self.only = Some(candidates),
            Some(only) => only.retain(|value| candidates.binary_search(value).is_ok()),
        }
    }
}

/// Halves of intervals until bounds decide.
struct Bisection<'a> {
    last: &'a Last,
    line: &'a Line,
    slice: &'a Slice,
    /// The known variables and the last one.
    values: SmallVec<[(Position, i64); 4]>,
    work: &'a mut u64,
    most: u64,
    visit: &'a mut dyn FnMut(&Slice, u64, u64),
}

impl Bisection<'_> {
    fn within(&mut self, terms: &mut Terms, from: u64, to: u64, truths: &[TermId]) -> Result<(), Unsolved> {
        let from = self.slice.next(self.line, from);
        if from >= to {
            return Ok(());
        }
        if truths.is_empty() {
            (self.visit)(self.slice, from, to);
            return Ok(());
        }
        if self.slice.at_most(self.line, from, to) <= FEW {
            return self.one_by_one(terms, from, to, truths);
        }
        let (lo, hi) = (self.line.value(from), self.line.value(to - 1));
        let mut rest: SmallVec<[TermId; 4]> = SmallVec::new();
        let (position, values) = (self.last.position, &self.values);
        let hull = |asked: Position| {
            if asked == position {
                return (lo, hi);
            }
            let value = values.iter().find(|(known, _)| *known == asked).expect("known").1;
            (value, value)
        };
        for &truth in truths {
            *self.work += 2;
            match terms.certain(truth, &hull) {
                Some(true) => {}
                Some(false) => return Ok(()),
                None => rest.push(truth),
            }
        }
        if rest.is_empty() {
            (self.visit)(self.slice, from, to);
            return Ok(());
        }
        if *self.work > self.most {
            return Err(Unsolved::TooLong);
        }
        let middle = from + (to - from) / 2;
        self.within(terms, from, middle, &rest)?;
        self.within(terms, middle, to, &rest)
    }

    fn one_by_one(&mut self, terms: &mut Terms, from: u64, to: u64, truths: &[TermId]) -> Result<(), Unsolved> {
        let mut index = from;
        'values: while index < to {
            let value = self.line.value(index);
            if self.slice.admits(value) {
                self.values.last_mut().expect("the last variable").1 = value;
                *self.work += 1;
                for &truth in truths {
                    if !terms.holds(truth, &self.values)? {
                        index = self.slice.next(self.line, index + 1);
                        continue 'values;
                    }
                }
                (self.visit)(self.slice, index, index + 1);
            }
            index = self.slice.next(self.line, index + 1);
        }
        Ok(())
    }
}

fn plan(terms: &Terms, truth: TermId, last: Position) -> Plan {
    let special = match terms.get(truth) {
        Term::Polynomial(relation, ..) if is_affine(terms, truth, last) => Some(Plan::Affine(*relation, truth)),
        Term::Apply(Operator::Compare(relation), operands) => compare_plan(terms, *relation, operands[0], last),
        Term::Apply(Operator::Divides, operands) if speaks_of(terms, operands[0], last) => {
            divisor_plan(terms, operands[1], operands[0], 0, last)
        }
        Term::Apply(Operator::Divides, operands) => residue_plan(terms, operands[1], operands[0], 0, last)
            .filter(|_| terms.facts(operands[0]).bounds.excludes_zero()),
        _ => None,
    };
    let mut moduli = SmallVec::new();
    special.unwrap_or_else(|| {
        if periods(terms, truth, last, &mut moduli) { Plan::Periodic(moduli) } else { Plan::Bisected }
    })
}

fn compare_plan(terms: &Terms, relation: Relation, number: TermId, last: Position) -> Option<Plan> {
    if is_affine(terms, number, last) {
        return Some(Plan::Affine(relation, number));
    }
    if relation != Relation::Equal {
        return None;
    }
    // c * function + k == 0, of a function with integer values.
    let form = terms.form(number);
    let [(function, coefficient)] = &form.terms[..] else { return None };
    let target = form.constant.negate().divide(coefficient)?.small()?;
    let Term::Apply(operator, operands) = terms.get(*function) else { return None };
    match operator {
        Operator::Remainder if speaks_of(terms, operands[1], last) => {
            divisor_plan(terms, operands[0], operands[1], target, last)
        }
        Operator::Remainder => residue_plan(terms, operands[0], operands[1], target, last),
        Operator::Gcd if operands.len() == 2 => {
            let place = operands.iter().position(|&operand| is(terms, operand, last))?;
            let other = operands[1 - place];
            (!speaks_of(terms, other, last)).then_some(Plan::Common { other, divisor: target })
        }
        _ => None,
    }
}

fn residue_plan(terms: &Terms, number: TermId, modulus: TermId, residue: i64, last: Position) -> Option<Plan> {
    let fits = is_affine(terms, number, last) && !speaks_of(terms, modulus, last);
    fits.then_some(Plan::Residue { number, modulus, residue })
}

fn divisor_plan(terms: &Terms, number: TermId, divisor: TermId, residue: i64, last: Position) -> Option<Plan> {
    let fits = is_affine(terms, divisor, last) && !speaks_of(terms, number, last);
    fits.then_some(Plan::Divisor { number, divisor, residue })
}

fn is(terms: &Terms, term: TermId, position: Position) -> bool {
    *terms.get(term) == Term::Variable(position)
}

fn speaks_of(terms: &Terms, term: TermId, position: Position) -> bool {
    terms.variables(term).contains(&position)
}

/// Whether a number is `c * last + k` once the other variables are known.
fn is_affine(terms: &Terms, term: TermId, last: Position) -> bool {
    if !speaks_of(terms, term, last) {
        return true;
    }
    let occurrences = |list: &[TermId]| list.iter().filter(|&&part| speaks_of(terms, part, last)).count();
    match terms.get(term) {
        Term::Variable(_) => true,
        Term::Linear(parts, _) => parts.iter().all(|(part, _)| is_affine(terms, *part, last)),
        Term::Polynomial(_, shape, _) => {
            let monomials = &terms.shapes.get(*shape).monomials;
            monomials.iter().all(|monomial| monomial.iter().filter(|&&position| position == last).count() <= 1)
        }
        Term::Apply(Operator::Product, factors) => {
            occurrences(factors) == 1 && factors.iter().all(|&factor| is_affine(terms, factor, last))
        }
        _ => false,
    }
}

/// Whether a term has the same value wherever the last variable has the same residues by the moduli that it finds.
fn periods(terms: &Terms, term: TermId, last: Position, moduli: &mut SmallVec<[TermId; 2]>) -> bool {
    if !speaks_of(terms, term, last) {
        return true;
    }
    match terms.get(term) {
        Term::Linear(parts, _) => parts.iter().all(|(part, _)| periods(terms, *part, last, moduli)),
        Term::Apply(Operator::Remainder, operands) => {
            let known = !speaks_of(terms, operands[1], last);
            if known && is_integer_polynomial(terms, operands[0], last) {
                moduli.push(operands[1]);
                return true;
            }
            known && periods(terms, operands[0], last, moduli)
        }
        Term::Apply(Operator::Divides, operands) => {
            // Of a divisor that is 0, the period is none.
            let fits = !speaks_of(terms, operands[0], last)
                && terms.facts(operands[0]).bounds.excludes_zero()
                && is_integer_polynomial(terms, operands[1], last);
            moduli.extend(fits.then_some(operands[0]));
            fits
        }
        Term::Apply(_, operands) => operands.iter().all(|&operand| periods(terms, operand, last, moduli)),
        _ => false,
    }
}

/// Whether a term is a polynomial of the last variable, with coefficients that are integers.
fn is_integer_polynomial(terms: &Terms, term: TermId, last: Position) -> bool {
    let facts = terms.facts(term);
    if !facts.integer {
        return false;
    }
    if !speaks_of(terms, term, last) {
        return true;
    }
    match terms.get(term) {
        Term::Variable(_) => true,
        Term::Linear(parts, _) => {
            parts.iter().all(|(part, c)| c.is_integer() && is_integer_polynomial(terms, *part, last))
        }
        Term::Apply(Operator::Product, factors) => {
            factors.iter().all(|&factor| is_integer_polynomial(terms, factor, last))
        }
        Term::Apply(Operator::Power, operands) => {
            let natural = terms.number(operands[1]).and_then(Exact::small).is_some_and(|e| e >= 1);
            natural && is_integer_polynomial(terms, operands[0], last)
        }
        _ => false,
    }
}

fn common(mut a: i128, mut b: i128) -> i128 {
    while b != 0 {
        (a, b) = (b, floor_mod(a, b));
    }
    a
}
