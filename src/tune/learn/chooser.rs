//! [`Chooser`]: which candidate to measure next.

use super::failing::Failing;
use super::gain;
use super::process::{Assumptions, Candidates, Process};
use crate::kernel::Random;

/// Without anything expected, so many are spread over the space first.
const SPREAD_FIRST: usize = 8;
/// Of so many drawn ones the farthest from all that were asked for is taken then.
const DRAWN: usize = 300;
/// The assumptions are fitted anew when there are this many times as many measurements as at the last time.
const FIT_AGAIN: f64 = 1.25;
/// Rounds of the fitting.
const ROUNDS: usize = 2;
/// A process that has fitted its own assumptions is surer of itself than it should be: in what may still be gained its variances count
/// so many times. With 1 a third of the tunings of recordings that ended had a gain over 1 % left, with 2 a fifteenth.
const CAUTION: f64 = 2.0;
/// Where less than this is expected of every candidate, those beside the best come first: what was measured so far may have missed a kink.
const LITTLE: f64 = 1e-5;
/// What may still be gained is told by so many candidates, and by so many draws of their values.
const CONTENDERS: usize = 100;
const DRAWS: u32 = 200;

/// What became of a candidate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Open,
    Asked,
    Told,
}

/// Chooses candidates by what was measured.
#[derive(Clone, Debug)]
pub(in crate::tune) struct Chooser {
    candidates: Candidates,
    /// What is expected of each before anything is measured, but for a constant.
    expected: Option<Vec<f64>>,
    states: Vec<State>,
    asked: Vec<usize>,
    measured: Vec<(usize, f64)>,
    failed: Vec<usize>,
    failing: Failing,
    assumptions: Assumptions,
    process: Process,
    /// Subtracted from all values, beside what is expected.
    offset: f64,
    /// Measurements when the assumptions were fitted last.
    fitted_at: usize,
    random: Random,
}

impl Chooser {
    /// Without any candidate.
    pub(in crate::tune) fn new(seed: u64) -> Self {
        let (candidates, assumptions) = (Candidates::default(), Assumptions::before(0));
        Self {
            process: Process::new(&candidates, assumptions.clone()),
            failing: Failing::new(0),
            candidates,
            assumptions,
            expected: None,
            states: Vec::new(),
            asked: Vec::new(),
            measured: Vec::new(),
            failed: Vec::new(),
            offset: 0.0,
            fitted_at: 0,
            random: Random::new(seed),
        }
    }

    /// Chooses among these from now on: those of before, and perhaps more. `elsewhere` are candidates that failed, or did not, in like
    /// circumstances, with the weight that has here.
    pub(in crate::tune) fn begin(
        &mut self,
        candidates: Candidates,
        expected: Option<Vec<f64>>,
        elsewhere: &[(usize, bool, f32)],
    ) {
        if candidates.coordinates.len() != self.assumptions.lengths.len() {
            self.assumptions = Assumptions::before(candidates.coordinates.len());
        }
        self.states.resize(candidates.count, State::Open);
        self.failing = Failing::new(candidates.count);
        (self.candidates, self.expected) = (candidates, expected);
        let any_failed = !self.failed.is_empty() || elsewhere.iter().any(|one| one.1);
        let elsewhere = elsewhere.iter().filter(|_| any_failed);
        elsewhere.for_each(|&(index, failed, weight)| self.failing.add(&self.candidates, index, failed, weight));
        for &(index, _) in &self.measured {
            self.failing.add(&self.candidates, index, false, 1.0);
        }
        for &index in &self.failed {
            self.failing.add(&self.candidates, index, true, 1.0);
        }
        self.fit();
    }

