//! [`Timing`]: how long a configuration took, and [`Timer`]: how that is found out.

use super::operations::Clocks;
use serde::{Deserialize, Serialize};

/// How long a configuration took.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Timing {
    /// With what it reads in L2 as far as it fits, as where it is called again and again.
    pub warm: Spread,
    /// With other data in L2, where that was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cold: Option<Spread>,
    /// The clocks before and after, where somebody tells them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub clocks: Option<[Clocks; 2]>,
    /// Whether the clocks stood still and most runs took about as long, in the round of samples that is told.
    pub steady: bool,
    /// Whether all runs that were asked for were made: fewer are where the time was up, or it was clear that it is too slow.
    pub complete: bool,
}

impl Timing {
    /// The time that configurations are compared by: the median with a warm L2, in picoseconds.
    pub fn time_ps(&self) -> i64 {
        self.warm.median_ps
    }
}

/// Samples of a time, in picoseconds. A sample is the mean of the runs in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Spread {
    /// Half of the samples took as long or longer.
    pub median_ps: i64,
    /// A quarter took as long or less.
    pub lower_quartile_ps: i64,
    /// A quarter took as long or longer.
    pub upper_quartile_ps: i64,
    /// The shortest.
    pub least_ps: i64,
    /// How many there are.
    pub samples: usize,
    /// Runs of each.
    pub runs_per_sample: usize,
}

impl Spread {
    /// That of samples in any order; none of none.
    ///
    /// ```
    /// use constrint::device::Spread;
    ///
    /// let spread = Spread::of(vec![30, 10, 20, 40, 1000], 1).unwrap();
    /// assert_eq!((spread.least_ps, spread.median_ps), (10, 30));
    /// assert_eq!((spread.lower_quartile_ps, spread.upper_quartile_ps), (20, 40));
    /// ```
    pub fn of(mut samples: Vec<i64>, runs_per_sample: usize) -> Option<Self> {
        samples.sort_unstable();
        Some(Self {
            median_ps: quantile(&samples, 2)?,
            lower_quartile_ps: quantile(&samples, 1)?,
            upper_quartile_ps: quantile(&samples, 3)?,
            least_ps: *samples.first()?,
            samples: samples.len(),
            runs_per_sample,
        })
    }

    /// The distance of the quartiles in thousandths of the median.
    pub fn width_per_mille(&self) -> i64 {
        let distance = i128::from(self.upper_quartile_ps) - i128::from(self.lower_quartile_ps);
        let parts = distance * 1000 / i128::from(self.median_ps.max(1));
        i64::try_from(parts).unwrap_or(i64::MAX)
    }
}

/// So many quarters of the way from the first to the last of ascending samples, between two of them by their distance.
fn quantile(ascending: &[i64], quarters: usize) -> Option<i64> {
    let place = ascending.len().checked_sub(1)? * quarters;
    let (low, part) = (place / 4, i128::try_from(place % 4).ok()?);
    let below = i128::from(*ascending.get(low)?);
    let above = ascending.get(low + 1).map_or(below, |&above| i128::from(above));
    i64::try_from(below + (above - below) * part / 4).ok()
}

/// How a configuration is timed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Timer {
    /// Runs before anything counts go on for so long at least, until the clocks are up.
    pub warm_up_ms: u64,
    /// Samples of a round.
    pub samples: usize,
    /// A round ends after so long with the samples that it has, three at least.
    pub round_ms: u64,
    /// Whether the time with other data in L2 is asked for too.
    pub cold: bool,
    /// Rounds of which the steadiest is told, where none is steady.
    pub rounds: usize,
    /// A configuration that takes longer is not timed any more closely.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hopeless_ps: Option<i64>,
}

impl Default for Timer {
    /// For a time to be told: 30 samples with warm and with cold L2.
    fn default() -> Self {
        Self { warm_up_ms: 100, samples: 30, round_ms: 1000, cold: true, rounds: 3, hopeless_ps: None }
    }
}

impl Timer {
    /// For one of many times that are compared: fewer samples, and a warm L2 alone.
    pub fn quick() -> Self {
        Self { warm_up_ms: 30, samples: 15, round_ms: 300, cold: false, ..Self::default() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quartiles_lie_between_samples() {
        let spread = Spread::of(vec![4, 3, 2, 1], 1).unwrap();
        assert_eq!([spread.lower_quartile_ps, spread.median_ps, spread.upper_quartile_ps], [1, 2, 3]);
        let spread = Spread::of(vec![0, 100], 4).unwrap();
        assert_eq!([spread.lower_quartile_ps, spread.median_ps, spread.upper_quartile_ps], [25, 50, 75]);
        assert_eq!(spread.width_per_mille(), 1000);
        assert_eq!(Spread::of(vec![7], 1).unwrap().width_per_mille(), 0);
        assert_eq!(Spread::of(Vec::new(), 1), None);
        assert_eq!(Spread::of(vec![i64::MIN, i64::MAX], 1).unwrap().width_per_mille(), i64::MAX);
    }
}
