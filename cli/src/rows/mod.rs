//! Rows of values, in the forms that `enumerate` and `sample` write.
//!
//! | file | holds |
//! | --- | --- |
//! | `format` | which form is asked for |
//! | `write` | rows into a file or to standard output |
//! | `text` | CSV and JSON lines |
//! | `ends`, `buffer` | the texts that lines are put together from |
//! | `parquet` | Parquet, with the feature of that name |
//! | `sink` | what these have in common |

mod buffer;
mod ends;
mod format;
#[cfg(feature = "parquet")]
mod parquet;
mod sink;
mod text;
mod write;

pub(crate) use format::format;
pub(crate) use sink::Written;
pub(crate) use write::{names, write};
