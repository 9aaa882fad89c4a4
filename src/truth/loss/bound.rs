//! The variational bound on the log-density that a denoiser gives to a point, term by term.

use crate::{
    diffusion::{Denoiser, Instant, LossWeightConfig, NoiseSchedule, Prediction, StartLaw},
    error::Result,
    rng::{Generator, Purpose, Seed, fill_normal},
    target::{Estimate, special::LN_SQRT_2PI},
    truth::loss::irreducible::x0_unit,
};
use rand::RngExt;

/// Pairs (t, ε) that go through the network together.
const BLOCK: usize = 1024;

/// The terms of the bound at one point, in nats:
/// ln p(x) ≥ −(diffusion + prior + reconstruction) (Kingma et al. 2021, eq. 11).
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct BoundAt {
    /// Σ_{t=2}^T ½(SNR_{t−1} − SNR_t) E_ε‖x − x̂0(x_t, t)‖² (eq. 14), over pairs (t, ε) with t
    /// stratified. Its negative alone is often called the probability of x; it is none.
    pub diffusion: Estimate,
    /// KL(q(x_T | x) ‖ p(x_T)) to the law that sampling starts from; exact where that is normal.
    pub prior: Estimate,
    /// E[−ln p(x | x_1)] with p(x | x_1) = N(x_1/a_1, (s_1/a_1)² I), which is q(x_1 | x) read as a
    /// density of x: ½d ln(2πe (s_1/a_1)²), the same for every x.
    pub reconstruction: f64,
}

impl BoundAt {
    /// The bound: a lower bound on ln p(x).
    pub(crate) fn value(&self) -> Estimate {
        Estimate {
            value: -(self.diffusion.value + self.prior.value + self.reconstruction),
            standard_error: self
                .diffusion
                .standard_error
                .hypot(self.prior.standard_error),
        }
    }
}

/// The bound at the point `x` (`[d]`, standardised units) for `denoiser` on all timesteps of `schedule`,
/// with `pairs` draws of (t, ε). The draws are the same for every point and denoiser of one seed.
pub(crate) fn bound_at(
    denoiser: &dyn Denoiser,
    schedule: &NoiseSchedule,
    start: &StartLaw,
    x: &[f64],
    pairs: usize,
    seed: Seed,
) -> Result<BoundAt> {
    let first = schedule.level(1);
    let variance = first.noise_ratio().powi(2);
    Ok(BoundAt {
        diffusion: diffusion(denoiser, schedule, x, pairs, seed)?,
        prior: prior(schedule, start, x, pairs, seed),
        reconstruction: x.len() as f64 * (LN_SQRT_2PI + 0.5 + 0.5 * variance.ln()),
    })
}

fn diffusion(
    denoiser: &dyn Denoiser,
    schedule: &NoiseSchedule,
    x: &[f64],
    pairs: usize,
    seed: Seed,
) -> Result<Estimate> {
    let (d, steps) = (x.len(), schedule.num_timesteps() - 1);
    if steps == 0 {
        return Ok(Estimate::exact(0.0));
    }
    let mut rng = seed.stream(Purpose::MonteCarlo, 0, 5);
    let mut draws: Vec<_> = (0..pairs)
        .map(|i| draw(&mut rng, i, pairs, steps, d))
        .collect();
    // Equal timesteps stand together as they are drawn: the denoiser answers each at once.
    let mut terms = Vec::with_capacity(pairs);
    for same in draws.chunk_by_mut(|a, b| a.0 == b.0) {
        for block in same.chunks(BLOCK) {
            terms.extend(errors(denoiser, schedule.instant(block[0].0), x, block)?);
        }
    }
    for (term, (t, _)) in terms.iter_mut().zip(&draws) {
        let gain = schedule.level(t - 1).snr() - schedule.level(*t).snr();
        *term *= 0.5 * steps as f64 * gain;
    }
    Ok(stratified_mean(&terms))
}

