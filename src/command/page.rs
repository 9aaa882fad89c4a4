//! The page about one run: `eval/report.md`.

use super::{
    evaluation::Evaluation,
    output::{significant, with_digits},
    report::render_template,
};
use crate::{
    error::Result,
    experiment::record::{AttributionRecord, ByCause},
    metric::{AxisAgreement, ClassMetrics, METRICS, Metric},
};
use minijinja::{Value, context};

const TEMPLATE: &str = include_str!("page.md.jinja");

/// What each figure shows, by file name.
const CAPTIONS: &[(&str, &str)] = &[
    ("histogram.png", "The samples against the true density"),
    ("attribution.png", "Where the error comes from"),
    (
        "loss_by_timestep.png",
        "The loss against the best possible one, timestep by timestep",
    ),
    ("denoiser_error.png", "Where the learned denoiser errs"),
    (
        "wasserstein.png",
        "The reverse process against the forward process, timestep by timestep",
    ),
    ("marginals.png", "Both processes at chosen timesteps"),
    ("loss.png", "Training"),
    ("samples.png", "Real and generated points"),
    (
        "density.png",
        "Where there are too many samples and too few",
    ),
    ("reverse.gif", "The reverse process, moving"),
    ("summary.png", "Data, samples, training and schedule"),
    ("forward.png", "The forward process at chosen timesteps"),
    ("reverse.png", "The reverse process at chosen timesteps"),
    ("recovered.png", "Points noised and recovered in one step"),
    (
        "field.png",
        "What the denoiser answers over the plane, and the exact answer",
    ),
    ("trajectories.png", "Single points on their way"),
    ("seeds.png", "Samples from different noise"),
    ("steps.png", "Samples from the same noise by fewer steps"),
    ("classes.png", "The classes of data and samples"),
    ("probability.png", "The log-density of chosen points"),
    ("schedule.png", "The noise schedule"),
];

/// The page, with the figures that were drawn.
pub(super) fn render(evaluation: &Evaluation, figures: &[&str]) -> Result<String> {
    let (config, record) = (&evaluation.run.config, &evaluation.record);
    let rows: Vec<_> = METRICS
        .iter()
        .filter_map(|metric| row(evaluation, *metric))
        .collect();
    let drawn = CAPTIONS.iter().filter(|(name, _)| figures.contains(name));
    let shown: Vec<_> = drawn
        .map(|(name, caption)| context! { name => *name, caption => *caption })
        .collect();
    render_template(
        TEMPLATE,
        context! {
            name => config.name.clone(),
            seed => config.seed,
            schedule => config.process.schedule.kind(),
            num_timesteps => config.process.num_timesteps,
            sampler => record.sampler.clone(),
            num_sampling_steps => record.num_sampling_steps,
            num_samples => record.num_samples,
            step => record.step,
            checkpoint => record.checkpoint.clone(),
            verdict => record.verdict.clone(),
            why_not => why_not(evaluation),
            metrics => rows,
            agreement => record.axes.iter().enumerate().map(axis).collect::<Vec<_>>(),
            classes => class_rows(evaluation),
            axes => axes(evaluation.samples.dim()),
            w1_of => if evaluation.dataset.density.is_some() { "exact law" } else { "test points" },
            guidance => (config.guidance != 1.0).then(|| config.guidance.to_string()),
            attribution => record.attribution.as_ref().map(attribution),
            floor => record.attribution.as_ref().map(|a| significant(a.sample_floor)),
            w1_error => record.exact_law.as_ref().map(|law| with_digits(law.w1_error, 2)),
            figures => shown,
        },
    )
}

/// A line of the table of the axes.
fn axis((index, agreement): (usize, &AxisAgreement)) -> Value {
    let number = |x: Option<f64>| x.map_or("–".into(), significant);
    context! {
        name => format!("x{}", index + 1),
        w1 => number(agreement.w1),
        w1_floor => number(agreement.w1_noise_floor),
        w1_test => significant(agreement.w1_test),
        w1_test_floor => significant(agreement.w1_test_noise_floor),
        overlap => number(agreement.histogram_overlap),
        overlap_floor => number(agreement.histogram_overlap_noise_floor),
    }
}

/// What stands behind W1 for each axis.
fn axes(dim: usize) -> Vec<String> {
    match dim {
        1 => vec![String::new()],
        _ => (1..=dim).map(|k| format!(" along x{k}")).collect(),
    }
}

