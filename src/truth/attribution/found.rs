//! What an attribution finds, and what follows from it.

use super::factorial::{Cause, Factorial};
use crate::target::Estimate;

/// Standard errors beyond which a share is not due to chance: 99 % of a Student distribution with the
/// fifteen degrees of freedom of sixteen batches.
pub(crate) const SIGNIFICANT: f64 = 2.95;

/// What dominates the error of a run's samples.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// W1 of the law is below what perfect samples of that number show on average, or no share of it
    /// stands out of its own error. More samples would have to be drawn before anything else can be seen.
    SampleSize,
    /// The largest share of W1 of the law.
    Of(Cause),
}

/// W1 of all eight combinations of causes, without the noise of the run's samples, and what follows from
/// them.
///
/// *Prior* removed: the process starts from q_T. *Network* removed: the Bayes denoiser. *Discretisation*
/// removed: not many steps but the limit of infinitely many, which is known. With the Bayes denoiser it
/// is the exact reverse kernel of the ancestral samplers. For deterministic ones it is the exact
/// probability flow, in one dimension the monotone map from q_t to q_u. A network is only known at the
/// levels it was trained on, so its limit takes all T of them. At each it takes a step whose law has the
/// exact shape, with the mean that the network's error moves it to. DDIM with 0 < η < 1 is compared with
/// the ancestral limit.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Attribution {
    /// W1 of each combination. Cell 0 is the data itself, cell 7 the run.
    pub cells: Factorial,
    /// The expected W1 of as many perfect samples as the run draws.
    pub sample_floor: f64,
    /// How the cells were estimated; `None` where they are those of exact laws.
    pub sampled: Option<Sampled>,
}

/// Cells that were estimated from samples.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Sampled {
    /// Samples of each combination.
    pub num_samples: usize,
    /// The cells without one of the disjoint batches of the samples each.
    pub replicates: Vec<Factorial>,
    /// For each distinct combination, by how much its cells may be too small.
    pub doubts: Vec<Factorial>,
}

impl Attribution {
    /// The same in units of which `unit` make one of the present ones.
    pub(crate) fn scaled(self, unit: f64) -> Self {
        let scaled = |cells: Factorial| Factorial(cells.0.map(|w1| unit * w1));
        Self {
            cells: scaled(self.cells),
            sample_floor: unit * self.sample_floor,
            sampled: self.sampled.map(|sampled| Sampled {
                replicates: sampled.replicates.into_iter().map(scaled).collect(),
                doubts: sampled.doubts.into_iter().map(scaled).collect(),
                ..sampled
            }),
        }
    }

    /// A number that follows from the cells, with its error: the standard error by the jackknife over the
    /// batches (Efron & Stein 1981), and what the doubts about the cells come to. Exact where the cells are.
    pub(crate) fn estimate(&self, of: impl Fn(&Factorial) -> f64) -> Estimate {
        let value = of(&self.cells);
        let Some(sampled) = &self.sampled else {
            return Estimate::exact(value);
        };
        let without: Vec<_> = sampled.replicates.iter().map(&of).collect();
        // Each lacks the same part: the standard error of their mean, times B − 1.
        let jackknife = (without.len() - 1) as f64 * Estimate::mean_of(&without).standard_error;
        let (mut above, mut below) = (0.0, 0.0);
        for doubt in &sampled.doubts {
            let raised = Factorial(std::array::from_fn(|i| self.cells.0[i] + doubt.0[i]));
            let change = of(&raised) - value;
            *(if change > 0.0 { &mut above } else { &mut below }) += change.abs();
        }
        Estimate {
            value,
            standard_error: jackknife.hypot(f64::max(above, below)),
        }
    }

    /// What dominates.
    pub(crate) fn verdict(&self) -> Verdict {
        if self.cells.total() < self.sample_floor {
            return Verdict::SampleSize;
        }
        let largest = self.cells.largest_share();
        let share = self.estimate(|cells| cells.share(largest));
        if share.value > SIGNIFICANT * share.standard_error {
            Verdict::Of(largest)
        } else {
            Verdict::SampleSize
        }
    }

