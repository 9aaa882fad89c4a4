//! A Gaussian mixture fitted to points, by expectation maximisation (Dempster, Laird & Rubin 1977).

use super::Gaussian;
use crate::{
    points::Points,
    rng::{Generator, Purpose, Seed},
};
use rand::RngExt;
use rayon::prelude::*;

/// Starts of every fit, of which the best is kept.
const STARTS: u64 = 8;

/// Steps of k-means before the first of the fit.
const LLOYD_STEPS: usize = 10;

/// Steps of the fit, at most, and the gain of the mean log-likelihood below which it ends.
const MOST_STEPS: usize = 1000;
const LEAST_GAIN: f64 = 1e-9;

/// The variance that is added along each axis, as a fraction of that of all points: no component becomes a point.
const FLOOR: f64 = 1e-6;

/// A component of fewer points has no covariance.
const FEWEST_POINTS: f64 = 1e-6;

/// Numbers of components that make the criterion no better, after which larger ones are not tried.
const PATIENCE: usize = 3;

/// Which covariances a component may have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Covariances {
    /// Any.
    Full,
    /// Diagonal ones.
    Diagonal,
}

/// A fitted mixture.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Fit {
    /// Ascending by the first coordinate of the mean.
    pub(crate) components: Vec<(f64, Gaussian)>,
    /// Mean log-likelihood of the points, in nats.
    pub(crate) ln_likelihood: f64,
    /// The Bayesian information criterion (Schwarz 1978): −2 ln L + p ln n. Less is better.
    pub(crate) bic: f64,
    /// Components whose variance along some axis is little more than the floor.
    pub(crate) at_floor: usize,
}

impl Fit {
    /// The best of several fits of `count` components; `None` where there are too few different points.
    pub(crate) fn of(
        points: &Points,
        count: usize,
        covariances: Covariances,
        seed: Seed,
    ) -> Option<Self> {
        let problem = Problem::new(points, covariances)?;
        let starts = (0..STARTS).into_par_iter();
        let fits = starts.filter_map(|start| {
            let mut rng = seed.stream(Purpose::Search, count as u64, start);
            problem.fit(count, &mut rng)
        });
        let fits: Vec<_> = fits.collect();
        fits.into_iter().max_by(|a, b| {
            let order = a.ln_likelihood.total_cmp(&b.ln_likelihood);
            b.collapses().cmp(&a.collapses()).then(order)
        })
    }

    /// The one of several fits that the criterion takes. A component that collapses onto repeated points has as large a
    /// likelihood as one likes and says nothing (Day 1969), so such fits come last.
    pub(crate) fn best(fits: &[Self]) -> Option<&Self> {
        fits.iter().min_by(|a, b| {
            let order = a.bic.total_cmp(&b.bic);
            a.collapses().cmp(&b.collapses()).then(order)
        })
    }

    fn collapses(&self) -> bool {
        self.at_floor > 0
    }

    /// Fits of 1, 2, … components, as long as the criterion may still fall.
    pub(crate) fn of_any(
        points: &Points,
        most: usize,
        covariances: Covariances,
        seed: Seed,
    ) -> Vec<Self> {
        let mut found: Vec<Self> = vec![];
        let mut best = 0;
        for count in 1..=most {
            let Some(fit) = Self::of(points, count, covariances, seed) else {
                break;
            };
            found.push(fit);
            let latest = &found[found.len() - 1];
            if Self::best(&found) == Some(latest) {
                best = found.len() - 1;
            }
            if found.len() > best + PATIENCE {
                break;
            }
        }
        found
    }

    /// Mean log-likelihood of other points, in nats.
    pub(crate) fn ln_likelihood_of(&self, points: &Points) -> f64 {
        let sum: f64 = points.rows().map(|x| ln_density(&self.components, x)).sum();
        sum / points.len() as f64
    }
}

fn ln_density(components: &[(f64, Gaussian)], x: &[f64]) -> f64 {
    let terms = components
        .iter()
        .map(|(weight, gaussian)| weight.ln() + gaussian.ln_pdf(x));
    ln_sum_exp(&terms.collect::<Vec<_>>())
}

