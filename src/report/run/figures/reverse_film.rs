//! The reverse process as a moving picture.

use super::row::RunFigure;
use crate::{
    evaluation::{density_map::ln_density_on, recording::FilmFrame, run::Evaluation},
    figure::{
        Axis, Bins, Chart, Cloud, Contours, GENERATED, GENERATED_FILL, Layer, Line, Marker, Panel,
        Scale, Steps, TRUTH_LINE, Window, heights, square_window, support, union, visible_range,
    },
    report::{
        density_curve::{curve, curve_between, cut_peaks},
        figure::Picture,
        run::figures::window::within_reach,
    },
    target::Mixture,
    text::written,
};
use rayon::prelude::*;
use std::borrow::Cow;

pub(super) const FIGURE: RunFigure = RunFigure {
    name: "reverse.gif",
    caption: "The reverse process, moving",
    help: "The samples on their way from noise to data, step by step; reverse.mp4 shows the same where ffmpeg \
           is installed. In one dimension the blue histogram should fill the dark line, the exact density at \
           that time. In two, the points should fill the lines around 50 % and 95 % of the exact mass.",
    render,
};

/// Evaluations of components of the density that all frames together may take.
const WORK: usize = 6_000_000;

/// Cells a side below which a density is too coarse to be drawn, and above which no finer.
const FEWEST_CELLS: usize = 28;
const MOST_CELLS: usize = 72;

/// How many times wider than the data the window may be, for noise and data to be seen.
const REACH: f64 = 4.0;

/// Points of a density curve, and bins of a histogram.
const CURVE: usize = 280;
const BINS: usize = 80;

/// The exact density behind a frame.
enum Truth {
    Line(Vec<(f64, f64)>),
    Plane(crate::figure::Field),
    Unknown,
}

fn render<'a>(evaluation: &'a Evaluation<'_>) -> Option<Picture<'a>> {
    let film = &evaluation.material.recording.film;
    let is_line = evaluation.samples.dim() == 1;
    let mut window = match is_line {
        true => Window {
            x: line_range(film)?,
            y: (0.0, 1.0),
        },
        false => plane_window(film)?,
    };
    let cells = cells(film);
    let truth = |taken: &FilmFrame| match (&taken.law, cells) {
        (Some(law), _) if is_line => Truth::Line(line_density(law, window)),
        (Some(law), Some(cells)) => Truth::Plane(ln_density_on(law, window, cells)),
        _ => Truth::Unknown,
    };
    let truths: Vec<_> = film.par_iter().map(truth).collect();
    if is_line {
        window.y = (0.0, 1.12 * top(film, &truths, window));
    }
    let axes = evaluation.trained.dataset.axes.labels();
    let frame = move |index: usize| {
        let taken = &film[index];
        let panel = match is_line {
            true => line_panel(taken, &truths[index], window, &axes[0]),
            false => plane_panel(taken, &truths[index], window, &axes),
        };
        let steps = evaluation.material.recording.num_steps;
        let heading = format!("step {}/{steps} · t = {}", taken.step, written(taken.t));
        Chart {
            panels: vec![panel.titled(heading, "")],
            heights: if is_line { vec![330.0] } else { vec![] },
            note: format!(
                "{} · {}",
                evaluation.trained.run.config.name, evaluation.record.sampler
            ),
            width: Some(if is_line { 560 } else { 460 }),
            ..Chart::default()
        }
    };
    Some(Picture::Film {
        number: film.len(),
        frame: Box::new(frame),
    })
}

fn line_panel(taken: &FilmFrame, truth: &Truth, window: Window, axis: &str) -> Panel<'static> {
    let steps = Steps {
        bins: line_bins(taken, window),
        fill: Some(GENERATED_FILL.opacity(0.8)),
        outline: None,
    };
    let mut layers = vec![Layer::new(steps).label("samples")];
    if let Truth::Line(density) = truth {
        layers.extend(cut_peaks(density, window.y.1));
        layers.push(Layer::new(Line::new(density.clone(), TRUTH_LINE)).label("true density"));
    }
    Panel {
        x: Axis::new(Scale::linear(window.x.0, window.x.1), axis),
        y: Axis::new(Scale::linear(window.y.0, window.y.1), "density"),
        layers,
        ..Panel::default()
    }
}

