//! The loss that a perfect network would have.

use crate::{
    diffusion::{LossWeightConfig, NoiseLevel, NoiseSchedule, Prediction},
    rng::{self, Purpose, Seed},
    target::{Estimate, Mixture, quadrature},
};
use rayon::prelude::*;

/// Draws over all timesteps together behind the loss in d ≥ 2.
const MONTE_CARLO_DRAWS: usize = 200_000;

/// E‖ε − ε*‖²/d at timestep `t`, for data of the law `data` (standardised units).
///
/// In one dimension, or where the axes are independent, by quadrature: 1 − s² J with J = E(∂ ln q_t)²,
/// since ε* = −s ∂ ln q_t and E ε*² = E ε ε* (orthogonality). Otherwise it is E‖ε − ε_l‖² − E‖ε_l − ε*‖²
/// (orthogonality again), with ε_l the best denoiser that is affine in each coordinate. The first term is
/// exact, and the second is small wherever the data looks Gaussian. In the plane the second is found by
/// quadrature, if the grid is not too large. Else both it and the mean itself are estimated over `draws`
/// pairs (x0, ε), and the one with the smaller error is kept.
fn loss_at(data: &Mixture, level: NoiseLevel, t: u64, draws: usize) -> Estimate {
    let law = data.diffused(level.signal, level.noise);
    if data.dim() == 1 {
        let term = |x: f64| match law.pdf(&[x]) {
            p if p > 0.0 => p * law.score(&[x])[0].powi(2),
            _ => 0.0,
        };
        let fisher = quadrature::integrate(&law.panel_edges(), term);
        return Estimate::exact(1.0 - level.noise.powi(2) * fisher);
    }
    let d = data.dim();
    if data.is_product() {
        // Each axis is denoised on its own, from its own coordinate alone.
        let along = |k| loss_at(&data.axis(k), level, t, draws).value;
        return Estimate::exact((0..d).map(along).sum::<f64>() / d as f64);
    }
    // Of x_t along each axis; ε_l = s (x − mean)/variance.
    let moments: Vec<_> = (0..d).map(|k| (law.mean(k), law.variance(k))).collect();
    // SNR v/(1 + SNR v) with a² v + s² the variance of x_t.
    let of_linear = |(_, variance): &(f64, f64)| 1.0 - level.noise.powi(2) / variance;
    let of_linear = moments.iter().map(of_linear).sum::<f64>() / d as f64;
    let gap = |x: &[f64], score: &[f64]| {
        let term = |((x, score), (mean, variance)): ((&f64, &f64), &(f64, f64))| {
            (level.noise * ((x - mean) / variance + score)).powi(2)
        };
        x.iter().zip(score).zip(&moments).map(term).sum::<f64>() / d as f64
    };
    let below = |gap: Estimate| Estimate {
        value: of_linear - gap.value,
        ..gap
    };
    if let Some(found) = law.quadrature_with_score(gap) {
        return below(found);
    }
    let mut rng = Seed(0).stream(Purpose::MonteCarlo, t, 1);
    let x0 = data.sample(draws, &mut rng);
    let mut noise = vec![0.0; x0.values().len()];
    rng::fill_normal(&mut rng, &mut noise);
    let mut x_t = x0.clone();
    level.diffuse(x0.values(), &noise, x_t.values_mut());
    let (mut plain, mut above) = (vec![], vec![]);
    for (x, noise) in x_t.rows().zip(noise.chunks_exact(d)) {
        let score = law.score(x);
        let error = |(noise, score): (&f64, &f64)| (noise + level.noise * score).powi(2);
        plain.push(noise.iter().zip(&score).map(error).sum::<f64>() / d as f64);
        above.push(gap(x, &score));
    }
    let (plain, above) = (Estimate::mean_of(&plain), Estimate::mean_of(&above));
    if plain.standard_error < above.standard_error {
        plain
    } else {
        below(above)
    }
}

/// The loss that a perfect network would have, timestep by timestep, in the units and with the weights
/// of the training loss.
#[derive(Debug, Clone, PartialEq)]
pub struct LossFloor {
    /// L*(t) for t = 1..=T, at index t − 1.
    pub by_timestep: Vec<Estimate>,
}

