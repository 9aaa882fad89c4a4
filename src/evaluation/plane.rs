//! What the figures of two-dimensional data need beyond the samples: a few more draws and answers of the denoiser.

use crate::{
    diffusion::{
        ClassDenoiser, Classes, Conditional, Denoised, Denoiser, Guided, Instant, NoiseLevel,
        NoiseSchedule, ReverseProcess, SamplerConfig, Transition, WithoutClass, sampler::Sampler,
    },
    distance::wasserstein::{one_sample_floor, sorted, to_law},
    error::Result,
    evaluation::{
        chosen_points::{self, Chosen},
        recording::{Journey, Stage, ln_density},
    },
    experiment::{Dataset, Run, Split},
    figure::{Field, Window, square_window},
    model::Predictor,
    points::Points,
    rng::{self, Purpose},
    target::Mixture,
};

/// Points of a panel that shows one of several draws.
pub(crate) const DRAWN: usize = 1024;

/// Numbers of steps that are tried, beside the run's own.
const FEWER_STEPS: [usize; 7] = [1, 2, 5, 10, 20, 50, 100];

/// Panels of numbers of steps.
const STEP_PANELS: usize = 6;

/// Points that are noised and recovered.
const RECOVERED: usize = 2000;

/// Cells a side of the maps of a denoiser's answers, and arrows a side.
const MAP_CELLS: usize = 72;
const ARROWS: usize = 17;

/// Walks from the same place.
const WALKS: usize = 6;

/// Everything that is found for figures of the plane alone.
pub(crate) struct Planar {
    /// What shows the data and the samples, in the data's own units.
    pub(crate) window: Window,
    /// ln p of the data there.
    pub(crate) density: Option<Field>,
    /// Samples by fewer steps from the same noise, in the data's own units.
    pub(crate) by_steps: Vec<Draw>,
    /// Disjoint sets of the samples.
    pub(crate) by_noise: Vec<Draw>,
    /// Mean over the axes of the W1 that `DRAWN` perfect samples show.
    pub(crate) drawn_floor: Option<f64>,
    /// Data, noised and recovered, from little noise to much.
    pub(crate) recovered: Vec<Recovered>,
    /// The denoiser's answers over the plane, from little noise to much.
    pub(crate) answers: Vec<Answers>,
    /// Walks of the forward process from one point of the data (row-major, `[places, 2]` each), standardised.
    pub(crate) forward_walks: Vec<Vec<f64>>,
    /// Walks of the reverse process from one point of noise, standardised.
    pub(crate) reverse_walks: Vec<Vec<f64>>,
    /// Chosen places and how probable they are.
    pub(crate) chosen: Vec<Chosen>,
}

/// Some samples, and how good they are.
pub(crate) struct Draw {
    /// Steps of the sampler.
    pub(crate) num_steps: usize,
    /// Row-major points.
    pub(crate) points: Vec<f64>,
    /// Mean over the axes of W1 to the exact law, if it is known.
    pub(crate) w1: Option<f64>,
}

/// Points of the data at one noise level and what is recovered of them, standardised and row-major.
pub(crate) struct Recovered {
    pub(crate) t: f64,
    pub(crate) original: Vec<f64>,
    pub(crate) noised: Vec<f64>,
    /// x̂0 of the denoiser.
    pub(crate) estimate: Vec<f64>,
    /// E[x0 | x_t], if the density is known.
    pub(crate) bayes: Option<Vec<f64>>,
    /// Largest |x0 − (x_t − s ε)/a| with the noise ε that was added.
    pub(crate) exact_error: f64,
}

/// ε̂ and ε* over the plane at one noise level.
pub(crate) struct Answers {
    pub(crate) t: f64,
    /// The class, if the model is class-conditional.
    pub(crate) class: Option<u32>,
    /// |ε̂|.
    pub(crate) size: Field,
    /// |ε*|, if the density is known.
    pub(crate) exact_size: Option<Field>,
    /// |ε̂ − ε*| √q_t.
    pub(crate) error: Option<Field>,
    /// −ε̂ at some places: (x, y, u, v) each.
    pub(crate) arrows: Vec<f64>,
    /// −ε* at the same.
    pub(crate) exact_arrows: Vec<f64>,
    /// ln q_t.
    pub(crate) ln_density: Option<Field>,
}

