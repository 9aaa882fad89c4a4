//! The page about one run: `eval/report.md`.

use crate::{
    error::Result,
    evaluation::{class_choice, run::Evaluation},
    experiment::run::record::{AttributionRecord, ByCause, EvalRecord},
    metric::{AxisAgreement, ClassMetrics, METRICS, Metric},
    report::{
        run::{figures::RunFigure, verdict},
        sweep::page::render_template,
    },
    text::{significant, with_digits},
};
use minijinja::{Value, context};

const TEMPLATE: &str = include_str!("page.md.jinja");

/// The page, with the figures that were drawn.
pub(crate) fn render(evaluation: &Evaluation, figures: &[&RunFigure]) -> Result<String> {
    let (config, record) = (&evaluation.run.config, &evaluation.record);
    let rows: Vec<_> = METRICS
        .iter()
        .filter_map(|metric| row(evaluation, *metric))
        .collect();
    let shown: Vec<_> = figures
        .iter()
        .map(|figure| context! { name => figure.name, caption => figure.caption })
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
            collapse => collapse(record),
            likelihood => record.likelihood.as_ref().map(|found| context! {
                kl => format!("{} ± {}", significant(found.kl), with_digits(found.kl_error, 2)),
                mass => format!("{:.4} ± {}", found.mass, with_digits(found.mass_error, 2)),
                is_near => (found.mass - 1.0).abs() < 4.0 * found.mass_error + 0.01,
                points => found.num_points,
                unreached => (found.unreached > 0.0)
                    .then(|| with_digits(100.0 * found.unreached, 2)),
                steps => found.num_steps,
                is_law => record.exact_law.is_some(),
            }),
            bound => record.bound_nats.map(|nats| context! {
                nats => significant(nats),
                worst => verdict::dearest_timesteps(&evaluation.exactly.bound)
                    .map(|(low, high)| match low == high {
                        true => format!("t = {low}"),
                        false => format!("t = {low} to {high}"),
                    }),
            }),
            metrics => rows,
            agreement => record.axes.iter().enumerate().map(axis).collect::<Vec<_>>(),
            classes => class_rows(evaluation),
            axes => axes(evaluation.samples.dim()),
            w1_of => w1_of(evaluation),
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

/// What the samples of a class are held against.
fn w1_of(evaluation: &Evaluation) -> String {
    let guided = |class: &ClassMetrics| !class.w1_guided.is_empty();
    match &evaluation.dataset.density {
        None => "the test points of the class".into(),
        Some(_) if evaluation.record.classes.iter().any(guided) => format!(
            "p(x) p(c | x)^w/Z with w = {}, which guidance aims at, and perfect samples are draws from it",
            evaluation.run.config.guidance
        ),
        Some(_) => "the exact law p(x | c) of the class".into(),
    }
}

/// A row of the table of classes each.
fn class_rows(evaluation: &Evaluation) -> Vec<Value> {
    let total = evaluation.samples.len() as f64;
    let row = |class: &ClassMetrics| {
        let known = [&class.w1_guided, &class.w1, &class.w1_test];
        let w1 = known.into_iter().find(|w1| !w1.is_empty());
        let w1 = w1.unwrap_or(&class.w1_test);
        let w1: Vec<_> = w1
            .iter()
            .map(|w1| context! { value => significant(w1.value), floor => significant(w1.noise_floor) })
            .collect();
        let accuracy = class.accuracy.map(|a| {
            let [value, low, high] = [a.value, a.low, a.high].map(significant);
            format!("{value} ({low} to {high})")
        });
        context! {
            name => class_choice::name(evaluation.dataset, class.class),
            num_samples => class.num_samples,
            share => significant(class.num_samples as f64 / total),
            weight => significant(class.weight),
            accuracy => accuracy.unwrap_or("–".into()),
            truth => class
                .guided_accuracy
                .or(class.accuracy.map(|a| a.truth))
                .map_or("–".into(), significant),
            w1,
        }
    };
    evaluation.record.classes.iter().map(row).collect()
}

/// Why there is no attribution.
fn why_not(evaluation: &Evaluation) -> &'static str {
    let values = evaluation.samples.values();
    if evaluation.dataset.density.is_none() {
        "The density of the data is not known, so there is no truth to compare with, and nothing to blame."
    } else if !evaluation.run.config.eval.exact {
        "`eval.exact` is false: the law of the samples was not computed, and there is no attribution."
    } else if evaluation.run.config.guidance != 1.0 {
        "Guidance aims at another law than that of the data: there is no attribution."
    } else if values.iter().all(|x| x.is_finite()) {
        "So many steps take so long, for a network of this size and data of this kind, that samples without \
         each cause of error were not drawn: there is no attribution."
    } else {
        "Some samples are no numbers: there is no attribution."
    }
}