/// Timestep and noise of pair `i`: t in 2..=T, one in each of `pairs` equal strata.
fn draw(rng: &mut Generator, i: usize, pairs: usize, steps: usize, d: usize) -> (usize, Vec<f64>) {
    let u = (i as f64 + rng.random::<f64>()) / pairs as f64;
    let mut noise = vec![0.0; d];
    fill_normal(rng, &mut noise);
    (2 + ((u * steps as f64) as usize).min(steps - 1), noise)
}

/// ‖x − x̂0(x_t)‖² for every noise of a block, less c (‖ε‖² − d), whose mean is 0. With c that of the
/// linear denoiser of data of unit variance, most of the noise cancels where little of ε is predicted.
fn errors(
    denoiser: &dyn Denoiser,
    at: Instant,
    x: &[f64],
    block: &[(usize, Vec<f64>)],
) -> Result<Vec<f64>> {
    let d = x.len();
    let mut x_t = vec![0.0; block.len() * d];
    for (x_t, (_, noise)) in x_t.chunks_exact_mut(d).zip(block) {
        at.level.diffuse(x, noise, x_t);
    }
    let mut predicted = vec![0.0; x_t.len()];
    denoiser.predict_x0(&x_t, at, &mut predicted)?;
    let (a, s) = (at.level.signal, at.level.noise);
    let c = (a * s / (a * a + s * s)).powi(2);
    let square = |row: &[f64]| row.iter().zip(x).map(|(p, x)| (p - x).powi(2)).sum::<f64>();
    let rows = predicted.chunks_exact(d).zip(block);
    let error = |(row, (_, noise)): (&[f64], &(usize, Vec<f64>))| {
        let surplus = noise.iter().map(|e| e * e).sum::<f64>() - d as f64;
        square(row) - c * surplus
    };
    Ok(rows.map(error).collect())
}

/// The mean of draws from neighbouring strata, in their order. Each two of them have nearly the same
/// law, so that their difference tells their variance; what there is of a trend makes the error larger.
fn stratified_mean(terms: &[f64]) -> Estimate {
    let n = terms.len() as f64;
    let squares = terms
        .chunks_exact(2)
        .map(|pair| (pair[0] - pair[1]).powi(2));
    Estimate {
        value: terms.iter().sum::<f64>() / n,
        standard_error: squares.sum::<f64>().sqrt() / n,
    }
}

/// KL(N(a_T x, s_T² I) ‖ p(x_T)).
fn prior(
    schedule: &NoiseSchedule,
    start: &StartLaw,
    x: &[f64],
    pairs: usize,
    seed: Seed,
) -> Estimate {
    let level = schedule.terminal();
    if let StartLaw::Prior { std_dev } = start {
        let (mean, ratio) = (level.signal / std_dev, (level.noise / std_dev).powi(2));
        let one = |x: &f64| 0.5 * ((mean * x).powi(2) + ratio - 1.0 - ratio.ln());
        return Estimate::exact(x.iter().map(one).sum());
    }
    let law = start.to_mixture(x.len());
    let mut rng = seed.stream(Purpose::MonteCarlo, 1, 5);
    let (mut noise, mut x_t) = (vec![0.0; x.len()], vec![0.0; x.len()]);
    let terms: Vec<_> = (0..pairs)
        .map(|_| {
            fill_normal(&mut rng, &mut noise);
            level.diffuse(x, &noise, &mut x_t);
            let ln_normal = |z: &f64| -0.5 * z * z - LN_SQRT_2PI - level.noise.ln();
            noise.iter().map(ln_normal).sum::<f64>() - law.ln_pdf(&x_t)
        })
        .collect();
    Estimate::mean_of(&terms)
}

