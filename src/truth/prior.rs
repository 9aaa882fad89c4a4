//! How far the end of the forward process is from the prior that sampling starts from.

use super::Part;
use crate::{
    diffusion::{NoiseSchedule, Start},
    target::{Estimate, Gaussian, Mixture, quadrature, special},
};

/// Panels a standard deviation of the prior, so fine that the kinks where the two laws cross do not matter.
const PANELS: i32 = 50;

/// How far the panels reach on either side: 12 standard deviations of the prior.
const REACH: i32 = 12 * PANELS;

/// The mismatch between q_T and the law that sampling starts from, known from the configuration alone.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct PriorMismatch {
    /// a_T, what is left of the data at t = T: √ᾱ_T.
    pub terminal_signal: f64,
    /// KL(q_T ‖ start) in nats.
    pub kl: Estimate,
    /// W1(q_T, start) in standardised units, averaged over the axes.
    pub w1: f64,
}

impl PriorMismatch {
    /// KL above which a run is warned about its prior: a start that is wrong by this much is visible in
    /// the samples of a perfect network.
    pub(crate) const KL_WARNING: f64 = 0.01;

    /// The mismatch for data of the law `data` (standardised units).
    pub(crate) fn new(data: &Mixture, schedule: &NoiseSchedule, start: Start) -> Self {
        let terminal = schedule.terminal();
        let law = data.diffused(terminal.signal, terminal.noise);
        let d = law.dim();
        let (kl, w1) = match start {
            Start::Exact => (Estimate::exact(0.0), 0.0),
            Start::Standard | Start::Matched => {
                let normal = match start {
                    Start::Matched => law.matched_normal(),
                    _ => Gaussian::diagonal(vec![0.0; d], &vec![schedule.prior_std_dev(); d])
                        .expect("a positive variance"),
                };
                let w1 = |k| w1_to_normal(&law.axis(k), normal.mean()[k], normal.std_dev(k));
                (law.kl_to_normal(&normal), (0..d).map(w1).sum::<f64>())
            }
        };
        Self {
            terminal_signal: terminal.signal,
            kl,
            w1: w1 / d as f64,
        }
    }

    /// The mean over `parts` of the data, where sampling starts for each from a law of its own.
    pub(crate) fn over(parts: &[Part], schedule: &NoiseSchedule, start: Start) -> Self {
        let of = |part: &Part| (part.share, Self::new(&part.law, schedule, start));
        let found: Vec<_> = parts.iter().map(of).collect();
        let mean = |of: &dyn Fn(&Self) -> f64| found.iter().map(|(share, m)| share * of(m)).sum();
        Self {
            terminal_signal: schedule.terminal().signal,
            kl: Estimate {
                value: mean(&|m| m.kl.value),
                standard_error: mean(&|m| m.kl.standard_error),
            },
            w1: mean(&|m| m.w1),
        }
    }

    /// Whether sampling starts noticeably far from where the forward process ends.
    pub(crate) fn is_large(&self) -> bool {
        self.kl.value > Self::KL_WARNING
    }
}