fn plane_panel(
    taken: &FilmFrame,
    truth: &Truth,
    window: Window,
    axes: &[String],
) -> Panel<'static> {
    let points: Vec<_> = taken.points.iter().map(|x| f64::from(*x)).collect();
    // A single point is seen, and so is where a hundred lie on top of each other.
    let densest = (0.004 * points.len() as f64).max(8.0) as u16;
    let cloud = Cloud::new(points, GENERATED, Marker::Circle).densest(densest);
    let mut layers = vec![Layer::new(cloud).label("samples")];
    if let Truth::Plane(field) = truth {
        let lines = Contours::new(Cow::Owned(field.clone()));
        layers.push(Layer::new(lines).label("50 % and 95 % of the mass"));
    }
    Panel::plane(Some(window), [axes[0].clone(), axes[1].clone()], layers)
}

/// Cells a side of the density of a frame; `None` where it would take too long for all of them.
fn cells(film: &[FilmFrame]) -> Option<usize> {
    let components = film.first()?.law.as_ref()?.weights().len();
    let cells = ((WORK / (components * film.len())) as f64).sqrt() as usize;
    (cells >= FEWEST_CELLS).then_some(cells.min(MOST_CELLS))
}

/// What the first, the middle and the last frame need, in one dimension.
fn line_range(film: &[FilmFrame]) -> Option<(f64, f64)> {
    let last = film.len().checked_sub(1)?;
    let of = |taken: &FilmFrame| -> Vec<f64> {
        // The histogram of one axis, as points of a plane of which only x counts.
        let places = taken.points.iter().flat_map(|x| [f64::from(*x), 0.0]);
        places.collect()
    };
    let points: Vec<_> = [0, last / 2, last].iter().map(|i| of(&film[*i])).collect();
    let parts: Vec<&[f64]> = points.iter().map(Vec::as_slice).collect();
    // Where the truth lies is known: diverged samples must not hide it.
    let laws = [0, last].into_iter().filter_map(|i| film[i].law.as_ref());
    let known = laws.map(|law| support(&curve(law))).fold(None, union);
    let ends: Vec<_> = film[last].points.iter().map(|x| f64::from(*x)).collect();
    match known {
        Some(_) => visible_range(known, &ends),
        None => Some(square_window(&parts, &[])?.x),
    }
}

/// The density that all frames need. Without a truth, as high as a bar of a twentieth of the width can be expected
/// to be.
fn top(film: &[FilmFrame], truths: &[Truth], window: Window) -> f64 {
    let of_frame = |(taken, truth): (&FilmFrame, &Truth)| match truth {
        Truth::Line(density) => heights([&line_bins(taken, window)], density).pop(),
        _ => None,
    };
    let tops = film.iter().zip(truths).filter_map(of_frame);
    let top = tops.fold(0.0, f64::max);
    if top > 0.0 {
        top
    } else {
        6.0 / (window.x.1 - window.x.0)
    }
}

fn line_density(law: &Mixture, window: Window) -> Vec<(f64, f64)> {
    curve_between(law, window.x, CURVE)
}

fn line_bins(taken: &FilmFrame, window: Window) -> Bins {
    let samples: Vec<_> = taken.points.iter().map(|x| f64::from(*x)).collect();
    Bins::new(&samples, window.x, BINS)
}

fn plane_window(film: &[FilmFrame]) -> Option<Window> {
    let last = film.len().checked_sub(1)?;
    let of = |i: usize| -> Vec<f64> { film[i].points.iter().map(|x| f64::from(*x)).collect() };
    let (start, end) = (of(0), of(last));
    let data = square_window(&[&end], &[])?;
    Some(within_reach(
        square_window(&[&start, &end], &[])?,
        data,
        REACH,
    ))
}
