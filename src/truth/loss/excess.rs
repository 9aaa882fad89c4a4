//! How far a network is from the Bayes denoiser: its loss above the irreducible one.

use crate::{
    diffusion::{Denoiser, Instant, LossWeightConfig, NoiseSchedule, Prediction},
    error::Result,
    rng::{Purpose, Seed},
    target::{Estimate, Mixture, quadrature},
    truth::loss::irreducible::{unit, x0_unit},
};
use rayon::prelude::*;

/// How many standard deviations of q_t count: beyond them its mass is below 1e-15.
const REACH: f64 = 8.0;

/// Panels that the quadrature in one dimension splits q_t into at least, and how many it has for a
/// standard deviation of its narrowest component.
const MIN_PANELS: usize = 36;
const PANELS_A_SCALE: f64 = 1.5;

/// Draws over all timesteps together in d ≥ 2, and at each of them at most and at least.
const DRAWS: usize = 400_000;
const MOST_DRAWS: usize = 4096;
const FEWEST_DRAWS: usize = 256;

/// The error of a denoiser over x and t, in one dimension.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct ErrorMap {
    /// The places x at which it is evaluated, ascending, standardised.
    pub x: Vec<f64>,
    /// The timesteps, ascending.
    pub t: Vec<usize>,
    /// ε̂ − ε*, `[t, x]`.
    pub error: Vec<f64>,
    /// q_t(x), what an error counts for, `[t, x]`.
    pub density: Vec<f64>,
}

impl ErrorMap {
    /// The errors of `denoiser` at the places `x` and timesteps `t`, for data of the law `data` in one
    /// dimension (standardised units).
    pub(crate) fn new(
        data: &Mixture,
        schedule: &NoiseSchedule,
        denoiser: &dyn Denoiser,
        x: Vec<f64>,
        t: Vec<usize>,
    ) -> Result<Self> {
        let (mut error, mut density) = (vec![], vec![]);
        for t in &t {
            let at = schedule.instant(*t);
            let law = data.diffused(at.level.signal, at.level.noise);
            error.extend(noise_errors(&law, at, denoiser, &x)?);
            density.extend(x.iter().map(|x| law.pdf(&[*x])));
        }
        Ok(Self {
            x,
            t,
            error,
            density,
        })
    }
}

/// E_{q_t}‖ε̂ − ε*‖²/d at each timestep, with the loss's own units and weights: what a network's loss is
/// above [`LossFloor`](crate::truth::LossFloor), timestep by timestep, at index t − 1 for t = 1..=T.
///
/// `data` is the law of the data in standardised units. In one dimension by quadrature, where
/// `standard_error` is what the highest frequencies of the integrand hold; otherwise over draws of x_t
/// (fixed seed), with the standard error.
pub(crate) fn excess_loss(
    data: &Mixture,
    schedule: &NoiseSchedule,
    denoiser: &dyn Denoiser,
    prediction: Prediction,
    weight: &LossWeightConfig,
) -> Result<Vec<Estimate>> {
    let data = &data.united();
    let draws = (DRAWS / schedule.num_timesteps()).clamp(FEWEST_DRAWS, MOST_DRAWS);
    let at = |t: usize| {
        let asked = Asked {
            data,
            at: schedule.instant(t),
            denoiser,
        };
        let excess = match data.dim() {
            1 => by_quadrature(&asked)?,
            _ => by_draws(&asked, draws)?,
        };
        let unit = match asked.has_signal() {
            true => unit(prediction, weight, asked.at.level),
            false => x0_unit(prediction, weight, asked.at.level),
        };
        Ok(Estimate {
            value: unit * excess.value,
            standard_error: unit * excess.standard_error,
        })
    };
    (1..=schedule.num_timesteps())
        .into_par_iter()
        .map(at)
        .collect()
}

/// A denoiser at a timestep.
struct Asked<'a> {
    data: &'a Mixture,
    at: Instant,
    denoiser: &'a dyn Denoiser,
}

impl Asked<'_> {
    /// Whether an error of ε̂ means anything: without signal errors are those of x̂0.
    fn has_signal(&self) -> bool {
        self.at.level.signal > 0.0
    }

    /// q_t.
    fn law(&self) -> Mixture {
        let level = self.at.level;
        self.data.diffused(level.signal, level.noise)
    }

    /// ε̂ − ε* at row-major points, or x̂0 − E x0 without signal.
    fn errors(&self, law: &Mixture, x: &[f64]) -> Result<Vec<f64>> {
        if self.has_signal() {
            return noise_errors(law, self.at, self.denoiser, x);
        }
        let mut errors = vec![0.0; x.len()];
        self.denoiser.predict_x0(x, self.at, &mut errors)?;
        let mean: Vec<_> = (0..law.dim()).map(|k| self.data.mean(k)).collect();
        for (error, mean) in errors.iter_mut().zip(mean.iter().cycle()) {
            *error -= mean;
        }
        Ok(errors)
    }
}

