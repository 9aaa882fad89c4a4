//! Wasserstein-1 distances in one dimension, exact, and what they are for perfect samples.

use super::table::{Point, Table};
use crate::target::{
    Mixture, quadrature,
    special::{BinomialDeviation, half_normal_mean},
};

/// Nodes of a table on the scale on which a density varies.
const TABLE_NODES: f64 = 8.0;

/// Kinks of the one-sample floor that are resolved in each tail.
const TAIL_KINKS: usize = 32;

/// The values in ascending order.
pub(crate) fn sorted(values: Vec<f64>) -> Vec<f64> {
    // As whole numbers in the same order, which are compared without a branch.
    let mut keys: Vec<i64> = values
        .iter()
        .map(|x| in_order(x.to_bits() as i64))
        .collect();
    keys.sort_unstable();
    keys.iter()
        .map(|key| f64::from_bits(in_order(*key) as u64))
        .collect()
}

/// The bits of a number such that they are in the order of `total_cmp`, and back.
fn in_order(bits: i64) -> i64 {
    bits ^ (((bits >> 63) as u64) >> 1) as i64
}

/// W1 between the empirical law of `sorted` samples and `law`: ∫|F_n − F| dx, interval by interval
/// with the closed antiderivative of F, split where F crosses i/n. Exact up to rounding.
pub(crate) fn to_law(sorted: &[f64], law: &Mixture) -> f64 {
    distance(sorted, law, |x| Point::at(x, law))
}

/// The same good to about 1e-9 of the samples' range, and many times faster where there are many: F and
/// ∫F between the nodes of a table by quintics.
pub(crate) fn to_law_by_table(sorted: &[f64], law: &Mixture) -> f64 {
    let range = sorted.last().zip(sorted.first()).map(|(b, a)| b - a);
    let nodes = TABLE_NODES * range.unwrap_or(0.0) / law.smallest_std_dev();
    // Also false for what is not finite.
    let pays = nodes < 0.25 * sorted.len() as f64;
    if !pays || law.has_edges() {
        return to_law(sorted, law);
    }
    let table = Table::new(
        law,
        sorted[0],
        sorted[sorted.len() - 1],
        nodes.ceil() as usize + 1,
    );
    distance(sorted, law, |x| table.at(x))
}

fn distance(sorted: &[f64], law: &Mixture, at: impl Fn(f64) -> Point) -> f64 {
    let (Some(first), Some(last)) = (sorted.first(), sorted.last()) else {
        return f64::NAN;
    };
    if !(first.is_finite() && last.is_finite()) {
        return f64::NAN;
    }
    let n = sorted.len() as f64;
    // Below the first sample F_n = 0; above the last, ∫(1 − F) = E(X − x)⁺ = E X − x + ∫F.
    let mut total = law.cdf_integral(*first) + law.mean(0) - last + law.cdf_integral(*last);
    let mut low = at(*first);
    for (i, x) in sorted.iter().enumerate().skip(1) {
        let high = at(*x);
        total += interval(&low, &high, i as f64 / n, law);
        low = high;
    }
    total
}

/// ∫|level − F| between two points.
fn interval(low: &Point, high: &Point, level: f64, law: &Mixture) -> f64 {
    let signed = |a: &Point, b: &Point| (b.integral - a.integral) - level * (b.x - a.x);
    if low.cdf >= level || high.cdf <= level {
        return signed(low, high).abs();
    }
    let crossing = Point::at(law.quantile_between(level, low.x, high.x), law);
    signed(low, &crossing).abs() + signed(&crossing, high).abs()
}

/// W1 between two sorted samples of any sizes: ∫|F_n − G_m| dx over the merged values. With equal
/// sizes it is the mean absolute difference of the sorted samples.
pub(crate) fn between_samples(a: &[f64], b: &[f64]) -> f64 {
    if a.is_empty() || b.is_empty() {
        return f64::NAN;
    }
    let (n, m) = (a.len() as f64, b.len() as f64);
    let (mut i, mut j, mut total) = (0, 0, 0.0);
    let mut previous = a[0].min(b[0]);
    while i < a.len() || j < b.len() {
        let take_a = j == b.len() || (i < a.len() && a[i] <= b[j]);
        let x = if take_a { a[i] } else { b[j] };
        total += (i as f64 / n - j as f64 / m).abs() * (x - previous);
        previous = x;
        if take_a { i += 1 } else { j += 1 }
    }
    total
}

