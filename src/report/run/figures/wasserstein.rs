//! The W1 distance between generated and true marginals along the reverse process, with its noise floor.

use super::{row::RunFigure, words::subject};
use crate::{
    evaluation::run::Evaluation,
    figure::{
        Area, Axis, Chart, Dash, LAW_LINE, Layer, Line, Marker, NOISE_FLOOR, NOISE_FLOOR_FILL,
        NOISE_FLOOR_LINE, Panel, REFERENCE, Scale, Stroke, TRUTH, Ticks,
    },
    metric::TrajectoryPoint,
    report::figure::Picture,
};

pub(super) const FIGURE: RunFigure = RunFigure {
    name: "wasserstein.png",
    caption: "The reverse process against the forward process, timestep by timestep",
    help: "Each line is the Wasserstein-1 distance of the reverse process at timestep t: the orange one to forward \
           samples, the dark one to the exact marginal. The grey lines are their noise floors, which is what perfect \
           samples show; a line above its floor is an error. The green line is the exact law of the reverse process, \
           which has no sampling noise.",
    render,
};

/// Up to so many timesteps each value gets a marker.
const FEW: usize = 25;
/// Above so many timesteps a thick line would hide its own fluctuations.
const MANY: usize = 300;

/// A curve's value, where it has one; its line, marker and name.
type Curve = (
    fn(&TrajectoryPoint) -> Option<f64>,
    Stroke,
    Option<Marker>,
    &'static str,
);

/// The curves, those drawn on top first.
const CURVES: [Curve; 5] = [
    (
        |point| point.w1_law,
        LAW_LINE,
        None,
        "exact law of the reverse process (no sampling noise)",
    ),
    (
        |point| point.w1_exact,
        Stroke::solid(TRUTH, 2.0),
        Some(Marker::Square),
        "reverse against the exact marginal",
    ),
    (
        |point| Some(point.w1_forward),
        Stroke::solid(REFERENCE, 2.2),
        Some(Marker::Circle),
        "reverse against forward samples",
    ),
    (
        |point| point.w1_exact_noise_floor,
        Stroke::dashed(NOISE_FLOOR, 1.8, Dash::Dotted),
        None,
        "noise floor of the black line",
    ),
    (
        |point| Some(point.w1_forward_noise_floor),
        NOISE_FLOOR_LINE,
        None,
        "noise floor of the orange line",
    ),
];

fn render<'a>(evaluation: &'a Evaluation<'_>) -> Option<Picture<'a>> {
    Some(Picture::Chart(Chart {
        title: "Wasserstein-1 distance between the reverse and the forward process".into(),
        subtitle: subject(evaluation),
        panels: vec![panel(
            &evaluation.tables.trajectory,
            evaluation.trained.run.config.eval.log_scale,
        )],
        heights: vec![560.0],
        ..Chart::default()
    }))
}

fn panel(trajectory: &[TrajectoryPoint], log: bool) -> Panel<'static> {
    let mut layers = vec![];
    let mut distances: Vec<f64> = vec![];
    for (depth, (value, stroke, marker, label)) in CURVES.into_iter().rev().enumerate() {
        let point = |point: &TrajectoryPoint| Some((point.t, value(point)?));
        let mut points: Vec<_> = trajectory.iter().filter_map(point).collect();
        points.sort_by(|a, b| a.0.total_cmp(&b.0));
        if points.is_empty() {
            continue;
        }
        distances.extend(points.iter().map(|p| p.1));
        if depth == 0 {
            let floor = Area::below(&points, NOISE_FLOOR_FILL);
            layers.push(Layer::new(floor).depth(-1));
        }
        let width = if points.len() > MANY {
            1.3
        } else {
            stroke.width
        };
        let mut line = Line::new(points, Stroke { width, ..stroke });
        if let Some(marker) = marker {
            line = line.marked(FEW, marker, 4.5);
        }
        layers.push(Layer::new(line).label(label).depth(depth as i32));
    }
    layers.reverse();
    let covering = |log| Scale::covering(distances.iter().copied(), log, 0.04);
    let y = match log {
        true => covering(true),
        false => Scale::from_zero(distances.iter().copied()).or_else(|| covering(false)),
    };
    let last = trajectory.iter().map(|p| p.t).fold(0.0, f64::max);
    let first = trajectory.iter().map(|p| p.t).fold(last, f64::min);
    let margin = ((last - first) * 0.012).max(0.04);
    Panel {
        x: Axis::new(
            Scale::linear(first - margin, last + margin).reversed(),
            "timestep t (the reverse process runs from left to right)",
        )
        .ticks(Ticks::Whole),
        y: Axis::new(y, "Wasserstein-1 distance (data units)"),
        layers,
        ..Panel::default()
    }
}
