//! A metric against a setting: the mean over seeds as a line, each seed as a faint dot, the standard deviation as a
//! bar.

use crate::figure::{
    Across, Axis, Dots, Layer, Line, Marker, Panel, Scale, Stroke, Ticks, WIDTH, drawable,
    mean_and_std_dev, series_color, series_marker,
};

/// Pixels between neighbouring series at the same setting, where there is room.
const MOST_DODGE: f64 = 9.0;
/// Up to so many settings are marked on the axis by their own value, if none is nearer to the next than this
/// fraction of the axis.
const FEW: usize = 14;
const NARROWEST: f64 = 0.04;

/// One line.
pub(crate) struct SettingSeries {
    /// Name in the legend.
    pub(crate) label: String,
    /// For each value of the setting, the metric of every seed.
    pub(crate) points: Vec<(f64, Vec<f64>)>,
}

/// A metric against a setting, on a logarithmic axis.
pub(crate) struct BySetting {
    /// The lines.
    pub(crate) series: Vec<SettingSeries>,
    /// Name of the setting.
    pub(crate) x_label: String,
    /// Name of the metric.
    pub(crate) y_label: String,
    /// Whether the y axis is logarithmic.
    pub(crate) log_y: bool,
    /// A line at this value of the metric, and its name.
    pub(crate) reference: Option<(f64, String, Stroke)>,
}

/// The seeds at one setting and what they have in common; the mean may lie outside a logarithmic axis.
struct Spread<'a> {
    x: f64,
    seeds: &'a [f64],
    mean: f64,
    std_dev: f64,
}

impl BySetting {
    /// What the legend says of the bars and dots, if there are any.
    pub(crate) fn remarks(&self) -> Vec<String> {
        let mut settings = self.series.iter().flat_map(|s| &s.points);
        let spread = "line: mean over seeds, bar: ± 1 standard deviation, dots: seeds";
        match settings.any(|(_, seeds)| seeds.len() > 1) {
            true => vec![spread.into()],
            false => vec![],
        }
    }

    /// The panel.
    pub(crate) fn panel(&self) -> Panel<'static> {
        let x = self.x();
        let dodge = x.scale.as_ref().map_or(0.0, |scale| self.dodge(scale));
        let middle = (self.series.len() as f64 - 1.0) / 2.0;
        let mut layers = vec![];
        for (i, series) in self.series.iter().enumerate() {
            layers.extend(layers_of(i, series, (i as f64 - middle) * dodge));
        }
        if let Some((y, label, stroke)) = &self.reference {
            let line = Layer::new(Across::at_y(*y, *stroke)).depth(-1);
            layers.push(line.label(label.clone()));
        }
        Panel {
            x,
            y: Axis::new(self.y(), self.y_label.clone()),
            layers,
            ..Panel::default()
        }
    }

    fn settings(&self) -> Vec<f64> {
        let spreads = self.series.iter().flat_map(spreads);
        let mut settings: Vec<f64> = spreads.map(|s| s.x).collect();
        settings.sort_by(f64::total_cmp);
        settings.dedup();
        settings
    }

    fn x(&self) -> Axis {
        let settings = self.settings();
        let scale = Scale::covering(settings.iter().copied(), true, 0.06);
        let is_wide = |scale: &Scale| {
            let gap = |pair: &[f64]| scale.fraction(pair[1]) - scale.fraction(pair[0]);
            settings.windows(2).all(|pair| gap(pair) > NARROWEST)
        };
        let marked = settings.len() <= FEW && scale.as_ref().is_some_and(is_wide);
        let axis = Axis::new(scale, self.x_label.clone());
        if marked {
            axis.ticks(Ticks::At(settings))
        } else {
            axis
        }
    }

    fn y(&self) -> Option<Scale> {
        let spreads: Vec<_> = self.series.iter().flat_map(spreads).collect();
        let values = spreads
            .iter()
            .flat_map(|s| s.seeds.iter().copied().chain([s.mean, s.mean + s.std_dev]));
        // A bar that ends just above zero would stretch a logarithmic axis by decades; there the seeds decide.
        let lower_ends = spreads
            .iter()
            .map(|s| s.mean - s.std_dev)
            .filter(|_| !self.log_y);
        let reference = self.reference.iter().map(|(y, _, _)| *y);
        Scale::covering(values.chain(lower_ends).chain(reference), self.log_y, 0.06)
    }

    /// Pixels between neighbouring series, so that all of them stay nearer to their own setting than to the next.
    fn dodge(&self, x: &Scale) -> f64 {
        let settings = self.settings();
        let narrowest = settings
            .windows(2)
            .map(|pair| (x.fraction(pair[1]) - x.fraction(pair[0])) * 0.9 * f64::from(WIDTH))
            .fold(f64::INFINITY, f64::min);
        MOST_DODGE.min(0.5 * narrowest / self.series.len() as f64)
    }
}

/// The settings of a series that have a finite seed, in ascending order.
fn spreads(series: &SettingSeries) -> Vec<Spread<'_>> {
    let spread = |(x, seeds): &'_ (f64, Vec<f64>)| {
        let (mean, std_dev) = mean_and_std_dev(seeds)?;
        Some((*x, mean, std_dev))
    };
    let mut spreads: Vec<_> = series
        .points
        .iter()
        .filter(|(x, _)| drawable(*x, true))
        .filter_map(|point| {
            let (x, mean, std_dev) = spread(point)?;
            Some(Spread {
                x,
                seeds: &point.1,
                mean,
                std_dev,
            })
        })
        .collect();
    spreads.sort_by(|a, b| a.x.total_cmp(&b.x));
    spreads
}

/// Seeds, line and means of one series.
fn layers_of(i: usize, series: &SettingSeries, shift: f64) -> [Layer<'static>; 3] {
    let (color, marker) = (series_color(i), series_marker(i));
    let spreads = spreads(series);
    let several = spreads.iter().filter(|s| s.seeds.len() > 1);
    let seeds = several.flat_map(|s| s.seeds.iter().map(|y| (s.x, *y)));
    let means: Vec<_> = spreads.iter().map(|s| (s.x, s.mean)).collect();
    let seeds = Dots::new(seeds, (Marker::Circle, 2.6), color.tint(0.4));
    let line = Line::new(means.clone(), Stroke::solid(color, 2.0)).shifted(shift);
    let bars = Dots::new(means, (marker, 4.6), color)
        .with_errors(spreads.iter().map(|s| s.std_dev), Stroke::solid(color, 1.4))
        .shifted(shift);
    [
        Layer::new(seeds.plain().shifted(shift)),
        Layer::new(line.marked(usize::MAX, marker, 4.6)).label(series.label.clone()),
        Layer::new(bars),
    ]
}
