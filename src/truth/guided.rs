//! What classifier-free guidance aims at: the law p(x) p(c | x)^w / Z of every class.

use crate::target::Mixture;

/// Cells along an axis, in one dimension and in two.
const CELLS: [usize; 2] = [20_000, 600];

/// The guided law of one class, tabulated.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct GuidedLaw {
    /// Its distribution function along each axis.
    pub axes: Vec<TabulatedCdf>,
    /// How often the class is the most probable one of a draw from it.
    pub accuracy: f64,
}

/// A distribution function that is linear between its nodes.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct TabulatedCdf {
    x: Vec<f64>,
    cdf: Vec<f64>,
}

/// p(x) p(c | x)^w / Z (Ho & Salimans 2022, section 3.2, with w − 1 for their weight) for every class c
/// of `density`. It is found by the midpoint rule on a grid whose cells end where components do. The law
/// of the samples is this one only for w = 0 and w = 1: between, the score of the guided process is not
/// that of the guided law with noise. At w = 0 it is p(x) for every class. `None` above two
/// dimensions, and where w is below 0, for then p(c | x)^w may have no integral.
pub(crate) fn guided_laws(density: &Mixture, weight: f64) -> Option<Vec<GuidedLaw>> {
    let (dim, num_classes) = (density.dim(), density.num_classes());
    let cells = CELLS.get(dim - 1)?;
    if weight < 0.0 || num_classes == 0 {
        return None;
    }
    // Where the most probable class changes, a cell ends; in the plane no grid can do that.
    let boundaries = match dim {
        1 => density.class_boundaries(),
        _ => vec![],
    };
    let edges = |k| edges(&density.axis(k), *cells, &boundaries);
    let edges: Vec<Vec<f64>> = (0..dim).map(edges).collect();
    let mut sums: Vec<_> = (0..num_classes).map(|_| Sums::new(&edges)).collect();
    let sizes: Vec<usize> = edges.iter().map(|edges| edges.len() - 1).collect();
    for cell in 0..sizes.iter().product() {
        let place: Vec<usize> = match dim {
            1 => vec![cell],
            _ => vec![cell / sizes[1], cell % sizes[1]],
        };
        let ends = || {
            place
                .iter()
                .zip(&edges)
                .map(|(i, edges)| (edges[*i], edges[i + 1]))
        };
        let middle: Vec<_> = ends().map(|(low, high)| 0.5 * (low + high)).collect();
        let Some(posterior) = density.class_posterior(&middle) else {
            continue;
        };
        let mass = density.pdf(&middle) * ends().map(|(low, high)| high - low).product::<f64>();
        let largest = posterior.iter().copied().fold(0.0, f64::max);
        for (sums, p) in sums.iter_mut().zip(&posterior) {
            sums.add(&place, mass * p.powf(weight), *p == largest);
        }
    }
    sums.into_iter().map(|sums| sums.finish(&edges)).collect()
}

/// Where cells end along an axis: evenly over the support, where components end and at `others`.
fn edges(axis: &Mixture, cells: usize, others: &[f64]) -> Vec<f64> {
    let (low, high) = axis.support();
    let mut edges = axis.breakpoints();
    edges.extend(others);
    edges.extend((0..=cells).map(|i| low + (high - low) * i as f64 / cells as f64));
    edges.sort_by(f64::total_cmp);
    // Cells of no width, and those that rounding has made, hold nothing.
    edges.dedup_by(|a, b| (*a - *b).abs() < 1e-9 * (high - low));
    edges
}

/// The mass of the cells of one class.
struct Sums {
    /// In the slabs of every axis.
    slabs: Vec<Vec<f64>>,
    right: f64,
}

impl Sums {
    fn new(edges: &[Vec<f64>]) -> Self {
        Self {
            slabs: edges
                .iter()
                .map(|edges| vec![0.0; edges.len() - 1])
                .collect(),
            right: 0.0,
        }
    }

    fn add(&mut self, place: &[usize], mass: f64, is_right: bool) {
        for (slab, i) in self.slabs.iter_mut().zip(place) {
            slab[*i] += mass;
        }
        if is_right {
            self.right += mass;
        }
    }

    fn finish(self, edges: &[Vec<f64>]) -> Option<GuidedLaw> {
        let total: f64 = self.slabs[0].iter().sum();
        let axis = |(slabs, edges): (&Vec<f64>, &Vec<f64>)| {
            let running = slabs.iter().scan(0.0, |sum, mass| {
                *sum += mass / total;
                Some(*sum)
            });
            TabulatedCdf {
                x: edges.clone(),
                cdf: [0.0].into_iter().chain(running).collect(),
            }
        };
        (total > 0.0).then(|| GuidedLaw {
            axes: self.slabs.iter().zip(edges).map(axis).collect(),
            accuracy: self.right / total,
        })
    }
}