impl Planar {
    /// What there is to find; `None` where the data is not two-dimensional.
    pub(crate) fn of(
        run: &Run,
        dataset: &Dataset,
        schedule: &NoiseSchedule,
        predictor: &Predictor,
        samples: &Points,
        journey: &Journey,
    ) -> Result<Option<Self>> {
        if dataset.dim() != 2 {
            return Ok(None);
        }
        let test = dataset.split(Split::Test);
        let Some(window) = square_window(&[test.values()], &[samples.values()]) else {
            return Ok(None);
        };
        let density = dataset.density.as_ref();
        let setting = Setting {
            run,
            dataset,
            schedule,
            predictor,
            guide: WithoutClass(predictor),
            samples,
        };
        let sampler = setting.sampler(None);
        let stages: Vec<&Stage> = [0.1, 0.5]
            .iter()
            .filter_map(|part| journey.stage_at(*part))
            .collect();
        Ok(Some(Self {
            window,
            density: density
                .filter(|law| law.has_density())
                .map(|law| ln_density(law, window)),
            by_steps: setting.by_steps(samples)?,
            by_noise: setting.by_noise(samples),
            drawn_floor: density.map(|density| {
                let floor = |k| one_sample_floor(&density.axis(k), DRAWN.min(samples.len()));
                0.5 * (floor(0) + floor(1))
            }),
            recovered: stages
                .iter()
                .map(|stage| setting.recovered(stage))
                .collect::<Result<_>>()?,
            answers: stages
                .iter()
                .filter_map(|stage| setting.answers(stage).transpose())
                .collect::<Result<_>>()?,
            forward_walks: setting.forward_walks(&sampler),
            reverse_walks: setting.reverse_walks(&sampler)?,
            chosen: chosen_points::places(run, dataset, schedule, predictor, window)?,
        }))
    }
}

/// A run and what it has learned.
struct Setting<'a> {
    run: &'a Run,
    dataset: &'a Dataset,
    schedule: &'a NoiseSchedule,
    predictor: &'a Predictor,
    guide: WithoutClass<'a>,
    samples: &'a Points,
}

