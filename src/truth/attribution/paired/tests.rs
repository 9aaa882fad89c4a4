use super::*;
use crate::{
    diffusion::{
        Denoiser, Instant, NoiseLevel, NoiseSchedule, SamplerConfig, ScheduleConfig, Start,
        sampler::{Levels, ReverseVariance, Sampler, SamplerKind, Step},
    },
    distance::wasserstein::{one_sample_floor, sorted, to_law},
    target::{Component, Estimate, Gaussian, Mixture, special},
    truth::{BayesDenoiser, Precision, Verdict},
};

fn gaussian(mean: &[f64], std_devs: &[f64]) -> Component {
    Component::Gaussian(Gaussian::diagonal(mean.to_vec(), std_devs).unwrap())
}

/// What its coordinates are laws of in one dimension.
fn line() -> Mixture {
    Mixture::new(
        vec![0.3, 0.7],
        vec![gaussian(&[-1.4], &[0.25]), gaussian(&[0.7], &[0.15])],
    )
}

/// Two independent coordinates.
fn plane() -> Mixture {
    let (weights, means, sds) = ([0.3, 0.7], [-1.4, 0.7], [0.25, 0.15]);
    let pairs = [(0, 0), (0, 1), (1, 0), (1, 1)];
    Mixture::new(
        pairs.map(|(i, j)| weights[i] * weights[j]).to_vec(),
        pairs
            .map(|(i, j)| gaussian(&[means[i], means[j]], &[sds[i], sds[j]]))
            .to_vec(),
    )
}

/// The Bayes denoiser with a constant error along each axis.
struct Biased(BayesDenoiser, f64);

impl Denoiser for Biased {
    fn dim(&self) -> usize {
        self.0.dim()
    }

    fn predict_noise(&self, x: &[f64], at: Instant, predicted_noise: &mut [f64]) -> Result<()> {
        self.0.predict_noise(x, at, predicted_noise)?;
        predicted_noise
            .iter_mut()
            .for_each(|noise| *noise += self.1);
        Ok(())
    }
}

const DDPM: SamplerKind = SamplerKind::Ddpm {
    variance: ReverseVariance::Posterior,
};
const DDIM: SamplerKind = SamplerKind::Ddim { eta: 0.0 };

fn sampler(data: &Mixture, schedule: &NoiseSchedule, kind: &SamplerKind, steps: usize) -> Sampler {
    let config = SamplerConfig {
        kind: kind.clone(),
        num_steps: Some(steps),
        levels: Levels::default(),
        start: Start::Standard,
    };
    config.build(schedule, &[], Some(data))
}

fn cosine(t: usize) -> NoiseSchedule {
    ScheduleConfig::Cosine.build(t).unwrap()
}

/// 60 steps of β from 1e-4 to 0.02 leave most of the signal: a wrong prior.
fn short() -> NoiseSchedule {
    let linear = ScheduleConfig::Linear {
        beta_start: 1e-4,
        beta_end: 0.02,
    };
    linear.build(60).unwrap()
}

/// Samples of each combination.
const SAMPLES: usize = 1024;

/// Of a run without a network.
fn subject<'a>(
    data: &'a Mixture,
    schedule: &'a NoiseSchedule,
    sampler: &'a Sampler,
) -> Subject<'a> {
    Subject {
        data,
        schedule,
        sampler,
        network: None,
        classes: None,
        num_samples: SAMPLES,
    }
}

fn by_pairs(subject: &Subject) -> Attribution {
    let (plan, units) = (Plan::new(subject), vec![1.0; subject.data.dim()]);
    let samples = samples(&plan, SAMPLES, Seed(7)).unwrap();
    Attribution::from_pairs(&plan, &samples, &units).unwrap()
}

fn attribution(
    data: &Mixture,
    schedule: &NoiseSchedule,
    kind: &SamplerKind,
    steps: usize,
    bias: f64,
) -> Attribution {
    let sampler = sampler(data, schedule, kind, steps);
    let network = Biased(BayesDenoiser::new(data, schedule), bias);
    let subject = Subject {
        data,
        schedule,
        sampler: &sampler,
        network: Some(&network),
        classes: None,
        num_samples: SAMPLES,
    };
    by_pairs(&subject)
}

