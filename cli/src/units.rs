//! Numbers with their units, as a person reads them.

/// A time given in picoseconds.
pub(crate) fn time(picoseconds: i64) -> String {
    const UNITS: [(i64, &str); 4] = [(1_000_000_000_000, "s"), (1_000_000_000, "ms"), (1_000_000, "µs"), (1_000, "ns")];
    let unit = UNITS.into_iter().find(|(size, _)| picoseconds >= *size);
    unit.map_or_else(|| format!("{picoseconds} ps"), |(size, name)| format!("{} {name}", decimal(picoseconds, size)))
}

/// A size given in bytes, in binary units where it is large.
pub(crate) fn bytes(bytes: i64) -> String {
    const UNITS: [(i64, &str); 3] = [(1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB")];
    let unit = UNITS.into_iter().find(|(size, _)| bytes >= *size);
    unit.map_or_else(|| format!("{bytes} B"), |(size, name)| format!("{} {name}", decimal(bytes, size)))
}

/// Part of a whole, in percent.
pub(crate) fn percent(part: i64, whole: i64) -> String {
    let percent = (i128::from(part) * 100 + i128::from(whole) / 2) / i128::from(whole.max(1));
    format!("{percent} %")
}

/// A count in a unit, with three digits or so; whole numbers stay whole.
pub(crate) fn decimal(count: i64, unit: i64) -> String {
    let whole = count / unit;
    if count % unit == 0 {
        return whole.to_string();
    }
    let digits: usize = match whole {
        0..10 => 2,
        10..100 => 1,
        _ => 0,
    };
    let scale = 10_i128.pow(u32::try_from(digits).expect("two at most"));
    let scaled = (i128::from(count) * scale + i128::from(unit) / 2) / i128::from(unit);
    if digits == 0 { scaled.to_string() } else { format!("{}.{:0digits$}", scaled / scale, scaled % scale) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_fit_the_size() {
        assert_eq!(time(999), "999 ps");
        assert_eq!(time(1_234_567), "1.23 µs");
        assert_eq!(time(45_678_000_000), "45.7 ms");
        assert_eq!(time(9_999_999), "10.00 µs");
        assert_eq!(bytes(49152), "48 KiB");
        assert_eq!(bytes(1000), "1000 B");
        assert_eq!(bytes(1_500_000), "1.43 MiB");
        assert_eq!(percent(1, 3), "33 %");
    }
}
