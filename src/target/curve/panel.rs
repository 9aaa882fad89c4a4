//! A curve in units of its noise, and a part of it.

use super::Path;

/// A curve in units of its noise: w_k(θ) = scale_k path_k(θ) + shift_k; the second axis is 0 in one
/// dimension.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Whitened {
    pub path: Path,
    pub scale: [f64; 2],
    pub shift: [f64; 2],
    /// Which coordinate of the path each axis is.
    pub coordinate: [usize; 2],
}

impl Whitened {
    pub(super) fn at(&self, theta: f64) -> [f64; 2] {
        self.placed(self.path.at(theta))
    }

    /// In units of the noise, a point of the path.
    fn placed(&self, point: [f64; 2]) -> [f64; 2] {
        [0, 1].map(|k| self.scale[k] * point[self.coordinate[k]] + self.shift[k])
    }

    pub(super) fn stretch(&self) -> f64 {
        self.scale[0].abs().max(self.scale[1].abs())
    }

    pub(super) fn panel(&self, start: f64, width: f64) -> Panel {
        let (half, middle) = (0.5 * width, start + 0.5 * width);
        let [point, slopes] = self.path.at_with_slopes(middle);
        let (speed, bend) = self.path.derivative_bounds(start + width);
        Panel {
            start,
            width,
            middle: self.placed(point),
            along: [0, 1].map(|k| half * self.scale[k] * slopes[self.coordinate[k]]),
            bend: 0.5 * half * half * self.stretch() * bend,
            radius: half * self.stretch() * speed,
        }
    }
}

/// An interval of θ and where its part of the curve is: within `bend` of middle + t·along, t in [−1, 1], and
/// within `radius` of its middle.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Panel {
    pub start: f64,
    pub width: f64,
    pub middle: [f64; 2],
    along: [f64; 2],
    bend: f64,
    pub radius: f64,
}

impl Panel {
    /// Bounds on ½‖w − x‖² over the panel.
    pub(super) fn exponents(&self, x: [f64; 2]) -> (f64, f64) {
        let to = [0, 1].map(|k| x[k] - self.middle[k]);
        let square = |v: [f64; 2]| v[0] * v[0] + v[1] * v[1];
        let (distance, length) = (square(to), square(self.along));
        let slope = (to[0] * self.along[0] + to[1] * self.along[1]).abs();
        // The smallest of ½t²‖along‖² − t·slope on [−1, 1].
        let least = if slope < length {
            -0.5 * slope * slope / length
        } else {
            0.5 * length - slope
        };
        let off = self.bend * (distance.sqrt() + length.sqrt());
        let low = 0.5 * distance + least - off;
        let high = 0.5 * distance + slope + 0.5 * length + off + 0.5 * self.bend * self.bend;
        (low.max(0.0), high)
    }
}
