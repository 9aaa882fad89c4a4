//! What a run has learned, opened once from its directory.

use crate::{
    diffusion::{
        ClassDenoiser, Classes, Conditional, Guide, Guided, NoiseSchedule, SamplerConfig, StartLaw,
        WithoutClass, sampler::Sampler,
    },
    error::{Error, Result},
    experiment::{Dataset, Run},
    model::{DeviceKind, MlpConfig, ModelConfig, Parameters, Predictor},
    target::Mixture,
};
use std::sync::OnceLock;

/// A run with its data, its process and its network.
pub(crate) struct Trained {
    pub(crate) run: Run,
    pub(crate) dataset: Dataset,
    pub(crate) schedule: NoiseSchedule,
    /// The law of the data in standardised units, where its density is known.
    pub(crate) law: Option<Mixture>,
    pub(crate) predictor: Predictor,
    /// Training steps behind the weights; 0 where nothing is trained.
    pub(crate) step: usize,
    has_slopes: bool,
    /// The sampler that the configuration names, made when it is first asked for.
    sampler: OnceLock<Sampler>,
}

impl Trained {
    /// Opens the data and the weights of `run`, whose network then runs on `device`.
    ///
    /// # Errors
    /// If the data or the checkpoint is missing, damaged or of another run (exit 5).
    pub(crate) fn open(run: Run, device: DeviceKind) -> Result<Self> {
        let dataset = run.dataset()?;
        let schedule = run.config.process.build();
        let law = dataset.standardized_density();
        let (predictor, step) = match (&run.config.model, &law) {
            (ModelConfig::Mlp(network), _) => load(&run, network, &dataset, &schedule, device)?,
            (ModelConfig::Bayes(bayes), Some(law)) => (Predictor::bayes(bayes, law, &schedule), 0),
            (ModelConfig::Bayes(_) | ModelConfig::Given(_), _) => {
                return Err(no_checkpoint(&run));
            }
        };
        Ok(Self {
            run,
            dataset,
            schedule,
            law,
            predictor,
            step,
            has_slopes: true,
            sampler: OnceLock::new(),
        })
    }

    /// A network from elsewhere in the place of one that is trained. `has_slopes` says whether its answers may be
    /// differentiated.
    pub(crate) fn given(
        run: Run,
        dataset: Dataset,
        network: impl ClassDenoiser + Send + 'static,
        has_slopes: bool,
    ) -> Self {
        let schedule = run.config.process.build();
        let prediction = run.config.model.prediction();
        Self {
            law: dataset.standardized_density(),
            predictor: Predictor::given(Box::new(network), prediction, &schedule),
            run,
            dataset,
            schedule,
            step: 0,
            has_slopes,
            sampler: OnceLock::new(),
        }
    }

    /// Whether answers of the network may be differentiated.
    pub(crate) fn has_slopes(&self) -> bool {
        self.has_slopes
    }

    /// The sampler that the configuration names.
    pub(crate) fn sampler(&self) -> &Sampler {
        self.sampler
            .get_or_init(|| self.sampler_of(&self.run.config.sampler))
    }

    /// The same sampler with another number of steps.
    pub(crate) fn sampler_in(&self, num_steps: usize) -> Sampler {
        self.sampler_of(&SamplerConfig {
            num_steps: Some(num_steps),
            ..self.run.config.sampler.clone()
        })
    }

    /// Another sampler.
    pub(crate) fn sampler_of(&self, config: &SamplerConfig) -> Sampler {
        let range = self.dataset.standardized_range();
        config.build(&self.schedule, &range, self.law.as_ref())
    }

    /// Steps of the sampler that the configuration names.
    pub(crate) fn num_sampling_steps(&self) -> usize {
        let num_timesteps = self.schedule.num_timesteps();
        self.run.config.sampler.steps(num_timesteps)
    }

    /// The law that sampling starts from, in standardised units.
    pub(crate) fn start(&self) -> StartLaw {
        let start = self.run.config.sampler.start;
        start.law(&self.schedule, self.law.as_ref())
    }

    /// The second answer that guidance mixes in: that of the network without a class.
    pub(crate) fn guide(&self) -> WithoutClass<'_> {
        WithoutClass(&self.predictor)
    }

    /// The network as sampling asks it: of these classes, with the guidance of the configuration.
    pub(crate) fn guided<'a>(&'a self, guide: &'a dyn Guide, classes: Classes<'a>) -> Guided<'a> {
        Guided::new(self.of(classes), guide, self.run.config.guidance)
    }

    /// The network of these classes, without guidance.
    pub(crate) fn of<'a>(&'a self, classes: Classes<'a>) -> Conditional<'a> {
        Conditional::new(&self.predictor, classes)
    }

    /// Whether the model is class-conditional.
    pub(crate) fn is_class_conditional(&self) -> bool {
        self.predictor.num_classes() > 0
    }

    /// ln|det| of the step from standardised units to the data's own.
    pub(crate) fn ln_scale(&self) -> f64 {
        self.dataset.affine.scale.iter().map(|s| s.ln()).sum()
    }
}

/// The network of the checkpoint that the configuration names, and its training steps.
fn load(
    run: &Run,
    network: &MlpConfig,
    dataset: &Dataset,
    schedule: &NoiseSchedule,
    device: DeviceKind,
) -> Result<(Predictor, usize)> {
    let (weights, step) = weights(run, network, dataset)?;
    let shape = dataset.shape(&run.config);
    let predictor = Predictor::new(network, &weights, schedule, shape, device);
    Ok((predictor, step))
}

/// The weights of the checkpoint that the configuration names, and its training steps.
///
/// # Errors
/// If the checkpoint is missing or damaged (exit 5).
pub(crate) fn weights(
    run: &Run,
    network: &MlpConfig,
    dataset: &Dataset,
) -> Result<(Parameters, usize)> {
    let layout = Parameters::zeros(network, dataset.shape(&run.config));
    let checkpoints = run.checkpoints();
    let loaded = checkpoints.load_weights(run.config.eval.checkpoint, &layout)?;
    loaded.ok_or_else(|| no_checkpoint(run))
}

pub(crate) fn no_checkpoint(run: &Run) -> Error {
    Error::corrupt(
        format!(
            "`{}` is complete, but has no checkpoint",
            run.directory().display()
        ),
        "restore its checkpoints from a copy, or remove the directory and train it again",
    )
}
