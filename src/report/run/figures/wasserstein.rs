//! The W1 distance between generated and true marginals along the reverse process, with its noise floor.

use super::{row::RunFigure, words::subject};
use crate::{
    evaluation::run::Evaluation,
    figure::{
        Area, Axis, Chart, Dash, LAW_LINE, Layer, Line, Marker, NOISE_FLOOR, NOISE_FLOOR_FILL,
        NOISE_FLOOR_LINE, Panel, REFERENCE, Scale, Stroke, TRUTH, quantile, sorted_finite,
    },
    metric::TrajectoryPoint,
    report::{
        density_curve::marked_peaks,
        figure::Picture,
        time_axis::{SAMPLING, time_axis},
    },
    text::{number, written},
};

pub(super) const FIGURE: RunFigure = RunFigure {
    name: "wasserstein.png",
    caption: "The reverse process against the forward process, timestep by timestep",
    help: "Each line is the Wasserstein-1 distance of the reverse process at timestep t: the orange one to forward \
           samples, the dark one to the exact marginal. The grey lines are their noise floors, which is what perfect \
           samples show; a line above its floor is an error. The green line is the exact law of the reverse process, \
           which has no sampling noise; beside it the sampled lines are pale. Sampling runs from right to left. \
           Where a few timesteps would flatten all others, the axis ends below them and a triangle says how high they reach.",
    render,
};

const LAW: &str = "exact law of the reverse process (no sampling noise)";

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
        Stroke {
            width: 2.6,
            ..LAW_LINE
        },
        None,
        LAW,
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
        "noise floor of the exact marginal",
    ),
    (
        |point| Some(point.w1_forward_noise_floor),
        NOISE_FLOOR_LINE,
        None,
        "noise floor of forward samples",
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
        remarks: vec![SAMPLING.into()],
        ..Chart::default()
    }))
}

/// A value so many times higher than nearly all others is cut off, and the axis ends so far above those.
const SPIKE: f64 = 3.0;
const ABOVE: f64 = 1.6;
const NEARLY_ALL: f64 = 0.95;

/// Where the axis of these curves ends: at the highest value, unless that would flatten nearly all of each.
fn top(curves: &[Vec<(f64, f64)>]) -> f64 {
    let sorted: Vec<_> = curves
        .iter()
        .map(|curve| sorted_finite(curve.iter().map(|p| p.1)))
        .collect();
    let highest = sorted.iter().filter_map(|curve| curve.last().copied());
    let highest = highest.fold(0.0, f64::max);
    let bulks = sorted
        .iter()
        .filter_map(|curve| quantile(curve, NEARLY_ALL));
    let bulk = bulks.fold(0.0, f64::max);
    match bulk > 0.0 && highest > SPIKE * bulk {
        true => ABOVE * bulk,
        false => highest,
    }
}

/// How strong the colour of a sampled line is beside the exact one.
const PALE: f64 = 0.6;

/// How a line is drawn: thinner where it has many points, and pale where the exact law stands beside it.
fn drawn(stroke: Stroke, points: usize, is_beside_law: bool) -> Stroke {
    let width = if points > MANY { 1.3 } else { stroke.width };
    match is_beside_law {
        true => Stroke {
            color: stroke.color.tint(PALE),
            width: 0.6 * width,
            ..stroke
        },
        false => Stroke { width, ..stroke },
    }
}

