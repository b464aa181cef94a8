//! Rank correlation, and what random choices find.

/// Kendall's tau-b of pairs: concordant less discordant ones over the geometric mean of those that are not tied on either
/// side. O(n log n) by counting what a merge sort exchanges.
pub(crate) fn tau_b(pairs: &[(i64, f64)]) -> f64 {
    let mut pairs = pairs.to_vec();
    pairs.sort_by(|a, b| a.0.cmp(&b.0).then(a.1.total_cmp(&b.1)));
    let all = two_of(pairs.len());
    let tied_x = ties(&pairs, |a, b| a.0 == b.0);
    let tied_both = ties(&pairs, |a, b| a.0 == b.0 && a.1.total_cmp(&b.1).is_eq());
    let mut second: Vec<f64> = pairs.iter().map(|pair| pair.1).collect();
    let discordant = exchanges(&mut second);
    let tied_y = ties(&second, |a, b| a.total_cmp(b).is_eq());
    let concordant_less_discordant = all - tied_x - tied_y + tied_both - 2.0 * discordant;
    concordant_less_discordant / ((all - tied_x) * (all - tied_y)).sqrt()
}

#[expect(clippy::cast_precision_loss, reason = "recordings have some thousands of rows")]
fn two_of(count: usize) -> f64 {
    count as f64 * (count as f64 - 1.0) / 2.0
}

/// Pairs within runs of equal neighbours.
fn ties<T>(sorted: &[T], equal: impl Fn(&T, &T) -> bool) -> f64 {
    sorted.chunk_by(equal).map(|run| two_of(run.len())).sum()
}

/// Sorts, and counts the pairs that stood the wrong way round.
fn exchanges(values: &mut Vec<f64>) -> f64 {
    if values.len() < 2 {
        return 0.0;
    }
    let mut right = values.split_off(values.len() / 2);
    let mut count = exchanges(values) + exchanges(&mut right);
    let left = std::mem::take(values);
    let (mut i, mut j) = (0, 0);
    while i < left.len() || j < right.len() {
        if j == right.len() || (i < left.len() && left[i] <= right[j]) {
            values.push(left[i]);
            i += 1;
        } else {
            values.push(right[j]);
            count += exact(left.len() - i);
            j += 1;
        }
    }
    count
}

#[expect(clippy::cast_precision_loss, reason = "recordings have some thousands of rows")]
fn exact(count: usize) -> f64 {
    count as f64
}

/// The median over all draws of the best of `draws` random ones, over the best there is: the value that half of the draws
/// stay below.
pub(crate) fn best_of(draws: i32, times: &[f64]) -> f64 {
    let mut sorted = times.to_vec();
    sorted.sort_by(f64::total_cmp);
    let all = exact(sorted.len());
    // The best of n draws is beyond rank r with probability (1 - r / all)^n.
    let half = sorted.iter().zip(1..).find(|(_, rank)| (1.0 - f64::from(*rank) / all).powi(draws) <= 0.5);
    half.map_or(f64::NAN, |(time, _)| time / sorted[0])
}

pub(crate) fn geometric_mean(values: impl IntoIterator<Item = f64>) -> f64 {
    let logarithms: Vec<f64> = values.into_iter().map(f64::ln).collect();
    (logarithms.iter().sum::<f64>() / exact(logarithms.len())).exp()
}

/// The middle value, or the mean of the two in the middle.
pub(crate) fn median(values: impl IntoIterator<Item = f64>) -> f64 {
    let mut sorted: Vec<f64> = values.into_iter().collect();
    sorted.sort_by(f64::total_cmp);
    let middle = sorted.len() / 2;
    if sorted.len() % 2 == 1 { sorted[middle] } else { f64::midpoint(sorted[middle - 1], sorted[middle]) }
}

/// On a few pairs tau-b is what the definition counts.
pub(crate) fn check() {
    let pairs = [(1, 2.0), (2, 1.0), (2, 3.0), (3, 3.0), (4, 3.0), (4, 0.5), (1, 2.0)];
    let (mut sum, mut untied) = (0.0, [0.0, 0.0]);
    for (index, a) in pairs.iter().enumerate() {
        for b in &pairs[..index] {
            let (x, y) =
                (exact_sign(a.0 - b.0), (a.1 - b.1).partial_cmp(&0.0).map_or(0.0, |order| f64::from(order as i8)));
            sum += x * y;
            untied = [untied[0] + x.abs(), untied[1] + y.abs()];
        }
    }
    let (by_definition, found) = (sum / f64::sqrt(untied[0] * untied[1]), tau_b(&pairs));
    assert!((by_definition - found).abs() < 1e-12, "{by_definition} {found}");
}

fn exact_sign(value: i64) -> f64 {
    f64::from(i32::try_from(value.signum()).unwrap_or_default())
}
