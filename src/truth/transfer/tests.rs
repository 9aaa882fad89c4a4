use super::{precision::Coarseness, process::Process, *};
use crate::{
    diffusion::{
        NoiseSchedule, ReverseProcess, SamplerConfig, ScheduleConfig, Start,
        sampler::{Levels, Method, ReverseVariance, SamplerKind, Step},
    },
    distance::wasserstein::{one_sample_floor, sorted, to_law},
    rng::Seed,
    target::{Component, Gaussian, Mixture, UniformBox},
    truth::BayesDenoiser,
};

fn gaussian(mean: f64, sd: f64) -> Component {
    Component::Gaussian(Gaussian::diagonal(vec![mean], &[sd]).unwrap())
}

fn one() -> Mixture {
    Mixture::new(vec![1.0], vec![gaussian(0.3, 0.5)])
}

fn modes() -> Mixture {
    Mixture::new(
        vec![0.3, 0.7],
        vec![gaussian(-1.4, 0.25), gaussian(0.7, 0.15)],
    )
}

fn with_box() -> Mixture {
    let uniform = Component::Uniform(UniformBox::new(vec![0.2], vec![1.0]).unwrap());
    Mixture::new(
        vec![0.3, 0.4, 0.3],
        vec![gaussian(-1.2, 0.3), gaussian(1.3, 0.5), uniform],
    )
}

fn ddpm(variance: ReverseVariance) -> SamplerKind {
    SamplerKind::Ddpm { variance }
}

fn law(
    data: &Mixture,
    schedule: &NoiseSchedule,
    kind: &SamplerKind,
    steps: usize,
    start: Start,
) -> OutputLaw {
    let config = SamplerConfig {
        kind: kind.clone(),
        num_steps: Some(steps),
        levels: Levels::default(),
        start,
    };
    let sampler = config.build(schedule, &[(-1.0, 1.0)], Some(data));
    let bayes = BayesDenoiser::new(data, schedule);
    OutputLaw::of_sampler(data, &sampler, &bayes, Precision::Fine)
        .unwrap()
        .unwrap()
}

#[test]
fn for_gaussian_data_every_sampler_draws_a_normal_law_of_known_moments() {
    // ε* is affine in x, so every step is x ↦ b + c x + σ z: b and c from two points.
    let (data, schedule) = (one(), ScheduleConfig::Cosine.build(40).unwrap());
    let bayes = BayesDenoiser::new(&data, &schedule);
    for kind in [
        ddpm(ReverseVariance::Beta),
        ddpm(ReverseVariance::Posterior),
        ddpm(ReverseVariance::Bayes),
        SamplerKind::Ddim { eta: 0.0 },
        SamplerKind::Ddim { eta: 0.5 },
        SamplerKind::Ddim { eta: 1.0 },
        SamplerKind::Ddim { eta: 0.002 },
    ] {
        for steps in [40, 7, 1] {
            let config = SamplerConfig {
                kind: kind.clone(),
                num_steps: Some(steps),
                levels: Levels::default(),
                start: Start::Standard,
            };
            let built = config.build(&schedule, &[], Some(&data));
            let Method::Gaussian(sampler) = built.method() else {
                unreachable!()
            };
            let (mut mean, mut variance) = (0.0, 1.0);
            for pair in built.instants().windows(2).rev() {
                let step = Step::new(pair[1], pair[0]);
                let mut x = [0.0, 1.0];
                sampler.mean(&mut x, &step, &bayes).unwrap();
                let slope = x[1] - x[0];
                mean = x[0] + slope * mean;
                variance = slope * slope * variance + sampler.std_dev(&step).powi(2);
            }
            let exact = Mixture::new(vec![1.0], vec![gaussian(mean, variance.sqrt())]);
            let found = law(&data, &schedule, &kind, steps, Start::Standard);
            let narrow = kind == SamplerKind::Ddim { eta: 0.002 };
            let bound = if narrow { 1e-7 } else { 1e-10 };
            for z in [-4.0, -1.5, 0.0, 0.7, 5.0] {
                let x = mean + variance.sqrt() * z;
                let error = (found.curve.cdf(x) - exact.cdf(x)).abs();
                assert!(error < bound, "{kind:?} {steps} steps, z={z}: {error}");
            }
            assert!(found.mass_error < 1e-11, "{kind:?}: {}", found.mass_error);
        }
    }
}