    /// The next ones to measure, up to `count`; fewer where all were asked for. Those that are asked for and not told yet are taken to be as
    /// expected, so that the next one teaches something else.
    pub(in crate::tune) fn ask(&mut self, count: usize) -> Vec<usize> {
        let before = self.asked.len();
        let mut supposed = 0;
        while self.asked.len() < before + count {
            for place in supposed..self.asked.len() {
                self.suppose(self.asked[place]);
            }
            supposed = self.asked.len();
            let begun = self.measured.len() + self.failed.len() + self.asked.len();
            let first = self.expected.is_none() && begun < SPREAD_FIRST;
            let Some(index) = (if first { self.far() } else { self.most_gain() }) else { break };
            self.states[index] = State::Asked;
            self.asked.push(index);
        }
        for _ in 0..supposed {
            self.process.pop();
        }
        self.asked[before..].to_vec()
    }

    /// Takes a candidate to be as expected.
    fn suppose(&mut self, index: usize) {
        let mean = self.process.mean(index);
        self.process.add(&self.candidates, index, mean);
    }

    /// Whether it is known what became of a candidate.
    pub(in crate::tune) fn is_told(&self, index: usize) -> bool {
        self.states.get(index) == Some(&State::Told)
    }

    /// The value of a candidate, or none where it failed. One that is new is learned from when [`Chooser::begin`] is called.
    pub(in crate::tune) fn tell(&mut self, index: usize, value: Option<f64>, is_new: bool) {
        self.asked.retain(|&asked| asked != index);
        if index >= self.states.len() {
            self.states.resize(index + 1, State::Open);
        }
        self.states[index] = State::Told;
        match value {
            Some(value) => self.measured.push((index, value)),
            None => self.failed.push(index),
        }
        if is_new {
            return;
        }
        self.failing.add(&self.candidates, index, value.is_none(), 1.0);
        let Some(value) = value else { return };
        if is_time(self.measured.len(), self.fitted_at) {
            self.fit();
        } else {
            self.process.add(&self.candidates, index, value - self.offset - self.before(index));
        }
    }

    /// What is expected of a candidate before anything is measured.
    fn before(&self, index: usize) -> f64 {
        self.expected.as_ref().map_or(0.0, |expected| expected[index])
    }

    fn fit(&mut self) {
        let left: Vec<f64> = self.measured.iter().map(|&(index, value)| value - self.before(index)).collect();
        self.offset = mean(&left);
        let values: Vec<(usize, f64)> =
            self.measured.iter().zip(&left).map(|(one, left)| (one.0, left - self.offset)).collect();
        if values.len() > 2 && is_time(values.len(), self.fitted_at) {
            self.assumptions = self.assumptions.fitted(&self.candidates, &values, ROUNDS);
            self.fitted_at = values.len();
        }
        self.process = Process::new(&self.candidates, self.assumptions.clone());
        for (index, value) in values {
            self.process.add(&self.candidates, index, value);
        }
    }

    /// What a candidate is expected to take, and how far it may be from that.
    fn estimate(&self, index: usize) -> (f64, f64) {
        let mean = self.offset + self.before(index) + self.process.mean(index);
        (mean, self.process.variance(index).sqrt())
    }

    /// The one of which the most is expected.
    fn most_gain(&self) -> Option<usize> {
        let measured = self.measured.iter().map(|one| one.1);
        let out = self.asked.iter().map(|&asked| self.estimate(asked).0);
        let best = measured.chain(out).fold(f64::INFINITY, f64::min);
        #[expect(clippy::cast_precision_loss, reason = "nobody measures 2^53 times")]
        let failures = self.failed.len() as f64;
        let score = |index: usize| {
            let (mean, deviation) = self.estimate(index);
            if best.is_infinite() {
                // Nothing worked yet: the quickest that is likely to, which counts the more the more have failed.
                failures * self.failing.works(index).ln() - mean
            } else {
                gain::expected(best, mean, deviation) * self.failing.works(index)
            }
        };
        let (chosen, most) = self.open().map(|index| (index, score(index))).max_by(|a, b| a.1.total_cmp(&b.1))?;
        if best.is_finite() && most < LITTLE {
            let beside = self.beside_best().into_iter().filter(|&index| self.states[index] == State::Open);
            let beside = beside.map(|index| (index, score(index)));
            return beside.max_by(|a, b| a.1.total_cmp(&b.1)).map(|one| one.0).or(Some(chosen));
        }
        Some(chosen)
    }

