//! Sums and their comparisons: the normal forms in which equal residuals meet.

use super::exact::Exact;
use super::polynomial::gcd;
use super::term::{Draft, Operator, Relation, Term, TermId, Terms};
use smallvec::{SmallVec, smallvec};

/// Terms with their coefficients: most sums are short, and need no allocation.
pub(super) type Parts = SmallVec<[(TermId, Exact); 4]>;

/// `Σ c·t + constant`, as in [`Term::Linear`].
pub(in crate::space) struct Form {
    pub(in crate::space) terms: Parts,
    pub(in crate::space) constant: Exact,
}

impl Terms {
    /// The sum of multiples of terms.
    pub(in crate::space) fn sum(&mut self, parts: &[(TermId, Exact)], constant: Exact) -> TermId {
        if let [(part, Exact::ONE)] = parts
            && constant.is_zero()
        {
            return *part;
        }
        let mut form = Form::constant(constant);
        let mut too_large = false;
        for (part, factor) in parts {
            match self.gather(&mut form, *part, factor) {
                Self::UNDEFINED => return Self::UNDEFINED,
                gathered => too_large |= gathered == Self::TOO_LARGE,
            }
        }
        if too_large { Self::TOO_LARGE } else { self.linear(form) }
    }

    /// Adds a multiple of a term to a form; what it returns is [`Terms::UNDEFINED`] or [`Terms::TOO_LARGE`] where the
    /// term is.
    pub(super) fn gather(&self, form: &mut Form, part: TermId, factor: &Exact) -> TermId {
        match self.get(part) {
            Term::Undefined | Term::TooLarge => return part,
            Term::Constant(value) => form.constant = form.constant.add(&value.multiply(factor)),
            Term::Linear(inner, constant) => {
                form.constant = form.constant.add(&constant.multiply(factor));
                form.terms.extend(inner.iter().map(|(term, c)| (*term, c.multiply(factor))));
            }
            _ => form.terms.push((part, factor.clone())),
        }
        Self::TRUE
    }

    /// The term of a form whose terms come in any order, with repetitions.
    pub(super) fn linear(&mut self, mut form: Form) -> TermId {
        if !form.terms.is_sorted_by_key(|(term, _)| *term) {
            form.terms.sort_by_key(|(term, _)| *term);
        }
        form.terms.dedup_by(|next, kept| {
            let same = next.0 == kept.0;
            if same {
                kept.1 = kept.1.add(&next.1);
            }
            same
        });
        form.terms.retain(|(term, coefficient)| !coefficient.is_zero() || !self.facts(*term).total);
        match &form.terms[..] {
            [] => self.constant(&form.constant),
            [(term, coefficient)] if *coefficient == Exact::ONE && form.constant.is_zero() => *term,
            _ => self.intern(Draft::Linear(&form.terms, &form.constant)),
        }
    }

    /// A term as a form; one that is no sum is a sum of itself.
    pub(in crate::space) fn form(&self, term: TermId) -> Form {
        match self.get(term) {
            Term::Constant(value) => Form::constant(value.clone()),
            Term::Linear(terms, constant) => Form { terms: Parts::from(&**terms), constant: constant.clone() },
            _ => Form { terms: smallvec![(term, Exact::ONE)], constant: Exact::ZERO },
        }
    }

    /// A term as a number times a term that is no multiple of another.
    pub(in crate::space) fn multiple(&self, term: TermId) -> (Exact, TermId) {
        match self.get(term) {
            Term::Constant(value) => (value.clone(), Self::TRUE),
            Term::Linear(terms, constant) if terms.len() == 1 && constant.is_zero() && !terms[0].1.is_zero() => {
                (terms[0].1.clone(), terms[0].0)
            }
            _ => (Exact::ONE, term),
        }
    }

    /// Whether a number is defined, as a truth.
    pub(in crate::space) fn defined(&mut self, term: TermId) -> TermId {
        let nothing = self.sum(&[(term, Exact::ZERO)], Exact::ZERO);
        self.compare_with_zero(Relation::Equal, nothing)
    }

    /// `a <relation> b`.
    pub(in crate::space) fn compare(&mut self, relation: Relation, a: TermId, b: TermId) -> TermId {
        let difference = self.sum(&[(a, Exact::ONE), (b, Exact::Whole(-1))], Exact::ZERO);
        self.compare_with_zero(relation, difference)
    }