#[test]
fn the_exact_kernel_draws_the_data() {
    let schedule = ScheduleConfig::Cosine.build(50).unwrap();
    for (data, bound) in [(one(), 1e-8), (modes(), 1e-7), (with_box(), 1e-7)] {
        for steps in [1, 5, 50] {
            let law = law(&data, &schedule, &SamplerKind::Exact, steps, Start::Exact);
            assert!(
                law.distances.w1.value < bound,
                "{steps}: {:?}",
                law.distances
            );
            let worst = law.trajectory.iter().map(|(_, w1)| *w1).fold(0.0, f64::max);
            assert!(worst < bound, "{steps} steps: {worst}");
            assert!(
                law.distances.total_variation.value < 1e-4,
                "{:?}",
                law.distances
            );
        }
    }
}

#[test]
fn the_exact_kernel_takes_a_wrong_start_to_the_same_law_in_any_number_of_steps() {
    // The reverse kernels compose: q(x_0 | x_T) is the same whatever lies between.
    let betas = vec![0.02; 40];
    let (data, schedule) = (modes(), NoiseSchedule::from_betas(&betas));
    let [one, many] = [1, 40].map(|steps| {
        law(
            &data,
            &schedule,
            &SamplerKind::Exact,
            steps,
            Start::Standard,
        )
    });
    assert!(one.distances.w1.value > 0.01);
    assert!((one.distances.w1.value - many.distances.w1.value).abs() < 1e-9);
    assert!((one.distances.kl_forward.value - many.distances.kl_forward.value).abs() < 1e-8);
}

#[test]
fn samples_agree_with_the_law() {
    // W1 of n samples to the law they are drawn from is the floor with a spread of a third of it.
    let schedule = ScheduleConfig::Cosine.build(30).unwrap();
    let n = 1_000_000;
    for (data, kind, steps) in [
        (modes(), ddpm(ReverseVariance::Posterior), 30),
        (modes(), ddpm(ReverseVariance::Beta), 5),
        (modes(), SamplerKind::Ddim { eta: 0.0 }, 5),
        (modes(), SamplerKind::DpmSolverPp2m, 6),
        (modes(), SamplerKind::Euler { noise: 0.5 }, 6),
        (modes(), SamplerKind::Ddim { eta: 0.5 }, 12),
        (
            modes(),
            SamplerKind::DdpmX0 {
                variance: ReverseVariance::Beta,
                clip_x0: true,
            },
            6,
        ),
        (with_box(), ddpm(ReverseVariance::Bayes), 6),
    ] {
        let config = SamplerConfig {
            kind: kind.clone(),
            num_steps: Some(steps),
            levels: Levels::default(),
            start: Start::Standard,
        };
        let sampler = config.build(&schedule, &[(-1.0, 1.0)], Some(&data));
        let bayes = BayesDenoiser::new(&data, &schedule);
        let process = ReverseProcess::new(&sampler, &bayes, n, Seed(9));
        let samples = sorted(process.samples().unwrap().axis(0));
        let found = law(&data, &schedule, &kind, steps, Start::Standard);
        let floor = one_sample_floor(&data, n);
        let expected = to_law(&samples, &data);
        let difference = (found.distances.w1.value - expected).abs();
        assert!(
            difference < 2.5 * floor,
            "{kind:?}: {:?} {expected} {floor}",
            found.distances
        );
        // And the whole law: sup|F_n − F| exceeds 2.5/√n with probability 2exp(−12.5).
        for i in (0..n).step_by(n / 500) {
            let between = found.curve.cdf(samples[i] - 1e-7)..=found.curve.cdf(samples[i] + 1e-7);
            let level = i as f64 / n as f64;
            let slack = 2.5 / (n as f64).sqrt();
            assert!(
                level > between.start() - slack && level < between.end() + slack,
                "{kind:?} {level} {between:?}"
            );
        }
    }
}

