//! The predicted time, and what of it each part takes.

use crate::bar::bar;
use crate::style::{FAINT, HEAD, NOTABLE, PLAIN, styled};
use crate::table::{Align, Table};
use crate::units::{percent, time};
use constrint::config::Prediction;
use constrint::tiling::Tiling;

/// Each part with its share; they overlap.
pub(super) fn section(tiling: &Tiling, predicted: &Prediction) -> String {
    let meaning = |name: &str| tiling.definitions.get(name).map(|definition| definition.meaning.clone());
    let bound = predicted.parts_ps.iter().max_by_key(|(_, part)| **part).map(|(name, _)| name.as_str());
    let mut table = Table::new(&[Align::Left, Align::Right, Align::Left, Align::Right, Align::Left]);
    for (name, &part) in &predicted.parts_ps {
        let bounds = bound == Some(name);
        let style = if bounds { NOTABLE } else { PLAIN };
        table.styled_row([
            (meaning(name).unwrap_or_else(|| name.clone()), style),
            (time(part), style),
            (bar(part, predicted.time_ps), style),
            (percent(part, predicted.time_ps), style),
            (if bounds { "bounds it" } else { "" }.to_owned(), style),
        ]);
    }
    let overlap = if predicted.parts_ps.is_empty() { String::new() } else { styled(FAINT, " (parts overlap)") };
    format!("\n{} {}{overlap}\n{}", styled(HEAD, "Predicted time"), time(predicted.time_ps), table.render())
}
