//! What a search did.

use crate::output::Output;
use crate::style::{HEAD, styled};
use crate::table::{Align, Table};
use constrint::{Answer, CacheUse};
use constrint_solver::Statistics;

/// Says what the search did, if verbose, and that its answer could not be kept.
pub(crate) fn search(answer: &Answer, output: &Output) {
    output.detail(&statistics(&answer.statistics));
    if let CacheUse::Failed(error) = &answer.cache {
        output.note(&format!("note: the answer was not kept: {error}"));
    }
}

/// What the search did, for `--verbose`.
pub(crate) fn statistics(statistics: &Statistics) -> String {
    let milliseconds = |time: std::time::Duration| format!("{:.1} ms", time.as_secs_f64() * 1e3);
    let mut table = Table::new(&[Align::Left, Align::Right]);
    for (name, count) in [
        ("nodes", statistics.nodes),
        ("failures", statistics.failures),
        ("linear programs", statistics.relaxations),
        ("nodes that they ended", statistics.relaxation_cuts),
        ("solutions met", statistics.solutions),
        ("variables, with auxiliary ones", statistics.variables),
        ("propagators", statistics.propagators),
        ("rounds side by side", statistics.rounds),
        ("propagations", statistics.propagations),
    ] {
        table.row([name.to_owned(), count.to_string()]);
    }
    for (family, runs) in &statistics.propagations_by_family {
        table.row([format!("  {family:?}").to_lowercase(), runs.to_string()]);
    }
    table.row(["time to post".to_owned(), milliseconds(statistics.post_time)]);
    table.row(["time to search".to_owned(), milliseconds(statistics.search_time)]);
    table.row(["  in linear programs".to_owned(), milliseconds(statistics.relaxation_time)]);
    format!("{}\n{}", styled(HEAD, "Search"), table.render())
}
