//! Every solution of a tiling: [`Solutions::listing`] gives them one after another, as fast as they can be written,
//! [`Solutions::count`] says how many there are, and [`Solutions::space`] is all of them at once.

use crate::problem::Problem;
use crate::solve::{RequestError, limits};
use crate::tiling::Tiling;
use constrint_solver::{Exhausted, Limits, Model, Options, RowBlock, Search, SolutionSpace, SpaceError, Step};

use std::fmt;

pub use num_bigint::BigUint;

/// Rows between two looks at the clock.
const PATIENCE: u64 = 1 << 12;

/// Rows of a block: far more than it takes to make up for what is done once a block, and few enough that the ends of many
/// blocks can be kept.
const BLOCK_ROWS: u32 = 1 << 8;

/// A diagram larger than this is given up for a search, which holds next to nothing, unless another limit is set.
const MOST_BYTES: u64 = 512 << 20;

/// All solutions of the constraints, one of which is that each objective has a value. Which solution is best plays no part.
#[derive(Debug)]
pub struct Solutions {
    model: Model,
    limits: Limits,
}

/// There may be more solutions: a limit was reached, or, where none is named, some power was too large to compute.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LimitReached(pub Option<Exhausted>);

impl fmt::Display for LimitReached {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(limit) => write!(f, "{limit} was reached"),
            None => f.write_str("a power was too large to compute"),
        }
    }
}

impl LimitReached {
    fn by(error: &SpaceError) -> Self {
        match error {
            SpaceError::Limit(exhausted) => Self(Some(*exhausted)),
            _ => Self(None),
        }
    }
}

/// How many solutions there are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Count {
    /// Those that are known.
    pub solutions: BigUint,
    /// Whether these are all; otherwise `stopped` says why not.
    pub complete: bool,
    /// What ended the counting before it was complete.
    pub stopped: Option<LimitReached>,
}

impl Solutions {
    /// The solutions of a problem that has been lowered; limits of the problem hold where none is set here. A limit of time
    /// counts from now, for all that is asked of them.
    ///
    /// # Errors
    /// [`RequestError`] where a limit that the problem sets makes no sense.
    pub fn of(problem: &Problem, tiling: &Tiling, asked: &Limits) -> Result<Self, RequestError> {
        let mut model = tiling.model.clone();
        model.clear_objectives();
        Ok(Self { model, limits: limits(problem, asked)?.started() })
    }

    /// Each solution once, in lexicographic order of the variables as the tiling states them, by a search that holds next
    /// to nothing. After [`LimitReached`] there is nothing more.
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
                let stopped = search.take().and_then(|search| search.stopped());
                Some(Err(LimitReached(stopped)))
            }
        })
    }

    /// All solutions as a decision diagram, to be counted, listed, indexed and sampled: a file of millions of rows is
    /// written from it at the speed of writing.
    ///
    /// # Errors
    /// [`SpaceError`] where a limit was reached, memory among them, or a diagram cannot hold them; [`Solutions::rows`] may.
    pub fn space(&self) -> Result<SolutionSpace, SpaceError> {
        SolutionSpace::build(&self.model, &self.diagram_limits())
    }

    fn diagram_limits(&self) -> Limits {
        Limits { memory_bytes: self.limits.memory_bytes.or(Some(MOST_BYTES)), ..self.limits.clone() }
    }

    /// All solutions, ready to be gone through: as a decision diagram, or, where there is none, by a search.
    ///
    /// # Errors
    /// [`LimitReached`] where the time was up or a stop was asked for before the first row.
    pub fn listing(&self) -> Result<Listing<'_>, LimitReached> {
        let space = match self.space() {
            Ok(space) => Some(space),
            Err(error) if error.is_stop() => {
                return Err(LimitReached::by(&error));
            }
            // What a diagram cannot hold, the search may still walk.
            Err(_) => None,
        };
        Ok(Listing { solutions: self, space })
    }

    /// How many solutions there are: by a decision diagram, without meeting each, or, where there is none, one after
    /// another. `progress` hears of the count so far.
    pub fn count(&self, mut progress: impl FnMut(u64)) -> Count {
        match SolutionSpace::count(&self.model, &self.diagram_limits()) {
            Ok(solutions) => return Count { solutions, complete: true, stopped: None },
            Err(error) if error.is_stop() => {
                let stopped = Some(LimitReached::by(&error));
                return Count { solutions: BigUint::ZERO, complete: false, stopped };
            }
            // What a diagram cannot hold, the search may still walk.
            Err(_) => {}
        }
        let (mut solutions, mut stopped) = (0u64, None);
        for row in self.rows() {
            stopped = row.err();
            solutions += u64::from(stopped.is_none());
            progress(solutions);
        }
        Count { solutions: solutions.into(), complete: stopped.is_none(), stopped }
    }
}

/// All solutions, to be gone through once.
#[derive(Debug)]
pub struct Listing<'a> {
    solutions: &'a Solutions,
    space: Option<SolutionSpace>,
}

impl Listing<'_> {
    /// How many there are, where that is known beforehand.
    pub fn total(&self) -> Option<BigUint> {
        self.space.as_ref().map(SolutionSpace::len)
    }

    /// Calls `visit` with all rows, in blocks. They come in the order of [`SolutionSpace::get`], or, from a search, in
    /// lexicographic order and one by one. [`LimitReached`] where these were not all.
    ///
    /// # Errors
    /// The first of `visit`, after which it is not called again.
    pub fn visit<E>(&self, mut visit: impl FnMut(&RowBlock<'_>) -> Result<(), E>) -> Result<Option<LimitReached>, E> {
        let Some(space) = &self.space else {
            for row in self.solutions.rows() {
                match row {
                    Ok(row) => visit(&RowBlock::of_row(0, &row))?,
                    Err(reached) => return Ok(Some(reached)),
                }
            }
            return Ok(None);
        };
        let (mut blocks, mut visited) = (space.blocks(BLOCK_ROWS), 0);
        while let Some(block) = blocks.next_block() {
            visit(&block)?;
            visited += block.len();
            if visited >= PATIENCE {
                visited = 0;
                let limits = &self.solutions.limits;
                if let Some(exhausted) = limits.over(limits.deadline) {
                    return Ok(Some(LimitReached(Some(exhausted))));
                }
            }
        }
        Ok(None)
    }
}
