//! What all figures share: colours with a fixed meaning, line styles and sizes.
//!
//! The palette is that of Okabe and Ito (2008), readable with every common colour-vision deficiency. The truth is
//! always the dark solid line, generated samples the blue fill, forward or reference samples orange, a noise floor
//! the grey dashed line with its pale band.

use super::mark::{Color, Dash, Marker, Stroke};

/// Width of every figure in pixels.
pub(crate) const WIDTH: u32 = 1400;

pub(crate) const TITLE_SIZE: f64 = 21.0;
pub(crate) const SUBTITLE_SIZE: f64 = 15.0;
pub(crate) const LABEL_SIZE: f64 = 15.0;
pub(crate) const LEGEND_SIZE: f64 = 14.5;
pub(crate) const TICK_SIZE: f64 = 13.5;

pub(crate) const INK: Color = Color(32, 32, 32, 1.0);
pub(crate) const QUIET_INK: Color = Color(90, 90, 90, 1.0);
pub(crate) const AXIS: Color = Color(80, 80, 80, 1.0);
pub(crate) const GRID: Color = Color(228, 228, 228, 1.0);
pub(crate) const MINOR_GRID: Color = Color(242, 242, 242, 1.0);

pub(crate) const TRUTH: Color = Color(26, 26, 26, 1.0);
pub(crate) const GENERATED: Color = Color(0, 114, 178, 1.0);
pub(crate) const GENERATED_FILL: Color = Color(86, 180, 233, 0.5);
pub(crate) const REFERENCE: Color = Color(222, 130, 0, 1.0);
pub(crate) const NOISE_FLOOR: Color = Color(125, 125, 125, 1.0);
pub(crate) const NOISE_FLOOR_FILL: Color = Color(125, 125, 125, 0.14);

/// Colours of series that have no fixed meaning; none of them is the truth's or the noise floor's.
pub(crate) const SERIES: [Color; 6] = [
    Color(0, 114, 178, 1.0),
    Color(213, 94, 0, 1.0),
    Color(0, 158, 115, 1.0),
    Color(204, 121, 167, 1.0),
    Color(148, 118, 0, 1.0),
    Color(86, 180, 233, 1.0),
];

/// The colour of the series with this index; they repeat, with another marker.
pub(crate) fn series_color(index: usize) -> Color {
    SERIES[index % SERIES.len()]
}

/// The colour of the class with this index: more of them than series have, since points show them by colour alone.
pub(crate) fn class_color(index: usize) -> Color {
    const MORE: [Color; 4] = [
        Color(240, 200, 30, 1.0),
        Color(90, 60, 150, 1.0),
        Color(150, 40, 60, 1.0),
        Color(110, 110, 110, 1.0),
    ];
    let index = index % (SERIES.len() + MORE.len());
    SERIES
        .get(index)
        .copied()
        .unwrap_or_else(|| MORE[index - SERIES.len()])
}

/// The marker of the series with this index, so that colour is never the only difference.
pub(crate) fn series_marker(index: usize) -> Marker {
    // A triangle points to what lies beyond an axis.
    const MARKERS: [Marker; 3] = [Marker::Circle, Marker::Square, Marker::Diamond];
    MARKERS[(index + index / SERIES.len()) % MARKERS.len()]
}

/// The line of the truth.
pub(crate) const TRUTH_LINE: Stroke = Stroke::solid(TRUTH, 2.2);
/// The exact law of what is generated.
pub(crate) const LAW_LINE: Stroke = Stroke::solid(Color(0, 138, 100, 1.0), 1.8);
/// The line of a noise floor.
pub(crate) const NOISE_FLOOR_LINE: Stroke = Stroke::dashed(NOISE_FLOOR, 1.8, Dash::Dashed);
/// The outline of forward or reference samples.
pub(crate) const REFERENCE_LINE: Stroke = Stroke::solid(REFERENCE, 2.0);
/// The outline of generated samples.
pub(crate) const GENERATED_LINE: Stroke = Stroke::solid(GENERATED, 1.4);
/// A line of equal density, thin over clouds and maps.
pub(crate) const CONTOUR_LINE: Stroke = Stroke::solid(Color(71, 71, 71, 1.0), 1.1);
