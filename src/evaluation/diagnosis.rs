//! What is known of a run without samples. That is its loss above the floor, timestep by timestep. In one
//! dimension it is also the exact law of what it draws, and where the error of that comes from.

use crate::{
    diffusion::{Classes, Denoiser, LossWeightConfig, NoiseSchedule},
    error::Result,
    evaluation::{
        alternatives::{self, Way},
        class_choice,
        trained::Trained,
    },
    experiment::{
        Memorising, Split,
        run::record::{AlternativeRecord, BoundTerm, TimestepLoss},
    },
    model::{ModelConfig, Predictor},
    target::{Estimate, Mixture},
    truth::{
        self, Attribution, Cause, ErrorMap, LossFloor, Missed, ModelLikelihood, NetworkCost,
        OutputLaw, Part, Precision, Subject, bound_terms,
    },
};

/// Columns and rows that a map of errors has at most.
const MAP_TIMESTEPS: usize = 120;
const MAP_PLACES: usize = 160;

/// How far the map reaches, in standard deviations of the data: beyond is next to nothing.
const MAP_REACH: f64 = 3.5;

/// More timesteps than this take longer than a training; the law is then left out.
const MAX_TIMESTEPS: usize = 4000;

/// What a network takes for a point, about: 60 billion operations a second.
const MICROSECONDS_PER_WEIGHT: f64 = 3e-5;

/// Training points of which a network may know enough to be worth the time to see.
const MAX_MEMORISED: usize = 2000;

/// Steps of the probability flow behind the likelihood.
const LIKELIHOOD_STEPS: usize = 50;

/// What is known of a run whose data has a density, without a sample of it.
#[derive(Default)]
pub(crate) struct Diagnosis {
    /// The mean of the irreducible loss over t.
    pub(crate) floor: Option<Estimate>,
    /// The mean of the excess over t.
    pub(crate) excess: Option<Estimate>,
    /// Both, timestep by timestep.
    pub(crate) losses: Vec<TimestepLoss>,
    /// What the excess costs in nats of the variational bound, from t = 2 on.
    pub(crate) bound: Vec<BoundTerm>,
    /// The likelihood that the model gives to the data: by the exact law of the samples, or in two
    /// dimensions by the probability flow.
    pub(crate) likelihood: Option<ModelLikelihood>,
    /// Where the denoiser errs, in one dimension.
    pub(crate) map: Option<ErrorMap>,
    /// The law of the samples, in one dimension.
    pub(crate) law: Option<OutputLaw>,
    /// What the error of the samples comes from, in the data's own units.
    pub(crate) attribution: Option<Attribution>,
    /// What other samplers make of the network.
    pub(crate) alternatives: Vec<AlternativeRecord>,
    /// How far the network has come to knowing its training points alone.
    pub(crate) memorised: Option<f64>,
    /// By how much its loss on its training points is above that of a perfect network.
    pub(crate) training_excess: Option<f64>,
}

impl Diagnosis {
    /// What is known of `trained`, whose network is asked `evaluations` times for a sample.
    pub(crate) fn of(trained: &Trained, evaluations: f64) -> Result<Self> {
        let Some(density) = &trained.law else {
            return Ok(Self::default());
        };
        let (config, schedule) = (&trained.run.config, &trained.schedule);
        let parts = truth::parts(density, config.class_dropout());
        let objective = config.objective(LossWeightConfig::Uniform);
        let floor = objective.floor(&parts, schedule).ok();
        let mut found = Self {
            floor: floor.as_ref().map(LossFloor::mean),
            ..Self::default()
        };
        if config.eval.exact {
            if let Some(floor) = &floor {
                found.add_losses(trained, &parts, floor)?;
            }
            // Guidance aims at another law than that of the data.
            if config.guidance == 1.0 {
                found.attribute(trained, density, evaluations)?;
            }
            // These are of the one denoiser of a model without classes.
            if !config.model.class_conditional() {
                let is_line = density.dim() == 1;
                let map = is_line.then(|| map(density, schedule, &trained.predictor));
                found.map = map.transpose()?;
                found.likelihood = match &found.law {
                    Some(law) => ModelLikelihood::of_law(law),
                    None if trained.has_slopes() => likelihood(trained, density)?,
                    None => None,
                };
            }
        }
        Ok(found)
    }

    /// How much of the truth the model misses: by the exact law of the samples, else by the probability flow.
    pub(crate) fn missed(&self, trained: &Trained) -> Option<Missed> {
        let by_law = self.law.as_ref().zip(trained.law.as_ref());
        by_law
            .filter(|(_, data)| data.has_density())
            .map(|(law, data)| Missed::by_law(law, data))
            .or_else(|| self.likelihood?.missed)
    }