    /// `term <relation> 0`, with coprime coefficients, and a constant that is rounded where only integers occur: so
    /// `10*c <= 100` and `5*c <= 53` are both `c <= 10`.
    pub(in crate::space) fn compare_with_zero(&mut self, relation: Relation, term: TermId) -> TermId {
        match self.get(term) {
            Term::Undefined => return Self::FALSE,
            Term::TooLarge => return Self::TOO_LARGE,
            Term::Constant(value) => return Self::truth(relation.holds(value.signum())),
            _ => {}
        }
        let mut form = self.form(term);
        if form.terms.iter().all(|(_, coefficient)| coefficient.is_zero()) {
            let holds = relation.holds(form.constant.signum());
            return if holds { self.all_defined(form) } else { Self::FALSE };
        }
        let integers = form.terms.iter().all(|(term, c)| c.is_zero() || self.facts(*term).integer);
        let before = form.constant.clone();
        let quick = if integers { form.reduce_machine_integers(relation) } else { Reduced::Unfit };
        let rounded = match quick {
            Reduced::As(relation) => {
                let same = matches!(self.get(term), Term::Linear(..)) && form.constant == before;
                if same && relation == Relation::AtMost {
                    return self.decided_by_bounds(relation, term);
                }
                Some(relation)
            }
            Reduced::To(relation) => Some(relation),
            Reduced::Never => None,
            Reduced::Unfit => {
                form.divide_by_common();
                form.round(relation, integers)
            }
        };
        let Some(relation) = rounded else {
            return if relation == Relation::Equal { Self::FALSE } else { self.all_defined(form) };
        };
        if matches!(relation, Relation::Equal | Relation::NotEqual) {
            form.make_first_positive();
        }
        let normal = self.linear(form);
        self.decided_by_bounds(relation, normal)
    }

    /// `normal <relation> 0`, of a sum in its normal form.
    fn decided_by_bounds(&mut self, relation: Relation, normal: TermId) -> TermId {
        let bounds = self.facts(normal).bounds;
        match relation.decided(bounds.lo.cmp(&0), bounds.hi.cmp(&0)) {
            Some(false) => Self::FALSE,
            Some(true) => {
                let form = self.form(normal);
                self.all_defined(form)
            }
            None => self.intern(Draft::Apply(&Operator::Compare(relation), &[normal])),
        }
    }

    /// Whether every term of a form is defined.
    fn all_defined(&mut self, mut form: Form) -> TermId {
        form.terms.retain(|(term, _)| !self.facts(*term).total);
        if form.terms.is_empty() {
            return Self::TRUE;
        }
        for (_, coefficient) in &mut form.terms {
            *coefficient = Exact::ZERO;
        }
        let nothing = self.intern(Draft::Linear(&form.terms, &Exact::ZERO));
        self.intern(Draft::Apply(&Operator::Compare(Relation::Equal), &[nothing]))
    }
}

impl Form {
    pub(super) fn constant(constant: Exact) -> Self {
        Self { terms: Parts::new(), constant }
    }

    fn divide_by_common(&mut self) {
        let common = self.terms.iter().fold(Exact::ZERO, |common, (_, c)| common.common_divisor(c));
        if common != Exact::ONE {
            for (_, coefficient) in &mut self.terms {
                *coefficient = coefficient.divide(&common).expect("some coefficient is not 0");
            }
            self.constant = self.constant.divide(&common).expect("some coefficient is not 0");
        }
    }

    /// [`Form::divide_by_common`] and [`Form::round`] of integers, where all fit machine words.
    fn reduce_machine_integers(&mut self, relation: Relation) -> Reduced {
        let mut common = 0u64;
        for (_, coefficient) in &self.terms {
            let Exact::Whole(coefficient) = coefficient else { return Reduced::Unfit };
            common = gcd(common, coefficient.unsigned_abs());
        }
        let Exact::Whole(constant) = self.constant else { return Reduced::Unfit };
        let (constant, common) = (i128::from(constant), i128::from(common));
        let floor = constant.div_euclid(common);
        let exact = floor * common == constant;
        self.constant = Exact::from_i128(match relation {
            Relation::AtMost => floor + i128::from(!exact),
            Relation::Below => floor + 1,
            Relation::Equal | Relation::NotEqual if exact => floor,
            Relation::Equal | Relation::NotEqual => return Reduced::Never,
        });
        for (_, coefficient) in self.terms.iter_mut().filter(|_| common != 1) {
            let Exact::Whole(value) = *coefficient else { unreachable!("all fit machine words") };
            *coefficient = Exact::from_i128(i128::from(value) / common);
        }
        let equation = matches!(relation, Relation::Equal | Relation::NotEqual);
        let relation = if equation { relation } else { Relation::AtMost };
        if common == 1 { Reduced::As(relation) } else { Reduced::To(relation) }
    }

    /// Rounds the constant where the rest of the sum is an integer; `None` where the sum can then never be 0, for
    /// [`Relation::Equal`] and [`Relation::NotEqual`].
    fn round(&mut self, relation: Relation, integers: bool) -> Option<Relation> {
        if !integers {
            return Some(relation);
        }
        match relation {
            Relation::AtMost => self.constant = self.constant.ceil(),
            Relation::Below => self.constant = self.constant.floor().add(&Exact::ONE),
            Relation::Equal | Relation::NotEqual => return self.constant.is_integer().then_some(relation),
        }
        Some(Relation::AtMost)
    }

    fn make_first_positive(&mut self) {
        let first = self.terms.iter().find(|(_, coefficient)| !coefficient.is_zero());
        if first.is_some_and(|(_, coefficient)| coefficient.is_negative()) {
            for (_, coefficient) in &mut self.terms {
                *coefficient = coefficient.negate();
            }
            self.constant = self.constant.negate();
        }
    }
}

/// What [`Form::reduce_machine_integers`] makes of a form.
enum Reduced {
    /// Some number does not fit a machine word: nothing was changed.
    Unfit,
    /// The sum can never be 0.
    Never,
    /// The reduced form is to be compared so.
    To(Relation),
    /// Likewise, and the coefficients are as they were.
    As(Relation),
}
