//! Everything that a sweep's evaluations say together: summary.csv, groups.csv, figures and report.md.

use crate::{
    error::Result,
    experiment::{
        Run, files,
        run::listing::{self, RunRow},
        sweep::{plan, summary::Summary},
    },
    report::{
        figure,
        page::markdown,
        sweep::{correlations, figures::FIGURES, page},
    },
    terminal::{context::Context, options::Figures},
};
use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
};

/// Whether a directory is a sweep's.
pub(crate) fn is_sweep(directory: &Path) -> bool {
    directory.join("plan.jsonl").is_file()
}

/// Writes the tables, the figures and the page into the sweep's directory.
pub(crate) fn write(directory: &Path, wanted: Figures, context: &Context) -> Result<()> {
    let rows = planned(directory, context)?;
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

/// The runs of the plan that are there. Other runs in the directory, such as copies, are named and left out.
fn planned(directory: &Path, context: &Context) -> Result<Vec<RunRow>> {
    let planned = plan::directories(&directory.join("plan.jsonl"))?;
    let planned: Vec<_> = planned.iter().map(|run| directory.join(run)).collect();
    let known = |path: &Path| path.canonicalize().unwrap_or_else(|_| path.to_path_buf());
    let places: BTreeSet<_> = planned.iter().map(|path| known(path)).collect();
    for path in listing::discover(&[PathBuf::from(directory)])? {
        if !places.contains(&known(&path)) {
            context.warn(format!(
                "`{}` is no run of the plan: the report leaves it out",
                path.display()
            ));
        }
    }
    let there = planned.iter().filter(|path| Run::is_at(path));
    there.map(|path| RunRow::read(path)).collect()
}
