//! The shapes of curves: arcs of the unit circle and of the spiral r = θ.

use crate::target::exponential::sin_cos_of_small;
use std::f64::consts::{FRAC_PI_2, PI};

/// Steps a half turn in the search for turning points.
const STEPS: f64 = 64.0;

/// A point runs along it as θ is drawn uniformly from an interval.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Path {
    shape: Shape,
    from: f64,
    to: f64,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Shape {
    /// (cos θ, sin θ).
    Arc,
    /// (θ cos θ, θ sin θ).
    Spiral,
}

impl Path {
    /// (cos θ, sin θ), θ uniform on `[from, to]`.
    pub fn arc(from: f64, to: f64) -> Self {
        let shape = Shape::Arc;
        Self { shape, from, to }
    }

    /// θ(cos θ, sin θ), θ uniform on `[from, to]`, 0 ≤ `from`.
    pub fn spiral(from: f64, to: f64) -> Self {
        let shape = Shape::Spiral;
        Self { shape, from, to }
    }

    /// The first θ.
    pub(super) fn from(&self) -> f64 {
        self.from
    }

    /// The length of the interval of θ.
    pub(super) fn span(&self) -> f64 {
        self.to - self.from
    }

    /// Both coordinates at θ.
    pub(super) fn at(&self, theta: f64) -> [f64; 2] {
        self.at_angle(theta, theta.sin_cos())
    }

    /// Both coordinates at θ, whose sine and cosine are known.
    #[inline(always)]
    fn at_angle(&self, theta: f64, (sin, cos): (f64, f64)) -> [f64; 2] {
        match self.shape {
            Shape::Arc => [cos, sin],
            Shape::Spiral => [theta * cos, theta * sin],
        }
    }

    /// Both coordinates and their derivatives at θ.
    pub(super) fn at_with_slopes(&self, theta: f64) -> [[f64; 2]; 2] {
        let (sin, cos) = theta.sin_cos();
        let slopes = match self.shape {
            Shape::Arc => [-sin, cos],
            Shape::Spiral => [cos - theta * sin, sin + theta * cos],
        };
        [self.at_angle(theta, (sin, cos)), slopes]
    }

    /// Both coordinates at places that are at most π/4 away from `middle`.
    #[inline(always)]
    pub(super) fn around<const N: usize>(&self, middle: f64, offsets: [f64; N]) -> [[f64; N]; 2] {
        let (sin, cos) = middle.sin_cos();
        let (mut first, mut second) = ([0.0; N], [0.0; N]);
        for i in 0..N {
            let (s, c) = sin_cos_of_small(offsets[i]);
            let turned = (sin * c + cos * s, cos * c - sin * s);
            [first[i], second[i]] = self.at_angle(middle + offsets[i], turned);
        }
        [first, second]
    }

    /// One coordinate at θ.
    pub(super) fn coordinate(&self, k: usize, theta: f64) -> f64 {
        self.at(theta)[k]
    }

    /// The derivative of one coordinate by θ.
    pub(super) fn slope(&self, k: usize, theta: f64) -> f64 {
        let (sin, cos) = theta.sin_cos();
        match (self.shape, k) {
            (Shape::Arc, 0) => -sin,
            (Shape::Arc, _) => cos,
            (Shape::Spiral, 0) => cos - theta * sin,
            (Shape::Spiral, _) => sin + theta * cos,
        }
    }

    /// Bounds on the lengths of the first and the second derivative up to θ.
    pub(super) fn derivative_bounds(&self, theta: f64) -> (f64, f64) {
        match self.shape {
            Shape::Arc => (1.0, 1.0),
            Shape::Spiral => (1f64.hypot(theta), 2f64.hypot(theta)),
        }
    }

    /// An antiderivative of one coordinate.
    pub(super) fn primitive(&self, k: usize, theta: f64) -> f64 {
        let (sin, cos) = theta.sin_cos();
        match (self.shape, k) {
            (Shape::Arc, 0) => sin,
            (Shape::Arc, _) => -cos,
            (Shape::Spiral, 0) => theta * sin + cos,
            (Shape::Spiral, _) => sin - theta * cos,
        }
    }

    /// The mean of one coordinate.
    pub(super) fn mean(&self, k: usize) -> f64 {
        (self.primitive(k, self.to) - self.primitive(k, self.from)) / self.span()
    }

    /// The variance of one coordinate.
    pub(super) fn variance(&self, k: usize) -> f64 {
        // Of the square: cos² and sin² by the double angle, cos² = (1 + cos 2θ)/2.
        let sign = if k == 0 { 1.0 } else { -1.0 };
        let square = |theta: f64| {
            let (sin, cos) = (2.0 * theta).sin_cos();
            match self.shape {
                Shape::Arc => 0.5 * theta + sign * 0.25 * sin,
                Shape::Spiral => {
                    let wave = (0.25 * theta * theta - 0.125) * sin + 0.25 * theta * cos;
                    theta.powi(3) / 6.0 + sign * wave
                }
            }
        };
        let mean = self.mean(k);
        (square(self.to) - square(self.from)) / self.span() - mean * mean
    }

    /// The covariance of both coordinates.
    pub(super) fn covariance(&self) -> f64 {
        // Of the product: cos θ sin θ = ½ sin 2θ.
        let product = |theta: f64| {
            let (sin, cos) = (2.0 * theta).sin_cos();
            match self.shape {
                Shape::Arc => -0.25 * cos,
                Shape::Spiral => 0.25 * (theta * sin - theta * theta * cos) + 0.125 * cos,
            }
        };
        let mean = (product(self.to) - product(self.from)) / self.span();
        mean - self.mean(0) * self.mean(1)
    }

