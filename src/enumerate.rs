//! Every solution of a tiling: [`Solutions::rows`] gives them one after another, [`Solutions::count`] says how many there are.

use crate::error::Error;
use crate::problem::Problem;
use crate::solve::limits;
use crate::tiling::Tiling;
use constrint_solver::{Exhausted, Limits, Model, Options, Search, SolutionSpace, SpaceError, Step};

pub use num_bigint::BigUint;

/// A diagram larger than this is given up for a search, which holds next to nothing.
const MOST_BYTES: u64 = 2 << 30;

/// All solutions of the constraints; objectives play no part.
#[derive(Debug)]
pub struct Solutions {
    model: Model,
    limits: Limits,
}

/// A limit was reached: there may be more solutions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LimitReached;

/// How many solutions there are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Count {
    /// Those that are known.
    pub solutions: BigUint,
    /// Whether these are all; otherwise a limit was reached.
    pub complete: bool,
}

impl Solutions {
    /// The solutions of a problem that has been lowered; limits of the problem hold where none is set here.
    ///
    /// # Errors
    /// [`Error::Problem`] where a limit that the problem sets makes no sense.
    pub fn of(problem: &Problem, tiling: &Tiling, asked: &Limits) -> Result<Self, Error> {
        let mut model = tiling.model.clone();
        model.clear_objectives();
        Ok(Self { model, limits: limits(problem, asked)? })
    }

    /// Each solution once, in lexicographic order of the variables as the tiling states them. After [`LimitReached`] there
    /// is nothing more.
    ///
    /// ```
    /// use constrint::enumerate::Solutions;
    /// use constrint::{Problem, tiling};
    /// use constrint_solver::Limits;
    /// let problem = Problem::from_json(
    ///     r#"{"version": 1, "variables": {"a": {"min": 1, "max": 9}, "b": {"min": 1, "max": 9}},
    ///         "constraints": ["a * b == 12"]}"#,
    /// )?;
    /// let solutions = Solutions::of(&problem, &tiling::lower(&problem)?, &Limits::default())?;
    /// let rows: Vec<Vec<i64>> = solutions.rows().map(Result::unwrap).collect();
    /// assert_eq!(rows, [[2, 6], [3, 4], [4, 3], [6, 2]]);
    /// assert_eq!(solutions.count(|_| {}).solutions, constrint::enumerate::BigUint::from(4u32));
    /// # Ok::<(), constrint::Error>(())
    /// ```
    pub fn rows(&self) -> impl Iterator<Item = Result<Vec<i64>, LimitReached>> {
        let options = Options { limits: self.limits.clone(), ..Options::default() };
        let mut search = Some(Search::new(&self.model, &options));
        std::iter::from_fn(move || match search.as_mut()?.next_solution() {
            Step::Solution(solution) => Some(Ok(solution.values)),
            Step::Exhausted => {
                search = None;
                None
            }
            Step::Interrupted => {
                search = None;
                Some(Err(LimitReached))
            }
        })
    }

    /// How many solutions there are: by a decision diagram, without meeting each, or, where there is none, one after
    /// another. `progress` hears of the count so far.
    pub fn count(&self, mut progress: impl FnMut(u64)) -> Count {
        let limits = Limits { memory_bytes: self.limits.memory_bytes.or(Some(MOST_BYTES)), ..self.limits.clone() };
        match SolutionSpace::count(&self.model, &limits) {
            Ok(solutions) => return Count { solutions, complete: true },
            Err(SpaceError::Limit(Exhausted::Time | Exhausted::Nodes | Exhausted::Cancelled)) => {
                return Count { solutions: BigUint::ZERO, complete: false };
            }
            // What a diagram cannot hold, the search may still walk.
            Err(_) => {}
        }
        let (mut solutions, mut complete) = (0u64, true);
        for row in self.rows() {
            complete = row.is_ok();
            solutions += u64::from(complete);
            progress(solutions);
        }
        Count { solutions: solutions.into(), complete }
    }
}
