//! The likelihood of a model: log p_θ(x) under its deterministic sampler, and where its loss comes from.

use super::irreducible::x0_unit;
use crate::{
    diffusion::{
        Denoised, Denoiser, Instant, LossWeightConfig, NoiseSchedule, Prediction, StartLaw,
        sampler::Step,
    },
    target::Estimate,
};

/// Offset of the central differences, in units of the noise s_t on whose scale ε̂ varies: large enough
/// for a network that computes in single precision.
const OFFSET: f64 = 3e-3;

/// Newton steps before a point is given up.
const MAX_NEWTON: usize = 40;

/// A point is found when a Newton step moves it by less than this.
const TOLERANCE: f64 = 1e-9;

/// log p_θ at one point.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LogLikelihood {
    /// ln p_θ(x) in nats, for standardised x.
    pub value: f64,
    /// Its numerical error: the change when the Jacobian is taken with twice the offset.
    pub error: f64,
}

/// ln p_θ(x_0) of row-major points `x0` (`[n, d]`, standardised; d of 1 or 2 is meant) under the law of
/// what DDIM with η = 0 draws from `start` on the instants `visited` (ascending from the data): the
/// discretised probability flow (Song et al. 2021, eq. 39) and not its limit, so that the network is
/// asked at no level it was not trained on.
///
/// Every step x_u = f(x_t) is undone by Newton's method, and ln p_θ(x_0) = ln p(x_T) −
/// Σ ln|det ∂f/∂x_t|, all d columns of each Jacobian by central differences. `None` for a point that
/// the sampler cannot reach along a continuous path, where Newton's method does not converge. Where f
/// folds, this counts one of the paths.
pub fn log_likelihood(
    denoiser: &dyn Denoiser,
    visited: &[Instant],
    start: &StartLaw,
    x0: &[f64],
) -> Vec<Option<LogLikelihood>> {
    let d = denoiser.dim();
    let mut x = x0.to_vec();
    let mut found = vec![
        Some(LogLikelihood {
            value: 0.0,
            error: 0.0
        });
        x0.len() / d
    ];
    for pair in visited.windows(2) {
        let step = Flow {
            step: Step::new(pair[1], pair[0]),
            denoiser,
        };
        let converged = step.undo(&mut x);
        let offset = OFFSET * pair[1].level.noise;
        let (_, fine) = step.with_jacobian(&x, offset);
        let (_, coarse) = step.with_jacobian(&x, 2.0 * offset);
        for (i, found) in found.iter_mut().enumerate() {
            let ln_det = |j: &[f64]| determinant(&j[i * d * d..(i + 1) * d * d], d).abs().ln();
            let (fine, coarse) = (ln_det(&fine), ln_det(&coarse));
            *found = found
                .filter(|_| converged[i] && fine.is_finite())
                .map(|sum| LogLikelihood {
                    value: sum.value - fine,
                    error: sum.error + (fine - coarse).abs(),
                });
        }
    }
    let start = start.to_mixture(d);
    for (found, x) in found.iter_mut().zip(x.chunks_exact(d)) {
        if let Some(found) = found {
            found.value += start.ln_pdf(x);
        }
    }
    found
}

/// One step of DDIM with η = 0.
struct Flow<'a> {
    step: Step,
    denoiser: &'a dyn Denoiser,
}

