//! Divergences of laws that are hard to compute: of coarse and folded steps, narrow peaks, and far away.

use super::{precision::Coarseness, process::Process, *};
use crate::{
    diffusion::{
        Denoiser, Instant, NoiseSchedule, SamplerConfig, ScheduleConfig, Start,
        sampler::{Levels, ReverseVariance, Sampler, SamplerKind},
    },
    error::Result,
    target::{Component, Estimate, Gaussian, Mixture, UniformBox},
    truth::BayesDenoiser,
};

fn mixture(parts: &[(f64, f64, f64)]) -> Mixture {
    let gaussian = |&(_, mean, sd): &(f64, f64, f64)| {
        Component::Gaussian(Gaussian::diagonal(vec![mean], &[sd]).unwrap())
    };
    let weights = parts.iter().map(|part| part.0).collect();
    Mixture::new(weights, parts.iter().map(gaussian).collect())
}

const MODES: [(f64, f64, f64); 2] = [(0.3, -1.4, 0.25), (0.7, 0.7, 0.15)];
const PEAK: [(f64, f64, f64); 2] = [(0.5, 0.0, 0.003), (0.5, 0.0, 1.4)];
const NARROW: [(f64, f64, f64); 2] = [(0.5, -1.0, 1e-4), (0.5, 1.0, 0.3)];
const POSTERIOR: SamplerKind = SamplerKind::Ddpm {
    variance: ReverseVariance::Posterior,
};
const DDIM: SamplerKind = SamplerKind::Ddim { eta: 0.0 };
const HEUN: SamplerKind = SamplerKind::Heun {
    s_churn: 0.0,
    s_tmin: 0.0,
    s_tmax: 1e9,
    s_noise: 1.0,
};
const VP: ScheduleConfig = ScheduleConfig::Vp {
    beta_min: 0.1,
    beta_max: 20.0,
};
const LINEAR: ScheduleConfig = ScheduleConfig::Linear {
    beta_start: 1e-4,
    beta_end: 0.02,
};

fn sampler(kind: &SamplerKind, schedule: &NoiseSchedule, data: &Mixture) -> Sampler {
    let config = SamplerConfig {
        kind: kind.clone(),
        num_steps: None,
        levels: Levels::Uniform,
        start: Start::Standard,
    };
    config.build(schedule, &[], Some(data))
}

fn distances(data: &Mixture, kind: &SamplerKind, schedule: &NoiseSchedule) -> Distances {
    let bayes = BayesDenoiser::new(data, schedule);
    let sampler = sampler(kind, schedule, data);
    let law = OutputLaw::of_sampler(data, &sampler, &bayes, Precision::Fast);
    law.unwrap().unwrap().distances
}

fn assert_is(found: Estimate, exact: f64, slack: f64, what: &str) {
    let error = (found.value - exact).abs();
    assert!(
        error <= found.standard_error + slack,
        "{what}: {found:?} {exact}"
    );
    assert!(
        found.standard_error <= 1e-4 * (1.0 + exact),
        "{what}: {found:?}"
    );
}

/// By brute force with numpy: ln p of the last noisy law on a grid of 16,001 points over ±35, and the steps
/// after it with their exact derivatives. Their branches are split at the zeros of the derivative by bisection
/// and inverted by Newton's method. 128 Gauss–Legendre nodes lie between any two of the breakpoints of the
/// data, the turning values and 40 images. The last digit is the one that more nodes change.
#[test]
fn divergences_agree_with_brute_force() {
    for (parts, kind, config, forward, reverse, slack) in [
        (
            &MODES,
            HEUN,
            ScheduleConfig::Cosine,
            0.659_004_096,
            0.466_188_781,
            1e-6,
        ),
        // Folded twice.
        (
            &MODES,
            SamplerKind::DpmSolverPp2m,
            LINEAR,
            0.738_458,
            2.215_306,
            3e-5,
        ),
        (&MODES, POSTERIOR, VP, 4.626_626, 1.563_625, 1e-5),
        (
            &PEAK,
            DDIM,
            ScheduleConfig::Cosine,
            1.154_650,
            1.184_820,
            1e-5,
        ),
    ] {
        let (data, schedule) = (mixture(parts), config.build(5).unwrap());
        let found = distances(&data, &kind, &schedule);
        assert_is(
            found.kl_forward,
            forward,
            slack,
            &format!("{kind:?} {found:?}"),
        );
        assert_is(
            found.kl_reverse,
            reverse,
            slack,
            &format!("{kind:?} {found:?}"),
        );
    }
}

