//! What takes rows, and how that went.

use constrint::enumerate::LimitReached;
use constrint_solver::RowBlock;
use std::io;

/// Takes rows, which all have a value for each name.
pub(crate) trait RowSink {
    /// More rows.
    fn block(&mut self, block: &RowBlock<'_>) -> io::Result<()>;

    /// After the last row.
    fn end(self: Box<Self>) -> io::Result<()>;
}

/// How writing went.
pub(crate) struct Written {
    /// Rows.
    pub(crate) rows: u64,
    /// What ended it before these were all.
    pub(crate) stopped: Option<LimitReached>,
}
