//! Word on a search that takes long: a line on standard error, at growing distances so that a log stays short.

use crate::output::Output;
use constrint::enumerate::BigUint;
use constrint_solver::{Observer, Progress, Solution};
use num_traits::ToPrimitive;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// The first line comes after this time, each further one after twice the time of the one before.
const FIRST: Duration = Duration::from_secs(1);
/// No two lines are further apart.
const FURTHEST: Duration = Duration::from_secs(30);

/// When the next line is due.
#[derive(Debug)]
struct Pace {
    start: Instant,
    next: Instant,
    distance: Duration,
}

impl Pace {
    fn new() -> Self {
        let start = Instant::now();
        Self { start, next: start + FIRST, distance: FIRST }
    }

    /// The time since the start, if a line is due.
    fn due(&mut self) -> Option<Duration> {
        let now = Instant::now();
        if now < self.next {
            return None;
        }
        self.distance = (self.distance * 2).min(FURTHEST);
        self.next = now + self.distance;
        Some(now - self.start)
    }
}

/// Where the best solution so far stands, for whoever ends the search.
#[derive(Clone, Debug, Default)]
pub(crate) struct Board(Arc<Mutex<Option<Solution>>>);

impl Board {
    /// The best solution that was written there.
    pub(crate) fn best(&self) -> Option<Solution> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn write(&self, best: &Solution) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(best.clone());
    }
}

/// Says how far the search is, unless quiet, and writes the best on the board.
pub(crate) fn observer(output: &Output, board: Board) -> Observer {
    let pace = Mutex::new((!output.is_quiet()).then(Pace::new));
    Observer::new(move |progress| {
        if let Some(best) = &progress.best {
            board.write(best);
        }
        let due = pace.lock().ok().and_then(|mut pace| pace.as_mut()?.due());
        if let Some(elapsed) = due {
            eprintln!("{}", line(progress, elapsed));
        }
    })
}

/// Says how many rows there are so far, unless quiet.
#[derive(Debug)]
pub(crate) struct Rows {
    pace: Option<Pace>,
    /// How many there will be, where that is known.
    total: Option<f64>,
    /// At how many rows to look at the clock again.
    next_look: u64,
}

impl Rows {
    /// Looking at the clock takes as long as some rows.
    const LOOK: u64 = 1 << 12;

    pub(crate) fn new(output: &Output, total: Option<&BigUint>) -> Self {
        let total = total.and_then(ToPrimitive::to_f64);
        Self { pace: (!output.is_quiet()).then(Pace::new), total, next_look: Self::LOOK }
    }

    pub(crate) fn tell(&mut self, rows: u64) {
        if rows < self.next_look {
            return;
        }
        self.next_look = rows + Self::LOOK;
        if let Some(elapsed) = self.pace.as_mut().and_then(Pace::due) {
            eprintln!("{}", rows_line(rows, elapsed, self.total));
        }
    }
}

/// Rows, rate, and the time that the rest will take.
fn rows_line(rows: u64, elapsed: Duration, total: Option<f64>) -> String {
    let rate = rows / elapsed.as_secs().max(1);
    let so_far = format!("{rows} solutions in {} s, {rate} a second", elapsed.as_secs());
    match (total, rows.to_f64()) {
        (Some(total), Some(done)) if total > done && done > 0.0 => {
            let left = elapsed.as_secs_f64() * (total / done - 1.0);
            format!("{so_far}, {:.0} % of all, about {left:.0} s left", 100.0 * done / total)
        }
        _ => so_far,
    }
}

fn line(progress: &Progress, elapsed: Duration) -> String {
    let best = match &progress.best {
        None => "nothing found yet".to_owned(),
        Some(best) if best.objectives.is_empty() => "found some".to_owned(),
        Some(best) => {
            let values: Vec<String> = best.objectives.iter().map(ToString::to_string).collect();
            format!("best so far {}", values.join(", "))
        }
    };
    format!("searching: {} nodes in {} s, {best} (Ctrl-C stops with it)", progress.nodes, elapsed.as_secs())
}

#[cfg(test)]
mod tests {
    use super::*;
    use constrint_solver::checker::Number;

    #[test]
    fn a_line_says_what_is_known() {
        let best = Solution { values: vec![7], objectives: vec![Number::from_integer(7.into())] };
        let progress = Progress { nodes: 70_000, best: Some(best) };
        assert!(line(&progress, Duration::from_secs(4)).starts_with("searching: 70000 nodes in 4 s, best so far 7"));
        assert!(line(&Progress { nodes: 1, best: None }, FIRST).contains("nothing found yet"));
    }

    #[test]
    fn the_time_left_follows_from_the_rate() {
        let ten = Duration::from_secs(10);
        assert_eq!(
            rows_line(500, ten, Some(2000.0)),
            "500 solutions in 10 s, 50 a second, 25 % of all, about 30 s left"
        );
        assert_eq!(rows_line(500, ten, None), "500 solutions in 10 s, 50 a second");
    }
}
