//! Everything that is found of two-dimensional data alone.

use crate::{
    error::Result,
    evaluation::{
        density_map::ln_density,
        plane::{
            answers::Answers,
            cells::Cells,
            chosen_points,
            class_shares::ShownClasses,
            draws::{self, Draw},
            recovery::Recovered,
            walks,
        },
        recording::{Recording, Stage},
        trained::Trained,
    },
    experiment::{
        Split,
        run::record::{ChosenPoint, PlaneRecord},
    },
    figure::{Field, Window, plane_window},
    points::Points,
};

/// Fractions of T at which points are recovered and the denoiser's answers are shown.
const LEVELS: [f64; 2] = [0.1, 0.5];

/// What figures of the plane show, with the numbers that they name.
pub(crate) struct PlaneView {
    /// The square that shows the data and the samples, in the data's own units.
    pub(crate) window: Window,
    /// The part of it that they need.
    pub(crate) shown: Window,
    /// ln p of the data there.
    pub(crate) density: Option<Field>,
    /// The samples counted in the cells of the window.
    pub(crate) cells: Cells,
    /// Samples by fewer steps from the same noise, in the data's own units.
    pub(crate) by_steps: Vec<Draw>,
    /// Disjoint sets of the samples.
    pub(crate) by_noise: Vec<Draw>,
    /// Data, noised and recovered, from little noise to much.
    pub(crate) recovered: Vec<Recovered>,
    /// The denoiser's answers over the plane, from little noise to much.
    pub(crate) answers: Vec<Answers>,
    /// Walks of the forward process from one point of the data (row-major, `[places, 2]` each), standardised.
    pub(crate) forward_walks: Vec<Vec<f64>>,
    /// Walks of the reverse process from one point of noise, standardised.
    pub(crate) reverse_walks: Vec<Vec<f64>>,
    /// Chosen places and how probable they are.
    pub(crate) chosen: Vec<ChosenPoint>,
    /// The classes of the samples, where they can be told apart.
    pub(crate) classes: Option<ShownClasses>,
}

impl PlaneView {
    /// What there is to find; `None` where the data is not two-dimensional.
    pub(crate) fn of(
        trained: &Trained,
        samples: &Points,
        recording: &Recording,
    ) -> Result<Option<Self>> {
        let dataset = &trained.dataset;
        if dataset.dim() != 2 {
            return Ok(None);
        }
        let test = dataset.split(Split::Test);
        let Some(shown) = plane_window(&[test.values()], &[samples.values()]) else {
            return Ok(None);
        };
        let window = shown.squared();
        let density = dataset.density.as_ref();
        let sampler = trained.sampler();
        let stages: Vec<&Stage> = LEVELS
            .iter()
            .filter_map(|fraction| recording.stage_at(*fraction))
            .collect();
        let each = || stages.iter().copied();
        Ok(Some(Self {
            window,
            shown,
            density: density
                .filter(|law| law.has_density())
                .map(|law| ln_density(law, window)),
            cells: Cells::count(trained, samples, window),
            by_steps: draws::with_floors(draws::by_steps(trained, samples, shown)?, density),
            by_noise: draws::with_floors(draws::by_noise(trained, samples, shown), density),
            recovered: each()
                .map(|stage| Recovered::at(trained, stage))
                .collect::<Result<_>>()?,
            answers: each()
                .filter_map(|stage| Answers::at(trained, stage).transpose())
                .collect::<Result<_>>()?,
            forward_walks: walks::forward(trained, sampler),
            reverse_walks: walks::reverse(trained, samples, sampler)?,
            chosen: chosen_points::places(trained, window)?,
            classes: ShownClasses::of(trained, samples),
        }))
    }

    /// Its numbers, for the record.
    pub(crate) fn record(&self) -> PlaneRecord {
        let numbers = |draws: &[Draw]| draws.iter().map(|draw| draw.numbers).collect();
        PlaneRecord {
            cells: self.cells.numbers,
            by_steps: numbers(&self.by_steps),
            by_noise: numbers(&self.by_noise),
            draw_noise_floor: self
                .by_steps
                .last()
                .and_then(|draw| draw.numbers.noise_floor),
            recovered: self.recovered.iter().map(|found| found.numbers).collect(),
            chosen_points: self.chosen.clone(),
            class_shares: self
                .classes
                .as_ref()
                .map_or(vec![], |classes| classes.shares.clone()),
        }
    }
}
