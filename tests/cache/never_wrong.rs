//! Random problems that share a folder, with random damage between them: each answer is held against enumeration.

use crate::{files, request};
use constrint::config::Number;
use constrint::{CacheUse, Problem, Request, Status, solve};
use constrint_solver::ValueOrder;
use proptest::prelude::*;
use serde_json::{Value, json};
use std::fs;
use std::path::Path;

/// x in 1..=4 + size, y in {1, 2, 4}, a x + b y <= c and x % m != r, with numbers so small that problems recur.
#[derive(Clone, Copy, Debug)]
struct Small {
    numbers: [i64; 6],
    goal: Goal,
}

#[derive(Clone, Copy, Debug)]
enum Goal {
    /// The first solution in the order of the variables.
    First,
    /// That with the largest y, and of those the smallest x.
    Order,
    /// The largest a x - y.
    Maximize,
    /// The smallest x y / 3, and of those the largest x.
    Lexicographic,
}

impl Small {
    fn json(&self) -> Value {
        let [size, a, b, c, m, r] = self.numbers;
        let mut problem = json!({"version": 1,
            "variables": {"x": {"min": 1, "max": 4 + size}, "y": {"values": [1, 2, 4]}},
            "constraints": [format!("{a} * x + {b} * y <= {}", 4 * c), format!("x % {m} != {r}")]});
        match self.goal {
            Goal::First | Goal::Order => {}
            Goal::Maximize => problem["objective"] = json!({"maximize": format!("{a} * x - y")}),
            Goal::Lexicographic => {
                problem["objective"] = json!({"lexicographic": [{"minimize": "x * y / 3"}, {"maximize": "x"}]});
            }
        }
        problem
    }

    /// What is to be small, the most important first.
    fn cost(&self, x: i64, y: i64) -> Vec<i64> {
        match self.goal {
            Goal::First => vec![x, y],
            Goal::Order => vec![-y, x],
            Goal::Maximize => vec![y - self.numbers[1] * x],
            Goal::Lexicographic => vec![x * y, -x],
        }
    }

    fn holds(&self, x: i64, y: i64) -> bool {
        let [_, a, b, c, m, r] = self.numbers;
        a * x + b * y <= 4 * c && x % m != r
    }

    /// The smallest cost, by enumeration.
    fn best(&self) -> Option<Vec<i64>> {
        let pairs = (1..=4 + self.numbers[0]).flat_map(|x| [1, 2, 4].map(|y| (x, y)));
        pairs.filter(|&(x, y)| self.holds(x, y)).map(|(x, y)| self.cost(x, y)).min()
    }

    /// Asks with the cache and holds the answer against enumeration.
    fn check(&self, folder: &Path) -> Result<CacheUse, TestCaseError> {
        let order = match self.goal {
            Goal::First => vec![("x".to_owned(), ValueOrder::SmallestFirst)],
            Goal::Order => vec![("y".to_owned(), ValueOrder::LargestFirst)],
            _ => Vec::new(),
        };
        let problem = Problem::from_json(&self.json().to_string()).unwrap();
        let answer = solve(&problem, &Request { order, ..request(folder) }).unwrap();
        let Some(best) = self.best() else {
            prop_assert_eq!((answer.status, answer.configs.len()), (Status::Infeasible, 0));
            return Ok(answer.cache);
        };
        prop_assert_eq!(answer.status, Status::Optimal);
        let (x, y) = (answer.configs[0].values["x"], answer.configs[0].values["y"]);
        prop_assert!(self.holds(x, y) && (1..=4 + self.numbers[0]).contains(&x) && [1, 2, 4].contains(&y), "{x} {y}");
        prop_assert_eq!(self.cost(x, y), best, "{:?}: {} {}", self, x, y);
        let stated: Vec<&Number> = answer.configs[0].objectives.iter().map(|objective| &objective.value).collect();
        if let Goal::Maximize = self.goal {
            prop_assert_eq!(stated, [&Number::Integer(self.numbers[1] * x - y)]);
        }
        Ok(answer.cache)
    }
}