fn by_quadrature(asked: &Asked) -> Result<Estimate> {
    let law = asked.law();
    let (low, high) = (0..law.components().len())
        .map(|k| component_range(&law, k))
        .fold((f64::INFINITY, f64::NEG_INFINITY), |(a, b), (l, h)| {
            (a.min(l), b.max(h))
        });
    // A panel spans two thirds of a standard deviation of the narrowest component, the scale on which the
    // exact answer varies. What is left of the error comes from the kinks of the network.
    let scale = law.smallest_std_dev() / PANELS_A_SCALE;
    let panels = ((high - low) / scale).ceil().max(MIN_PANELS as f64) as usize;
    let edges: Vec<_> = (0..=panels)
        .map(|i| low + (high - low) * i as f64 / panels as f64)
        .collect();
    let x: Vec<_> = quadrature::nodes(&edges).map(|(x, _)| x).collect();
    let errors = asked.errors(&law, &x)?;
    let term = |(x, error): (&f64, &f64)| law.pdf(&[*x]) * error * error;
    let values: Vec<_> = x.iter().zip(&errors).map(term).collect();
    let (mut value, mut square) = (0.0, 0.0);
    for (edges, values) in edges.windows(2).zip(values.chunks_exact(quadrature::NODES)) {
        let panel = quadrature::panel(edges[1] - edges[0], values);
        value += panel.value;
        // The kinks of different panels err in either direction.
        square += panel.standard_error.powi(2);
    }
    Ok(Estimate {
        value,
        standard_error: square.sqrt(),
    })
}

/// Where the mass of one component lies.
fn component_range(law: &Mixture, k: usize) -> (f64, f64) {
    let component = &law.components()[k];
    let ((low, high), reach) = (component.core(0), REACH * component.smoothing(0));
    (low - reach, high + reach)
}

fn by_draws(asked: &Asked, draws: usize) -> Result<Estimate> {
    let law = asked.law();
    let mut rng = Seed(0).stream(Purpose::MonteCarlo, asked.at.t as u64, 2);
    let x = law.sample(draws, &mut rng);
    let errors = asked.errors(&law, x.values())?;
    let d = law.dim();
    let square = |row: &[f64]| row.iter().map(|e| e * e).sum::<f64>() / d as f64;
    let squares: Vec<_> = errors.chunks_exact(d).map(square).collect();
    Ok(Estimate::mean_of(&squares))
}

