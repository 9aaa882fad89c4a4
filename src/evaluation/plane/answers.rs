//! What the denoiser answers over the plane.

use crate::{
    diffusion::{Classes, Denoised, Instant, NoiseLevel},
    error::Result,
    evaluation::{density_map::ln_density, recording::Stage, trained::Trained},
    figure::{Field, square_window},
    target::Mixture,
};

/// Cells a side of the maps of a denoiser's answers, and arrows a side.
const CELLS: usize = 72;
const ARROWS: usize = 17;

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

impl Answers {
    /// The answers over the plane at the time of `stage`; `None` where its points are no numbers.
    pub(super) fn at(trained: &Trained, stage: &Stage) -> Result<Option<Self>> {
        let (at, level) = (stage.at, stage.at.level);
        let Some(window) = square_window(&[&stage.forward], &[]) else {
            return Ok(None);
        };
        let places = window.centers(CELLS, CELLS);
        let sizes = |noise: &[f64]| -> Field {
            let sizes = noise.chunks_exact(2).map(|e| e[0].hypot(e[1])).collect();
            Field::new(window, CELLS, CELLS, sizes)
        };
        // Of a network that is told classes, what it answers to the first one.
        let law = match trained.is_class_conditional() {
            true => stage.law.as_ref().and_then(|law| law.of_class(0)),
            false => stage.law.clone(),
        };
        let law = law.as_ref();
        let found = predicted(trained, &places, at)?;
        let exact = law.map(|law| exact_noise(law, level, &places));
        let error = |law: &Mixture, exact: &[f64]| {
            let rows = found
                .chunks_exact(2)
                .zip(exact.chunks_exact(2))
                .zip(places.chunks_exact(2));
            let value = |((a, b), x): ((&[f64], &[f64]), &[f64])| {
                (a[0] - b[0]).hypot(a[1] - b[1]) * law.pdf(x).sqrt()
            };
            Field::new(window, CELLS, CELLS, rows.map(value).collect())
        };
        let starts = window.centers(ARROWS, ARROWS);
        let arrows = |noise: Vec<f64>| -> Vec<f64> {
            let pairs = starts.chunks_exact(2).zip(noise.chunks_exact(2));
            pairs
                .flat_map(|(x, e)| [x[0], x[1], -e[0], -e[1]])
                .collect()
        };
        Ok(Some(Self {
            t: at.t,
            class: trained.is_class_conditional().then_some(0),
            size: sizes(&found),
            exact_size: exact.as_deref().map(sizes),
            error: law
                .zip(exact.as_deref())
                .map(|(law, exact)| error(law, exact)),
            arrows: arrows(predicted(trained, &starts, at)?),
            exact_arrows: match law {
                Some(law) => arrows(exact_noise(law, level, &starts)),
                None => vec![],
            },
            ln_density: law.map(|law| ln_density(law, window)),
        }))
    }
}

/// ε̂ at row-major points.
fn predicted(trained: &Trained, x: &[f64], at: Instant) -> Result<Vec<f64>> {
    let denoiser = trained.of(Classes::Same(0));
    Ok(Denoised::new(&denoiser, x, at)?.noise)
}

/// ε* = −s ∇ ln q_t at row-major points.
pub(super) fn exact_noise(law: &Mixture, level: NoiseLevel, x: &[f64]) -> Vec<f64> {
    let noise = |x: &[f64]| {
        law.score(x)
            .into_iter()
            .map(move |score| -level.noise * score)
    };
    x.chunks_exact(2).flat_map(noise).collect()
}