    /// Of the candidates next to the best, with one coordinate a step larger or smaller, those that were not told yet.
    pub(in crate::tune) fn beside_best(&self) -> Vec<usize> {
        let best = self.measured.iter().min_by(|a, b| a.1.total_cmp(&b.1));
        let Some(&(best, _)) = best else { return Vec::new() };
        // For each coordinate the nearest below and above, and how far they are.
        let mut nearest = vec![[(best, f32::INFINITY); 2]; self.candidates.coordinates.len()];
        for index in 0..self.candidates.count {
            let moved = |column: &Vec<f32>| column[index] - column[best];
            let mut apart = self.candidates.coordinates.iter().map(moved).enumerate().filter(|one| one.1 != 0.0);
            let (Some((place, by)), None) = (apart.next(), apart.next()) else { continue };
            let side = &mut nearest[place][usize::from(by > 0.0)];
            if by.abs() < side.1 {
                *side = (index, by.abs());
            }
        }
        let beside = nearest.into_iter().flatten().map(|one| one.0);
        beside.filter(|&index| self.states[index] != State::Told).collect()
    }

    /// Those that nobody asked for yet.
    fn open(&self) -> impl Iterator<Item = usize> {
        (0..self.candidates.count).filter(|&index| self.states[index] == State::Open)
    }

    /// Of some drawn ones the one that is farthest from all that were asked for.
    fn far(&mut self) -> Option<usize> {
        let open: Vec<usize> = self.open().collect();
        let begun: Vec<usize> = (0..self.candidates.count).filter(|&index| self.states[index] != State::Open).collect();
        let drawn: Vec<usize> = (0..DRAWN.min(open.len())).map(|_| open[self.drawn(open.len())]).collect();
        let apart = |a: usize, b: usize| -> f32 {
            self.candidates.coordinates.iter().map(|column| (column[a] - column[b]).powi(2)).sum()
        };
        let nearest = |a: usize| begun.iter().map(|&b| apart(a, b)).fold(f32::INFINITY, f32::min);
        drawn.into_iter().map(|index| (index, nearest(index))).max_by(|a, b| a.1.total_cmp(&b.1)).map(|one| one.0)
    }

    /// A number below `count`.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "below it"
    )]
    fn drawn(&mut self, count: usize) -> usize {
        (self.random.uniform() * count as f64) as usize
    }

    /// The chance that some candidate is below the best by at least `gain`, and the least that is expected of any. None where there is
    /// nothing left, or nothing was measured.
    ///
    /// The values of those that are most likely to be are drawn together, as they are far from independent; by numbers of its own, so that
    /// a look changes nothing.
    pub(in crate::tune) fn left(&self, gain: f64) -> Option<(f64, f64)> {
        let best = self.measured.iter().map(|one| one.1).min_by(f64::total_cmp)?;
        let mut contenders: Vec<(usize, f64)> = self
            .open()
            .map(|index| {
                let (mean, deviation) = self.estimate(index);
                let distance = (best - gain - mean) / (deviation * CAUTION.sqrt());
                (index, gain::below(distance) * self.failing.works(index))
            })
            .collect();
        let least = self.open().map(|index| self.estimate(index).0).min_by(f64::total_cmp);
        if contenders.len() > CONTENDERS {
            contenders.select_nth_unstable_by(CONTENDERS, |a, b| b.1.total_cmp(&a.1));
            contenders.truncate(CONTENDERS);
        }
        let indices: Vec<usize> = contenders.iter().map(|one| one.0).collect();
        let chance = if indices.is_empty() { 0.0 } else { self.chance_below(best - gain, &indices) };
        Some((chance, least.map_or(best, |least| least.min(best))))
    }

    /// The chance that one of these is below a value.
    fn chance_below(&self, value: f64, indices: &[usize]) -> f64 {
        let rows = |row: usize| (0..=row).map(move |column| (indices[row], indices[column]));
        let covariances = (0..indices.len())
            .map(|row| rows(row).map(|(a, b)| CAUTION * self.process.covariance(&self.candidates, a, b)).collect())
            .collect();
        let factors = gain::root(covariances);
        let means: Vec<f64> = indices.iter().map(|&index| self.estimate(index).0).collect();
        let works: Vec<f64> = indices.iter().map(|&index| self.failing.works(index)).collect();
        let mut random = Random::new(self.measured.len() as u64);
        let mut below = 0;
        for _ in 0..DRAWS {
            let normal: Vec<f64> = indices.iter().map(|_| random.normal()).collect();
            let drawn = factors.iter().zip(&means).zip(&works).any(|((row, mean), works)| {
                let moved: f64 = row.iter().zip(&normal).map(|(factor, normal)| factor * normal).sum();
                mean + moved < value && random.uniform() < *works
            });
            below += u32::from(drawn);
        }
        f64::from(below) / f64::from(DRAWS)
    }
}