fn panel(trajectory: &[TrajectoryPoint], log: bool) -> Panel<'static> {
    let has_law = trajectory.iter().any(|point| point.w1_law.is_some());
    let mut layers = vec![];
    let mut curves: Vec<Vec<(f64, f64)>> = vec![];
    for (depth, (value, stroke, marker, label)) in CURVES.into_iter().rev().enumerate() {
        let point = |point: &TrajectoryPoint| Some((point.t, value(point)?));
        let mut points: Vec<_> = trajectory.iter().filter_map(point).collect();
        points.sort_by(|a, b| a.0.total_cmp(&b.0));
        if points.is_empty() {
            continue;
        }
        if depth == 0 {
            let floor = Area::below(&points, NOISE_FLOOR_FILL);
            layers.push(Layer::new(floor).depth(-1));
        }
        let stroke = drawn(stroke, points.len(), has_law && marker.is_some());
        curves.push(points.clone());
        let mut line = Line::new(points, stroke);
        if let Some(marker) = marker {
            line = line.marked(FEW, marker, if has_law { 3.2 } else { 4.5 });
        }
        layers.push(Layer::new(line).label(label).depth(depth as i32));
    }
    let top = top(&curves);
    let distances = || curves.iter().flatten().map(|p| p.1);
    let all = || distances().filter(|value| *value <= top).chain([top]);
    let y = match log {
        true => Scale::covering(distances(), true, 0.04),
        false => Scale::from_zero(all()).or_else(|| Scale::covering(all(), false, 0.04)),
    };
    let end = y.as_ref().map_or(f64::INFINITY, |y| y.high);
    let words = |height, t| {
        format!(
            "above the axis: the distance reaches {} at t = {}",
            number(height),
            written(t)
        )
    };
    layers.reverse();
    // The curve on top is the most exact.
    layers.extend(
        curves
            .last()
            .and_then(|curve| marked_peaks(curve, end, words)),
    );
    Panel {
        x: time_axis(trajectory.iter().map(|point| point.t)),
        y: Axis::new(y, "Wasserstein-1 distance (data units)"),
        layers,
        ..Panel::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trajectory(spike: f64, law: Option<f64>) -> Vec<TrajectoryPoint> {
        let point = |t: u32| TrajectoryPoint {
            t: f64::from(t),
            w1_forward: if t == 99 { spike } else { 0.02 },
            w1_forward_noise_floor: 0.01,
            w1_exact: None,
            w1_exact_noise_floor: None,
            w1_law: law,
        };
        (0..=100).map(point).collect()
    }

    fn labels(panel: &Panel<'_>) -> Vec<String> {
        panel
            .layers
            .iter()
            .map(|layer| layer.label.clone())
            .collect()
    }

    #[test]
    fn a_spike_is_cut_and_says_how_high_it_is() {
        let cut = panel(&trajectory(1.084, None), false);
        let y = cut.y.scale.as_ref().expect("an axis");
        assert!(y.low == 0.0 && y.high > 0.02 && y.high < 0.05, "{y:?}");
        let mark = "above the axis: the distance reaches 1.084 at t = 99".to_string();
        assert!(labels(&cut).contains(&mark), "{:?}", labels(&cut));
        let whole = panel(&trajectory(0.05, None), false);
        assert!(whole.y.scale.is_some_and(|y| y.high > 0.05));
        assert!(
            !labels(&panel(&trajectory(0.05, None), false))
                .iter()
                .any(|l| l.contains("above"))
        );
        let log = panel(&trajectory(1.084, None), true);
        assert!(log.y.scale.as_ref().is_some_and(|y| y.high > 1.084));
    }

    #[test]
    fn the_floor_stays_in_the_axis() {
        let flat = panel(&trajectory(1e-9, Some(1e-6)), false);
        assert!(
            flat.y
                .scale
                .is_some_and(|y| y.low <= 0.01 && y.high >= 0.02)
        );
    }

    #[test]
    fn the_exact_law_is_drawn_over_pale_samples() {
        let found = panel(&trajectory(0.03, Some(0.02)), false);
        let depth = |name: &str| {
            let layer = found.layers.iter().find(|layer| layer.label == name);
            layer.map(|layer| layer.depth)
        };
        assert!(depth(LAW) > depth("reverse against forward samples"));
        let pale = drawn(Stroke::solid(REFERENCE, 2.2), 101, true);
        assert!(pale.width < LAW_LINE.width && pale.color == REFERENCE.tint(PALE));
    }
}
