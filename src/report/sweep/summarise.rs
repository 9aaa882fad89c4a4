//! Everything that a sweep's evaluations say together: its tables, its figures and report.md.

use crate::{
    error::Result,
    experiment::{
        Run, Which, files,
        run::listing::{self, RunRow},
        sweep::{plan, summary::Summary, tables},
    },
    report::{
        figure,
        page::markdown,
        sweep::{
            comparison, correlations, differences,
            figures::{self, FIGURES},
            page::{self, Material},
        },
    },
    terminal::{context::Context, options::Figures, sign::Sign},
};
use rayon::prelude::*;
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
    let sign = Sign::of(&context.global, "writing the report of the sweep");
    let summary = Summary::new(rows);
    let write = |name: &str, bytes: &[u8]| files::write_atomic(&directory.join(name), bytes);
    let compared = comparison::compare(&summary);
    let correlations = correlations::all(&summary);
    write("summary.csv", &tables::runs_csv(&summary)?)?;
    write("groups.csv", &tables::groups_csv(&summary)?)?;
    write("correlations.csv", &correlations::csv(&correlations)?)?;
    let comparisons = differences::csv(&summary, compared.as_ref())?;
    write("comparisons.csv", &comparisons)?;
    let mut drawn = vec![];
    figures::remove_old(directory);
    for row in FIGURES {
        let pictures = match wanted {
            Figures::Png => (row.render)(&summary, &correlations),
            // An earlier one shows other runs.
            Figures::None => vec![],
        };
        for found in pictures {
            figure::write(&directory.join(&found.name), Some(found.picture))?;
            drawn.push((found.name, found.caption));
        }
    }
    let page = page::page(&Material {
        directory,
        summary: &summary,
        networks: networks(&summary),
        compared: compared.as_ref(),
        correlations: &correlations,
        figures: &drawn,
    });
    write("report.md", markdown::write(&page).as_bytes())?;
    drop(sign);
    let path = directory.join("report.md");
    context.say(format!("report: {}", path.display()));
    Ok(())
}

/// The runs of the plan that are there. Other runs in the directory, such as copies, are named and left out.
fn planned(directory: &Path, context: &Context) -> Result<Vec<RunRow>> {
    let sign = Sign::of(&context.global, "reading the runs");
    let planned = plan::directories(&directory.join("plan.jsonl"))?;
    let planned: Vec<_> = planned.iter().map(|run| directory.join(run)).collect();
    let known = |path: &Path| path.canonicalize().unwrap_or_else(|_| path.to_path_buf());
    let places: BTreeSet<_> = planned.iter().map(|path| known(path)).collect();
    let found = listing::discover(&[PathBuf::from(directory)])?;
    let there = planned.par_iter().filter(|path| Run::is_at(path));
    let rows: Vec<_> = there.map(|path| RunRow::read(path)).collect();
    drop(sign);
    for path in found {
        if !places.contains(&known(&path)) {
            context.warn(format!(
                "`{}` is no run of the plan: the report leaves it out",
                path.display()
            ));
        }
    }
    rows.into_iter().collect()
}

/// The number of different networks among the evaluated runs, by the bytes of their weights; 0 where one of them
/// is not there.
fn networks(summary: &Summary) -> usize {
    let digest = |row: &RunRow| -> Option<String> {
        let checkpoints = Run::open(&row.directory).ok()?.checkpoints();
        checkpoints.weights_digest(Which::Last).ok()?
    };
    let digests: Option<BTreeSet<_>> = summary.evaluated().map(digest).collect();
    digests.map_or(0, |digests| digests.len())
}
