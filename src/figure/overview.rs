//! What is known of a run before training, on one page: data, schedule, losses, noise floor.

use super::FigureError;
use super::axes::Axis;
use super::bins::Bins;
use super::canvas::Canvas;
use super::caption::{Caption, write_captions};
use super::geometry::Rect;
use super::legend::Key;
use super::mark::{Dash, Marker, Stroke};
use super::page::{Page, Words};
use super::panel::Panel;
use super::scale::Scale;
use super::statistics::range;
use super::theme::{
    NOISE_FLOOR_FILL, NOISE_FLOOR_LINE, REFERENCE_LINE, SERIES, TRUTH, TRUTH_LINE, series_color,
    tint,
};

const SIGNAL_LINE: Stroke = Stroke::solid(SERIES[0], 2.2);
const NOISE_LINE: Stroke = Stroke::solid(SERIES[1], 2.2);
const PERFECT_LINE: Stroke = Stroke::dashed(SERIES[2], 2.0, Dash::Dotted);
const MOST_BINS: f64 = 60.0;

/// One axis of the data.
#[derive(Clone, Debug)]
pub struct OverviewDensity {
    /// Name of the axis.
    pub label: String,
    /// The density (x, p(x)), if it is known.
    pub curve: Option<Vec<(f64, f64)>>,
    /// Its peaks (x, p(x)).
    pub modes: Vec<(f64, f64)>,
    /// Training points, shown where the density is not known.
    pub samples: Vec<f64>,
}

impl OverviewDensity {
    /// The truth is dark, points are orange; the second axis is dashed.
    fn line(&self, index: usize) -> Stroke {
        let solid = match self.curve {
            Some(_) => TRUTH_LINE,
            None => REFERENCE_LINE,
        };
        match index {
            0 => solid,
            _ => Stroke::dashed(solid.color, solid.width, Dash::Dashed),
        }
    }
}

/// A loss at every timestep.
#[derive(Clone, Debug)]
pub struct LossLine {
    /// Whose loss.
    pub label: String,
    /// (t, loss).
    pub points: Vec<(f64, f64)>,
}

impl LossLine {
    /// The loss of `label`.
    pub fn new(label: &str, points: Vec<(f64, f64)>) -> Self {
        Self {
            label: label.into(),
            points,
        }
    }
}

/// Four panels. What is not known leaves its panel empty.
#[derive(Clone, Debug)]
pub struct OverviewFigure {
    /// Title.
    pub title: String,
    /// Smaller line under the title; may be empty.
    pub subtitle: String,
    /// The first axes of the data.
    pub density: Vec<OverviewDensity>,
    /// a_t for t = 0..=T.
    pub signal: Vec<f64>,
    /// s_t for t = 0..=T.
    pub noise: Vec<f64>,
    /// Timesteps between which x0 is neither known nor lost, marked in the panels against t.
    pub undecided: Option<(f64, f64)>,
    /// (t, loss) of a perfect network.
    pub floor: Vec<(f64, f64)>,
    /// Losses of other denoisers.
    pub losses: Vec<LossLine>,
    /// (n, expected W1 of n perfect samples).
    pub noise_floor: Vec<(f64, f64)>,
    /// The n of the evaluation.
    pub num_samples: f64,
    /// W1 of what a perfect network draws with this sampler.
    pub perfect: Option<f64>,
    /// A remark written under the panels.
    pub note: String,
}

impl OverviewFigure {
    /// Draws the figure as PNG.
    pub fn render(&self) -> Result<Vec<u8>, FigureError> {
        let words = Words {
            title: &self.title,
            subtitle: &self.subtitle,
            keys: self.keys(),
            note: &self.note,
        };
        let mut page = Page::new(words, 880.0);
        let mut areas = page.body.grid(4, 2, 22.0);
        let captions = [
            "Density of the data",
            "Signal and noise in xₜ",
            "Loss at each timestep",
            "Wasserstein-1 distance that samples can show",
        ]
        .map(|heading| Caption {
            heading: heading.into(),
            note: String::new(),
        });
        write_captions(&mut page.canvas, &mut areas, &captions);
        self.draw_density(&mut page.canvas, areas[0]);
        self.draw_levels(&mut page.canvas, areas[1]);
        self.draw_losses(&mut page.canvas, areas[2]);
        self.draw_floor(&mut page.canvas, areas[3]);
        page.png()
    }

