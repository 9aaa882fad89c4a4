//! Sampling, beside the forward process.

use crate::{
    diffusion::{Classes, Counted, ReverseProcess, sampler::ReverseState},
    error::Result,
    evaluation::{class_choice, draw, forward::Forward, recording::Recording, trained::Trained},
    metric::TrajectoryPoint,
    points::Points,
    target::Mixture,
};

/// What the reverse process has shown on its way.
pub(crate) struct Walk {
    /// In the data's own units, labelled by the class that was asked for.
    pub(crate) samples: Points,
    /// Both processes compared at every timestep, from T to 0.
    pub(crate) trajectory: Vec<TrajectoryPoint>,
    /// What figures show of the way.
    pub(crate) recording: Recording,
    /// Times that the network was asked for each sample.
    pub(crate) evaluations: f64,
}

impl Walk {
    /// Samples by the reverse process and compares it with the forward process at every timestep on the
    /// way. What is held at a time does not grow with T. `seen` hears which part of the way is done.
    pub(crate) fn back(trained: &Trained, seen: &dyn Fn(f64)) -> Result<Self> {
        let (config, dataset) = (&trained.run.config, &trained.dataset);
        let (num_samples, sampler) = (config.eval.num_samples, trained.sampler());
        let forward = Forward::new(dataset, num_samples, config.seed());
        let classes = class_choice::draw(trained, num_samples, config.seed());
        let told = classes.as_deref().map_or(Classes::Same(0), Classes::Each);
        let guide = trained.guide();
        let denoiser = trained.guided(&guide, told);
        let counted = Counted::new(&denoiser);
        let process = ReverseProcess::new(sampler, &counted, num_samples, config.seed());
        let visited: Vec<_> = sampler.instants().iter().map(|at| at.t).collect();
        let (timesteps, animation) = (config.eval.timesteps.as_deref(), config.eval.animation);
        let mut recording = Recording::new(&visited, dataset.dim(), timesteps, animation);
        let mut trajectory = vec![];
        // One coordinate of a box in cells is one box.
        let united = trained.law.as_ref().map(Mixture::united);
        let mut samples = Points::new(vec![], dataset.dim());
        for state in process {
            let ReverseState { at, x, .. } = state?;
            let noised = forward.at(at);
            let diffused = |law: &Mixture| law.diffused(at.level.signal, at.level.noise);
            let law = united.as_ref().map(diffused);
            let point = TrajectoryPoint::compare(at.t, &x, &noised, law.as_ref(), &dataset.affine);
            let law = trained.law.as_ref().map(diffused);
            trajectory.push(point);
            seen(trajectory.len() as f64 / visited.len() as f64);
            if at.is_data() {
                samples = dataset.affine.invert(&x);
            }
            recording.see(at, x, noised, law);
        }
        let evaluations = draw::evaluations(counted.count(), num_samples, config.guidance);
        if let Some(classes) = classes {
            samples = samples.with_labels(classes);
        }
        Ok(Self {
            samples,
            trajectory,
            recording,
            evaluations,
        })
    }
}