impl LossFloor {
    /// The floor of a network that predicts `prediction`, trained with `weight`, on data of the law
    /// `data` (standardised units). Exact in one dimension.
    pub fn new(
        data: &Mixture,
        schedule: &NoiseSchedule,
        prediction: Prediction,
        weight: &LossWeightConfig,
    ) -> Self {
        let (data, levels) = (&data.united(), &schedule.levels()[1..]);
        let draws = (MONTE_CARLO_DRAWS / levels.len()).max(100);
        let at = |(t, level): (usize, &NoiseLevel)| {
            if level.signal == 0.0 {
                // Nothing is known of x0 but its law.
                let unit = x0_unit(prediction, weight, *level);
                return Estimate::exact(unit * mean_variance(data));
            }
            let loss = loss_at(data, *level, t as u64, draws);
            let unit = unit(prediction, weight, *level);
            Estimate {
                value: unit * loss.value,
                standard_error: unit * loss.standard_error,
            }
        };
        Self {
            by_timestep: levels.par_iter().enumerate().map(at).collect(),
        }
    }

    /// The mean over t = 1..=T: what the loss of a perfect network would be.
    pub fn mean(&self) -> Estimate {
        let count = self.by_timestep.len() as f64;
        let (mut value, mut variance) = (0.0, 0.0);
        for loss in &self.by_timestep {
            value += loss.value / count;
            variance += (loss.standard_error / count).powi(2);
        }
        Estimate {
            value,
            standard_error: variance.sqrt(),
        }
    }
}

/// What a squared error of x̂0 counts for in the training loss.
pub(crate) fn x0_unit(prediction: Prediction, weight: &LossWeightConfig, level: NoiseLevel) -> f64 {
    weight.weight(prediction, level) / prediction.x0_error_factor(level)
}

/// The variance of the data, averaged over the axes.
fn mean_variance(data: &Mixture) -> f64 {
    let d = data.dim();
    (0..d).map(|k| data.variance(k)).sum::<f64>() / d as f64
}