/// ε̂ − ε* at row-major points.
fn noise_errors(
    law: &Mixture,
    at: Instant,
    denoiser: &dyn Denoiser,
    x: &[f64],
) -> Result<Vec<f64>> {
    let mut errors = vec![0.0; x.len()];
    denoiser.predict_noise(x, at, &mut errors)?;
    let d = law.dim();
    for (errors, x) in errors.chunks_exact_mut(d).zip(x.chunks_exact(d)) {
        for (error, score) in errors.iter_mut().zip(law.score(x)) {
            *error += at.level.noise * score;
        }
    }
    Ok(errors)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        diffusion::ScheduleConfig,
        target::{Component, Gaussian},
        truth::{BayesDenoiser, LossFloor},
    };

    fn data(dim: usize) -> Mixture {
        let component = |mean: f64, sd: f64| {
            Component::Gaussian(Gaussian::diagonal(vec![mean; dim], &vec![sd; dim]).unwrap())
        };
        Mixture::new(
            vec![0.4, 0.6],
            vec![component(-1.0, 0.3), component(0.8, 0.5)],
        )
    }

    /// ε̂ = c x, whatever the timestep.
    struct Linear(f64, usize);

    impl Denoiser for Linear {
        fn dim(&self) -> usize {
            self.1
        }

        fn predict_noise(&self, x: &[f64], _: Instant, predicted_noise: &mut [f64]) -> Result<()> {
            for (out, x) in predicted_noise.iter_mut().zip(x) {
                *out = self.0 * x;
            }
            Ok(())
        }
    }

    #[test]
    fn floor_and_excess_add_up_to_the_loss() {
        // E(ε − c x_t)² = 1 − 2 c s + c² E x_t²: orthogonality of ε − ε* to everything known.
        for dim in [1, 2] {
            let (data, schedule) = (data(dim), ScheduleConfig::Cosine.build(10).unwrap());
            let noise = (Prediction::Noise, LossWeightConfig::Uniform);
            let floor = LossFloor::new(&data, &schedule, noise.0, &noise.1);
            let excess =
                excess_loss(&data, &schedule, &Linear(0.7, dim), noise.0, &noise.1).unwrap();
            for (t, (floor, excess)) in (1..=10).zip(floor.by_timestep.iter().zip(&excess)) {
                let level = schedule.level(t);
                let second = data.variance(0) + data.mean(0).powi(2);
                let second = level.signal.powi(2) * second + level.noise.powi(2);
                let loss = 1.0 - 2.0 * 0.7 * level.noise + 0.49 * second;
                let error = (floor.value + excess.value - loss).abs();
                let bound = 1e-10 + 5.0 * floor.standard_error.hypot(excess.standard_error);
                assert!(error < bound, "d={dim} t={t}: {error} {floor:?} {excess:?}");
                assert!(dim == 2 || excess.standard_error < 1e-8, "{excess:?}");
            }
        }
    }

    #[test]
    fn the_bayes_denoiser_has_no_excess_and_a_map_of_zeros() {
        let (data, schedule) = (data(1), ScheduleConfig::Cosine.build(10).unwrap());
        let bayes = BayesDenoiser::new(&data, &schedule);
        let weight = LossWeightConfig::MinSnr { gamma: 5.0 };
        for loss in excess_loss(&data, &schedule, &bayes, Prediction::V, &weight).unwrap() {
            assert!(loss.value < 1e-28, "{loss:?}");
        }
        let map =
            ErrorMap::new(&data, &schedule, &bayes, vec![-1.0, 0.0, 2.0], vec![1, 10]).unwrap();
        assert!(map.error.iter().all(|e| e.abs() < 1e-14) && map.density.len() == 6);
        let wrong = ErrorMap::new(&data, &schedule, &Linear(0.0, 1), vec![0.3], vec![4]).unwrap();
        let mut noise = [0.0];
        bayes
            .predict_noise(&[0.3], schedule.instant(4), &mut noise)
            .unwrap();
        assert!((wrong.error[0] + noise[0]).abs() < 1e-15);
    }

    /// ε̂ with `kinks` at places of their own, as a network of rectified units has.
    struct Kinked(usize);

    impl Denoiser for Kinked {
        fn dim(&self) -> usize {
            1
        }

        fn predict_noise(&self, x: &[f64], at: Instant, predicted_noise: &mut [f64]) -> Result<()> {
            for (out, x) in predicted_noise.iter_mut().zip(x) {
                // The golden section spreads the kinks over [−2, 2] without a pattern.
                let unit = |k: usize| {
                    let place = 4.0 * (0.618_034 * k as f64 + 0.07 * at.t).fract() - 2.0;
                    let sign = if k.is_multiple_of(2) { 1.0 } else { -1.0 };
                    sign * (sign * (x - place)).max(0.0)
                };
                *out = (0..self.0).map(unit).sum::<f64>() / self.0 as f64;
            }
            Ok(())
        }
    }

    #[test]
    fn the_excess_of_a_network_with_kinks_is_right_within_its_stated_error() {
        let narrow = |mean: f64, sd: f64| {
            Component::Gaussian(Gaussian::diagonal(vec![mean], &[sd]).unwrap())
        };
        let interval = crate::target::UniformBox::new(vec![-1.5], vec![0.4]).unwrap();
        let peaks = vec![narrow(-1.2, 0.02), narrow(0.9, 0.1)];
        let boxed = vec![Component::Uniform(interval), narrow(1.2, 0.3)];
        for data in [
            data(1),
            Mixture::new(vec![0.4, 0.6], peaks),
            Mixture::new(vec![0.5; 2], boxed),
        ] {
            for (steps, kinks) in [(5, 1), (5, 64), (50, 3), (50, 16)] {
                let schedule = ScheduleConfig::Cosine.build(steps).unwrap();
                for t in (1..=steps).step_by(1 + steps / 8) {
                    let asked = Asked {
                        data: &data,
                        at: schedule.instant(t),
                        denoiser: &Kinked(kinks),
                    };
                    let found = by_quadrature(&asked).unwrap();
                    let exact = finely(&asked);
                    let error = (found.value - exact).abs();
                    assert!(
                        error < found.standard_error + 1e-8 * exact,
                        "{kinks} {t}: {found:?} {exact}"
                    );
                    assert!(
                        found.standard_error < 2e-3 * found.value,
                        "{kinks} {t}: {found:?}"
                    );
                }
            }
        }
    }

    /// The same on fourteen times as many panels.
    fn finely(asked: &Asked) -> f64 {
        let law = asked.law();
        let ends = (0..law.components().len()).map(|k| component_range(&law, k));
        let (low, high) = ends.fold((f64::INFINITY, f64::NEG_INFINITY), |(a, b), (l, h)| {
            (a.min(l), b.max(h))
        });
        let count = (21.0 * (high - low) / law.smallest_std_dev()).ceil() as usize;
        let edges: Vec<_> = (0..=count)
            .map(|i| low + (high - low) * i as f64 / count as f64)
            .collect();
        let (x, weights): (Vec<_>, Vec<_>) = quadrature::nodes(&edges).unzip();
        let errors = asked.errors(&law, &x).unwrap();
        let term = |((x, w), e): ((&f64, &f64), &f64)| w * law.pdf(&[*x]) * e * e;
        x.iter().zip(&weights).zip(&errors).map(term).sum()
    }
}
