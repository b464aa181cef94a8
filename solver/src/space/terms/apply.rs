//! Operations on terms: folded where the operands are known, in a normal form where they are not.

use super::exact::{Exact, PowerTooLarge, big_one};
use super::term::{Draft, Operands, Operator, Relation, Term, TermId, Terms};
use num_bigint::BigInt;
use num_integer::Integer;
use num_traits::{One, Signed, Zero};
use smallvec::SmallVec;

impl Terms {
    /// The operation on simplified operands. A number that is undefined makes a number undefined, and a truth false.
    pub(in crate::space) fn apply(&mut self, operator: &Operator, operands: &[TermId]) -> TermId {
        match *operator {
            Operator::And => return self.all_of(operands),
            Operator::Or => return self.any_of(operands),
            Operator::Not => return self.negation(operands[0]),
            Operator::If => return self.choice(operands),
            Operator::Element => return self.item(operands),
            Operator::Compare(relation) => return self.compare_with_zero(relation, operands[0]),
            _ => {}
        }
        if operands.contains(&Self::UNDEFINED) {
            return if operator.is_truth() { Self::FALSE } else { Self::UNDEFINED };
        }
        if operands.contains(&Self::TOO_LARGE) {
            return Self::TOO_LARGE;
        }
        match operator {
            Operator::Product => self.product(operands),
            Operator::Quotient => self.quotient(operands[0], operands[1]),
            Operator::Remainder => self.remainder(operands[0], operands[1]),
            Operator::Minimum | Operator::Maximum => self.extremum(operator, operands),
            Operator::Gcd | Operator::Lcm => self.divisors(operator, operands),
            Operator::AllDifferent => self.all_different(operands),
            Operator::Table(rows) => self.table(rows, operands),
            Operator::Divides => self.divides(operands[0], operands[1]),
            Operator::Power => self.power(operands[0], operands[1]),
            _ => self.fold(operator, operands),
        }
    }

    /// Operators that are evaluated once all operands are numbers, and left alone before.
    fn fold(&mut self, operator: &Operator, operands: &[TermId]) -> TermId {
        let numbers: Option<SmallVec<[Exact; 2]>> =
            operands.iter().map(|&operand| self.number(operand).cloned()).collect();
        let Some(numbers) = numbers else { return self.intern(Draft::Apply(operator, operands)) };
        let number = match operator {
            Operator::FloorDivide => numbers[0].divide(&numbers[1]).map(|quotient| quotient.floor()),
            Operator::CeilDivide => numbers[0].divide(&numbers[1]).map(|quotient| quotient.ceil()),
            Operator::Absolute => Some(numbers[0].absolute()),
            Operator::Log2 => numbers[0].exponent_of_two().map(|exponent| Exact::from_i128(exponent.into())),
            Operator::FloorLog2 => numbers[0].floor_log2(),
            Operator::FloorRoot(degree) => numbers[0].floor_root(*degree),
            Operator::BitAnd => numbers[0].bit_and(&numbers[1]),
            Operator::IsPowerOfTwo => return Self::truth(numbers[0].exponent_of_two().is_some()),
            Operator::Member(set) => {
                return Self::truth(numbers[0].small().is_some_and(|value| set.contains(value)));
            }
            Operator::CompareLog(comparison, first, second) => {
                let ordering = compare_logarithms(&numbers[0], *first, &numbers[1], *second);
                return Self::truth(ordering.is_some_and(|ordering| comparison.holds(ordering)));
            }
            Operator::Divides => return Self::truth(divides(&numbers[0], &numbers[1])),
            _ => unreachable!("has its own normal form"),
        };
        self.number_or_undefined(number)
    }

    fn number_or_undefined(&mut self, number: Option<Exact>) -> TermId {
        match number {
            Some(number) => self.constant(&number),
            None => Self::UNDEFINED,
        }
    }

