//! A metric against a setting, such as quality against the number of timesteps: mean and spread over seeds.

use super::FigureError;
use super::axes::Axis;
use super::legend::Key;
use super::mark::Stroke;
use super::page::{Page, Words};
use super::panel::Panel;
use super::scale::{Scale, drawable};
use super::statistics::mean_and_std_dev;
use super::theme::{NOISE_FLOOR_LINE, TRUTH_LINE, series_color, series_marker, tint};

/// Pixels between neighbouring series at the same setting, where there is room.
const MOST_DODGE: f64 = 9.0;
/// Up to so many settings are marked on the axis by their own value, if none is nearer to the next than this
/// fraction of the axis.
const FEW: usize = 14;
const NARROWEST: f64 = 0.04;

/// What a reference line stands for; it decides how the line looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReferenceKind {
    /// A property of the true distribution.
    Truth,
    /// What perfect samples would score at this sample size.
    NoiseFloor,
}

/// One line of a [`BySettingFigure`].
#[derive(Clone, Debug)]
pub struct SettingSeries {
    /// Name in the legend.
    pub label: String,
    /// For each value of the setting, the metric of every seed.
    pub points: Vec<(f64, Vec<f64>)>,
}

/// A metric against a setting: the mean over seeds as a line, each seed as a faint dot, the standard deviation as a
/// bar.
#[derive(Clone, Debug)]
pub struct BySettingFigure {
    /// Title.
    pub title: String,
    /// Smaller line under the title; may be empty.
    pub subtitle: String,
    /// The lines.
    pub series: Vec<SettingSeries>,
    /// Name of the setting.
    pub x_label: String,
    /// Name of the metric.
    pub y_label: String,
    /// Whether the x axis is logarithmic.
    pub log_x: bool,
    /// Whether the y axis is logarithmic.
    pub log_y: bool,
    /// Lines at these values of the metric, and their names.
    pub reference_lines: Vec<(f64, String, ReferenceKind)>,
    /// A remark written under the panel; may be empty.
    pub note: String,
}

/// The seeds at one setting and what they have in common; the mean may lie outside a logarithmic axis.
struct Summary<'a> {
    x: f64,
    seeds: &'a [f64],
    mean: f64,
    std_dev: f64,
}

impl BySettingFigure {
    /// Draws the figure as PNG.
    pub fn render(&self) -> Result<Vec<u8>, FigureError> {
        let axes = self.axes();
        let mut page = Page::new(
            Words {
                title: &self.title,
                subtitle: &self.subtitle,
                keys: axes.as_ref().map_or_else(Vec::new, |_| self.keys()),
                note: &self.note,
            },
            580.0,
        );
        match &axes {
            Some(axes) => self.draw(&mut Panel::new(&mut page.canvas, page.body, axes)),
            None => Panel::empty(&mut page.canvas, page.body),
        }
        page.png()
    }

