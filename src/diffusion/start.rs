//! Where sampling starts.

use super::{Classes, NoiseSchedule};
use crate::{
    rng::{self, Generator},
    settings::{Choice, Kind},
    target::{Component, Gaussian, Mixture},
};
use serde::Serialize;

/// Which law x_T is drawn from: `sampler.start`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Start {
    /// The prior of the process, N(0, I), or N(0, σ_T² I) if it is variance exploding: as samplers do.
    #[default]
    Standard,
    /// The normal law with the mean and the covariance of q_T.
    Matched,
    /// q_T itself, the end of the forward process: no prior mismatch.
    Exact,
}

impl Choice for Start {
    const NAMES: &'static [(Kind, Self)] = &[
        (
            Kind::new(
                "standard",
                "The prior of the process: N(0, I), or N(0, σ_T² I) where it is variance exploding.",
            ),
            Self::Standard,
        ),
        (
            Kind::new(
                "matched",
                "The normal law with the mean and the covariance of q_T.",
            ),
            Self::Matched,
        ),
        (
            Kind::new(
                "exact",
                "q_T itself, the end of the forward process, so that there is no prior mismatch.",
            ),
            Self::Exact,
        ),
    ];
}

/// A law that sampling starts from.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum StartLaw {
    /// N(0, σ² I).
    Prior {
        /// σ.
        std_dev: f64,
    },
    /// Any other; points of a known class start from that of their class.
    Law {
        /// Of all points.
        whole: Mixture,
        /// Of those of each class; empty where the data has none.
        of_class: Vec<Mixture>,
    },
}

impl Start {
    /// Whether it takes data whose density is known.
    pub(crate) fn needs_density(self) -> bool {
        self != Self::Standard
    }

    /// The law at the end of `schedule`, for data of the law `data` (standardised units).
    ///
    /// # Panics
    /// If it needs the law of the data and there is none: configurations that do are refused.
    pub(crate) fn law(self, schedule: &NoiseSchedule, data: Option<&Mixture>) -> StartLaw {
        let end = || {
            let terminal = schedule.terminal();
            let data = data.expect("checked when the configuration was read");
            data.diffused(terminal.signal, terminal.noise)
        };
        let of_both = |end: Mixture, map: &dyn Fn(Mixture) -> Mixture| {
            let classes = 0..end.num_classes() as u32;
            let laws = classes.filter_map(|class| end.of_class(class));
            StartLaw::Law {
                of_class: laws.map(map).collect(),
                whole: map(end),
            }
        };
        match self {
            Self::Standard => StartLaw::Prior {
                std_dev: schedule.prior_std_dev(),
            },
            Self::Matched => of_both(end(), &|law| {
                let normal = Component::Gaussian(law.matched_normal());
                Mixture::new(vec![1.0], vec![normal])
            }),
            Self::Exact => of_both(end(), &|law| law),
        }
    }
}

impl StartLaw {
    /// Fills `x` (`[n, d]`) with draws, of points of these classes if they are given.
    pub(crate) fn draw(
        &self,
        classes: Option<Classes>,
        dim: usize,
        rng: &mut Generator,
        x: &mut [f64],
    ) {
        let (whole, of_class) = match self {
            Self::Prior { std_dev } => {
                rng::fill_normal(rng, x);
                return x.iter_mut().for_each(|x| *x *= std_dev);
            }
            Self::Law { whole, of_class } => (whole, of_class),
        };
        for (i, x) in x.chunks_exact_mut(dim).enumerate() {
            let class = classes.map(|classes| classes.at(i) as usize);
            let law = class.and_then(|class| of_class.get(class));
            x.copy_from_slice(law.unwrap_or(whole).sample(1, rng).values());
        }
    }

    /// The law that points of one class start from.
    pub(crate) fn of_class(&self, class: u32) -> Self {
        match self {
            Self::Law { of_class, .. } if (class as usize) < of_class.len() => Self::Law {
                whole: of_class[class as usize].clone(),
                of_class: vec![],
            },
            other => other.clone(),
        }
    }

