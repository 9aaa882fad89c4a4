//! The likelihood that a model gives to data, beside that of the truth.

use crate::{
    diffusion::{Denoiser, NoiseSchedule, StartLaw},
    error::Result,
    target::{
        Estimate, Mixture, quadrature,
        special::{LN_SQRT_2PI, ln_sum_exp, normal_lower_quantile},
    },
    truth::{LogLikelihood, Missed, OutputLaw, log_likelihood},
};

/// ln p_θ with a larger numerical error than this, in nats, adds nothing to the mass.
const MAX_ERROR: f64 = 1.0;

/// A point to which the model gives less than this fraction of its true density is one that it misses.
const MISSED: f64 = 0.01;

/// E ln p_θ(x) over the law of the data, with ln p_θ by the probability flow and its exact divergence (see
/// [`log_likelihood`]).
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct ModelLikelihood {
    /// KL(data ‖ model) = E[ln p(x) − ln p_θ(x)] in nats, the same in all units: how far E ln p_θ is below
    /// −H(p). In one dimension by quadrature with its numerical error, else over test points. `None` where
    /// sampling does not reach all of them: a mean over the rest would leave out the worst.
    pub kl: Option<Estimate>,
    /// ∫p_θ, which must be 1 if p_θ is a density: in one dimension by quadrature, else by
    /// importance sampling from the test points and as many of a wide normal law.
    pub mass: Estimate,
    /// The fraction of the data that sampling does not reach, so that p_θ is 0 or not known there.
    pub unreached: f64,
    /// Points at which p_θ was evaluated.
    pub num_points: usize,
    /// Steps of the probability flow.
    pub num_steps: usize,
    /// How the shortfall is spread over the test points; `None` where the mean is an integral.
    pub over_points: Option<OverPoints>,
    /// The fraction of the truth outside the region that holds 99 % of the flow; in more than one dimension.
    pub missed: Option<Missed>,
}

/// ln p − ln p_θ over test points, by what no single one of them decides.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct OverPoints {
    /// Its median, in nats; points that sampling does not reach are above every number. `None` where that
    /// is half of them.
    pub median: Option<f64>,
    /// The fraction of the points to which the model gives less than a hundredth of their true density.
    pub missed: f64,
    /// The smallest number of points that make up half of the sum of |ln p − ln p_θ|, those that sampling
    /// does not reach left out.
    pub carrying: usize,
}

impl OverPoints {
    /// Of (ln p, ln p_θ) of every point; `None` for p_θ where sampling does not reach it.
    fn of(points: &[(f64, Option<f64>)]) -> Self {
        let gaps = points
            .iter()
            .map(|(ln_p, found)| found.map(|found| ln_p - found));
        let above_all = |gap: Option<f64>| gap.unwrap_or(f64::INFINITY);
        let gaps: Vec<_> = gaps.map(above_all).collect();
        let is_missed = |gap: &&f64| **gap > -MISSED.ln();
        let mut sizes: Vec<_> = gaps
            .iter()
            .map(|gap| gap.abs())
            .filter(|gap| gap.is_finite())
            .collect();
        sizes.sort_by(|a, b| b.total_cmp(a));
        let half = 0.5 * sizes.iter().sum::<f64>();
        let sums = sizes.iter().scan(0.0, |sum, size| {
            *sum += size;
            Some(*sum)
        });
        Self {
            median: median(gaps.clone()),
            missed: gaps.iter().filter(is_missed).count() as f64 / points.len() as f64,
            carrying: sums.take_while(|sum| *sum < half).count() + 1,
        }
    }
}

/// The median, if it is finite.
fn median(mut values: Vec<f64>) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    let n = values.len();
    let median = 0.5 * (values[(n - 1) / 2] + values[n / 2]);
    median.is_finite().then_some(median)
}