#[test]
fn each_cause_is_found_where_it_is_the_only_one() {
    for kind in [DDPM, DDIM] {
        for (schedule, steps, bias, cause) in [
            (short(), 60, 0.0, Cause::Prior),
            (cosine(60), 60, 0.3, Cause::Network),
            (cosine(60), 4, 0.0, Cause::Discretisation),
        ] {
            let found = attribution(&plane(), &schedule, &kind, steps, bias);
            assert_eq!(found.verdict(), Verdict::Of(cause), "{kind:?} {found:?}");
            assert_eq!(found.rival(), None, "{kind:?} {found:?}");
            // The data is the data.
            assert_eq!(found.cells.0[0], 0.0);
            let network = found.estimate(|cells| cells.share(Cause::Network));
            if bias == 0.0 {
                assert!(network.value.abs() < 1e-9, "{kind:?} {network:?}");
            }
        }
    }
}

#[test]
fn the_cells_are_those_of_the_exact_laws_of_the_axes() {
    // What is independent is denoised and drawn independently, so that both axes are the same problem in
    // one dimension, where the laws are known.
    for (kind, schedule, steps) in [
        (DDPM, cosine(30), 30),
        (DDPM, short(), 20),
        (DDIM, short(), 60),
        (DDIM, cosine(30), 8),
        (SamplerKind::DpmSolverPp2m, cosine(30), 6),
    ] {
        let found = attribution(&plane(), &schedule, &kind, steps, 0.15);
        let data = line();
        let sampler = sampler(&data, &schedule, &kind, steps);
        let network = Biased(BayesDenoiser::new(&data, &schedule), 0.15);
        let subject = Subject {
            data: &data,
            schedule: &schedule,
            sampler: &sampler,
            network: Some(&network),
            classes: None,
            num_samples: SAMPLES,
        };
        let (exact, _) = Attribution::by_law(&subject, Precision::Fast)
            .unwrap()
            .unwrap();
        assert!((found.sample_floor / exact.sample_floor - 1.0).abs() < 1e-6);
        for i in 0..8 {
            let cell = found.estimate(|cells| cells.0[i]);
            let error = cell.value - exact.cells.0[i];
            // Four standard errors, and what the steps of the flow and doubtful signs leave.
            let bound = 4.0 * cell.standard_error + 2e-3;
            assert!(
                error.abs() < bound,
                "{kind:?} {steps}, {i}: {cell:?} {exact:?}"
            );
        }
    }
}

#[test]
fn a_perfect_run_is_limited_by_its_samples_and_asks_no_network() {
    let found = attribution(&plane(), &cosine(60), &SamplerKind::Exact, 60, 0.4);
    assert_eq!(found.verdict(), Verdict::SampleSize, "{found:?}");
    assert!(found.cells.share(Cause::Network) == 0.0);
    let (data, schedule) = (plane(), cosine(100));
    let bayes_variance = SamplerKind::Ddpm {
        variance: ReverseVariance::Bayes,
    };
    let sampler = sampler(&data, &schedule, &bayes_variance, 100);
    let subject = subject(&data, &schedule, &sampler);
    let found = by_pairs(&subject);
    assert_eq!(found.verdict(), Verdict::SampleSize, "{found:?}");
}

#[test]
fn the_result_does_not_depend_on_the_number_of_threads() {
    let [one, three] = [1, 3].map(|threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads);
        let work = || attribution(&plane(), &short(), &DDPM, 12, 0.1);
        pool.build().unwrap().install(work)
    });
    assert_eq!(one, three);
}

#[test]
fn the_last_cell_has_the_samples_of_the_run() {
    let (data, schedule) = (plane(), short());
    let network = Biased(BayesDenoiser::new(&data, &schedule), 0.2);
    let sampler = sampler(&data, &schedule, &DDPM, 10);
    let run = ReverseProcess::new(&sampler, &network, 512, Seed(3));
    let subject = Subject {
        data: &data,
        schedule: &schedule,
        sampler: &sampler,
        network: Some(&network),
        classes: None,
        num_samples: 512,
    };
    let all = samples(&Plan::new(&subject), 512, Seed(3)).unwrap();
    assert!(all[7] == Some(run.samples().unwrap()));
}

#[test]
fn the_paired_kernel_draws_the_exact_one() {
    // In few steps most draws are not those of the normal law.
    let (data, schedule, n) = (plane(), cosine(40), 20_000);
    for steps in [1, 2, 4] {
        let sampler = sampler(&data, &schedule, &SamplerKind::Exact, steps);
        let exact = Start::Exact.law(&schedule, Some(&data));
        let mut rng = Seed(5).stream(Purpose::MonteCarlo, 0, 0);
        let mut walks = [Walk {
            points: exact.to_mixture(2).sample(n, &mut rng),
            network: None,
        }];
        let subject = subject(&data, &schedule, &sampler);
        limit::walk_back(&subject, sampler.instants(), Seed(5), &mut walks).unwrap();
        for axis in 0..2 {
            let law = data.axis(axis);
            let distance = to_law(&sorted(walks[0].points.axis(axis)), &law);
            // W1 of perfect samples is the floor with a spread of about a third of it.
            let floor = one_sample_floor(&law, n);
            assert!(distance < 2.5 * floor, "{steps} steps: {distance} {floor}");
        }
    }
}