    /// From the exact law where there is one, else from samples.
    fn attribute(&mut self, trained: &Trained, density: &Mixture, evaluations: f64) -> Result<()> {
        let (config, schedule) = (&trained.run.config, &trained.schedule);
        let sampler = trained.sampler();
        let classes = class_choice::draw(trained, Subject::MAX_SAMPLES, config.seed());
        let told = classes.as_deref().map_or(Classes::Same(0), Classes::Each);
        let network = trained.of(told);
        let subject = Subject {
            data: density,
            schedule,
            sampler,
            network: match config.model {
                ModelConfig::Mlp(_) | ModelConfig::Given(_) => Some(&network),
                ModelConfig::Bayes(_) => None,
            },
            classes: classes.as_deref(),
            num_samples: config.eval.num_samples,
        };
        let scale = &trained.dataset.affine.scale;
        let has_time = schedule.num_timesteps() <= MAX_TIMESTEPS;
        let by_law = has_time.then(|| Attribution::by_law(&subject, Precision::Fast));
        if let Some((found, law)) = by_law.transpose()?.flatten() {
            let found = found.scaled(scale[0]);
            self.law = Some(law);
            return self.follow(trained, &subject, found, evaluations, &Way::Law);
        }
        let weights = config.model.num_parameters(trained.dataset.shape(config));
        let cost = NetworkCost {
            answer: MICROSECONDS_PER_WEIGHT * weights as f64,
            answers: evaluations,
        };
        let found = Attribution::by_samples(&subject, scale, cost, config.seed())?;
        match found {
            Some((found, perfect)) => {
                let way = Way::Samples(&perfect);
                self.follow(trained, &subject, found, evaluations, &way)
            }
            None => Ok(()),
        }
    }

    /// What an attribution asks for: other samplers, and whether the network knows its training points.
    fn follow(
        &mut self,
        trained: &Trained,
        subject: &Subject,
        found: Attribution,
        evaluations: f64,
        way: &Way,
    ) -> Result<()> {
        self.alternatives = alternatives::tried(trained, subject, &found, evaluations, way)?;
        if found.cells.without(Cause::Network) < found.cells.total() {
            let known = memorising(trained)?;
            self.training_excess = known.map(|known| -known.gap.value);
            let share = known.filter(Memorising::is_sure).and_then(|k| k.share());
            self.memorised = share.filter(|share| *share >= Memorising::WORTH_SAYING);
        }
        self.attribution = Some(found);
        Ok(())
    }

    fn add_losses(&mut self, trained: &Trained, parts: &[Part], floor: &LossFloor) -> Result<()> {
        let (schedule, predictor) = (&trained.schedule, &trained.predictor);
        let prediction = trained.run.config.model.prediction();
        let uniform = LossWeightConfig::Uniform;
        let excess = truth::excess_over_parts(parts, schedule, predictor, prediction, &uniform)?;
        let line = |(i, (floor, excess)): (usize, (&Estimate, &Estimate))| TimestepLoss {
            t: i + 1,
            floor: floor.value,
            floor_standard_error: floor.standard_error,
            loss: floor.value + excess.value,
            excess: excess.value,
            excess_standard_error: excess.standard_error,
        };
        let pairs = floor.by_timestep.iter().zip(&excess);
        self.losses = pairs.enumerate().map(line).collect();
        let term = |(i, nats): (usize, Estimate)| BoundTerm {
            t: i + 2,
            nats: nats.value,
            standard_error: nats.standard_error,
        };
        let terms = bound_terms(schedule, prediction, &excess, predictor.dim());
        self.bound = terms.into_iter().enumerate().map(term).collect();
        let of_all = LossFloor {
            by_timestep: excess,
        };
        self.excess = Some(of_all.mean());
        Ok(())
    }
}

/// What a network knows of its training points, where these are few.
fn memorising(trained: &Trained) -> Result<Option<Memorising>> {
    let (config, dataset) = (&trained.run.config, &trained.dataset);
    if config.model.network().is_none() || dataset.split(Split::Train).len() > MAX_MEMORISED {
        return Ok(None);
    }
    let (schedule, predictor) = (&trained.schedule, &trained.predictor);
    Memorising::of(config, dataset, schedule, predictor, MAX_MEMORISED)
}

fn map(density: &Mixture, schedule: &NoiseSchedule, predictor: &Predictor) -> Result<ErrorMap> {
    let last = schedule.num_timesteps();
    let columns = last.min(MAP_TIMESTEPS);
    let t: Vec<_> = (1..=columns).map(|i| i * last / columns).collect();
    let spread = density.variance(0).sqrt().max(1.0);
    let place = |i: usize| MAP_REACH * spread * (2.0 * i as f64 / (MAP_PLACES - 1) as f64 - 1.0);
    let x = (0..MAP_PLACES).map(place).collect();
    ErrorMap::new(density, schedule, predictor, x, t)
}

/// By the flow through the levels that the network was trained on, evenly spaced.
fn likelihood(trained: &Trained, density: &Mixture) -> Result<Option<ModelLikelihood>> {
    if density.dim() > 2 {
        return Ok(None);
    }
    let test = trained.dataset.standardized(Split::Test);
    let count = Missed::num_points(test.len()) * test.dim();
    ModelLikelihood::new(
        density,
        &trained.predictor,
        &trained.schedule,
        LIKELIHOOD_STEPS,
        &trained.start(),
        &test.values()[..count],
    )
}
