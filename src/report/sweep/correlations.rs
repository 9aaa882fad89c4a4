//! Losses against distances: rank correlations over the models of a sweep, with their intervals.

use crate::{
    error::Result,
    experiment::{
        run::listing::RunRow,
        sweep::summary::{Summary, encode},
    },
    metric::{Correlation, METRICS, correlation},
    report::{
        page::{
            sentence::Sentence,
            tree::{Table, numbers, words},
        },
        sweep::figures::metric_correlation,
    },
};

/// Smallest set of comparable runs whose correlation is worth a line.
const SMALLEST_SET: usize = 8;

/// `correlations.csv`: Spearman's ρ of the validation loss with the other metrics, over all runs and
/// over those whose losses mean the same.
pub(crate) fn csv(summary: &Summary) -> Result<Vec<u8>> {
    let mut sets = vec![(
        "all runs".to_string(),
        summary.rows.iter().collect::<Vec<_>>(),
    )];
    sets.extend(comparable_sets(summary));
    let mut table = vec![
        ["runs", "metric", "n", "rho", "low", "high"]
            .map(String::from)
            .to_vec(),
    ];
    for (shared, rows) in sets {
        let names = METRICS.iter().map(|metric| metric.name());
        for metric in names.filter(|name| *name != "val_loss") {
            if let Some(c) = with_loss(&rows, metric) {
                let numbers = [c.n as f64, c.rho, c.low, c.high].map(|x| x.to_string());
                table.push([vec![shared.clone(), metric.into()], numbers.to_vec()].concat());
            }
        }
    }
    encode(&table)
}

/// Runs whose losses mean the same, where they are not all of them, by what they share.
fn comparable_sets(summary: &Summary) -> impl Iterator<Item = (String, Vec<&RunRow>)> {
    let sets = summary.comparable_sets(SMALLEST_SET).into_iter();
    sets.filter(|(shared, _)| !shared.is_empty())
}

/// The correlation of the validation loss with a metric.
fn with_loss(rows: &[&RunRow], metric: &str) -> Option<Correlation> {
    let pairs = rows
        .iter()
        .filter_map(|row| row.metric("val_loss").zip(row.metric(metric)));
    correlation(&pairs.collect::<Vec<_>>())
}

/// The correlation of the validation loss with a metric over all models, in words.
pub(crate) fn of_all(summary: &Summary, metric: &str, name: &str) -> Option<Sentence> {
    let c = metric_correlation(summary, "val_loss", metric)?;
    let sentence = format!(
        "Over {} models, the rank correlation of validation loss and {name} is {:.2} (95 % interval {:.2} \
         to {:.2}).",
        c.n, c.rho, c.low, c.high
    );
    Some(sentence.into())
}

/// The correlation with W1 over runs whose losses mean the same, a sentence a set.
pub(crate) fn of_comparable(summary: &Summary) -> Vec<Sentence> {
    let of_set = |(shared, rows): (String, Vec<&RunRow>)| {
        let c = with_loss(&rows, "w1")?;
        let shared = shared.replace(' ', "`, `");
        let sentence = format!(
            "Over the {} of them that share `{shared}`, whose losses mean the same, it is {:.2} ({:.2} to \
             {:.2}).",
            c.n, c.rho, c.low, c.high
        );
        Some(sentence.into())
    };
    comparable_sets(summary).filter_map(of_set).collect()
}

/// Losses against distances.
pub(crate) fn table(summary: &Summary) -> Table {
    let distances = ["log_likelihood", "kl_forward", "kl_reverse", "w1_law", "w1"];
    let cell = |of: &str, with: &str| {
        let found = metric_correlation(summary, of, with).filter(|_| of != with);
        let text = found.map_or("–".to_string(), |c| {
            format!("{:.2} ({:.2} to {:.2})", c.rho, c.low, c.high)
        });
        Sentence::from(text)
    };
    let row = |of: &'static str| {
        let cells = distances.iter().map(move |with| cell(of, with));
        std::iter::once(Sentence::from(of)).chain(cells)
    };
    let first = words("Spearman's ρ over the models (95 % bootstrap interval)");
    let columns = std::iter::once(first).chain(distances.map(numbers));
    Table::new(columns).rows(["val_loss", "excess_loss", "log_likelihood"].map(row))
}
