//! Differences of means with Student's law, for any number of degrees of freedom.

use statrs::{
    distribution::{ChiSquared, Continuous, ContinuousCDF, Normal, StudentsT},
    statistics::Distribution,
};

/// Power at which a number of seeds is said to resolve a difference, and the level of the test.
pub(crate) const POWER: f64 = 0.8;
pub(crate) const LEVEL: f64 = 0.05;

/// More seeds than this are "more than 100"; two decide nothing, whatever they show.
pub(crate) const MOST_SEEDS: usize = 100;
const FEWEST_SEEDS: usize = 3;

/// A mean difference of two settings.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Difference {
    /// The second less the first.
    pub(crate) mean: f64,
    /// Its standard error; `None` where a single seed leaves it unknown.
    pub(crate) standard_error: Option<f64>,
    /// Degrees of freedom behind the standard error.
    pub(crate) degrees: f64,
    /// Standard deviation of one seed's difference, or of one seed of either setting.
    scatter: f64,
    is_paired: bool,
}

impl Difference {
    /// Of the differences of pairs of runs that share a seed.
    pub(crate) fn paired(differences: &[f64]) -> Option<Self> {
        let n = differences.len() as f64;
        let (mean, variance) = moments(differences)?;
        Some(Self {
            mean,
            standard_error: variance.map(|variance| (variance / n).sqrt()),
            degrees: n - 1.0,
            scatter: variance.map_or(0.0, f64::sqrt),
            is_paired: true,
        })
    }

    /// Of two independent sets of runs (Welch 1947).
    pub(crate) fn unpaired(a: &[f64], b: &[f64]) -> Option<Self> {
        let ((mean_a, variance_a), (mean_b, variance_b)) = (moments(a)?, moments(b)?);
        let of_mean = |variance: Option<f64>, n: usize| variance.map(|v| v / n as f64);
        let (a_part, b_part) = (of_mean(variance_a, a.len()), of_mean(variance_b, b.len()));
        let both = a_part.zip(b_part).filter(|(a, b)| a + b > 0.0);
        let degrees = both.map_or(0.0, |(u, v)| {
            let of = |part: f64, n: usize| part * part / (n as f64 - 1.0);
            (u + v).powi(2) / (of(u, a.len()) + of(v, b.len()))
        });
        Some(Self {
            mean: mean_b - mean_a,
            standard_error: a_part.zip(b_part).map(|(u, v)| (u + v).sqrt()),
            degrees,
            scatter: variance_a
                .zip(variance_b)
                .map_or(0.0, |(u, v)| (0.5 * (u + v)).sqrt()),
            is_paired: false,
        })
    }

    /// Half the width of the 95 % interval.
    pub(crate) fn half_width(&self) -> Option<f64> {
        Some(quantile(1.0 - 0.5 * LEVEL, self.degrees)? * self.standard_error?)
    }

    /// The two-sided p-value of no difference.
    pub(crate) fn p_value(&self) -> Option<f64> {
        let error = self.standard_error?;
        if error == 0.0 {
            return Some(if self.mean == 0.0 { 1.0 } else { 0.0 });
        }
        let law = StudentsT::new(0.0, 1.0, self.degrees).ok()?;
        Some(2.0 * law.sf((self.mean / error).abs()))
    }

    /// The smallest number of seeds of each setting, from 3 on, that finds a true difference of `size` with a power of
    /// 80 %. The test is two-sided, of level 5 %, and every seed scatters as these do. `None` where that is
    /// more than [`MOST_SEEDS`], or not known.
    pub(crate) fn seeds_to_resolve(&self, size: f64) -> Option<usize> {
        self.standard_error?;
        if size == 0.0 {
            return None;
        }
        (FEWEST_SEEDS..=MOST_SEEDS).find(|n| {
            let n = *n as f64;
            let (degrees, standardised) = match self.is_paired {
                true => (n - 1.0, n.sqrt()),
                false => (2.0 * n - 2.0, (n / 2.0).sqrt()),
            };
            self.scatter == 0.0 || power(standardised * size.abs() / self.scatter, degrees) >= POWER
        })
    }
}

/// The mean, and the variance (n − 1) where there are two values.
fn moments(values: &[f64]) -> Option<(f64, Option<f64>)> {
    let n = values.len() as f64;
    let mean = (n > 0.0).then(|| values.iter().sum::<f64>() / n)?;
    let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
    Some((mean, (n > 1.0).then(|| squares / (n - 1.0))))
}

/// The quantile of Student's law.
pub(crate) fn quantile(probability: f64, degrees: f64) -> Option<f64> {
    let law = StudentsT::new(0.0, 1.0, degrees).ok()?;
    Some(law.inverse_cdf(probability))
}

/// Nodes of the integral over the estimated variance.
const NODES: usize = 400;

