//! Coordinates of candidates: columns of numbers from 0 to 1, in which what behaves alike is near.

/// A column of numbers as a coordinate: by its logarithm where all are positive and more than two differ, since tile sizes are alike by
/// their ratio; scaled to 0..1. None where all are equal or one is no number.
pub(in crate::tune) fn coordinate(column: &[f64]) -> Option<Vec<f32>> {
    let mut different: Vec<f64> = column.to_vec();
    different.sort_by(f64::total_cmp);
    different.dedup();
    let by_ratio = different.len() > 2 && different[0] > 0.0;
    let scale = |value: f64| if by_ratio { value.ln() } else { value };
    let (low, high) = (scale(*different.first()?), scale(*different.last()?));
    if !(low.is_finite() && high.is_finite() && low < high) {
        return None;
    }
    #[expect(clippy::cast_possible_truncation, reason = "between 0 and 1")]
    let place = |&value: &f64| ((scale(value) - low) / (high - low)) as f32;
    Some(column.iter().map(place).collect())
}