impl Flow<'_> {
    /// x_u = a_u x̂0 + s_u ε̂ (Song, Meng & Ermon 2021, eq. 12).
    fn apply(&self, x: &[f64]) -> Vec<f64> {
        let predicted = Denoised::new(self.denoiser, x, self.step.from);
        let to = self.step.to.level;
        let moved = |(x0, noise): (&f64, &f64)| to.signal * x0 + to.noise * noise;
        predicted
            .x0
            .iter()
            .zip(&predicted.noise)
            .map(moved)
            .collect()
    }

    /// f and ∂f_i/∂x_j, row-major `[n, d, d]`.
    fn with_jacobian(&self, x: &[f64], offset: f64) -> (Vec<f64>, Vec<f64>) {
        let d = self.denoiser.dim();
        let mut jacobian = vec![0.0; x.len() * d];
        for axis in 0..d {
            let shifted = |offset: f64| {
                let mut shifted = x.to_vec();
                shifted
                    .iter_mut()
                    .skip(axis)
                    .step_by(d)
                    .for_each(|x| *x += offset);
                self.apply(&shifted)
            };
            let slopes = shifted(offset).into_iter().zip(shifted(-offset));
            for (i, (above, below)) in slopes.enumerate() {
                jacobian[i * d + axis] = (above - below) / (2.0 * offset);
            }
        }
        (self.apply(x), jacobian)
    }

    /// Replaces every x_u by the x_t that the step takes there; whether it was found, a point.
    fn undo(&self, x: &mut [f64]) -> Vec<bool> {
        let (d, goal) = (self.denoiser.dim(), x.to_vec());
        let (from, to) = (self.step.from.level, self.step.to.level);
        let mut noise = vec![0.0; x.len()];
        // The step backwards with the noise predicted where it ends.
        self.denoiser.predict_noise(x, self.step.from, &mut noise);
        for (x, noise) in x.iter_mut().zip(&noise) {
            *x = from.signal / to.signal * (*x - to.noise * noise) + from.noise * noise;
        }
        let mut converged = vec![false; x.len() / d];
        for _ in 0..MAX_NEWTON {
            let (image, jacobian) = self.with_jacobian(x, OFFSET * from.noise);
            for (i, done) in converged.iter_mut().enumerate() {
                let row = i * d..(i + 1) * d;
                let gap: Vec<_> = row.clone().map(|k| goal[k] - image[k]).collect();
                let step = solve(&jacobian[i * d * d..(i + 1) * d * d], &gap, d);
                let length = step.iter().map(|s| s * s).sum::<f64>().sqrt();
                *done = length < TOLERANCE;
                // Steps beyond the scale on which f varies are not to be trusted.
                let damping = (from.noise / length).min(1.0);
                for (x, step) in x[row].iter_mut().zip(&step) {
                    *x += damping * step;
                }
            }
            if converged.iter().all(|done| *done) {
                break;
            }
        }
        converged
    }
}

/// The determinant of a row-major matrix, by elimination with pivots.
fn determinant(matrix: &[f64], d: usize) -> f64 {
    eliminate(matrix, &vec![0.0; d], d).0
}

/// The solution of a linear system; not finite if there is none.
fn solve(matrix: &[f64], right: &[f64], d: usize) -> Vec<f64> {
    eliminate(matrix, right, d).1
}

/// Determinant and solution, by Gaussian elimination with pivots.
fn eliminate(matrix: &[f64], right: &[f64], d: usize) -> (f64, Vec<f64>) {
    let (mut m, mut b, mut determinant) = (matrix.to_vec(), right.to_vec(), 1.0);
    for i in 0..d {
        let by_size = |a: &usize, b: &usize| m[a * d + i].abs().total_cmp(&m[b * d + i].abs());
        let pivot = (i..d).max_by(by_size).expect("a row is left");
        if pivot != i {
            (0..d).for_each(|k| m.swap(i * d + k, pivot * d + k));
            b.swap(i, pivot);
            determinant = -determinant;
        }
        determinant *= m[i * d + i];
        for row in i + 1..d {
            let factor = m[row * d + i] / m[i * d + i];
            (i..d).for_each(|k| m[row * d + k] -= factor * m[i * d + k]);
            b[row] -= factor * b[i];
        }
    }
    for i in (0..d).rev() {
        let known: f64 = (i + 1..d).map(|k| m[i * d + k] * b[k]).sum();
        b[i] = (b[i] - known) / m[i * d + i];
    }
    (determinant, b)
}