/// E W1(P_n, P) = (1/n) ∫ E|Bin(n, F(x)) − nF(x)| dx for n draws from `law`, by quadrature.
///
/// The integrand has a kink wherever nF is whole. Those in the tails, where they are largest, start
/// panels of their own; the others are too small and too many to matter.
pub(crate) fn one_sample_floor(law: &Mixture, n: usize) -> f64 {
    let binomial = BinomialDeviation::of(n);
    // The deviation is symmetric in p and 1 − p; the smaller of the two has all its digits.
    let deviation = |x: f64| binomial.at(smaller_side(x, law));
    let (low, high) = law.support();
    let mut points = law.panel_edges();
    for k in (1..n).take(TAIL_KINKS).chain((1..n).rev().take(TAIL_KINKS)) {
        points.push(near_quantile(k as f64 / n as f64, low, high, law));
    }
    quadrature::integrate(&sorted(points), deviation) / n as f64
}

/// The smaller of F(x) and 1 − F(x), with all its digits.
fn smaller_side(x: f64, law: &Mixture) -> f64 {
    let below = law.cdf(x);
    // Not quite ½, so that rounding decides nothing.
    if below < 0.49 {
        below
    } else {
        below.min(law.survival(x))
    }
}

/// A quantile to about 1e-6 of the interval, which is all that a panel's edge asks for.
pub(crate) fn near_quantile(u: f64, mut low: f64, mut high: f64, law: &Mixture) -> f64 {
    for _ in 0..20 {
        let middle = 0.5 * (low + high);
        if law.cdf(middle) < u {
            low = middle;
        } else {
            high = middle;
        }
    }
    0.5 * (low + high)
}

/// √(2/π) · √(1/n + 1/m): what ∫√(F(1−F)) dx is multiplied by to give E W1 between two samples.
pub(crate) fn two_sample_factor(n: usize, m: usize) -> f64 {
    half_normal_mean() * (1.0 / n as f64 + 1.0 / m as f64).sqrt()
}

/// ∫√(F(1−F)) dx of a law, by quadrature.
pub(crate) fn spread_of_law(law: &Mixture) -> f64 {
    quadrature::integrate(&law.panel_edges(), |x| {
        let part = smaller_side(x, law);
        (part * (1.0 - part)).sqrt()
    })
}

