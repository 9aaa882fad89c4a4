//! Everything that a sweep's evaluations say together: summary.csv, groups.csv, figures and report.md.

use crate::{
    error::Result,
    experiment::{
        files,
        run::listing::{self, RunRow},
        sweep::summary::Summary,
    },
    report::{
        figure,
        page::markdown,
        sweep::{correlations, figures::FIGURES, page},
    },
    terminal::{context::Context, options::Figures},
};
use std::path::{Path, PathBuf};

/// Whether a directory is a sweep's.
pub(crate) fn is_sweep(directory: &Path) -> bool {
    directory.join("plan.jsonl").is_file()
}

/// Writes the tables, the figures and the page into the sweep's directory.
pub(crate) fn write(directory: &Path, wanted: Figures, context: &Context) -> Result<()> {
    let rows: Vec<_> = listing::discover(&[PathBuf::from(directory)])?
        .iter()
        .map(|path| RunRow::read(path))
        .collect::<Result<_>>()?;
    let summary = Summary::new(rows);
    let write = |name: &str, bytes: &[u8]| files::write_atomic(&directory.join(name), bytes);
    write("summary.csv", &summary.runs_csv()?)?;
    write("groups.csv", &summary.groups_csv()?)?;
    write("correlations.csv", &correlations::csv(&summary)?)?;
    let mut drawn = vec![];
    for row in FIGURES {
        let picture = match wanted {
            Figures::Png => (row.render)(&summary),
            // An earlier one shows other runs.
            Figures::None => None,
        };
        if figure::write(&directory.join(row.name), picture)? {
            drawn.push(row);
        }
    }
    let text = markdown::write(&page::page(directory, &summary, &drawn));
    write("report.md", text.as_bytes())?;
    let path = directory.join("report.md");
    context.say(format!("report: {}", path.display()));
    Ok(())
}