fn small() -> impl Strategy<Value = Small> {
    let goal = prop_oneof![Just(Goal::First), Just(Goal::Order), Just(Goal::Maximize), Just(Goal::Lexicographic)];
    let numbers = (0..2_i64, 1..3_i64, 1..3_i64, 1..4_i64, 2..4_i64, 0..2_i64);
    (numbers, goal).prop_map(|((size, a, b, c, m, r), goal)| Small { numbers: [size, a, b, c, m, r], goal })
}

/// What happens to the folder between two questions.
#[derive(Clone, Debug)]
enum Event {
    Nothing,
    /// A bit of an entry is flipped.
    Flip(usize, usize, u8),
    /// An entry ends early.
    Tear(usize, usize),
    /// An entry is written over another.
    Copy(usize, usize),
    /// In an entry each digit becomes another one, perhaps making a solution of a solution.
    Digit(usize, char, char),
    /// An entry goes.
    Remove(usize),
}

impl Event {
    fn happen(&self, folder: &Path) {
        let files = files(folder);
        if files.is_empty() {
            return;
        }
        let file = |index: &usize| &files[index % files.len()];
        match self {
            Self::Nothing => {}
            Self::Flip(index, position, bit) => {
                let mut bytes = fs::read(file(index)).unwrap();
                let length = bytes.len();
                if let Some(byte) = bytes.get_mut(position % length.max(1)) {
                    *byte ^= 1 << bit;
                }
                fs::write(file(index), bytes).unwrap();
            }
            Self::Tear(index, length) => {
                let bytes = fs::read(file(index)).unwrap();
                fs::write(file(index), &bytes[..length % (bytes.len() + 1)]).unwrap();
            }
            Self::Copy(from, to) => drop(fs::copy(file(from), file(to)).unwrap()),
            Self::Digit(index, from, to) => {
                let text = String::from_utf8_lossy(&fs::read(file(index)).unwrap()).replace(*from, &to.to_string());
                fs::write(file(index), text).unwrap();
            }
            Self::Remove(index) => fs::remove_file(file(index)).unwrap(),
        }
    }
}

fn event() -> impl Strategy<Value = Event> {
    let digit = || (b'0'..=b'9').prop_map(char::from);
    prop_oneof![
        3 => Just(Event::Nothing),
        3 => (any::<usize>(), any::<usize>(), 0..8_u8).prop_map(|(file, byte, bit)| Event::Flip(file, byte, bit)),
        1 => (any::<usize>(), any::<usize>()).prop_map(|(file, length)| Event::Tear(file, length)),
        2 => (any::<usize>(), any::<usize>()).prop_map(|(from, to)| Event::Copy(from, to)),
        2 => (any::<usize>(), digit(), digit()).prop_map(|(file, from, to)| Event::Digit(file, from, to)),
        1 => any::<usize>().prop_map(Event::Remove),
    ]
}

/// A few problems, and which of them is asked when, after what happened.
fn history() -> impl Strategy<Value = (Vec<Small>, Vec<(usize, Event)>)> {
    (prop::collection::vec(small(), 1..6), prop::collection::vec((any::<usize>(), event()), 1..40))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn no_answer_is_ever_wrong((problems, steps) in history()) {
        let folder = tempfile::tempdir().unwrap();
        for (asked, event) in steps {
            event.happen(folder.path());
            problems[asked % problems.len()].check(folder.path())?;
        }
    }

    /// Without damage, the second time is a hit: the property above is not true for want of hits.
    #[test]
    fn what_was_asked_before_is_a_hit(problem in small()) {
        let folder = tempfile::tempdir().unwrap();
        let first = problem.check(folder.path())?;
        prop_assert_eq!(first == CacheUse::Kept, problem.best().is_some());
        let again = problem.check(folder.path())?;
        prop_assert_eq!(again == CacheUse::Hit, problem.best().is_some());
    }
}
