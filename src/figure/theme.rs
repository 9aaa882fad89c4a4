//! What all figures share: colours with a fixed meaning, line styles and sizes.
//!
//! The palette is that of Okabe and Ito (2008), readable with every common colour-vision deficiency. The truth is
//! always the dark solid line, generated samples the blue fill, forward or reference samples orange, a noise floor
//! the grey dashed line with its pale band.

use plotters::style::RGBAColor;

use super::mark::{Dash, Marker, Stroke};

/// Width of every figure in pixels.
pub(super) const WIDTH: u32 = 1400;

pub(super) const TITLE_SIZE: f64 = 21.0;
pub(super) const SUBTITLE_SIZE: f64 = 15.0;
pub(super) const LABEL_SIZE: f64 = 15.0;
pub(super) const LEGEND_SIZE: f64 = 14.5;
pub(super) const TICK_SIZE: f64 = 13.5;

pub(super) const INK: RGBAColor = RGBAColor(32, 32, 32, 1.0);
pub(super) const QUIET_INK: RGBAColor = RGBAColor(90, 90, 90, 1.0);
pub(super) const AXIS: RGBAColor = RGBAColor(80, 80, 80, 1.0);
pub(super) const GRID: RGBAColor = RGBAColor(228, 228, 228, 1.0);
pub(super) const MINOR_GRID: RGBAColor = RGBAColor(242, 242, 242, 1.0);

pub(super) const TRUTH: RGBAColor = RGBAColor(26, 26, 26, 1.0);
pub(super) const GENERATED: RGBAColor = RGBAColor(0, 114, 178, 1.0);
pub(super) const GENERATED_FILL: RGBAColor = RGBAColor(86, 180, 233, 0.5);
pub(super) const REFERENCE: RGBAColor = RGBAColor(222, 130, 0, 1.0);
pub(super) const NOISE_FLOOR: RGBAColor = RGBAColor(125, 125, 125, 1.0);
pub(super) const NOISE_FLOOR_FILL: RGBAColor = RGBAColor(125, 125, 125, 0.14);

/// Colours of series that have no fixed meaning; none of them is the truth's or the noise floor's.
pub(super) const SERIES: [RGBAColor; 6] = [
    RGBAColor(0, 114, 178, 1.0),
    RGBAColor(213, 94, 0, 1.0),
    RGBAColor(0, 158, 115, 1.0),
    RGBAColor(204, 121, 167, 1.0),
    RGBAColor(148, 118, 0, 1.0),
    RGBAColor(86, 180, 233, 1.0),
];

/// The colour of the series with this index; they repeat, with another marker.
pub(super) fn series_color(index: usize) -> RGBAColor {
    SERIES[index % SERIES.len()]
}

/// The colour of the class with this index: more of them than series have, since points show them by colour alone.
pub(super) fn class_color(index: usize) -> RGBAColor {
    const MORE: [RGBAColor; 4] = [
        RGBAColor(240, 200, 30, 1.0),
        RGBAColor(90, 60, 150, 1.0),
        RGBAColor(150, 40, 60, 1.0),
        RGBAColor(110, 110, 110, 1.0),
    ];
    let index = index % (SERIES.len() + MORE.len());
    SERIES
        .get(index)
        .copied()
        .unwrap_or_else(|| MORE[index - SERIES.len()])
}

/// The marker of the series with this index, so that colour is never the only difference.
pub(super) fn series_marker(index: usize) -> Marker {
    const MARKERS: [Marker; 4] = [
        Marker::Circle,
        Marker::Square,
        Marker::Triangle,
        Marker::Diamond,
    ];
    MARKERS[(index + index / SERIES.len()) % MARKERS.len()]
}

/// The colour mixed with white, opaque: a pale line that does not darken where it crosses itself.
pub(super) fn tint(color: RGBAColor, strength: f64) -> RGBAColor {
    let mix = |channel: u8| (255.0 - (255.0 - f64::from(channel)) * strength).round() as u8;
    RGBAColor(mix(color.0), mix(color.1), mix(color.2), 1.0)
}

/// The line of the truth.
pub(super) const TRUTH_LINE: Stroke = Stroke::solid(TRUTH, 2.2);
/// The exact law of what is generated.
pub(super) const LAW_LINE: Stroke = Stroke::solid(RGBAColor(0, 138, 100, 1.0), 1.8);
/// The line of a noise floor.
pub(super) const NOISE_FLOOR_LINE: Stroke = Stroke::dashed(NOISE_FLOOR, 1.8, Dash::Dashed);
/// The outline of forward or reference samples.
pub(super) const REFERENCE_LINE: Stroke = Stroke::solid(REFERENCE, 2.0);
/// The outline of generated samples.
pub(super) const GENERATED_LINE: Stroke = Stroke::solid(GENERATED, 1.4);