    /// The law of points of dimension `dim`.
    pub(crate) fn to_mixture(&self, dim: usize) -> Mixture {
        match self {
            Self::Prior { std_dev } => {
                let normal = Gaussian::diagonal(vec![0.0; dim], &vec![*std_dev; dim])
                    .expect("a positive variance");
                Mixture::new(vec![1.0], vec![Component::Gaussian(normal)])
            }
            Self::Law { whole, .. } => whole.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        diffusion::ScheduleConfig,
        rng::{Purpose, Seed},
    };

    #[test]
    fn draws_have_the_mean_and_covariance_of_the_end_of_the_process() {
        let gaussian = |mean: [f64; 2], covariance: [f64; 4]| {
            let gaussian = Gaussian::new(mean.to_vec(), covariance.to_vec());
            Component::Gaussian(gaussian.unwrap())
        };
        let data = Mixture::new(
            vec![0.25, 0.75],
            vec![
                gaussian([1.0, -2.0], [0.4, 0.1, 0.1, 0.2]),
                gaussian([-1.0, 0.5], [0.3, -0.2, -0.2, 0.5]),
            ],
        );
        let ve = ScheduleConfig::Ve {
            sigma_max: 1.5,
            rate: 5.0,
        };
        let schedule = ve.build(10).unwrap();
        // Mean (−0.5, −0.125); covariance of the parts, of their means, and σ².
        let mean = [-0.5, -0.125];
        let covariance = [
            0.325 + 0.1875 * 4.0 + 2.25,
            -0.125 - 0.1875 * 5.0,
            0.425 + 0.1875 * 6.25 + 2.25,
        ];
        // Points of a known class start from the law of their class.
        let start = Start::Exact.law(&schedule, Some(&data));
        let of_first = [1.0, -2.0];
        for (class, mean) in [(0, of_first), (1, [-1.0, 0.5]), (2, mean)] {
            let classes = [class; 4000];
            for told in [Classes::Same(class), Classes::Each(&classes)] {
                let mut x = vec![0.0; 2 * classes.len()];
                let mut rng = Seed(5).stream(Purpose::Prior, 0, 0);
                start.draw(Some(told), 2, &mut rng, &mut x);
                for (axis, mean) in mean.into_iter().enumerate() {
                    let all = x.iter().skip(axis).step_by(2);
                    let found = all.sum::<f64>() / classes.len() as f64;
                    // Five standard errors, of a variance of less than 5.
                    let bound = 5.0 * (5.0 / classes.len() as f64).sqrt();
                    assert!((found - mean).abs() < bound, "{class} {axis}: {found}");
                }
            }
        }
        let of_class = start.of_class(0).to_mixture(2);
        assert!((of_class.mean(1) + 2.0).abs() < 1e-12);
        assert_eq!(start.of_class(9), start);
        let n = 40_000;
        let moments = |start: Start| {
            let law = start.law(&schedule, Some(&data));
            let mut x = vec![0.0; 2 * n];
            let mut rng = Seed(5).stream(Purpose::Prior, 0, 0);
            law.draw(None, 2, &mut rng, &mut x);
            let of = |f: &dyn Fn(&[f64]) -> f64| x.chunks(2).map(f).sum::<f64>() / n as f64;
            let m = [of(&|x| x[0]), of(&|x| x[1])];
            let c = |i: usize, j: usize| of(&|x| (x[i] - m[i]) * (x[j] - m[j]));
            (m, [c(0, 0), c(0, 1), c(1, 1)])
        };
        for (start, mean, covariance) in [
            (Start::Standard, [0.0; 2], [2.25, 0.0, 2.25]),
            (Start::Matched, mean, covariance),
            (Start::Exact, mean, covariance),
        ] {
            let (m, c) = moments(start);
            // Five standard errors of a mean, and at most that of a second moment.
            let bound = 5.0 * (covariance[2] / n as f64).sqrt();
            assert!((m[0] - mean[0]).abs() < bound && (m[1] - mean[1]).abs() < bound);
            for (found, exact) in c.iter().zip(covariance) {
                let bound = 5.0 * covariance[2] * (2.0 / n as f64).sqrt();
                assert!((found - exact).abs() < bound, "{start:?} {found} {exact}");
            }
        }
    }
}
