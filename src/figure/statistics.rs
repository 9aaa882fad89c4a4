//! The few numbers that a picture needs about its own data: quantiles, ranges, running means.

/// The finite values, ascending.
pub(crate) fn sorted_finite(values: impl IntoIterator<Item = f64>) -> Vec<f64> {
    let mut sorted: Vec<f64> = values.into_iter().filter(|v| v.is_finite()).collect();
    sorted.sort_by(f64::total_cmp);
    sorted
}

/// The quantile of ascending values, linearly interpolated.
pub(crate) fn quantile(sorted: &[f64], level: f64) -> Option<f64> {
    let last = sorted.len().checked_sub(1)?;
    let position = level.clamp(0.0, 1.0) * last as f64;
    let below = (position.floor() as usize).min(last);
    let above = (below + 1).min(last);
    Some(sorted[below] + (sorted[above] - sorted[below]) * position.fract())
}

/// The smallest and the largest finite value.
pub(crate) fn range(values: impl IntoIterator<Item = f64>) -> Option<(f64, f64)> {
    values
        .into_iter()
        .filter(|v| v.is_finite())
        .fold(None, |range, v| match range {
            None => Some((v, v)),
            Some((low, high)) => Some((v.min(low), v.max(high))),
        })
}

/// The smallest range that holds both.
pub(crate) fn union(a: Option<(f64, f64)>, b: Option<(f64, f64)>) -> Option<(f64, f64)> {
    range(
        [a, b]
            .into_iter()
            .flatten()
            .flat_map(|(low, high)| [low, high]),
    )
}

/// The range of all values but those absurdly far out, more than `reach` interquartile ranges from the quartiles.
///
/// One diverged run must not squeeze all others into a line.
pub(crate) fn range_without_outliers(
    values: impl IntoIterator<Item = f64>,
    reach: f64,
) -> Option<(f64, f64)> {
    let sorted = sorted_finite(values);
    let (lower, upper) = (quantile(&sorted, 0.25)?, quantile(&sorted, 0.75)?);
    let spread = upper - lower;
    if sorted.len() < 4 || spread <= 0.0 {
        return range(sorted);
    }
    let fence = reach * spread;
    range(
        sorted
            .into_iter()
            .filter(|v| (lower - fence..=upper + fence).contains(v)),
    )
}

/// Mean and standard deviation (divisor n − 1; 0 for a single value) of the finite values.
pub(crate) fn mean_and_std_dev(values: &[f64]) -> Option<(f64, f64)> {
    let finite: Vec<f64> = values.iter().copied().filter(|v| v.is_finite()).collect();
    let n = finite.len() as f64;
    if finite.is_empty() {
        return None;
    }
    let mean = finite.iter().sum::<f64>() / n;
    let squares: f64 = finite.iter().map(|v| (v - mean).powi(2)).sum();
    let variance = if n > 1.0 { squares / (n - 1.0) } else { 0.0 };
    mean.is_finite().then(|| (mean, variance.sqrt()))
}

/// Means over a centred window of `2 * half_width + 1` points, where the window is full.
///
/// A window cut short at an end would follow single values there, or lag behind them.
pub(crate) fn running_mean(points: &[(f64, f64)], half_width: usize) -> Vec<(f64, f64)> {
    let mut sums = Vec::with_capacity(points.len() + 1);
    sums.push(0.0);
    for (_, y) in points {
        sums.push(sums[sums.len() - 1] + y);
    }
    let window = 2 * half_width + 1;
    points
        .iter()
        .skip(half_width)
        .zip(sums.iter().zip(sums.iter().skip(window)))
        .map(|((x, _), (before, after))| (*x, (after - before) / window as f64))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_interpolate() {
        let sorted = sorted_finite([3.0, f64::NAN, 1.0, 2.0, f64::INFINITY]);
        assert_eq!(sorted, [1.0, 2.0, 3.0]);
        assert_eq!(quantile(&sorted, 0.25), Some(1.5));
        assert_eq!(quantile(&[], 0.5), None);
    }

    #[test]
    fn one_diverged_value_does_not_set_the_range() {
        let values = [1.0, 2.0, 3.0, 4.0, 5.0, 1e9];
        assert_eq!(range_without_outliers(values, 8.0), Some((1.0, 5.0)));
        assert_eq!(
            range_without_outliers([2.0, 2.0, 2.0], 8.0),
            Some((2.0, 2.0))
        );
        assert_eq!(range_without_outliers([], 8.0), None);
    }

    #[test]
    fn a_running_mean_keeps_a_line_straight() {
        let line: Vec<_> = (0..9).map(|i| (f64::from(i), 2.0 * f64::from(i))).collect();
        assert_eq!(running_mean(&line, 3), line[3..6]);
        assert_eq!(running_mean(&line, 5), []);
    }
}