/// ∫√(F_n(1−F_n)) dx of sorted samples.
pub(crate) fn spread_of_samples(sorted: &[f64]) -> f64 {
    let n = sorted.len() as f64;
    let gaps = sorted.windows(2).enumerate();
    gaps.map(|(i, pair)| {
        let level = (i + 1) as f64 / n;
        (level * (1.0 - level)).sqrt() * (pair[1] - pair[0])
    })
    .sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        rng::{Purpose, Seed},
        target::{Component, Gaussian, UniformBox},
    };

    fn normal(mean: f64, sd: f64) -> Component {
        Component::Gaussian(Gaussian::diagonal(vec![mean], &[sd]).unwrap())
    }

    fn uniform(low: f64, high: f64) -> Component {
        Component::Uniform(UniformBox::new(vec![low], vec![high]).unwrap())
    }

    #[test]
    fn one_point_in_the_middle_of_a_uniform_law_is_a_quarter_away() {
        let law = Mixture::new(vec![1.0], vec![uniform(0.0, 1.0)]);
        assert!((to_law(&[0.5], &law) - 0.25).abs() < 1e-15);
        // Two points at the thirds: ∫|F_2 − F| = 1/18 + 2·(1/2)(1/6)² + 1/18.
        let exact = 2.0 / 18.0 + 2.0 * 0.5 / 36.0;
        assert!((to_law(&[1.0 / 3.0, 2.0 / 3.0], &law) - exact).abs() < 1e-15);
    }

    #[test]
    fn one_point_at_the_mean_of_a_normal_law_is_its_mean_absolute_deviation_away() {
        let law = Mixture::new(vec![1.0], vec![normal(2.0, 3.0)]);
        assert!((to_law(&[2.0], &law) - 3.0 * half_normal_mean()).abs() < 1e-13);
    }

    #[test]
    fn the_exact_distance_is_that_of_a_fine_quadrature() {
        let law = Mixture::new(
            vec![0.3, 0.5, 0.2],
            vec![normal(-2.0, 0.5), normal(1.0, 0.3), uniform(2.0, 4.0)],
        );
        let mut rng = Seed(7).stream(Purpose::TestData, 0, 0);
        let samples = sorted(law.sample(40, &mut rng).axis(0));
        let mut points: Vec<f64> = law.breakpoints();
        points.extend((0..20_000).map(|i| -9.0 + 16.0 * i as f64 / 20_000.0));
        points.extend(&samples);
        let points = sorted(points);
        let ecdf = |x: f64| samples.partition_point(|s| *s <= x) as f64 / 40.0;
        let numeric = quadrature::integrate(&points, |x| (ecdf(x) - law.cdf(x)).abs());
        assert!((to_law(&samples, &law) - numeric).abs() < 1e-7, "{numeric}");
    }

    #[test]
    fn the_table_gives_the_exact_distance() {
        let law = Mixture::new(vec![0.4, 0.6], vec![normal(-1.0, 0.2), normal(2.0, 0.8)]);
        let mut rng = Seed(8).stream(Purpose::TestData, 0, 0);
        let mut samples = law.sample(3000, &mut rng).axis(0);
        samples.iter_mut().for_each(|x| *x += 0.01 * x.sin());
        let samples = sorted(samples);
        let (exact, found) = (to_law(&samples, &law), to_law_by_table(&samples, &law));
        assert!(
            exact != found && (exact - found).abs() < 1e-8,
            "{exact} {found}"
        );
        let few = &samples[..100];
        let (exact, found) = (to_law(few, &law), to_law_by_table(few, &law));
        assert!((exact - found).abs() < 1e-14 * exact);
    }

    #[test]
    fn samples_of_equal_size_are_compared_in_order() {
        let (a, b) = ([0.0, 1.0, 5.0], [0.5, 0.5, 9.0]);
        assert!((between_samples(&a, &b) - (0.5 + 0.5 + 4.0) / 3.0).abs() < 1e-15);
    }

    #[test]
    fn samples_of_unequal_size_are_compared_by_quantiles() {
        // Doubling every point of one side changes nothing.
        let (a, b) = ([0.0, 1.0, 5.0], [0.5, 0.5, 2.0, 9.0]);
        let doubled = [0.0, 0.0, 1.0, 1.0, 5.0, 5.0];
        assert!((between_samples(&a, &b) - between_samples(&doubled, &b)).abs() < 1e-15);
        assert!((between_samples(&a, &b) - between_samples(&b, &a)).abs() < 1e-15);
        assert!((between_samples(&[0.0], &[1.0, 3.0]) - 2.0).abs() < 1e-15);
    }

    #[test]
    fn the_floor_of_one_draw_from_a_uniform_law_is_a_third() {
        // E ∫|1{X ≤ x} − x| dx = ∫ 2x(1−x) dx = 1/3.
        let law = Mixture::new(vec![1.0], vec![uniform(0.0, 1.0)]);
        assert!((one_sample_floor(&law, 1) - 1.0 / 3.0).abs() < 1e-12);
    }

    #[test]
    fn the_floors_of_a_uniform_law_have_their_closed_forms() {
        let law = Mixture::new(vec![1.0], vec![uniform(0.0, 2.0)]);
        // ∫√(F(1−F)) = 2·π/8.
        assert!((spread_of_law(&law) - std::f64::consts::FRAC_PI_4).abs() < 1e-8);
        // n = 2: E|Bin(2, u) − 2u| integrates to 2·∫₀^½ 4u(1−u)² du = 11/24, over the unit interval.
        assert!((one_sample_floor(&law, 2) - 2.0 * 0.5 * 11.0 / 24.0).abs() < 1e-10);
    }
}
