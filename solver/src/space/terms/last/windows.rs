//! [`Window`]: where a number is in a window of each of its periods, as `number // 4 % 8 == 3` says of 12 to 15 in each 32.

use super::super::line::Line;
use crate::arith::{ceil_div, floor_mod};
use smallvec::SmallVec;

/// Numbers beyond this are left to be evaluated.
const LARGEST: i128 = 1 << 62;
/// So many ranges are listed at most, or few more.
const MOST_RANGES: u64 = 1 << 16;

/// The numbers from `start` on, so many, and those a multiple of the period away.
pub(super) struct Window {
    pub(super) start: i128,
    pub(super) width: i128,
    pub(super) period: i128,
}

impl Window {
    /// The residues, ascending, of the values at which `c * value + k` is in the window.
    pub(super) fn residues(&self, (coefficient, constant): (i128, i128)) -> Option<SmallVec<[i128; 16]>> {
        let number = |value: i128| coefficient.checked_mul(value)?.checked_add(constant)?.checked_sub(self.start);
        let mut residues = SmallVec::new();
        for value in 0..self.period {
            if floor_mod(number(value)?, self.period) < self.width {
                residues.push(value);
            }
        }
        Some(residues)
    }

    /// The ranges of indices, ascending and apart, whose `c * value + k` is in the window: of a progression of numbers that are
    /// not too large.
    pub(super) fn ranges(
        &self,
        (coefficient, constant): (i128, i128),
        line: &Line,
        (from, to): (u64, u64),
    ) -> Option<Vec<(u64, u64)>> {
        let &Line::Progression { first, step, .. } = line else { return None };
        let slope = coefficient.checked_mul(step.into())?;
        let origin = coefficient.checked_mul(first.into())?.checked_add(constant)?.checked_sub(self.start)?;
        let reach = slope.checked_mul(to.into())?;
        if [origin, reach, self.period].into_iter().any(|number| number.abs() > LARGEST) {
            return None;
        }
        let periods = reach.abs() / self.period;
        if to - from > MOST_RANGES && periods > MOST_RANGES.into() {
            return None;
        }
        let mut ranges: Vec<(u64, u64)> = Vec::new();
        let mut index = from;
        while index < to {
            let place = floor_mod(origin + slope * i128::from(index), self.period);
            let inside = place < self.width;
            let end = self.steps(place, slope).map_or(to, |steps| index.saturating_add(steps).min(to));
            if inside {
                match ranges.last_mut() {
                    Some((_, last)) if *last == index => *last = end,
                    _ => ranges.push((index, end)),
                }
            }
            index = end;
        }
        Some(ranges)
    }

    /// After how many steps, one at least, a number at a place of a period, counted from the start of the window, is beyond
    /// the end of the window, or of what is outside, where it is now; `None` where it does not move.
    fn steps(&self, place: i128, slope: i128) -> Option<u64> {
        let inside = place < self.width;
        let distance = match (slope > 0, inside) {
            (true, true) => self.width - place,
            (true, false) => self.period - place,
            (false, true) => place + 1,
            (false, false) => place - self.width + 1,
        };
        let steps = if slope == 0 { return None } else { ceil_div(distance, slope.abs()) };
        Some(u64::try_from(steps).unwrap_or(u64::MAX))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::space::terms::sets::common_ranges;

    #[test]
    fn ranges_are_where_the_number_is_in_the_window() {
        for (first, step, count) in [(-20, 1, 60), (3, 4, 50), (0, 7, 1)] {
            let line = Line::Progression { first, step, count };
            for (coefficient, constant) in [(1, 0), (3, -5), (-2, 9), (-40, 1), (0, 4), (0, -1)] {
                for (start, width, period) in [(0, 1, 1), (0, 4, 12), (8, 4, 12), (5, 1, 6), (30, 10, 400), (3, 3, 3)] {
                    let window = Window { start, width, period };
                    let ranges = window.ranges((coefficient, constant), &line, (0, count)).unwrap();
                    let inside = |index: u64| {
                        let number = coefficient * i128::from(line.value(index)) + constant;
                        floor_mod(number - start, period) < width
                    };
                    let found: Vec<u64> = ranges.iter().flat_map(|&(from, to)| from..to).collect();
                    let wanted: Vec<u64> = (0..count).filter(|&index| inside(index)).collect();
                    assert_eq!(found, wanted, "{line:?} {coefficient} {constant} {start} {width} {period}");
                    let residues = window.residues((coefficient, constant)).unwrap();
                    let admitted = |index: u64| residues.contains(&floor_mod(line.value(index).into(), period));
                    assert!((0..count).all(|index| admitted(index) == inside(index)));
                    assert!(ranges.windows(2).all(|pair| pair[0].1 < pair[1].0), "apart");
                }
            }
        }
    }

    #[test]
    fn common_ranges_are_in_both() {
        let (a, b) = ([(0, 5), (7, 9), (12, 20)], [(1, 3), (4, 8), (13, 14), (19, 30)]);
        assert_eq!(common_ranges(&a, &b), [(1, 3), (4, 5), (7, 8), (13, 14), (19, 20)]);
        assert_eq!(common_ranges(&b, &a), common_ranges(&a, &b));
    }
}
