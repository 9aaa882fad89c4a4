use super::*;
use crate::{
    diffusion::{
        Counted, Denoiser, Frame, Instant, NoiseLevel, NoiseSchedule, ProcessConfig,
        ScheduleConfig, Start,
    },
    distance::wasserstein::{one_sample_floor, sorted, to_law},
    error::Result,
    rng::Seed,
    target::{Component, Gaussian, Mixture},
    truth::BayesDenoiser,
};

const MEAN: f64 = 0.4;
const VARIANCE: f64 = 0.25;

/// The exact answer for data N(MEAN, VARIANCE).
struct OfGaussian;

impl Denoiser for OfGaussian {
    fn dim(&self) -> usize {
        1
    }

    fn predict_noise(&self, x: &[f64], at: Instant, predicted_noise: &mut [f64]) -> Result<()> {
        let NoiseLevel { signal, noise } = at.level;
        for (out, x) in predicted_noise.iter_mut().zip(x) {
            *out = noise * (x - signal * MEAN) / (signal.powi(2) * VARIANCE + noise.powi(2));
        }
        Ok(())
    }

    fn predict_x0(&self, x: &[f64], at: Instant, predicted_x0: &mut [f64]) -> Result<()> {
        let NoiseLevel { signal, noise } = at.level;
        let total = signal.powi(2) * VARIANCE + noise.powi(2);
        for (out, x) in predicted_x0.iter_mut().zip(x) {
            *out = MEAN + signal * VARIANCE * (x - signal * MEAN) / total;
        }
        Ok(())
    }
}

/// The exact probability flow of that data: places in units of the standard deviation stay.
fn flow(x: f64, from: NoiseLevel, to: NoiseLevel) -> f64 {
    let std_dev = |l: NoiseLevel| (l.signal.powi(2) * VARIANCE + l.noise.powi(2)).sqrt();
    to.signal * MEAN + (x - from.signal * MEAN) / std_dev(from) * std_dev(to)
}

fn config(kind: SamplerKind, levels: Levels, num_steps: usize) -> SamplerConfig {
    SamplerConfig {
        kind,
        num_steps: Some(num_steps),
        levels,
        start: Start::Standard,
    }
}

const EULER: SamplerKind = SamplerKind::Euler { noise: 0.0 };
const DDIM: SamplerKind = SamplerKind::Ddim { eta: 0.0 };

fn heun(s_churn: f64) -> SamplerKind {
    SamplerKind::Heun {
        s_churn,
        s_tmin: 0.0,
        s_tmax: 1e9,
        s_noise: 1.0,
    }
}

fn process(schedule: ScheduleConfig, zero_terminal_snr: bool) -> NoiseSchedule {
    let config = ProcessConfig {
        num_timesteps: 60,
        schedule,
        zero_terminal_snr,
    };
    config.build()
}

fn processes() -> Vec<NoiseSchedule> {
    let ve = |sigma_max, rate| process(ScheduleConfig::Ve { sigma_max, rate }, false);
    let karras = ScheduleConfig::Karras {
        sigma_min: 0.002,
        sigma_max: 80.0,
        rho: 7.0,
    };
    vec![
        process(ScheduleConfig::Cosine, false),
        process(ScheduleConfig::Cosine, true),
        process(ScheduleConfig::CosineOpen, false),
        ve(1.0, 5.0),
        ve(30.0, 8.0),
        process(karras, false),
        process(ScheduleConfig::Flow, false),
    ]
}

/// The largest error of x at timestep 1 over some starts.
fn error(kind: &SamplerKind, levels: Levels, schedule: &NoiseSchedule, num_steps: usize) -> f64 {
    let sampler = config(kind.clone(), levels, num_steps).build(schedule, &[], None);
    let states = ReverseProcess::new(&sampler, &OfGaussian, 20, Seed(2));
    let states: Vec<_> = states.map(Result::unwrap).collect();
    let (first, last) = (&states[0], &states[states.len() - 2]);
    assert_eq!(last.at.t, 1.0);
    let pairs = first.x.values().iter().zip(last.x.values());
    let errors = pairs.map(|(from, to)| {
        // Without signal every start is the same point of the data's law.
        (flow(*from, first.at.level, last.at.level) - to).abs()
    });
    errors.fold(0.0, f64::max)
}