/// The power of a two-sided t-test of level 5 % whose noncentrality is `shift`: P(|T| > t), where
/// T = (Z + shift)/√(V/ν), as an integral over V ~ χ²_ν.
fn power(shift: f64, degrees: f64) -> f64 {
    let (Some(bound), Ok(variance), Ok(normal)) = (
        quantile(1.0 - 0.5 * LEVEL, degrees),
        ChiSquared::new(degrees),
        Normal::new(0.0, 1.0),
    ) else {
        return 0.0;
    };
    // V = s²: the density of s has no singularity at 0 for one degree of freedom.
    let spread = variance.std_dev().unwrap_or(1.0);
    let top = (degrees + 12.0 * spread).sqrt();
    let width = top / NODES as f64;
    let term = |i: usize| {
        let s = (i as f64 + 0.5) * width;
        let edge = bound * s / degrees.sqrt();
        let beyond = normal.sf(edge - shift) + normal.cdf(-edge - shift);
        beyond * variance.pdf(s * s) * 2.0 * s * width
    };
    (0..NODES).map(term).sum()
}

/// The p-values of a family of tests, each corrected so that one below the level is a mistake in at most that
/// fraction of families (Holm 1979).
pub(crate) fn holm(p_values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..p_values.len()).collect();
    order.sort_by(|a, b| p_values[*a].total_cmp(&p_values[*b]));
    let mut corrected = vec![1.0; p_values.len()];
    let mut largest: f64 = 0.0;
    for (rank, i) in order.into_iter().enumerate() {
        let factor = (p_values.len() - rank) as f64;
        largest = largest.max((factor * p_values[i]).min(1.0));
        corrected[i] = largest;
    }
    corrected
}

#[cfg(test)]
mod tests {
    use super::*;

    fn near(value: f64, expected: f64, tolerance: f64) {
        assert!((value - expected).abs() < tolerance, "{value} {expected}");
    }

    /// scipy 1.17: t.ppf(0.975, ν).
    #[test]
    fn quantiles_are_students_for_every_number_of_degrees() {
        for (degrees, expected) in [
            (1.0, 12.706204736174),
            (2.0, 4.302652729749),
            (13.0, 2.160368656463),
            (40.0, 2.021075390306),
        ] {
            near(quantile(0.975, degrees).unwrap(), expected, 1e-8);
        }
    }

    /// scipy 1.17: ttest_1samp, ttest_ind(equal_var=False).
    #[test]
    fn p_values_are_those_of_scipy() {
        let paired = Difference::paired(&[0.1, 0.3, 0.2, 0.5]).unwrap();
        near(paired.mean, 0.275, 1e-12);
        near(paired.p_value().unwrap(), 0.048_566_856, 1e-6);
        let welch = Difference::unpaired(&[1.0, 1.2, 0.9], &[1.5, 1.7, 1.4, 1.9]).unwrap();
        near(welch.p_value().unwrap(), 0.008_696_659, 1e-6);
        near(welch.degrees, 4.996_769_369, 1e-6);
    }

    /// The noncentral t law of scipy: nct.sf(t, ν, δ) + nct.cdf(−t, ν, δ).
    #[test]
    fn power_is_that_of_the_noncentral_law() {
        for (shift, degrees, expected) in POWERS {
            near(power(shift, degrees), expected, 1e-4);
        }
        near(power(0.0, 5.0), LEVEL, 1e-6);
    }

    const POWERS: [(f64, f64, f64); 3] = [
        (3.0, 1.0, 0.186_132_06),
        (3.0, 4.0, 0.619_261_46),
        (3.0, 20.0, 0.814_170_07),
    ];

    #[test]
    fn seeds_are_as_many_as_the_power_asks_for() {
        let difference = Difference::paired(&[0.0, 2.0]).unwrap();
        assert!(difference.seeds_to_resolve(0.0).is_none());
        // A difference of one standard deviation takes 10 pairs.
        near(difference.scatter, 2f64.sqrt(), 1e-12);
        assert_eq!(difference.seeds_to_resolve(2f64.sqrt()), Some(10));
        assert_eq!(difference.seeds_to_resolve(0.01), None);
        // Of two independent sets 17 of each.
        let unpaired = Difference::unpaired(&[0.0, 2.0], &[1.0, 3.0]).unwrap();
        assert_eq!(unpaired.seeds_to_resolve(2f64.sqrt()), Some(17));
        assert!(Difference::paired(&[0.3]).unwrap().p_value().is_none());
    }

    #[test]
    fn holms_correction_is_monotone() {
        let corrected = holm(&[0.01, 0.04, 0.03]);
        for (found, expected) in corrected.iter().zip([0.03, 0.06, 0.06]) {
            near(*found, expected, 1e-12);
        }
    }
}