impl TabulatedCdf {
    /// F(x).
    pub(crate) fn at(&self, x: f64) -> f64 {
        let i = self.x.partition_point(|edge| *edge <= x);
        match i {
            0 => 0.0,
            i if i == self.x.len() => 1.0,
            i => {
                let share = (x - self.x[i - 1]) / (self.x[i] - self.x[i - 1]);
                self.cdf[i - 1] + share * (self.cdf[i] - self.cdf[i - 1])
            }
        }
    }

    /// W1 of sorted samples to it, ∫|F_n − F| dx.
    pub(crate) fn w1(&self, sorted: &[f64]) -> f64 {
        let mut nodes: Vec<f64> = self.x.iter().chain(sorted).copied().collect();
        nodes.sort_by(f64::total_cmp);
        let n = sorted.len() as f64;
        let between = |pair: &[f64]| {
            let empirical = sorted.partition_point(|x| *x <= pair[0]) as f64 / n;
            let (a, b) = (self.at(pair[0]) - empirical, self.at(pair[1]) - empirical);
            // The difference is linear in between: |a + (b − a)u|, integrated over u.
            let mean = match a * b < 0.0 {
                true => 0.5 * (a * a + b * b) / (a - b).abs(),
                false => 0.5 * (a + b).abs(),
            };
            mean * (pair[1] - pair[0])
        };
        nodes.windows(2).map(between).sum()
    }

    /// ∫√(F(1 − F)) dx: times √(2/(πn)) it is what n perfect samples show.
    pub(crate) fn spread(&self) -> f64 {
        let height = |p: f64| (p * (1.0 - p)).max(0.0).sqrt();
        let cells = self.x.windows(2).zip(self.cdf.windows(2));
        cells
            .map(|(x, p)| 0.5 * (height(p[0]) + height(p[1])) * (x[1] - x[0]))
            .sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        diffusion::{
            Classes, Conditional, Guided, ReverseProcess, SamplerConfig, ScheduleConfig, Start,
            WithoutClass,
            sampler::{Levels, SamplerKind},
        },
        distance::wasserstein::{sorted, spread_of_law, to_law},
        rng::{Purpose, Seed},
        target::{Component, Gaussian, UniformBox, special},
        truth::PerClass,
    };

    fn normal(mean: &[f64], sd: f64) -> Component {
        let gaussian = Gaussian::diagonal(mean.to_vec(), &vec![sd; mean.len()]);
        Component::Gaussian(gaussian.unwrap())
    }

    #[test]
    fn at_weight_zero_it_is_the_law_of_all_classes() {
        let data = Mixture::new(
            vec![0.4, 0.6],
            vec![normal(&[-0.5], 0.6), normal(&[1.0], 0.4)],
        );
        for guided in guided_laws(&data, 0.0).unwrap() {
            for x in [-1.0, 0.2, 1.1] {
                let error = guided.axes[0].at(x) - data.cdf(x);
                assert!(error.abs() < 1e-6, "{x}: {error}");
            }
        }
        assert_eq!(guided_laws(&data, -0.5), None);
    }

    #[test]
    fn without_guidance_it_is_the_law_of_the_class() {
        for dim in [1, 2] {
            let (low, high) = (vec![-1.0; dim], vec![0.4; dim]);
            let data = Mixture::new(
                vec![0.4, 0.6],
                vec![normal(&vec![-0.5; dim], 0.6), normal(&low, 0.4)],
            );
            let laws = guided_laws(&data, 1.0).unwrap();
            for (class, guided) in (0..).zip(&laws) {
                let law = data.of_class(class).unwrap();
                let samples = law.sample(300, &mut Seed(1).stream(Purpose::TestData, 0, 0));
                for (k, axis) in guided.axes.iter().enumerate() {
                    let exact = law.axis(k);
                    let samples = sorted(samples.axis(k));
                    let errors = [
                        axis.w1(&samples) - to_law(&samples, &exact),
                        axis.spread() - spread_of_law(&exact),
                        axis.at(0.1) - exact.cdf(0.1),
                    ];
                    // What is linear between nodes errs by the square of their distance.
                    let bound = [1e-5, 1e-3][dim - 1];
                    assert!(errors.iter().all(|e| e.abs() < bound), "{dim}D: {errors:?}");
                }
            }
            // Regions that do not overlap stay as they are, whatever the weight.
            let box_of = |low: Vec<f64>, high: Vec<f64>| {
                Component::Uniform(UniformBox::new(low, high).unwrap())
            };
            let beside = vec![1.0; dim];
            let data = Mixture::new(
                vec![0.3, 0.7],
                vec![box_of(low, high.clone()), box_of(high, beside)],
            );
            let guided = &guided_laws(&data, 5.0).unwrap()[1];
            assert!((guided.axes[0].at(0.7) - 0.5).abs() < 1e-5);
            assert!((guided.accuracy - 1.0).abs() < 1e-9);
        }
    }

