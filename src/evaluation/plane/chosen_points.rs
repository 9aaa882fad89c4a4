//! Chosen places of the plane, and how probable the data and the model find them.

use crate::{
    diffusion::Classes,
    error::Result,
    evaluation::{class_choice, trained::Trained},
    experiment::{Dataset, Split, run::record::ChosenPoint},
    figure::Window,
    points::Points,
    truth::log_likelihood,
};

/// Steps of the probability flow behind each log-density.
pub(crate) const FLOW_STEPS: usize = 100;

/// Test points among which the likely and the unlikely are looked for.
const RANKED: usize = 2000;

/// Places a side of the window among which those off the data are looked for.
const GRID: usize = 15;

/// Some places, likely and unlikely: of the data, between them and away from it. None where the data has no
/// density.
pub(crate) fn places(trained: &Trained, window: Window) -> Result<Vec<ChosenPoint>> {
    let dataset = &trained.dataset;
    let density = dataset.density.as_ref();
    let Some(density) = density.filter(|law| law.has_density()) else {
        return Ok(vec![]);
    };
    let test = dataset.split(Split::Test);
    let mut ranked: Vec<_> = test
        .rows()
        .take(RANKED)
        .map(|x| (density.ln_pdf(x), [x[0], x[1]]))
        .collect();
    ranked.sort_by(|a, b| a.0.total_cmp(&b.0));
    let last = (ranked.len() - 1) as f64;
    let mut places = [0.02, 0.3, 0.6, 0.98]
        .map(|part| ranked[(part * last) as usize].1)
        .to_vec();
    places.push(window.at(0.5, 0.5));
    let data: Vec<_> = ranked.iter().map(|(_, x)| *x).collect();
    for _ in 0..2 {
        places.push(remotest(window, &data, &places));
    }
    let (start, ln_scale) = (trained.start(), trained.ln_scale());
    let chosen = |at: [f64; 2]| {
        let class = trained
            .is_class_conditional()
            .then(|| class_near(dataset, at));
        let number = class.unwrap_or(dataset.num_classes() as u32);
        let denoiser = trained.of(Classes::Same(number));
        let seen = dataset.affine.apply(&Points::new(at.to_vec(), 2));
        let start = start.of_class(number);
        let flow = log_likelihood(
            &denoiser,
            &trained.schedule,
            FLOW_STEPS,
            &start,
            seen.values(),
        )?[0];
        let of_class = class.and_then(|class| density.of_class(class));
        let finite = |ln_p: f64| Some(ln_p).filter(|ln_p| ln_p.is_finite());
        Ok(ChosenPoint {
            at,
            class: class.map(|class| class_choice::name(dataset, class)),
            ln_p: finite(of_class.as_ref().unwrap_or(density).ln_pdf(&at)),
            model_ln_p: flow.and_then(|flow| finite(flow.value - ln_scale)),
        })
    };
    places.into_iter().map(chosen).collect()
}

/// The class of the test point that is nearest.
fn class_near(dataset: &Dataset, at: [f64; 2]) -> u32 {
    let test = dataset.split(Split::Test);
    let labels = test.labels().unwrap_or_default();
    let nearest = test
        .rows()
        .zip(labels)
        .min_by(|a, b| distance(at, a.0).total_cmp(&distance(at, b.0)));
    nearest.map_or(0, |(_, label)| *label)
}

/// Of the places of a grid, that which is farthest from the data and the places that are chosen already.
fn remotest(window: Window, data: &[[f64; 2]], chosen: &[[f64; 2]]) -> [f64; 2] {
    let along = |i: usize| (i as f64 + 0.5) / GRID as f64;
    let grid = (0..GRID * GRID).map(|k| window.at(along(k % GRID), along(k / GRID)));
    let to = |at: [f64; 2], all: &[[f64; 2]]| {
        let distances = all.iter().map(|x| distance(at, x));
        distances.fold(f64::INFINITY, f64::min)
    };
    // Apart from each other as well, so that their labels do not meet.
    let room = |at: &[f64; 2]| to(*at, data).min(0.3 * to(*at, chosen));
    let found = grid.max_by(|a, b| room(a).total_cmp(&room(b)));
    found.expect("a grid has places")
}

fn distance(a: [f64; 2], b: &[f64]) -> f64 {
    (a[0] - b[0]).hypot(a[1] - b[1])
}
