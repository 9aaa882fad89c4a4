//! Lines of all directions, and the distribution functions of laws projected onto them.

use crate::{
    points::Points,
    rng::{self, Purpose, Seed},
    target::{Component, Mixture, special::normal_cdf},
};
use rayon::prelude::*;

/// Directions in the plane, equally far apart: a rule of quadrature for the mean over all of them.
const PLANE_DIRECTIONS: usize = 32;

/// Directions drawn (always the same) in more than two dimensions.
const SPACE_DIRECTIONS: usize = 128;

/// Draws behind the distribution functions where they have no closed form.
const DRAWS: usize = 1 << 19;

/// Unit vectors; opposite ones give the same distance, so in the plane half a circle has them all.
pub(super) fn directions(dim: usize) -> Vec<Vec<f64>> {
    if dim == 2 {
        let angle = |i: usize| std::f64::consts::PI * i as f64 / PLANE_DIRECTIONS as f64;
        return (0..PLANE_DIRECTIONS)
            .map(|i| vec![angle(i).cos(), angle(i).sin()])
            .collect();
    }
    let mut rng = Seed(0).stream(Purpose::MonteCarlo, 2, dim as u64);
    let mut draw = |_| {
        let mut direction = vec![0.0; dim];
        rng::fill_normal(&mut rng, &mut direction);
        let length = direction.iter().map(|x| x * x).sum::<f64>().sqrt();
        direction.into_iter().map(|x| x / length).collect()
    };
    (0..SPACE_DIRECTIONS).map(&mut draw).collect()
}

/// The places of points along a direction.
pub(super) fn projected(points: &Points, direction: &[f64]) -> Vec<f64> {
    points.rows().map(|row| product(row, direction)).collect()
}

fn product(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// F of a law along each direction, at the places `low + i·step`, i = 0 .. `count`, of that direction. Of Gaussians it
/// is exact, else it is that of many draws.
pub(super) fn levels(law: &Mixture, lines: &[(Vec<f64>, f64, f64)], count: usize) -> Vec<Vec<f64>> {
    let gaussians: Option<Vec<_>> = law.components().iter().map(gaussian).collect();
    if let Some(gaussians) = gaussians {
        let at = |(direction, low, step): &(Vec<f64>, f64, f64)| -> Vec<f64> {
            let parts: Vec<_> = law
                .weights()
                .iter()
                .zip(&gaussians)
                .map(|(weight, gaussian)| {
                    let variance: f64 = gaussian
                        .covariance()
                        .chunks_exact(direction.len())
                        .zip(direction)
                        .map(|(row, u)| u * product(row, direction))
                        .sum();
                    (
                        *weight,
                        product(gaussian.mean(), direction),
                        variance.sqrt(),
                    )
                })
                .collect();
            let cdf = |x: f64| {
                parts
                    .iter()
                    .map(|(w, m, s)| w * normal_cdf((x - m) / s))
                    .sum()
            };
            (0..count).map(|i| cdf(low + step * i as f64)).collect()
        };
        return lines.par_iter().map(at).collect();
    }
    let draws = law.stratified_sample(DRAWS, &mut Seed(0).stream(Purpose::MonteCarlo, 9, 0));
    let counted = |(direction, low, step): &(Vec<f64>, f64, f64)| {
        let places = draws.rows().map(|x| product(x, direction));
        below(places, *low, *step, count)
    };
    lines.par_iter().map(counted).collect()
}

fn gaussian(component: &Component) -> Option<&crate::target::Gaussian> {
    match component {
        Component::Gaussian(gaussian) => Some(gaussian),
        _ => None,
    }
}

/// The fraction of some values that are at most `low + i·step`, for i = 0 .. `count`.
pub(super) fn below(
    values: impl Iterator<Item = f64>,
    low: f64,
    step: f64,
    count: usize,
) -> Vec<f64> {
    let mut counts = vec![0usize; count + 1];
    let mut all = 0;
    for x in values {
        let place = ((x - low) / step).ceil();
        counts[place.clamp(0.0, count as f64) as usize] += 1;
        all += 1;
    }
    let sums = counts[..count].iter().scan(0, |sum, c| {
        *sum += c;
        Some(*sum as f64 / all as f64)
    });
    sums.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metric::testing;

    #[test]
    fn the_levels_of_gaussians_are_those_of_their_draws() {
        let law = testing::eight_gaussians();
        let lines: Vec<_> = directions(2).into_iter().map(|u| (u, -2.5, 0.1)).collect();
        let draws = law.sample(40_000, &mut testing::stream(1));
        for (line, exact) in lines.iter().zip(levels(&law, &lines, 51)) {
            let found = below(projected(&draws, &line.0).into_iter(), -2.5, 0.1, 51);
            let gap = exact.iter().zip(&found).map(|(a, b)| (a - b).abs());
            // The statistic of Kolmogorov: 1.95/√n in one case of a thousand.
            assert!(gap.fold(0.0, f64::max) < 2.5 / 200.0);
        }
    }

    #[test]
    fn values_are_counted_up_to_each_place() {
        let values = [-3.0, 0.0, 0.5, 1.0, 9.0];
        assert_eq!(below(values.into_iter(), 0.0, 1.0, 3), [0.4, 0.8, 0.8]);
    }
}