    /// The settings of a series that have a place on the x axis and a finite seed, in ascending order.
    fn summaries<'a>(&self, series: &'a SettingSeries) -> Vec<Summary<'a>> {
        let mut summaries: Vec<_> = series
            .points
            .iter()
            .filter(|(x, _)| drawable(*x, self.log_x))
            .filter_map(|(x, seeds)| {
                let (mean, std_dev) = mean_and_std_dev(seeds)?;
                Some(Summary {
                    x: *x,
                    seeds,
                    mean,
                    std_dev,
                })
            })
            .collect();
        summaries.sort_by(|a, b| a.x.total_cmp(&b.x));
        summaries
    }

    fn settings(&self) -> Vec<f64> {
        let summaries = self.series.iter().flat_map(|s| self.summaries(s));
        let mut settings: Vec<f64> = summaries.map(|s| s.x).collect();
        settings.sort_by(f64::total_cmp);
        settings.dedup();
        settings
    }

    fn axes(&self) -> Option<(Axis, Axis)> {
        let summaries: Vec<_> = self.series.iter().flat_map(|s| self.summaries(s)).collect();
        let lines = self.reference_lines.iter().map(|(y, _, _)| *y);
        let values = summaries
            .iter()
            .flat_map(|s| s.seeds.iter().copied().chain([s.mean, s.mean + s.std_dev]));
        // A bar that ends just above zero would stretch a logarithmic axis by decades; there the seeds decide.
        let lower_ends = summaries
            .iter()
            .map(|s| s.mean - s.std_dev)
            .filter(|_| !self.log_y);
        let y = Scale::covering(values.chain(lower_ends).chain(lines), self.log_y, 0.06)?;
        let settings = self.settings();
        let x = Scale::covering(settings.iter().copied(), self.log_x, 0.06)?;
        let mut x = Axis::new(x, self.x_label.clone());
        let gap = |pair: &[f64]| x.scale.fraction(pair[1]) - x.scale.fraction(pair[0]);
        if settings.len() <= FEW && settings.windows(2).all(|pair| gap(pair) > NARROWEST) {
            x.marks = settings;
        }
        Some((x, Axis::new(y, self.y_label.clone())))
    }

    fn keys(&self) -> Vec<Key> {
        let mut keys: Vec<_> = self
            .series
            .iter()
            .enumerate()
            .map(|(i, series)| {
                let line = Stroke::solid(series_color(i), 2.0);
                Key::line_marker(line, series_marker(i), series.label.clone())
            })
            .collect();
        for (_, label, kind) in &self.reference_lines {
            keys.push(Key::line(kind.line(), label.clone()));
        }
        let settings = || self.series.iter().flat_map(|s| &s.points);
        if settings().any(|(_, seeds)| seeds.len() > 1) {
            let spread = "line: mean over seeds, bar: ± 1 standard deviation, dots: seeds";
            keys.push(Key::remark(spread));
        }
        let values = settings().flat_map(|(_, seeds)| seeds);
        let left_out = values.filter(|y| !drawable(**y, self.log_y)).count();
        keys.extend(Key::left_out(left_out, "value", self.log_y));
        keys
    }

    fn draw(&self, panel: &mut Panel<'_>) {
        for (y, _, kind) in &self.reference_lines {
            panel.horizontal(*y, &kind.line());
        }
        let dodge = self.dodge(panel);
        let middle = (self.series.len() as f64 - 1.0) / 2.0;
        for (i, series) in self.series.iter().enumerate() {
            let shift = (i as f64 - middle) * dodge;
            draw_series(panel, i, &self.summaries(series), shift);
        }
    }

    /// Pixels between neighbouring series, so that all of them stay nearer to their own setting than to the next.
    fn dodge(&self, panel: &Panel<'_>) -> f64 {
        let settings = self.settings();
        let narrowest = settings
            .windows(2)
            .map(|pair| panel.distance(pair[0], pair[1]))
            .fold(f64::INFINITY, f64::min);
        MOST_DODGE.min(0.5 * narrowest / self.series.len() as f64)
    }
}

fn draw_series(panel: &mut Panel<'_>, i: usize, summaries: &[Summary<'_>], shift: f64) {
    let color = series_color(i);
    for summary in summaries.iter().filter(|s| s.seeds.len() > 1) {
        for seed in summary.seeds {
            panel.dot((summary.x, *seed), shift, tint(color, 0.4));
        }
    }
    let means: Vec<_> = summaries.iter().map(|s| (s.x, s.mean)).collect();
    panel.shifted_line(&means, shift, &Stroke::solid(color, 2.0));
    for summary in summaries {
        if summary.std_dev > 0.0 {
            let ends = (
                summary.mean - summary.std_dev,
                summary.mean + summary.std_dev,
            );
            panel.error_bar(summary.x, ends, shift, &Stroke::solid(color, 1.4));
        }
        let mean = (summary.x, summary.mean);
        panel.shifted_marker(mean, shift, series_marker(i), 4.6, color);
    }
}

impl ReferenceKind {
    fn line(self) -> Stroke {
        match self {
            Self::Truth => TRUTH_LINE,
            Self::NoiseFloor => NOISE_FLOOR_LINE,
        }
    }
}
