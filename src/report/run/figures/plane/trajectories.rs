//! Single points on their way.

use super::parts::{class_of, standardized_axes, truth};
use crate::{
    evaluation::{density_map::ln_density, run::Evaluation},
    experiment::Split,
    figure::{
        Chart, Color, Field, GENERATED, Layer, Panel, Path, Window, class_color, square_window,
    },
    report::{
        figure::Picture,
        run::figures::{row::RunFigure, words::subject},
    },
};
use std::borrow::Cow;

pub(in crate::report::run::figures) const FIGURE: RunFigure = RunFigure {
    name: "trajectories.png",
    caption: "Single points on their way",
    help: "The paths of a few single points: forward from one test point, and in reverse from different noise and from \
           the same noise. A square marks where a path begins and a dot where it ends; the dark lines enclose 50 % and \
           95 % of the exact mass.",
    render,
};

fn render<'a>(evaluation: &'a Evaluation<'_>) -> Option<Picture<'a>> {
    let view = evaluation.material.plane.as_ref()?;
    let recording = &evaluation.material.recording;
    let walks = [&recording.paths, &view.forward_walks, &view.reverse_walks];
    let places: Vec<f64> = walks.into_iter().flatten().flatten().copied().collect();
    let test = evaluation.trained.dataset.standardized(Split::Test);
    let window = square_window(&[test.values()], &[])?
        .union(extent(&places))
        .squared();
    let law = evaluation.trained.dataset.standardized_density();
    let density = law.as_ref().filter(|law| law.has_density());
    let density = density.map(|law| ln_density(law, window));
    // By the class of their end, where there are classes; else every walk has a colour of its own.
    let by_end = |index: usize, path: &[f64]| match path {
        [.., x, y] => class_color(class_of(evaluation, law.as_ref(), [*x, *y]).unwrap_or(index)),
        _ => GENERATED,
    };
    let by_number = |index: usize, _: &[f64]| class_color(index);
    let panel = |heading: &str, note: &str, layers: Vec<Layer<'a>>| {
        Panel::plane(Some(window), standardized_axes(), layers).titled(heading, note)
    };
    let density = density.as_ref();
    let chart = Chart {
        title: "Single points on their way".into(),
        subtitle: subject(evaluation),
        panels: vec![
            panel(
                "forward from one test point",
                "other noise each",
                layers(&view.forward_walks, by_number, density),
            ),
            panel(
                "reverse from different noise",
                "the first samples",
                layers(&recording.paths, by_end, density),
            ),
            panel(
                "reverse from the same noise",
                "other noise on the way",
                layers(&view.reverse_walks, by_number, density),
            ),
        ],
        columns: 3,
        note: "a square marks where a path begins, a dot where it ends; a sampler without noise of its own takes the same path \
               from the same noise"
            .into(),
        ..Chart::default()
    };
    Some(Picture::Chart(chart.with_shared_axes()))
}

/// Paths over the lines of the exact density.
fn layers<'a>(
    walks: &'a [Vec<f64>],
    color: impl Fn(usize, &[f64]) -> Color,
    density: Option<&Field>,
) -> Vec<Layer<'a>> {
    let paths = walks.iter().enumerate().map(|(index, walk)| {
        let mark = Path {
            places: Cow::Borrowed(walk),
            color: color(index, walk),
        };
        Layer::new(mark).depth(2)
    });
    let lines = truth(density.map(|field| Cow::Owned(field.clone())));
    lines.into_iter().chain(paths).collect()
}

/// All of some places, and a little room around them.
fn extent(places: &[f64]) -> Window {
    let axis = |k: usize| {
        let along = || places.iter().skip(k).step_by(2).copied();
        let (low, high) = (
            along().fold(f64::MAX, f64::min),
            along().fold(f64::MIN, f64::max),
        );
        let room = 0.03 * (high - low);
        (low - room, high + room)
    };
    Window {
        x: axis(0),
        y: axis(1),
    }
}
