//! The W1 distance between generated and true marginals along the reverse process, with its noise floor.

use super::FigureError;
use super::axes::Axis;
use super::legend::Key;
use super::mark::{Dash, Marker, Stroke};
use super::page::{Page, Words};
use super::panel::Panel;
use super::scale::{Scale, drawable};
use super::theme::{LAW_LINE, NOISE_FLOOR, NOISE_FLOOR_FILL, NOISE_FLOOR_LINE, REFERENCE, TRUTH};

const FORWARD: Stroke = Stroke::solid(REFERENCE, 2.2);
const EXACT: Stroke = Stroke::solid(TRUTH, 2.0);
const FLOOR_EXACT: Stroke = Stroke::dashed(NOISE_FLOOR, 1.8, Dash::Dotted);

/// Up to so many timesteps each value gets a marker.
const FEW: usize = 25;
/// Above so many timesteps a thick line would hide its own fluctuations.
const MANY: usize = 300;

/// W1 between the reverse process and the truth at every timestep, as (t, W1).
#[derive(Clone, Debug)]
pub struct WassersteinFigure {
    /// Title.
    pub title: String,
    /// Smaller line under the title; may be empty.
    pub subtitle: String,
    /// Reverse samples against forward samples.
    pub against_forward: Vec<(f64, f64)>,
    /// Reverse samples against the exact marginal, where that is known.
    pub against_exact: Option<Vec<(f64, f64)>>,
    /// What two samples of the exact marginal would show.
    pub floor_forward: Vec<(f64, f64)>,
    /// What one sample of the exact marginal would show against that marginal.
    pub floor_exact: Option<Vec<(f64, f64)>>,
    /// The exact law of the reverse process against the exact marginal, where both are known.
    pub law: Option<Vec<(f64, f64)>>,
    /// Whether the distance axis is logarithmic.
    pub log_scale: bool,
}

/// One of the curves: its points, line and name.
struct Curve {
    points: Vec<(f64, f64)>,
    stroke: Stroke,
    marker: Option<Marker>,
    label: &'static str,
}

impl WassersteinFigure {
    /// Draws the figure as PNG.
    pub fn render(&self) -> Result<Vec<u8>, FigureError> {
        let curves = self.curves();
        let mut page = Page::new(
            Words {
                title: &self.title,
                subtitle: &self.subtitle,
                keys: self.keys(&curves),
                note: "",
            },
            560.0,
        );
        let Some(axes) = self.axes(&curves) else {
            Panel::empty(&mut page.canvas, page.body);
            return page.png();
        };
        let mut panel = Panel::new(&mut page.canvas, page.body, &axes);
        if let Some(floor) = curves
            .iter()
            .find(|curve| curve.stroke.color == NOISE_FLOOR)
        {
            panel.area_below(&floor.points, NOISE_FLOOR_FILL);
        }
        for curve in &curves {
            curve.draw(&mut panel);
        }
        page.png()
    }

    /// The curves with data, those drawn on top last.
    fn curves(&self) -> Vec<Curve> {
        let exact = self.against_exact.as_deref();
        [
            (
                Some(&self.floor_forward[..]),
                NOISE_FLOOR_LINE,
                None,
                "noise floor of the orange line",
            ),
            (
                self.floor_exact.as_deref(),
                FLOOR_EXACT,
                None,
                "noise floor of the black line",
            ),
            (
                Some(&self.against_forward[..]),
                FORWARD,
                Some(Marker::Circle),
                "reverse against forward samples",
            ),
            (
                exact,
                EXACT,
                Some(Marker::Square),
                "reverse against the exact marginal",
            ),
            (
                self.law.as_deref(),
                LAW_LINE,
                None,
                "exact law of the reverse process (no sampling noise)",
            ),
        ]
        .into_iter()
        .filter_map(|(points, stroke, marker, label)| {
            let mut points: Vec<_> = points?.to_vec();
            points.sort_by(|a, b| a.0.total_cmp(&b.0));
            let width = if points.len() > MANY {
                1.3
            } else {
                stroke.width
            };
            (!points.is_empty()).then_some(Curve {
                points,
                stroke: Stroke { width, ..stroke },
                marker,
                label,
            })
        })
        .collect()
    }

    fn keys(&self, curves: &[Curve]) -> Vec<Key> {
        let values = curves.iter().flat_map(|curve| &curve.points);
        let left_out = values.filter(|p| !drawable(p.1, self.log_scale)).count();
        let keys = curves.iter().rev().map(Curve::key);
        keys.chain(Key::left_out(left_out, "value", self.log_scale))
            .collect()
    }

    fn axes(&self, curves: &[Curve]) -> Option<(Axis, Axis)> {
        let points = || curves.iter().flat_map(|curve| &curve.points);
        let distances = points().map(|p| p.1);
        let y = if self.log_scale {
            Scale::covering(distances, true, 0.04)?
        } else {
            Scale::from_zero(distances.clone())
                .or_else(|| Scale::covering(distances, false, 0.04))?
        };
        let last = points().map(|p| p.0).fold(0.0, f64::max);
        let first = points().map(|p| p.0).fold(last, f64::min);
        let margin = ((last - first) * 0.012).max(0.04);
        let x = Scale::linear(first - margin, last + margin).reversed();
        Some((
            Axis::new(
                x,
                "timestep t (the reverse process runs from left to right)",
            )
            .integers(),
            Axis::new(y, "Wasserstein-1 distance (data units)"),
        ))
    }
}

impl Curve {
    fn has_markers(&self) -> bool {
        self.points.len() <= FEW
    }

    fn draw(&self, panel: &mut Panel<'_>) {
        panel.line(&self.points, &self.stroke);
        if let (Some(marker), true) = (self.marker, self.has_markers()) {
            for point in &self.points {
                panel.marker(*point, marker, 4.5, self.stroke.color);
            }
        }
    }

    fn key(&self) -> Key {
        match self.marker {
            Some(marker) if self.has_markers() => Key::line_marker(self.stroke, marker, self.label),
            _ => Key::line(self.stroke, self.label),
        }
    }
}
