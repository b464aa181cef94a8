//! What a configuration comes to, as a person reads it.

use super::findings::{ConstraintFinding, Findings, LimitFinding};
use crate::report::{clash, section, title};
use crate::sides::shown;
use crate::style::{BAD, FAINT, GOOD, NOTABLE, PLAIN, styled};
use crate::table::{Align, Table};
use crate::text::{paragraph, shortened};
use constrint::tiling::Tiling;

/// Violated values, constraints and limits with all that there is to know; then, in a line each, what holds.
pub(super) fn report(tiling: &Tiling, findings: &Findings) -> String {
    let violations = findings.violations();
    let status = if violations == 0 { styled(GOOD, "all hold") } else { styled(BAD, &count(violations)) };
    let mut text = title(tiling, &status);
    if violations > 0 {
        text += &section("Violated");
        text += &violated(tiling, findings);
    }
    text += &holding(findings);
    if findings.limits.is_none() && tiling.kernel_name().is_some() {
        let why = "The hardware limits are not computed: they need values and tiles that the kernel can have.";
        text.push('\n');
        text += &paragraph(why, 0, NOTABLE);
    }
    text
}

fn count(violations: usize) -> String {
    if violations == 1 { "1 violation".to_owned() } else { format!("{violations} violations") }
}

fn violated(tiling: &Tiling, findings: &Findings) -> String {
    let mut text = String::new();
    for (name, value) in &findings.outside {
        let variable = tiling.model.find(name).map(|id| tiling.model.variable(id));
        let values = variable.map(|variable| clash::values(&variable.values)).unwrap_or_default();
        text += &entry(name, &format!("{value} is not among its values"), &format!("values: {values}"), "");
    }
    for finding in findings.constraints.iter().filter(|finding| !finding.holds) {
        text += &entry(&finding.name, &sides(finding), &finding.expression, &finding.because);
        text += &undefined(finding);
    }
    for limit in findings.limits.iter().flatten().filter(|limit| !limit.holds()) {
        text += &entry(&limit.name, &limit_sides(limit), "", "a limit of the hardware or of the kernel's source");
    }
    text
}

fn entry(name: &str, what: &str, expression: &str, because: &str) -> String {
    let name = styled(BAD, &shortened(name, 60));
    let what = if what.is_empty() { "does not hold" } else { what };
    let mut text = paragraph(&format!("{name}: {what}"), 2, PLAIN);
    if !expression.is_empty() {
        text += &paragraph(&shortened(expression, 1000), 4, FAINT);
    }
    if !because.is_empty() {
        text += &paragraph(&format!("because {}", shortened(because, 1000)), 4, FAINT);
    }
    text
}

fn undefined(finding: &ConstraintFinding) -> String {
    let note = |part: &String| paragraph(&format!("`{part}` is undefined here, which counts as false"), 4, NOTABLE);
    finding.undefined.iter().map(note).collect()
}

/// The comparisons of a constraint; of a violated one those that fail.
fn sides(finding: &ConstraintFinding) -> String {
    const MOST: usize = 4;
    let shown: Vec<String> =
        finding.comparisons.iter().filter(|sides| sides.holds == finding.holds).map(shown).collect();
    let rest = if shown.len() > MOST { ", …" } else { "" };
    shown.iter().take(MOST).cloned().collect::<Vec<_>>().join(", ") + rest
}

fn limit_sides(limit: &LimitFinding) -> String {
    let relation = if limit.exact { "must be" } else { "of" };
    format!("{} {relation} {}", limit.used, limit.available)
}

fn holding(findings: &Findings) -> String {
    let mut constraints = Table::new(&[Align::Left, Align::Left]);
    let mut notes = String::new();
    let mut held = findings.constraints.iter().filter(|finding| finding.holds).peekable();
    let any_constraint = held.peek().is_some();
    for finding in held {
        let shown = if finding.comparisons.is_empty() { shortened(&finding.expression, 300) } else { sides(finding) };
        constraints.styled_row([(shortened(&finding.name, 50), GOOD), (shown, PLAIN)]);
        if !finding.undefined.is_empty() {
            notes += &paragraph(&format!("In {}:", shortened(&finding.name, 60)), 2, PLAIN);
            notes += &undefined(finding);
        }
    }
    let mut limits = Table::new(&[Align::Left, Align::Left]);
    let mut held = findings.limits.iter().flatten().filter(|limit| limit.holds()).peekable();
    let any_limit = held.peek().is_some();
    for limit in held {
        limits.styled_row([(limit.name.clone(), GOOD), (limit_sides(limit), PLAIN)]);
    }
    let mut text = String::new();
    for (any, name, body) in [
        (any_constraint, "Constraints that hold", constraints.render()),
        (!notes.is_empty(), "Decided by what is undefined", notes),
        (any_limit, "Hardware limits that hold", limits.render()),
    ] {
        if any {
            text += &(section(name) + &body);
        }
    }
    text
}
