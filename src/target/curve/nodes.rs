//! The nodes of a panel of a curve and their weights at a point, a register at a time.

use super::panel::{Panel, Whitened};
use crate::target::{
    exponential::exp,
    quadrature::{NODES, legendre_rule},
};
use pulp::{Arch, Simd, WithSimd};
use std::sync::LazyLock;

/// Nodes and weights on [−1, 1].
static RULE: LazyLock<[[f64; NODES]; 2]> = LazyLock::new(|| {
    let rule = legendre_rule();
    [rule.map(|(z, _)| z), rule.map(|(_, weight)| weight)]
});

/// The places of a panel's nodes, axis by axis, in units of the noise.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Nodes([[f64; NODES]; 2]);

/// Sums over the nodes of a panel of z = w(θ) − x, with the weights exp(`least` − ½‖z‖²) of the rule.
pub(super) struct Weighted {
    /// The smallest ½‖z‖², here or before.
    pub least: f64,
    pub mass: f64,
    pub first: [f64; 2],
    /// Of z_0², z_0 z_1 and z_1².
    pub second: [f64; 3],
}

impl Nodes {
    pub(super) fn of(curve: &Whitened, panel: &Panel) -> Self {
        Arch::new().dispatch(Place { curve, panel })
    }

    /// The sums at `x`, where ½‖z‖² has been `least` before.
    pub(super) fn weighted(&self, x: [f64; 2], least: f64) -> Weighted {
        Arch::new().dispatch(Weigh::<true> {
            nodes: self,
            x,
            least,
            weights: &RULE[1],
        })
    }

    /// The same without the moments, which are left at 0.
    pub(super) fn mass(&self, x: [f64; 2], least: f64) -> Weighted {
        Arch::new().dispatch(Weigh::<false> {
            nodes: self,
            x,
            least,
            weights: &RULE[1],
        })
    }
}

/// Finds the places of a panel's nodes.
struct Place<'a> {
    curve: &'a Whitened,
    panel: &'a Panel,
}

impl WithSimd for Place<'_> {
    type Output = Nodes;

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) -> Nodes {
        let Self { curve, panel } = self;
        let half = 0.5 * panel.width;
        let mut offsets = [0.0; NODES];
        for i in 0..NODES {
            offsets[i] = half * RULE[0][i];
        }
        let points = curve.path.around(panel.start + half, offsets);
        let mut places = [[0.0; NODES]; 2];
        for k in 0..2 {
            let (scale, shift) = (curve.scale[k], curve.shift[k]);
            let coordinate = &points[curve.coordinate[k]];
            for i in 0..NODES {
                places[k][i] = scale * coordinate[i] + shift;
            }
        }
        Nodes(places)
    }
}

/// Finds the sums over a panel's nodes, the moments only where they are asked for.
struct Weigh<'a, const MOMENTS: bool> {
    nodes: &'a Nodes,
    x: [f64; 2],
    least: f64,
    weights: &'a [f64; NODES],
}

impl<const MOMENTS: bool> WithSimd for Weigh<'_, MOMENTS> {
    type Output = Weighted;

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) -> Weighted {
        let Nodes([first, second]) = self.nodes;
        let (mut a, mut b, mut exponents) = ([0.0; NODES], [0.0; NODES], [0.0; NODES]);
        for i in 0..NODES {
            a[i] = first[i] - self.x[0];
            b[i] = second[i] - self.x[1];
            exponents[i] = 0.5 * (a[i] * a[i] + b[i] * b[i]);
        }
        let smaller = |a: f64, b: f64| if b < a { b } else { a };
        let least = smaller(self.least, folded(exponents, smaller));
        let mut weights = [0.0; NODES];
        for i in 0..NODES {
            weights[i] = self.weights[i] * exp(least - exponents[i]);
        }
        let sum = |values: [f64; NODES]| folded(values, |a, b| a + b);
        if !MOMENTS {
            return Weighted {
                least,
                mass: sum(weights),
                first: [0.0; 2],
                second: [0.0; 3],
            };
        }
        let (mut of_a, mut of_b) = ([0.0; NODES], [0.0; NODES]);
        let mut squares = [[0.0; NODES]; 3];
        for i in 0..NODES {
            of_a[i] = weights[i] * a[i];
            of_b[i] = weights[i] * b[i];
            squares[0][i] = of_a[i] * a[i];
            squares[1][i] = of_a[i] * b[i];
            squares[2][i] = of_b[i] * b[i];
        }
        let [aa, ab, bb] = squares;
        Weighted {
            least,
            mass: sum(weights),
            first: [sum(of_a), sum(of_b)],
            second: [sum(aa), sum(ab), sum(bb)],
        }
    }
}

/// All values combined, half with half, so that registers are folded whole.
#[inline(always)]
fn folded(mut values: [f64; NODES], combine: impl Fn(f64, f64) -> f64) -> f64 {
    let mut half = NODES / 2;
    while half > 0 {
        for i in 0..half {
            values[i] = combine(values[i], values[i + half]);
        }
        half /= 2;
    }
    values[0]
}