fn ln_sum_exp(terms: &[f64]) -> f64 {
    let largest = terms.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    match largest.is_finite() {
        true => largest + terms.iter().map(|t| (t - largest).exp()).sum::<f64>().ln(),
        false => largest,
    }
}

/// The points, and what all fits share.
struct Problem<'a> {
    points: &'a Points,
    covariances: Covariances,
    /// What is added to the variance along each axis.
    floor: Vec<f64>,
}

impl<'a> Problem<'a> {
    fn new(points: &'a Points, covariances: Covariances) -> Option<Self> {
        let n = points.len() as f64;
        let variance = |k| {
            let axis = points.axis(k);
            let mean = axis.iter().sum::<f64>() / n;
            axis.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / n
        };
        let variances: Vec<f64> = (0..points.dim()).map(variance).collect();
        variances.iter().all(|v| *v > 0.0).then(|| Self {
            points,
            covariances,
            floor: variances.iter().map(|v| FLOOR * v).collect(),
        })
    }

    fn fit(&self, count: usize, rng: &mut Generator) -> Option<Fit> {
        let nearest = self.clusters(count, rng)?;
        let one_hot = |cluster: &usize| {
            let cluster = *cluster;
            (0..count).map(move |k| f64::from(u8::from(k == cluster)))
        };
        let mut shares: Vec<f64> = nearest.iter().flat_map(one_hot).collect();
        let mut components = self.maximise(&shares, count)?;
        let mut ln_likelihood = f64::NEG_INFINITY;
        for _ in 0..MOST_STEPS {
            let found = self.expect(&components, &mut shares);
            let gain = found - ln_likelihood;
            ln_likelihood = found;
            if gain.abs() < LEAST_GAIN {
                break;
            }
            components = self.maximise(&shares, count)?;
        }
        let (n, d) = (self.points.len() as f64, self.points.dim());
        let of_covariance = match self.covariances {
            Covariances::Full => d * (d + 1) / 2,
            Covariances::Diagonal => d,
        };
        let parameters = (count - 1 + count * (d + of_covariance)) as f64;
        let is_at_floor = |(_, gaussian): &&(f64, Gaussian)| {
            let variances = gaussian.covariance().iter().step_by(d + 1);
            variances
                .zip(&self.floor)
                .any(|(v, floor)| *v < 2.0 * floor)
        };
        let at_floor = components.iter().filter(is_at_floor).count();
        components.sort_by(|a, b| a.1.mean()[0].total_cmp(&b.1.mean()[0]));
        ln_likelihood.is_finite().then_some(Fit {
            components,
            ln_likelihood,
            bic: -2.0 * n * ln_likelihood + parameters * n.ln(),
            at_floor,
        })
    }

    /// The cluster of every point: centres chosen by k-means++ (Arthur & Vassilvitskii 2007), in units of the spread
    /// along each axis, and moved by some steps of k-means.
    fn clusters(&self, count: usize, rng: &mut Generator) -> Option<Vec<usize>> {
        let (n, d) = (self.points.len(), self.points.dim());
        let distance = |x: &[f64], y: &[f64]| -> f64 {
            let squares = x.iter().zip(y).zip(&self.floor);
            squares.map(|((x, y), scale)| (x - y).powi(2) / scale).sum()
        };
        let mut centres = vec![self.points.row(rng.random_range(0..n)).to_vec()];
        let mut near = vec![f64::INFINITY; n];
        while centres.len() < count {
            let latest = &centres[centres.len() - 1];
            for (near, x) in near.iter_mut().zip(self.points.rows()) {
                *near = near.min(distance(x, latest));
            }
            let total: f64 = near.iter().sum();
            if total <= 0.0 {
                return None;
            }
            let mut u = total * rng.random::<f64>();
            let chosen = near.iter().position(|near| {
                u -= near;
                u < 0.0
            });
            let chosen = chosen.or_else(|| near.iter().rposition(|near| *near > 0.0))?;
            centres.push(self.points.row(chosen).to_vec());
        }
        let mut nearest = vec![0; n];
        for _ in 0..LLOYD_STEPS {
            for (nearest, x) in nearest.iter_mut().zip(self.points.rows()) {
                let order = |a: &usize, b: &usize| {
                    distance(x, &centres[*a]).total_cmp(&distance(x, &centres[*b]))
                };
                *nearest = (0..count).min_by(order)?;
            }
            for (k, centre) in centres.iter_mut().enumerate() {
                let mut sum = vec![0.0; d];
                let mut size = 0.0;
                for (_, x) in nearest
                    .iter()
                    .zip(self.points.rows())
                    .filter(|(c, _)| **c == k)
                {
                    size += 1.0;
                    sum.iter_mut().zip(x).for_each(|(sum, x)| *sum += x);
                }
                if size > 0.0 {
                    *centre = sum.into_iter().map(|sum| sum / size).collect();
                }
            }
        }
        Some(nearest)
    }