#[test]
fn the_flow_is_the_monotone_map_of_one_dimension() {
    let (data, schedule) = (line(), cosine(50));
    let levels: Vec<_> = (0..=50).map(|t| schedule.instant(t)).collect();
    let end = schedule.terminal();
    let law = data.diffused(end.signal, end.noise);
    let x = [-2.0, -0.6, 0.1, 0.9, 2.2];
    let mut walks = [Walk {
        points: Points::new(x.to_vec(), 1),
        network: None,
    }];
    let bayes = BayesDenoiser::new(&data, &schedule);
    let sampler = sampler(&data, &schedule, &DDIM, 50);
    let subject = subject(&data, &schedule, &sampler);
    limit::flow_back(&subject, &bayes, &levels, 2, &mut walks).unwrap();
    for (x, found) in x.iter().zip(walks[0].points.values()) {
        let error = (law.cdf(*x) - data.cdf(*found)).abs();
        assert!(error < 1e-3, "{x}: {error}");
    }
}

#[test]
fn the_noise_of_small_steps_is_that_of_the_run() {
    let schedule = cosine(12);
    let instant = |t: &usize| schedule.instant(*t);
    let visited: Vec<_> = [0, 3, 7, 12].iter().map(instant).collect();
    let steps: Vec<_> = (1..=12)
        .rev()
        .map(|t| Step::new(schedule.instant(t), schedule.instant(t - 1)))
        .collect();
    let (seed, len) = (Seed(2), 4000);
    let mut noise = noise::Noise::new(&steps, &visited, seed);
    let z: Vec<_> = (0..12)
        .map(|i| noise.of_step(i, steps[i].from, len, 2))
        .collect();
    for z in &z {
        let square = Estimate::mean_of(&z.iter().map(|z| z * z).collect::<Vec<_>>());
        assert!((square.value - 1.0).abs() < 5.0 * square.standard_error);
    }
    let product: Vec<_> = z[6].iter().zip(&z[7]).map(|(a, b)| a * b).collect();
    let product = Estimate::mean_of(&product);
    assert!(product.value.abs() < 5.0 * product.standard_error);
    // From 7 to 3 with x0 = 0: x_u = c_t x_t + √β̃ z, by the small steps and by the run's.
    let (mut small, mut whole) = (0.0, 0.0);
    for (i, step) in steps.iter().enumerate().skip(5).take(4) {
        let transition = &step.transition;
        small =
            transition.posterior_x_t() * small + transition.posterior_variance().sqrt() * z[i][0];
    }
    let mut first = [0.0];
    rng::fill_normal(&mut seed.stream(Purpose::Reverse, 7, 0), &mut first);
    let step = Step::new(schedule.instant(7), schedule.instant(3));
    whole += step.transition.posterior_variance().sqrt() * first[0];
    assert!((small - whole).abs() < 1e-12, "{small} {whole}");
}

#[test]
fn the_distance_has_no_floor_and_knows_its_error() {
    let law = line();
    let marginal = Marginal::new(&law);
    let draw = |i: u64| law.sample(1600, &mut Seed(i).stream(Purpose::MonteCarlo, 1, 0));
    let error = |found: &Batched| {
        let mean = Estimate::mean_of(&found.without);
        (BATCHES - 1) as f64 * mean.standard_error
    };
    // Samples of their own, and samples that follow the perfect ones, moved by 0.05.
    for shift in [0.0, 0.05] {
        let found: Vec<_> = (0..60)
            .map(|i| {
                let perfect = draw(i).axis(0);
                let other = if shift == 0.0 {
                    draw(1000 + i).axis(0)
                } else {
                    perfect.clone()
                };
                let moved: Vec<_> = other.iter().map(|x| x + shift).collect();
                marginal.w1(&moved, &perfect)
            })
            .collect();
        let values: Vec<_> = found.iter().map(|found| found.all).collect();
        let mean = Estimate::mean_of(&values);
        let spread = mean.standard_error * f64::sqrt(60.0);
        let told = (found.iter().map(|f| error(f).powi(2)).sum::<f64>() / 60.0).sqrt();
        assert!(
            (mean.value - shift).abs() < 4.0 * mean.standard_error + 1e-3 * shift,
            "{mean:?}"
        );
        // The standard deviation of 60 values is known to 9 %; the jackknife errs on the safe side
        // (Efron & Stein 1981), by √2 and more where the distance is 0.
        assert!(
            (0.75..2.2).contains(&(told / spread)),
            "{shift}: {told} {spread}"
        );
    }
    // What lies beyond the support counts in full, and what is no number makes none.
    let perfect = draw(0).axis(0);
    let far = marginal.w1(&[100.0; 1600], &perfect);
    assert!((far.all - (100.0 - law.mean(0))).abs() < 1e-2, "{far:?}");
    assert!(marginal.w1(&[f64::NAN; 1600], &perfect).all.is_nan());
}

