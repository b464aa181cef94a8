//! `constrint check`: each constraint and hardware limit with its two sides.

mod findings;
mod text;

use crate::args::CheckArgs;
use crate::exit_code::ExitCode;
use crate::failure::Failure;
use crate::output::Output;
use crate::{candidate, input, json};
use constrint::config::{Number, values_by_part};
use constrint::tiling::lower;
use findings::{ConstraintFinding, Findings, LimitFinding};
use serde_json::{Value, json};

pub(crate) fn run(args: &CheckArgs, output: &Output) -> Result<ExitCode, Failure> {
    let loaded = input::load(&args.problem, output)?;
    let tiling = lower(&loaded.problem).map_err(Failure::library(&loaded.origin))?;
    let values = candidate::read(&args.config, &tiling)?;
    let findings = Findings::of(&tiling, values)?;
    if output.json {
        output.object(&as_json(&tiling, &findings))?;
    } else {
        output.data(&text::report(&tiling, &findings))?;
    }
    Ok(ExitCode::holds(findings.violations() == 0))
}

fn as_json(tiling: &constrint::tiling::Tiling, findings: &Findings) -> Value {
    let mut object = serde_json::Map::new();
    let status = if findings.violations() == 0 { "holds" } else { "violated" };
    object.insert("status".into(), status.into());
    object.extend(json::problem(tiling));
    object.insert("config".into(), values_by_part(tiling, &findings.values).into());
    object.insert("violations".into(), findings.violations().into());
    let outside = findings.outside.iter().map(|(name, value)| json!({"variable": name, "value": value}));
    object.insert("outside_of_values".into(), outside.collect());
    object.insert("constraints".into(), findings.constraints.iter().map(constraint_json).collect());
    object.insert("limits".into(), findings.limits.iter().flatten().map(limit_json).collect());
    object.into()
}

fn constraint_json(finding: &ConstraintFinding) -> Value {
    let comparisons = finding.comparisons.iter().map(|sides| {
        json!({
            "left": sides.left.value().map(Number::of),
            "operator": sides.comparison.symbol(),
            "right": sides.right.value().map(Number::of),
            "holds": sides.holds,
        })
    });
    json!({
        "constraint": finding.name,
        "expression": finding.expression,
        "because": finding.because,
        "holds": finding.holds,
        "comparisons": comparisons.collect::<Vec<_>>(),
        "undefined": finding.undefined,
    })
}

fn limit_json(finding: &LimitFinding) -> Value {
    let mut object = json!(finding);
    object["holds"] = finding.holds().into();
    object
}
