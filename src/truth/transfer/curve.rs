//! A law of one dimension as a curve: its distribution function on the scale of the normal one.

use crate::target::special::{LN_SQRT_2PI, normal_cdf, normal_lower_quantile, normal_pdf};

/// F(x) = Φ(Z(x)) with Z a monotone piecewise cubic through the nodes (x_i, z_i), and straight beyond
/// them. On this scale a normal law is a straight line, and tails of 1e-30 are as plain as the middle.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct LawCurve {
    /// Strictly ascending.
    x: Vec<f64>,
    /// Strictly ascending.
    z: Vec<f64>,
    /// Z' at the nodes.
    slope: Vec<f64>,
}

impl LawCurve {
    /// The curve through F = `lower`, 1 − F = `upper` at ascending `x`; nodes at which F does not rise
    /// are left out.
    pub(super) fn through(x: &[f64], lower: &[f64], upper: &[f64]) -> Self {
        let probit = |(lower, upper): (&f64, &f64)| match lower < upper {
            true => normal_lower_quantile(*lower),
            false => -normal_lower_quantile(*upper),
        };
        let z: Vec<_> = lower.iter().zip(upper).map(probit).collect();
        Self::on_probit_scale(x, &z)
    }

    /// The curve through Φ⁻¹(F) = `z` at ascending `x`.
    pub(super) fn on_probit_scale(x: &[f64], z: &[f64]) -> Self {
        let (mut kept_x, mut kept_z): (Vec<f64>, Vec<f64>) = (vec![], vec![]);
        for (x, z) in x
            .iter()
            .zip(z)
            .filter(|(x, z)| x.is_finite() && z.is_finite())
        {
            let rises = kept_x
                .last()
                .is_none_or(|last| *x - last > 0.25 * ATOM_WIDTH)
                && kept_z.last().is_none_or(|last| z > last);
            if rises {
                kept_x.push(*x);
                kept_z.push(*z);
            }
        }
        if kept_x.len() < 2 {
            return Self::at_one_place(kept_x.first().copied());
        }
        let slope = monotone_slopes(&kept_x, &kept_z);
        Self {
            x: kept_x,
            z: kept_z,
            slope,
        }
    }

    /// A law that is narrower than an atom, or so far away that no place is finite.
    fn at_one_place(place: Option<f64>) -> Self {
        let x = place.unwrap_or(f64::MAX.sqrt());
        let width = ATOM_WIDTH.max(4.0 * f64::EPSILON * x.abs());
        Self {
            x: vec![x, x + width],
            z: vec![-PROBIT_REACH, PROBIT_REACH],
            slope: vec![2.0 * PROBIT_REACH / width; 2],
        }
    }

    /// Nodes x_i, ascending.
    pub(crate) fn nodes(&self) -> &[f64] {
        &self.x
    }

    /// Z at the nodes.
    pub(super) fn probits(&self) -> &[f64] {
        &self.z
    }

    /// Pairs of nodes across which the law has an atom, by the index of the first.
    pub(super) fn atoms(&self) -> impl Iterator<Item = usize> {
        self.atoms_of(&self.x)
    }

    /// The same after the nodes have been moved.
    fn atoms_of(&self, moved: &[f64]) -> impl Iterator<Item = usize> {
        let is_atom = |(_, pair): &(usize, &[f64])| (pair[1] - pair[0]).abs() < 2.0 * ATOM_WIDTH;
        let heavy = |i: &usize| self.is_heavy(*i);
        let pairs = moved.windows(2).enumerate();
        pairs.filter(is_atom).map(|(i, _)| i).filter(heavy)
    }

    /// Whether the mass between a node and the next is worth resolving.
    pub(super) fn is_heavy(&self, i: usize) -> bool {
        mass_between(self.z[i], self.z[i + 1]) > ATOM_MASS
    }

    /// Z(x) = Φ⁻¹(F(x)) and its slope.
    fn probit(&self, x: f64) -> (f64, f64) {
        let last = self.x.len() - 1;
        if x <= self.x[0] {
            return (self.z[0] + self.slope[0] * (x - self.x[0]), self.slope[0]);
        }
        if x >= self.x[last] {
            let slope = self.slope[last];
            return (self.z[last] + slope * (x - self.x[last]), slope);
        }
        let i = self.x.partition_point(|node| *node <= x) - 1;
        let h = self.x[i + 1] - self.x[i];
        let u = (x - self.x[i]) / h;
        let (rise, from, to) = (
            self.z[i + 1] - self.z[i],
            h * self.slope[i],
            h * self.slope[i + 1],
        );
        // Hermite: z_i + u·from + u²(3·rise − 2·from − to) + u³(from + to − 2·rise).
        let (quadratic, cubic) = (3.0 * rise - 2.0 * from - to, from + to - 2.0 * rise);
        let z = self.z[i] + u * (from + u * (quadratic + u * cubic));
        let slope = (from + u * (2.0 * quadratic + 3.0 * u * cubic)) / h;
        (z, slope)
    }

