//! [`Span`]: bounds of a term, exact where its variables have bounds.

use crate::space::terms::exact::Exact;
use crate::space::terms::term::{Operator, Position, Term, TermId, Terms};

/// The smallest and the largest value that a term may have; `None` is infinite.
#[derive(Debug, Clone)]
pub(super) struct Span {
    pub(super) lo: Option<Exact>,
    pub(super) hi: Option<Exact>,
}

impl Span {
    const ALL: Self = Self { lo: None, hi: None };

    fn point(value: &Exact) -> Self {
        Self { lo: Some(value.clone()), hi: Some(value.clone()) }
    }

    fn between(lo: i64, hi: i64) -> Self {
        Self { lo: Some(Exact::Whole(lo)), hi: Some(Exact::Whole(hi)) }
    }

    fn ends(&self) -> Option<(&Exact, &Exact)> {
        self.lo.as_ref().zip(self.hi.as_ref())
    }

    fn is_natural(&self) -> bool {
        self.lo.as_ref().is_some_and(|lo| !lo.is_negative())
    }

    fn is_positive(&self) -> bool {
        self.lo.as_ref().is_some_and(|lo| lo.signum().is_gt())
    }

    fn plus(&self, other: &Self) -> Self {
        let sum = |a: &Option<Exact>, b: &Option<Exact>| Some(a.as_ref()?.add(b.as_ref()?));
        Self { lo: sum(&self.lo, &other.lo), hi: sum(&self.hi, &other.hi) }
    }

    fn times(&self, other: &Self) -> Self {
        if let (Some((a, b)), Some((c, d))) = (self.ends(), other.ends()) {
            let products = [a.multiply(c), a.multiply(d), b.multiply(c), b.multiply(d)];
            return Self { lo: products.iter().min().cloned(), hi: products.into_iter().max() };
        }
        let product = |a: &Option<Exact>, b: &Option<Exact>| Some(a.as_ref()?.multiply(b.as_ref()?));
        if self.is_natural() && other.is_natural() {
            Self { lo: product(&self.lo, &other.lo), hi: None }
        } else {
            Self::ALL
        }
    }

    fn scaled(&self, factor: &Exact) -> Self {
        let times = |end: &Option<Exact>| end.as_ref().map(|end| end.multiply(factor));
        match factor.signum() {
            std::cmp::Ordering::Greater => Self { lo: times(&self.lo), hi: times(&self.hi) },
            std::cmp::Ordering::Less => Self { lo: times(&self.hi), hi: times(&self.lo) },
            std::cmp::Ordering::Equal => Self::point(&Exact::ZERO),
        }
    }

    /// Of one over the number, where it is positive throughout.
    fn reciprocal(&self) -> Self {
        if !self.is_positive() {
            return Self::ALL;
        }
        let one_over = |end: &Option<Exact>| end.as_ref().and_then(|end| Exact::ONE.divide(end));
        Self { lo: one_over(&self.hi).or(Some(Exact::ZERO)), hi: one_over(&self.lo) }
    }

    fn map(&self, of: fn(&Exact) -> Exact) -> Self {
        Self { lo: self.lo.as_ref().map(of), hi: self.hi.as_ref().map(of) }
    }

    fn hull(&self, other: &Self) -> Self {
        let pick = |a: &Option<Exact>, b: &Option<Exact>, of: fn(Exact, Exact) -> Exact| {
            Some(of(a.as_ref()?.clone(), b.as_ref()?.clone()))
        };
        Self { lo: pick(&self.lo, &other.lo, Ord::min), hi: pick(&self.hi, &other.hi, Ord::max) }
    }

    fn smaller(&self, other: &Self) -> Self {
        let lo = self.lo.as_ref().zip(other.lo.as_ref()).map(|(a, b)| a.min(b).clone());
        Self { lo, hi: [&self.hi, &other.hi].into_iter().flatten().min().cloned() }
    }

    fn negated(&self) -> Self {
        self.scaled(&Exact::Whole(-1))
    }

    fn absolute(&self) -> Self {
        let both = self.hull(&self.negated());
        let nearest = match (&self.lo, &self.hi) {
            (Some(lo), _) if !lo.is_negative() => lo.clone(),
            (_, Some(hi)) if hi.is_negative() => hi.negate(),
            _ => Exact::ZERO,
        };
        Self { lo: Some(nearest), hi: both.hi }
    }
}

impl Terms {
    /// Bounds of the values that a term has where it is defined; `hull` bounds its variables.
    pub(super) fn span(&self, term: TermId, hull: &dyn Fn(Position) -> (i64, i64)) -> Span {
        match self.get(term) {
            Term::Constant(value) => Span::point(value),
            Term::Variable(position) => {
                let (lo, hi) = hull(*position);
                Span::between(lo, hi)
            }
            Term::Linear(parts, constant) => parts
                .iter()
                .map(|(part, factor)| self.span(*part, hull).scaled(factor))
                .fold(Span::point(constant), |sum, part| sum.plus(&part)),
            Term::Apply(operator, operands) => self.span_of(operator, operands, hull),
            Term::InSet(..) | Term::Polynomial(..) => Span::between(0, 1),
            Term::Undefined | Term::TooLarge => Span::ALL,
        }
    }