#[test]
fn samples_of_classes_are_those_of_the_law_of_their_class() {
    let schedule = cosine(12);
    for kind in [DDPM, DDIM] {
        // One class is none.
        let data = plane();
        let one = plane().labelled(vec![0; 4]);
        let sampler = sampler(&data, &schedule, &kind, 12);
        let classes = vec![0; Subject::MAX_SAMPLES];
        let plain = by_pairs(&subject(&data, &schedule, &sampler));
        let of_one = by_pairs(&Subject {
            classes: Some(&classes),
            ..subject(&one, &schedule, &sampler)
        });
        for (a, b) in plain.cells.0.iter().zip(of_one.cells.0) {
            assert!((a - b).abs() < 1e-9, "{kind:?}: {plain:?} {of_one:?}");
        }
        // Of two, each has its own law: modes on the left and on the right.
        let two = plane().labelled(vec![0, 0, 1, 1]);
        let alternating: Vec<u32> = (0..Subject::MAX_SAMPLES as u32).map(|i| i % 2).collect();
        let subject = Subject {
            classes: Some(&alternating),
            ..subject(&two, &schedule, &sampler)
        };
        let n = 4096;
        let all = samples(&Plan::new(&subject), n, Seed(4)).unwrap();
        for class in 0..2 {
            let rows = all[0].as_ref().unwrap().rows().skip(class).step_by(2);
            let points = Points::new(rows.flatten().copied().collect(), 2);
            let law = two.of_class(class as u32).unwrap();
            for axis in 0..2 {
                let law = law.axis(axis);
                let distance = to_law(&sorted(points.axis(axis)), &law);
                let floor = one_sample_floor(&law, n / 2);
                assert!(
                    distance < 2.5 * floor,
                    "{kind:?} {class}: {distance} {floor}"
                );
            }
        }
    }
}

/// The Gaussian whose covariance has these eigenvalues, the first along a direction of this angle.
struct Turned {
    angle: f64,
    variances: [f64; 2],
}

impl Turned {
    /// The unit vector of an eigenvalue.
    fn direction(&self, k: usize) -> [f64; 2] {
        let (sin, cos) = self.angle.sin_cos();
        [[cos, sin], [-sin, cos]][k]
    }

    fn data(&self) -> Mixture {
        let entry = |i: usize, j: usize| -> f64 {
            let of = |k: usize| self.variances[k] * self.direction(k)[i] * self.direction(k)[j];
            of(0) + of(1)
        };
        let covariance = vec![entry(0, 0), entry(0, 1), entry(1, 0), entry(1, 1)];
        let gaussian = Gaussian::new(vec![0.0; 2], covariance).unwrap();
        Mixture::new(vec![1.0], vec![Component::Gaussian(gaussian)])
    }

    /// W1 summed over the axes for a law of this mean and these variances along the eigenvectors. Between
    /// normal laws it is E|Δμ + Δσ Z|.
    fn w1(&self, ends: [(f64, f64); 2]) -> f64 {
        let along = |axis: usize| {
            let (mut mean, mut variance, mut exact) = (0.0, 0.0, 0.0);
            for (k, (m, v)) in ends.into_iter().enumerate() {
                let part = self.direction(k)[axis];
                mean += part * m;
                variance += part * part * v;
                exact += part * part * self.variances[k];
            }
            let (mean, width) = (mean.abs(), (variance.sqrt() - exact.sqrt()).abs());
            let z = mean / width.max(1e-300);
            2.0 * width * special::normal_pdf(z) + mean * (1.0 - 2.0 * special::normal_cdf(-z))
        };
        along(0) + along(1)
    }