impl ModelLikelihood {
    /// The likelihood of data under the exact law of what a run draws, in one dimension: its own sampler,
    /// step by step, and not the probability flow. `None` where the law gives some of the data none.
    pub(crate) fn of_law(law: &OutputLaw) -> Option<Self> {
        let kl = law.distances.kl_forward;
        kl.value.is_finite().then_some(Self {
            kl: Some(kl),
            mass: Estimate {
                value: law.mass(),
                standard_error: law.mass_error,
            },
            unreached: 0.0,
            num_points: law.curve.nodes().len(),
            num_steps: law.trajectory.len() - 1,
            over_points: None,
            missed: None,
        })
    }

    /// The likelihood of data of the law `data` under what the probability flow of `denoiser` draws from
    /// `start`, followed in `num_steps` steps. `test` holds row-major draws of the data, used in more
    /// than one dimension; all in standardised units. `None` where the data has no density.
    pub(crate) fn new(
        data: &Mixture,
        denoiser: &dyn Denoiser,
        schedule: &NoiseSchedule,
        num_steps: usize,
        start: &StartLaw,
        test: &[f64],
    ) -> Result<Option<Self>> {
        let d = data.dim();
        if !data.has_density() || test.is_empty() {
            return Ok(None);
        }
        // Places with their ln p and their part of the data.
        let (x, weights): (Vec<_>, Vec<_>) = match d {
            1 => quadrature::nodes(&data.panel_edges())
                .map(|(x, weight)| (x, weight * data.pdf(&[x])))
                .filter(|(_, part)| *part > NEGLIGIBLE)
                .unzip(),
            _ => {
                let n = test.len() / d;
                (test.to_vec(), vec![1.0 / n as f64; n])
            }
        };
        let found = log_likelihood(denoiser, schedule, num_steps, start, &x)?;
        let ln_p: Vec<f64> = x.chunks_exact(d).map(|x| data.ln_pdf(x)).collect();
        let is_unreached = weights
            .iter()
            .zip(&found)
            .filter(|(_, found)| found.is_none());
        let unreached: f64 = is_unreached.map(|(part, _)| part).sum();
        let reached = weights.iter().zip(&ln_p).zip(&found);
        let terms: Vec<_> = reached
            .filter_map(|((part, ln_p), found)| {
                found.map(|found| (*part, ln_p - found.value, found.error))
            })
            .collect();
        let mut missed = None;
        let mass = match d {
            1 => mean(&terms, d, |gap| (-gap).exp()),
            d => {
                let wide = wide_points(d, found.len());
                let there = log_likelihood(denoiser, schedule, num_steps, start, &wide)?;
                missed = missed_by(data, [(&x, &found), (&wide, &there)]);
                mass(data, &[(&x, &found), (&wide, &there)])
            }
        };
        let values = found.iter().map(|found| found.map(|found| found.value));
        let by_point: Vec<_> = ln_p.iter().copied().zip(values).collect();
        Ok(Some(Self {
            kl: (unreached == 0.0).then(|| mean(&terms, d, |gap| gap)),
            mass,
            unreached,
            num_points: found.len(),
            num_steps,
            over_points: (d > 1).then(|| OverPoints::of(&by_point)),
            missed,
        }))
    }
}

/// The mean of `f` over (part of the data, ln p − ln p_θ, numerical error): with its standard error over
/// points, or by quadrature with its numerical error.
fn mean(terms: &[(f64, f64, f64)], d: usize, f: impl Fn(f64) -> f64) -> Estimate {
    let whole: f64 = terms.iter().map(|(part, ..)| part).sum();
    let sum: f64 = terms.iter().map(|(part, gap, _)| part * f(*gap)).sum();
    let value = sum / whole;
    let square = |(part, gap, _): &(f64, f64, f64)| part * (f(*gap) - value).powi(2);
    let variance = terms.iter().map(square).sum::<f64>() / whole;
    let numerical: f64 = terms.iter().map(|(part, _, error)| part * error).sum();
    Estimate {
        value,
        standard_error: match d {
            1 => numerical,
            _ => (variance / terms.len() as f64).sqrt().hypot(numerical),
        },
    }
}

/// Nodes of less mass are left out.
const NEGLIGIBLE: f64 = 1e-9;

/// Standard deviation of the wide law, along each axis: that of standardised data is about 1.
const WIDE: f64 = 2.0;

