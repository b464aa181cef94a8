//! Word on a search that takes long: a line on standard error, at growing distances so that a log stays short.

use crate::output::Output;
use constrint_solver::{Observer, Progress};
use std::sync::Mutex;
use std::time::{Duration, Instant};

/// The first line comes after this time, each further one after twice the time of the one before.
const FIRST: Duration = Duration::from_secs(1);
/// No two lines are further apart.
const FURTHEST: Duration = Duration::from_secs(30);

/// Says how far the search is, unless quiet.
pub(crate) fn observer(output: &Output) -> Option<Observer> {
    if output.is_quiet() {
        return None;
    }
    let start = Instant::now();
    let next = Mutex::new((start + FIRST, FIRST));
    Some(Observer::new(move |progress| {
        let now = Instant::now();
        let Ok(mut next) = next.lock() else { return };
        if now >= next.0 {
            let distance = (next.1 * 2).min(FURTHEST);
            *next = (now + distance, distance);
            eprintln!("{}", line(progress, now - start));
        }
    }))
}

fn line(progress: &Progress, elapsed: Duration) -> String {
    let best = match &progress.best {
        None => "nothing found yet".to_owned(),
        Some(values) if values.is_empty() => "found some".to_owned(),
        Some(values) => {
            let values: Vec<String> = values.iter().map(ToString::to_string).collect();
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
        let progress = Progress { nodes: 70_000, best: Some(vec![Number::from_integer(7.into())]) };
        assert!(line(&progress, Duration::from_secs(4)).starts_with("searching: 70000 nodes in 4 s, best so far 7"));
        assert!(line(&Progress { nodes: 1, best: None }, FIRST).contains("nothing found yet"));
    }
}