/// What a squared error of ε̂ counts for in the training loss, at a level with a signal.
pub(crate) fn unit(prediction: Prediction, weight: &LossWeightConfig, level: NoiseLevel) -> f64 {
    weight.weight(prediction, level) / prediction.noise_error_factor(level)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        diffusion::ScheduleConfig,
        settings::Choice,
        target::{Component, Curve, Gaussian, Path, UniformBox},
    };

    #[test]
    fn for_gaussian_data_it_has_its_closed_form() {
        // mmse = σ²s²/(a²σ² + s²), L = (a²/s²)·mmse.
        let (variance, level) = (
            0.3,
            NoiseLevel {
                signal: 0.8,
                noise: 0.6,
            },
        );
        let gaussian = Gaussian::new(vec![1.0], vec![variance]).unwrap();
        let data = Mixture::new(vec![1.0], vec![Component::Gaussian(gaussian)]);
        let exact = 0.64 * variance / (0.64 * variance + 0.36);
        assert!((loss_at(&data, level, 0, 0).value - exact).abs() < 1e-12);
    }

    #[test]
    fn in_more_dimensions_every_parameterisation_has_its_closed_form_for_gaussian_data() {
        let schedule = ScheduleConfig::Cosine.build(20).unwrap();
        // Eigenvalues of the covariance: each axis of its own is a 1D problem.
        let root = (0.01f64 + 0.04).sqrt();
        let plane = (vec![0.5, 0.2, 0.2, 0.3], vec![0.4 + root, 0.4 - root]);
        let space = (
            vec![0.5, 0.2, 0.0, 0.2, 0.3, 0.0, 0.0, 0.0, 0.7],
            vec![0.4 + root, 0.4 - root, 0.7],
        );
        // By quadrature in the plane, by Monte Carlo in space.
        for ((covariance, eigenvalues), precision) in [(plane, 2e-5), (space, 0.01)] {
            let d = eigenvalues.len();
            let gaussian = Gaussian::new(vec![1.0; d], covariance).unwrap();
            let data = Mixture::new(vec![1.0], vec![Component::Gaussian(gaussian)]);
            for (_, prediction) in Prediction::NAMES {
                let level = |level: &NoiseLevel| {
                    let (a2, s2) = (level.signal.powi(2), level.noise.powi(2));
                    let all = eigenvalues.iter().map(|v| a2 * v / (a2 * v + s2));
                    all.sum::<f64>() / d as f64 / prediction.noise_error_factor(*level)
                };
                let exact = schedule.levels()[1..].iter().map(level).sum::<f64>() / 20.0;
                let loss =
                    LossFloor::new(&data, &schedule, *prediction, &LossWeightConfig::Uniform)
                        .mean();
                let error = (loss.value - exact).abs();
                assert!(
                    error < 5.0 * loss.standard_error,
                    "{prediction:?}: {loss:?} {error}"
                );
                assert!(loss.standard_error < precision * loss.value, "{loss:?}");
            }
        }
    }

    #[test]
    fn on_a_thin_ring_all_noise_across_it_is_seen_and_none_along_it() {
        // Of two axes the one across a curve without width is known exactly, the one along it not at
        // all: L*(t) → ½ as s → 0.
        let ring = Curve::new(
            Path::arc(0.0, 2.0 * std::f64::consts::PI),
            [1.2; 2],
            [0.0; 2],
            0.0,
        );
        let data = Mixture::new(vec![1.0], vec![Component::Curve(ring)]);
        for noise in [0.3, 0.1, 0.03] {
            let signal = 1.0;
            let loss = loss_at(&data, NoiseLevel { signal, noise }, 0, 0);
            // The next term is that of the curvature, of the order of (s/R)².
            let error = (loss.value - 0.5).abs();
            assert!(error < 0.5 * (noise / 1.2f64).powi(2), "{noise}: {loss:?}");
            assert!(loss.standard_error < 2e-4);
        }
    }

    #[test]
    fn a_box_has_the_loss_of_its_two_halves_taken_together() {
        // The same law twice: axis by axis, and by quadrature over the plane, as `LossFloor` does not take it.
        let part = |low: f64, high: f64| {
            let whole = UniformBox::new(vec![low, -0.5], vec![high, 1.0]);
            Component::Uniform(whole.unwrap())
        };
        let whole = Mixture::new(vec![1.0], vec![part(-1.0, 1.0)]);
        let halves = Mixture::new(vec![0.5; 2], vec![part(-1.0, 0.0), part(0.0, 1.0)]);
        for (signal, noise) in [(1.0, 0.2), (0.8, 0.6), (0.1, 1.0)] {
            let level = NoiseLevel { signal, noise };
            let [a, b] = [&whole, &halves].map(|data| loss_at(data, level, 0, 1000));
            assert_eq!(a.standard_error, 0.0);
            let error = (a.value - b.value).abs();
            assert!(error < b.standard_error + 1e-9, "{level:?}: {a:?} {b:?}");
        }
    }

    #[test]
    fn a_weight_counts_at_its_own_timestep() {
        let gaussian = Gaussian::new(vec![0.0], vec![0.5]).unwrap();
        let data = Mixture::new(vec![1.0], vec![Component::Gaussian(gaussian)]);
        let schedule = ScheduleConfig::Cosine.build(20).unwrap();
        let weight = LossWeightConfig::MinSnr { gamma: 5.0 };
        for (_, prediction) in Prediction::NAMES {
            let floor = LossFloor::new(&data, &schedule, *prediction, &weight);
            for (t, loss) in (1..=20).zip(&floor.by_timestep) {
                // Whatever is predicted, min-SNR weighs the error of ε̂.
                let snr = schedule.level(t).snr();
                let exact = snr.min(5.0) / snr * snr * 0.5 / (snr * 0.5 + 1.0);
                assert!(
                    (loss.value / exact - 1.0).abs() < 1e-9,
                    "{prediction:?} {t}"
                );
            }
        }
    }

    #[test]
    fn information_and_estimation_agree() {
        // Entropy from the loss by I-MMSE (Guo, Shamai & Verdú 2005): with g = SNR,
        // H = ½ ln(2πe var) − ½ ∫ [var/(1 + var g) − mmse(g)] dg, mmse(g) = L(g)/g.
        let component =
            |mean, sd| Component::Gaussian(Gaussian::diagonal(vec![mean], &[sd]).unwrap());
        let uniform = Component::Uniform(UniformBox::new(vec![1.5], vec![3.0]).unwrap());
        for components in [
            vec![component(-1.0, 0.5), component(1.2, 0.3)],
            vec![component(-1.0, 0.5), uniform],
        ] {
            let smooth = matches!(components[1], Component::Gaussian(_));
            let data = Mixture::new(vec![0.4, 0.6], components);
            let variance = data.variance(0);
            let integrand = |ln_g: f64| {
                let g = ln_g.exp();
                let signal = (g / (1.0 + g)).sqrt();
                let level = NoiseLevel {
                    signal,
                    noise: (1.0 / (1.0 + g)).sqrt(),
                };
                variance * g / (1.0 + variance * g) - loss_at(&data, level, 0, 0).value
            };
            let panels: Vec<f64> = (-36..=44).map(|i| 0.5 * f64::from(i)).collect();
            let integral = crate::target::quadrature::integrate(&panels, integrand);
            let gaussian_entropy = 0.5 * (2.0 * std::f64::consts::PI * 1f64.exp() * variance).ln();
            let entropy = gaussian_entropy - 0.5 * integral;
            // The jumps of a box leave a tail of order 1/√g beyond the last panel, e^{−11} ≈ 2e-5.
            let bound = if smooth { 1e-7 } else { 5e-5 };
            assert!(
                (entropy - data.entropy().unwrap().value).abs() < bound,
                "{entropy}"
            );
        }
    }

    /// Laws of the plane whose scores have poles near the real plane: curves without noise and with it.
    fn planar_laws() -> Vec<Mixture> {
        use std::f64::consts::PI;
        let arc = |to: f64, shift: [f64; 2], scale: [f64; 2], noise: f64| {
            Component::Curve(Curve::new(Path::arc(0.0, to), scale, shift, noise))
        };
        let gaussian =
            |x: f64| Component::Gaussian(Gaussian::diagonal(vec![x, 0.0], &[0.2, 0.5]).unwrap());
        let mut laws = vec![Mixture::new(
            vec![0.5; 2],
            vec![gaussian(-1.0), gaussian(1.0)],
        )];
        for noise in [0.0, 0.07] {
            let ring = |radius: f64| arc(2.0 * PI, [0.0; 2], [radius; 2], noise);
            let moon = |sign: f64| {
                let (x, y) = (0.57 * sign, 0.5 * sign);
                arc(PI, [x, y], [-1.14 * sign, -2.0 * sign], noise)
            };
            let roll = Curve::new(
                Path::spiral(1.5 * PI, 4.5 * PI),
                [0.15; 2],
                [-0.3, 0.1],
                noise,
            );
            laws.push(Mixture::new(vec![1.0], vec![ring(2f64.sqrt())]));
            laws.push(Mixture::new(vec![0.5; 2], vec![ring(0.9), ring(1.8)]));
            laws.push(Mixture::new(vec![0.3, 0.7], vec![moon(1.0), moon(-1.0)]));
            laws.push(Mixture::new(vec![1.0], vec![Component::Curve(roll)]));
        }
        laws
    }

    #[test]
    fn in_the_plane_it_is_right_within_its_stated_error() {
        let mut tight = 0;
        let (laws, noises) = (planar_laws(), [0.1, 0.15, 0.2, 0.3, 0.45, 0.7, 0.9]);
        for (law, data) in laws.iter().enumerate() {
            for noise in noises {
                let signal = f64::sqrt(1.0 - noise * noise);
                let found = loss_at(data, NoiseLevel { signal, noise }, 0, 1000);
                let exact = on_a_fine_grid(&data.diffused(signal, noise), noise);
                let error = (found.value - exact).abs();
                assert!(
                    error <= found.standard_error + 1e-8,
                    "{law} {noise}: {found:?} {error}"
                );
                tight += usize::from(found.standard_error < 2e-3);
            }
        }
        assert_eq!(tight, laws.len() * noises.len());
    }

    /// 1 − s² E‖∇ ln q_t‖²/2 by the trapezoidal rule with a third of the standard deviation of the noise
    /// between the nodes.
    fn on_a_fine_grid(law: &Mixture, noise: f64) -> f64 {
        let step = 0.33 * noise;
        let count = ((2.4 + 6.0 * noise) / step) as i32;
        let place = |i: i32| 0.1 * noise + step * f64::from(i);
        let row = |i: i32| -> f64 {
            let nodes = (-count..=count).map(|j| [place(i), place(j)]);
            let term = |x: [f64; 2]| match law.pdf(&x) {
                p if p > 1e-12 => p * law.score(&x).iter().map(|s| s * s).sum::<f64>(),
                _ => 0.0,
            };
            nodes.map(term).sum()
        };
        let sum: f64 = (-count..=count).into_par_iter().map(row).sum();
        1.0 - 0.5 * (noise * step).powi(2) * sum
    }
}