#[test]
fn finer_panels_change_divergences_by_less_than_their_error() {
    for (parts, kind, config, steps) in [
        (&MODES, HEUN, LINEAR, 5),
        (&MODES, POSTERIOR, VP, 5),
        (&PEAK, SamplerKind::Ddim { eta: 0.5 }, LINEAR, 5),
        (&NARROW, SamplerKind::DpmSolverPp2m, LINEAR, 5),
        (&NARROW, POSTERIOR, LINEAR, 5),
    ] {
        let (data, schedule) = (mixture(parts), config.build(steps).unwrap());
        let usual = distances(&data, &kind, &schedule);
        let sampler = sampler(&kind, &schedule, &data);
        let bayes = BayesDenoiser::new(&data, &schedule);
        let dynamics = Dynamics::of_sampler(&sampler, &bayes, &data);
        let coarseness = Coarseness {
            panels: 0.7,
            ..Precision::Fine.coarseness(steps)[0]
        };
        let process = Process {
            data: &data,
            coarseness,
        };
        let run = process.run(&dynamics, sampler.instants(), sampler.start());
        let finer = run.unwrap().ending.divergences(&data, &coarseness).unwrap();
        for (usual, finer) in [
            (usual.kl_forward, finer.kl_forward),
            (usual.kl_reverse, finer.kl_reverse),
            (usual.total_variation, finer.total_variation),
        ] {
            let change = (usual.value - finer.value).abs();
            assert!(
                change <= usual.standard_error + finer.standard_error,
                "{kind:?} {parts:?}: {usual:?} {finer:?}"
            );
            assert!(
                usual.standard_error < 0.02 * (1.0 + usual.value),
                "{usual:?}"
            );
        }
    }
}

/// x̂0 = x/a + a constant, so that the last step carries the law away.
struct Away(f64);

impl Denoiser for Away {
    fn dim(&self) -> usize {
        1
    }

    fn predict_noise(&self, x: &[f64], _: Instant, predicted: &mut [f64]) -> Result<()> {
        predicted.copy_from_slice(x);
        predicted.iter_mut().for_each(|noise| *noise = -self.0);
        Ok(())
    }
}

#[test]
fn a_law_far_from_the_data_has_its_divergences() {
    // One step takes N(0, 1) to N(m, 1/a²) with m = 20,000 s/a; KL between normal laws is closed.
    let (data, schedule) = (mixture(&[(1.0, 0.3, 0.5)]), LINEAR.build(1).unwrap());
    let level = schedule.level(1);
    let away = Away(20_000.0);
    let sampler = sampler(&DDIM, &schedule, &data);
    let law = OutputLaw::of_sampler(&data, &sampler, &away, Precision::Fast);
    let found = law.unwrap().unwrap().distances;
    let (mean, sd) = (20_000.0 * level.noise / level.signal, level.signal.recip());
    let kl = |(m, s): (f64, f64), (n, r): (f64, f64)| {
        (r / s).ln() + (s * s + (m - n).powi(2)) / (2.0 * r * r) - 0.5
    };
    let reverse = kl((mean, sd), (0.3, 0.5));
    assert!(reverse > 7e4);
    assert_is(found.kl_reverse, reverse, 1e-9 * reverse, "reverse");
    assert_is(
        found.kl_forward,
        kl((0.3, 0.5), (mean, sd)),
        1e-9 * reverse,
        "forward",
    );
    assert!((found.total_variation.value - 1.0).abs() < 1e-9);
}

#[test]
fn what_the_law_leaves_out_of_a_box_is_infinitely_dear() {
    let uniform = UniformBox::new(vec![-1.7], vec![1.7]).unwrap();
    let data = Mixture::new(vec![1.0], vec![Component::Uniform(uniform)]);
    for kind in [DDIM, POSTERIOR] {
        let found = distances(&data, &kind, &ScheduleConfig::Cosine.build(5).unwrap());
        assert!(found.kl_forward.value.is_infinite(), "{kind:?} {found:?}");
        assert!(found.kl_reverse.value < 1.0 && found.kl_reverse.standard_error < 1e-4);
    }
}

#[test]
fn a_constant_answer_is_an_atom() {
    struct Constant;
    impl Denoiser for Constant {
        fn dim(&self) -> usize {
            1
        }

        fn predict_noise(&self, x: &[f64], at: Instant, predicted: &mut [f64]) -> Result<()> {
            // x̂0 = 0.25 whatever x is.
            for (noise, x) in predicted.iter_mut().zip(x) {
                *noise = (x - at.level.signal * 0.25) / at.level.noise;
            }
            Ok(())
        }
    }
    let (data, schedule) = (mixture(&MODES), ScheduleConfig::Cosine.build(4).unwrap());
    let sampler = sampler(&DDIM, &schedule, &data);
    let law = OutputLaw::of_sampler(&data, &sampler, &Constant, Precision::Fast);
    let found = law.unwrap().unwrap().distances;
    assert!(found.kl_reverse.value.is_infinite() && found.kl_forward.value.is_infinite());
    assert!(
        (found.total_variation.value - 1.0).abs() < 1e-9,
        "{found:?}"
    );
}
