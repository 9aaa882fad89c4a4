//! Generated samples as a histogram against the true density, one panel a data dimension.

use super::FigureError;
use super::axes::Axis;
use super::bins::{Bins, bin_count, bulk, heights, support, visible_range};
use super::caption::{Caption, write_captions};
use super::legend::Key;
use super::page::{Page, Words};
use super::panel::Panel;
use super::scale::Scale;
use super::theme::{GENERATED_FILL, GENERATED_LINE, LAW_LINE, REFERENCE_LINE, TRUTH_LINE, WIDTH};

/// One data dimension of a [`HistogramFigure`].
#[derive(Clone, Debug)]
pub struct HistogramAxis<'a> {
    /// Name of the x axis.
    pub label: String,
    /// Generated samples.
    pub samples: &'a [f64],
    /// The true density as (x, density), x ascending.
    pub density: Option<Vec<(f64, f64)>>,
    /// The density of the law that the samples are drawn from, where it is known.
    pub law: Option<Vec<(f64, f64)>>,
    /// Test data, outlined where the true density is not known.
    pub reference: Option<&'a [f64]>,
    /// A remark written above the panel, such as a distance with its noise floor.
    pub note: String,
}

/// Histograms of generated samples against the truth.
///
/// Samples far from where the truth lies do not stretch the axis; the legend counts them.
#[derive(Clone, Debug)]
pub struct HistogramFigure<'a> {
    /// Title.
    pub title: String,
    /// Smaller line under the title; may be empty.
    pub subtitle: String,
    /// One panel each.
    pub axes: Vec<HistogramAxis<'a>>,
    /// A remark written under the panels; may be empty.
    pub note: String,
}

/// A dimension with its histograms counted; `None` where there is nothing to show.
struct Counted<'a> {
    axis: &'a HistogramAxis<'a>,
    generated: Bins,
    /// Test data, only where they stand in for the density.
    reference: Option<Bins>,
}

impl HistogramFigure<'_> {
    /// Draws the figure as PNG.
    pub fn render(&self) -> Result<Vec<u8>, FigureError> {
        let (columns, height) = match self.axes.len() {
            0 | 1 => (1, 540.0),
            2 => (2, 470.0),
            3 => (3, 400.0),
            n => (2, 400.0 * n.div_ceil(2) as f64),
        };
        let panel_width = f64::from(WIDTH) / columns as f64 - 130.0;
        let counted: Vec<_> = self
            .axes
            .iter()
            .map(|axis| Counted::new(axis, panel_width))
            .collect();
        let mut page = Page::new(
            Words {
                title: &self.title,
                subtitle: &self.subtitle,
                keys: keys(&counted),
                note: &self.note,
            },
            height,
        );
        let mut areas = page.body.grid(self.axes.len().max(1), columns, 22.0);
        if self.axes.is_empty() {
            Panel::empty(&mut page.canvas, page.body);
        }
        let captions: Vec<_> = self
            .axes
            .iter()
            .map(|axis| Caption {
                heading: String::new(),
                note: axis.note.clone(),
            })
            .collect();
        write_captions(&mut page.canvas, &mut areas, &captions);
        for (area, counted) in areas.iter().zip(&counted) {
            match counted.as_ref().and_then(|c| Some((c, c.axes()?))) {
                Some((counted, axes)) => {
                    counted.draw(&mut Panel::new(&mut page.canvas, *area, &axes));
                }
                None => Panel::empty(&mut page.canvas, *area),
            }
        }
        page.png()
    }
}

impl<'a> Counted<'a> {
    fn new(axis: &'a HistogramAxis<'a>, panel_width: f64) -> Option<Self> {
        let density = axis.density.as_deref();
        let known = match density {
            Some(density) => support(density),
            None => axis.reference.and_then(bulk),
        };
        let range = visible_range(known, axis.samples)?;
        let share =
            bulk(axis.samples).map_or(1.0, |(low, high)| (high - low) / (range.1 - range.0));
        let count = bin_count(axis.samples.len(), share, panel_width);
        Some(Self {
            axis,
            generated: Bins::new(axis.samples, range, count),
            reference: axis
                .reference
                .filter(|_| density.is_none())
                .map(|reference| Bins::new(reference, range, count)),
        })
    }

