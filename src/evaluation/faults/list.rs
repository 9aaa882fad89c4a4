//! Every fault of the samples of a run.

use super::{
    explained::{self, Range},
    overlapping,
    thickness::Thickness,
    within_modes::WithinModes,
};
use crate::{
    evaluation::judged::Tests,
    experiment::run::record::{EvalRecord, Fault},
    metric::{Spread, spread},
    points::Points,
    rng::{Purpose, Seed},
    target::{DensestRegion, Mixture},
};

/// Standard errors that chance does not reach.
const ERRORS: f64 = 4.0;

/// What is wrong with samples that some test rejects; nothing where none does. The truth is the law of the data, with its
/// densest region, where it has a density.
pub(crate) fn faults(
    record: &EvalRecord,
    samples: &Points,
    test: &Points,
    truth: Option<(&Mixture, &DensestRegion)>,
) -> Vec<Fault> {
    let tests = Tests::of(record);
    let rejected: Vec<_> = tests.rejected_of_samples().collect();
    let is_finite = samples.values().iter().all(|x| x.is_finite());
    if rejected.is_empty() || !is_finite {
        return vec![];
    }
    let (law, density) = (truth, truth.map(|(law, _)| law));
    let weights = law
        .filter(|_| rejected.contains(&"mode_weight_error"))
        .and_then(|law| heaviest(record, samples, law));
    let weights = weights.filter(|_| {
        let overlap = law.filter(|(law, _)| !are_apart(law, samples));
        overlap.is_none_or(|(law, region)| overlapping::are_weights(samples, law, region))
    });
    let are_apart = density.is_none_or(|law| are_apart(law, samples));
    // Where the modes run into each other, wrong weights look like wrong places and widths.
    let within = law.filter(|_| weights.is_none() || are_apart);
    let within = within.and_then(|(law, region)| WithinModes::of(samples, law, region));
    let thickness = law.and_then(|(law, region)| Thickness::of(samples, law, region));
    let spread = of_all(record, &rejected, samples, test, law, within.as_ref())
        .filter(|_| weights.is_none() && thickness.is_none());
    let has_one_mode = density.is_some_and(|law| law.components().len() == 1);
    let mut found: Vec<_> = weights.into_iter().collect();
    found.extend(within.as_ref().zip(density).and_then(displaced));
    let is_shape = spread.is_some() && has_one_mode;
    found.extend(within.as_ref().filter(|_| !is_shape).and_then(width));
    let explained = law.and_then(|(law, region)| match (&within, is_shape) {
        (_, true) => explained::by_covariance(samples, law, region),
        (Some(within), _) => Some(explained::by_modes(
            within,
            law,
            region,
            &record.modes,
            samples.len(),
        )),
        (None, _) => thickness.as_ref().map(|found| found.outside),
    });
    let num_curves = density.map_or(0, |law| law.components().len());
    found.extend(thickness.map(|found| Fault::Thickness {
        factor: found.factor,
        error: found.error,
        num_curves,
    }));
    found.extend(spread.map(|spread| of_spread(spread, samples.dim())));
    found.extend(outer(record, &rejected, explained));
    found.extend(missed(record, &tests));
    found
}

/// The mode whose share is the most wrong, also among what lies in the region that holds nearly all of the truth.
///
/// What lies elsewhere is of no mode, however near it is.
fn heaviest(
    record: &EvalRecord,
    samples: &Points,
    (law, region): (&Mixture, &DensestRegion),
) -> Option<Fault> {
    let perfect = perfect(law);
    let [(own, n), (truth, m)] = [samples, &perfect].map(|points| inside(points, law, region));
    let errors = |k: usize| {
        let (found, weight) = (own[k] / n, truth[k] / m);
        let variance = weight * (1.0 - weight) * (1.0 / n + 1.0 / m);
        (found - weight).abs() / variance.sqrt()
    };
    let modes = 0..record.modes.len().min(own.len());
    let worst = modes.max_by(|a, b| errors(*a).total_cmp(&errors(*b)))?;
    let mode = record.modes[worst];
    (errors(worst) > ERRORS).then(|| Fault::ModeWeights {
        centre: centre(law, worst),
        share: mode.value,
        weight: mode.truth,
    })
}

/// Perfect points.
fn perfect(law: &Mixture) -> Points {
    const POOL: usize = 1 << 14;
    law.stratified_sample(POOL, &mut Seed(0).stream(Purpose::MonteCarlo, 12, 0))
}

/// The sum of the shares of every component over the points inside a region, and the number of these.
fn inside(points: &Points, law: &Mixture, region: &DensestRegion) -> (Vec<f64>, f64) {
    let mut sums = vec![0.0; law.components().len()];
    let mut count = 0.0;
    let inside = points.rows().filter(|x| !region.leaves_out(law.ln_pdf(x)));
    for shares in inside.filter_map(|x| law.responsibilities(x)) {
        count += 1.0;
        sums.iter_mut().zip(shares).for_each(|(sum, r)| *sum += r);
    }
    (sums, count)
}

