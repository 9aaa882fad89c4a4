//! Training and validation loss against the step.

use plotters::style::RGBAColor;

use super::FigureError;
use super::axes::{Axis, BLANK_TITLE};
use super::canvas::Canvas;
use super::format::{count, number};
use super::geometry::Rect;
use super::legend::Key;
use super::mark::{Marker, Stroke};
use super::page::{Page, Words};
use super::panel::Panel;
use super::scale::Scale;
use super::statistics::{quantile, range, running_mean, sorted_finite, union};
use super::theme::{SERIES, TRUTH_LINE, tint};

const TRAIN_LINE: Stroke = Stroke::solid(SERIES[0], 2.2);
const VALIDATION: RGBAColor = SERIES[1];
const VALIDATION_LINE: Stroke = Stroke::solid(VALIDATION, 2.0);
const EXCESS_LINE: Stroke = Stroke::solid(SERIES[2], 2.0);
/// Shorter training curves can be read as they are.
const SMOOTHED_FROM: usize = 100;
/// Half the widest window of the running mean, in records.
const WIDEST_HALF_WINDOW: usize = 250;
/// Up to so many validation losses each gets a marker.
const FEW: usize = 60;

/// Loss curves, as (step, loss).
#[derive(Clone, Debug)]
pub struct LossFigure {
    /// Title.
    pub title: String,
    /// Smaller line under the title; may be empty.
    pub subtitle: String,
    /// Training loss of single batches or means over several.
    pub train: Vec<(f64, f64)>,
    /// Validation loss.
    pub validation: Vec<(f64, f64)>,
    /// The step with the lowest validation loss, and that loss.
    pub best: Option<(f64, f64)>,
    /// The loss of the perfect denoiser, which no network can beat.
    pub floor: Option<f64>,
    /// How far the network is from the perfect denoiser: a panel of its own, if there is any.
    pub excess: Vec<(f64, f64)>,
}

/// What is drawn: the finite values, and the means of the training loss if it needs smoothing.
struct Curves {
    train: Vec<(f64, f64)>,
    smoothed: Vec<(f64, f64)>,
    window: usize,
    validation: Vec<(f64, f64)>,
}

impl Curves {
    fn new(train: &[(f64, f64)], validation: &[(f64, f64)]) -> Self {
        let train = finite(train);
        let half_width = (train.len() / 100).min(WIDEST_HALF_WINDOW);
        Self {
            smoothed: if train.len() >= SMOOTHED_FROM {
                running_mean(&train, half_width)
            } else {
                Vec::new()
            },
            window: 2 * half_width + 1,
            train,
            validation: finite(validation),
        }
    }
}

impl LossFigure {
    /// Draws the figure as PNG.
    pub fn render(&self) -> Result<Vec<u8>, FigureError> {
        let curves = Curves::new(&self.train, &self.validation);
        let axes = self.axes(&curves);
        let keys = axes
            .as_ref()
            .map_or_else(Vec::new, |axes| self.keys(&curves, axes));
        let mut page = Page::new(
            Words {
                title: &self.title,
                subtitle: &self.subtitle,
                keys,
                note: "",
            },
            if self.excess.is_empty() { 560.0 } else { 760.0 },
        );
        let mut body = page.body;
        if !self.excess.is_empty() {
            let upper = body.take_top(480.0);
            self.draw_excess(&mut page.canvas, body, axes.as_ref());
            body = upper;
        }
        let shown = axes.map(|(x, y)| match self.excess.is_empty() {
            true => (x, y),
            // The panel below names the steps of both.
            false => (
                Axis {
                    label: BLANK_TITLE.into(),
                    ..x
                },
                y,
            ),
        });
        match &shown {
            Some(axes) => self.draw(&mut Panel::new(&mut page.canvas, body, axes), &curves),
            None => Panel::empty(&mut page.canvas, body),
        }
        page.png()
    }

    /// The excess, below the loss and on the same steps.
    fn draw_excess(&self, canvas: &mut Canvas, area: Rect, above: Option<&(Axis, Axis)>) {
        let values = finite(&self.excess);
        let log = values.iter().all(|p| p.1 > 0.0);
        let y = Scale::covering(values.iter().map(|p| p.1), log, 0.08);
        let (Some((x, _)), Some(y)) = (above, y) else {
            return Panel::empty(canvas, area);
        };
        let axes = (x.clone(), Axis::new(y, "excess loss"));
        let mut panel = Panel::new(canvas, area, &axes);
        panel.line(&values, &EXCESS_LINE);
        if values.len() <= FEW {
            for point in &values {
                panel.marker(*point, Marker::Square, 3.2, EXCESS_LINE.color);
            }
        }
    }

