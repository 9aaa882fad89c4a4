//! How far the end of the forward process is from the prior that sampling starts from.

use crate::{
    diffusion::NoiseSchedule,
    target::{Estimate, Mixture},
};

/// KL above which a run is warned about its prior: a start that is wrong by this much is visible in
/// the samples of a perfect network.
const KL_WARNING: f64 = 0.01;

/// The mismatch between q_T and N(0, I), known from the configuration alone.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PriorMismatch {
    /// √ᾱ_T: what is left of the data at t = T.
    pub terminal_signal: f64,
    /// KL(q_T ‖ N(0, I)) in nats.
    pub kl: Estimate,
}

impl PriorMismatch {
    /// The mismatch for data of the law `data` (standardised units).
    pub fn new(data: &Mixture, schedule: &NoiseSchedule) -> Self {
        let terminal = schedule.terminal();
        let law = data.diffused(terminal.signal, terminal.noise);
        Self {
            terminal_signal: terminal.signal,
            kl: law.kl_to_standard_normal(),
        }
    }

    /// Whether sampling starts noticeably far from where the forward process ends.
    pub fn is_large(&self) -> bool {
        self.kl.value > KL_WARNING
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        diffusion::ScheduleConfig,
        target::{Component, Gaussian},
    };

    #[test]
    fn for_gaussian_data_the_divergence_has_its_closed_form() {
        let gaussian = Gaussian::new(vec![0.5], vec![0.4]).unwrap();
        let data = Mixture::new(vec![1.0], vec![Component::Gaussian(gaussian)]);
        let config = ScheduleConfig::Linear {
            beta_start: 1e-4,
            beta_end: 0.02,
        };
        let schedule = config.build(50).unwrap();
        let mismatch = PriorMismatch::new(&data, &schedule);
        let (a2, s2) = (schedule.alpha_bar(50), 1.0 - schedule.alpha_bar(50));
        let (mean2, variance) = (a2 * 0.25, a2 * 0.4 + s2);
        let exact = 0.5 * (variance + mean2 - 1.0 - variance.ln());
        assert!(
            (mismatch.kl.value - exact).abs() < 1e-12,
            "{mismatch:?} {exact}"
        );
    }
}
