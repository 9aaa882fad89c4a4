//! Generated samples as a histogram against the true density, one panel an axis of the data.

use super::{
    row::RunFigure,
    shown::Shown,
    words::{beside_floor, joined, metric, with_floor},
};
use crate::{
    evaluation::run::Evaluation,
    experiment::{Split, run::record::EvalRecord},
    figure::{
        Axis, Bins, Chart, GENERATED_FILL, GENERATED_LINE, LAW_LINE, Layer, Line, Panel,
        REFERENCE_LINE, Scale, Steps, TRUTH_LINE, WIDTH, bin_count, bulk, heights, support,
        visible_range,
    },
    metric::AxisAgreement,
    report::{
        density_curve::{curve, cut_peaks, refined},
        figure::Picture,
    },
    target::Mixture,
    text::significant,
};

pub(super) const FIGURE: RunFigure = RunFigure {
    name: "histogram.png",
    caption: "The samples against the true density",
    help: "The blue histogram counts the generated samples along each axis of the data; the dark line is the \
           true density. Where that is not known, the orange outline is the test data. In one dimension the \
           green line is the exact law of the samples, which has no sampling noise.",
    render,
};

/// Axes of the data that have a panel, at most.
const MOST: usize = 4;

fn render<'a>(evaluation: &'a Evaluation<'_>) -> Option<Picture<'a>> {
    Some(picture(&Shown::of_run(evaluation)))
}

/// The samples along each axis.
pub(super) fn picture<'a>(shown: &Shown) -> Picture<'a> {
    let dim = shown.samples.dim();
    let counted: Vec<_> = (0..dim.min(MOST)).map(|k| Counted::new(shown, k)).collect();
    let remarks = counted.iter().flat_map(Counted::outside).collect();
    let mut panels: Vec<_> = counted.into_iter().map(Counted::panel).collect();
    for (panel, agreement) in panels.iter_mut().zip(&shown.record.axes) {
        panel.note = axis_note(agreement);
    }
    let mut note = note_of_all(shown.record);
    if dim == 1 {
        panels[0].note = std::mem::take(&mut note);
    }
    let (columns, height) = match panels.len() {
        1 => (1, 540.0),
        2 => (2, 470.0),
        3 => (3, 400.0),
        _ => (2, 400.0),
    };
    Picture::Chart(Chart {
        title: format!(
            "{} {} and the {}",
            shown.samples.len(),
            shown.name,
            match shown.dataset.density {
                Some(_) => "true density",
                None => "test data",
            }
        ),
        subtitle: shown.subject.clone(),
        panels,
        columns,
        heights: vec![height],
        remarks,
        note,
        ..Chart::default()
    })
}

/// An axis of the data with its histograms counted.
struct Counted {
    name: String,
    /// What the samples are called.
    samples: &'static str,
    density: Option<Vec<(f64, f64)>>,
    law: Option<Vec<(f64, f64)>>,
    /// `None` where there is nothing to show.
    generated: Option<Bins>,
    /// Test data, only where they stand in for the density.
    reference: Option<Bins>,
}

impl Counted {
    fn new(shown: &Shown, k: usize) -> Self {
        let dim = shown.samples.dim();
        let samples = shown.samples.axis(k);
        let truth = shown.dataset.density.as_ref().map(|law| law.axis(k));
        let density = truth.as_ref().map(curve);
        let test = || shown.dataset.split(Split::Test).axis(k);
        let reference = truth.is_none().then(test);
        let known = match &density {
            Some(density) => support(density),
            None => reference.as_deref().and_then(bulk),
        };
        let range = visible_range(known, &samples);
        let count = |range: (f64, f64)| {
            let share =
                bulk(&samples).map_or(1.0, |(low, high)| (high - low) / (range.1 - range.0));
            let width = f64::from(WIDTH) / dim.min(3) as f64 - 130.0;
            bin_count(samples.len(), share, width)
        };
        let bins = |samples: &[f64]| range.map(|range| Bins::new(samples, range, count(range)));
        Self {
            name: shown.dataset.axes.label(k),
            samples: shown.name,
            law: truth.and_then(|law| law_of_samples(shown, &law, range?)),
            density,
            generated: bins(&samples),
            reference: reference.as_deref().and_then(bins),
        }
    }

    /// How many samples the panel does not show.
    fn outside(&self) -> Option<String> {
        let bins = self.generated.as_ref().filter(|bins| bins.outside > 0)?;
        let Bins { outside, total, .. } = bins;
        Some(format!(
            "{outside} of {total} samples outside the axis of {}",
            self.name
        ))
    }

