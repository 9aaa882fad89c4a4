//! The first lines of a comparison: what was found, and what is left out.

use super::compared::Compared;
use crate::{
    experiment::{
        run::listing::RunRow,
        sweep::gathered::{Double, Gathered},
    },
    report::page::{sentence::Sentence, tree::Page},
    text::count,
};
use std::collections::BTreeSet;

/// The lines.
pub(super) fn section(page: &mut Page, gathered: &Gathered, all: &[Compared]) {
    let rows = || all.iter().flat_map(|found| &found.summary.rows);
    let settings: usize = all.iter().map(|found| found.summary.groups.len()).sum();
    let counts = format!(
        "There are {} of {}.",
        count(rows().count(), "evaluated run"),
        count(settings, "setting")
    );
    page.paragraph([Some(counts.into()), laws(all), versions(rows())]);
    let doubles = gathered
        .doubles
        .iter()
        .map(|double| Some(vec![of_double(double).into()]));
    let open = gathered
        .open
        .iter()
        .map(|row| Some(vec![of_open(row).into()]));
    let left_out: Vec<_> = doubles.chain(open).collect();
    if !left_out.is_empty() {
        page.paragraph([Some("Left out:".into())]);
        page.list(left_out);
    }
}

/// Distances to other laws are no better and no worse.
fn laws(all: &[Compared]) -> Option<Sentence> {
    (all.len() > 1).then(|| {
        format!(
            "They are on data of {} laws: distances on different data are not compared, and each law has a section.",
            all.len()
        )
        .into()
    })
}

/// Numbers of two versions may be made in two ways.
fn versions<'a>(rows: impl Iterator<Item = &'a RunRow>) -> Option<Sentence> {
    let of = |row: &'a RunRow| Some(row.evaluation.as_ref()?.version.as_str());
    let versions: BTreeSet<_> = rows.filter_map(of).collect();
    (versions.len() > 1).then(|| {
        let versions: Vec<_> = versions.into_iter().collect();
        format!(
            "The evaluations are of several versions ({}): `truescore eval --force` makes them alike.",
            versions.join(", ")
        )
        .into()
    })
}

/// A run that is there once more.
pub(super) fn of_double(double: &Double) -> String {
    let numbers = match double.is_equal {
        true => "",
        false => ", though its numbers differ",
    };
    format!(
        "`{}` is the same run as `{}`{numbers}.",
        double.directory.display(),
        double.of.display()
    )
}

/// A run that has no numbers yet.
pub(super) fn of_open(row: &RunRow) -> String {
    let state = match row.evaluation {
        None => format!("{}, and not evaluated", row.status.state),
        Some(_) => row.status.state.to_string(),
    };
    format!("`{}` is {state}.", row.directory.display())
}