    /// The factors that are no numbers, ascending, times one number.
    pub(in crate::space) fn product(&mut self, factors: &[TermId]) -> TermId {
        let mut coefficient = Exact::ONE;
        let mut rest = Operands::new();
        for &factor in factors {
            let (multiple, factor) = self.primitive(factor);
            coefficient = coefficient.multiply(&multiple);
            match self.get(factor) {
                _ if factor == Self::TRUE => {}
                Term::Apply(Operator::Product, inner) => rest.extend_from_slice(inner),
                _ => rest.push(factor),
            }
        }
        rest.sort_unstable();
        match rest[..] {
            [] => self.constant(&coefficient),
            [only] => self.sum(&[(only, coefficient)], Exact::ZERO),
            _ => {
                let product = self.intern(Draft::Apply(&Operator::Product, &rest));
                self.sum(&[(product, coefficient)], Exact::ZERO)
            }
        }
    }

    /// A sum divided by a number that is not 0.
    fn divided(&mut self, term: TermId, divisor: &Exact) -> TermId {
        if *divisor == Exact::ONE {
            return term;
        }
        let mut form = self.form(term);
        let over = |number: &Exact| number.divide(divisor).expect("not 0");
        form.constant = over(&form.constant);
        for (_, coefficient) in &mut form.terms {
            *coefficient = over(coefficient);
        }
        self.linear(form)
    }

    /// A term as a multiple of one whose coefficients and constant have no common divisor.
    fn primitive(&mut self, term: TermId) -> (Exact, TermId) {
        let Term::Linear(terms, constant) = self.get(term) else { return self.multiple(term) };
        let common = terms.iter().fold(constant.absolute(), |common, (_, c)| common.common_divisor(c));
        if common.is_zero() || common == Exact::ONE {
            return self.multiple(term);
        }
        let primitive = self.divided(term, &common);
        let (multiple, primitive) = self.multiple(primitive);
        (common.multiply(&multiple), primitive)
    }

    fn quotient(&mut self, a: TermId, b: TermId) -> TermId {
        let ((c, a), (d, b)) = (self.multiple(a), self.multiple(b));
        let Some(factor) = c.divide(&d) else { return Self::UNDEFINED };
        if b == Self::TRUE {
            return self.sum(&[(a, factor)], Exact::ZERO);
        }
        let quotient = self.intern(Draft::Apply(&Operator::Quotient, &[a, b]));
        self.sum(&[(quotient, factor)], Exact::ZERO)
    }

    /// With a known divisor, coefficients and constant count modulo the divisor, and common divisors go outside.
    fn remainder(&mut self, a: TermId, b: TermId) -> TermId {
        let Some(divisor) = self.number(b).cloned() else {
            return self.intern(Draft::Apply(&Operator::Remainder, &[a, b]));
        };
        if let Some(number) = self.number(a) {
            let remainder = number.remainder(&divisor);
            return self.number_or_undefined(remainder);
        }
        if divisor.is_zero() {
            return Self::UNDEFINED;
        }
        let mut form = self.form(a);
        let integers = form.terms.iter().all(|(term, c)| c.is_integer() && self.facts(*term).integer);
        if !integers || !form.constant.is_integer() || !divisor.is_integer() {
            return self.intern(Draft::Apply(&Operator::Remainder, &[a, b]));
        }
        let modulus = divisor.absolute();
        let reduce = |number: &Exact| number.remainder(&modulus).expect("not 0");
        form.constant = reduce(&form.constant);
        let mut common = modulus.common_divisor(&form.constant);
        for (_, coefficient) in &mut form.terms {
            *coefficient = reduce(coefficient);
            common = common.common_divisor(coefficient);
        }
        let reduced = self.sum(&form.terms, form.constant);
        let reduced = self.divided(reduced, &common);
        let divisor = divisor.divide(&common).expect("not 0");
        let remainder = self.reduced_remainder(reduced, &divisor);
        self.sum(&[(remainder, common)], Exact::ZERO)
    }

    fn reduced_remainder(&mut self, a: TermId, divisor: &Exact) -> TermId {
        if let Some(number) = self.number(a) {
            let remainder = number.remainder(divisor);
            return self.number_or_undefined(remainder);
        }
        let bounds = self.facts(a).bounds;
        if bounds.lo >= 0 && divisor.small().is_some_and(|divisor| bounds.hi < i128::from(divisor)) {
            return a;
        }
        let divisor = self.constant(divisor);
        self.intern(Draft::Apply(&Operator::Remainder, &[a, divisor]))
    }