#[test]
fn solvers_of_the_probability_flow_have_their_orders() {
    for schedule in processes() {
        let levels = match schedule.terminal().signal > 0.0 {
            true => Levels::Karras,
            // The first step has no finite length in σ; its own error stays with Karras levels.
            false => Levels::Uniform,
        };
        for (kind, order) in [
            (DDIM, 1.0),
            (EULER, 1.0),
            (heun(0.0), 2.0),
            (SamplerKind::DpmSolverPp2m, 2.0),
        ] {
            if levels == Levels::Uniform && order == 2.0 {
                continue;
            }
            let (frame, last) = (schedule.frame(), schedule.terminal());
            let smooth = frame != Frame::VariancePreserving && last.noise <= 30.0;
            if kind == EULER && !smooth {
                // The rate jumps between intervals, so the error depends on where they are crossed.
                continue;
            }
            let [coarse, fine] = [256, 1024].map(|n| error(&kind, levels, &schedule, n));
            let found = (coarse / fine).log2() / 2.0;
            // Where the answer is exact to rounding already there is no order to see.
            assert!(
                (found > order - 0.25 && found < order + 1.0) || coarse < 1e-9,
                "{kind:?}: {found} {coarse} {fine} {:?}",
                schedule.frame()
            );
        }
    }
}

#[test]
fn the_adaptive_solver_keeps_its_tolerance() {
    for schedule in processes() {
        for tolerance in [1e-3, 1e-6, 1e-9] {
            let kind = SamplerKind::Rk45 { tolerance };
            let found = error(&kind, Levels::Uniform, &schedule, 2);
            // About twenty steps, whose errors the flow hardly amplifies.
            assert!(
                found < 50.0 * tolerance,
                "{tolerance}: {found} {:?}",
                schedule.frame()
            );
            // Looking at it on the way changes little.
            let looked = error(&kind, Levels::Uniform, &schedule, 9);
            assert!(looked < 50.0 * tolerance, "{tolerance}: {looked}");
        }
    }
}

#[test]
fn euler_is_the_exercise_in_a_variance_exploding_process_and_ddim_in_a_straight_one() {
    let (rate, total) = (5.0, 60.0);
    let exploding = process(
        ScheduleConfig::Ve {
            sigma_max: 1.0,
            rate,
        },
        false,
    );
    let sampler =
        config(SamplerKind::Euler { noise: 0.1 }, Levels::Uniform, 60).build(&exploding, &[], None);
    let Method::Gaussian(euler) = sampler.method() else {
        unreachable!()
    };
    let step = sampler.steps().nth(7).unwrap();
    let (x, sigma) = (0.7, step.from.level.noise);
    // dx = −(1 + λ²) σ̇ σ ∇log p dt + λ √(2σ̇σ) dW with σ̇ = 5σ and dt = −1/T.
    let score = (MEAN - x) / (VARIANCE + sigma * sigma);
    let exact = x + 1.01 * rate * sigma * sigma * score / total;
    let mut moved = [x];
    euler.mean(&mut moved, &step, &OfGaussian).unwrap();
    assert!((moved[0] - exact).abs() < 1e-14, "{moved:?} {exact}");
    let noise = 0.1 * (2.0 * rate * sigma * sigma / total).sqrt();
    assert!((euler.std_dev(&step) - noise).abs() < 1e-15);

    let straight = process(ScheduleConfig::Flow, false);
    let of = |kind| {
        let sampler = config(kind, Levels::Uniform, 20).build(&straight, &[], None);
        let last = ReverseProcess::new(&sampler, &OfGaussian, 50, Seed(1)).samples();
        last.unwrap()
    };
    for (a, b) in of(EULER).values().iter().zip(of(DDIM).values()) {
        assert!((a - b).abs() < 1e-13, "{a} {b}");
    }
}

#[test]
fn one_and_two_steps_of_every_higher_method_are_known() {
    let schedule = process(ScheduleConfig::Cosine, false);
    let of = |kind, n| {
        let sampler = config(kind, Levels::Lambda, n).build(&schedule, &[], None);
        let last = ReverseProcess::new(&sampler, &OfGaussian, 5, Seed(1)).samples();
        last.unwrap()
    };
    // A single step ends at x̂0, and two of the multistep method are of first order both.
    for kind in [heun(0.0), SamplerKind::DpmSolverPp2m, EULER] {
        for (a, b) in of(kind, 1).values().iter().zip(of(DDIM, 1).values()) {
            assert!((a - b).abs() < 1e-12);
        }
    }
    for (a, b) in of(SamplerKind::DpmSolverPp2m, 2)
        .values()
        .iter()
        .zip(of(DDIM, 2).values())
    {
        assert!((a - b).abs() < 1e-12, "{a} {b}");
    }
}