/// ∫|F − Φ((x − m)/σ)| for a law of one dimension.
fn w1_to_normal(law: &Mixture, mean: f64, std_dev: f64) -> f64 {
    let mut points = law.breakpoints();
    let place = |k: i32| mean + std_dev * f64::from(k) / f64::from(PANELS);
    points.extend((-REACH..=REACH).map(place));
    points.sort_by(f64::total_cmp);
    let normal = |x: f64| special::normal_cdf((x - mean) / std_dev);
    quadrature::integrate(&points, |x| (law.cdf(x) - normal(x)).abs())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        diffusion::ScheduleConfig,
        target::{Component, Curve, Path, UniformBox},
    };

    #[test]
    fn where_no_signal_is_left_every_law_ends_at_the_prior() {
        let schedule = ScheduleConfig::Flow.build(10).unwrap();
        let square = || UniformBox::new(vec![-1.0, 0.0], vec![0.5, 2.0]).unwrap();
        let gaussian = Gaussian::diagonal(vec![2.0, -1.0], &[0.3, 0.7]).unwrap();
        let curve = |path, noise| Component::Curve(Curve::new(path, [0.5, 0.7], [0.1, 0.0], noise));
        let kinds = vec![
            Component::Gaussian(gaussian),
            Component::Uniform(square()),
            Component::Uniform(square().with_noise(0.1)),
            curve(Path::arc(0.0, 3.0), 0.0),
            curve(Path::arc(0.0, 6.0), 0.05),
            curve(Path::spiral(4.0, 14.0), 0.0),
        ];
        let mut laws: Vec<_> = kinds
            .iter()
            .map(|kind| Mixture::new(vec![1.0], vec![kind.clone()]))
            .collect();
        laws.push(Mixture::new(vec![1.0; kinds.len()], kinds));
        for law in laws.iter().flat_map(|law| [law.clone(), law.axis(0)]) {
            for start in [Start::Standard, Start::Matched, Start::Exact] {
                let found = PriorMismatch::new(&law, &schedule, start);
                let (kl, w1) = (found.kl.value.abs(), found.w1.abs());
                assert!(kl < 1e-12 && w1 < 1e-12, "{start:?} {found:?} {law:?}");
            }
        }
    }

    #[test]
    fn of_told_classes_each_is_compared_with_its_own_start() {
        // N(±m, σ²): a standard start is as far from either, farther than from the whole; a matched one has
        // each class's own mean and variance, so nothing is wrong.
        let gaussian = |mean| Component::Gaussian(Gaussian::new(vec![mean], vec![0.4]).unwrap());
        let data = Mixture::new(vec![0.3, 0.7], vec![gaussian(-1.0), gaussian(1.0)]);
        let ve = ScheduleConfig::Ve {
            sigma_max: 1.0,
            rate: 5.0,
        };
        let schedule = ve.build(10).unwrap();
        let parts = crate::truth::parts(&data, Some(0.0));
        let over = |start| PriorMismatch::over(&parts, &schedule, start);
        let exact = 0.5 * (1.4 + 1.0 - 1.0 - 1.4f64.ln());
        assert!((over(Start::Standard).kl.value - exact).abs() < 1e-12);
        let whole = PriorMismatch::new(&data, &schedule, Start::Standard);
        assert!(over(Start::Standard).kl.value > whole.kl.value + 0.1);
        assert!(over(Start::Matched).kl.value.abs() < 1e-12);
        let whole = PriorMismatch::new(&data, &schedule, Start::Matched);
        assert!(whole.kl.value > 1e-3);
        assert_eq!(over(Start::Exact).w1, 0.0);
    }

    #[test]
    fn for_gaussian_data_the_divergence_has_its_closed_form() {
        let gaussian = Gaussian::new(vec![0.5], vec![0.4]).unwrap();
        let data = Mixture::new(vec![1.0], vec![Component::Gaussian(gaussian)]);
        let config = ScheduleConfig::Linear {
            beta_start: 1e-4,
            beta_end: 0.02,
        };
        let schedule = config.build(50).unwrap();
        let mismatch = PriorMismatch::new(&data, &schedule, Start::Standard);
        let (a2, s2) = (schedule.alpha_bar(50), 1.0 - schedule.alpha_bar(50));
        let (mean2, variance) = (a2 * 0.25, a2 * 0.4 + s2);
        let exact = 0.5 * (variance + mean2 - 1.0 - variance.ln());
        assert!(
            (mismatch.kl.value - exact).abs() < 1e-12,
            "{mismatch:?} {exact}"
        );
        // Between normals W1 = E|Δμ + Δσ Z|, a folded normal.
        let (mean, sd) = (mean2.sqrt(), 1.0 - variance.sqrt());
        let folded = sd * special::half_normal_mean() * (-0.5 * (mean / sd).powi(2)).exp()
            + mean * (1.0 - 2.0 * special::normal_cdf(-mean / sd));
        assert!((mismatch.w1 - folded).abs() < 1e-8, "{mismatch:?} {folded}");
    }
}
