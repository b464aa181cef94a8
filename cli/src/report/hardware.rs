//! Which limits of the GPU stand in the way, and the nearest GPU where the problem fits.

use super::heading::section;
use crate::style::{BAD, FAINT, GOOD, NOTABLE, PLAIN, styled};
use crate::table::{Align, Table};
use crate::text::paragraph;
use crate::units::bytes;
use constrint::Answer;
use constrint::explain::{HardwareNeed, NearestGpu};

/// Each limit with its value on the GPU, what the problem needs, and its value on the nearest GPU that fits.
pub(crate) fn sections(answer: &Answer, need: &HardwareNeed) -> String {
    let gpu = answer.tiling.gpu.as_ref().map_or("", |gpu| gpu.name.as_str());
    let mut text = section("The hardware");
    if need.limits.is_empty() {
        let fields = need.clashing.join(", ");
        text += &paragraph(&format!("More of these limits would not do by themselves: {fields}."), 2, PLAIN);
    } else {
        text += &table(gpu, need);
        if need.limits.len() > 1 {
            let which = if need.together { "All of these are needed at once." } else { "Any one of these would do." };
            text += &paragraph(which, 2, FAINT);
        }
    }
    text + &fits(need)
}

fn table(gpu: &str, need: &HardwareNeed) -> String {
    let mut table = Table::new(&[Align::Left, Align::Right, Align::Right, Align::Right]);
    let there = need.nearest.as_ref().map_or("", |nearest| nearest.name.as_str());
    table.styled_row(["limit", gpu, "needed", there].map(|head| (head.to_owned(), FAINT)));
    for (index, limit) in need.limits.iter().enumerate() {
        let shown = |value: i64| amount(&limit.field, value);
        let needed = if limit.proved { shown(limit.needed) } else { format!("at most {}", shown(limit.needed)) };
        let there = need.nearest.as_ref().and_then(|nearest| nearest.limits[index]);
        table.styled_row([
            (limit.field.clone(), PLAIN),
            (shown(limit.available), BAD),
            (needed, NOTABLE),
            (there.map(shown).unwrap_or_default(), GOOD),
        ]);
    }
    table.render()
}

fn fits(need: &HardwareNeed) -> String {
    let nearest = match &need.nearest {
        Some(NearestGpu { name, .. }) => {
            format!("  The nearest GPU of the catalog where it fits: {}\n", styled(GOOD, name))
        }
        None if need.undecided => String::new(),
        None => "  It fits no GPU of the catalog.\n".to_owned(),
    };
    let undecided = if need.undecided {
        paragraph("The time ran out before everything was tried.", 2, FAINT)
    } else {
        String::new()
    };
    nearest + &undecided
}

fn amount(field: &str, value: i64) -> String {
    if field.ends_with("_bytes") && value >= 1024 { format!("{value} ({})", bytes(value)) } else { value.to_string() }
}