    fn density(&self) -> &[(f64, f64)] {
        self.axis.density.as_deref().unwrap_or_default()
    }

    fn axes(&self) -> Option<(Axis, Axis)> {
        let bins = &self.generated;
        let counted = [Some(bins), self.reference.as_ref()];
        let heights = heights(counted.into_iter().flatten(), self.density());
        let x = Axis::new(Scale::linear(bins.low, bins.high), self.axis.label.clone());
        Some((x, Axis::new(Scale::from_zero(heights)?, "density")))
    }

    fn draw(&self, panel: &mut Panel<'_>) {
        panel.histogram(&self.generated, Some(GENERATED_FILL), &GENERATED_LINE);
        if let Some(reference) = &self.reference {
            panel.histogram(reference, None, &REFERENCE_LINE);
        }
        panel.line(self.density(), &TRUTH_LINE);
        panel.line(self.axis.law.as_deref().unwrap_or_default(), &LAW_LINE);
    }
}

fn keys(counted: &[Option<Counted<'_>>]) -> Vec<Key> {
    let shown: Vec<_> = counted.iter().flatten().collect();
    let mut keys = Vec::new();
    if shown.iter().any(|c| !c.density().is_empty()) {
        keys.push(Key::line(TRUTH_LINE, "true density"));
    }
    let generated: Vec<_> = shown
        .iter()
        .map(|c| (c.axis.label.as_str(), &c.generated))
        .collect();
    if !generated.is_empty() {
        let label = describe("generated samples", &generated);
        keys.push(Key::area(GENERATED_FILL, GENERATED_LINE, label));
    }
    if shown.iter().any(|c| c.axis.law.is_some()) {
        keys.push(Key::line(LAW_LINE, "exact law of the samples (n = ∞)"));
    }
    let reference: Vec<_> = shown
        .iter()
        .filter_map(|c| Some((c.axis.label.as_str(), c.reference.as_ref()?)))
        .collect();
    if !reference.is_empty() {
        keys.push(Key::line(REFERENCE_LINE, describe("test data", &reference)));
    }
    keys
}

/// `name (n = 10000)` and, for each axis that does not show all samples, how many it leaves out.
fn describe(name: &str, bins: &[(&str, &Bins)]) -> String {
    let total = bins.iter().map(|(_, bins)| bins.total).max().unwrap_or(0);
    let outside: Vec<_> = bins
        .iter()
        .filter(|(_, bins)| bins.outside > 0)
        .map(|(axis, bins)| format!("{} in {axis}", bins.outside))
        .collect();
    match (outside.as_slice(), bins) {
        ([], _) => format!("{name} (n = {total})"),
        ([_], [(_, only)]) => format!("{name} ({} of {total} outside the axis)", only.outside),
        _ => format!(
            "{name} (n = {total}; outside the axes: {})",
            outside.join(", ")
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::figure::is_png;

    #[test]
    fn hopeless_data_still_make_a_picture() {
        let bad = [f64::NAN, f64::INFINITY];
        for samples in [&[][..], &[1.0][..], &[2.0; 50][..], &bad[..]] {
            let axis = HistogramAxis {
                label: "x".into(),
                samples,
                density: None,
                law: None,
                reference: None,
                note: String::new(),
            };
            let figure = HistogramFigure {
                title: "Samples".into(),
                subtitle: String::new(),
                axes: vec![axis; 2],
                note: String::new(),
            };
            assert!(is_png(&figure.render().expect("a picture"), WIDTH, 470));
        }
    }
}
