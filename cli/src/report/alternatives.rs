//! What has a configuration where a shipped kernel has none as asked.

use super::heading::section;
use crate::style::{FAINT, GOOD, PLAIN};
use crate::table::{Align, Table};
use constrint::explain::{Alternatives, LargestSize};

const OVER: &str = "the time ran out before that was known";

/// The largest sizes, the types and some GPUs, each with all else as it was asked for.
pub(crate) fn sections(instead: &Alternatives) -> String {
    let mut table = Table::new(&[Align::Left, Align::Left]);
    let mut row = |name: &str, (found, text): (bool, String)| {
        table.styled_row([(name.to_owned(), PLAIN), (text, if found { GOOD } else { FAINT })]);
    };
    for size in &instead.sizes {
        row(size.name, of_size(size));
    }
    if !instead.dtypes.is_empty() {
        row("dtype", dtypes(instead));
    }
    row("gpu", gpus(instead));
    section("What has a configuration, all else as asked") + &table.render()
}

fn of_size(size: &LargestSize) -> (bool, String) {
    let multiples = if size.step == 1 { String::new() } else { format!("multiples of {} ", size.step) };
    match (size.largest, size.proved) {
        (Some(largest), true) => (true, format!("{multiples}up to {largest}")),
        (Some(largest), false) => (true, format!("{multiples}up to {largest}; of larger ones {OVER}")),
        (None, true) => (false, "none, however small".to_owned()),
        (None, false) => (false, OVER.to_owned()),
    }
}

fn dtypes(instead: &Alternatives) -> (bool, String) {
    let that = |known: Option<bool>| instead.dtypes.iter().filter(move |(_, found)| *found == known);
    let names = |known| that(known).map(|(dtype, _)| *dtype).collect::<Vec<_>>().join(", ");
    let (found, unknown) = (names(Some(true)), names(None));
    let open = if unknown.is_empty() { String::new() } else { format!("{unknown}: {OVER}") };
    match (found.is_empty(), open.is_empty()) {
        (false, true) => (true, found),
        (false, false) => (true, format!("{found}; {open}")),
        (true, true) => (false, format!("none of the others ({})", names(Some(false)))),
        (true, false) => (false, open),
    }
}

fn gpus(instead: &Alternatives) -> (bool, String) {
    let found = instead.gpus.join(", ");
    match (found.is_empty(), instead.gpus_undecided) {
        (false, false) => (true, found),
        (false, true) => (true, format!("{found}; of others {OVER}")),
        (true, false) => (false, "none of the catalog".to_owned()),
        (true, true) => (false, OVER.to_owned()),
    }
}
