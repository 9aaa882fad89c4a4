//! The density of a law of one dimension as a line, exact at the resolution of a picture.

use crate::{
    figure::{Dots, Layer, Marker, TRUTH},
    target::{Component, Mixture},
    text::number,
};

/// Even places that a curve starts from.
const PLACES: usize = 600;

/// Mass on either side that a curve leaves out.
const TAIL: f64 = 2e-4;

/// Neighbours are at least this fraction of the width apart: some thirtieth of a pixel.
const CLOSEST: f64 = 1.0 / 40_000.0;

/// A straight line between neighbours is off by at most this fraction of the density there. Where that is nearly 0,
/// it is the fraction of this part of an even density.
const TOLERANCE: f64 = 0.01;
const EVEN_PART: f64 = 0.3;

/// Either side of a jump, as a fraction of the width.
const BESIDE: f64 = 1e-9;

/// Peaks above the axis that are marked, at most, and how high the marks stand.
const MOST_MARKS: usize = 8;
const EDGE: f64 = 0.98;

/// A law's density over where nearly all of its mass is.
pub(crate) fn curve(law: &Mixture) -> Vec<(f64, f64)> {
    let (low, high) = law.support();
    let low = law.quantile_between(TAIL, low, high);
    let high = law.quantile_between(1.0 - TAIL, low, high);
    let margin = 0.03 * (high - low);
    curve_between(law, (low - margin, high + margin), PLACES)
}

/// A law's density from `low` to `high`: at `places` even places, at the peaks and edges that lie between
/// them, and wherever else a straight line would be off.
pub(crate) fn curve_between(
    law: &Mixture,
    (low, high): (f64, f64),
    places: usize,
) -> Vec<(f64, f64)> {
    let width = high - low;
    let even = (0..places).map(|i| low + width * i as f64 / (places - 1) as f64);
    let own = law
        .components()
        .iter()
        .flat_map(|c| own_places(c, width, places));
    let mut x: Vec<f64> = even.chain(own).collect();
    x.retain(|x| (low..=high).contains(x));
    x.sort_by(f64::total_cmp);
    x.dedup();
    refined(&x, |x| law.pdf(&[x]))
}

/// A density through some ascending places, and through others wherever a straight line between them is off.
pub(crate) fn refined(places: &[f64], density: impl Fn(f64) -> f64) -> Vec<(f64, f64)> {
    let (Some(first), Some(last)) = (places.first(), places.last()) else {
        return vec![];
    };
    let width = last - first;
    let refined = Refined {
        at: |x| (x, density(x)),
        closest: CLOSEST * width,
        least: EVEN_PART / width,
    };
    let mut line = vec![(refined.at)(*first)];
    for end in &places[1..] {
        let start = line[line.len() - 1];
        refined.extend(start, (refined.at)(*end), &mut line);
    }
    line
}

/// Where a component may do what even places miss: at its centre if it is narrow, at its edges if it has some.
fn own_places(component: &Component, width: f64, places: usize) -> Vec<f64> {
    let spacing = width / places as f64;
    let core = component.core(0);
    if component.smoothing(0) == 0.0 {
        let beside = BESIDE * width;
        return [core.0, core.1]
            .iter()
            .flat_map(|edge| [edge - beside, edge + beside])
            .collect();
    }
    if component.smoothing(0) > 4.0 * spacing {
        return vec![];
    }
    let around = |anchor: f64| {
        let sd = component.smoothing(0);
        (-6..=6).map(move |k| anchor + f64::from(k) * sd)
    };
    [core.0, component.mean(0), core.1]
        .into_iter()
        .flat_map(around)
        .collect()
}

/// A curve that is halved until it is straight.
struct Refined<F> {
    at: F,
    /// Neighbours are no closer.
    closest: f64,
    /// A density that the tolerance is at least of.
    least: f64,
}

impl<F: Fn(f64) -> (f64, f64)> Refined<F> {
    /// Appends the line from `start` (left out) to `end`.
    fn extend(&self, start: (f64, f64), end: (f64, f64), line: &mut Vec<(f64, f64)>) {
        let middle = (self.at)(0.5 * (start.0 + end.0));
        let straight = 0.5 * (start.1 + end.1);
        let allowed = TOLERANCE * middle.1.max(straight).max(self.least);
        if (middle.1 - straight).abs() <= allowed || end.0 - start.0 <= self.closest {
            line.push(end);
        } else {
            self.extend(start, middle, line);
            self.extend(middle, end, line);
        }
    }
}