#[test]
fn the_first_samples_do_not_depend_on_how_many_there_are() {
    let schedule = process(ScheduleConfig::Cosine, false);
    let rk45 = SamplerKind::Rk45 { tolerance: 1e-4 };
    for kind in [
        heun(10.0),
        SamplerKind::DpmSolverPp2m,
        rk45,
        SamplerKind::Euler { noise: 0.5 },
    ] {
        let of = |n| {
            let sampler = config(kind.clone(), Levels::Karras, 8).build(&schedule, &[], None);
            let last = ReverseProcess::new(&sampler, &OfGaussian, n, Seed(1)).samples();
            last.unwrap().values().to_vec()
        };
        assert_eq!(of(300), of(700)[..300], "{kind:?}");
    }
}

#[test]
fn every_sampler_draws_the_data_of_every_process_from_the_exact_start() {
    let gaussian = |mean, sd| Component::Gaussian(Gaussian::diagonal(vec![mean], &[sd]).unwrap());
    let data = Mixture::new(
        vec![0.3, 0.7],
        vec![gaussian(-1.4, 0.35), gaussian(0.7, 0.25)],
    );
    let n = 1000;
    let floor = one_sample_floor(&data, n);
    let variance = ReverseVariance::Posterior;
    for schedule in processes() {
        let bayes = BayesDenoiser::new(&data, &schedule);
        for kind in [
            SamplerKind::Ddpm { variance },
            SamplerKind::Ddim { eta: 0.0 },
            SamplerKind::Ddim { eta: 0.5 },
            SamplerKind::Euler { noise: 0.0 },
            SamplerKind::Euler { noise: 0.3 },
            heun(0.0),
            heun(20.0),
            SamplerKind::DpmSolverPp2m,
            SamplerKind::Rk45 { tolerance: 1e-4 },
            SamplerKind::Exact,
        ] {
            let (levels, steps) = match kind {
                SamplerKind::Rk45 { .. } => (Levels::Uniform, 2),
                SamplerKind::Euler { .. } => (Levels::Uniform, 240),
                _ => (Levels::Lambda, 80),
            };
            let config = SamplerConfig {
                start: Start::Exact,
                ..config(kind.clone(), levels, steps)
            };
            let sampler = config.build(&schedule, &[], Some(&data));
            let last = ReverseProcess::new(&sampler, &bayes, n, Seed(7)).samples();
            let distance = to_law(&sorted(last.unwrap().axis(0)), &data);
            // W1 of perfect samples is the floor with a spread of about a third of it.
            assert!(
                distance < 2.5 * floor,
                "{kind:?} {:?} {:?}: {distance} {floor}",
                schedule.frame(),
                schedule.terminal()
            );
        }
    }
}

#[test]
fn every_point_of_the_adaptive_solver_is_as_near_as_its_tolerance() {
    // The flow of two modes stretches errors where they part, by up to q_T/q_0, about 400. A step that is
    // accepted by chance would be thousands of tolerances off.
    let gaussian = |mean, sd| Component::Gaussian(Gaussian::diagonal(vec![mean], &[sd]).unwrap());
    let data = Mixture::new(
        vec![0.3, 0.7],
        vec![gaussian(-1.4, 0.35), gaussian(0.7, 0.25)],
    );
    let rescaled = ScheduleConfig::LinearRescaled {
        beta_start: 1e-4,
        beta_end: 0.02,
    };
    let karras = ScheduleConfig::Karras {
        sigma_min: 0.002,
        sigma_max: 80.0,
        rho: 7.0,
    };
    for schedule in [ScheduleConfig::Cosine, rescaled, karras] {
        let schedule = process(schedule, false);
        let bayes = BayesDenoiser::new(&data, &schedule);
        let n = 4000;
        let run = |tolerance| {
            let config = SamplerConfig {
                start: Start::Exact,
                ..config(SamplerKind::Rk45 { tolerance }, Levels::Uniform, 2)
            };
            let sampler = config.build(&schedule, &[], Some(&data));
            let counted = Counted::new(&bayes);
            let last = ReverseProcess::new(&sampler, &counted, n, Seed(7)).samples();
            (last.unwrap().axis(0), counted.count() as f64 / n as f64)
        };
        let (tolerance, (exact, _)) = (1e-6, run(1e-10));
        let (found, count) = run(tolerance);
        let errors = found.iter().zip(&exact).map(|(a, b)| (a - b).abs());
        let largest = errors.fold(0.0, f64::max);
        assert!(largest < 1000.0 * tolerance, "{largest}");
        // About twelve steps of six answers, and what the first takes.
        assert!(count < 95.0, "{count}");
    }
}
