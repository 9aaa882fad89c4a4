//! The denoiser that knows nothing but the training points, beside the Bayes denoiser of the population.

use crate::{
    diffusion::{Denoiser, Instant, NoiseLevel},
    error::Result,
    points::Points,
    target::special,
};

/// The minimiser of the loss over the training points themselves: E[ε | x_t] for x0 drawn from them.
/// A network whose training loss is below the population's floor is on its way to this one, which
/// samples nothing but the training set: it memorises.
#[derive(Debug, Clone)]
pub(crate) struct EmpiricalDenoiser {
    /// Training points, standardised.
    points: Points,
}

impl EmpiricalDenoiser {
    /// The denoiser of the training points `points` (`[n, d]`, standardised units).
    pub(crate) fn new(points: &Points) -> Self {
        Self {
            points: points.clone(),
        }
    }

    /// E[x0 | x_t] = Σ w_i x_i, w_i ∝ exp(−‖x_t − a x_i‖²/2s²).
    fn mean(&self, x: &[f64], level: NoiseLevel, ln_weights: &mut Vec<f64>) -> Vec<f64> {
        let distance = |row: &[f64]| -> f64 {
            let square = |(x, x0): (&f64, &f64)| (x - level.signal * x0).powi(2);
            x.iter().zip(row).map(square).sum()
        };
        ln_weights.clear();
        let scale = -0.5 / level.noise.powi(2);
        ln_weights.extend(self.points.rows().map(|row| scale * distance(row)));
        let total = special::ln_sum_exp(ln_weights);
        let mut mean = vec![0.0; x.len()];
        for (row, ln_weight) in self.points.rows().zip(ln_weights.iter()) {
            let weight = (ln_weight - total).exp();
            for (sum, x0) in mean.iter_mut().zip(row) {
                *sum += weight * x0;
            }
        }
        mean
    }
}

impl Denoiser for EmpiricalDenoiser {
    fn dim(&self) -> usize {
        self.points.dim()
    }

    fn predict_noise(&self, x: &[f64], at: Instant, predicted_noise: &mut [f64]) -> Result<()> {
        self.predict_x0(x, at, predicted_noise)?;
        for (out, x) in predicted_noise.iter_mut().zip(x) {
            *out = (x - at.level.signal * *out) / at.level.noise;
        }
        Ok(())
    }