/// What each timestep's error costs in nats of the variational bound: ½(SNR_{t−1} − SNR_t) E‖x̂0 −
/// E[x0 | x_t]‖² (Kingma et al. 2021, eq. 14, above what the Bayes denoiser pays) for t = 2..=T, at
/// index t − 2; the last step, into data without noise, has no finite share.
///
/// `excess` is the excess loss of a network that predicts `prediction` for t = 1..=T, unweighted, as
/// [`excess_loss`](super::excess_loss) finds it; `dim` is d.
pub fn bound_terms(
    schedule: &NoiseSchedule,
    prediction: Prediction,
    excess: &[Estimate],
    dim: usize,
) -> Vec<Estimate> {
    let term = |t: usize| {
        let (level, next) = (schedule.level(t), schedule.level(t - 1));
        let x0_unit = x0_unit(prediction, &LossWeightConfig::Uniform, level);
        let factor = 0.5 * (next.snr() - level.snr()) / x0_unit * dim as f64;
        let excess = excess[t - 1];
        Estimate {
            value: factor * excess.value,
            standard_error: factor * excess.standard_error,
        }
    };
    (2..=schedule.num_timesteps()).map(term).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        diffusion::{
            LossWeightConfig, Prediction, SamplerConfig, ScheduleConfig, Start, instants,
            sampler::{Levels, SamplerKind},
        },
        target::{Component, Gaussian, Mixture, quadrature},
        truth::{BayesDenoiser, OutputLaw, Precision, excess_loss, linear_denoiser},
    };

    fn data() -> Mixture {
        let gaussian =
            |mean, sd| Component::Gaussian(Gaussian::diagonal(vec![mean], &[sd]).unwrap());
        Mixture::new(
            vec![0.4, 0.6],
            vec![gaussian(-1.0, 0.4), gaussian(0.8, 0.5)],
        )
    }

    #[test]
    fn it_integrates_to_one_and_is_the_density_of_the_output_law() {
        let (data, schedule) = (data(), ScheduleConfig::Cosine.build(30).unwrap());
        let bayes = BayesDenoiser::new(&data, &schedule);
        let edges: Vec<_> = (-24..=24).map(|i| 0.15 * f64::from(i)).collect();
        let (x, weights): (Vec<_>, Vec<_>) = quadrature::nodes(&edges).unzip();
        let kind = SamplerKind::Ddim { eta: 0.0 };
        let sampler = SamplerConfig {
            kind,
            num_steps: None,
            levels: Levels::default(),
            start: Start::Standard,
        }
        .build(&schedule, &[], None);
        let found = log_likelihood(&bayes, sampler.instants(), sampler.start(), &x);
        let density = |found: &Option<LogLikelihood>| found.unwrap().value.exp();
        let mass: f64 = found
            .iter()
            .zip(&weights)
            .map(|(f, w)| w * density(f))
            .sum();
        assert!((mass - 1.0).abs() < 1e-5, "{mass}");
        let law = OutputLaw::of_sampler(&data, &sampler, &bayes, Precision::Fine).unwrap();
        for (x, found) in x.iter().zip(&found) {
            let (error, own) = (
                (density(found) - law.curve.pdf(*x)).abs(),
                found.unwrap().error,
            );
            assert!(error < 1e-3 && own < 1e-2, "{x}: {error} {own}");
        }
    }

    #[test]
    fn for_gaussian_data_in_two_dimensions_it_is_a_normal_density() {
        // The step is linear: with eigenvalues v of the covariance x_u = √(C_u/C_t)-like factors c.
        let gaussian = Gaussian::new(vec![0.0, 0.0], vec![0.5, 0.2, 0.2, 0.5]).unwrap();
        let data = Mixture::new(vec![1.0], vec![Component::Gaussian(gaussian)]);
        let schedule = ScheduleConfig::Cosine.build(12).unwrap();
        let bayes = BayesDenoiser::new(&data, &schedule);
        let visited = [0, 3, 8, 12];
        let instants = instants(&schedule, &visited);
        let start = Start::Standard.law(&schedule, None);
        let scale = |v: f64| -> f64 {
            let factor = |pair: &[usize]| {
                let (to, from) = (schedule.level(pair[0]), schedule.level(pair[1]));
                let slope = from.noise / (from.signal.powi(2) * v + from.noise.powi(2));
                to.signal * (1.0 - from.noise * slope) / from.signal + to.noise * slope
            };
            visited.windows(2).map(factor).product()
        };
        let (x, y) = (0.7, -0.4);
        let along = [((x + y) / 2f64.sqrt(), 0.7), ((x - y) / 2f64.sqrt(), 0.3)];
        let term = |(z, v): (f64, f64)| {
            -0.5 * (z / scale(v)).powi(2)
                - scale(v).abs().ln()
                - crate::target::special::LN_SQRT_2PI
        };
        let exact: f64 = along.into_iter().map(term).sum();
        let found = log_likelihood(&bayes, &instants, &start, &[x, y])[0].unwrap();
        assert!((found.value - exact).abs() < 1e-8, "{found:?} {exact}");
        assert!(found.error < 1e-8);
    }

    #[test]
    fn the_terms_of_the_bound_weigh_the_error_of_x0() {
        let (data, schedule) = (data(), ScheduleConfig::Cosine.build(10).unwrap());
        let linear = linear_denoiser(&data, &schedule);
        let of = |prediction| {
            excess_loss(
                &data,
                &schedule,
                &linear,
                prediction,
                &LossWeightConfig::Uniform,
            )
        };
        for prediction in [Prediction::Noise, Prediction::X0, Prediction::V] {
            let terms = bound_terms(&schedule, prediction, &of(prediction), 1);
            for (t, term) in (2..=10).zip(&terms) {
                let gain = schedule.level(t - 1).snr() - schedule.level(t).snr();
                let exact = 0.5 * gain * of(Prediction::X0)[t - 1].value;
                assert!((term.value / exact - 1.0).abs() < 1e-12 && exact > 0.0);
            }
        }
    }
}