#[expect(clippy::cast_precision_loss, reason = "nobody measures 2^53 times")]
fn is_time(count: usize, fitted_at: usize) -> bool {
    count as f64 >= fitted_at as f64 * FIT_AGAIN
}

#[expect(clippy::cast_precision_loss, reason = "nobody measures 2^53 times")]
fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len().max(1) as f64
}

#[cfg(test)]
mod tests {
    use super::super::coordinate;
    use super::*;

    /// A grid of 20 by 20 places.
    fn grid() -> Candidates {
        let column = |of: fn(usize) -> usize| -> Vec<f64> {
            #[expect(clippy::cast_precision_loss, reason = "small")]
            (0..400).map(|index| of(index) as f64).collect()
        };
        let columns = [column(|index| index / 20), column(|index| index % 20)];
        let coordinates = columns.iter().filter_map(|column| coordinate(column)).collect();
        Candidates { coordinates, features: Vec::new(), count: 400 }
    }

    #[expect(clippy::cast_precision_loss, reason = "small")]
    fn bowl(index: usize) -> f64 {
        let (x, y) = (index / 20, index % 20);
        0.02 * ((x as f64 - 13.0).powi(2) + (y as f64 - 4.0).powi(2))
    }

    fn begun(expected: Option<Vec<f64>>) -> Chooser {
        let mut chooser = Chooser::new(0);
        chooser.begin(grid(), expected, &[]);
        chooser
    }

    #[test]
    fn nothing_is_asked_twice_and_all_is_asked() {
        let mut chooser = begun(None);
        let mut asked: Vec<usize> = Vec::new();
        while let Some(index) = chooser.ask(1).pop() {
            asked.push(index);
            chooser.tell(index, (index % 7 > 0).then(|| bowl(index)), false);
            if asked.len() == 60 {
                break;
            }
        }
        asked.sort_unstable();
        asked.dedup();
        assert_eq!(asked.len(), 60);
        let mut chooser = begun(Some(vec![0.0; 400]));
        let mut all = chooser.ask(500);
        all.sort_unstable();
        assert!(all.into_iter().eq(0..400));
    }

    /// The least of a bowl is found in far fewer looks than there are places, and then nothing is left to gain.
    #[test]
    fn the_least_is_found() {
        let mut chooser = begun(None);
        let mut best = f64::INFINITY;
        for count in 1..=60 {
            let index = chooser.ask(1)[0];
            chooser.tell(index, Some(bowl(index)), false);
            best = best.min(bowl(index));
            if count == 9 {
                assert!(chooser.left(0.01).unwrap().0 > 0.5, "after a few much is left");
            }
        }
        assert!(best < 1e-9, "{best}");
        let left = chooser.left(0.01).unwrap();
        assert!(left.0 < 0.05, "{left:?}");
    }

