//! Single points on their way.

use super::parts::{data, standardized_axes, truth};
use crate::{
    evaluation::{density_map::ln_density, recording::first, run::Evaluation},
    experiment::Split,
    figure::{Chart, Field, Layer, Panel, Path, class_color, core_window},
    report::{
        figure::Picture,
        run::figures::{row::RunFigure, window::within_reach, words::subject},
    },
};
use std::borrow::Cow;

pub(in crate::report::run::figures) const FIGURE: RunFigure = RunFigure {
    name: "trajectories.png",
    caption: "Single points on their way",
    help: "The paths of three points, each drawn through a few of its places: forward from one test point, and in reverse \
           from different noise and from the same noise. A square marks where a path begins, a dot where it ends, and it \
           grows darker on the way. The dark lines enclose 50 % and 95 % of the exact mass.",
    render,
};

fn render<'a>(evaluation: &'a Evaluation<'_>) -> Option<Picture<'a>> {
    let view = evaluation.material.plane.as_ref()?;
    let recording = &evaluation.material.recording;
    let walks = [&view.forward_walks, &recording.paths, &view.reverse_walks];
    let few = |walks: &Vec<Vec<f64>>| -> Vec<Vec<f64>> {
        let walks = walks.iter().take(PATHS);
        walks.map(|walk| thinned(walk, PIECES)).collect()
    };
    let [forward, different, same] = walks.map(few);
    let places = [&forward, &different, &same]
        .into_iter()
        .flatten()
        .flatten();
    let places: Vec<f64> = places.copied().collect();
    let test = evaluation.trained.dataset.standardized(Split::Test);
    let near = core_window(test.values())?;
    // Paths that diverged leave the panels.
    let window = within_reach(
        near.union(core_window(&places)?).squared(),
        near.squared(),
        REACH,
    );
    let law = evaluation.trained.dataset.standardized_density();
    let density = law.as_ref().filter(|law| law.has_density());
    let density = density.map(|law| ln_density(law, window));
    let panel = |heading: &str, note: &str, layers: Vec<Layer<'a>>| {
        Panel::plane(
            Some(window),
            standardized_axes(&evaluation.trained.dataset),
            layers,
        )
        .titled(heading, note)
    };
    let density = density.as_ref();
    let points = first(&test, SHOWN);
    let layers = |walks: Vec<Vec<f64>>| -> Vec<Layer<'a>> {
        let mut layers = layers(walks, density);
        // Without a density, the points say where the data is.
        if density.is_none() {
            layers.push(data(points.clone(), "test data"));
        }
        layers
    };
    let chart = Chart {
        title: "Single points on their way".into(),
        subtitle: subject(evaluation),
        panels: vec![
            panel(
                "forward from one test point",
                "other noise each",
                layers(forward),
            ),
            panel(
                "reverse from different noise",
                "the first samples",
                layers(different),
            ),
            panel(
                "reverse from the same noise",
                "other noise on the way",
                layers(same),
            ),
        ],
        columns: 3,
        note: format!(
            "a square marks where a path begins, a dot where it ends; it grows darker on the way, in at most {PIECES} pieces. \
             A sampler without noise of its own takes the same path from the same noise"
        ),
        ..Chart::default()
    };
    Some(Picture::Chart(chart.with_shared_axes()))
}

/// Points of the data behind the paths, where its density is not known.
const SHOWN: usize = 1000;

/// How many times wider than the data the panels may be.
const REACH: f64 = 2.0;

/// More paths than this are a tangle, as are more straight pieces of one.
const PATHS: usize = 3;
const PIECES: usize = 24;

/// At most so many pieces of a path, both ends among them; the pieces that it has.
fn thinned(path: &[f64], pieces: usize) -> Vec<f64> {
    let last = (path.len() / 2).saturating_sub(1);
    let pieces = pieces.min(last);
    let place = |k: usize| k * last / pieces.max(1);
    let kept = (0..=pieces).map(place);
    kept.flat_map(|i| path[2 * i..].iter().take(2).copied())
        .collect()
}

/// Paths over the lines of the exact density.
fn layers<'a>(walks: Vec<Vec<f64>>, density: Option<&Field>) -> Vec<Layer<'a>> {
    let paths = walks.into_iter().enumerate().map(|(index, walk)| {
        let mark = Path {
            color: class_color(index),
            places: Cow::Owned(walk),
        };
        Layer::new(mark).depth(2)
    });
    let lines = truth(density.map(|field| Cow::Owned(field.clone())));
    lines.into_iter().chain(paths).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_keeps_its_ends_and_few_pieces() {
        let path: Vec<f64> = (0..=100)
            .flat_map(|i| [f64::from(i), -f64::from(i)])
            .collect();
        let few = thinned(&path, PIECES);
        assert_eq!(few.len(), 2 * (PIECES + 1));
        assert_eq!((few[0], few[1]), (0.0, 0.0));
        assert_eq!(few[few.len() - 2..], [100.0, -100.0]);
        assert_eq!(thinned(&path[..6], PIECES), path[..6]);
        assert_eq!(thinned(&path[..2], PIECES), path[..2]);
        assert!(thinned(&[], PIECES).is_empty());
    }
}