    fn draw_density(&self, canvas: &mut Canvas, area: Rect) {
        let counted: Vec<_> = self.density.iter().map(counted).collect();
        let curves = self
            .density
            .iter()
            .flat_map(|axis| axis.curve.iter().flatten());
        let outlines = counted.iter().flatten();
        let heights = outlines
            .clone()
            .flat_map(|bins| bins.heights.iter().copied());
        let ends = outlines.flat_map(|bins| [bins.low, bins.high]);
        let x = Scale::covering(curves.clone().map(|p| p.0).chain(ends), false, 0.0);
        let y = Scale::from_zero(curves.map(|p| p.1).chain(heights));
        let (Some(x), Some(y)) = (x, y) else {
            return Panel::empty(canvas, area);
        };
        let names: Vec<_> = self
            .density
            .iter()
            .map(|axis| axis.label.as_str())
            .collect();
        let axes = (Axis::new(x, names.join(", ")), Axis::new(y, "density"));
        let mut panel = Panel::new(canvas, area, &axes);
        for (k, (axis, bins)) in self.density.iter().zip(&counted).enumerate() {
            let stroke = axis.line(k);
            match (&axis.curve, bins) {
                (Some(curve), _) => panel.line(curve, &stroke),
                (None, Some(bins)) => panel.histogram(bins, None, &stroke),
                (None, None) => {}
            }
            for mode in &axis.modes {
                panel.marker(*mode, Marker::Triangle, 5.0, TRUTH);
            }
        }
    }

    fn timesteps(&self) -> Option<Axis> {
        let last = self.signal.len().saturating_sub(1) as f64;
        let scale = Scale::covering([0.0, last], false, 0.0)?;
        Some(Axis::new(scale, "timestep t").integers())
    }

    /// The timesteps at which there is something to decide, behind the curves.
    fn shade(&self, panel: &mut Panel<'_>, top: f64) {
        if let Some((first, last)) = self.undecided {
            panel.area_below(&[(first, top), (last, top)], NOISE_FLOOR_FILL);
        }
    }

    fn draw_levels(&self, canvas: &mut Canvas, area: Rect) {
        let values = self.signal.iter().chain(&self.noise).copied();
        let (Some(x), Some(y)) = (self.timesteps(), Scale::from_zero(values)) else {
            return Panel::empty(canvas, area);
        };
        let top = y.high;
        let mut panel = Panel::new(canvas, area, &(x, Axis::new(y, "aₜ and sₜ")));
        self.shade(&mut panel, top);
        panel.line(&table(&self.signal), &SIGNAL_LINE);
        panel.line(&table(&self.noise), &NOISE_LINE);
    }

    fn draw_losses(&self, canvas: &mut Canvas, area: Rect) {
        let lines = self.losses.iter().flat_map(|line| &line.points);
        let values: Vec<_> = lines.chain(&self.floor).map(|p| p.1).collect();
        // Losses in units that explode at one end are only readable by their logarithm.
        let positive = range(values.iter().copied().filter(|v| *v > 0.0));
        let middling = positive.is_some_and(|(_, high)| high > 20.0);
        let y = match middling {
            true => Scale::covering(values, true, 0.03),
            false => Scale::from_zero(values),
        };
        let (Some(x), Some(y)) = (self.timesteps(), y) else {
            return Panel::empty(canvas, area);
        };
        let top = y.high;
        let mut panel = Panel::new(canvas, area, &(x, Axis::new(y, "loss")));
        self.shade(&mut panel, top);
        for (k, line) in self.losses.iter().enumerate() {
            panel.line(&line.points, &loss_line(k));
        }
        panel.line(&self.floor, &TRUTH_LINE);
    }

