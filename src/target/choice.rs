//! How often the most probable class is the right one.

use super::{Component, Estimate, Mixture, quadrature};
use rayon::prelude::*;

/// Places between two breakpoints at which the most probable class is looked up, in one dimension.
const LOOKS: usize = 16;

/// The direction of the lines that the plane is cut into, in radians. It is far from that of any boundary
/// of symmetric data: a boundary along a line would be a jump.
const DIRECTION: f64 = 0.19;

/// Distance between two looks on a line, and between two lines at first, in units of the smallest standard
/// deviation of any component along each axis.
const BETWEEN_LOOKS: f64 = 0.5;
const BETWEEN_LINES: f64 = 0.5;

/// How often the distance between lines may be halved, and the error that is small enough.
const HALVINGS: usize = 3;
const SMALL_ERROR: f64 = 1e-5;

/// Longest panel on a line, in the same units.
const PANEL: f64 = 3.0;

/// Most looks on all lines together: beyond, Monte Carlo is faster.
const MOST_LOOKS: f64 = 2e5;

/// A piece of a line on which one class is the most probable; `None` outside the support.
struct Piece {
    from: f64,
    to: f64,
    class: Option<u32>,
}

impl Mixture {
    /// The class with the largest p(c | x); `None` outside the support.
    pub(crate) fn most_probable_class(&self, x: &[f64]) -> Option<u32> {
        let posterior = self.class_posterior(x)?;
        (0..)
            .zip(posterior)
            .max_by(|(_, a), (_, b)| a.total_cmp(b))
            .map(|(class, _)| class)
    }

    /// For every class c, how often it is the most probable one of a draw from p(x | c). Where one class
    /// gives way to another the integrand jumps. In one dimension those places are found to the last bit,
    /// and what lies between is a difference of F. In the plane the same is done on parallel lines. Else
    /// it is estimated from draws.
    pub(crate) fn class_accuracies(&self) -> Vec<Estimate> {
        let laws: Vec<_> = (0..self.num_classes() as u32)
            .map(|class| self.of_class(class))
            .collect();
        if laws.is_empty() {
            return vec![];
        }
        if self.dim() == 1 {
            return self.on_the_line(&laws);
        }
        if let Some(lines) = Lines::of(self) {
            return lines.accuracies(&laws);
        }
        let of = |(class, law): (u32, &Option<Self>)| match law {
            Some(law) => law.drawn(|x| f64::from(self.most_probable_class(x) == Some(class))),
            None => Estimate::exact(0.0),
        };
        (0..).zip(&laws).map(of).collect()
    }

    /// Where the most probable class changes, ascending, in one dimension.
    pub(crate) fn class_boundaries(&self) -> Vec<f64> {
        let pieces = self.pieces_of_line();
        pieces.iter().skip(1).map(|piece| piece.from).collect()
    }

    fn pieces_of_line(&self) -> Vec<Piece> {
        let class_at = |x: f64| self.most_probable_class(&[x]);
        let breakpoints = self.breakpoints();
        let places = breakpoints.windows(2).flat_map(|pair| {
            let (from, width) = (pair[0], pair[1] - pair[0]);
            (0..LOOKS).map(move |i| from + width * (i as f64 + 0.5) / LOOKS as f64)
        });
        pieces(&places.collect::<Vec<_>>(), &class_at)
    }

    fn on_the_line(&self, laws: &[Option<Self>]) -> Vec<Estimate> {
        let mut right = vec![0.0; laws.len()];
        for piece in self.pieces_of_line() {
            if let Some((class, law)) = piece
                .class
                .and_then(|c| Some((c, laws[c as usize].as_ref()?)))
            {
                // Whichever tail is shorter has all its digits.
                let mass = match law.cdf(piece.from) < 0.5 {
                    true => law.cdf(piece.to) - law.cdf(piece.from),
                    false => law.survival(piece.from) - law.survival(piece.to),
                };
                right[class as usize] += mass;
            }
        }
        right
            .into_iter()
            .map(|p| Estimate::exact(p.clamp(0.0, 1.0)))
            .collect()
    }
}

