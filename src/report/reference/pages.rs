//! The reference pages of docs/, made from the same entries and tables as `truescore explain`.

use super::{configuration_page, entry::Entry, exit_codes, figures, markdown, metrics, schema};
use crate::experiment::on_disk::{Directory, ON_DISK};

/// Every page by its name in docs/.
pub(crate) fn pages() -> Vec<(&'static str, String)> {
    vec![
        ("configuration.md", configuration_page::page()),
        ("metrics.md", metrics_page()),
        ("figures.md", figures_page()),
        ("files.md", files_page()),
        (
            "experiment.schema.json",
            schema::text(&schema::of_experiment()),
        ),
        ("sweep.schema.json", schema::text(&schema::of_sweep())),
    ]
}

const METRICS: &str = "\
# Metrics

Every evaluation computes each metric that exists for its data. `truescore explain NAME` says the same in the
terminal. In more than one dimension, one-dimensional distances are averaged over the axes.

";

fn metrics_page() -> String {
    METRICS.to_string() + &headings(metrics::entries())
}

const FIGURES: &str = "\
# Figures

`eval` draws each figure that applies to its run, `sweep --eval` those of the sweep. Colours mean the same in all of
them. The truth is a dark line, and generated samples are blue. Data and the forward process are orange, and a noise floor
is grey. `truescore explain NAME` says the same in the terminal.

";

fn figures_page() -> String {
    FIGURES.to_string() + &headings(figures::entries())
}

/// A heading for each entry.
fn headings(entries: Vec<Entry>) -> String {
    let heading = |entry: Entry| {
        let Entry {
            name,
            meaning,
            facts,
            ..
        } = entry;
        let facts: String = facts
            .iter()
            .map(|(word, text)| format!("- {word}: {text}\n"))
            .collect();
        format!("## {name}\n\n{meaning}\n\n{facts}\n")
    };
    entries.into_iter().map(heading).collect()
}

const FILES: &str = "\
# Files on disk

Files are the database: one run is one directory that can be copied and read on its own. Every file is written
under another name first and then renamed. Each .json and .toml file says its format, under `format` or `schema`;
one that does not is of the first release. Arrays are npy files, and weights are safetensors.

Each block below reads a file with Python and numpy, in the directory that its heading names.

";

fn files_page() -> String {
    let mut page = FILES.to_string();
    for place in [Directory::Dataset, Directory::Run, Directory::Sweep] {
        page += &format!("## {}/\n\n", place.path());
        for file in ON_DISK.iter().filter(|file| file.place == place) {
            page += &format!("### {}\n\n{}\n\n", file.path, file.holds);
            for python in [file.numpy, file.pandas] {
                if !python.is_empty() {
                    page += &markdown::code("python", python);
                }
            }
        }
    }
    page + "## Exit codes\n\n" + &exit_codes_table()
}

fn exit_codes_table() -> String {
    let row = |entry: Entry| {
        let next = entry.facts.into_iter().map(|(_, text)| text).collect();
        vec![entry.name, entry.meaning, next]
    };
    let rows: Vec<_> = exit_codes::entries().into_iter().map(row).collect();
    markdown::table(&["code", "meaning", "what next"], &rows)
}
