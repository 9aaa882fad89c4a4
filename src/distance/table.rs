//! F and its integral of a law, at a point or from a table.

use crate::target::Mixture;

/// A point with F and ∫F there.
pub(super) struct Point {
    pub(super) x: f64,
    pub(super) cdf: f64,
    pub(super) integral: f64,
}

impl Point {
    pub(super) fn at(x: f64, law: &Mixture) -> Self {
        Self {
            x,
            cdf: law.cdf(x),
            integral: law.cdf_integral(x),
        }
    }
}

/// ∫F, F and its density at equally spaced nodes.
pub(super) struct Table {
    low: f64,
    step: f64,
    /// (∫F, h F, h² p), h the step.
    nodes: Vec<[f64; 3]>,
}

impl Table {
    pub(super) fn new(law: &Mixture, low: f64, high: f64, intervals: usize) -> Self {
        let step = (high - low) / intervals as f64;
        let node = |i: usize| {
            let x = low + step * i as f64;
            let Point { cdf, integral, .. } = Point::at(x, law);
            [integral, step * cdf, step * step * law.pdf(&[x])]
        };
        Self {
            low,
            step,
            nodes: (0..=intervals).map(node).collect(),
        }
    }

    /// The quintic with the values, slopes and curvatures of two nodes, u of the way between them.
    pub(super) fn at(&self, x: f64) -> Point {
        let place = (x - self.low) / self.step;
        let i = (place.max(0.0) as usize).min(self.nodes.len() - 2);
        let u = place - i as f64;
        let ([value, slope, curvature], [to, to_slope, to_curvature]) =
            (self.nodes[i], self.nodes[i + 1]);
        // What the parabola of the left node misses at the right one.
        let rise = to - value - slope - 0.5 * curvature;
        let rise_slope = to_slope - slope - curvature;
        let rise_curvature = to_curvature - curvature;
        let cubic = 10.0 * rise - 4.0 * rise_slope + 0.5 * rise_curvature;
        let quartic = -15.0 * rise + 7.0 * rise_slope - rise_curvature;
        let quintic = 6.0 * rise - 3.0 * rise_slope + 0.5 * rise_curvature;
        let higher = |a: f64, b: f64, c: f64| u * u * (a + u * (b + u * c));
        Point {
            x,
            cdf: (slope + u * curvature + higher(3.0 * cubic, 4.0 * quartic, 5.0 * quintic))
                / self.step,
            integral: value + u * (slope + u * 0.5 * curvature + higher(cubic, quartic, quintic)),
        }
    }
}