    fn draw_floor(&self, canvas: &mut Canvas, area: Rect) {
        let shown = self.noise_floor.iter().map(|p| p.1).chain(self.perfect);
        let here = self.num_samples;
        let x = Scale::covering(
            self.noise_floor.iter().map(|p| p.0).chain([here]),
            true,
            0.0,
        );
        let (Some(x), Some(y)) = (x, Scale::covering(shown, true, 0.04)) else {
            return Panel::empty(canvas, area);
        };
        let axes = (Axis::new(x, "number of samples"), Axis::new(y, "W1"));
        let mut panel = Panel::new(canvas, area, &axes);
        panel.area_below(&self.noise_floor, NOISE_FLOOR_FILL);
        panel.line(&self.noise_floor, &NOISE_FLOOR_LINE);
        panel.vertical(here, &Stroke::solid(tint(TRUTH, 0.5), 1.2));
        if let Some(perfect) = self.perfect {
            panel.horizontal(perfect, &PERFECT_LINE);
        }
    }

    fn keys(&self) -> Vec<Key> {
        let mut keys = vec![];
        for (k, axis) in self.density.iter().enumerate() {
            let name = match self.density.len() {
                1 => String::new(),
                _ => format!(" of {}", axis.label),
            };
            let label = match axis.curve {
                Some(_) if k == 0 => format!("truth: density{name}, loss of a perfect network"),
                Some(_) => format!("true density{name}"),
                None => format!("training points{name}"),
            };
            keys.push(Key::line(axis.line(k), label));
        }
        if self.density.iter().any(|axis| !axis.modes.is_empty()) {
            keys.push(Key::marker(Marker::Triangle, TRUTH, "mode"));
        }
        keys.push(Key::line(SIGNAL_LINE, "aₜ = √ᾱₜ (signal)"));
        keys.push(Key::line(NOISE_LINE, "sₜ (noise)"));
        for (k, line) in self.losses.iter().enumerate() {
            keys.push(Key::line(loss_line(k), line.label.clone()));
        }
        if self.undecided.is_some() {
            let pale = Stroke::solid(NOISE_FLOOR_FILL, 0.5);
            let label = "xₜ leaves 5 % to 95 % of x₀ open";
            keys.push(Key::area(NOISE_FLOOR_FILL, pale, label));
        }
        keys.push(Key::line(
            NOISE_FLOOR_LINE,
            "noise floor: W1 of perfect samples",
        ));
        let here = Stroke::solid(tint(TRUTH, 0.5), 1.2);
        keys.push(Key::line(here, "eval.num_samples"));
        if self.perfect.is_some() {
            keys.push(Key::line(PERFECT_LINE, "perfect network with this sampler"));
        }
        keys
    }
}

/// The histogram of points whose density is not known.
fn counted(axis: &OverviewDensity) -> Option<Bins> {
    if axis.curve.is_some() {
        return None;
    }
    let (low, high) = range(axis.samples.iter().copied())?;
    let bins = (axis.samples.len() as f64).sqrt().clamp(10.0, MOST_BINS) as usize;
    (low < high).then(|| Bins::new(&axis.samples, (low, high), bins))
}

fn loss_line(index: usize) -> Stroke {
    Stroke::dashed(series_color(index + 3), 2.0, Dash::Dashed)
}

fn table(values: &[f64]) -> Vec<(f64, f64)> {
    values
        .iter()
        .enumerate()
        .map(|(t, v)| (t as f64, *v))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::figure::{is_png, theme::WIDTH};

    #[test]
    fn what_is_not_known_still_makes_a_picture() {
        let figure = OverviewFigure {
            title: "points, before training".into(),
            subtitle: String::new(),
            density: vec![OverviewDensity {
                label: "x".into(),
                curve: None,
                modes: vec![],
                samples: vec![1.0, f64::NAN, 2.0],
            }],
            signal: vec![1.0, 0.5],
            noise: vec![0.0, 0.8],
            undecided: None,
            floor: vec![],
            losses: vec![],
            noise_floor: vec![],
            num_samples: 100.0,
            perfect: None,
            note: String::new(),
        };
        assert!(is_png(&figure.render().expect("a picture"), WIDTH, 880));
    }
}