impl Setting<'_> {
    fn draw(&self, num_steps: usize, points: Vec<f64>) -> Draw {
        let axis = |k: usize| {
            points
                .iter()
                .skip(k)
                .step_by(2)
                .copied()
                .collect::<Vec<_>>()
        };
        let w1 = |density: &Mixture| {
            let along = |k| to_law(&sorted(axis(k)), &density.axis(k));
            Some(0.5 * (along(0) + along(1))).filter(|w1| w1.is_finite())
        };
        Draw {
            num_steps,
            w1: self.dataset.density.as_ref().and_then(w1),
            points,
        }
    }

    /// The run's sampler, with another number of steps if one is given.
    fn sampler(&self, num_steps: Option<usize>) -> Sampler {
        let own = &self.run.config.sampler;
        let config = SamplerConfig {
            num_steps: num_steps.or(own.num_steps),
            ..own.clone()
        };
        let law = self.dataset.standardized_density();
        let range = self.dataset.standardized_range();
        config.build(self.schedule, &range, law.as_ref())
    }

    /// Steps of the run's own sampler.
    fn num_steps(&self) -> usize {
        let num_timesteps = self.schedule.num_timesteps();
        self.run.config.sampler.steps(num_timesteps)
    }

    /// The classes that the first samples were asked to be of, if they were.
    fn told(&self, count: usize) -> Classes<'_> {
        match self.samples.labels() {
            Some(labels) => Classes::Each(&labels[..count]),
            None => Classes::Same(0),
        }
    }

    /// Whether the model is class-conditional.
    fn is_told(&self) -> bool {
        self.predictor.num_classes() > 0
    }

    fn guided<'b>(&'b self, classes: Classes<'b>) -> Guided<'b> {
        let model = Conditional::new(self.predictor, classes);
        Guided::new(model, &self.guide, self.run.config.guidance)
    }

    fn by_steps(&self, samples: &Points) -> Result<Vec<Draw>> {
        let own = self.num_steps();
        let mut fewer: Vec<_> = FEWER_STEPS.into_iter().filter(|n| *n < own).collect();
        fewer.drain(..fewer.len().saturating_sub(STEP_PANELS - 1));
        let draw = |num_steps: usize| -> Result<Draw> {
            let sampler = self.sampler(Some(num_steps));
            let (count, seed) = (DRAWN.min(samples.len()), self.run.config.seed());
            let denoiser = self.guided(self.told(count));
            let process = ReverseProcess::new(&sampler, &denoiser, count, seed);
            let found = self.dataset.affine.invert(&process.samples()?);
            Ok(self.draw(num_steps, found.values().to_vec()))
        };
        let own_points = crate::evaluation::recording::first(samples, DRAWN);
        fewer
            .into_iter()
            .map(draw)
            .chain([Ok(self.draw(own, own_points))])
            .collect()
    }

    fn by_noise(&self, samples: &Points) -> Vec<Draw> {
        let size = DRAWN.min(samples.len() / 9).max(1);
        let parts = samples.values().chunks_exact(2 * size).take(9);
        parts
            .map(|part| self.draw(self.num_steps(), part.to_vec()))
            .collect()
    }

    fn recovered(&self, stage: &Stage) -> Result<Recovered> {
        let (at, level) = (stage.at, stage.at.level);
        let test = self.dataset.standardized(Split::Test);
        let original = crate::evaluation::recording::first(&test, RECOVERED);
        let mut noise = vec![0.0; original.len()];
        let seed = self.run.config.seed();
        rng::fill_normal(
            &mut seed.stream(Purpose::Forward, u64::MAX, at.stream()),
            &mut noise,
        );
        let mut noised = vec![0.0; original.len()];
        level.diffuse(&original, &noise, &mut noised);
        let recover = |noise: &[f64]| -> Vec<f64> {
            let pairs = noised.iter().zip(noise);
            pairs
                .map(|(x, e)| (x - level.noise * e) / level.signal)
                .collect()
        };
        let told = match test.labels() {
            Some(labels) if self.is_told() => Classes::Each(&labels[..original.len() / 2]),
            _ => self.told(0),
        };
        let told = Conditional::new(self.predictor, told);
        let errors = recover(&noise);
        let errors = errors.iter().zip(&original).map(|(a, b)| (a - b).abs());
        Ok(Recovered {
            t: at.t,
            exact_error: errors.fold(0.0, f64::max),
            estimate: Denoised::new(&told, &noised, at)?.x0,
            // What is known of points whose class is told is another mean.
            bayes: stage
                .law
                .as_ref()
                .filter(|_| !self.is_told())
                .map(|law| recover(&exact_noise(law, level, &noised))),
            original,
            noised,
        })
    }

    fn answers(&self, stage: &Stage) -> Result<Option<Answers>> {
        let (at, level) = (stage.at, stage.at.level);
        let Some(window) = square_window(&[&stage.forward], &[]) else {
            return Ok(None);
        };
        let places = window.centers(MAP_CELLS, MAP_CELLS);
        let sizes = |noise: &[f64]| -> Field {
            let sizes = noise.chunks_exact(2).map(|e| e[0].hypot(e[1])).collect();
            Field::new(window, MAP_CELLS, MAP_CELLS, sizes)
        };
        // Of a network that is told classes, what it answers to the first one.
        let law = match self.is_told() {
            true => stage.law.as_ref().and_then(|law| law.of_class(0)),
            false => stage.law.clone(),
        };
        let law = law.as_ref();
        let found = self.predicted(&places, at)?;
        let exact = law.map(|law| exact_noise(law, level, &places));
        let error = |law: &Mixture, exact: &[f64]| {
            let rows = found
                .chunks_exact(2)
                .zip(exact.chunks_exact(2))
                .zip(places.chunks_exact(2));
            let value = |((a, b), x): ((&[f64], &[f64]), &[f64])| {
                (a[0] - b[0]).hypot(a[1] - b[1]) * law.pdf(x).sqrt()
            };
            Field::new(window, MAP_CELLS, MAP_CELLS, rows.map(value).collect())
        };
        let starts = window.centers(ARROWS, ARROWS);
        let arrows = |noise: Vec<f64>| -> Vec<f64> {
            let pairs = starts.chunks_exact(2).zip(noise.chunks_exact(2));
            pairs
                .flat_map(|(x, e)| [x[0], x[1], -e[0], -e[1]])
                .collect()
        };
        Ok(Some(Answers {
            t: at.t,
            class: self.is_told().then_some(0),
            size: sizes(&found),
            exact_size: exact.as_deref().map(sizes),
            error: law
                .zip(exact.as_deref())
                .map(|(law, exact)| error(law, exact)),
            arrows: arrows(self.predicted(&starts, at)?),
            exact_arrows: match law {
                Some(law) => arrows(exact_noise(law, level, &starts)),
                None => vec![],
            },
            ln_density: law.map(|law| ln_density(law, window)),
        }))
    }

    /// The Markov chain x_t = A x_u + √V z from the first test point, over the instants that the sampler visits.
    fn forward_walks(&self, sampler: &Sampler) -> Vec<Vec<f64>> {
        let start = crate::evaluation::recording::first(&self.dataset.standardized(Split::Test), 1);
        let seed = self.run.config.seed();
        let walk = |index: u64| {
            let mut rng = seed.stream(Purpose::Forward, u64::MAX - 1, index);
            let mut x = start.clone();
            let mut path = x.clone();
            for pair in sampler.instants().windows(2) {
                let transition = Transition::new(pair[1].level, pair[0].level);
                let mut z = [0.0; 2];
                rng::fill_normal(&mut rng, &mut z);
                for (x, z) in x.iter_mut().zip(z) {
                    *x = transition.gain * *x + transition.variance.max(0.0).sqrt() * z;
                }
                path.extend_from_slice(&x);
            }
            thinned(path)
        };
        (0..WALKS as u64).map(walk).collect()
    }

    /// The sampler from one and the same start, with other noise on the way.
    fn reverse_walks(&self, sampler: &Sampler) -> Result<Vec<Vec<f64>>> {
        let seed = self.run.config.seed();
        let mut start = [0.0; 2];
        let mut rng = seed.stream(Purpose::Prior, 0, 0);
        let denoiser = self.guided(Classes::Same(self.told(1).at(0)));
        sampler
            .start()
            .draw(denoiser.classes(), 2, &mut rng, &mut start);
        let mut x = start.repeat(WALKS);
        let mut paths = vec![start.to_vec(); WALKS];
        let mut memory = vec![0.0; x.len() * sampler.memory()];
        for step in sampler.steps() {
            let mut rng = seed.stream(Purpose::Reverse, step.from.stream(), u64::MAX);
            sampler.step(&mut x, &mut memory, &step, &denoiser, &mut rng)?;
            for (path, x) in paths.iter_mut().zip(x.chunks_exact(2)) {
                path.extend_from_slice(x);
            }
        }
        Ok(paths.into_iter().map(thinned).collect())
    }

    /// ε̂ at row-major points.
    fn predicted(&self, x: &[f64], at: Instant) -> Result<Vec<f64>> {
        let denoiser = Conditional::new(self.predictor, Classes::Same(0));
        Ok(Denoised::new(&denoiser, x, at)?.noise)
    }
}

/// ε* = −s ∇ ln q_t at row-major points.
fn exact_noise(law: &Mixture, level: NoiseLevel, x: &[f64]) -> Vec<f64> {
    let noise = |x: &[f64]| {
        law.score(x)
            .into_iter()
            .map(move |score| -level.noise * score)
    };
    x.chunks_exact(2).flat_map(noise).collect()
}

/// At most a few hundred places of a path, both ends among them.
fn thinned(path: Vec<f64>) -> Vec<f64> {
    let places = path.len() / 2;
    let every = places.div_ceil(400).max(1);
    let kept = |i: &usize| i.is_multiple_of(every) || *i + 1 == places;
    (0..places)
        .filter(kept)
        .flat_map(|i| [path[2 * i], path[2 * i + 1]])
        .collect()
}