    /// F(x).
    pub(crate) fn cdf(&self, x: f64) -> f64 {
        normal_cdf(self.probit(x).0)
    }

    /// 1 − F(x), with all its digits.
    pub(crate) fn survival(&self, x: f64) -> f64 {
        normal_cdf(-self.probit(x).0)
    }

    /// The density, φ(Z) Z'.
    pub(crate) fn pdf(&self, x: f64) -> f64 {
        let (z, slope) = self.probit(x);
        normal_pdf(z) * slope
    }

    /// The logarithm of the density.
    pub(super) fn ln_pdf(&self, x: f64) -> f64 {
        let (z, slope) = self.probit(x);
        slope.max(f64::MIN_POSITIVE).ln() - 0.5 * z * z - LN_SQRT_2PI
    }

    /// The law of f(X) for a map given by its values `moved` at the nodes and straight between them.
    pub(super) fn pushed(&self, moved: &[f64]) -> Self {
        // What rounding folds is not a fold.
        if moved.windows(2).all(|pair| pair[0] < pair[1] + ATOM_WIDTH)
            && self.atoms_of(moved).next().is_none()
        {
            return Self::on_probit_scale(moved, &self.z);
        }
        self.folded(moved)
    }

    /// The law of X + σ z for a σ that is small against the scale on which the density varies: the
    /// Gauss–Hermite rule of five nodes on the distribution function.
    pub(super) fn diffused(&self, std_dev: f64) -> Self {
        let mean = |f: &dyn Fn(f64) -> f64, x: f64| -> f64 {
            HERMITE
                .iter()
                .map(|(z, w)| w * 0.5 * (f(x - std_dev * z) + f(x + std_dev * z)))
                .sum()
        };
        let at =
            |f: &dyn Fn(f64) -> f64| -> Vec<f64> { self.x.iter().map(|x| mean(f, *x)).collect() };
        let curve = Self::through(&self.x, &at(&|x| self.cdf(x)), &at(&|x| self.survival(x)));
        // Noise spreads the law beyond its outermost nodes; they are set anew before that shows.
        let ends = (curve.z[0], curve.z[curve.z.len() - 1]);
        if ends.0 > 0.8 * -PROBIT_REACH || ends.1 < 0.8 * PROBIT_REACH {
            curve.resampled(self.x.len() * 2 / 3)
        } else {
            curve
        }
    }

    /// The same law at `n` normal quantiles, and at half as many equally spaced points between them:
    /// quantiles alone leave the gaps between modes empty.
    pub(super) fn resampled(&self, n: usize) -> Self {
        let n = n.max(FEWEST_NODES);
        let mut x: Vec<_> = probit_nodes(n).iter().map(|z| self.quantile(*z)).collect();
        let (low, high, count) = (x[0], x[n - 1], n / 2);
        x.extend((1..count).map(|i| low + (high - low) * i as f64 / count as f64));
        x.sort_by(f64::total_cmp);
        self.at(&x)
    }

    /// The same law with its nodes at ascending `x`.
    pub(super) fn at(&self, x: &[f64]) -> Self {
        let z: Vec<_> = x.iter().map(|x| self.probit(*x).0).collect();
        Self::on_probit_scale(x, &z)
    }

    /// The quantiles of (i + ½)/n, i = 0 .. n, ascending.
    pub(crate) fn quantiles(&self, n: usize) -> Vec<f64> {
        const PARTS: usize = 8;
        // F at the nodes and between them, and straight lines there: a quantile is as good as the curve.
        let parts = |pair: &[f64]| {
            let (low, width) = (pair[0], (pair[1] - pair[0]) / PARTS as f64);
            (0..PARTS)
                .map(move |i| low + width * i as f64)
                .collect::<Vec<_>>()
        };
        let mut x: Vec<_> = self.x.windows(2).flat_map(parts).collect();
        x.push(self.x[self.x.len() - 1]);
        let levels: Vec<_> = x.iter().map(|x| self.cdf(*x)).collect();
        let mut at = 0;
        let quantile = |i: usize| {
            let level = (i as f64 + 0.5) / n as f64;
            while at + 2 < levels.len() && levels[at + 1] < level {
                at += 1;
            }
            let part = (level - levels[at]) / (levels[at + 1] - levels[at]);
            let part = if part.is_finite() {
                part.clamp(0.0, 1.0)
            } else {
                0.0
            };
            x[at] + part * (x[at + 1] - x[at])
        };
        (0..n).map(quantile).collect()
    }

    /// x with Z(x) = `z`, by bisection to the last bit.
    fn quantile(&self, z: f64) -> f64 {
        let last = self.x.len() - 1;
        let beyond = |end: usize| match self.slope[end] > 0.0 {
            true => self.x[end] + (z - self.z[end]) / self.slope[end],
            // The tail is so heavy there that no place is known.
            false => self.x[end],
        };
        if z <= self.z[0] {
            return beyond(0);
        }
        if z >= self.z[last] {
            return beyond(last);
        }
        let i = self.z.partition_point(|node| *node <= z) - 1;
        let (mut low, mut high) = (self.x[i], self.x[i + 1]);
        loop {
            let middle = 0.5 * (low + high);
            if middle <= low || middle >= high {
                return middle;
            }
            if self.probit(middle).0 < z {
                low = middle;
            } else {
                high = middle;
            }
        }
    }
}

