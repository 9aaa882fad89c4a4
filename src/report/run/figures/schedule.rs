//! What a noise schedule does: the variance it adds at each step, the signal and noise that are left, their ratio.

use super::row::RunFigure;
use crate::{
    diffusion::NoiseSchedule,
    evaluation::run::Evaluation,
    figure::{Axis, Chart, Dash, Layer, Line, Marker, Panel, Scale, Stroke, series_color},
    report::{figure::Picture, time_axis::time_axis},
    text::{above_rounding, significant},
};

pub(super) const FIGURE: RunFigure = RunFigure {
    name: "schedule.png",
    caption: "The noise schedule",
    help: "The panels show the variance that each step adds and keeps, the signal and the noise in xₜ, and the \
           logarithm of their ratio. The note says how much signal is left at the last timestep, where sampling \
           starts.",
    render,
};

/// Up to so many timesteps each value gets a marker.
const FEW: usize = 25;

/// Noise that explodes beyond this spans decades, and all that happens before matters.
const EXPLODED: f64 = 10.0;

fn render<'a>(evaluation: &'a Evaluation<'_>) -> Option<Picture<'a>> {
    let schedule = &evaluation.trained.schedule;
    let kl = evaluation.record.prior_kl.map(|kl| {
        format!(
            ", KL from q_T to where sampling starts {} nats",
            above_rounding(kl)
        )
    });
    Some(Picture::Chart(Chart {
        title: format!(
            "Noise schedule {}, T = {}",
            evaluation.trained.run.config.process.schedule.kind(),
            schedule.num_timesteps()
        ),
        panels: vec![
            step_variances(schedule),
            levels(schedule),
            signal_to_noise(schedule),
        ],
        heights: vec![400.0],
        note: format!(
            "at t = T: the signal is {}{}",
            significant(schedule.terminal().signal),
            kl.unwrap_or_default()
        ),
        ..Chart::default()
    }))
}

/// Whether a² + s² = 1.
pub(super) fn preserves_variance(schedule: &NoiseSchedule) -> bool {
    let mut levels = schedule.levels().iter();
    levels.all(|level| (level.signal.powi(2) + level.noise.powi(2) - 1.0).abs() < 1e-6)
}

fn panel(heading: &str, y: Axis, t: usize, layers: Vec<Layer<'static>>) -> Panel<'static> {
    Panel {
        heading: heading.into(),
        x: time_axis([0.0, t as f64]),
        y,
        layers,
        ..Panel::default()
    }
}

/// A curve over the timesteps from `first` on.
fn curve(
    schedule: &NoiseSchedule,
    first: usize,
    stroke: Stroke,
    label: &str,
    value: impl Fn(usize) -> f64,
) -> Layer<'static> {
    let all = first..=schedule.num_timesteps();
    let points: Vec<_> = all.map(|t| (t as f64, value(t))).collect();
    Layer::new(Line::new(points, stroke).marked(FEW, Marker::Circle, 3.5)).label(label)
}

/// The variance that each step adds; where variance is preserved also α_t, what the step keeps.
fn step_variances(schedule: &NoiseSchedule) -> Panel<'static> {
    let (solid, dashed) = strokes(2);
    let last = schedule.num_timesteps();
    let beta = |t: usize| schedule.beta(t);
    let added = |label| curve(schedule, 1, solid, label, beta);
    if !preserves_variance(schedule) {
        let y = Axis::new(Scale::from_zero((1..=last).map(beta)), "variance");
        let layers = vec![added("variance added")];
        return panel("Variance added at each step", y, last, layers);
    }
    let both = (1..=last).flat_map(|t| [beta(t), 1.0 - beta(t)]);
    let kept = curve(schedule, 1, dashed, "αₜ = 1 − βₜ", |t| {
        1.0 - beta(t)
    });
    panel(
        "Variance added and kept at each step",
        Axis::new(Scale::from_zero(both), "βₜ and αₜ"),
        last,
        vec![added("βₜ"), kept],
    )
}

/// a_t and s_t; with a² + s² = 1 they are also √ᾱ_t and √(1−ᾱ_t), and ᾱ_t itself is worth a line.
fn levels(schedule: &NoiseSchedule) -> Panel<'static> {
    let at = schedule.levels();
    let (signal, noise) = match preserves_variance(schedule) {
        true => ("aₜ = √ᾱₜ (signal)", "sₜ = √(1 − ᾱₜ) (noise)"),
        false => ("aₜ (signal)", "sₜ (noise)"),
    };
    let mut layers = vec![
        curve(schedule, 0, strokes(0).0, signal, |t| at[t].signal),
        curve(schedule, 0, strokes(1).0, noise, |t| at[t].noise),
    ];
    if preserves_variance(schedule) {
        layers.push(curve(schedule, 0, strokes(0).1, "ᾱₜ", |t| {
            at[t].signal.powi(2)
        }));
    }
    let values = at.iter().flat_map(|level| [level.signal, level.noise]);
    let y = match at.iter().any(|level| level.noise > EXPLODED) {
        true => Scale::covering(values, true, 0.05),
        false => Scale::from_zero(values),
    };
    let y = Axis::new(y, "aₜ and sₜ");
    panel(
        "Signal and noise in xₜ",
        y,
        schedule.num_timesteps(),
        layers,
    )
}

/// ln SNR; there is no noise at t = 0, so it is infinite there.
fn signal_to_noise(schedule: &NoiseSchedule) -> Panel<'static> {
    let at = schedule.levels();
    let ln_snr = |t: usize| 2.0 * (at[t].signal / at[t].noise).ln();
    let y = Scale::covering((1..at.len()).map(ln_snr), false, 0.05);
    panel(
        "Signal-to-noise ratio",
        Axis::new(y, "ln SNRₜ = 2 ln(aₜ / sₜ)"),
        schedule.num_timesteps(),
        vec![curve(schedule, 1, strokes(3).0, "ln SNRₜ", ln_snr)],
    )
}

/// A line of a series, and a thinner dashed one.
fn strokes(index: usize) -> (Stroke, Stroke) {
    let color = series_color(index);
    (
        Stroke::solid(color, 2.2),
        Stroke::dashed(color, 1.6, Dash::Dashed),
    )
}
