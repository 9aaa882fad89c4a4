//! The report of a sweep: summary.csv, groups.csv, figures and report.md.

use crate::{
    error::{Error, Result},
    experiment::{
        files,
        run::listing::{self, RunRow},
        sweep::summary::{Group, OverSeeds, Summary, encode},
    },
    metric::{METRICS, Metric, correlation},
    report::{
        figure,
        sweep::{
            comparison,
            figures::{self, SweepFigure},
        },
    },
    terminal::context::Context,
    text::{significant, with_digits},
};
use minijinja::{Environment, context, syntax::SyntaxConfig};
use std::path::{Path, PathBuf};

const TEMPLATE: &str = include_str!("page.md.jinja");

/// Whether a directory is a sweep's.
pub(crate) fn is_sweep(directory: &Path) -> bool {
    directory.join("plan.jsonl").is_file()
}

/// Writes everything that a sweep's evaluations say together.
pub(crate) fn write(directory: &Path, context: &Context) -> Result<()> {
    let rows: Vec<_> = listing::discover(&[PathBuf::from(directory)])?
        .iter()
        .map(|path| RunRow::read(path))
        .collect::<Result<_>>()?;
    let summary = Summary::new(rows);
    files::write_atomic(&directory.join("summary.csv"), &summary.runs_csv()?)?;
    files::write_atomic(&directory.join("groups.csv"), &summary.groups_csv()?)?;
    files::write_atomic(
        &directory.join("correlations.csv"),
        &correlations_csv(&summary)?,
    )?;
    let mut figures = vec![];
    for row in figures::FIGURES {
        if figure::write(&directory.join(row.name), (row.render)(&summary))? {
            figures.push(row);
        }
    }
    let text = render(directory, &summary, &figures)?;
    let path = directory.join("report.md");
    files::write_atomic(&path, text.as_bytes())?;
    context.say(format!("report: {}", path.display()));
    Ok(())
}

fn render(directory: &Path, summary: &Summary, figures: &[&SweepFigure]) -> Result<String> {
    let name = directory
        .file_name()
        .map_or("sweep".into(), |name| name.to_string_lossy().into_owned());
    let unfinished: Vec<_> = summary
        .rows
        .iter()
        .filter(|row| row.evaluation.is_none())
        .map(|row| context! { run => row.name.clone(), status => row.status.state.to_string() })
        .collect();
    let correlation_with = |y: &str| {
        figures::metric_correlation(summary, "val_loss", y).map(|c| {
            context! { rho => format!("{:.2}", c.rho), low => format!("{:.2}", c.low),
            high => format!("{:.2}", c.high), n => c.n }
        })
    };
    let best = |metric: &str| summary.best_by(metric).map(|row| best_run(directory, row));
    let (by_loss, by_w1) = (summary.best_by("val_loss"), summary.best_by("w1"));
    let agree = by_loss.zip(by_w1).map(|(a, b)| a.directory == b.directory);
    render_template(
        TEMPLATE,
        context! {
            name,
            num_runs => summary.rows.len(),
            num_groups => summary.groups.len(),
            keys => summary.keys.clone(),
            metrics => found(summary).map(|m| heading(summary, m)).collect::<Vec<_>>(),
            groups => summary.groups.iter().map(|g| group_row(summary, g)).collect::<Vec<_>>(),
            unfinished,
            best_by_loss => best("val_loss"),
            best_by_w1 => best("w1"),
            agree,
            likelihood_correlation => correlation_with("log_likelihood"),
            w1_correlation => correlation_with("w1"),
            comparable => comparable_correlations(summary),
            compared => comparison::with_best(summary),
            pair => comparison::misleading_pair(summary),
            correlations => correlation_table(summary),
            entropy => summary.rows.iter().find_map(|row| {
                row.evaluation.as_ref()?.metrics.get("log_likelihood")?.truth
            }).map(significant),
            max_ln_p => summary.rows.iter().find_map(|row| {
                row.evaluation.as_ref()?.max_ln_p
            }).map(significant),
            figures => figures
                .iter()
                .map(|figure| context! { name => figure.name, caption => figure.caption })
                .collect::<Vec<_>>(),
        },
    )
}

/// A template with its values.
pub(crate) fn render_template(template: &str, values: minijinja::Value) -> Result<String> {
    let mut environment = Environment::new();
    let syntax = SyntaxConfig::builder()
        .trim_blocks(true)
        .lstrip_blocks(true)
        .build();
    environment.set_syntax(syntax.map_err(|e| Error::Unexpected(e.to_string()))?);
    let rendered = environment.render_str(template, values);
    rendered.map_err(|e| Error::Unexpected(format!("cannot write the report: {e}")))
}

/// Smallest set of comparable runs whose correlation is worth a line.
const SMALLEST_SET: usize = 8;

/// `correlations.csv`: Spearman's ρ of the validation loss with the other metrics, over all runs and
/// over those whose losses mean the same.
fn correlations_csv(summary: &Summary) -> Result<Vec<u8>> {
    let mut sets = vec![(
        "all runs".to_string(),
        summary.rows.iter().collect::<Vec<_>>(),
    )];
    sets.extend(
        summary
            .comparable_sets(SMALLEST_SET)
            .into_iter()
            .filter(|(shared, _)| !shared.is_empty()),
    );
    let mut table = vec![
        ["runs", "metric", "n", "rho", "low", "high"]
            .map(String::from)
            .to_vec(),
    ];
    for (shared, rows) in sets {
        for metric in METRICS
            .iter()
            .map(|metric| metric.name())
            .filter(|name| *name != "val_loss")
        {
            let pairs = rows
                .iter()
                .filter_map(|row| row.metric("val_loss").zip(row.metric(metric)));
            let Some(c) = correlation(&pairs.collect::<Vec<_>>()) else {
                continue;
            };
            let numbers = [c.n as f64, c.rho, c.low, c.high].map(|x| x.to_string());
            table.push([vec![shared.clone(), metric.into()], numbers.to_vec()].concat());
        }
    }
    encode(&table)
}