/// `n` points of N(0, 2² I), evenly: an additive recurrence (Roberts 2018) through the normal quantiles.
fn wide_points(d: usize, n: usize) -> Vec<f64> {
    // The root of x^{d + 1} = x + 1.
    let root = (0..60).fold(2.0, |x: f64, _| (1.0 + x).powf(1.0 / (d as f64 + 1.0)));
    let place = |i: usize, k: usize| (0.5 + i as f64 * root.powi(-(k as i32 + 1))).fract();
    let points = (1..=n).flat_map(|i| (0..d).map(move |k| (i, k)));
    points
        .map(|(i, k)| match place(i, k) {
            u if u > 0.5 => -WIDE * normal_lower_quantile(1.0 - u),
            u => WIDE * normal_lower_quantile(u.max(f64::MIN_POSITIVE)),
        })
        .collect()
}

/// The density of the wide law, in nats.
fn ln_wide(x: &[f64]) -> f64 {
    let square: f64 = x.iter().map(|x| (x / WIDE).powi(2)).sum();
    -0.5 * square - x.len() as f64 * (WIDE.ln() + LN_SQRT_2PI)
}

/// Points, row by row, and ln p_θ at each.
type Found<'a> = (&'a Vec<f64>, &'a Vec<Option<LogLikelihood>>);

/// The fraction of the test points outside the region that holds 99 % of the flow. The mass of the flow is found by
/// importance sampling from both halves, so that what it has beside the data counts too.
fn missed_by(data: &Mixture, [test, wide]: [Found; 2]) -> Option<Missed> {
    let d = data.dim();
    let num_points = test.1.len();
    let point = |(x, found): (&[f64], &Option<LogLikelihood>), truth: f64| {
        let ln_p = found.map_or(f64::NEG_INFINITY, |found| found.value);
        let known = found.filter(|found| found.error <= MAX_ERROR);
        let model = known.map_or(0.0, |found| {
            (found.value - ln_sum_exp(&[data.ln_pdf(x), ln_wide(x)])).exp()
        });
        (ln_p, model, truth)
    };
    let of = |(x, found): Found, truth: f64| -> Vec<_> {
        let pairs = x.chunks_exact(d).zip(found);
        pairs.map(|pair| point(pair, truth)).collect()
    };
    let points = [of(test, 1.0), of(wide, 0.0)].concat();
    let has_mass = points.iter().any(|(_, model, _)| *model > 0.0);
    has_mass.then(|| Missed::by_points(points, num_points))
}

