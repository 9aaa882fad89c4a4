//! Forward and reverse samples at chosen timesteps, with the exact marginal density where it is known.

use super::{row::RunFigure, words::subject};
use crate::{
    evaluation::{recording::Snapshot, run::Evaluation},
    figure::{
        Axis, Bins, Chart, GENERATED_FILL, GENERATED_LINE, Layer, Line, Panel, REFERENCE_LINE,
        Scale, Steps, TRUTH_LINE, WIDTH, bin_count, bulk, heights, support, union, visible_range,
    },
    points::Points,
    report::{
        density_curve::{curve, cut_peaks},
        figure::Picture,
    },
    target::Mixture,
    text::significant,
};

pub(super) const FIGURE: RunFigure = RunFigure {
    name: "marginals.png",
    caption: "Both processes at chosen timesteps",
    help: "Each panel shows one timestep, from the data to the noise, in the units of the data. The blue histogram is the \
           reverse process, the orange outline the forward process, and the dark line the exact marginal density, where \
           it is known. Where blue leaves the line, sampling goes wrong.",
    render,
};

/// Samples of both processes along one axis, at one timestep.
struct Marginal {
    heading: String,
    note: String,
    forward: Vec<f64>,
    reverse: Vec<f64>,
    density: Vec<(f64, f64)>,
}

fn render<'a>(evaluation: &'a Evaluation<'_>) -> Option<Picture<'a>> {
    let dim = evaluation.samples.dim();
    let all = &evaluation.material.recording.snapshots;
    // One row an axis, with as many times as fit into it.
    let (axes, times) = match dim {
        1 => (1, all.len()),
        _ => (dim.min(3), 4),
    };
    let chosen = spread(all.len(), times);
    let marginals: Vec<_> = (0..axes)
        .flat_map(|axis| chosen.iter().map(move |place| (&all[*place], axis)))
        .map(|(snapshot, axis)| Marginal::new(evaluation, snapshot, axis))
        .collect();
    let columns = match marginals.len() {
        n @ 0..=3 => n,
        4 => 2,
        5 | 6 => 3,
        _ => 4,
    };
    // The panels of one axis share a range.
    let of_axis = marginals.chunks(chosen.len().max(1));
    let ranges: Vec<_> = of_axis
        .flat_map(|row| {
            let range = row.iter().map(Marginal::range).fold(None, union);
            vec![range; row.len()]
        })
        .collect();
    let outside = marginals.iter().zip(&ranges).map(|(panel, range)| {
        let shown = |x: &&f64| range.is_some_and(|(low, high)| (low..=high).contains(x));
        panel.reverse.len() - panel.reverse.iter().filter(shown).count()
    });
    let remark = match outside.sum() {
        0 => None,
        n => Some(format!("{n} of the reverse process outside the axes")),
    };
    let width = f64::from(WIDTH) / columns.max(1) as f64 - 100.0;
    let chart = Chart {
        title: match dim {
            1 => "Forward and reverse process at chosen timesteps",
            _ => "Forward and reverse process along each axis at chosen timesteps",
        }
        .into(),
        subtitle: subject(evaluation),
        panels: marginals
            .into_iter()
            .zip(ranges)
            .map(|(marginal, range)| marginal.panel(range, width))
            .collect(),
        columns,
        heights: vec![if columns == 4 { 310.0 } else { 350.0 }],
        remarks: remark.into_iter().collect(),
        ..Chart::default()
    };
    Some(Picture::Chart(chart.with_shared_axes()))
}

/// At most `most` of `count` places, evenly spread with both ends among them, from the last to the first. The
/// snapshots were taken on the way from T to the data.
fn spread(count: usize, most: usize) -> Vec<usize> {
    let shown = count.min(most);
    let place = |k: usize| k * count.saturating_sub(1) / (shown.max(2) - 1);
    (0..shown).rev().map(place).collect()
}

