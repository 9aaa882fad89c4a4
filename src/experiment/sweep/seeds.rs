//! A metric over the seeds of one setting.

use crate::{
    experiment::run::listing::RunRow,
    text::{significant, with_digits},
};

/// The keys whose values are repetitions of one setting: the seed of a run, and that of its data.
pub(crate) const SEEDS: [&str; 2] = ["seed", "data.seed"];

/// A metric over the seeds of a setting.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct OverSeeds {
    /// The finite values.
    pub(crate) values: Vec<f64>,
    /// Runs whose value is −∞: the density is 0 at a sample.
    pub(crate) infinite: usize,
    /// Evaluated runs.
    pub(crate) of: usize,
}

impl OverSeeds {
    /// Of the runs of a setting, for one metric.
    pub(crate) fn of<'a>(rows: impl IntoIterator<Item = &'a RunRow>, metric: &str) -> Self {
        let mut found = Self {
            values: vec![],
            infinite: 0,
            of: 0,
        };
        for row in rows {
            found.of += usize::from(row.evaluation.is_some());
            match row.metric(metric).filter(|value| value.is_finite()) {
                Some(value) => found.values.push(value),
                None => found.infinite += usize::from(is_infinite(row, metric)),
            }
        }
        found
    }

    /// How many runs are behind the mean.
    pub(crate) fn n(&self) -> usize {
        self.values.len()
    }

    /// Their mean; `None` where one of the values is −∞, or there is none.
    pub(crate) fn mean(&self) -> Option<f64> {
        let is_defined = self.infinite == 0 && !self.values.is_empty();
        is_defined.then(|| self.values.iter().sum::<f64>() / self.n() as f64)
    }

    /// Their standard deviation (n − 1); `None` for a single run, or where there is no mean.
    pub(crate) fn std_dev(&self) -> Option<f64> {
        let mean = self.mean().filter(|_| self.n() > 1)?;
        let squares: f64 = self.values.iter().map(|v| (v - mean).powi(2)).sum();
        Some((squares / (self.n() - 1) as f64).sqrt())
    }

    /// Whether every evaluated run is behind the mean.
    pub(crate) fn is_whole(&self) -> bool {
        self.n() == self.of
    }

    /// Mean ± standard deviation, with the number of runs behind it where that is not all of them.
    pub(crate) fn in_words(&self) -> String {
        if self.infinite > 0 {
            return format!("−∞ in {} of {}", self.infinite, self.of);
        }
        let Some(mean) = self.mean() else {
            return "–".into();
        };
        let spread = self
            .std_dev()
            .map(|sd| format!(" ± {}", with_digits(sd, 2)));
        let part = (!self.is_whole()).then(|| format!(" ({} of {})", self.n(), self.of));
        significant(mean) + &spread.unwrap_or_default() + &part.unwrap_or_default()
    }
}

/// Whether a run has no value because it would be −∞.
pub(crate) fn is_infinite(row: &RunRow, metric: &str) -> bool {
    let metrics = row.evaluation.as_ref().map(|record| &record.metrics);
    let value = metrics.and_then(|metrics| metrics.get(metric));
    value.is_some_and(|value| value.value.is_none() && value.outside_fraction.is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn over(values: &[f64], infinite: usize, of: usize) -> OverSeeds {
        OverSeeds {
            values: values.to_vec(),
            infinite,
            of,
        }
    }

    #[test]
    fn a_mean_says_how_many_runs_are_behind_it() {
        assert_eq!(over(&[1.0, 2.0], 0, 2).in_words(), "1.500 ± 0.71");
        assert_eq!(over(&[1.0, 2.0], 0, 6).in_words(), "1.500 ± 0.71 (2 of 6)");
        assert_eq!(over(&[1.0], 0, 1).in_words(), "1");
        assert_eq!(over(&[], 0, 3).in_words(), "–");
    }

    #[test]
    fn a_value_of_minus_infinity_leaves_no_mean() {
        let two = over(&[-1.1, -1.1], 4, 6);
        assert_eq!((two.mean(), two.std_dev()), (None, None));
        assert_eq!(two.in_words(), "−∞ in 4 of 6");
    }
}
