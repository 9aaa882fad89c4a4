//! ln p_θ at points.

use super::{flow::ProbabilityFlow, last_step::LastStep};
use crate::{
    diffusion::{Denoiser, NoiseSchedule, StartLaw},
    error::Result,
};

/// log p_θ at one point.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct LogLikelihood {
    /// ln p_θ(x) in nats, for standardised x.
    pub value: f64,
    /// Its numerical error: the change when the flow takes half as many steps.
    pub error: f64,
}

/// ln p_θ(x_0) of row-major points `x0` (`[n, d]`, standardised; d of 1 or 2 is meant) under the law of
/// what the probability flow of `denoiser` (Song et al. 2021, eq. 13) draws from `start`: from T to
/// timestep 1 by its differential equation, and from there by x̂0, as every sampler here takes its last
/// step.
///
/// The last step is undone by Newton's method; then ln p_θ(x_1) = ln p(x_T) + ∫ ∇·f along the path
/// (Chen et al. 2018), with all d columns of the Jacobian by central differences, in `num_steps` steps of
/// the classical Runge–Kutta method. `None` for a point that the last step cannot reach along a
/// continuous path; where it folds, this counts one of the paths.
pub(crate) fn log_likelihood(
    denoiser: &dyn Denoiser,
    schedule: &NoiseSchedule,
    num_steps: usize,
    start: &StartLaw,
    x0: &[f64],
) -> Result<Vec<Option<LogLikelihood>>> {
    let mut found = with_steps(denoiser, schedule, num_steps, start, x0)?;
    let mut num_steps = num_steps;
    // Where the model has next to no density the flow bends sharply: few points need many steps.
    for _ in 0..REFINEMENTS {
        num_steps *= FINER;
        let is_rough = |found: &LogLikelihood| found.error > ROUGH;
        let rough = |i: &usize| found[*i].as_ref().is_some_and(is_rough);
        let rough: Vec<usize> = (0..found.len()).filter(rough).collect();
        if rough.is_empty() || rough.len() * FEW > found.len() {
            break;
        }
        let d = denoiser.dim();
        let there: Vec<_> = rough
            .iter()
            .flat_map(|i| &x0[i * d..(i + 1) * d])
            .copied()
            .collect();
        let finer = with_steps(denoiser, schedule, num_steps, start, &there)?;
        for (i, finer) in rough.into_iter().zip(finer) {
            found[i] = finer.or(found[i]);
        }
    }
    Ok(found)
}

/// ln p_θ with a larger numerical error than this, in nats, is computed again.
const ROUGH: f64 = 0.3;

/// So many times as many steps each time, so many times.
const FINER: usize = 4;
const REFINEMENTS: usize = 2;

/// Only where the points that need it are at most one in so many: a flow that is rough everywhere costs too
/// much, and its error says so.
const FEW: usize = 10;