impl Marginal {
    fn new(evaluation: &Evaluation, snapshot: &Snapshot, axis: usize) -> Self {
        let dim = evaluation.samples.dim();
        let time = format!("t = {}", significant(snapshot.t));
        let points = &evaluation.tables.trajectory;
        let note = points
            .iter()
            .find(|point| point.t == snapshot.t)
            .map(|point| {
                let value = point.w1_exact.unwrap_or(point.w1_forward);
                let floor = point
                    .w1_exact_noise_floor
                    .unwrap_or(point.w1_forward_noise_floor);
                format!("W1 {} (floor {})", significant(value), significant(floor))
            });
        let affine = &evaluation.trained.dataset.affine;
        let (shift, scale) = (affine.shift[axis], affine.scale[axis]);
        let in_data_units = |points: &Points| -> Vec<f64> {
            let along = points.axis(axis).into_iter();
            along.map(|x| shift + scale * x).collect()
        };
        let line = |law: &Mixture| -> Vec<(f64, f64)> {
            let standardized = curve(&law.axis(axis)).into_iter();
            standardized
                .map(|(x, p)| (shift + scale * x, p / scale))
                .collect()
        };
        Self {
            heading: match dim {
                1 => time,
                _ => format!("{}, {time}", evaluation.trained.dataset.axes.label(axis)),
            },
            // That of the trajectory is the mean over all axes.
            note: note.filter(|_| dim == 1).unwrap_or_default(),
            forward: in_data_units(&snapshot.forward),
            reverse: in_data_units(&snapshot.reverse),
            density: snapshot.law.as_ref().map_or(vec![], line),
        }
    }

    /// What this panel alone would show.
    fn range(&self) -> Option<(f64, f64)> {
        let known = union(support(&self.density), bulk(&self.forward));
        visible_range(known, &self.reverse).or_else(|| visible_range(None, &self.forward))
    }

    fn panel(self, shared: Option<(f64, f64)>, width: f64) -> Panel<'static> {
        let counted = shared.zip(self.range()).map(|(range, own)| {
            let share = (own.1 - own.0) / (range.1 - range.0);
            let n = self.forward.len().max(self.reverse.len());
            let count = bin_count(n, share, width);
            [&self.forward, &self.reverse].map(|samples| Bins::new(samples, range, count))
        });
        let x = shared.map(|(low, high)| Scale::linear(low, high));
        let y = counted
            .as_ref()
            .and_then(|bins| Scale::from_zero(heights(bins, &self.density)));
        let mut layers = vec![];
        if !self.density.is_empty() {
            let top = y.as_ref().map_or(f64::INFINITY, |y| y.high);
            layers.extend(cut_peaks(&self.density, top));
            let line = Layer::new(Line::new(self.density, TRUTH_LINE)).depth(2);
            layers.push(line.label("exact marginal density"));
        }
        if let Some([forward, reverse]) = counted {
            let steps = |bins, fill, outline| Steps {
                bins,
                fill,
                outline: Some(outline),
            };
            layers.push(
                Layer::new(steps(forward, None, REFERENCE_LINE))
                    .label("forward process")
                    .depth(1),
            );
            layers.push(
                Layer::new(steps(reverse, Some(GENERATED_FILL), GENERATED_LINE))
                    .label("reverse process"),
            );
        }
        Panel {
            heading: self.heading,
            note: self.note,
            x: Axis::new(x, "xₜ (data units)"),
            y: Axis::new(y, "density"),
            layers,
            ..Panel::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_data_and_the_noise_are_among_the_panels() {
        assert_eq!(spread(6, 4), [5, 3, 1, 0]);
        assert_eq!(spread(6, 6), [5, 4, 3, 2, 1, 0]);
        assert_eq!(spread(3, 4), [2, 1, 0]);
        assert_eq!(spread(1, 4), [0]);
        assert!(spread(0, 4).is_empty());
    }
}
