//! The directory of a comparison.

use super::{compared::Compared, figures::FIGURES, introduction, page};
use crate::{
    error::{Error, Result},
    experiment::{
        files,
        sweep::{
            gathered::Gathered,
            summary::Summary,
            tables::{self, encode},
        },
    },
    report::{figure, page::markdown, sweep::differences},
    terminal::{context::Context, options::Figures},
};
use std::path::Path;

/// The file that tells the directory of a comparison from others.
const MARK: &str = "compared.txt";

/// Says what is left out.
pub(crate) fn warn(gathered: &Gathered, context: &Context) {
    for double in &gathered.doubles {
        context.warn(format!("left out: {}", introduction::of_double(double)));
    }
    for row in &gathered.open {
        context.warn(format!("left out: {}", introduction::of_open(row)));
    }
}

/// Refuses a directory that holds something else than a comparison.
///
/// # Errors
/// Exit 4.
pub(crate) fn check(directory: &Path) -> Result<()> {
    if files::holds_something(directory) && !directory.join(MARK).is_file() {
        return Err(Error::in_use(
            format!(
                "`{}` holds something that is not a comparison",
                directory.display()
            ),
            "name another directory with --out",
        ));
    }
    Ok(())
}

/// Writes the page, the tables and the figures.
pub(crate) fn write(
    directory: &Path,
    gathered: &Gathered,
    all: &[Compared],
    wanted: Figures,
) -> Result<()> {
    files::create_dir(directory)?;
    let rows = all.iter().flat_map(|found| &found.summary.rows);
    let named: String = rows
        .clone()
        .map(|row| format!("{}\n", row.directory.display()))
        .collect();
    let write = |name: &str, bytes: &[u8]| files::write_atomic(&directory.join(name), bytes);
    write(MARK, named.as_bytes())?;
    let summary = Summary::new(rows.cloned().collect());
    write("summary.csv", &tables::runs_csv(&summary)?)?;
    write("comparisons.csv", &comparisons(all)?)?;
    let mut drawn = vec![];
    for row in FIGURES {
        let picture = match wanted {
            Figures::Png => (row.render)(all),
            // An earlier one shows other runs.
            Figures::None => None,
        };
        if figure::write(&directory.join(row.name), picture)? {
            drawn.push((row.name.to_string(), row.caption.to_string()));
        }
    }
    let page = page::page(gathered, all, &drawn);
    write("report.md", markdown::write(&page).as_bytes())
}

/// `comparisons.csv`, with the law of the data and the cost at which each pair is compared.
fn comparisons(all: &[Compared]) -> Result<Vec<u8>> {
    let header = ["data", "at_equal"].into_iter().chain(differences::COLUMNS);
    let mut table = vec![header.map(String::from).collect::<Vec<_>>()];
    for (law, found) in all.iter().enumerate() {
        for (at, summary, compared) in found.comparisons() {
            for row in differences::csv_rows(summary, compared) {
                let place = [(law + 1).to_string(), at.clone()];
                table.push(place.into_iter().chain(row).collect());
            }
        }
    }
    encode(&table)
}
