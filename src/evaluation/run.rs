//! The evaluation of one run: its record, the tables beside it, and what its figures show.

use crate::{
    error::Result,
    evaluation::{
        diagnosis::Diagnosis,
        plane::view::PlaneView,
        record::{self, Findings},
        recording::Recording,
        sample_numbers::{NetworkEvidence, SampleNumbers, SampleSet},
        told,
        trained::Trained,
        validation_loss::validation_loss,
        walk::Walk,
    },
    experiment::{
        MetricsRecord, Split,
        run::record::{BoundTerm, EvalRecord, TimestepLoss},
    },
    metric::TrajectoryPoint,
    points::Points,
    terminal::stages::{Stage, Told},
    truth::{ErrorMap, OutputLaw},
};

/// The stages, with about the seconds that they take of a run in one dimension or two on a quiet machine.
const SAMPLING: Stage = stage("sampling", 3.0, 10.0);
const CAUSES: Stage = stage("exact law and causes", 5.0, 5.0);
const METRICS: Stage = stage("metrics", 2.0, 3.0);
const MAPS: Stage = stage("maps", 1.0, DRAWING);

/// What drawing the figures takes beside that.
pub(crate) const DRAWING: f64 = 2.0;

const fn stage(name: &'static str, weight: f64, after: f64) -> Stage {
    Stage {
        name,
        weight,
        after,
    }
}

/// Everything that an evaluation has found.
pub(crate) struct Evaluation<'a> {
    pub(crate) trained: &'a Trained,
    pub(crate) record: EvalRecord,
    pub(crate) tables: Tables,
    /// In the data's own units.
    pub(crate) samples: Points,
    pub(crate) material: Material,
}

/// The tables of a run: those beside the record, and that of its training.
pub(crate) struct Tables {
    /// Both processes compared at every timestep, from T to 0.
    pub(crate) trajectory: Vec<TrajectoryPoint>,
    /// The loss and its floor at every timestep, where the density is known.
    pub(crate) loss_by_timestep: Vec<TimestepLoss>,
    /// What the error at every timestep costs in nats, from t = 2 on.
    pub(crate) bound: Vec<BoundTerm>,
    /// The lines of `metrics.jsonl`.
    pub(crate) training: Vec<MetricsRecord>,
}

/// What figures show beside the numbers: points, laws and maps.
pub(crate) struct Material {
    pub(crate) recording: Recording,
    /// In two dimensions.
    pub(crate) plane: Option<PlaneView>,
    /// The exact law of the samples, in one dimension.
    pub(crate) law: Option<OutputLaw>,
    /// Where the denoiser errs, in one dimension.
    pub(crate) error_map: Option<ErrorMap>,
}

impl<'a> Evaluation<'a> {
    /// Evaluates what is trained; `inputs` is the digest of what that depends on, and `told` hears each stage.
    ///
    /// # Errors
    /// If the run's own records cannot be read (exit 5), or the network cannot answer.
    pub(crate) fn of(trained: &'a Trained, inputs: String, told: Told) -> Result<Self> {
        let training = trained.run.metrics()?;
        let mut walk = Walk::back(trained, &|part| told(SAMPLING, part))?;
        told(CAUSES, 0.0);
        let diagnosis = Diagnosis::of(trained, walk.evaluations)?;
        let scale = trained.dataset.affine.scale[0];
        if let Some(law) = &diagnosis.law {
            for (point, (t, w1)) in walk.trajectory.iter_mut().zip(&law.trajectory) {
                point.w1_law = (point.t == *t).then_some(scale * w1);
            }
        }
        told(METRICS, 0.0);
        let numbers = sample_numbers(trained, &walk.samples, &diagnosis)?;
        told(MAPS, 0.0);
        let plane = PlaneView::of(trained, &walk.samples, &walk.recording)?;
        let mut record = record::assemble(
            trained,
            inputs,
            Findings {
                num_samples: walk.samples.len(),
                evaluations: walk.evaluations,
                numbers,
                diagnosis: &diagnosis,
                plane: plane.as_ref(),
            },
        );
        let overlap_range = trained.run.config.eval.overlap_range;
        let held = told::Held::new(&trained.dataset, overlap_range, &walk.samples);
        held.tell(&mut record, diagnosis.law.as_ref());
        Ok(Self {
            trained,
            record,
            tables: Tables {
                trajectory: walk.trajectory,
                loss_by_timestep: diagnosis.losses,
                bound: diagnosis.bound,
                training,
            },
            samples: walk.samples,
            material: Material {
                recording: walk.recording,
                plane,
                law: diagnosis.law,
                error_map: diagnosis.map,
            },
        })
    }
}

/// The numbers of the samples of a run, with what is known of its network.
fn sample_numbers(
    trained: &Trained,
    samples: &Points,
    diagnosis: &Diagnosis,
) -> Result<SampleNumbers> {
    let (config, dataset) = (&trained.run.config, &trained.dataset);
    let classes = dataset.classes.as_ref();
    let set = SampleSet {
        samples,
        test: dataset.split(Split::Test),
        density: dataset.density.as_ref(),
        overlap_range: config.eval.overlap_range,
        class_weights: classes.map(|classes| classes.weights.as_slice()),
        guidance: config.guidance,
    };
    let law = diagnosis.law.as_ref();
    let network = NetworkEvidence {
        val_loss: Some(validation_loss(trained)?),
        irreducible_loss: diagnosis.floor,
        excess_loss: diagnosis.excess,
        law: law.map(|law| (&law.distances, dataset.affine.scale[0])),
        likelihood: diagnosis.likelihood,
        missed: diagnosis.missed(trained),
    };
    Ok(SampleNumbers::of(&set, &network))
}