/// A row of the table of classes each.
fn class_rows(evaluation: &Evaluation) -> Vec<Value> {
    let names = evaluation.dataset.classes.as_ref();
    let names = names.and_then(|classes| classes.names.as_deref());
    let total = evaluation.samples.len() as f64;
    let row = |class: &ClassMetrics| {
        let w1 = match class.w1.is_empty() {
            true => &class.w1_test,
            false => &class.w1,
        };
        let w1: Vec<_> = w1
            .iter()
            .map(|w1| context! { value => significant(w1.value), floor => significant(w1.noise_floor) })
            .collect();
        let accuracy = class.accuracy.map(|a| {
            let [value, low, high] = [a.value, a.low, a.high].map(significant);
            format!("{value} ({low} to {high})")
        });
        context! {
            name => names.map_or(class.class.to_string(), |names| names[class.class as usize].clone()),
            num_samples => class.num_samples,
            share => significant(class.num_samples as f64 / total),
            weight => significant(class.weight),
            accuracy => accuracy.unwrap_or("–".into()),
            truth => class.accuracy.map_or("–".into(), |a| significant(a.truth)),
            w1,
        }
    };
    evaluation.record.classes.iter().map(row).collect()
}

/// Why there is no attribution.
fn why_not(evaluation: &Evaluation) -> &'static str {
    if evaluation.dataset.density.is_none() {
        "The density of the data is not known, so there is no truth to compare with, and nothing to blame."
    } else if evaluation.run.config.model.class_conditional {
        "The law of the samples is found for a denoiser that is told no class: there is no attribution."
    } else if evaluation.dataset.dim() > 1 {
        "In more than one dimension the law of the samples is not known without noise: there is no attribution."
    } else if evaluation.run.config.eval.exact {
        "With so many timesteps the law of the samples is not computed: there is no attribution."
    } else {
        "`eval.exact` is false: the law of the samples was not computed, and there is no attribution."
    }
}

fn row(evaluation: &Evaluation, metric: &dyn Metric) -> Option<Value> {
    let value = evaluation.record.metrics.get(metric.name())?;
    let number = |x: Option<f64>| x.map_or("–".into(), significant);
    let error = value
        .standard_error
        .map(|error| format!(" ± {}", with_digits(error, 2)));
    let judgement = match (
        value.value,
        value.truth,
        value.noise_floor,
        metric.larger_is_better(),
    ) {
        (Some(value), Some(_), Some(floor), Some(false)) if value <= 2.0 * floor => {
            "indistinguishable"
        }
        (Some(_), Some(_), Some(_), Some(false)) => "worse than noise",
        (Some(value), Some(_), Some(floor), Some(true)) => match 1.0 - value <= 2.0 * (1.0 - floor)
        {
            true => "indistinguishable",
            false => "worse than noise",
        },
        (Some(value), Some(truth), Some(floor), None) => match (value - truth).abs() <= 2.0 * floor
        {
            true => "indistinguishable",
            false => "differs by more than noise",
        },
        _ => "",
    };
    Some(context! {
        name => metric.name(),
        title => metric.title(),
        value => number(value.value) + &error.unwrap_or_default(),
        truth => number(value.truth),
        floor => number(value.noise_floor),
        judgement,
    })
}

/// A number beside which others are so much larger that it is none.
fn negligible_or(part: f64, whole: f64) -> String {
    if part.abs() < 1e-4 * whole {
        "≈ 0".into()
    } else {
        significant(part)
    }
}

fn attribution(found: &AttributionRecord) -> Value {
    let total: f64 = found.shares.prior + found.shares.network + found.shares.discretisation;
    let row = |name: &str, meaning: &str, of: fn(&ByCause<f64>) -> f64| {
        context! {
            name,
            meaning,
            share => negligible_or(of(&found.shares), total),
            percent => format!("{:.0} %", (100.0 * of(&found.shares) / total).round() + 0.0),
            alone => negligible_or(of(&found.alone), total),
            without => negligible_or(of(&found.without), total),
        }
    };
    let rows = vec![
        row(
            "prior",
            "sampling starts from N(0, 1) and not from q_T",
            |c| c.prior,
        ),
        row("network", "the network is not the Bayes denoiser", |c| {
            c.network
        }),
        row(
            "discretisation",
            "the steps are not those of the exact reverse process",
            |c| c.discretisation,
        ),
    ];
    let word = |there: bool| if there { "as in the run" } else { "removed" };
    let cells: Vec<_> = found
        .cells
        .iter()
        .map(|cell| {
            context! {
                prior => word(cell.causes.prior),
                network => word(cell.causes.network),
                discretisation => word(cell.causes.discretisation),
                w1 => negligible_or(cell.w1, total),
            }
        })
        .collect();
    context! { rows, cells, total => significant(total) }
}
