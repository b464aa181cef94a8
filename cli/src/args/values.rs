//! Texts of the command line as values: times, amounts of memory, settings, orders.

use constrint_solver::ValueOrder;
use constrint_solver::model::MAX_VALUE;
use std::path::PathBuf;
use std::time::Duration;

/// `10s`, `500ms`, `2m`, `1h`, or seconds without a unit; parts of a unit too, which humantime does not read.
pub(super) fn duration(text: &str) -> Result<Duration, String> {
    let number = text.trim_end_matches(|letter: char| letter.is_ascii_alphabetic());
    let seconds_of_unit = match &text[number.len()..] {
        "ms" => 0.001,
        "" | "s" => 1.0,
        "m" | "min" => 60.0,
        "h" => 3600.0,
        unit => return Err(format!("`{unit}` is no unit of time; write ms, s, m or h")),
    };
    let number: f64 = number.parse().map_err(|_| "write a time as 10s, 500ms or 2m".to_owned())?;
    let duration = Duration::try_from_secs_f64(number * seconds_of_unit).unwrap_or_default();
    if duration.is_zero() {
        Err("a time limit is positive, and shorter than the age of the universe".to_owned())
    } else {
        Ok(duration)
    }
}

/// `500MB`, `2GB`, `64MiB`, or bytes without a unit.
pub(super) fn bytes(text: &str) -> Result<u64, String> {
    let number = text.trim_end_matches(|letter: char| letter.is_ascii_alphabetic());
    let unit: u64 = match &text[number.len()..] {
        "" | "B" => 1,
        "kB" | "KB" => 1_000,
        "MB" => 1_000_000,
        "GB" => 1_000_000_000,
        "KiB" => 1 << 10,
        "MiB" => 1 << 20,
        "GiB" => 1 << 30,
        unit => return Err(format!("`{unit}` is no unit of memory; write kB, MB, GB, KiB, MiB or GiB")),
    };
    let number: u64 = number.parse().map_err(|_| "write an amount of memory as 500MB or 2GB".to_owned())?;
    number.checked_mul(unit).filter(|&bytes| bytes > 0).ok_or_else(|| "that is no amount of memory".to_owned())
}

/// A path by whose ending problems and `--gpu` know that it is none of the catalog's names.
pub(super) fn json_path(text: &str) -> Result<PathBuf, String> {
    let path = PathBuf::from(text);
    let is_json = path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("json"));
    if is_json {
        Ok(path)
    } else {
        Err("the file's name must end in .json, or `--gpu` would take it for a GPU's".to_owned())
    }
}

/// `NAME=VALUE`
pub(super) fn setting(text: &str) -> Result<(String, i64), String> {
    let (name, value) = text.split_once('=').ok_or("write NAME=VALUE")?;
    let value: i64 = value.trim().parse().map_err(|_| format!("`{value}` is not a whole number of 64 bits"))?;
    if value.checked_abs().is_none_or(|size| size > MAX_VALUE) {
        return Err(format!("{value} is beyond 2^53 - 1 = {MAX_VALUE}"));
    }
    Ok((name.trim().to_owned(), value))
}

/// `NAME:max` or `NAME:min`
pub(super) fn ordered(text: &str) -> Result<(String, ValueOrder), String> {
    match text.rsplit_once(':') {
        Some((name, "max")) => Ok((name.trim().to_owned(), ValueOrder::LargestFirst)),
        Some((name, "min")) => Ok((name.trim().to_owned(), ValueOrder::SmallestFirst)),
        _ => Err("write NAME:max or NAME:min".to_owned()),
    }
}

/// `NAME`, `NAME:max` or `NAME:min`
pub(super) fn wanted(text: &str) -> Result<(String, ValueOrder), String> {
    if text.contains(':') { ordered(text) } else { Ok((text.trim().to_owned(), ValueOrder::LargestFirst)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times() {
        for (text, milliseconds) in [("10s", 10_000), ("500ms", 500), ("2m", 120_000), ("0.5", 500), ("1h", 3_600_000)]
        {
            assert_eq!(duration(text), Ok(Duration::from_millis(milliseconds)), "{text}");
        }
        for text in ["", "s", "-1s", "0", "1 year", "1e400", "nan", "inf", "5µs"] {
            assert!(duration(text).is_err(), "{text}");
        }
    }

    #[test]
    fn amounts_of_memory() {
        for (text, expected) in [("10", 10), ("500MB", 500_000_000), ("2GiB", 2 << 30), ("7kB", 7000)] {
            assert_eq!(bytes(text), Ok(expected), "{text}");
        }
        for text in ["", "MB", "0", "-1GB", "1.5GB", "1 GB", "99999999999GB", "3µB"] {
            assert!(bytes(text).is_err(), "{text}");
        }
    }

    #[test]
    fn settings_and_orders() {
        assert_eq!(setting("tile=-3"), Ok(("tile".to_owned(), -3)));
        assert_eq!(ordered("tile:max"), Ok(("tile".to_owned(), ValueOrder::LargestFirst)));
        for text in ["tile", "tile=", "tile=1.5", "tile=9007199254740992", "tile=-9223372036854775808"] {
            assert!(setting(text).is_err(), "{text}");
        }
        assert!(ordered("tile").is_err() && ordered("tile:up").is_err());
        assert_eq!(wanted("tile"), Ok(("tile".to_owned(), ValueOrder::LargestFirst)));
        assert_eq!(wanted("tile:min"), Ok(("tile".to_owned(), ValueOrder::SmallestFirst)));
        assert!(wanted("tile:up").is_err());
    }
}