    /// Mean and variance along an eigenvector at the end of a combination of causes, step by step: every
    /// map is affine. `error` is the network's error of ε along it.
    fn end(
        &self,
        k: usize,
        cell: usize,
        error: f64,
        subject: &Subject,
        is_flow: bool,
    ) -> (f64, f64) {
        let has = |cause: Cause| cell & cause.bit() != 0;
        let (schedule, variance) = (subject.schedule, self.variances[k]);
        let all = |level: NoiseLevel| level.signal.powi(2) * variance + level.noise.powi(2);
        let start = match has(Cause::Prior) {
            true => schedule.prior_std_dev().powi(2),
            false => all(schedule.terminal()),
        };
        let has_steps = has(Cause::Discretisation);
        let instants: Vec<_> = match has_steps {
            true => subject.sampler.instants().to_vec(),
            false => (0..=schedule.num_timesteps())
                .map(|t| schedule.instant(t))
                .collect(),
        };
        let (mut m, mut v) = (0.0, start);
        for pair in instants.windows(2).rev() {
            let (step, from, to) = (Step::new(pair[1], pair[0]), pair[1].level, pair[0].level);
            let per_x0 = match is_flow {
                true => to.signal - to.noise * from.signal / from.noise,
                false => step.transition.posterior_x0(),
            };
            let per_x = match is_flow {
                true => to.noise / from.noise,
                false => step.transition.posterior_x_t(),
            };
            let x0 = variance * from.signal / all(from);
            let (mut gain, mut noise) = (per_x + per_x0 * x0, 0.0);
            if !is_flow {
                let left = variance * from.noise.powi(2) / all(from);
                noise = step.transition.posterior_variance();
                noise += if has_steps {
                    0.0
                } else {
                    per_x0 * per_x0 * left
                };
            } else if !has_steps {
                gain = (all(to) / all(from)).sqrt();
            }
            let shift = match has(Cause::Network) {
                true => -per_x0 * error * from.noise / from.signal,
                false => 0.0,
            };
            (m, v) = (gain * m + shift, gain * gain * v + noise);
        }
        (m, v)
    }
}

#[test]
fn on_gaussians_every_cell_and_share_is_right_within_its_stated_error() {
    let linear = ScheduleConfig::Linear {
        beta_start: 1e-4,
        beta_end: 0.02,
    };
    let twenty = linear.build(20).unwrap();
    let n = 4096;
    for (angle, variances) in [(0.0, [1.0, 1.0]), (0.0, [1.0, 0.3]), (0.6, [1.6, 0.2])] {
        let law = Turned { angle, variances };
        let data = law.data();
        for (kind, schedule, steps, bias) in [
            (DDPM, &twenty, 5, 0.0),
            (DDPM, &twenty, 10, 0.02),
            (DDPM, &cosine(30), 6, 0.1),
            (DDPM, &cosine(30), 30, 0.01),
            (DDIM, &twenty, 5, 0.0),
            (DDIM, &cosine(30), 10, 0.05),
        ] {
            let sampler = sampler(&data, schedule, &kind, steps);
            let network = Biased(BayesDenoiser::new(&data, schedule), bias);
            let subject = Subject {
                network: (bias > 0.0).then_some(&network as &dyn Denoiser),
                num_samples: n,
                ..subject(&data, schedule, &sampler)
            };
            let plan = Plan::new(&subject);
            let samples = samples(&plan, n, Seed(11)).unwrap();
            let found = Attribution::from_pairs(&plan, &samples, &[1.0; 2]).unwrap();
            // `from_pairs` takes the mean over the axes.
            let cell = |cell: usize| {
                let ends = [0, 1].map(|k| {
                    let error = bias * law.direction(k).iter().sum::<f64>();
                    law.end(k, cell, error, &subject, kind == DDIM)
                });
                0.5 * law.w1(ends)
            };
            let exact = Factorial(std::array::from_fn(cell));
            let case = format!("{kind:?} {steps} {bias} {variances:?} {angle}");
            for i in 0..8 {
                let cell = found.estimate(|cells| cells.0[i]);
                let error = (cell.value - exact.0[i]).abs();
                // The steps of the exact flow, and the places of the integral, leave a little.
                assert!(
                    error < 3.0 * cell.standard_error + 3e-4,
                    "{case}, {i}: {cell:?} {exact:?}"
                );
            }
            for cause in Cause::ALL {
                let share = found.estimate(|cells| cells.share(cause));
                let error = (share.value - exact.share(cause)).abs();
                assert!(
                    error < 3.0 * share.standard_error + 3e-4,
                    "{case}, {cause:?}: {share:?} {exact:?}"
                );
            }
        }
    }
}