/// Losses against distances: rank correlations over all models, with their intervals.
fn correlation_table(summary: &Summary) -> Vec<minijinja::Value> {
    let distances = ["log_likelihood", "kl_forward", "kl_reverse", "w1_law", "w1"];
    let row = |of: &&str| {
        let cell = |with: &&str| {
            let found = figures::metric_correlation(summary, of, with).filter(|_| of != with);
            found.map_or("–".to_string(), |c| {
                format!("{:.2} ({:.2} to {:.2})", c.rho, c.low, c.high)
            })
        };
        context! { name => *of, cells => distances.iter().map(cell).collect::<Vec<_>>() }
    };
    ["val_loss", "excess_loss", "log_likelihood"]
        .iter()
        .map(row)
        .collect()
}

/// The same correlation with W1 over runs whose losses mean the same.
fn comparable_correlations(summary: &Summary) -> Vec<minijinja::Value> {
    let sets = summary.comparable_sets(SMALLEST_SET).into_iter();
    let of_set = |(shared, rows): (String, Vec<&RunRow>)| {
        let pairs = rows
            .iter()
            .filter_map(|row| row.metric("val_loss").zip(row.metric("w1")));
        let c = correlation(&pairs.collect::<Vec<_>>()).filter(|_| !shared.is_empty())?;
        Some(
            context! { shared => format!("`{}`", shared.replace(' ', "`, `")), n => c.n,
            rho => format!("{:.2}", c.rho), low => format!("{:.2}", c.low),
            high => format!("{:.2}", c.high) },
        )
    };
    sets.filter_map(of_set).collect()
}

/// The metrics that have a value in some run: of one dimension, say, those of the plane do not.
fn found(summary: &Summary) -> impl Iterator<Item = &'static dyn Metric> + '_ {
    let has = |metric: &&'static dyn Metric| {
        let evaluations = summary
            .rows
            .iter()
            .filter_map(|row| row.evaluation.as_ref());
        let mut values = evaluations.filter_map(|e| e.metrics.get(metric.name())?.value);
        values.next().is_some()
    };
    METRICS.iter().copied().filter(has)
}

/// A metric's name with its truth and its noise floor, where all runs share them.
fn heading(summary: &Summary, metric: &dyn Metric) -> minijinja::Value {
    let shared = |field: fn(&crate::metric::MetricValue) -> Option<f64>| {
        let mut values = summary
            .rows
            .iter()
            .filter_map(|row| row.evaluation.as_ref())
            .filter_map(|e| e.metrics.get(metric.name()).and_then(field));
        let first = values.next()?;
        values
            .all(|value| significant(value) == significant(first))
            .then(|| significant(first))
    };
    context! {
        name => metric.name(),
        title => metric.title(),
        better => match metric.larger_is_better() {
            Some(true) => "larger is better",
            Some(false) => "smaller is better",
            None => "nearer the truth is better",
        },
        truth => shared(|v| v.truth),
        noise_floor => shared(|v| v.noise_floor),
    }
}

/// A group of seeds: its settings, then every metric as mean ± standard deviation.
fn group_row(summary: &Summary, group: &Group) -> minijinja::Value {
    let first = group
        .members
        .iter()
        .find_map(|i| summary.rows[*i].evaluation.as_ref());
    let cell = |metric: &dyn Metric| {
        let text = summary
            .over_seeds(group, metric.name())
            .map_or("–".into(), |s| spread(&s));
        let in_floors = metric.name().starts_with("w1").then(|| {
            let mean = summary.over_seeds(group, metric.name())?.mean;
            let value = first?.metrics.get(metric.name())?;
            let alike = value.noise_bound.is_some_and(|bound| mean <= bound);
            let ratio = mean / value.noise_floor?;
            Some(format!(" ({ratio:.1}×{})", if alike { " ≈" } else { "" }))
        });
        text + &in_floors.flatten().unwrap_or_default()
    };
    let n = group
        .members
        .iter()
        .filter(|i| summary.rows[**i].evaluation.is_some())
        .count();
    context! {
        settings => group.settings.clone(),
        n,
        terminal_signal => first.map(|e| significant(e.terminal_signal)),
        prior_kl => first.and_then(|e| e.prior_kl).map(significant),
        prior_w1 => first.and_then(|e| e.prior_w1).map(significant),
        metrics => found(summary).map(cell).collect::<Vec<_>>(),
    }
}

fn spread(statistics: &OverSeeds) -> String {
    match statistics.std_dev {
        Some(std_dev) => format!(
            "{} ± {}",
            significant(statistics.mean),
            with_digits(std_dev, 2)
        ),
        None => significant(statistics.mean),
    }
}

fn best_run(directory: &Path, row: &RunRow) -> minijinja::Value {
    let relative = row
        .directory
        .strip_prefix(directory)
        .unwrap_or(&row.directory);
    let metric = |name| row.metric(name).map_or("–".into(), significant);
    context! {
        name => row.name.clone(),
        path => relative.display().to_string(),
        val_loss => metric("val_loss"),
        log_likelihood => metric("log_likelihood"),
        w1 => metric("w1"),
    }
}