    fn draw(&self, panel: &mut Panel<'_>, curves: &Curves) {
        if curves.smoothed.is_empty() {
            panel.line(&self.train, &TRAIN_LINE);
        } else {
            panel.line(&self.train, &raw_line());
            panel.line(&curves.smoothed, &TRAIN_LINE);
        }
        if let [only] = curves.train[..] {
            panel.marker(only, Marker::Circle, 3.5, TRAIN_LINE.color);
        }
        if let Some(floor) = self.floor {
            panel.horizontal(floor, &TRUTH_LINE);
        }
        panel.line(&self.validation, &VALIDATION_LINE);
        if curves.validation.len() <= FEW {
            for point in &curves.validation {
                panel.marker(*point, Marker::Circle, 3.5, VALIDATION);
            }
        }
        if let Some(best) = self.best {
            panel.marker(best, Marker::Diamond, 6.5, VALIDATION);
        }
    }

    fn axes(&self, curves: &Curves) -> Option<(Axis, Axis)> {
        let drawn = curves.train.iter().chain(&curves.validation);
        let x = Scale::covering(drawn.chain(&self.best).map(|p| p.0), false, 0.015)?;
        let raw = sorted_finite(curves.train.iter().map(|p| p.1));
        let train = match quantile(&raw, 0.999) {
            // A few spikes more than ten times the rest would flatten everything else.
            Some(bulk) => range(raw.into_iter().filter(|y| *y <= 10.0 * bulk.abs())),
            None => None,
        };
        let validation = curves.validation.iter().chain(&self.best).map(|p| p.1);
        let (low, high) = union(train, range(validation.chain(self.floor)))?;
        let log = low > 0.0 && high / low > 10.0;
        let y = Scale::covering([low, high], log, 0.04)?;
        Some((
            Axis::new(x, "training step").integers(),
            Axis::new(y, "loss"),
        ))
    }

    fn keys(&self, curves: &Curves, (_, y): &(Axis, Axis)) -> Vec<Key> {
        let mut keys = training_keys(curves, &y.scale);
        if !curves.validation.is_empty() {
            keys.push(if curves.validation.len() <= FEW {
                Key::line_marker(VALIDATION_LINE, Marker::Circle, "validation loss")
            } else {
                Key::line(VALIDATION_LINE, "validation loss")
            });
        }
        if let Some((step, loss)) = self.best {
            let label = format!("lowest: {} at step {step}", number(loss));
            keys.push(Key::marker(Marker::Diamond, VALIDATION, label));
        }
        if let Some(floor) = self.floor {
            let label = format!("irreducible loss {}", number(floor));
            keys.push(Key::line(TRUTH_LINE, label));
        }
        if !self.excess.is_empty() {
            let label = "excess loss: mean squared distance to the perfect network's output";
            keys.push(Key::line(EXCESS_LINE, label));
        }
        let given = self.train.len() + self.validation.len();
        let left_out = given - curves.train.len() - curves.validation.len();
        keys.extend(Key::left_out(left_out, "value", false));
        keys
    }
}

fn training_keys(curves: &Curves, y: &Scale) -> Vec<Key> {
    let beyond = curves.train.iter().filter(|p| y.beyond(p.1) != 0).count();
    let label = match beyond {
        0 => "training loss".to_owned(),
        n => format!("training loss ({} beyond the axis)", count(n, "value")),
    };
    if curves.train.is_empty() {
        Vec::new()
    } else if curves.smoothed.is_empty() {
        vec![Key::line(TRAIN_LINE, label)]
    } else {
        let mean = format!("its running mean over {} records", curves.window);
        vec![Key::line(raw_line(), label), Key::line(TRAIN_LINE, mean)]
    }
}

/// Single training losses: pale and thin, so that their mean stands out.
fn raw_line() -> Stroke {
    Stroke::solid(tint(TRAIN_LINE.color, 0.35), 1.0)
}

fn finite(points: &[(f64, f64)]) -> Vec<(f64, f64)> {
    points
        .iter()
        .copied()
        .filter(|(x, y)| x.is_finite() && y.is_finite())
        .collect()
}