    /// The ends of the pieces on which one coordinate rises or falls, from the first θ to the last.
    pub(super) fn pieces(&self, k: usize) -> Vec<f64> {
        let mut ends = vec![self.from];
        let steps = (self.span() / (PI / STEPS)).ceil() as usize;
        let theta = |i: usize| self.from + self.span() * i as f64 / steps as f64;
        for i in 0..steps {
            let (mut low, mut high) = (theta(i), theta(i + 1));
            let rises = self.slope(k, low) > 0.0;
            if rises == (self.slope(k, high) > 0.0) {
                continue;
            }
            loop {
                let middle = 0.5 * (low + high);
                if middle <= low || middle >= high {
                    break;
                }
                if (self.slope(k, middle) > 0.0) == rises {
                    low = middle;
                } else {
                    high = middle;
                }
            }
            ends.push(high);
        }
        ends.push(self.to);
        ends.dedup();
        ends
    }

    /// Equal intervals of θ as (start, width), `most` at most. None is longer than a quarter of a turn,
    /// and none longer on the curve than `length` when the curve is stretched by `stretch`.
    pub(super) fn panels(&self, stretch: f64, length: f64, most: usize) -> Vec<(f64, f64)> {
        let pieces = (self.span() / FRAC_PI_2).ceil().max(1.0) as usize;
        let piece = self.span() / pieces as f64;
        let end = |i: usize| self.from + piece * (i + 1) as f64;
        let wanted = |i: usize| stretch * self.derivative_bounds(end(i)).0 * piece / length;
        let total: f64 = (0..pieces).map(wanted).sum();
        let fewer = (most as f64 / total).min(1.0);
        let cut = move |i: usize| {
            let count = (fewer * wanted(i)).ceil().max(1.0) as usize;
            let (start, width) = (end(i) - piece, piece / count as f64);
            (0..count).map(move |j| (start + width * j as f64, width))
        };
        (0..pieces).flat_map(cut).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::target::quadrature;

    fn paths() -> [Path; 4] {
        [
            Path::arc(0.0, PI),
            Path::arc(0.0, 2.0 * PI),
            Path::arc(0.3, 1.2),
            Path::spiral(1.5 * PI, 4.5 * PI),
        ]
    }

    #[test]
    fn slopes_primitives_and_moments_are_those_of_the_coordinates() {
        for path in paths() {
            for k in 0..2 {
                for i in 0..7 {
                    let (theta, h) = (path.from + 0.15 * f64::from(i) * path.span(), 1e-5);
                    let central =
                        |f: &dyn Fn(f64) -> f64| (f(theta + h) - f(theta - h)) / (2.0 * h);
                    let slope = central(&|theta| path.coordinate(k, theta));
                    assert!((slope - path.slope(k, theta)).abs() < 1e-8, "{path:?}");
                    let value = central(&|theta| path.primitive(k, theta));
                    assert!((value - path.coordinate(k, theta)).abs() < 1e-8, "{path:?}");
                }
                let edges: Vec<_> = (0..=20)
                    .map(|i| path.from + path.span() * f64::from(i) / 20.0)
                    .collect();
                let moment = |p: i32| {
                    quadrature::integrate(&edges, |theta| path.coordinate(k, theta).powi(p))
                        / path.span()
                };
                assert!((path.mean(k) - moment(1)).abs() < 1e-13);
                let variance = moment(2) - moment(1).powi(2);
                assert!((path.variance(k) - variance).abs() < 1e-12 * variance.max(1.0));
            }
            let edges: Vec<_> = (0..=20)
                .map(|i| path.from + path.span() * f64::from(i) / 20.0)
                .collect();
            let product = |theta| path.coordinate(0, theta) * path.coordinate(1, theta);
            let mean = quadrature::integrate(&edges, product) / path.span();
            let covariance = mean - path.mean(0) * path.mean(1);
            assert!((path.covariance() - covariance).abs() < 1e-12 * covariance.abs().max(1.0));
        }
    }

    #[test]
    fn a_coordinate_is_monotone_on_each_piece() {
        let counts = [[1, 2], [2, 3], [1, 1], [4, 4]];
        for (path, counts) in paths().iter().zip(counts) {
            for (k, count) in counts.into_iter().enumerate() {
                let ends = path.pieces(k);
                assert_eq!(ends.len(), count + 1, "{path:?} {k} {ends:?}");
                for pair in ends.windows(2) {
                    let inside =
                        (1..10).map(|i| pair[0] + (pair[1] - pair[0]) * 0.1 * f64::from(i));
                    let signs: Vec<_> = inside.map(|theta| path.slope(k, theta) > 0.0).collect();
                    assert!(signs.iter().all(|sign| *sign == signs[0]));
                }
            }
        }
    }

    #[test]
    fn panels_cover_the_interval_and_are_short() {
        for path in paths() {
            let panels = path.panels(30.0, 4.0, 10_000);
            let total: f64 = panels.iter().map(|(_, width)| width).sum();
            assert!((total - path.span()).abs() < 1e-12);
            for (start, width) in &panels {
                let [a, b] = [path.at(*start), path.at(start + width)];
                assert!(30.0 * (a[0] - b[0]).hypot(a[1] - b[1]) <= 4.0 + 1e-9);
            }
            assert!(path.panels(1e9, 4.0, 100).len() <= 110);
        }
    }
}