/// What the log-likelihood of the samples is between: the truth and a model that collapses.
fn collapse(record: &EvalRecord) -> Option<Value> {
    let likelihood = record.metrics.get("log_likelihood")?;
    Some(context! {
        value => likelihood.value.map(significant),
        outside => likelihood.outside_fraction.map(|part| with_digits(100.0 * part, 2)),
        truth => significant(likelihood.truth?),
        max => significant(record.max_ln_p?),
    })
}

fn row(evaluation: &Evaluation, metric: &dyn Metric) -> Option<Value> {
    let value = evaluation.record.metrics.get(metric.name())?;
    let number = |x: Option<f64>| x.map_or("–".into(), significant);
    let error = value
        .standard_error
        .map(|error| format!(" ± {}", with_digits(error, 2)));
    let judgement = match (
        value.is_indistinguishable(metric.larger_is_better()),
        metric.larger_is_better(),
    ) {
        (Some(true), _) => "indistinguishable",
        (Some(false), Some(_)) => "worse than noise",
        (Some(false), None) => "differs by more than noise",
        (None, _) => "",
    };
    Some(context! {
        name => metric.name(),
        title => metric.title(),
        value => number(value.value) + &error.unwrap_or_default(),
        truth => number(value.truth),
        floor => number(value.noise_floor),
        bound => number(value.noise_bound),
        judgement,
    })
}

/// A number beside which others are so much larger that it is none, with its error if it has one.
fn part_of(part: f64, whole: f64, error: Option<f64>) -> String {
    let negligible = 1e-4 * whole;
    if part.abs() < negligible && error.is_none_or(|error| error < negligible) {
        "≈ 0".into()
    } else {
        verdict::estimate(part, error)
    }
}

fn attribution(found: &AttributionRecord) -> Value {
    let total: f64 = found.shares.prior + found.shares.network + found.shares.discretisation;
    let errors = found.standard_errors.as_ref();
    let row = |name: &str, meaning: &str, of: fn(&ByCause<f64>) -> f64| {
        let number = |values: &ByCause<f64>, errors: Option<&ByCause<f64>>| {
            part_of(of(values), total, errors.map(of))
        };
        context! {
            name,
            meaning,
            share => number(&found.shares, errors.map(|e| &e.shares)),
            percent => format!("{:.0} %", (100.0 * of(&found.shares) / total).round() + 0.0),
            alone => number(&found.alone, errors.map(|e| &e.alone)),
            without => number(&found.without, errors.map(|e| &e.without)),
            main => number(&found.main_effects, errors.map(|e| &e.main_effects)),
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
                w1 => part_of(cell.w1, total, cell.standard_error),
            }
        })
        .collect();
    let pair = |pair: &str, of: fn(&ByCause<f64>) -> f64| {
        let error = errors.map(|errors| of(&errors.interactions_without));
        context! { pair, value => part_of(of(&found.interactions_without), total, error) }
    };
    let interactions = vec![
        pair("prior and network", |c| c.discretisation),
        pair("prior and discretisation", |c| c.network),
        pair("network and discretisation", |c| c.prior),
    ];
    let run = found.total();
    context! {
        rows,
        cells,
        interactions,
        total => verdict::estimate(run.w1, run.standard_error),
        num_samples => found.num_samples,
    }
}
