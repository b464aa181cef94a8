//! The predicted time, how sure it is, and what of it each part takes.

use crate::bar::bar;
use crate::style::{FAINT, HEAD, NOTABLE, PLAIN, styled};
use crate::table::{Align, Table};
use crate::text::{WIDTH, wrap};
use crate::units::{percent, time};
use constrint::config::{Prediction, Sure};
use constrint::tiling::Tiling;

/// Each part with its share; they overlap.
pub(super) fn section(tiling: &Tiling, predicted: &Prediction) -> String {
    // A part without a meaning is shown by its name.
    let meaning = |name: &str| {
        let meant = tiling.definitions.get(name).map(|definition| definition.meaning.clone());
        meant.filter(|meaning| !meaning.is_empty())
    };
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
    let overlap = (!predicted.parts_ps.is_empty()).then(|| "parts overlap".to_owned());
    let remarks: Vec<String> = predicted.sure.iter().map(remark).chain(overlap).collect();
    format!("\n{}{}", heading(predicted.time_ps, &remarks), table.render())
}

/// The time, and the remarks in brackets, on as many lines as they take.
fn heading(time_ps: i64, remarks: &[String]) -> String {
    const NAME: &str = "Predicted time";
    let lead = format!("{NAME} {}", time(time_ps));
    let remarks = if remarks.is_empty() { String::new() } else { format!(" ({})", remarks.join("; ")) };
    let lines = wrap(&(lead.clone() + &remarks), WIDTH);
    let (first, more) = lines.split_first().expect("a name and a time");
    let rest = first.strip_prefix(&lead).unwrap_or_default();
    let more: String = more.iter().map(|line| styled(FAINT, line) + "\n").collect();
    format!("{} {}{}\n{more}", styled(HEAD, NAME), time(time_ps), styled(FAINT, rest))
}

/// Between what the time is expected, and what that rests on.
fn remark(sure: &Sure) -> String {
    let range = sure.range_ps.map(|[low, high]| format!("{} to {}; ", time(low), time(high))).unwrap_or_default();
    range + &sure.basis
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_stands_before_what_it_rests_on() {
        let sure =
            Sure { range_ps: Some([1_600_000_000, 2_300_000_000]), measured: false, basis: "as published".into() };
        assert_eq!(remark(&sure), "1.60 ms to 2.30 ms; as published");
        assert_eq!(remark(&Sure { range_ps: None, ..sure }), "as published");
    }

    #[test]
    fn a_long_remark_is_wrapped() {
        let plain = |remarks: &[String]| anstream::adapter::strip_str(&heading(1_234_567, remarks)).to_string();
        assert_eq!(plain(&[]), "Predicted time 1.23 µs\n");
        assert_eq!(plain(&["a".to_owned(), "b".to_owned()]), "Predicted time 1.23 µs (a; b)\n");
        let long = plain(&["words ".repeat(30)]);
        assert!(long.lines().count() > 1 && long.lines().all(|line| line.chars().count() <= WIDTH), "{long}");
    }
}
