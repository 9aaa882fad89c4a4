//! What dominates a run's error and what to change next, in words.

use crate::{
    diffusion::sampler::SamplerKind,
    experiment::{
        ExperimentConfig,
        run::record::{AttributionRecord, BoundTerm, ByCause, EvalRecord, TimestepLoss},
    },
    forecast::amplification::amplification,
    metric::{METRICS, Metric},
    text::{significant, with_digits},
};

/// The fraction of the excess loss that a range of timesteps is named for.
const MOST: f64 = 0.8;

/// The verdict on an evaluation; `None` where nothing is known of the law of the samples.
pub(crate) fn verdict(
    config: &ExperimentConfig,
    record: &EvalRecord,
    losses: &[TimestepLoss],
) -> Option<String> {
    let attribution = record.attribution.as_ref()?;
    let (shares, errors) = (&attribution.shares, attribution.standard_errors.as_ref());
    let total = attribution.total();
    let share = |of: fn(&ByCause<f64>) -> f64| {
        let part = estimate(of(shares), errors.map(|errors| of(&errors.shares)));
        format!(
            "{part} of W1 = {}",
            estimate(total.w1, total.standard_error)
        )
    };
    let blame = match attribution.verdict.as_str() {
        "sample_size" => return Some(nothing_to_blame(record, attribution)),
        "prior" => format!(
            "The prior is to blame, for {}: at t = T the signal is {}, and q_T is W1 = {} from the law that \
             sampling starts from. {}, or start where the forward process ends (`sampler.start` = \
             \"matched\").",
            share(|c| c.prior),
            significant(record.terminal_signal),
            record.prior_w1.map_or("–".into(), significant),
            reach_the_prior(config),
        ),
        "network" => format!(
            "The network is to blame, for {}{}. {}rain longer (`train.steps`) or wider \
             (`model.hidden_dim`).",
            share(|c| c.network),
            worst_timesteps(losses).map_or(String::new(), |(low, high)| format!(
                ": {:.0} % of its excess loss sits at t = {low} to {high}",
                100.0 * MOST
            )),
            amplified(config).map_or("T".into(), |found| found + ", or t"),
        ),
        _ => format!(
            "The discretisation is to blame, for {}: {} steps are too few for `{}`. {}.",
            share(|c| c.discretisation),
            record.num_sampling_steps,
            record.sampler,
            more_steps(config, record.num_sampling_steps),
        ),
    };
    Some(match &attribution.rival {
        Some(rival) => {
            format!("{blame} The share of the {rival} may be as large, within the errors.")
        }
        None => blame,
    })
}

/// That no cause stands out.
fn nothing_to_blame(record: &EvalRecord, attribution: &AttributionRecord) -> String {
    let (n, total) = (record.num_samples, attribution.total());
    let (w1, floor) = (
        estimate(total.w1, total.standard_error),
        significant(attribution.sample_floor),
    );
    // Along the axes, or in all classes together, not all can be seen.
    let is_all = record.axes.is_empty() && record.classes.is_empty();
    let others = if is_all { vec![] } else { beyond_noise(record) };
    let plane = if record.axes.is_empty() {
        ""
    } else {
        " along the axes"
    };
    let found = if total.w1 < attribution.sample_floor {
        format!(
            "Indistinguishable from the truth{plane} at n = {n}: without sampling noise W1 is {w1}, below the \
             {floor} that as many perfect samples show."
        )
    } else {
        format!(
            "No cause stands out: without sampling noise W1 is {w1}, where {n} perfect samples show {floor}, \
             and no share of it is beyond its error."
        )
    };
    if others.is_empty() {
        format!("{found} Draw more samples (`eval.num_samples`) to see a difference, or stop here.")
    } else {
        format!(
            "{found} But there is a difference that this does not show: {} beyond the noise.",
            match others.as_slice() {
                [one] => format!("{one} is"),
                [all @ .., last] => format!("{} and {last} are", all.join(", ")),
                [] => unreachable!("there are some"),
            }
        )
    }
}

