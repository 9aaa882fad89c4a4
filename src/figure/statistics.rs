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

/// How far beyond the densest half of some values others still belong to them, in lengths of that half.
const REACH: f64 = 8.0;
/// The range that an axis shows: of all values, unless a few far ones would flatten all others, which makes it
/// `flattened` times longer. Then it is the range of what is not far from the densest half.
///
/// One diverged run must not squeeze all others into a line, and neither must a third of them.
pub(crate) fn range_without_outliers(
    values: impl IntoIterator<Item = f64>,
    flattened: f64,
) -> Option<(f64, f64)> {
    let sorted = sorted_finite(values);
    let all = range(sorted.iter().copied())?;
    let half = sorted.len().div_ceil(2);
    let ends = sorted.windows(half).map(|part| (part[0], part[half - 1]));
    let (low, high) = ends.min_by(|a, b| (a.1 - a.0).total_cmp(&(b.1 - b.0)))?;
    let fence = REACH * (high - low);
    if sorted.len() < 4 || fence <= 0.0 {
        return Some(all);
    }
    let near = range(
        sorted
            .into_iter()
            .filter(|v| (low - fence..=high + fence).contains(v)),
    )?;
    match all.1 - all.0 > flattened * (near.1 - near.0) {
        true => Some(near),
        false => Some(all),
    }
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
    fn diverged_values_do_not_set_the_range() {
        let one = [1.0, 2.0, 3.0, 4.0, 5.0, 1e9];
        assert_eq!(range_without_outliers(one, 12.0), Some((1.0, 5.0)));
        let third = [
            -2.0, -2.1, -2.05, -2.3, -2.02, -2.0, -300.0, -470.0, -4000.0,
        ];
        assert_eq!(range_without_outliers(third, 12.0), Some((-2.3, -2.0)));
        assert_eq!(
            range_without_outliers([2.0, 2.0, 2.0], 12.0),
            Some((2.0, 2.0))
        );
        assert_eq!(range_without_outliers([], 12.0), None);
    }

    #[test]
    fn an_axis_that_stays_readable_holds_all_values() {
        // Half of them lie close together, and the others are still told apart.
        let values = [0.48, 0.481, 0.482, 0.483, 0.24, 0.32, 0.98];
        assert_eq!(range_without_outliers(values, 1000.0), Some((0.24, 0.98)));
        assert_eq!(
            range_without_outliers([0.1, 5.0, 0.1], 12.0),
            Some((0.1, 5.0))
        );
        let near = [-2.0, -2.05, -2.1, -2.5, -2.6];
        assert_eq!(range_without_outliers(near, 12.0), Some((-2.6, -2.0)));
    }

    #[test]
    fn a_running_mean_keeps_a_line_straight() {
        let line: Vec<_> = (0..9).map(|i| (f64::from(i), 2.0 * f64::from(i))).collect();
        assert_eq!(running_mean(&line, 3), line[3..6]);
        assert_eq!(running_mean(&line, 5), []);
    }
}