/// The same in so many steps for every point.
fn with_steps(
    denoiser: &dyn Denoiser,
    schedule: &NoiseSchedule,
    num_steps: usize,
    start: &StartLaw,
    x0: &[f64],
) -> Result<Vec<Option<LogLikelihood>>> {
    let d = denoiser.dim();
    let ends = [schedule.level(1), schedule.terminal()].map(|level| level.norm());
    let (x1, ln_slopes) = LastStep::new(denoiser, schedule.instant(1)).undo(x0)?;
    let start = start.to_mixture(d);
    let ln_p1 = |num_steps: usize| -> Result<Vec<f64>> {
        let mut z: Vec<_> = x1.iter().map(|x| x / ends[0]).collect();
        let divergence = ProbabilityFlow::new(denoiser, schedule, num_steps).follow(&mut z)?;
        let ln_p = |(z, divergence): (&[f64], f64)| {
            let x: Vec<_> = z.iter().map(|z| z * ends[1]).collect();
            start.ln_pdf(&x) + d as f64 * (ends[1] / ends[0]).ln() + divergence
        };
        Ok(z.chunks_exact(d).zip(divergence).map(ln_p).collect())
    };
    let (fine, coarse) = (ln_p1(num_steps)?, ln_p1(num_steps.div_ceil(2))?);
    let found = fine.into_iter().zip(coarse).zip(ln_slopes);
    let at_point = |((fine, coarse), ln_slope): ((f64, f64), Option<f64>)| {
        let found = ln_slope.map(|ln_slope| LogLikelihood {
            value: fine - ln_slope,
            error: (fine - coarse).abs(),
        });
        found.filter(|found| found.value.is_finite())
    };
    Ok(found.map(at_point).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        diffusion::{
            SamplerConfig, ScheduleConfig, Start,
            sampler::{Levels, SamplerKind},
        },
        target::{Component, Gaussian, Mixture, quadrature, special::LN_SQRT_2PI},
        truth::{BayesDenoiser, OutputLaw, Precision},
    };

    fn data() -> Mixture {
        let gaussian =
            |mean, sd| Component::Gaussian(Gaussian::diagonal(vec![mean], &[sd]).unwrap());
        Mixture::new(
            vec![0.4, 0.6],
            vec![gaussian(-1.0, 0.4), gaussian(0.8, 0.5)],
        )
    }

    const VE: ScheduleConfig = ScheduleConfig::Ve {
        sigma_max: 20.0,
        rate: 8.0,
    };

    #[test]
    fn it_integrates_to_one_and_is_the_density_of_what_the_flow_draws() {
        let data = data();
        for config in [ScheduleConfig::Cosine, VE, ScheduleConfig::Flow] {
            let schedule = config.build(30).unwrap();
            let bayes = BayesDenoiser::new(&data, &schedule);
            let edges: Vec<_> = (-24..=24).map(|i| 0.15 * f64::from(i)).collect();
            let (x, weights): (Vec<_>, Vec<_>) = quadrature::nodes(&edges).unzip();
            let sampler = SamplerConfig {
                kind: SamplerKind::Rk45 { tolerance: 1e-7 },
                num_steps: None,
                levels: Levels::default(),
                start: Start::Standard,
            }
            .build(&schedule, &[], None);
            let found = log_likelihood(&bayes, &schedule, 100, sampler.start(), &x).unwrap();
            let density = |found: &Option<LogLikelihood>| found.unwrap().value.exp();
            let parts = found.iter().zip(&weights).map(|(f, w)| w * density(f));
            let mass: f64 = parts.sum();
            assert!((mass - 1.0).abs() < 1e-5, "{config:?} {mass}");
            let law = OutputLaw::of_sampler(&data, &sampler, &bayes, Precision::Fine)
                .unwrap()
                .unwrap();
            for (x, found) in x.iter().zip(&found) {
                let error = (density(found) - law.curve.pdf(*x)).abs();
                assert!(error < 1e-3, "{config:?} {x}: {error}");
                assert!(found.unwrap().error < 1e-3, "{config:?} {x}: {found:?}");
            }
        }
    }

    /// ln p_θ(x_0) for data N(0, C) with eigenvalues 0.7 and 0.3 along the diagonals: the flow scales
    /// each axis by √(a²v + s²), and x̂0 = a v x_1/(a²v + s²).
    fn of_gaussian(schedule: &NoiseSchedule, start: &StartLaw, [x, y]: [f64; 2]) -> f64 {
        let along = [((x + y) / 2f64.sqrt(), 0.7), ((x - y) / 2f64.sqrt(), 0.3)];
        let variance = |level: crate::diffusion::NoiseLevel, v: f64| {
            level.signal.powi(2) * v + level.noise.powi(2)
        };
        let prior = start.to_mixture(1);
        let term = |(x, v): (f64, f64)| {
            let (first, last) = (schedule.level(1), schedule.terminal());
            let slope = first.signal * v / variance(first, v);
            let stretch = (variance(last, v) / variance(first, v)).sqrt();
            prior.ln_pdf(&[x / slope * stretch]) + stretch.ln() - slope.ln()
        };
        along.into_iter().map(term).sum()
    }

    #[test]
    fn for_gaussian_data_in_two_dimensions_it_is_a_normal_density() {
        let gaussian = Gaussian::new(vec![0.0, 0.0], vec![0.5, 0.2, 0.2, 0.5]).unwrap();
        let data = Mixture::new(vec![1.0], vec![Component::Gaussian(gaussian)]);
        // The second lies twenty standard deviations away, where Newton's method takes many steps.
        let points = [[0.7, -0.4], [11.0, 9.0]];
        for (config, point) in [ScheduleConfig::Cosine, VE, ScheduleConfig::Flow]
            .into_iter()
            .flat_map(|config| points.map(|point| (config.clone(), point)))
        {
            let schedule = config.build(12).unwrap();
            let bayes = BayesDenoiser::new(&data, &schedule);
            let start = Start::Standard.law(&schedule, None);
            let exact = of_gaussian(&schedule, &start, point);
            let gap = |num_steps: usize| {
                let found = log_likelihood(&bayes, &schedule, num_steps, &start, &point).unwrap();
                let found = found[0].unwrap();
                assert!(
                    (found.value - exact).abs() <= found.error + 1e-6,
                    "{found:?}"
                );
                (found.value - exact).abs()
            };
            assert!(exact < -2.0 * LN_SQRT_2PI && gap(200) < 2e-6, "{config:?}");
            // Fourth order, until the differences of the Jacobian are all that is left.
            let (coarse, fine) = (gap(12), gap(24));
            assert!(fine < coarse / 10.0 + 1e-6, "{config:?}: {coarse} {fine}");
        }
    }

    #[test]
    fn a_single_timestep_is_its_last_step_alone() {
        let linear = Mixture::new(
            vec![1.0],
            vec![Component::Gaussian(
                Gaussian::diagonal(vec![0.0], &[0.6]).unwrap(),
            )],
        );
        let single = VE.build(1).unwrap();
        let bayes = BayesDenoiser::new(&linear, &single);
        let start = Start::Standard.law(&single, None);
        let level = single.level(1);
        let slope = level.signal * 0.36 / (level.signal.powi(2) * 0.36 + level.noise.powi(2));
        let exact = start.to_mixture(1).ln_pdf(&[0.5 / slope]) - slope.ln();
        let found = log_likelihood(&bayes, &single, 10, &start, &[0.5]).unwrap()[0].unwrap();
        assert!((found.value - exact).abs() < 1e-9, "{found:?} {exact}");
    }

    #[test]
    fn a_denoiser_in_single_precision_is_undone_too() {
        struct Rounded(BayesDenoiser);
        impl Denoiser for Rounded {
            fn dim(&self) -> usize {
                1
            }

            fn predict_noise(
                &self,
                x: &[f64],
                at: crate::diffusion::Instant,
                noise: &mut [f64],
            ) -> Result<()> {
                self.0.predict_noise(x, at, noise)?;
                noise
                    .iter_mut()
                    .for_each(|noise| *noise = f64::from(*noise as f32));
                Ok(())
            }
        }
        let (data, schedule) = (data(), ScheduleConfig::Cosine.build(100).unwrap());
        let exact = BayesDenoiser::new(&data, &schedule);
        let rounded = Rounded(BayesDenoiser::new(&data, &schedule));
        let start = Start::Standard.law(&schedule, None);
        let x: Vec<_> = (-20..=20).map(|i| 0.1 * f64::from(i)).collect();
        let of =
            |denoiser: &dyn Denoiser| log_likelihood(denoiser, &schedule, 50, &start, &x).unwrap();
        for (exact, rounded) in of(&exact).iter().zip(of(&rounded)) {
            let gap = exact.unwrap().value - rounded.expect("the point is found").value;
            assert!(gap.abs() < 2e-3, "{gap}");
        }
    }
}
