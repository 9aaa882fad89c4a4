//! What a noise schedule does: the variance it adds at each step, the signal and noise that are left, their ratio.

use super::FigureError;
use super::axes::Axis;
use super::caption::{Caption, write_captions};
use super::legend::Key;
use super::mark::{Dash, Marker, Stroke};
use super::page::{Page, Words};
use super::panel::Panel;
use super::scale::Scale;
use super::theme::series_color;

/// Up to so many timesteps each value gets a marker.
const FEW: usize = 25;

/// A noise schedule, tabulated at t = 0 to T.
#[derive(Clone, Debug)]
pub struct ScheduleFigure {
    /// Title.
    pub title: String,
    /// Smaller line under the title; may be empty.
    pub subtitle: String,
    /// The factor a_t of the data in x_t.
    pub signal: Vec<f64>,
    /// The factor s_t of the noise in x_t.
    pub noise: Vec<f64>,
    /// β_t; index 0 is no step and is not drawn. Empty if the schedule has none.
    pub beta: Vec<f64>,
    /// A remark written under the panels; may be empty.
    pub note: String,
}

/// A line of one panel.
struct Curve {
    label: &'static str,
    stroke: Stroke,
    points: Vec<(f64, f64)>,
}

/// What a panel's y axis shows.
enum YRange {
    FromZero,
    Values,
    Logarithm,
}

/// One panel: its heading, y axis and curves.
struct Part {
    heading: &'static str,
    y_label: &'static str,
    y_range: YRange,
    curves: Vec<Curve>,
}

impl ScheduleFigure {
    /// Draws the figure as PNG.
    pub fn render(&self) -> Result<Vec<u8>, FigureError> {
        let mut parts = vec![self.levels(), self.signal_to_noise()];
        if !self.beta.is_empty() {
            parts.insert(0, self.step_variances());
        }
        let keys = parts
            .iter()
            .flat_map(|part| &part.curves)
            .map(|curve| Key::line(curve.stroke, curve.label))
            .collect();
        let mut page = Page::new(
            Words {
                title: &self.title,
                subtitle: &self.subtitle,
                keys,
                note: &self.note,
            },
            400.0,
        );
        let mut areas = page.body.grid(parts.len(), parts.len(), 18.0);
        let captions: Vec<_> = parts
            .iter()
            .map(|part| Caption {
                heading: part.heading.to_owned(),
                note: String::new(),
            })
            .collect();
        write_captions(&mut page.canvas, &mut areas, &captions);
        for (area, part) in areas.iter().zip(&parts) {
            match part.axes() {
                Some(axes) => part.draw(&mut Panel::new(&mut page.canvas, *area, &axes)),
                None => Panel::empty(&mut page.canvas, *area),
            }
        }
        page.png()
    }

    /// Whether a² + s² = 1.
    fn preserves_variance(&self) -> bool {
        let mut levels = self.signal.iter().zip(&self.noise);
        levels.all(|(a, s)| (a * a + s * s - 1.0).abs() < 1e-6)
    }

    /// The variance that each step adds; where variance is preserved also α_t, what the step keeps.
    fn step_variances(&self) -> Part {
        let color = series_color(2);
        let curve = |label, stroke, value: fn(f64) -> f64| Curve {
            label,
            stroke,
            points: table(&self.beta, value).skip(1).collect(),
        };
        let added = |label| curve(label, Stroke::solid(color, 2.2), |beta| beta);
        if !self.preserves_variance() {
            return Part {
                heading: "Variance added at each step",
                y_label: "variance",
                y_range: YRange::FromZero,
                curves: vec![added("variance added")],
            };
        }
        let kept = Stroke::dashed(color, 1.6, Dash::Dashed);
        Part {
            heading: "Variance added and kept at each step",
            y_label: "βₜ and αₜ",
            y_range: YRange::FromZero,
            curves: vec![added("βₜ"), curve("αₜ = 1 − βₜ", kept, |beta| 1.0 - beta)],
        }
    }

    /// a_t and s_t; with a² + s² = 1 they are also √ᾱ_t and √(1−ᾱ_t), and ᾱ_t itself is worth a line.
    fn levels(&self) -> Part {
        let preserving = self.preserves_variance();
        let (signal, noise) = if preserving {
            ("aₜ = √ᾱₜ (signal)", "sₜ = √(1 − ᾱₜ) (noise)")
        } else {
            ("aₜ (signal)", "sₜ (noise)")
        };
        let mut curves = vec![
            Curve {
                label: signal,
                stroke: Stroke::solid(series_color(0), 2.2),
                points: table(&self.signal, |a| a).collect(),
            },
            Curve {
                label: noise,
                stroke: Stroke::solid(series_color(1), 2.2),
                points: table(&self.noise, |s| s).collect(),
            },
        ];
        if preserving {
            curves.push(Curve {
                label: "ᾱₜ",
                stroke: Stroke::dashed(series_color(0), 1.6, Dash::Dashed),
                points: table(&self.signal, |a| a * a).collect(),
            });
        }
        Part {
            heading: "Signal and noise in xₜ",
            y_label: "aₜ and sₜ",
            // Exploding noise spans decades, and all that happens before it explodes matters.
            y_range: if self.noise.iter().any(|s| *s > 10.0) {
                YRange::Logarithm
            } else {
                YRange::FromZero
            },
            curves,
        }
    }

    fn signal_to_noise(&self) -> Part {
        let points = self
            .signal
            .iter()
            .zip(&self.noise)
            .enumerate()
            // There is no noise at t = 0, so the ratio is infinite there.
            .skip(1)
            .map(|(t, (a, s))| (t as f64, 2.0 * (a / s).ln()))
            .collect();
        Part {
            heading: "Signal-to-noise ratio",
            y_label: "ln SNRₜ = 2 ln(aₜ / sₜ)",
            y_range: YRange::Values,
            curves: vec![Curve {
                label: "ln SNRₜ",
                stroke: Stroke::solid(series_color(3), 2.2),
                points,
            }],
        }
    }
}

impl Part {
    fn axes(&self) -> Option<(Axis, Axis)> {
        let points = || self.curves.iter().flat_map(|curve| &curve.points);
        let values = points().map(|p| p.1);
        let y = match self.y_range {
            YRange::FromZero => Scale::from_zero(values)?,
            YRange::Values => Scale::covering(values, false, 0.05)?,
            YRange::Logarithm => Scale::covering(values, true, 0.05)?,
        };
        let last = points().map(|p| p.0).fold(1.0, f64::max);
        let x = Scale::linear(-0.012 * last, 1.012 * last);
        Some((
            Axis::new(x, "timestep t").integers(),
            Axis::new(y, self.y_label),
        ))
    }

    fn draw(&self, panel: &mut Panel<'_>) {
        for curve in &self.curves {
            panel.line(&curve.points, &curve.stroke);
            if curve.points.len() <= FEW {
                for point in &curve.points {
                    panel.marker(*point, Marker::Circle, 3.5, curve.stroke.color);
                }
            }
        }
    }
}

/// A table over t as points.
fn table(values: &[f64], value: impl Fn(f64) -> f64) -> impl Iterator<Item = (f64, f64)> {
    values
        .iter()
        .enumerate()
        .map(move |(t, v)| (t as f64, value(*v)))
}