/// The pieces on which `class_at` is the same, from what it is at `places` (ascending). The first and the
/// last reach to infinity.
fn pieces(places: &[f64], class_at: &impl Fn(f64) -> Option<u32>) -> Vec<Piece> {
    let looks: Vec<_> = places.iter().map(|x| (*x, class_at(*x))).collect();
    let mut changes = vec![(f64::NEG_INFINITY, looks.first().and_then(|look| look.1))];
    for pair in looks.windows(2) {
        find_changes(pair[0], pair[1], class_at, &mut changes);
    }
    let ends = changes.iter().skip(1).map(|change| change.0);
    let ends = ends.chain([f64::INFINITY]);
    let piece = |(&(from, class), to)| Piece { from, to, class };
    changes.iter().zip(ends).map(piece).collect()
}

/// Adds where the class changes between two places, and to which.
fn find_changes(
    low: (f64, Option<u32>),
    high: (f64, Option<u32>),
    class_at: &impl Fn(f64) -> Option<u32>,
    changes: &mut Vec<(f64, Option<u32>)>,
) {
    if low.1 == high.1 {
        return;
    }
    let middle = 0.5 * (low.0 + high.0);
    if middle <= low.0 || middle >= high.0 || high.0 - low.0 < 1e-12 * middle.abs() {
        changes.push(high);
        return;
    }
    let middle = (middle, class_at(middle));
    find_changes(low, middle, class_at, changes);
    find_changes(middle, high, class_at, changes);
}

/// Parallel lines over the plane: x = centre + scale ∘ (across · s + along · τ).
struct Lines<'a> {
    law: &'a Mixture,
    centre: [f64; 2],
    scale: [f64; 2],
    /// Half the extent of s and of τ.
    reach: f64,
}

impl<'a> Lines<'a> {
    /// `None` where the density is not smooth or that would take too many looks.
    fn of(law: &'a Mixture) -> Option<Self> {
        if law.dim() != 2 {
            return None;
        }
        let scale = [0, 1].map(|axis| {
            let all = law.components().iter().map(|c| c.sharpness(axis));
            all.fold(f64::INFINITY, f64::min)
        });
        if scale.iter().any(|scale| *scale <= 0.0) {
            return None;
        }
        let cover: Vec<_> = law.components().iter().flat_map(Component::cover).collect();
        let end = |k: usize, sign: f64| {
            let ends = cover
                .iter()
                .map(|(centre, half)| sign * centre[k] + half[k]);
            sign * ends.fold(f64::NEG_INFINITY, f64::max)
        };
        let ends = [0, 1].map(|k| (end(k, -1.0), end(k, 1.0)));
        let half = [0, 1].map(|k| 0.5 * (ends[k].1 - ends[k].0) / scale[k]);
        let reach = f64::hypot(half[0], half[1]);
        let looks = 4.0 * reach * reach / (BETWEEN_LINES * BETWEEN_LOOKS);
        (looks <= MOST_LOOKS).then_some(Self {
            law,
            centre: ends.map(|(low, high)| 0.5 * (low + high)),
            scale,
            reach,
        })
    }

    fn at(&self, s: f64, tau: f64) -> [f64; 2] {
        let (sin, cos) = DIRECTION.sin_cos();
        let offset = [cos * tau - sin * s, sin * tau + cos * s];
        [0, 1].map(|k| self.centre[k] + self.scale[k] * offset[k])
    }

    /// By the trapezoidal rule over the lines. The error is stated as the difference to half as many.
    fn accuracies(&self, laws: &[Option<Mixture>]) -> Vec<Estimate> {
        let mut between = BETWEEN_LINES;
        let mut sums = self.sums(laws, between, 0.0);
        let mut found: Vec<Estimate> = vec![];
        for _ in 0..HALVINGS {
            let coarse = sums.clone();
            let added = self.sums(laws, between, 0.5 * between);
            for (sum, added) in sums.iter_mut().zip(added) {
                *sum = 0.5 * (*sum + added);
            }
            between *= 0.5;
            let estimate = |(fine, coarse): (&f64, &f64)| Estimate {
                value: fine.clamp(0.0, 1.0),
                standard_error: (fine - coarse).abs(),
            };
            found = sums.iter().zip(&coarse).map(estimate).collect();
            if found.iter().all(|found| found.standard_error < SMALL_ERROR) {
                break;
            }
        }
        found
    }