    fn power(&mut self, base: TermId, exponent: TermId) -> TermId {
        match (self.number(base), self.number(exponent)) {
            (Some(base), Some(exponent)) => match base.power(exponent) {
                Ok(power) => self.number_or_undefined(power),
                Err(PowerTooLarge) => Self::TOO_LARGE,
            },
            (None, Some(exponent)) if *exponent == Exact::ONE => base,
            (None, Some(exponent)) if !exponent.is_integer() => Self::UNDEFINED,
            _ => self.intern(Draft::Apply(&Operator::Power, &[base, exponent])),
        }
    }

    /// The operands that are no numbers, ascending, and one number, which is left out where it never matters.
    fn extremum(&mut self, operator: &Operator, operands: &[TermId]) -> TermId {
        let smallest = *operator == Operator::Minimum;
        let (mut best, mut rest) = (None::<Exact>, Operands::new());
        for &operand in operands {
            match self.get(operand) {
                Term::Constant(value) => {
                    let better = best.as_ref().is_none_or(|best| if smallest { value < best } else { value > best });
                    best = if better { Some(value.clone()) } else { best };
                }
                Term::Apply(inner, operands) if inner == operator => rest.extend_from_slice(operands),
                _ => rest.push(operand),
            }
        }
        // A nested extremum may have brought a number of its own.
        if rest.iter().any(|&operand| self.number(operand).is_some()) {
            let best = best.map(|best| self.constant(&best));
            rest.extend(best);
            return self.extremum(operator, &rest);
        }
        let matters = |best: &Exact| {
            let Some(best) = best.small().map(i128::from) else { return true };
            let mut bounds = rest.iter().map(|&operand| self.facts(operand).bounds);
            !bounds.any(|bounds| if smallest { bounds.hi <= best } else { bounds.lo >= best })
        };
        if let Some(best) = best.filter(matters) {
            rest.push(self.constant(&best));
        }
        rest.sort_unstable();
        rest.dedup();
        if rest.len() == 1 { rest[0] } else { self.intern(Draft::Apply(operator, &rest)) }
    }

    /// Greatest common divisors and least common multiples, with one number at most.
    fn divisors(&mut self, operator: &Operator, operands: &[TermId]) -> TermId {
        let greatest = *operator == Operator::Gcd;
        let identity = if greatest { BigInt::zero() } else { big_one() };
        let (mut number, mut rest) = (identity.clone(), Operands::new());
        for &operand in operands {
            let Some(value) = self.number(operand) else {
                rest.push(operand);
                continue;
            };
            let Some(value) = value.integer() else { return Self::UNDEFINED };
            number = if greatest { number.gcd(&value) } else { number.lcm(&value) };
        }
        let settled = if greatest { number.is_one() } else { number.is_zero() };
        let certain = |&operand: &TermId| self.facts(operand).total && self.facts(operand).integer;
        if rest.is_empty() || (settled && rest.iter().all(certain)) {
            return self.constant(&Exact::from_big(number.abs()));
        }
        if number != identity {
            rest.push(self.constant(&Exact::from_big(number)));
        }
        rest.sort_unstable();
        rest.dedup();
        self.intern(Draft::Apply(operator, &rest))
    }

    fn divides(&mut self, a: TermId, b: TermId) -> TermId {
        let natural = self.number(a).is_some_and(|a| a.is_integer() && !a.is_zero());
        if natural && self.facts(b).integer {
            let remainder = self.remainder(b, a);
            return self.compare_with_zero(Relation::Equal, remainder);
        }
        self.fold(&Operator::Divides, &[a, b])
    }
}

fn divides(a: &Exact, b: &Exact) -> bool {
    let (Some(a), Some(b)) = (a.integer(), b.integer()) else { return false };
    if a.is_zero() { b.is_zero() } else { (b % a).is_zero() }
}

/// How two numbers compare, either of which may be the logarithm of the one given; `None` where one is undefined.
fn compare_logarithms(a: &Exact, log_a: bool, b: &Exact, log_b: bool) -> Option<std::cmp::Ordering> {
    let positive = |number: &Exact| number.signum().is_gt();
    if (log_a && !positive(a)) || (log_b && !positive(b)) {
        return None;
    }
    Some(match (log_a, log_b) {
        (true, false) => a.against_power_of_two(b),
        (false, true) => b.against_power_of_two(a).reverse(),
        _ => a.cmp(b),
    })
}