/// A mark at the upper edge for each peak of a curve that an axis up to `top` cuts off. Its label says how high the
/// highest is. Nothing where there is none.
pub(crate) fn cut_peaks(curve: &[(f64, f64)], top: f64) -> Option<Layer<'static>> {
    marked_peaks(curve, top, |height, x| {
        format!(
            "above the axis: the density reaches {} at {}",
            number(height),
            number(x)
        )
    })
}

/// The marks of the peaks that an axis up to `top` cuts off; `words` names the highest by its height and place.
pub(crate) fn marked_peaks(
    curve: &[(f64, f64)],
    top: f64,
    words: impl Fn(f64, f64) -> String,
) -> Option<Layer<'static>> {
    let mut peaks: Vec<(f64, f64)> = vec![];
    let mut is_above = false;
    for point in curve {
        match (point.1 > top, is_above) {
            (true, false) => peaks.push(*point),
            (true, true) => {
                let highest = peaks.last_mut()?;
                if point.1 > highest.1 {
                    *highest = *point;
                }
            }
            (false, _) => {}
        }
        is_above = point.1 > top;
    }
    peaks.sort_by(|a, b| b.1.total_cmp(&a.1));
    let (x, highest) = *peaks.first()?;
    let label = words(highest, x);
    peaks.truncate(MOST_MARKS);
    let at_edge = peaks.into_iter().map(|(x, _)| (x, EDGE * top));
    let marks = Dots::new(at_edge, (Marker::Beyond(0, -1), 6.0), TRUTH);
    Some(Layer::new(marks).depth(4).label(label))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::target::{Gaussian, UniformBox};

    fn gaussian(mean: f64, sd: f64) -> Component {
        Component::Gaussian(Gaussian::diagonal(vec![mean], &[sd]).unwrap())
    }

    /// The largest distance of the line from the density between its points, of the height there.
    fn worst(law: &Mixture, line: &[(f64, f64)]) -> f64 {
        let width = line[line.len() - 1].0 - line[0].0;
        let far = line.windows(2).filter(|p| p[1].0 - p[0].0 > 1e-4 * width);
        let gap = |p: &[(f64, f64)], part: f64| {
            let x = p[0].0 + part * (p[1].0 - p[0].0);
            let (line, exact) = (p[0].1 + part * (p[1].1 - p[0].1), law.pdf(&[x]));
            (line - exact).abs() / exact.max(line).max(EVEN_PART / width)
        };
        far.flat_map(|p| [0.3, 0.5, 0.8].map(|part| gap(p, part)))
            .fold(0.0, f64::max)
    }

    #[test]
    fn a_narrow_peak_has_its_full_height() {
        for (mean, sd) in [(0.0, 0.005), (0.7713, 1e-3), (-1.2345, 1e-5), (3.1, 0.03)] {
            let law = Mixture::new(vec![0.5, 0.5], vec![gaussian(mean, sd), gaussian(0.0, 2.0)]);
            let line = curve(&law);
            let top = line.iter().map(|p| p.1).fold(0.0, f64::max);
            let exact = law.pdf(&[mean]);
            assert!((top / exact - 1.0).abs() < 1e-3, "{sd}: {top} {exact}");
            assert!(worst(&law, &line) < 0.03, "{sd}: {}", worst(&law, &line));
            assert!(line.len() < 3000, "{}", line.len());
        }
    }

    #[test]
    fn a_box_has_upright_sides() {
        let uniform = UniformBox::new(vec![-1.0], vec![2.0]).unwrap();
        let law = Mixture::new(vec![1.0], vec![Component::Uniform(uniform)]);
        let line = curve_between(&law, (-2.0, 3.0), 50);
        for edge in [-1.0, 2.0] {
            let sides = |p: &&[(f64, f64)]| (p[0].1 - p[1].1).abs() > 0.3;
            let side = line
                .windows(2)
                .filter(sides)
                .find(|p| (p[0].0 - edge).abs() < 1e-6 && (p[1].0 - edge).abs() < 1e-6);
            assert!(side.is_some(), "{edge}: {line:?}");
        }
        assert_eq!(line.windows(2).filter(|p| p[0].1 != p[1].1).count(), 2);
    }

    #[test]
    fn peaks_above_the_axis_are_marked_with_the_highest_named() {
        let law = Mixture::new(
            vec![0.3, 0.3, 0.4],
            vec![
                gaussian(-1.0, 0.01),
                gaussian(1.0, 0.02),
                gaussian(0.0, 2.0),
            ],
        );
        let line = curve(&law);
        let label = |top| cut_peaks(&line, top).map(|layer| layer.label.clone());
        let marked = label(1.0).unwrap();
        assert!(
            marked.contains("reaches 12.04") && marked.contains("at −1"),
            "{marked}"
        );
        assert!(label(20.0).is_none());
    }
}
