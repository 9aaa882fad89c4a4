//! How much of the truth lies outside the region where a model puts nearly all of its mass.

use crate::{target::Mixture, truth::OutputLaw};

/// The fraction of the model outside that region.
const OUTSIDE: f64 = 0.01;

/// Cells between two nodes of the curve of a law; half as many tell the numerical error.
const CELLS: usize = 4;

/// The fraction of the truth that a model misses.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Missed {
    pub(crate) value: f64,
    /// Numerical, or of the points that were counted.
    pub(crate) error: f64,
    /// The points that were counted; `None` where it is an integral.
    pub(crate) num_points: Option<usize>,
}

/// Test points that are asked where no integral can be.
const POINTS: usize = 500;

impl Missed {
    /// How many of the test points the flow is followed from.
    pub(crate) fn num_points(test: usize) -> usize {
        POINTS.min(test)
    }

    /// What stands for it before there is a model: nothing is known of it but how it will be found.
    pub(crate) fn unknown(num_points: Option<usize>) -> Self {
        Self {
            value: f64::NAN,
            error: f64::NAN,
            num_points,
        }
    }

    /// By the exact law of the samples, where `data` is in the same units.
    pub(crate) fn by_law(law: &OutputLaw, data: &Mixture) -> Self {
        let [fine, coarse] = [CELLS, CELLS / 2].map(|count| by_cells(law, data, count));
        Self {
            value: fine,
            error: (fine - coarse).abs(),
            num_points: None,
        }
    }

    /// By points with (ln p_θ, the part of the model that the point stands for, the part of the truth). Of what the
    /// model does not reach ln p_θ is −∞.
    pub(super) fn by_points(mut points: Vec<(f64, f64, f64)>, num_points: usize) -> Self {
        points.sort_by(|a, b| b.0.total_cmp(&a.0));
        let value = outside(points.iter().map(|(_, model, truth)| (*model, *truth)));
        Self {
            value,
            error: (value * (1.0 - value) / num_points as f64).sqrt(),
            num_points: Some(num_points),
        }
    }
}

/// The line in cells, from the densest to the emptiest.
fn by_cells(law: &OutputLaw, data: &Mixture, count: usize) -> f64 {
    let curve = &law.curve;
    let nodes = curve.nodes();
    let between = |pair: &[f64]| {
        let (low, width) = (pair[0], (pair[1] - pair[0]) / count as f64);
        (0..count)
            .map(|i| low + width * i as f64)
            .collect::<Vec<_>>()
    };
    let mut edges: Vec<_> = nodes.windows(2).flat_map(between).collect();
    edges.extend(nodes.last());
    let mut cells: Vec<_> = edges
        .windows(2)
        .map(|pair| {
            let mass = curve.cdf(pair[1]) - curve.cdf(pair[0]);
            let truth = data.cdf(pair[1]) - data.cdf(pair[0]);
            (mass / (pair[1] - pair[0]), mass, truth)
        })
        .collect();
    cells.sort_by(|a, b| b.0.total_cmp(&a.0));
    let (low, high) = (edges[0], edges[edges.len() - 1]);
    // Beyond the nodes the model has next to nothing.
    let rest = (0.0, 0.0, data.cdf(low) + data.survival(high));
    cells.push(rest);
    outside(cells.iter().map(|(_, model, truth)| (*model, *truth)))
}

/// The truth behind the first parts that hold all but [`OUTSIDE`] of the model; the part on the border is shared.
fn outside(parts: impl Iterator<Item = (f64, f64)> + Clone) -> f64 {
    let sum = |(a, b): (f64, f64), (model, truth): (f64, f64)| (a + model, b + truth);
    let (model, truth) = parts.clone().fold((0.0, 0.0), sum);
    let mut left = (1.0 - OUTSIDE) * model;
    let mut inside = 0.0;
    for (mass, part) in parts {
        if mass >= left {
            inside += if mass > 0.0 { part * left / mass } else { 0.0 };
            break;
        }
        left -= mass;
        inside += part;
    }
    ((truth - inside) / truth).clamp(0.0, 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        diffusion::{
            SamplerConfig, ScheduleConfig, Start,
            sampler::{Levels, SamplerKind},
        },
        target::{Component, Gaussian, special::normal_cdf},
        truth::{BayesDenoiser, Precision},
    };

    fn normal(mean: f64, std_dev: f64) -> Mixture {
        let gaussian = Gaussian::diagonal(vec![mean], &[std_dev]).unwrap();
        Mixture::new(vec![1.0], vec![Component::Gaussian(gaussian)])
    }

    /// The law that the exact denoiser of `data` gives.
    fn law_of(data: &Mixture) -> OutputLaw {
        let schedule = ScheduleConfig::Cosine.build(50).unwrap();
        let sampler = SamplerConfig {
            kind: SamplerKind::Rk45 { tolerance: 1e-7 },
            num_steps: None,
            levels: Levels::default(),
            start: Start::Exact,
        }
        .build(&schedule, &[], Some(data));
        let bayes = BayesDenoiser::new(data, &schedule);
        OutputLaw::of_sampler(data, &sampler, &bayes, Precision::Fine)
            .unwrap()
            .unwrap()
    }

    #[test]
    fn of_two_normal_laws_it_is_a_normal_probability() {
        // The region of N(0, s²) is |x| < 2.5758 s.
        let law = law_of(&normal(0.0, 1.0));
        let std_dev = law
            .curve
            .nodes()
            .iter()
            .map(|x| law.curve.pdf(*x))
            .fold(0.0, f64::max);
        let std_dev = 1.0 / (std_dev * (2.0 * std::f64::consts::PI).sqrt());
        for (mean, data) in [(0.0, 1.0), (0.0, 2.0), (1.0, 0.5)] {
            let found = Missed::by_law(&law, &normal(mean, data));
            let reach = 2.575_829 * std_dev;
            let exact = normal_cdf((-reach - mean) / data) + normal_cdf((mean - reach) / data);
            let gap = (found.value - exact).abs();
            assert!(
                gap < 2e-3 * exact.max(0.01) && found.error < 1e-3,
                "{found:?} {exact}"
            );
        }
    }

    #[test]
    fn what_the_model_does_not_reach_is_missed() {
        // 90 points of the model and of the truth, and ten of the truth alone.
        let mut points = vec![(-1.0, 1.0 / 90.0, 0.01); 90];
        points.extend(vec![(f64::NEG_INFINITY, 0.0, 0.01); 10]);
        let found = Missed::by_points(points, 100);
        // 1 % of the 90 lie outside by the share of the border.
        assert!((found.value - (0.1 + 0.9 * 0.01)).abs() < 1e-9, "{found:?}");
        // A model that puts half of its mass elsewhere leaves the truth that is densest.
        let mut points = vec![(-1.0, 0.005, 0.01); 100];
        points.extend(vec![(-2.0, 0.005, 0.0); 100]);
        assert!(Missed::by_points(points, 100).value < 1e-9);
    }
}
