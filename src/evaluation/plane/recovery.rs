//! Points of the data, noised and recovered in one step.

use crate::{
    diffusion::{Classes, Denoised},
    error::Result,
    evaluation::{
        plane::answers::exact_noise,
        recording::{Stage, first},
        trained::Trained,
    },
    experiment::{Split, run::record::RecoveryRecord},
    rng::{self, Purpose},
};

/// Points that are noised and recovered.
const RECOVERED: usize = 2000;

/// Points of the data at one noise level and what is recovered of them, standardised and row-major.
pub(crate) struct Recovered {
    pub(crate) numbers: RecoveryRecord,
    pub(crate) original: Vec<f64>,
    pub(crate) noised: Vec<f64>,
    /// x̂0 of the denoiser.
    pub(crate) estimate: Vec<f64>,
    /// E[x0 | x_t], if the density is known.
    pub(crate) bayes: Option<Vec<f64>>,
}

impl Recovered {
    /// Test points noised at the time of `stage`; a class-conditional denoiser is told their classes.
    pub(super) fn at(trained: &Trained, stage: &Stage) -> Result<Self> {
        let (at, level) = (stage.at, stage.at.level);
        let test = trained.dataset.standardized(Split::Test);
        let original = first(&test, RECOVERED);
        let mut noise = vec![0.0; original.len()];
        let seed = trained.run.config.seed();
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
            Some(labels) if trained.is_class_conditional() => {
                Classes::Each(&labels[..original.len() / 2])
            }
            _ => Classes::Same(0),
        };
        let errors = recover(&noise);
        let errors = errors.iter().zip(&original).map(|(a, b)| (a - b).abs());
        let estimate = Denoised::new(&trained.of(told), &noised, at)?.x0;
        // What is known of points whose class is told is another mean.
        let law = stage
            .law
            .as_ref()
            .filter(|_| !trained.is_class_conditional());
        let bayes = law.map(|law| recover(&exact_noise(law, level, &noised)));
        let numbers = RecoveryRecord {
            t: at.t,
            rms_noised: rms(&noised, &original),
            rms_estimate: rms(&estimate, &original),
            rms_exact: bayes.as_ref().and_then(|bayes| rms(bayes, &original)),
            largest_error: Some(errors.fold(0.0, f64::max)).filter(|x| x.is_finite()),
        };
        Ok(Self {
            numbers,
            original,
            noised,
            estimate,
            bayes,
        })
    }
}

/// The root of the mean square distance per axis; `None` where it is no number.
fn rms(points: &[f64], original: &[f64]) -> Option<f64> {
    let squares = points.iter().zip(original).map(|(a, b)| (a - b).powi(2));
    let mean = squares.sum::<f64>() / points.len().max(1) as f64;
    Some(mean.sqrt()).filter(|rms| rms.is_finite())
}
