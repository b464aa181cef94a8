//! `constrint results`: measured configurations, in a form that other auto-tuners read.

use crate::args::{ResultsArgs, ResultsForm};
use crate::ending;
use crate::exit_code::ExitCode;
use crate::failure::Failure;
use crate::input;
use crate::output::Output;
use constrint::problem::ShapeValue;
use constrint::results::{self, Head};
use constrint::tiling::{self, Tiling};
use constrint::{Problem, file};
use serde_json::json;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

pub(crate) fn run(args: &ResultsArgs, output: &Output) -> Result<ExitCode, Failure> {
    ending::refuse(args.out.as_deref(), &args.format, &["csv", "jsonl", "ndjson", "parquet"])?;
    let loaded = input::load(&args.problem, output)?;
    let tiling = tiling::lower(&loaded.problem).map_err(Failure::library(&loaded.origin))?;
    let from = input::origin(&args.measurements);
    let text = file::read(&args.measurements).map_err(Failure::library(""))?;
    let measurements = results::read(&from, &text, &tiling).map_err(Failure::library(""))?;
    let written = match args.format {
        ResultsForm::T4 => format!("{:#}\n", results::t4(&tiling, &measurements)),
        ResultsForm::KernelTuner => {
            results::kernel_tuner(&tiling, &head(args, &loaded.problem, &tiling, &loaded.origin)?, &measurements)
        }
    };
    output.note(&format!("{} configurations", measurements.len()));
    let Some(path) = &args.out else {
        output.data(&written)?;
        return Ok(ExitCode::Success);
    };
    file::write(path, &written).map_err(Failure::library(""))?;
    if output.json {
        output.object(&json!({"status": "written", "configurations": measurements.len(), "path": path}))?;
    }
    Ok(ExitCode::Success)
}

/// What the flags say of all configurations, or else the problem.
fn head(args: &ResultsArgs, problem: &Problem, tiling: &Tiling, origin: &str) -> Result<Head, Failure> {
    let missing = |what, flag| Failure::NotInProblem { origin: origin.to_owned(), what, flag };
    let gpu = tiling.gpu.as_ref().map(|gpu| gpu.name.clone());
    let device = args.device.clone().or(gpu).ok_or_else(|| missing("the device", "--device NAME"))?;
    let named = problem.kernel.as_ref().map(|kernel| kernel.name().to_owned()).or_else(|| problem.name.clone());
    let kernel = args.kernel.clone().or(named).ok_or_else(|| missing("the kernel", "--kernel NAME"))?;
    let sizes: Vec<i64> = match &tiling.kernel {
        Some((_, instance)) => instance.sizes.values().copied().collect(),
        None => problem.shape.values().filter_map(size).collect(),
    };
    let problem_size = if args.problem_size.is_empty() { sizes } else { args.problem_size.clone() };
    if problem_size.is_empty() {
        return Err(missing("the size of the problem", "--problem-size 4096,4096"));
    }
    Ok(Head { device, kernel, problem_size, timestamp: timestamp(changed(&args.measurements)) })
}

fn size(value: &ShapeValue) -> Option<i64> {
    match value {
        ShapeValue::Integer(size) => Some(*size),
        ShapeValue::Word(_) => None,
    }
}

/// When the file was last written: the measurements in it were made by then. Standard input is being written now.
fn changed(path: &str) -> SystemTime {
    let changed = std::fs::metadata(path).and_then(|metadata| metadata.modified());
    changed.unwrap_or_else(|_| SystemTime::now())
}

/// Universal time, as Kernel Tuner writes it; what has no year of four digits is told as the nearest that has.
fn timestamp(time: SystemTime) -> String {
    const LAST: Duration = Duration::from_secs(253_402_300_799);
    let since = time.duration_since(UNIX_EPOCH).unwrap_or_default().min(LAST);
    let time = humantime::format_rfc3339_seconds(UNIX_EPOCH + since).to_string();
    time.replace('T', " ").replace('Z', "+00:00")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_of_day() {
        for (seconds, expected) in [
            (0, "1970-01-01 00:00:00+00:00"),
            (951_782_399, "2000-02-28 23:59:59+00:00"),
            (951_782_400, "2000-02-29 00:00:00+00:00"),
            (1_704_067_199, "2023-12-31 23:59:59+00:00"),
            (1_709_251_200, "2024-03-01 00:00:00+00:00"),
            (4_107_542_400, "2100-03-01 00:00:00+00:00"),
            (253_402_300_800, "9999-12-31 23:59:59+00:00"),
        ] {
            assert_eq!(timestamp(UNIX_EPOCH + Duration::from_secs(seconds)), expected);
        }
        assert_eq!(timestamp(UNIX_EPOCH - Duration::from_secs(1)), "1970-01-01 00:00:00+00:00");
    }
}