fn centre(law: &Mixture, k: usize) -> Vec<f64> {
    let component = &law.components()[k];
    (0..law.dim()).map(|i| component.mean(i)).collect()
}

/// Whether nearly every sample is of one component alone.
fn are_apart(law: &Mixture, samples: &Points) -> bool {
    const SURE: f64 = 0.98;
    let largest =
        |x: &[f64]| -> Option<f64> { law.responsibilities(x)?.into_iter().reduce(f64::max) };
    let found: Vec<_> = samples.rows().filter_map(largest).collect();
    found.iter().sum::<f64>() >= SURE * found.len() as f64
}

fn displaced((within, law): (&WithinModes, &Mixture)) -> Option<Fault> {
    let k = within.farthest?;
    let centre = centre(law, k);
    let found = centre.iter().zip(&within.shifts[k]).map(|(c, s)| c + s);
    Some(Fault::Displaced {
        found: found.collect(),
        centre,
    })
}

fn width(within: &WithinModes) -> Option<Fault> {
    let (factor, error) = within.factor?;
    Some(Fault::Width {
        factor,
        error,
        num_modes: within.shifts.len(),
    })
}

/// The spread of all samples, where it is wrong also inside the region that holds nearly all of the truth, and modes of
/// a wrong width do not explain it.
fn of_all(
    record: &EvalRecord,
    rejected: &[&str],
    samples: &Points,
    test: &Points,
    law: Option<(&Mixture, &DensestRegion)>,
    within: Option<&WithinModes>,
) -> Option<Spread> {
    if !rejected.contains(&"covariance_error") {
        return None;
    }
    let explains = within.is_some_and(|within| {
        let is_wrong = within.factor.is_some() || within.farthest.is_some();
        is_wrong && record.modes.len() > 1
    });
    let found = spread(samples, law.map(|(law, _)| law), test).filter(|_| !explains)?;
    let Some((law, region)) = law else {
        return Some(found);
    };
    let inside = spread_inside(samples, law, region, &found)?;
    let same_side = (inside.0 > 1.0) == (found.samples > found.data);
    (same_side && (inside.0 - 1.0).abs() > ERRORS * inside.1).then_some(found)
}

/// The spread inside the region along the direction of `found`, as a multiple of that of the truth there, and its
/// standard error for perfect samples.
fn spread_inside(
    samples: &Points,
    law: &Mixture,
    region: &DensestRegion,
    found: &Spread,
) -> Option<(f64, f64)> {
    let perfect = perfect(law);
    let places = |points: &Points| -> Vec<f64> {
        let inside = points.rows().filter(|x| !region.leaves_out(law.ln_pdf(x)));
        let place = |x: &[f64]| x.iter().zip(&found.direction).map(|(x, u)| x * u).sum();
        inside.map(place).collect()
    };
    let moments = |places: &[f64]| {
        let n = places.len() as f64;
        let mean = places.iter().sum::<f64>() / n;
        let power = |k: i32| places.iter().map(|x| (x - mean).powi(k)).sum::<f64>() / n;
        (power(2), power(4), n)
    };
    let (own, truth) = (places(samples), places(&perfect));
    if own.len() < 2 {
        return None;
    }
    let ((square, _, n), (true_square, fourth, m)) = (moments(&own), moments(&truth));
    let relative = fourth / true_square.powi(2) - 1.0;
    let error = 0.5 * (relative * (1.0 / n + 1.0 / m)).sqrt();
    Some(((square / true_square).sqrt(), error))
}

fn of_spread(found: Spread, dim: usize) -> Fault {
    Fault::Spread {
        correlation: found.correlation.filter(|_| dim == 2),
        direction: found.direction,
        samples: found.samples,
        data: found.data,
    }
}

/// The samples in the outer part of the truth, where the other faults do not explain their number.
fn outer(record: &EvalRecord, rejected: &[&str], explained: Option<Range>) -> Option<Fault> {
    let metric = record.metrics.get("outside_99")?;
    let (share, truth) = (metric.value?, metric.truth?);
    let is_rejected = rejected.contains(&"outside_99");
    let range = explained.unwrap_or(Range {
        low: truth,
        high: truth,
    });
    match is_rejected {
        true if share > truth && share > range.high => Some(Fault::Elsewhere { share, truth }),
        true if share < truth && share < range.low => Some(Fault::Crowded { share, truth }),
        _ => None,
    }
}

/// The truth that the model misses, where chance cannot explain it.
fn missed(record: &EvalRecord, tests: &Tests) -> Option<Fault> {
    let metric = record.metrics.get("missed_99")?;
    let (share, truth) = (metric.value?, metric.truth?);
    let is_beyond = metric.p_value? <= tests.level_of_one();
    (is_beyond && share > truth).then_some(Fault::Missed { share, truth })
}