/// ∫p_θ by importance sampling: half of the points are draws of the data, half of the wide law, so that
/// mass beside the data counts too.
fn mass(data: &Mixture, halves: &[Found; 2]) -> Estimate {
    let d = data.dim();
    let ratio = |(x, found): (&[f64], &Option<LogLikelihood>)| {
        let known = found.filter(|found| found.error <= MAX_ERROR);
        let ln_both = [data.ln_pdf(x), ln_wide(x)];
        known.map_or(0.0, |found| {
            2.0 * (found.value - ln_sum_exp(&ln_both)).exp()
        })
    };
    let points = halves
        .iter()
        .flat_map(|(x, found)| x.chunks_exact(d).zip(*found));
    let ratios: Vec<f64> = points.map(ratio).collect();
    let n = ratios.len() as f64;
    let value = ratios.iter().sum::<f64>() / n;
    let squares: f64 = ratios.iter().map(|ratio| (ratio - value).powi(2)).sum();
    Estimate {
        value,
        standard_error: squares.sqrt() / n,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        diffusion::{ScheduleConfig, Start},
        rng::{Purpose, Seed},
        target::{Component, Gaussian},
        truth::{BayesDenoiser, linear_denoiser},
    };

    #[test]
    fn the_bayes_denoiser_is_a_density_near_that_of_the_data() {
        let gaussian = |mean: &[f64]| {
            let sds = vec![0.5; mean.len()];
            Component::Gaussian(Gaussian::diagonal(mean.to_vec(), &sds).unwrap())
        };
        for d in [1, 2] {
            let modes = vec![gaussian(&vec![-0.8; d]), gaussian(&vec![0.8; d])];
            let data = Mixture::new(vec![0.4, 0.6], modes);
            let schedule = ScheduleConfig::Cosine.build(200).unwrap();
            let bayes = BayesDenoiser::new(&data, &schedule);
            let start = Start::Standard.law(&schedule, None);
            let mut rng = Seed(3).stream(Purpose::TestData, 0, 0);
            let test = data.sample(200, &mut rng);
            let of = |denoiser: &dyn Denoiser| {
                let test = test.values();
                ModelLikelihood::new(&data, denoiser, &schedule, 50, &start, test)
                    .unwrap()
                    .unwrap()
            };
            let found = of(&bayes);
            let slack = 4.0 * found.mass.standard_error + 1e-3;
            assert!((found.mass.value - 1.0).abs() < slack, "{found:?}");
            let kl = found.kl.unwrap();
            assert!(kl.value.abs() < 4.0 * kl.standard_error + 0.01, "{kl:?}");
            // A denoiser that knows two moments alone is further from the data.
            let linear = of(&linear_denoiser(&data, &schedule));
            assert!(linear.kl.unwrap().value > kl.value + 0.02, "{linear:?}");
        }
    }

    /// Data N(0, 0.5² I), and the Bayes denoiser of that data. Two of the points that it is asked about lie 20
    /// and 30 standard deviations away. They are in the mean, and by the closed form of the model's law.
    #[test]
    fn points_far_from_the_data_stay_in_the_mean() {
        let gaussian = Gaussian::diagonal(vec![0.0, 0.0], &[0.5, 0.5]).unwrap();
        let data = Mixture::new(vec![1.0], vec![Component::Gaussian(gaussian)]);
        let schedule = ScheduleConfig::Cosine.build(50).unwrap();
        let bayes = BayesDenoiser::new(&data, &schedule);
        let start = Start::Standard.law(&schedule, None);
        let mut rng = Seed(5).stream(Purpose::TestData, 0, 0);
        let mut test = data.sample(100, &mut rng).values().to_vec();
        test.extend([10.0, 0.0, 9.0, -12.0]);
        let found = ModelLikelihood::new(&data, &bayes, &schedule, 50, &start, &test);
        let found = found.unwrap().unwrap();
        // The flow scales both axes alike: from N(0, 1) at T by the ratio of standard deviations, then by x̂0.
        let sd = |t: usize| {
            let level = schedule.level(t);
            (level.signal.powi(2) * 0.25 + level.noise.powi(2)).sqrt()
        };
        let last = schedule.level(1).signal * 0.25 / sd(1).powi(2);
        let scale = sd(1) / sd(50) * last;
        let model = Gaussian::diagonal(vec![0.0, 0.0], &[scale, scale]).unwrap();
        let model = Mixture::new(vec![1.0], vec![Component::Gaussian(model)]);
        let gaps = test
            .chunks_exact(2)
            .map(|x| data.ln_pdf(x) - model.ln_pdf(x));
        let exact = gaps.sum::<f64>() / 102.0;
        let kl = found.kl.unwrap();
        assert!(
            (kl.value - exact).abs() < 1e-4 * exact.abs(),
            "{kl:?} {exact}"
        );
        assert!((found.unreached, found.num_points) == (0.0, 102));
        assert_eq!(found.over_points.unwrap().carrying, 1);
    }

    #[test]
    fn points_that_are_not_reached_are_counted_and_above_all_others() {
        let mut points = vec![(0.0, Some(-0.1)); 97];
        points.extend([(0.0, Some(-400.0)), (0.0, None), (0.0, None)]);
        let over = OverPoints::of(&points);
        assert_eq!(over.median, Some(0.1));
        assert_eq!(over.missed, 0.03);
        assert_eq!(over.carrying, 1);
        let none = OverPoints::of(&[(0.0, None), (0.0, None), (0.0, Some(1.0))]);
        assert_eq!((none.median, none.carrying), (None, 1));
    }
}
