//! One coordinate of a curve without noise: its law is known piece by piece, where it rises or falls.

use super::{Curve, table::Table};

/// Halvings of the panels towards a turning point, where the density is infinite.
const TURN_HALVINGS: i32 = 20;

/// Standard deviations of the noise that a panel of a quadrature spans, and how many there are on either
/// side of the curve.
const PANEL: f64 = 1.0;
const REACH: i32 = 12;

impl Curve {
    /// θ and the value of one coordinate of the curve at its ends and turning points, in order.
    pub(super) fn turns(&self, axis: usize) -> Vec<(f64, f64)> {
        let axis = self.axes[axis];
        let value =
            |theta: f64| axis.scale * self.path.coordinate(axis.coordinate, theta) + axis.shift;
        let ends = self.path.pieces(axis.coordinate).into_iter();
        ends.map(|theta| (theta, value(theta))).collect()
    }

    pub(super) fn value(&self, theta: f64) -> f64 {
        let axis = self.axes[0];
        axis.scale * self.path.coordinate(axis.coordinate, theta) + axis.shift
    }

    /// For every piece the parts of θ's interval with a value below `x`, as (from, to).
    fn below(&self, x: f64) -> Vec<(f64, f64)> {
        let part = |pair: &[(f64, f64)]| {
            let [(from, first), (to, last)] = [pair[0], pair[1]];
            let rises = first < last;
            let (low, high) = (first.min(last), first.max(last));
            if x <= low {
                (from, from)
            } else if x >= high {
                (from, to)
            } else if rises {
                (from, self.crossing(x, from, to, rises))
            } else {
                (self.crossing(x, from, to, rises), to)
            }
        };
        self.turns(0).windows(2).map(part).collect()
    }

    /// Where the coordinate passes `x` on a piece, by bisection to the last bit.
    fn crossing(&self, x: f64, mut from: f64, mut to: f64, rises: bool) -> f64 {
        loop {
            let middle = 0.5 * (from + to);
            if middle <= from || middle >= to {
                return middle;
            }
            if (self.value(middle) < x) == rises {
                from = middle;
            } else {
                to = middle;
            }
        }
    }

    /// The density of a coordinate without noise: Σ 1/|dx/dθ| over the places where it has the value.
    pub(super) fn bare_pdf(&self, x: f64) -> f64 {
        let axis = self.axes[0];
        let piece = |pair: &[(f64, f64)]| {
            let [(from, first), (to, last)] = [pair[0], pair[1]];
            let inside = first.min(last) < x && x < first.max(last);
            let slope = |theta| axis.scale * self.path.slope(axis.coordinate, theta);
            inside.then(|| 1.0 / slope(self.crossing(x, from, to, first < last)).abs())
        };
        let turns = self.turns(0);
        turns.windows(2).filter_map(piece).sum::<f64>() / self.path.span()
    }

    fn bare_cdf(&self, x: f64) -> f64 {
        let parts = self.below(x).into_iter().map(|(from, to)| to - from);
        (parts.sum::<f64>() / self.path.span()).clamp(0.0, 1.0)
    }

    /// ∫_{−∞}^x F = E(x − X)⁺, with the antiderivative of the coordinate.
    fn bare_cdf_integral(&self, x: f64) -> f64 {
        let axis = self.axes[0];
        let part = |(from, to): (f64, f64)| {
            let primitive = |theta| self.path.primitive(axis.coordinate, theta);
            (x - axis.shift) * (to - from) - axis.scale * (primitive(to) - primitive(from))
        };
        let sum: f64 = self.below(x).into_iter().map(part).sum();
        (sum / self.path.span()).max(0.0)
    }

    /// The distribution function, in one dimension.
    pub fn cdf(&self, x: f64) -> f64 {
        match self.panels {
            Some(_) => self.table().cdf(x),
            None => self.bare_cdf(x),
        }
    }

    /// 1 − F(x), in one dimension.
    pub fn survival(&self, x: f64) -> f64 {
        match self.panels {
            Some(_) => self.table().survival(x),
            None => 1.0 - self.bare_cdf(x),
        }
    }

    /// ∫_{−∞}^x of the distribution function, in one dimension.
    pub fn cdf_integral(&self, x: f64) -> f64 {
        match self.panels {
            Some(_) => self.table().cdf_integral(x),
            None => self.bare_cdf_integral(x),
        }
    }

    fn table(&self) -> &Table {
        let new = || {
            Table::new(self.range(0), self.noise(0), self.mean(0), |x, width| {
                self.density_at(x, width)
            })
        };
        self.table.get_or_init(new)
    }

    /// p, width·p′ and width²·p″ at `x`: with z the whitened offset to the curve, p′ = p E z/τ and
    /// p″ = p (E z² − 1)/τ².
    fn density_at(&self, x: f64, width: f64) -> [f64; 3] {
        let (sums, step) = (self.sums(x), width / self.noise(0));
        let p = (self.ln_height + sums.ln_mass()).exp();
        let ([first, _], [variance, ..]) = (sums.mean(), sums.covariance());
        let second = variance + first * first - 1.0;
        if p == 0.0 {
            return [0.0; 3];
        }
        [p, p * first * step, p * second * step * step]
    }

    /// Where a quadrature over x should start a new panel, in one dimension: every standard deviation of
    /// the noise, or, without noise, ever closer towards the turning points.
    pub fn breakpoints(&self) -> Vec<f64> {
        let noise = PANEL * self.axes[0].noise;
        if noise > 0.0 {
            let (low, high) = self.range(0);
            let inside = ((high - low) / noise).ceil().max(1.0);
            let step = (high - low) / inside;
            let outside = |k: i32| [low - f64::from(k) * noise, high + f64::from(k) * noise];
            let inside = (0..=inside as usize).map(|i| low + step * i as f64);
            return inside.chain((1..=REACH).flat_map(outside)).collect();
        }
        let mut turns: Vec<_> = self.turns(0).into_iter().map(|(_, x)| x).collect();
        turns.sort_by(f64::total_cmp);
        turns.dedup();
        let between = turns.windows(2).flat_map(|pair| {
            let (low, high) = (pair[0], pair[1]);
            (1..=TURN_HALVINGS).flat_map(move |k| {
                let inward = (high - low) * 0.5f64.powi(k);
                [low + inward, high - inward]
            })
        });
        let between: Vec<_> = between.collect();
        turns.into_iter().chain(between).collect()
    }
}