    /// Those that are out spread: with nothing told between, eight are not neighbours of each other.
    #[test]
    fn parallel_asks_spread() {
        let mut chooser = begun(None);
        for _ in 0..12 {
            let index = chooser.ask(1)[0];
            chooser.tell(index, Some((bowl(index) * 3.0).sin()), false);
        }
        let mut together = chooser.clone();
        let out: Vec<usize> = (0..8).map(|_| chooser.ask(1)[0]).collect();
        assert_eq!(together.ask(8), out, "one by one or together");
        let apart = |a: usize, b: usize| (a / 20).abs_diff(b / 20) + (a % 20).abs_diff(b % 20);
        let pairs = out.iter().enumerate().flat_map(|(place, &a)| out[..place].iter().map(move |&b| apart(a, b)));
        let far = pairs.filter(|&distance| distance > 3).count();
        assert!(far > 14, "{far} of 28 pairs: {out:?}");
    }

    /// Where a part of the space fails, near the least, few of those that are asked for are in it.
    #[test]
    fn failures_are_kept_away_from() {
        let fails = |index: usize| index % 20 < 4;
        let mut chooser = begun(None);
        let (mut failed, mut best) = (0, f64::INFINITY);
        while best > 1e-9 {
            let index = chooser.ask(1)[0];
            let value = (!fails(index)).then(|| bowl(index));
            (failed, best) = (failed + usize::from(fails(index)), value.map_or(best, |value| value.min(best)));
            chooser.tell(index, value, false);
        }
        let asked = chooser.measured.len() + failed;
        assert!(failed < 12 && asked < 40, "{failed} of {asked}");
        // Where nothing works at first, it goes far from where it failed.
        let mut chooser = begun(Some((0..400).map(bowl).collect()));
        let asked = (0..40).take_while(|_| {
            let index = chooser.ask(1)[0];
            let fails = index / 20 > 6;
            chooser.tell(index, (!fails).then(|| bowl(index)), false);
            fails
        });
        assert!(asked.count() < 12);
    }

    /// A kink that a smooth process does not see: the best is not taken for the least before what is beside it was measured.
    #[test]
    fn what_is_beside_the_best_is_measured() {
        let candidates = grid();
        #[expect(clippy::cast_precision_loss, reason = "small")]
        let kink = |index: usize| {
            let far = (index / 20).abs_diff(3) as f64;
            (1.0 + 0.1 * far + if index % 20 == 9 { 0.0 } else { 0.4 }).ln()
        };
        for seed in 0..5 {
            let mut chooser = Chooser::new(seed);
            chooser.begin(candidates.clone(), None, &[]);
            let mut best = f64::INFINITY;
            for _ in 0..200 {
                let index = chooser.ask(1)[0];
                chooser.tell(index, Some(kink(index)), false);
                best = best.min(kink(index));
                if chooser.left(0.01).unwrap().0 < 0.05 && chooser.beside_best().is_empty() {
                    break;
                }
            }
            let at = chooser.measured.iter().min_by(|a, b| a.1.total_cmp(&b.1)).unwrap().0;
            let apart = |a: usize, b: usize| (a / 20).abs_diff(b / 20) + (a % 20).abs_diff(b % 20);
            for beside in (0..400).filter(|&other| apart(at, other) == 1) {
                assert!(chooser.is_told(beside), "seed {seed}: {beside} beside {at}");
            }
        }
    }

    /// What is expected is tried first, and unlearned where it is wrong.
    #[test]
    fn a_wrong_expectation_is_unlearned() {
        let mut chooser = begun(Some((0..400).map(|index| -bowl(index)).collect()));
        let best = (0..40).map(|_| {
            let index = chooser.ask(1)[0];
            chooser.tell(index, Some(bowl(index)), false);
            bowl(index)
        });
        let best = best.fold(f64::INFINITY, f64::min);
        assert!(best < 0.05, "{best}");
    }
}