    fn predict_x0(&self, x: &[f64], at: Instant, predicted_x0: &mut [f64]) -> Result<()> {
        let (d, mut ln_weights) = (self.dim(), vec![]);
        for (x, out) in x.chunks_exact(d).zip(predicted_x0.chunks_exact_mut(d)) {
            out.copy_from_slice(&self.mean(x, at.level, &mut ln_weights));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        diffusion::{LossWeightConfig, NoiseSchedule, Prediction, ScheduleConfig},
        rng::{self, Purpose, Seed},
        target::{Component, Estimate, Gaussian, Mixture},
        truth::{LossFloor, excess_loss, linear_denoiser},
    };

    fn data() -> Mixture {
        let gaussian =
            |mean, sd| Component::Gaussian(Gaussian::diagonal(vec![mean], &[sd]).unwrap());
        Mixture::new(
            vec![0.4, 0.6],
            vec![gaussian(-1.0, 0.3), gaussian(0.8, 0.5)],
        )
    }

    /// Draws at each timestep behind a loss over training points.
    const DRAWS: usize = 2048;

    /// The loss over the training points at timestep `t` that no denoiser can be below, in the units and
    /// with the weights of the training loss. It is found by Monte Carlo (fixed seed, error stated).
    fn training_loss(
        denoiser: &EmpiricalDenoiser,
        schedule: &NoiseSchedule,
        t: usize,
        prediction: Prediction,
        weight: &LossWeightConfig,
    ) -> Estimate {
        let (level, d) = (schedule.level(t), denoiser.points.dim());
        let mut rng = Seed(0).stream(Purpose::MonteCarlo, t as u64, 3);
        let mut noise = vec![0.0; DRAWS * d];
        rng::fill_normal(&mut rng, &mut noise);
        let mut ln_weights = vec![];
        let n = denoiser.points.len();
        let errors: Vec<_> = noise
            .chunks_exact(d)
            .enumerate()
            .map(|(i, noise)| {
                // Every point in turn, evenly spread over those there are.
                let x0 = denoiser.points.row(i * n.max(DRAWS) / DRAWS % n);
                let mut x_t = vec![0.0; d];
                level.diffuse(x0, noise, &mut x_t);
                let mean = denoiser.mean(&x_t, level, &mut ln_weights);
                let square = |(m, x0): (&f64, &f64)| (m - x0).powi(2);
                mean.iter().zip(x0).map(square).sum::<f64>() / d as f64
            })
            .collect();
        let unit = crate::truth::loss::irreducible::x0_unit(prediction, weight, level);
        let loss = Estimate::mean_of(&errors);
        Estimate {
            value: unit * loss.value,
            standard_error: unit * loss.standard_error,
        }
    }

    #[test]
    fn two_points_have_their_closed_form() {
        // x0 = ±1: E[x0 | x] = tanh(a x/s²).
        let schedule = ScheduleConfig::Cosine.build(10).unwrap();
        let denoiser = EmpiricalDenoiser::new(&Points::new(vec![-1.0, 1.0], 1));
        for t in [1, 5, 10] {
            let level = schedule.level(t);
            for x in [-1.3, 0.01, 0.7, 40.0] {
                let mut noise = [0.0];
                denoiser
                    .predict_noise(&[x], schedule.instant(t), &mut noise)
                    .unwrap();
                let mean = (level.signal * x / level.noise.powi(2)).tanh();
                let exact = (x - level.signal * mean) / level.noise;
                assert!((noise[0] - exact).abs() < 1e-12 * exact.abs().max(1.0));
            }
        }
    }

    #[test]
    fn memorising_beats_the_floor_of_the_population_where_points_are_told_apart() {
        let (data, schedule) = (data(), ScheduleConfig::Cosine.build(20).unwrap());
        let points = data.sample(12, &mut Seed(3).stream(Purpose::TrainData, 0, 0));
        let empirical = EmpiricalDenoiser::new(&points);
        let uniform = LossWeightConfig::Uniform;
        let floor = LossFloor::new(&data, &schedule, Prediction::Noise, &uniform);
        let loss = |t: usize| training_loss(&empirical, &schedule, t, Prediction::Noise, &uniform);
        let (first, last) = (loss(1), loss(20));
        assert!(
            first.value < 0.8 * floor.by_timestep[0].value,
            "{first:?} {floor:?}"
        );
        let gap = (last.value - floor.by_timestep[19].value).abs();
        assert!(gap < 1e-5, "{last:?}");
        // Off the training points it is worse than the population's denoiser.
        let excess =
            excess_loss(&data, &schedule, &empirical, Prediction::Noise, &uniform).unwrap();
        assert!(excess[0].value > 10.0 * excess[19].value);
    }

    #[test]
    fn the_linear_denoiser_has_the_loss_of_a_gaussian() {
        // Orthogonality again: its loss is a²σ²/(a²σ² + s²), as if the data were that Gaussian.
        let (data, schedule) = (data(), ScheduleConfig::Cosine.build(10).unwrap());
        let uniform = LossWeightConfig::Uniform;
        let linear = linear_denoiser(&data, &schedule);
        let floor = LossFloor::new(&data, &schedule, Prediction::Noise, &uniform);
        let excess = excess_loss(&data, &schedule, &linear, Prediction::Noise, &uniform).unwrap();
        for t in 1..=10 {
            let snr_variance = schedule.level(t).snr() * data.variance(0);
            let exact = snr_variance / (1.0 + snr_variance);
            let loss = floor.by_timestep[t - 1].value + excess[t - 1].value;
            assert!((loss - exact).abs() < 1e-10, "t={t}: {loss} {exact}");
        }
    }
}
