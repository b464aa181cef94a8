//! Outputs against what they should be.

use crate::kernel::Expected;
use serde::Serialize;

/// An output over all schedules of a case, at its worst.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Comparison {
    /// The output.
    pub name: &'static str,
    /// How many elements it has.
    pub elements: usize,
    /// How many were off by more than allowed, over all schedules; a NaN is.
    pub wrong: usize,
    /// The element that was off by most, in units of what is allowed for it. None before anything was compared.
    pub worst: Option<Worst>,
}

/// An element and what it should be.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Worst {
    /// Its place in the output.
    pub index: usize,
    /// What the kernel made of it.
    pub found: f64,
    /// What it should be.
    pub exact: f64,
    /// How far the one may be from the other.
    pub allowed: f64,
}

impl Worst {
    /// The difference; infinite if what was found is not a number.
    pub fn error(&self) -> f64 {
        let error = (self.found - self.exact).abs();
        if error.is_nan() { f64::INFINITY } else { error }
    }

    /// The difference in units of what is allowed: at most 1 if all is well.
    pub fn ratio(&self) -> f64 {
        self.error() / self.allowed
    }
}

impl Comparison {
    pub(super) fn begin(expected: &Expected) -> Self {
        Self { name: expected.name, elements: expected.values.len(), wrong: 0, worst: None }
    }

    /// Compares one schedule's output, which has as many elements as are expected.
    pub(super) fn add(&mut self, expected: &Expected, found: &[f64]) {
        for (index, ((&exact, &allowed), &found)) in
            expected.values.iter().zip(&expected.allowed).zip(found).enumerate()
        {
            let this = Worst { index, found, exact, allowed };
            self.wrong += usize::from(this.error() > allowed);
            if self.worst.is_none_or(|worst| this.ratio() > worst.ratio()) {
                self.worst = Some(this);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::Element;

    #[test]
    fn the_worst_is_kept_and_a_nan_is_wrong() {
        let expected =
            Expected { name: "c", element: Element::Fp32, values: vec![1.0, 2.0, 3.0], allowed: vec![0.5, 0.1, 0.1] };
        let mut comparison = Comparison::begin(&expected);
        comparison.add(&expected, &[1.4, 2.09, 3.0]);
        assert_eq!((comparison.wrong, comparison.worst.unwrap().index), (0, 1));
        comparison.add(&expected, &[1.0, 2.0, f64::NAN]);
        assert_eq!((comparison.wrong, comparison.worst.unwrap().index), (1, 2));
        assert!(comparison.worst.unwrap().error().is_infinite());
        comparison.add(&expected, &[1.0, 2.2, 3.0]);
        assert_eq!((comparison.wrong, comparison.worst.unwrap().index), (2, 2));
    }
}
