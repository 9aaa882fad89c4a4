//! A metric against a setting: the mean over seeds as a line, each seed as a faint dot, the standard deviation as a
//! bar.

use crate::figure::{
    Across, Axis, Dots, Layer, Line, Marker, Panel, Scale, Stroke, Ticks, WIDTH, drawable,
    mean_and_std_dev, range_without_outliers, series_color, series_marker,
};

/// An axis that is so many times longer for a few far settings leaves them out.
const FLATTENED: f64 = 12.0;

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

/// Where the values of a setting lie on the axis.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Places {
    /// At their numbers; the axis is logarithmic where they spread over a factor.
    Numbers { log: bool, values: Vec<f64> },
    /// Side by side, under their names.
    Names(Vec<String>),
}

/// Positive numbers that spread over this factor are on a logarithmic axis.
const SPREAD: f64 = 8.0;

impl Places {
    /// Of the values of a key, in their order.
    pub(crate) fn of(values: &[String]) -> Self {
        let numbers: Option<Vec<f64>> = values.iter().map(|value| value.parse().ok()).collect();
        match numbers.filter(|numbers| numbers.iter().all(|number: &f64| number.is_finite())) {
            Some(values) => {
                let low = values.iter().copied().fold(f64::INFINITY, f64::min);
                let high = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
                let log = low > 0.0 && high >= SPREAD * low;
                Self::Numbers { log, values }
            }
            None => Self::Names(values.to_vec()),
        }
    }

    /// Where the value of this place among all is drawn.
    pub(crate) fn at(&self, place: usize) -> f64 {
        match self {
            Self::Numbers { values, .. } => values[place],
            Self::Names(_) => place as f64,
        }
    }

    fn is_log(&self) -> bool {
        matches!(self, Self::Numbers { log: true, .. })
    }
}