    fn span_of(&self, operator: &Operator, operands: &[TermId], hull: &dyn Fn(Position) -> (i64, i64)) -> Span {
        let span = |index: usize| self.span(operands[index], hull);
        let fold = |from: usize, combine: fn(&Span, &Span) -> Span| {
            let spans = operands[from..].iter().map(|&operand| self.span(operand, hull));
            spans.reduce(|a, b| combine(&a, &b)).unwrap_or(Span::ALL)
        };
        match operator {
            operator if operator.is_truth() => Span::between(0, 1),
            Operator::Product => fold(0, Span::times),
            Operator::Quotient => span(0).times(&span(1).reciprocal()),
            Operator::FloorDivide => span(0).times(&span(1).reciprocal()).map(Exact::floor),
            Operator::CeilDivide => span(0).times(&span(1).reciprocal()).map(Exact::ceil),
            Operator::Remainder if span(1).is_positive() => {
                let whole = span(0);
                let hi = if whole.is_natural() { whole.smaller(&span(1)).hi } else { span(1).hi };
                Span { lo: Some(Exact::ZERO), hi }
            }
            Operator::Minimum => fold(0, Span::smaller),
            Operator::Maximum => fold(0, |a, b| a.negated().smaller(&b.negated()).negated()),
            Operator::Absolute => span(0).absolute(),
            Operator::Gcd | Operator::Lcm | Operator::Log2 => Span { lo: Some(Exact::ZERO), hi: None },
            Operator::FloorLog2 => {
                let logarithm = |end: Option<Exact>| end.map(|end| end.floor().floor_log2().unwrap_or(Exact::ZERO));
                let Span { lo, hi } = span(0);
                Span { lo: logarithm(lo).or(Some(Exact::ZERO)), hi: logarithm(hi) }
            }
            Operator::FloorRoot(degree) => {
                let root = |end: Option<Exact>| end.map(|end| end.floor().floor_root(*degree).unwrap_or(Exact::ZERO));
                let Span { lo, hi } = span(0);
                Span { lo: root(lo).or(Some(Exact::ZERO)), hi: root(hi) }
            }
            Operator::BitAnd if span(0).is_natural() && span(1).is_natural() => {
                Span { lo: Some(Exact::ZERO), hi: span(0).smaller(&span(1)).hi }
            }
            Operator::Power => self.span_of_power(&span(0), operands[1]),
            Operator::If | Operator::Element => fold(1, Span::hull),
            _ => Span::ALL,
        }
    }

    /// Natural powers of numbers that are not negative rise with them.
    fn span_of_power(&self, base: &Span, exponent: TermId) -> Span {
        let natural = self.number(exponent).filter(|e| e.is_integer() && !e.is_negative());
        let Some(exponent) = natural.filter(|_| base.is_natural()) else { return Span::ALL };
        let raised = |end: &Option<Exact>| end.as_ref().and_then(|end| end.power(exponent).ok().flatten());
        Span { lo: raised(&base.lo).or(Some(Exact::ZERO)), hi: raised(&base.hi) }
    }
}

#[cfg(test)]
mod tests {
    use super::super::residual::Residuals;
    use crate::space::terms::lower::Place;
    use crate::{Goal, Model, Values, language};

    /// Every value that a term takes on a box lies within its span, and spans of monotone terms are tight.
    #[test]
    fn spans_hold_every_value() {
        let mut model = Model::new();
        for name in ["a", "b"] {
            model.add_variable(name, Values::range(-9, 9, 1).unwrap()).unwrap();
        }
        let texts =
            ["a + 2 * b", "a * b", "3 - a", "a / b", "a // b", "ceil_div(a, b)", "a % b", "min(a, b)", "max(a, b)"];
        let more = [
            "abs(a)",
            "a ** 2",
            "a ** b",
            "gcd(a, b)",
            "lcm(a, b)",
            "floor_log2(a)",
            "isqrt(a)",
            "a & b",
            "a if b > 0 else 7",
            "[a, b, 5][b]",
            "a < b",
        ];
        let boxes = [(-9, 9, -9, 9), (1, 9, 2, 5), (-5, -2, 1, 3), (0, 4, 0, 4), (3, 3, -4, 2), (-2, 6, 3, 3)];
        for text in texts.into_iter().chain(more) {
            let expr = language::parse(text, &model).unwrap();
            let places = [Place::Open(0), Place::Open(1)];
            let (mut residuals, term) = Residuals::new(&expr, Goal::Minimize, &places, &[(-9, 9), (-9, 9)]);
            for (a_lo, a_hi, b_lo, b_hi) in boxes {
                let span = residuals.terms.span(term, &|position| [(a_lo, a_hi), (b_lo, b_hi)][position as usize]);
                for (a, b) in (a_lo..=a_hi).flat_map(|a| (b_lo..=b_hi).map(move |b| (a, b))) {
                    let left = residuals.assign(term, 0, a);
                    let left = residuals.assign(left, 1, b);
                    let Some(value) = residuals.terms.number(left) else { continue };
                    let inside =
                        span.lo.as_ref().is_none_or(|lo| lo <= value) && span.hi.as_ref().is_none_or(|hi| hi >= value);
                    assert!(inside, "{text} at a = {a}, b = {b}: {value:?} is not in {span:?}");
                }
            }
        }
    }
}