    /// Writes the share of every component in every point, `[n, K]`; the mean log-likelihood.
    fn expect(&self, components: &[(f64, Gaussian)], shares: &mut [f64]) -> f64 {
        let mut sum = 0.0;
        let rows = shares.chunks_exact_mut(components.len());
        for (row, x) in rows.zip(self.points.rows()) {
            for (term, (weight, gaussian)) in row.iter_mut().zip(components) {
                *term = weight.ln() + gaussian.ln_pdf(x);
            }
            let ln_density = ln_sum_exp(row);
            row.iter_mut()
                .for_each(|term| *term = (*term - ln_density).exp());
            sum += ln_density;
        }
        sum / self.points.len() as f64
    }

    /// Weights, means and covariances that are best for these shares; `None` where a component has no points.
    fn maximise(&self, shares: &[f64], count: usize) -> Option<Vec<(f64, Gaussian)>> {
        let (n, d) = (self.points.len(), self.points.dim());
        let component = |k: usize| {
            let of_point = || shares.iter().skip(k).step_by(count).zip(self.points.rows());
            let size: f64 = of_point().map(|(share, _)| share).sum();
            if size < FEWEST_POINTS {
                return None;
            }
            let mut mean = vec![0.0; d];
            for (share, x) in of_point() {
                mean.iter_mut()
                    .zip(x)
                    .for_each(|(m, x)| *m += share * x / size);
            }
            let mut covariance = vec![0.0; d * d];
            for (share, x) in of_point() {
                for i in 0..d {
                    for j in 0..=i {
                        let product = (x[i] - mean[i]) * (x[j] - mean[j]);
                        covariance[i * d + j] += share * product / size;
                    }
                }
            }
            for i in 0..d {
                covariance[i * d + i] += self.floor[i];
                for j in 0..i {
                    if self.covariances == Covariances::Diagonal {
                        covariance[i * d + j] = 0.0;
                    }
                    covariance[j * d + i] = covariance[i * d + j];
                }
            }
            Some((size / n as f64, Gaussian::new(mean, covariance)?))
        };
        (0..count).map(component).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::target::{Component, Mixture};

    /// Two clouds, by formulas that Python can repeat.
    fn points() -> Points {
        let first = (0..120).flat_map(|i| {
            let i = f64::from(i);
            [0.5 * i.sin() - 2.0, (1.3 * i).cos()]
        });
        let second = (0..80).flat_map(|i| {
            let i = f64::from(i);
            let x = 1.2 * (2.1 * i).sin() + 2.0;
            [x, 0.5 * (0.7 * i).sin() + 0.3 * x]
        });
        Points::new(first.chain(second).collect(), 2)
    }

    /// scikit-learn: `GaussianMixture(2, covariance_type=..., tol=1e-12, max_iter=5000, n_init=5, reg_covar=1e-6)`
    /// fitted to the same points; `score` and `bic`, then weight and mean of the component that lies left.
    #[test]
    fn it_is_the_fit_of_scikit_learn() {
        for (covariances, score, bic, weight, mean) in [
            (
                Covariances::Full,
                -2.195_379_27,
                936.433_199_85,
                0.599_982_88,
                [-2.000_512_58, -0.002_614_05],
            ),
            (
                Covariances::Diagonal,
                -2.275_870_40,
                958.033_017_09,
                0.599_980_55,
                [-2.000_515_12, -0.002_653_77],
            ),
        ] {
            let found = Fit::of(&points(), 2, covariances, Seed(1)).unwrap();
            let left = &found.components[0];
            assert!(
                (found.ln_likelihood - score).abs() < 1e-4,
                "{}",
                found.ln_likelihood
            );
            assert!((found.bic - bic).abs() < 0.05, "{}", found.bic);
            assert!((left.0 - weight).abs() < 1e-4, "{}", left.0);
            for (found, expected) in left.1.mean().iter().zip(mean) {
                assert!((found - expected).abs() < 1e-4, "{found} {expected}");
            }
        }
    }

    #[test]
    fn one_component_has_the_moments_of_the_points() {
        let points = points();
        let found = Fit::of(&points, 1, Covariances::Full, Seed(0)).unwrap();
        let mean = |k| points.axis(k).iter().sum::<f64>() / 200.0;
        let (weight, gaussian) = &found.components[0];
        assert!((weight - 1.0).abs() < 1e-12);
        for k in 0..2 {
            assert!((gaussian.mean()[k] - mean(k)).abs() < 1e-12);
        }
        // −½(d ln 2π + ln det Σ + d), but for the floor.
        let c = gaussian.covariance();
        let ln_det = (c[0] * c[3] - c[1] * c[2]).ln();
        let expected = -(2.0 * std::f64::consts::PI).ln() - 0.5 * ln_det - 1.0;
        assert!((found.ln_likelihood - expected).abs() < 1e-5);
    }

    #[test]
    fn the_number_of_components_is_found() {
        let component = |mean: f64| {
            Component::Gaussian(Gaussian::diagonal(vec![mean, -mean], &[0.5, 1.0]).unwrap())
        };
        let law = Mixture::new(
            vec![0.5, 0.3, 0.2],
            [-4.0, 0.0, 5.0].map(component).to_vec(),
        );
        let draw = |i| law.sample(2000, &mut Seed(8).stream(Purpose::TestData, i, 0));
        let fits = Fit::of_any(&draw(0), 8, Covariances::Diagonal, Seed(0));
        let best = Fit::best(&fits).unwrap();
        assert_eq!(best.components.len(), 3);
        assert!(fits.len() <= 3 + PATIENCE);
        let weights: Vec<f64> = best.components.iter().map(|(weight, _)| *weight).collect();
        for (found, expected) in weights.iter().zip([0.5, 0.3, 0.2]) {
            assert!((found - expected).abs() < 0.04, "{weights:?}");
        }
        // The entropy of new points under the fit is that of the law, but for its errors.
        let other = draw(1);
        let truth = other.rows().map(|x| law.ln_pdf(x)).sum::<f64>() / 2000.0;
        let held_out = best.ln_likelihood_of(&other);
        assert!((truth - held_out).abs() < 0.01, "{truth} {held_out}");
    }

    /// A measured cloud, one of whose coordinates is written in whole numbers, as a watch gives it.
    #[test]
    fn no_component_collapses_onto_repeated_numbers() {
        let cloud = |mean: [f64; 2], std_devs: &[f64]| {
            Component::Gaussian(Gaussian::diagonal(mean.to_vec(), std_devs).unwrap())
        };
        let law = Mixture::new(
            vec![0.36, 0.64],
            vec![
                cloud([2.0, 54.0], &[0.3, 6.0]),
                cloud([4.3, 80.0], &[0.4, 6.0]),
            ],
        );
        for draw in 0..5 {
            let points = law.sample(220, &mut Seed(draw).stream(Purpose::TestData, 0, 0));
            let rounded = points.rows().flat_map(|x| [x[0], x[1].round()]);
            let points = Points::new(rounded.collect(), 2);
            let fits = Fit::of_any(&points, 8, Covariances::Full, Seed(0));
            let best = Fit::best(&fits).unwrap();
            assert_eq!(
                (best.components.len(), best.at_floor),
                (2, 0),
                "draw {draw}"
            );
        }
    }

    #[test]
    fn points_that_are_no_cloud_have_no_fit() {
        let line = Points::new((0..20).flat_map(|i| [f64::from(i), 1.0]).collect(), 2);
        assert_eq!(Fit::of(&line, 1, Covariances::Full, Seed(0)), None);
        let few = Points::new(vec![0.0, 1.0, 0.0, 1.0], 1);
        assert_eq!(Fit::of(&few, 3, Covariances::Full, Seed(0)), None);
    }
}
