//! [`RowBlocks`]: the rows of a space in blocks, for who handles many rows at once.

use super::stops::{Stop, Stops};
use super::walk::SpaceRows;
use crate::space::solutions::SolutionSpace;

/// The rows of a [`SolutionSpace`] in its order, in blocks of rows that begin alike.
///
/// What may follow the beginning is a part of the diagram. Few such parts end most rows, so a writer that keeps their
/// text writes a row by two copies:
///
/// ```
/// # use constrint_solver::{Limits, Model, SolutionSpace, Values, language};
/// # let mut model = Model::new();
/// # for name in ["a", "b", "c"] {
/// #     model.add_variable(name, Values::range(1, 9, 1)?)?;
/// # }
/// # let constraint = language::parse("b + c == 10", &model)?;
/// # model.require(constraint);
/// # let space = SolutionSpace::build(&model, &Limits::default())?;
/// let mut blocks = space.blocks(10);
/// let first = blocks.next_block().unwrap();
/// assert_eq!((first.start(), first.len()), (&[1][..], 9));
/// assert_eq!(first.ends().next_end(), Some((0, &[1, 9][..])));
/// let part = first.part();
/// let second = blocks.next_block().unwrap();
/// assert_eq!(second.start(), [2]);
/// assert_eq!(second.part(), part);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct RowBlocks<'a> {
    rows: SpaceRows<'a>,
}

impl SolutionSpace {
    /// All rows in the same order, in blocks of at most `most` rows that begin alike.
    pub fn blocks(&self, most: u32) -> RowBlocks<'_> {
        RowBlocks::new(self, most)
    }
}

impl<'a> RowBlocks<'a> {
    pub(in crate::space) fn new(space: &'a SolutionSpace, most: u32) -> Self {
        Self { rows: SpaceRows::stopping(space, Stops::new(&space.diagram, most)) }
    }

    /// The next block.
    pub fn next_block(&mut self) -> Option<RowBlock<'_>> {
        let kept = self.rows.step()?;
        let (space, row, stop) = self.rows.present();
        let start = stop.map_or(row, |stop| &row[..stop.first]);
        Some(RowBlock { kept, start, rest: stop.map(|stop| (space, stop)) })
    }
}

/// Rows that begin alike.
#[derive(Debug, Clone, Copy)]
pub struct RowBlock<'a> {
    kept: usize,
    start: &'a [i64],
    rest: Option<(&'a SolutionSpace, Stop<'a>)>,
}

impl<'a> RowBlock<'a> {
    /// A block of one row, of which the first `kept` values are as in the row before.
    pub fn of_row(kept: usize, row: &'a [i64]) -> Self {
        Self { kept, start: row, rest: None }
    }

    /// How many values at the start are as in the block before.
    pub fn kept(&self) -> usize {
        self.kept
    }

    /// The first values of each row: all of them, where the block is one row.
    pub fn start(&self) -> &'a [i64] {
        self.start
    }

    /// The part of the diagram that ends the rows: blocks of one space with the same part have the same ends. None where
    /// the start is a row.
    pub fn part(&self) -> Option<u32> {
        self.rest.map(|(_, stop)| stop.part)
    }

    /// How many rows these are.
    #[expect(clippy::len_without_is_empty, reason = "a block has at least one row")]
    pub fn len(&self) -> u64 {
        self.rest.map_or(1, |(_, stop)| stop.rows)
    }

    /// What follows the start, row by row.
    pub fn ends(&self) -> RowEnds<'a> {
        let rest = self.rest.map_or(Rest::Empty, |(space, stop)| Rest::Rows(SpaceRows::below(space, stop.nodes)));
        RowEnds { rest, start: self.start.len() }
    }

    /// Calls `visit` with each row, and with how many of its first values are as in the row before. `row` is room for it.
    ///
    /// # Errors
    /// The first of `visit`, after which it is not called again.
    pub fn visit_rows<E>(
        &self,
        row: &mut Vec<i64>,
        mut visit: impl FnMut(usize, &[i64]) -> Result<(), E>,
    ) -> Result<(), E> {
        row.clear();
        row.extend_from_slice(self.start);
        let (mut ends, mut begun) = (self.ends(), false);
        while let Some((kept, end)) = ends.next_end() {
            row.truncate(self.start.len() + kept);
            row.extend_from_slice(&end[kept..]);
            visit(if begun { self.start.len() + kept } else { self.kept }, row)?;
            begun = true;
        }
        Ok(())
    }
}

/// What follows the start of a block's rows.
#[derive(Debug, Clone)]
pub struct RowEnds<'a> {
    rest: Rest<'a>,
    /// How many values stand before the end.
    start: usize,
}

#[derive(Debug, Clone)]
enum Rest<'a> {
    Rows(SpaceRows<'a>),
    /// The end of a row that is its own start.
    Empty,
    Over,
}

impl RowEnds<'_> {
    /// The last values of the next row, and how many of these, from their first on, are as in the end before.
    pub fn next_end(&mut self) -> Option<(usize, &[i64])> {
        match self.rest {
            Rest::Rows(ref mut rows) => {
                let (kept, row) = rows.next_change()?;
                Some((kept.saturating_sub(self.start), &row[self.start..]))
            }
            Rest::Empty => {
                self.rest = Rest::Over;
                Some((0, &[]))
            }
            Rest::Over => None,
        }
    }
}