    /// The rule with lines at `offset` from the middle one and `between` each other, for each class.
    fn sums(&self, laws: &[Option<Mixture>], between: f64, offset: f64) -> Vec<f64> {
        let count = (self.reach / between).ceil() as i32;
        let area = between * self.scale[0] * self.scale[1];
        let lines: Vec<Vec<f64>> = (-count..=count)
            .into_par_iter()
            .map(|i| self.along(laws, between * f64::from(i) + offset))
            .collect();
        let of = |class: usize| area * lines.iter().map(|line| line[class]).sum::<f64>();
        (0..laws.len()).map(of).collect()
    }

    /// The integral along one line of each class's density where that class is the most probable.
    fn along(&self, laws: &[Option<Mixture>], s: f64) -> Vec<f64> {
        let count = (2.0 * self.reach / BETWEEN_LOOKS).ceil() as usize;
        let places: Vec<_> = (0..=count)
            .map(|i| -self.reach + BETWEEN_LOOKS * i as f64)
            .collect();
        let class_at = |tau: f64| self.law.most_probable_class(&self.at(s, tau));
        let mut right = vec![0.0; laws.len()];
        for piece in pieces(&places, &class_at) {
            let Some((class, law)) = piece
                .class
                .and_then(|c| Some((c, laws[c as usize].as_ref()?)))
            else {
                continue;
            };
            let (from, to) = (piece.from.max(-self.reach), piece.to.min(self.reach));
            let panels = ((to - from) / PANEL).ceil().max(1.0) as usize;
            let edges: Vec<_> = (0..=panels)
                .map(|i| from + (to - from) * i as f64 / panels as f64)
                .collect();
            right[class as usize] += quadrature::integrate(&edges, |tau| law.pdf(&self.at(s, tau)));
        }
        right
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        rng::{Purpose, Seed},
        target::{ClassesConfig, Curve, Gaussian, Path, UniformBox, special::normal_cdf},
    };
    use std::f64::consts::PI;

    fn normal(mean: &[f64], std_devs: &[f64]) -> Component {
        Component::Gaussian(Gaussian::diagonal(mean.to_vec(), std_devs).unwrap())
    }

    fn interval(low: f64, high: f64) -> Component {
        Component::Uniform(UniformBox::new(vec![low], vec![high]).unwrap())
    }

    #[test]
    fn on_the_line_it_is_the_mass_between_the_boundaries() {
        // 0.3 N(−1, 0.5²) and 0.7 N(0.8, 1.2²): the logarithm of their ratio is a square in x with two
        // zeros, between which the first is the more probable.
        let (w, m, s) = ([0.3, 0.7f64], [-1.0, 0.8], [0.5, 1.2f64]);
        let law = Mixture::new(
            w.to_vec(),
            vec![normal(&[m[0]], &[s[0]]), normal(&[m[1]], &[s[1]])],
        );
        let a = 0.5 / s[1].powi(2) - 0.5 / s[0].powi(2);
        let b = m[0] / s[0].powi(2) - m[1] / s[1].powi(2);
        let c = 0.5 * (m[1] / s[1]).powi(2) - 0.5 * (m[0] / s[0]).powi(2)
            + (w[0] * s[1] / (w[1] * s[0])).ln();
        let root = (b * b - 4.0 * a * c).sqrt();
        let ends = [(-b + root) / (2.0 * a), (-b - root) / (2.0 * a)];
        let inside = |k: usize| {
            let [low, high] = ends.map(|x| normal_cdf((x - m[k]) / s[k]));
            high - low
        };
        let found = law.class_accuracies();
        for (found, exact) in found.iter().zip([inside(0), 1.0 - inside(1)]) {
            assert!((found.value - exact).abs() < 1e-12, "{found:?} {exact}");
        }
    }