/// A metric against a setting.
pub(crate) struct BySetting {
    /// The lines.
    pub(crate) series: Vec<SettingSeries>,
    /// Name of the setting.
    pub(crate) x_label: String,
    /// Name of the metric.
    pub(crate) y_label: String,
    /// Whether the y axis is logarithmic.
    pub(crate) log_y: bool,
    /// Where the settings lie.
    pub(crate) places: Places,
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
        let spread = match self.places {
            Places::Numbers { .. } => {
                "line: mean over seeds, bar: ± 1 standard deviation, dots: seeds"
            }
            Places::Names(_) => "mark: mean over seeds, bar: ± 1 standard deviation, dots: seeds",
        };
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
            layers.extend(self.layers_of(i, series, (i as f64 - middle) * dodge));
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
        let spreads = self.series.iter().flat_map(|series| self.spreads(series));
        let mut settings: Vec<f64> = spreads.map(|s| s.x).collect();
        settings.sort_by(f64::total_cmp);
        settings.dedup();
        settings
    }

    fn x(&self) -> Axis {
        let settings = self.settings();
        if let Places::Names(names) = &self.places {
            let named = names.iter().cloned().enumerate();
            let named = named.map(|(i, name)| (i as f64, name)).collect();
            let scale = Scale::linear(-0.6, names.len() as f64 - 0.4);
            return Axis::new(Some(scale), self.x_label.clone()).ticks(Ticks::Names(named));
        }
        let scale = Scale::covering(settings.iter().copied(), self.places.is_log(), 0.06);
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
        let spreads: Vec<_> = self
            .series
            .iter()
            .flat_map(|series| self.spreads(series))
            .collect();
        // A bar that ends just above zero would stretch a logarithmic axis by decades; there the seeds decide.
        let values = spreads
            .iter()
            .flat_map(|s| s.seeds.iter().copied().chain([s.mean, s.mean + s.std_dev]));
        let reference = self.reference.iter().map(|(y, _, _)| *y);
        if self.log_y {
            return Scale::covering(values.chain(reference), true, 0.06);
        }
        // One setting that diverged must not flatten all others: it is pinned to the edge.
        let (low, high) = range_without_outliers(spreads.iter().map(|s| s.mean), FLATTENED)?;
        let is_shown = |y: &f64| (low..=high).contains(y);
        let means = spreads.iter().filter(|s| is_shown(&s.mean));
        let ends = means.flat_map(|s| {
            let (low, high) = (s.mean - s.std_dev, s.mean + s.std_dev);
            s.seeds.iter().copied().chain([low, high])
        });
        Scale::covering(ends.chain(reference), false, 0.06)
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

    /// The settings of a series that have a finite seed, in ascending order.
    fn spreads<'a>(&self, series: &'a SettingSeries) -> Vec<Spread<'a>> {
        let spread = |(x, seeds): &'a (f64, Vec<f64>)| {
            let (mean, std_dev) = mean_and_std_dev(seeds)?;
            Some(Spread {
                x: *x,
                seeds,
                mean,
                std_dev,
            })
        };
        let points = series.points.iter();
        let points = points.filter(|(x, _)| drawable(*x, self.places.is_log()));
        let mut spreads: Vec<_> = points.filter_map(spread).collect();
        spreads.sort_by(|a, b| a.x.total_cmp(&b.x));
        spreads
    }

    /// Seeds, line and means of one series.
    fn layers_of(&self, i: usize, series: &SettingSeries, shift: f64) -> Vec<Layer<'static>> {
        let (color, marker) = (series_color(i), series_marker(i));
        let spreads = self.spreads(series);
        let several = spreads.iter().filter(|s| s.seeds.len() > 1);
        let seeds = several.flat_map(|s| s.seeds.iter().map(|y| (s.x, *y)));
        let means: Vec<_> = spreads.iter().map(|s| (s.x, s.mean)).collect();
        let seeds = Dots::new(seeds, (Marker::Circle, 2.6), color.tint(0.4));
        // In front, or the mark of their mean would hide them.
        let mut layers = vec![Layer::new(seeds.plain().shifted(shift)).depth(1)];
        let bars = Dots::new(means.clone(), (marker, 4.6), color)
            .with_errors(spreads.iter().map(|s| s.std_dev), Stroke::solid(color, 1.4))
            .pinned()
            .shifted(shift);
        let bars = Layer::new(bars);
        match self.places {
            Places::Numbers { .. } => {
                let line = Line::new(means, Stroke::solid(color, 2.0)).shifted(shift);
                let line = Layer::new(line.marked(usize::MAX, marker, 4.6));
                layers.extend([line.label(series.label.clone()), bars]);
            }
            // Between categories lies nothing.
            Places::Names(_) => layers.push(bars.label(series.label.clone())),
        }
        layers
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(means: &[f64], log_y: bool) -> BySetting {
        let names: Vec<_> = (1..=means.len()).map(|t| (10 * t).to_string()).collect();
        let points = means.iter().enumerate();
        let point = |(i, mean): (usize, &f64)| (10.0 * (i + 1) as f64, vec![*mean, mean - 0.02]);
        BySetting {
            series: vec![SettingSeries {
                label: "a line".into(),
                points: points.map(point).collect(),
            }],
            x_label: "num_timesteps".into(),
            y_label: "metric".into(),
            log_y,
            places: Places::of(&names),
            reference: Some((-2.0, "truth".into(), Stroke::solid(series_color(0), 1.0))),
        }
    }

    #[test]
    fn a_diverged_setting_is_pinned_and_the_others_stay_apart() {
        let panel = shown(&[-2.1, -2.2, -2.05, -4000.0], false).panel();
        let (x, y) = (panel.x.scale.expect("x"), panel.y.scale.expect("y"));
        assert!(y.low < -2.22 && y.low > -3.0 && y.high >= -2.0, "{y:?}");
        let pinned = panel
            .layers
            .iter()
            .map(|layer| layer.mark.missed(&x, &y).pinned);
        assert_eq!(pinned.sum::<usize>(), 1);
    }

    #[test]
    fn the_axis_holds_every_bar_and_the_truth() {
        let y = shown(&[-2.1, -2.9, -2.5], false).y().expect("an axis");
        assert!(y.low < -2.92 - 0.01 && y.high > -2.0, "{y:?}");
        let log = shown(&[0.1, 30.0, 0.2], true).y().expect("an axis");
        assert!(log.low < 0.08 && log.high > 30.0, "{log:?}");
    }
}
