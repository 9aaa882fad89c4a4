//! The figures of a sweep.

use crate::{
    experiment::{
        run::record::ByCause,
        sweep::summary::{Series, Summary, schedule_name},
    },
    figure::{
        AttributionFigure, AttributionGroup, AttributionPanel, BySettingFigure, FigureError,
        ReferenceKind, ScatterFigure, ScatterGroup, ScatterPoint, SettingSeries,
    },
    metric::{Correlation, MetricValue, correlation},
    text::significant,
};

type Render = fn(&Summary) -> Option<Result<Vec<u8>, FigureError>>;

/// Every figure of a sweep, by file name; each says itself whether it applies.
pub(crate) const FIGURES: &[(&str, Render)] = &[
    ("loss_vs_log_likelihood.png", loss_vs_log_likelihood),
    ("loss_vs_w1.png", loss_vs_w1),
    ("quality_by_num_timesteps.png", quality_by_num_timesteps),
    (
        "wasserstein_by_num_timesteps.png",
        wasserstein_by_num_timesteps,
    ),
    (
        "attribution_by_num_timesteps.png",
        attribution_by_num_timesteps,
    ),
];

/// Truth and noise floor of a metric, from the first run that has it.
fn reference(summary: &Summary, metric: &str) -> Option<MetricValue> {
    let records = summary
        .rows
        .iter()
        .filter_map(|row| row.evaluation.as_ref());
    records
        .filter_map(|record| record.metrics.get(metric))
        .next()
        .copied()
}

/// The rank correlation of two metrics over all models.
pub(crate) fn metric_correlation(summary: &Summary, x: &str, y: &str) -> Option<Correlation> {
    let pairs: Vec<_> = summary
        .rows
        .iter()
        .filter_map(|row| row.metric(x).zip(row.metric(y)))
        .collect();
    correlation(&pairs)
}

fn correlation_note(found: Option<Correlation>) -> String {
    found.map_or("too few models for a correlation".into(), |c| {
        format!(
            "Spearman's ρ = {:.2} (95 % bootstrap interval {:.2} to {:.2}) over {} models",
            c.rho, c.low, c.high, c.n
        )
    })
}

/// One point a model, grouped by schedule.
fn scatter(summary: &Summary, y: &str) -> Option<Vec<ScatterGroup>> {
    let mut groups: Vec<ScatterGroup> = vec![];
    for row in &summary.rows {
        let Some((x, value)) = row.metric("val_loss").zip(row.metric(y)) else {
            continue;
        };
        let error = row
            .evaluation
            .as_ref()
            .and_then(|e| e.metrics.get(y)?.standard_error);
        let point = ScatterPoint {
            x,
            y: value,
            y_error: error.unwrap_or(0.0),
        };
        let label = schedule_name(row);
        match groups.iter_mut().find(|group| group.label == label) {
            Some(group) => group.points.push(point),
            None => groups.push(ScatterGroup {
                label,
                points: vec![point],
            }),
        }
    }
    (!groups.is_empty()).then_some(groups)
}

fn loss_vs_log_likelihood(summary: &Summary) -> Option<Result<Vec<u8>, FigureError>> {
    let groups = scatter(summary, "log_likelihood")?;
    let truth = reference(summary, "log_likelihood").and_then(|value| value.truth);
    let figure = ScatterFigure {
        title: "Does a lower validation loss mean better samples?".into(),
        subtitle: "one point a model · bars: standard error over the samples".into(),
        groups,
        x_label: "validation loss".into(),
        y_label: "mean log-likelihood of the samples (nats)".into(),
        horizontal: truth.map(|h| {
            (
                h,
                format!("−H(p) = {} (truth)", significant(h).replace('-', "−")),
            )
        }),
        vertical: None,
        note: correlation_note(metric_correlation(summary, "val_loss", "log_likelihood")),
        log_x: false,
        log_y: false,
    };
    Some(figure.render())
}

