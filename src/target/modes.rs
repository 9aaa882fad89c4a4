//! Where a density of one dimension has its peaks.

use super::{Component, Mixture};

/// Nodes of the search, beside those that the components ask for.
const NODES: usize = 2000;

/// Bisections between two nodes.
const BISECTIONS: usize = 40;

/// A local maximum of a density of one dimension.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Mode {
    /// At a point inside.
    Peak(f64),
    /// At a point where the density jumps down: the edge of a box.
    Edge(f64),
    /// At every point from one to another, where the density is constant.
    Plateau(f64, f64),
}

impl Mode {
    /// The same with its places changed.
    pub(crate) fn map(self, f: impl Fn(f64) -> f64) -> Self {
        match self {
            Self::Peak(x) => Self::Peak(f(x)),
            Self::Edge(x) => Self::Edge(f(x)),
            Self::Plateau(low, high) => Self::Plateau(f(low), f(high)),
        }
    }

    /// Where it is; of a plateau its middle.
    pub(crate) fn place(self) -> f64 {
        match self {
            Self::Peak(x) | Self::Edge(x) => x,
            Self::Plateau(low, high) => 0.5 * (low + high),
        }
    }
}

/// Nodes that a plateau has at least; two nodes beside a peak may be equally high.
const PLATEAU: usize = 3;

/// The local maxima of the density of `law`, ascending, in one dimension.
///
/// Peaks that are closer than the spacing of the search are seen as one: 1/2000 of the support, and half
/// a standard deviation of each component around its mean.
pub(crate) fn modes(law: &Mixture) -> Vec<Mode> {
    let mut x = law.breakpoints();
    let (low, high) = (x[0], x[x.len() - 1]);
    x.extend((0..=NODES).map(|i| low + (high - low) * i as f64 / NODES as f64));
    x.sort_by(f64::total_cmp);
    x.dedup();
    let edges = edges(law);
    let spacing = 1.5 * (high - low) / NODES as f64;
    let p: Vec<_> = x.iter().map(|x| law.pdf(&[*x])).collect();
    let rises = |i: usize| i == 0 || p[i] > p[i - 1];
    let mut found = vec![];
    for i in (0..x.len()).filter(|i| rises(*i)) {
        // A plateau is flat up to rounding.
        let flat = |j: &usize| (p[*j] - p[i]).abs() <= 1e-12 * p[i];
        let end = (i..x.len()).take_while(flat).last().unwrap_or(i);
        let falls = end + 1 == x.len() || p[end + 1] < p[i];
        if falls && p[i] > 0.0 {
            let (before, after) = (i.saturating_sub(1), (end + 1).min(x.len() - 1));
            let edge = |node: usize| edges.iter().find(|edge| (*edge - x[node]).abs() <= spacing);
            found.push(match end + 1 - i {
                nodes if nodes >= PLATEAU => {
                    let low = edge(i).map_or(x[i], |edge| *edge);
                    Mode::Plateau(low, edge(end).map_or(x[end], |edge| *edge))
                }
                1 if edge(i).is_some() => Mode::Edge(edge(i).map_or(x[i], |edge| *edge)),
                1 => Mode::Peak(peak(law, x[before], x[after], x[i])),
                _ => Mode::Peak(0.5 * (x[i] + x[end])),
            });
        }
    }
    found
}

/// Where the density jumps.
fn edges(law: &Mixture) -> Vec<f64> {
    let boxes = law
        .components()
        .iter()
        .filter_map(|component| match component {
            Component::Uniform(uniform) if component.smoothing(0) == 0.0 => {
                Some([uniform.low()[0], uniform.high()[0]])
            }
            _ => None,
        });
    boxes.flatten().collect()
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
    use crate::target::{Gaussian, UniformBox};

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
        let [Mode::Peak(narrow), Mode::Peak(wide)] = found[..] else {
            panic!("{found:?}");
        };
        assert!((narrow + 3.0).abs() < 1e-9 && (wide - 2.0).abs() < 1e-6);
    }

    #[test]
    fn every_point_of_a_box_is_a_mode() {
        let uniform = Component::Uniform(UniformBox::new(vec![1.0], vec![3.0]).unwrap());
        let found = modes(&Mixture::new(vec![1.0], vec![uniform]));
        assert_eq!(found, [Mode::Plateau(1.0, 3.0)]);
    }

    #[test]
    fn on_a_slope_the_higher_edge_of_a_box_is_a_mode_and_is_called_an_edge() {
        let uniform = Component::Uniform(UniformBox::new(vec![-1.0], vec![1.0]).unwrap());
        let law = Mixture::new(vec![0.5, 0.5], vec![uniform.clone(), normal(3.0, 1.0)]);
        let found = modes(&law);
        let [Mode::Edge(edge), Mode::Peak(peak)] = found[..] else {
            panic!("{found:?}");
        };
        assert!(edge == 1.0 && (peak - 3.0).abs() < 1e-6, "{found:?}");
        // With noise it has no edges.
        let Component::Uniform(sharp) = uniform else {
            unreachable!()
        };
        let smooth = Component::Uniform(sharp.with_noise(0.1));
        let law = Mixture::new(vec![0.5, 0.5], vec![smooth, normal(3.0, 1.0)]);
        let edges = modes(&law)
            .into_iter()
            .filter(|mode| matches!(mode, Mode::Edge(_)));
        assert_eq!(edges.count(), 0);
    }
}
