//! Modes that run into each other: whether wrong weights or wrong places and widths explain samples better.

use crate::{
    points::Points,
    target::{Component, DensestRegion, Gaussian, Mixture},
};

/// Samples that are looked at, at most.
const MOST: usize = 2000;

/// Steps of expectation and maximisation (Dempster et al. 1977).
const STEPS: usize = 40;

/// Whether the samples inside a region are explained by other weights of the modes at least as well as by other places
/// and another width, by Schwarz' criterion. Of modes that are no Gaussians it is not known, and taken to be so.
pub(super) fn are_weights(samples: &Points, law: &Mixture, region: &DensestRegion) -> bool {
    let inside = samples.rows().filter(|x| !region.leaves_out(law.ln_pdf(x)));
    let inside: Vec<_> = inside.take(MOST).collect();
    let Some(truth) = Modes::of(law) else {
        return true;
    };
    let (mut weights, mut places) = (truth.clone(), truth.clone());
    for _ in 0..STEPS {
        let (Some(of_weights), Some(of_places)) = (
            weights.with_weights(&inside),
            places.with_places(&inside, &truth),
        ) else {
            return true;
        };
        (weights, places) = (of_weights, of_places);
    }
    let modes = law.components().len() as f64;
    let free = [modes - 1.0, modes * law.dim() as f64 + 1.0];
    let cost = |modes: &Modes, free: f64| {
        let ln_pdf = inside.iter().map(|x| modes.law.ln_pdf(x)).sum::<f64>();
        0.5 * free * (inside.len() as f64).ln() - ln_pdf
    };
    cost(&weights, free[0]) <= cost(&places, free[1])
}

/// Gaussian modes.
#[derive(Clone)]
struct Modes {
    law: Mixture,
    gaussians: Vec<Gaussian>,
}

impl Modes {
    fn of(law: &Mixture) -> Option<Self> {
        let gaussian = |component: &Component| match component {
            Component::Gaussian(gaussian) => Some(gaussian.clone()),
            _ => None,
        };
        let gaussians: Option<_> = law.components().iter().map(gaussian).collect();
        Some(Self {
            law: law.clone(),
            gaussians: gaussians?,
        })
    }

    fn new(weights: Vec<f64>, gaussians: Vec<Gaussian>) -> Self {
        let components = gaussians.iter().cloned().map(Component::Gaussian);
        Self {
            law: Mixture::new(weights, components.collect()),
            gaussians,
        }
    }

    /// The share that each mode has of every point.
    fn shares(&self, points: &[&[f64]]) -> Option<Vec<Vec<f64>>> {
        points
            .iter()
            .map(|x| self.law.responsibilities(x))
            .collect()
    }

    /// One step to the weights that explain the points best.
    fn with_weights(&self, points: &[&[f64]]) -> Option<Self> {
        let shares = self.shares(points)?;
        let sum = |k: usize| shares.iter().map(|r| r[k]).sum::<f64>();
        let weights: Vec<_> = (0..self.gaussians.len()).map(sum).collect();
        let is_there = weights.iter().all(|weight| *weight > 0.0);
        is_there.then(|| Self::new(weights, self.gaussians.clone()))
    }

    /// One step to the places and the common width that explain the points best.
    fn with_places(&self, points: &[&[f64]], truth: &Self) -> Option<Self> {
        let (shares, d) = (self.shares(points)?, self.law.dim());
        let mean = |k: usize| -> Vec<f64> {
            let count = shares.iter().map(|r| r[k]).sum::<f64>();
            let sum = |i: usize| {
                points
                    .iter()
                    .zip(&shares)
                    .map(|(x, r)| r[k] * x[i])
                    .sum::<f64>()
            };
            (0..d).map(|i| sum(i) / count).collect()
        };
        let means: Vec<_> = (0..self.gaussians.len()).map(mean).collect();
        let mut squares = 0.0;
        for (x, shares) in points.iter().zip(&shares) {
            for (k, share) in shares.iter().enumerate() {
                let gap: Vec<_> = x.iter().zip(&means[k]).map(|(x, m)| x - m).collect();
                let pulled = truth.gaussians[k].precision_times(&gap);
                squares += share * gap.iter().zip(&pulled).map(|(a, b)| a * b).sum::<f64>();
            }
        }
        let factor = squares / (points.len() * d) as f64;
        let moved = means
            .into_iter()
            .zip(&truth.gaussians)
            .map(|(mean, gaussian)| {
                let covariance = gaussian.covariance().iter().map(|c| factor * c).collect();
                Gaussian::new(mean, covariance)
            });
        let gaussians = moved.collect::<Option<Vec<_>>>()?;
        Some(Self::new(self.law.weights().to_vec(), gaussians))
    }
}