/// What each timestep's error costs in nats of the variational bound: ½(SNR_{t−1} − SNR_t) E‖x̂0 −
/// E[x0 | x_t]‖² (Kingma et al. 2021, eq. 14, above what the Bayes denoiser pays) for t = 2..=T, at
/// index t − 2; the last step, into data without noise, has no finite share.
///
/// `excess` is the excess loss of a network that predicts `prediction` for t = 1..=T, unweighted, as
/// [`excess_loss`](crate::truth::excess_loss) finds it; `dim` is d.
pub(crate) fn bound_terms(
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
        diffusion::{ScheduleConfig, Start},
        target::{Component, Gaussian, Mixture},
        truth::{BayesDenoiser, excess_loss, linear_denoiser},
    };

    fn data() -> Mixture {
        let component = |mean: [f64; 2], sd: f64| {
            Component::Gaussian(Gaussian::diagonal(mean.to_vec(), &[sd, sd]).unwrap())
        };
        Mixture::new(
            vec![0.4, 0.6],
            vec![component([-1.0, 0.2], 0.4), component([0.8, -0.3], 0.5)],
        )
    }

    #[test]
    fn with_the_bayes_denoiser_and_many_steps_it_is_the_log_density() {
        // Pointwise I-MMSE (Kong, Brekelmans & Ver Steeg 2023, eq. 8), up to what T steps leave out.
        let data = data();
        let ve = ScheduleConfig::Ve {
            sigma_max: 30.0,
            rate: 8.5,
        };
        let schedule = ve.build(2000).unwrap();
        let bayes = BayesDenoiser::new(&data, &schedule);
        for start in [Start::Standard, Start::Exact] {
            let start = start.law(&schedule, Some(&data));
            for x in [[0.8, -0.3], [-1.0, 0.6], [0.0, 1.0]] {
                let bound = bound_at(&bayes, &schedule, &start, &x, 20_000, Seed(1)).unwrap();
                let (found, exact) = (bound.value(), data.ln_pdf(&x));
                let error = (found.value - exact).abs();
                let bound = 5.0 * found.standard_error + 0.02;
                assert!(error < bound && bound < 0.25, "{x:?}: {found:?} {exact}");
            }
        }
    }

    #[test]
    fn for_one_gaussian_every_term_has_its_closed_form() {
        // Data N(0, v): x̂0 = a v/(a²v + s²) x_t, so that x − x̂0 is normal with mean x s²/(a²v + s²)
        // and standard deviation a v s/(a²v + s²).
        let v: f64 = 0.3;
        let normal = Component::Gaussian(Gaussian::diagonal(vec![0.0], &[v.sqrt()]).unwrap());
        let data = Mixture::new(vec![1.0], vec![normal]);
        let schedule = ScheduleConfig::Cosine.build(20).unwrap();
        let bayes = BayesDenoiser::new(&data, &schedule);
        let x = 0.7;
        let term = |t: usize| {
            let level = schedule.level(t);
            let (a, s) = (level.signal, level.noise);
            let total = a * a * v + s * s;
            let gain = schedule.level(t - 1).snr() - level.snr();
            0.5 * gain * ((x * s * s / total).powi(2) + (a * v * s / total).powi(2))
        };
        let exact: f64 = (2..=20).map(term).sum();
        let start = Start::Standard.law(&schedule, None);
        let found = bound_at(&bayes, &schedule, &start, &[x], 40_000, Seed(2)).unwrap();
        let error = (found.diffusion.value - exact).abs();
        let bound = 5.0 * found.diffusion.standard_error;
        assert!(error < bound && bound < 0.05 * exact, "{found:?} {exact}");
        let (a, s) = (schedule.terminal().signal, schedule.terminal().noise);
        let prior = 0.5 * ((a * x).powi(2) + s * s - 1.0 - (s * s).ln());
        assert!((found.prior.value - prior).abs() < 1e-15);
        let exact_start = Start::Matched.law(&schedule, Some(&data));
        let drawn = super::prior(&schedule, &exact_start, &[x], 40_000, Seed(3));
        let total = a * a * v + s * s;
        let exact = 0.5 * ((a * x).powi(2) / total + s * s / total - 1.0 - (s * s / total).ln());
        assert!(
            (drawn.value - exact).abs() < 5.0 * drawn.standard_error + 1e-12,
            "{drawn:?} {exact}"
        );
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
            .unwrap()
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