#[test]
fn the_stated_error_covers_the_change_with_far_finer_panels() {
    let (data, schedule) = (modes(), ScheduleConfig::Cosine.build(20).unwrap());
    let bayes = BayesDenoiser::new(&data, &schedule);
    for kind in [ddpm(ReverseVariance::Beta), SamplerKind::Ddim { eta: 0.0 }] {
        let config = SamplerConfig {
            kind: kind.clone(),
            num_steps: None,
            levels: Levels::default(),
            start: Start::Standard,
        };
        let sampler = config.build(&schedule, &[], Some(&data));
        let dynamics = Dynamics::of_sampler(&sampler, &bayes, &data);
        let process = Process {
            data: &data,
            coarseness: Coarseness {
                panels: 0.5,
                curve: 0.5,
                ..Precision::Fine.coarseness(20)[0]
            },
        };
        let fine = process
            .run(&dynamics, sampler.instants(), sampler.start())
            .unwrap();
        let usual = law(&data, &schedule, &kind, 20, Start::Standard);
        let stated = usual.distances.w1;
        let error = (fine.w1 - stated.value).abs();
        assert!(
            error <= stated.standard_error.max(1e-12),
            "{kind:?}: {error} {stated:?}"
        );
        assert!(
            stated.standard_error < 1e-3 * stated.value,
            "{kind:?}: {stated:?}"
        );
    }
}

#[test]
fn a_perfect_network_still_pays_for_the_prior() {
    // With few noise levels the end of the process is far from N(0, 1): the law shows by how much.
    let (data, schedule) = (one(), NoiseSchedule::from_betas(&[0.02; 20]));
    let found = law(
        &data,
        &schedule,
        &SamplerKind::Ddim { eta: 0.0 },
        20,
        Start::Standard,
    );
    let weights: f64 = found.distances.mode_weights.iter().map(|w| w.value).sum();
    assert!((weights - 1.0).abs() < 1e-9);
    assert!(found.distances.w1.value > 0.05 && found.distances.kl_reverse.value > 0.01);
    assert!(found.distances.total_variation.value < 1.0 && found.distances.outside.value == 0.0);
}

#[test]
fn the_fast_computation_is_good_to_a_small_part_of_any_noise() {
    for (data, schedule, steps) in [
        (modes(), ScheduleConfig::Cosine, 20),
        (modes(), ScheduleConfig::Cosine, 100),
        (modes(), ScheduleConfig::Cosine, 200),
        (with_box(), ScheduleConfig::Cosine, 50),
    ] {
        let schedule = schedule.build(steps).unwrap();
        let bayes = BayesDenoiser::new(&data, &schedule);
        for kind in [
            ddpm(ReverseVariance::Beta),
            ddpm(ReverseVariance::Posterior),
            SamplerKind::Ddim { eta: 0.0 },
            SamplerKind::Ddim { eta: 0.5 },
        ] {
            let config = SamplerConfig {
                kind: kind.clone(),
                num_steps: None,
                levels: Levels::default(),
                start: Start::Standard,
            };
            let sampler = config.build(&schedule, &[], Some(&data));
            let of = |precision| {
                OutputLaw::of_sampler(&data, &sampler, &bayes, precision)
                    .unwrap()
                    .unwrap()
            };
            let [fine, fast] = [Precision::Fine, Precision::Fast].map(of);
            let (of_fast, of_fine) = (&fast.distances, &fine.distances);
            let error = (of_fast.w1.value - of_fine.w1.value).abs();
            assert!(error < 1e-4, "{kind:?} {steps}: {of_fast:?} {of_fine:?}");
            let (a, b) = (of_fast.kl_forward, of_fine.kl_forward);
            let error = (a.value - b.value).abs();
            // Where the law does not reach the edges of a box, both are infinite.
            assert!(
                a.value == b.value || error <= a.standard_error + b.standard_error,
                "{kind:?} {steps}: {a:?} {b:?}"
            );
            for ((_, fast), (t, fine)) in fast.trajectory.iter().zip(&fine.trajectory) {
                assert!((fast - fine).abs() < 5e-4, "{kind:?} t={t}: {fast} {fine}");
            }
        }
    }
}