    /// A cause whose share cannot be told from the largest one, for its error.
    pub(crate) fn rival(&self) -> Option<Cause> {
        let largest = self.cells.largest_share();
        let others = Cause::ALL.into_iter().filter(|cause| *cause != largest);
        let rival = others.max_by(|a, b| self.cells.share(*a).total_cmp(&self.cells.share(*b)))?;
        let gap = self.estimate(|cells| cells.share(largest) - cells.share(rival));
        (gap.value < SIGNIFICANT * gap.standard_error).then_some(rival)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn attribution(network: f64, floor: f64, spread: f64) -> Attribution {
        let cells = |network: f64| {
            Factorial(std::array::from_fn(|i| {
                0.1 * (i & 1) as f64 + network * (i >> 1 & 1) as f64
            }))
        };
        // Deviations ±spread of the replicates around the value, as many up as down.
        let replicates = (0..16).map(|b| cells(network + spread * f64::from(1 - 2 * (b % 2))));
        Attribution {
            cells: cells(network),
            sample_floor: floor,
            sampled: Some(Sampled {
                num_samples: 1600,
                replicates: replicates.collect(),
                doubts: vec![],
            }),
        }
    }

    #[test]
    fn the_standard_error_of_a_mean_is_that_of_its_batches() {
        // For a mean the replicate without batch b is (16 m − m_b)/15: the jackknife gives √(s²/16).
        let batches: Vec<f64> = (0..16).map(|b| f64::from(b * b)).collect();
        let mean = Estimate::mean_of(&batches);
        let without = |b: &f64| Factorial([(16.0 * mean.value - b) / 15.0; 8]);
        let found = Attribution {
            cells: Factorial([mean.value; 8]),
            sample_floor: 0.0,
            sampled: Some(Sampled {
                num_samples: 16,
                replicates: batches.iter().map(without).collect(),
                doubts: vec![],
            }),
        };
        let error = found.estimate(Factorial::total).standard_error;
        assert!((error / mean.standard_error - 1.0).abs() < 1e-12);
    }

    #[test]
    fn noise_names_no_culprit() {
        // 15·0.01/√15 = 0.0387 is the standard error of the network's share.
        let found = attribution(0.2, 0.01, 0.01);
        assert_eq!(found.verdict(), Verdict::Of(Cause::Network));
        let share = found.estimate(|cells| cells.share(Cause::Network));
        assert!((share.standard_error - 0.15 / f64::sqrt(15.0)).abs() < 1e-12);
        // 0.2 − 0.1 is less than 2.95 of them.
        assert_eq!(found.rival(), Some(Cause::Prior));
        assert_eq!(attribution(0.3, 0.01, 0.01).rival(), None);
        assert_eq!(attribution(0.2, 0.01, 0.03).verdict(), Verdict::SampleSize);
        assert_eq!(attribution(0.2, 0.31, 0.01).verdict(), Verdict::SampleSize);
    }

    #[test]
    fn what_two_cells_share_of_a_doubt_cancels() {
        // Cells 0 to 3 are of one combination, cells 4 to 7 of another: the network adds nothing, whatever
        // they are, and discretisation adds their difference.
        let mut found = attribution(0.0, 0.0, 0.0);
        let group = |of: usize, size: f64| {
            Factorial(std::array::from_fn(
                |i| if i / 4 == of { size } else { 0.0 },
            ))
        };
        let sampled = found.sampled.as_mut().unwrap();
        sampled.doubts = vec![group(0, 0.01), group(1, 0.03)];
        let error = |cause| found.estimate(|cells| cells.share(cause)).standard_error;
        assert!(error(Cause::Network) < 1e-12);
        assert!((error(Cause::Discretisation) - 0.03).abs() < 1e-12);
    }
}