/// The metrics of the samples that no perfect model would show.
fn beyond_noise(record: &EvalRecord) -> Vec<&'static str> {
    let judged = METRICS.iter().filter(|metric| metric.name() != "val_loss");
    let is_beyond = |metric: &&&dyn Metric| {
        let value = record.metrics.get(metric.name());
        value.and_then(|value| value.is_indistinguishable(metric.larger_is_better())) == Some(false)
    };
    judged
        .filter(is_beyond)
        .map(|metric| metric.name())
        .collect()
}

/// A number, with its standard error where it has one.
pub(crate) fn estimate(value: f64, standard_error: Option<f64>) -> String {
    match standard_error {
        Some(error) if error > 0.0 => format!("{} ± {}", significant(value), with_digits(error, 2)),
        _ => significant(value),
    }
}

fn reach_the_prior(config: &ExperimentConfig) -> &'static str {
    if config.process.build().terminal().signal == 1.0 {
        "Raise `sigma_max` of `process.schedule` until the data is lost in the noise"
    } else {
        "Use `process.schedule` = \"cosine\" or \"vp\", or a larger `process.num_timesteps`"
    }
}

/// Why a sampler without noise fails a network that predicts the noise where all is noise: nothing on the
/// way makes up for the error of its first step.
fn amplified(config: &ExperimentConfig) -> Option<String> {
    let draws_noise = match config.sampler.kind {
        SamplerKind::Ddim { eta } => eta > 0.0,
        SamplerKind::Euler { noise } => noise > 0.0,
        SamplerKind::Heun { s_churn, .. } => s_churn > 0.0,
        SamplerKind::DpmSolverPp2m | SamplerKind::Rk45 { .. } => false,
        SamplerKind::Ddpm { .. } | SamplerKind::DdpmX0 { .. } | SamplerKind::Exact => true,
    };
    let (next, gain) = amplification(config, &config.process.build()).filter(|_| !draws_noise)?;
    Some(format!(
        "The first step, to t = {}, multiplies the error of a predicted noise by {}, and a sampler without \
         noise keeps it: predict `v` (`model.prediction`)",
        significant(next),
        significant(gain),
    ))
}

fn more_steps(config: &ExperimentConfig, steps: usize) -> &'static str {
    if steps < config.process.num_timesteps {
        "Take more steps (`sampler.num_steps`)"
    } else {
        "Use more timesteps (`process.num_timesteps`) or another reverse variance (`sampler.variance`)"
    }
}

/// The shortest range of timesteps that holds most of the excess loss.
fn worst_timesteps(losses: &[TimestepLoss]) -> Option<(usize, usize)> {
    let excess: Vec<_> = losses.iter().map(|loss| loss.excess).collect();
    let (low, high) = most(&excess)?;
    Some((losses[low].t, losses[high].t))
}

/// The shortest range of timesteps that holds most of the nats.
pub(crate) fn dearest_timesteps(terms: &[BoundTerm]) -> Option<(usize, usize)> {
    let nats: Vec<_> = terms.iter().map(|term| term.nats).collect();
    let (low, high) = most(&nats)?;
    Some((terms[low].t, terms[high].t))
}

/// The first and last index of the shortest run of terms that holds most of their sum.
fn most(terms: &[f64]) -> Option<(usize, usize)> {
    let sum: f64 = terms.iter().sum();
    if sum <= 0.0 {
        return None;
    }
    let wanted = MOST * sum;
    let (mut low, mut held, mut best) = (0, 0.0, None::<(usize, usize)>);
    for (high, term) in terms.iter().enumerate() {
        held += term;
        while low < high && held - terms[low] >= wanted {
            held -= terms[low];
            low += 1;
        }
        if held >= wanted && best.is_none_or(|(a, b)| high - low < b - a) {
            best = Some((low, high));
        }
    }
    best
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worst_timesteps_are_the_shortest_range_with_most_of_the_excess() {
        let loss = |(i, excess): (usize, &f64)| TimestepLoss {
            t: i + 1,
            floor: 0.0,
            floor_standard_error: 0.0,
            loss: *excess,
            excess: *excess,
            excess_standard_error: 0.0,
        };
        let losses: Vec<_> = [1.0, 1.0, 40.0, 45.0, 3.0, 10.0]
            .iter()
            .enumerate()
            .map(loss)
            .collect();
        assert_eq!(worst_timesteps(&losses), Some((3, 4)));
        assert_eq!(worst_timesteps(&[]), None);
    }
}