    #[test]
    fn two_equal_gaussians_are_guided_away_from_each_other() {
        // N(±1, 1) with w = 2: p(x) p(c|x)² = p(x, c)²/p(x) up to a constant; by direct quadrature.
        let data = Mixture::new(
            vec![0.5, 0.5],
            vec![normal(&[-1.0], 1.0), normal(&[1.0], 1.0)],
        );
        let guided = &guided_laws(&data, 2.0).unwrap()[1];
        let g = |x: f64| data.of_class(1).unwrap().pdf(&[x]).powi(2) / data.pdf(&[x]);
        let panels =
            |low: f64| -> Vec<f64> { (0..=80).map(|i| low + 0.15 * f64::from(i)).collect() };
        let above = |low: f64| crate::target::quadrature::integrate(&panels(low), g);
        let total = above(-9.0) + above(3.0);
        let part = above(0.0) / total;
        assert!(
            (guided.accuracy - part).abs() < 1e-6,
            "{} {part}",
            guided.accuracy
        );
        assert!((1.0 - guided.axes[0].at(0.0) - part).abs() < 1e-6);
        assert!(guided.accuracy > special::normal_cdf(1.0));
        assert!(guided_laws(&data, -1.0).is_none());
    }

    #[test]
    fn guided_samples_follow_the_guided_flow_and_not_the_guided_law() {
        // The flow dx = −σ [s + w (s_c − s)] dσ from q(x | c) at σ = 8 to the data, by solve_ivp of SciPy
        // to 1e-9 from 4000 quantiles. p(x) p(c | x)^w / Z is on a grid of 480,001 places. The numbers
        // are mean and standard deviation of the outcome, and its W1 to the guided law. Without guidance
        // they are the same, and with it the samples are drawn beyond it.
        let flows = [
            (1.0, 0.8, 0.5, 0.0),
            (2.0, 1.035_588_9, 0.367_541_0, 0.182_689_3),
            (4.0, 1.296_385_1, 0.287_655_8, 0.398_239_9),
        ];
        let data = Mixture::new(
            vec![0.4, 0.6],
            vec![normal(&[-1.0], 0.6), normal(&[0.8], 0.5)],
        );
        let ve = ScheduleConfig::Ve {
            sigma_max: 8.0,
            rate: 9.0,
        };
        let schedule = ve.build(200).unwrap();
        let heun = SamplerConfig {
            kind: SamplerKind::Heun {
                s_churn: 0.0,
                s_tmin: 0.0,
                s_tmax: 1e9,
                s_noise: 1.0,
            },
            num_steps: None,
            levels: Levels::default(),
            start: Start::Exact,
        };
        let sampler = heun.build(&schedule, &[], Some(&data));
        let bayes = PerClass::bayes(&data, &schedule, true);
        let n = 20_000;
        for (weight, mean, std_dev, beyond) in flows {
            let (model, guide) = (
                Conditional::new(&bayes, Classes::Same(1)),
                WithoutClass(&bayes),
            );
            let guided = Guided::new(model, &guide, weight);
            let last = ReverseProcess::new(&sampler, &guided, n, Seed(3)).samples();
            let samples = sorted(last.unwrap().axis(0));
            // Five standard errors of each, and what Heun's method errs in 200 steps.
            let error = std_dev / (n as f64).sqrt();
            let found = samples.iter().sum::<f64>() / n as f64;
            assert!(
                (found - mean).abs() < 5.0 * error + 1e-4,
                "{weight}: {found}"
            );
            let squares = samples.iter().map(|x| (x - found).powi(2)).sum::<f64>();
            let found = (squares / n as f64).sqrt();
            assert!(
                (found - std_dev).abs() < 5.0 * error + 1e-4,
                "{weight}: {found}"
            );
            // W1 moves by no more than that of the samples to their own law, about its mean, 2 error.
            let law = &guided_laws(&data, weight).unwrap()[1].axes[0];
            let found = law.w1(&samples);
            assert!((found - beyond).abs() < 5.0 * error, "{weight}: {found}");
        }
    }
}
