//! A second objective, which shows what the trait is for.

use super::{
    contract::{Floor, NoisedPoint},
    *,
};
use crate::{
    diffusion::{
        Denoiser, LossWeightConfig, NoiseLevel, NoiseSchedule, Prediction, ScheduleConfig,
        TimestepSampling,
    },
    error::{Error, Result},
    model::{
        Batch, BatchSource, DeviceKind, MlpConfig, Predictor, TrainConfig, TrainState, Trainer,
    },
    rng::{Purpose, Seed},
    settings::{Section, Table},
    target::{Component, Estimate, Gaussian, Mixture},
    truth::{BayesDenoiser, LossFloor, Part, parts},
};

/// The network learns E[x0 | x_t] from the denoiser that knows it: no noise is in the target, so that the
/// loss can fall to 0.
#[derive(Debug)]
struct Regression(Option<BayesDenoiser>);

impl Objective for Regression {
    fn target(&self, points: &Noised, target: &mut [f32]) -> Result<()> {
        let Some(teacher) = &self.0 else {
            return Err(Error::Unanswered("there is no teacher".into()));
        };
        let mut x0 = vec![0.0; points.dim()];
        let rows = target.chunks_exact_mut(points.dim());
        for (target, NoisedPoint { at, x_t, .. }) in rows.zip(points.points()) {
            teacher.predict_x0(x_t, at, &mut x0)?;
            for (target, x0) in target.iter_mut().zip(&x0) {
                *target = *x0 as f32;
            }
        }
        Ok(())
    }

    fn weight(&self, _: NoiseLevel) -> f64 {
        1.0
    }

    fn floor(&self, _: &[Part], schedule: &NoiseSchedule) -> Floor {
        match self.0 {
            Some(_) => Ok(LossFloor {
                by_timestep: vec![Estimate::exact(0.0); schedule.num_timesteps()],
            }),
            None => Err(NoFloor("there is no teacher")),
        }
    }
}

fn data() -> Mixture {
    let mode = |mean| Component::Gaussian(Gaussian::diagonal(vec![mean], &[0.3]).unwrap());
    Mixture::new(vec![0.5, 0.5], vec![mode(-1.0), mode(1.0)])
}

#[test]
fn denoising_has_the_floor_of_the_bayes_denoiser_or_says_why_it_has_none() {
    let (data, schedule) = (data(), ScheduleConfig::Cosine.build(10).unwrap());
    let (prediction, weight) = (Prediction::V, LossWeightConfig::MinSnr { gamma: 2.0 });
    let floor = LossFloor::new(&data, &schedule, prediction, &weight);
    let objective = Denoising { prediction, weight };
    assert_eq!(objective.floor(&parts(&data, None), &schedule), Ok(floor));
    let unknown = objective.floor(&[], &schedule).unwrap_err();
    assert_eq!(unknown.to_string(), "the density of the data is not known");
}

#[test]
fn another_objective_is_trained_by_the_same_loop() {
    let (data, schedule) = (data(), ScheduleConfig::Cosine.build(10).unwrap());
    let points = data.sample(2000, &mut Seed(1).stream(Purpose::TrainData, 0, 0));
    let model = MlpConfig::preset("leaky_fc").unwrap();
    let train =
        TrainConfig::read(Section::root(&Table::default(), TrainConfig::KEYS), false).unwrap();
    let source = |points, objective| {
        let sampling = TimestepSampling::Uniform;
        BatchSource::new(
            points,
            &schedule,
            &model.clone().into(),
            Box::new(objective),
            sampling,
            Seed(4),
        )
    };
    let teacher = BayesDenoiser::new(&data, &schedule);
    let mut batches = source(&points, Regression(Some(teacher)));
    let mut trainer = Trainer::new(&model, &train, 300, 1, 10, DeviceKind::Cpu);
    let mut state = TrainState::new(&model, &train, 1, Seed(1));
    let mut batch = Batch::default();
    let mut losses = vec![];
    for step in 0..300 {
        batches.training_batch(step, 128, &mut batch).unwrap();
        losses.push(trainer.step(&mut state, &batch));
    }
    let validation = batches.validation_batch(0).unwrap();
    let predictor = Predictor::new(&model, state.evaluated(), &schedule, 1, DeviceKind::Cpu);
    let found = Estimate::mean_of(&predictor.losses(&validation).unwrap());
    // Far below what the noise in the targets of denoising leaves to any network.
    let x0 = LossFloor::new(&data, &schedule, Prediction::X0, &LossWeightConfig::Uniform);
    let bound = 0.5 * x0.mean().value;
    assert!(
        losses[0] > bound && found.value < 0.1 * bound,
        "{found:?} {bound}"
    );
    let error = source(&points, Regression(None)).training_batch(0, 4, &mut batch);
    assert!(matches!(error, Err(Error::Unanswered(text)) if text == "there is no teacher"));
}
