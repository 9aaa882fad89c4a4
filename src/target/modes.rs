//! Where a density of one dimension has its peaks.

use super::Mixture;

/// Nodes of the search, beside those that the components ask for.
const NODES: usize = 2000;

/// Bisections between two nodes.
const BISECTIONS: usize = 40;

/// The local maxima of the density of `law`, ascending, in one dimension; of a plateau its middle.
///
/// Peaks that are closer than the spacing of the search are seen as one: 1/2000 of the support, and half
/// a standard deviation of each component around its mean.
pub(crate) fn modes(law: &Mixture) -> Vec<f64> {
    let mut x = law.breakpoints();
    let (low, high) = (x[0], x[x.len() - 1]);
    x.extend((0..=NODES).map(|i| low + (high - low) * i as f64 / NODES as f64));
    x.sort_by(f64::total_cmp);
    x.dedup();
    let p: Vec<_> = x.iter().map(|x| law.pdf(&[*x])).collect();
    let rises = |i: usize| i == 0 || p[i] > p[i - 1];
    let mut found = vec![];
    for i in (0..x.len()).filter(|i| rises(*i)) {
        // A plateau is flat up to rounding.
        let flat = |j: &usize| (p[*j] - p[i]).abs() <= 1e-12 * p[i];
        let end = (i..x.len()).take_while(flat).last().unwrap_or(i);
        let falls = end + 1 == x.len() || p[end + 1] < p[i];
        if falls && p[i] > 0.0 {
            found.push(match end {
                end if end > i => 0.5 * (x[i] + x[end]),
                _ => peak(
                    law,
                    x[i.saturating_sub(1)],
                    x[(i + 1).min(x.len() - 1)],
                    x[i],
                ),
            });
        }
    }
    found
}

/// Where the slope of ln p changes its sign between two nodes; `near` if it does not.
fn peak(law: &Mixture, mut low: f64, mut high: f64, near: f64) -> f64 {
    let slope = |x: f64| law.score(&[x])[0];
    if !(slope(low) > 0.0 && slope(high) < 0.0) {
        return near;
    }
    for _ in 0..BISECTIONS {
        let middle = 0.5 * (low + high);
        if slope(middle) > 0.0 {
            low = middle;
        } else {
            high = middle;
        }
    }
    0.5 * (low + high)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::target::{Component, Gaussian, UniformBox};

    fn normal(mean: f64, sd: f64) -> Component {
        Component::Gaussian(Gaussian::diagonal(vec![mean], &[sd]).unwrap())
    }

    #[test]
    fn components_that_overlap_share_a_mode() {
        // Two equal normals have one mode up to a distance of two standard deviations.
        for (distance, expected) in [(1.9, 1), (2.1, 2)] {
            let half = 0.5 * distance;
            let law = Mixture::new(vec![0.5, 0.5], vec![normal(-half, 1.0), normal(half, 1.0)]);
            assert_eq!(modes(&law).len(), expected, "{distance}");
        }
        let law = Mixture::new(vec![0.2, 0.8], vec![normal(-3.0, 1e-4), normal(2.0, 0.5)]);
        let found = modes(&law);
        assert!(found.len() == 2 && (found[0] + 3.0).abs() < 1e-9 && (found[1] - 2.0).abs() < 1e-6);
    }

    #[test]
    fn a_box_has_its_mode_in_the_middle() {
        let uniform = Component::Uniform(UniformBox::new(vec![1.0], vec![3.0]).unwrap());
        let found = modes(&Mixture::new(vec![1.0], vec![uniform]));
        assert!(
            found.len() == 1 && (found[0] - 2.0).abs() < 1e-2,
            "{found:?}"
        );
    }
}