/// A law that is set anew has at least so many normal quantiles.
const FEWEST_NODES: usize = 33;

/// How far the nodes of a law reach on the normal scale: Φ(−7) ≈ 1e-12.
const PROBIT_REACH: f64 = 7.0;

/// An image narrower than this is an atom.
pub(super) const ATOM_WIDTH: f64 = 1e-9;

/// The mass from which on an atom counts as one.
const ATOM_MASS: f64 = 1e-9;

/// Half of the Gauss–Hermite rule of five nodes for N(0, 1), the weights those of ± pairs.
const HERMITE: [(f64, f64); 3] = [
    (0.0, 8.0 / 15.0),
    (1.355_626_179_974_266, 0.444_151_844_524_254_4),
    (2.856_970_013_872_806, 0.022_514_822_142_412_3),
];

/// `n` equally spaced points of the normal scale.
fn probit_nodes(n: usize) -> Vec<f64> {
    (0..n)
        .map(|i| PROBIT_REACH * (2.0 * i as f64 / (n - 1) as f64 - 1.0))
        .collect()
}

/// Φ(b) − Φ(a), from the smaller tail.
pub(super) fn mass_between(a: f64, b: f64) -> f64 {
    match a + b > 0.0 {
        true => normal_cdf(-a) - normal_cdf(-b),
        false => normal_cdf(b) - normal_cdf(a),
    }
}

/// Slopes of a monotone cubic: the parabola's through three neighbours, held below three times the
/// smaller secant (Hyman 1983).
fn monotone_slopes(x: &[f64], z: &[f64]) -> Vec<f64> {
    let step: Vec<_> = x.windows(2).map(|p| p[1] - p[0]).collect();
    let secant: Vec<_> = z
        .windows(2)
        .zip(&step)
        .map(|(p, h)| (p[1] - p[0]) / h)
        .collect();
    let inner = |i: usize| {
        let parabola =
            (step[i] * secant[i - 1] + step[i - 1] * secant[i]) / (step[i - 1] + step[i]);
        parabola.min(3.0 * secant[i - 1].min(secant[i]))
    };
    let last = secant.len();
    (0..=last)
        .map(|i| match i {
            0 => secant[0],
            i if i == last => secant[last - 1],
            i => inner(i),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::target::{Component, Gaussian, Mixture};

    fn normal(mean: f64, sd: f64) -> Mixture {
        let gaussian = Gaussian::diagonal(vec![mean], &[sd]).unwrap();
        Mixture::new(vec![1.0], vec![Component::Gaussian(gaussian)])
    }

    /// N(mean, sd²) at `n` nodes.
    fn curve(mean: f64, sd: f64, n: usize) -> LawCurve {
        let z = probit_nodes(n);
        let x: Vec<_> = z.iter().map(|z| mean + sd * z).collect();
        LawCurve::on_probit_scale(&x, &z)
    }

    #[test]
    fn a_normal_law_is_a_straight_line() {
        let (law, line) = (normal(1.0, 2.0), curve(1.0, 2.0, 50));
        for x in [-25.0, -7.3, 0.1, 1.0, 4.4, 20.0] {
            assert!((line.cdf(x) / law.cdf(x) - 1.0).abs() < 1e-10);
            assert!((line.survival(x) / law.survival(x) - 1.0).abs() < 1e-10);
            assert!((line.pdf(x) / law.pdf(&[x]) - 1.0).abs() < 1e-10);
        }
    }

    #[test]
    fn small_noise_adds_its_variance_again_and_again() {
        let mut noisy = curve(0.0, 1.0, 400);
        for _ in 0..300 {
            noisy = noisy.diffused(0.1);
        }
        let law = normal(0.0, 2.0);
        for x in [-6.0, -1.0, 0.3, 5.0] {
            assert!((noisy.cdf(x) - law.cdf(x)).abs() < 2e-5, "{x}");
        }
    }

    /// Narrower than an atom, at a place where its width is below the last bit, or nowhere finite.
    #[test]
    fn a_law_without_two_places_is_a_point() {
        for (x, expected) in [
            (vec![3.0, 3.0 + 1e-11], 3.0),
            (vec![-2e12, -2e12], -2e12),
            (vec![f64::NAN, f64::INFINITY], f64::MAX.sqrt()),
        ] {
            let law = LawCurve::on_probit_scale(&x, &[-1.0, 1.0]);
            let set_anew = law.diffused(0.0).resampled(1);
            for law in [&law, &set_anew] {
                let middle = law.quantile(0.0);
                assert!(
                    (middle - expected).abs() <= 1e-8 + 1e-12 * expected.abs(),
                    "{middle}"
                );
                assert!(law.nodes().windows(2).all(|pair| pair[0] < pair[1]));
            }
        }
    }
}