    fn panel(self) -> Panel<'static> {
        let density = self.density.unwrap_or_default();
        let counted = || self.generated.iter().chain(&self.reference);
        let tops = heights(counted(), &density);
        let x = self
            .generated
            .as_ref()
            .map(|bins| Scale::linear(bins.low, bins.high));
        let mut layers = vec![];
        let y = Scale::from_zero(tops);
        if !density.is_empty() {
            let top = y.as_ref().map_or(f64::INFINITY, |y| y.high);
            layers.extend(cut_peaks(&density, top));
            let line = Line::new(density, TRUTH_LINE);
            layers.push(Layer::new(line).label("true density").depth(2));
        }
        let steps = |bins, fill, outline| Steps {
            bins,
            fill,
            outline: Some(outline),
        };
        layers.extend(self.generated.map(|bins| {
            let label = format!("{} (n = {})", self.samples, bins.total);
            Layer::new(steps(bins, Some(GENERATED_FILL), GENERATED_LINE)).label(label)
        }));
        layers.extend(self.law.map(|law| {
            let line = Layer::new(Line::new(law, LAW_LINE)).depth(3);
            line.label("exact law of the samples (n = ∞)")
        }));
        layers.extend(self.reference.map(|bins| {
            let label = format!("test data (n = {})", bins.total);
            Layer::new(steps(bins, None, REFERENCE_LINE))
                .depth(1)
                .label(label)
        }));
        Panel {
            x: Axis::new(x, self.name),
            y: Axis::new(y, "density"),
            layers,
            ..Panel::default()
        }
    }
}

/// What one axis' panel says of it.
fn axis_note(axis: &AxisAgreement) -> String {
    let w1 = match axis.w1.zip(axis.w1_noise_floor) {
        Some((w1, floor)) => beside_floor("W1", w1, floor),
        None => beside_floor("W1 to the test set", axis.w1_test, axis.w1_test_noise_floor),
    };
    let overlap = axis
        .histogram_overlap
        .zip(axis.histogram_overlap_noise_floor);
    let overlap = overlap.map(|(value, floor)| beside_floor("overlap", value, floor));
    joined([Some(w1), overlap])
}

/// W1 and log-likelihood, over all axes.
fn note_of_all(record: &EvalRecord) -> String {
    let to_exact = with_floor(record, "w1", "W1 to the truth");
    let to_test = || with_floor(record, "w1_test", "W1 to the test set");
    let likelihood = metric(record, "log_likelihood");
    let likelihood = likelihood
        .value
        .zip(likelihood.truth)
        .map(|(value, truth)| {
            format!(
                "mean log-likelihood {} (truth {})",
                significant(value),
                significant(truth)
            )
        });
    joined([to_exact.or_else(to_test), likelihood])
}

/// The density of the exact law of the samples over the whole panel.
fn law_of_samples(shown: &Shown, law: &Mixture, range: (f64, f64)) -> Option<Vec<(f64, f64)>> {
    let found = shown.law?;
    let affine = &shown.dataset.affine;
    let (shift, scale) = (affine.shift[0], affine.scale[0]);
    let density = |x: f64| found.curve.pdf((x - shift) / scale) / scale;
    let places: Vec<_> = curve(law).into_iter().map(|(x, _)| x).collect();
    Some(refined(&extended(&places, range), density))
}

/// Even places that a panel has beside those of the truth, on either side at most.
const BESIDE: usize = 60;

/// Ascending places with others before and after them, up to the ends of the range: samples can lie where the data
/// is not.
fn extended(places: &[f64], (low, high): (f64, f64)) -> Vec<f64> {
    let (Some(first), Some(last)) = (places.first(), places.last()) else {
        return vec![];
    };
    let between = |from: f64, to: f64| {
        let step = (to - from) / BESIDE as f64;
        (0..BESIDE).map(move |i| from + step * i as f64)
    };
    let before = between(low, *first).filter(|x| x < first);
    let after = between(high, *last).filter(|x| x > last);
    let mut all: Vec<_> = before.chain(places.iter().copied()).chain(after).collect();
    all.sort_by(f64::total_cmp);
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_law_of_the_samples_is_drawn_over_the_whole_panel() {
        let places = [0.0, 0.5, 1.0];
        let wide = extended(&places, (-2.0, 4.0));
        assert_eq!((wide[0], wide[wide.len() - 1]), (-2.0, 4.0));
        assert!(wide.windows(2).all(|pair| pair[0] < pair[1]));
        assert!(places.iter().all(|x| wide.contains(x)));
        // A panel narrower than the truth needs no more.
        assert_eq!(extended(&places, (0.2, 0.8)), places);
        assert!(extended(&[], (0.0, 1.0)).is_empty());
    }
}