    #[test]
    fn a_box_ends_where_it_ends() {
        // U[0, 1] and U[0.9, 3] of equal weight: the first has the higher density where both are.
        let law = Mixture::new(vec![0.5; 2], vec![interval(0.0, 1.0), interval(0.9, 3.0)]);
        let found = law.class_accuracies();
        assert!((found[0].value - 1.0).abs() < 1e-12, "{found:?}");
        assert!((found[1].value - 2.0 / 2.1).abs() < 1e-12, "{found:?}");
    }

    #[test]
    fn two_gaussians_of_the_plane_are_told_apart_across_a_line() {
        // Whitened they are N(0, I) and N(δ, I). With weights w the boundary is a line. The fraction of the
        // first on its own side is Φ(δ/2 + ln(w_0/w_1)/δ), in every direction of δ.
        for turn in 0..8 {
            let (sin, cos) = (PI * f64::from(turn) / 8.0).sin_cos();
            let law = Mixture::new(
                vec![0.4, 0.6],
                vec![
                    normal(&[0.0, 0.0], &[0.5, 0.02]),
                    normal(&[0.9 * cos, 0.036 * sin], &[0.5, 0.02]),
                ],
            );
            let (delta, ln_odds) = (1.8, f64::ln(0.4 / 0.6));
            for (found, sign) in law.class_accuracies().iter().zip([1.0, -1.0]) {
                let exact = normal_cdf(0.5 * delta + sign * ln_odds / delta);
                let error = (found.value - exact).abs();
                assert!(
                    error < found.standard_error + 1e-9,
                    "{turn}: {found:?} {exact}"
                );
                assert!(found.standard_error < 1e-4, "{turn}: {found:?}");
            }
        }
    }

    #[test]
    fn of_regions_and_curves_it_is_what_draws_show() {
        let square = |x: f64, y: f64| {
            let square = UniformBox::new(vec![x, y], vec![x + 1.0, y + 1.0]).unwrap();
            Component::Uniform(square.with_noise(0.15))
        };
        let board = Mixture::new(
            vec![0.4, 0.3, 0.3],
            vec![square(0.0, 0.0), square(1.0, 0.5), square(-0.5, 1.0)],
        );
        let moon = |sign: f64| {
            let (x, y) = (-0.5 * sign, -0.25 * sign);
            Component::Curve(Curve::new(Path::arc(0.0, PI), [sign; 2], [x, y], 0.25))
        };
        let moons = Mixture::new(vec![0.5; 2], vec![moon(1.0), moon(-1.0)]);
        let three = Mixture::new(
            vec![0.2, 0.5, 0.3],
            vec![
                normal(&[0.0; 2], &[1.0; 2]),
                normal(&[1.0, 0.3], &[0.7, 0.4]),
                normal(&[0.0, 0.8], &[0.3, 0.9]),
            ],
        );
        for law in [
            board.clone(),
            moons,
            three,
            board.with_classes(&ClassesConfig::Groups(vec![0, 1, 0])),
        ] {
            for (class, found) in (0..).zip(law.class_accuracies()) {
                let n = 200_000;
                let draws = law.of_class(class).unwrap().sample(
                    n,
                    &mut Seed(3).stream(Purpose::MonteCarlo, u64::from(class), 9),
                );
                let right = draws
                    .rows()
                    .filter(|x| law.most_probable_class(x) == Some(class))
                    .count();
                let drawn = right as f64 / n as f64;
                // Five standard deviations of the binomial law.
                let bound = 5.0 * (found.value * (1.0 - found.value) / n as f64).sqrt();
                assert!(
                    (drawn - found.value).abs() < bound + 1e-9,
                    "{class}: {found:?} {drawn}"
                );
                assert!(found.standard_error < 3e-4, "{class}: {found:?}");
            }
        }
    }
}