fn loss_vs_w1(summary: &Summary) -> Option<Result<Vec<u8>, FigureError>> {
    let groups = scatter(summary, "w1")?;
    let floor = reference(summary, "w1").and_then(|value| value.noise_floor);
    let figure = ScatterFigure {
        title: "Distance to the truth against the validation loss".into(),
        subtitle: "one point a model".into(),
        groups,
        x_label: "validation loss".into(),
        y_label: "W1 to the exact distribution".into(),
        horizontal: floor.map(|f| (f, format!("noise floor {}", significant(f)))),
        vertical: None,
        note: correlation_note(metric_correlation(summary, "val_loss", "w1")),
        log_x: false,
        log_y: true,
    };
    Some(figure.render())
}

fn quality_by_num_timesteps(summary: &Summary) -> Option<Result<Vec<u8>, FigureError>> {
    let truth = reference(summary, "log_likelihood")?.truth;
    let lines = truth.map(|h| {
        (
            h,
            format!("−H(p) = {}", significant(h).replace('-', "−")),
            ReferenceKind::Truth,
        )
    });
    by_num_timesteps(
        summary,
        "log_likelihood",
        "Sample quality against the number of timesteps",
        "mean log-likelihood of the samples (nats)",
        lines.into_iter().collect(),
        false,
    )
}

fn wasserstein_by_num_timesteps(summary: &Summary) -> Option<Result<Vec<u8>, FigureError>> {
    let (metric, label) = match reference(summary, "w1") {
        Some(_) => ("w1", "W1 to the exact distribution"),
        None => ("w1_test", "W1 to the test set"),
    };
    let floor = reference(summary, metric)?.noise_floor;
    let lines = floor.map(|f| {
        (
            f,
            format!("noise floor {}", significant(f)),
            ReferenceKind::NoiseFloor,
        )
    });
    by_num_timesteps(
        summary,
        metric,
        "Distance to the truth against the number of timesteps",
        label,
        lines.into_iter().collect(),
        true,
    )
}

fn attribution_by_num_timesteps(summary: &Summary) -> Option<Result<Vec<u8>, FigureError>> {
    if !summary.varies_num_timesteps() {
        return None;
    }
    let mean = |values: &Vec<f64>| values.iter().sum::<f64>() / values.len() as f64;
    let of = |share: fn(&ByCause<f64>) -> f64| {
        summary.by_num_timesteps_of(|row| {
            let found = row.evaluation.as_ref()?.attribution.as_ref()?;
            Some(share(&found.shares))
        })
    };
    let causes = [of(|c| c.prior), of(|c| c.network), of(|c| c.discretisation)];
    let panel = |(s, (schedule, points)): (usize, &(String, Series))| AttributionPanel {
        heading: format!("{schedule} schedule"),
        groups: (0..points.len())
            .map(|i| {
                let shares = [0, 1, 2].map(|cause: usize| mean(&causes[cause][s].1[i].1));
                AttributionGroup {
                    label: points[i].0.to_string(),
                    total: shares.iter().sum(),
                    shares,
                    errors: None,
                }
            })
            .collect(),
    };
    let panels: Vec<_> = causes[0].iter().enumerate().map(panel).collect();
    let floor = reference(summary, "w1")?.noise_floor?;
    let figure = AttributionFigure {
        title: "Where the error comes from, against the number of timesteps".into(),
        subtitle: "shares of W1 without sampling noise (Shapley), means over seeds · runs at the most common value \
                   of every other setting"
            .into(),
        panels,
        x_label: "number of timesteps T".into(),
        y_label: "Wasserstein-1 distance (data units)".into(),
        noise_floor: floor,
        note: String::new(),
    };
    (!figure.panels.is_empty()).then(|| figure.render())
}

fn by_num_timesteps(
    summary: &Summary,
    metric: &str,
    title: &str,
    y_label: &str,
    reference_lines: Vec<(f64, String, ReferenceKind)>,
    log_y: bool,
) -> Option<Result<Vec<u8>, FigureError>> {
    if !summary.varies_num_timesteps() {
        return None;
    }
    let series = summary.by_num_timesteps(metric);
    let series = series
        .into_iter()
        .map(|(label, points)| SettingSeries { label, points });
    let figure = BySettingFigure {
        title: title.into(),
        subtitle: "runs at the most common value of every other setting".into(),
        series: series.collect(),
        x_label: "number of timesteps T".into(),
        y_label: y_label.into(),
        log_x: true,
        log_y,
        reference_lines,
        note: String::new(),
    };
    Some(figure.render())
}
