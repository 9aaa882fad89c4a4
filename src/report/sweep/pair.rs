//! Two networks of nearly the same loss whose samples differ.

use crate::{
    experiment::{
        run::{
            listing::RunRow,
            record::{Blamed, ByCause},
        },
        sweep::{
            comparable::comparable,
            seeds::SEEDS,
            summary::{Summary, setting},
        },
    },
    report::page::{
        sentence::Sentence,
        tree::{Page, Table, numbers, words},
    },
    text::significant,
};

/// Excess losses are nearly the same where the larger is at most this factor above the smaller.
const ALIKE: f64 = 1.1;

/// Distances differ where the larger is at least this factor above the smaller.
const APART: f64 = 1.5;

/// Two runs of one seed, of different settings.
pub(crate) struct LikeLosses<'a> {
    good: &'a RunRow,
    bad: &'a RunRow,
    /// The cause whose share differs most, and by how much.
    cause: Blamed,
    difference: f64,
}

/// The two comparable runs of one seed whose excess losses are nearly the same and whose exact laws differ most;
/// `None` where there is no such pair.
pub(crate) fn like_losses(summary: &Summary) -> Option<LikeLosses<'_>> {
    let sets = comparable(summary);
    let pairs = sets.iter().flat_map(|set| {
        let members = &set.members;
        let pairs = members.iter().enumerate();
        pairs.flat_map(|(i, a)| members[i + 1..].iter().map(move |b| [*a, *b]))
    });
    let apart = |[a, b]: [usize; 2]| {
        let (first, second) = (&summary.rows[a], &summary.rows[b]);
        let same_seed = SEEDS
            .iter()
            .all(|key| setting(first, key) == setting(second, key));
        let excess = ratio(first.metric("excess_loss")?, second.metric("excess_loss")?)?;
        let distance = ratio(first.metric("w1_law")?, second.metric("w1_law")?)?;
        let differ = first.metric("val_loss") != second.metric("val_loss");
        (same_seed && differ && excess <= ALIKE && distance >= APART).then_some(distance)
    };
    let found = pairs.filter_map(|pair| Some((apart(pair)?, pair)));
    let (_, places) = found.max_by(|a, b| a.0.total_cmp(&b.0))?;
    let [first, second] = places.map(|place| &summary.rows[place]);
    let (good, bad) = match first.metric("w1_law")? < second.metric("w1_law")? {
        true => (first, second),
        false => (second, first),
    };
    let (low, high) = (shares(good)?, shares(bad)?);
    let differences = [
        (Blamed::Prior, high.prior - low.prior),
        (Blamed::Network, high.network - low.network),
        (
            Blamed::Discretisation,
            high.discretisation - low.discretisation,
        ),
    ];
    let largest = differences
        .into_iter()
        .max_by(|a, b| a.1.abs().total_cmp(&b.1.abs()));
    let (cause, difference) = largest?;
    Some(LikeLosses {
        good,
        bad,
        cause,
        difference,
    })
}

/// The larger of two positive numbers over the smaller.
fn ratio(a: f64, b: f64) -> Option<f64> {
    (a > 0.0 && b > 0.0).then(|| (a / b).max(b / a))
}

fn shares(row: &RunRow) -> Option<&ByCause<f64>> {
    Some(&row.evaluation.as_ref()?.attribution.as_ref()?.shares)
}

/// The section of the pair.
pub(crate) fn section(page: &mut Page, pair: &LikeLosses) {
    page.heading(3, "Nearly the same excess loss, different samples");
    let columns = [
        words("run"),
        numbers("validation loss"),
        numbers("excess loss"),
        numbers("W1 of the exact law"),
        numbers("share: prior"),
        numbers("network"),
        numbers("discretisation"),
    ];
    page.table(Table::new(columns).rows([pair.good, pair.bad].map(row)));
    let metric = |row: &RunRow, name| row.metric(name).unwrap_or(f64::NAN);
    let excess = metric(pair.bad, "excess_loss") - metric(pair.good, "excess_loss");
    let distance = metric(pair.bad, "w1_law") / metric(pair.good, "w1_law");
    page.paragraph([
        Some(
            "Both runs have one seed, and are validated on the same points with the same noise."
                .into(),
        ),
        Some(
            format!(
                "Their excess losses differ by {}.",
                significant(excess.abs())
            )
            .into(),
        ),
        Some(format!("W1 of their exact laws differs by a factor of {distance:.1}.").into()),
        Some(
            format!(
                "Most of the difference, {}, is in the share of the {}.",
                significant(pair.difference),
                pair.cause
            )
            .into(),
        ),
        first_step(pair.bad),
    ]);
}

fn row(row: &RunRow) -> Vec<Sentence> {
    let metric = |name: &str| row.metric(name).map_or("–".into(), significant);
    let share = |of: fn(&ByCause<f64>) -> f64| {
        shares(row).map_or("–".into(), |found| significant(of(found)))
    };
    let numbers = [
        metric("val_loss"),
        metric("excess_loss"),
        metric("w1_law"),
        share(|found| found.prior),
        share(|found| found.network),
        share(|found| found.discretisation),
    ];
    let numbers = numbers.map(Sentence::verbatim).into_iter();
    std::iter::once(Sentence::code(row.name.as_str()))
        .chain(numbers)
        .collect()
}

/// What the first step of the worse run's own sampler multiplies, where that is much.
fn first_step(row: &RunRow) -> Option<Sentence> {
    let step = row.evaluation.as_ref()?.first_step?;
    let text = format!(
        "The first step of the second run's sampler, to t = {}, multiplies the error of a predicted noise by {}.",
        significant(step.t),
        significant(step.gain)
    );
    Some(text.into())
}
