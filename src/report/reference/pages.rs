//! The reference pages of docs/, made from the same entries and tables as `truescore explain`.

use super::{configuration_page, entry::Entry, exit_codes, figures, markdown, metrics, schema};
use crate::experiment::on_disk::{Directory, ON_DISK};

/// Every page by its name in docs/.
pub(crate) fn pages() -> Vec<(&'static str, String)> {
    vec![
        ("configuration.md", configuration_page::page()),
        ("metrics.md", headings(METRICS, metrics::entries())),
        ("figures.md", headings(FIGURES, figures::entries())),
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

const FIGURES: &str = "\
# Figures

`truescore eval` draws each figure that applies to a run, and those of a sweep beside its report. `truescore
explain NAME` says the same in the terminal.

";

/// An introduction, and a heading for each entry.
fn headings(introduction: &str, entries: Vec<Entry>) -> String {
    let headings = entries.into_iter().map(|entry| {
        let fact = |(word, text): &(&str, String)| format!("- {word}: {text}\n");
        let facts: String = entry.facts.iter().map(fact).collect();
        format!("## {}\n\n{}\n\n{facts}\n", entry.name, entry.meaning)
    });
    introduction.to_string() + &headings.collect::<String>()
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
    for place in [
        Directory::Dataset,
        Directory::Run,
        Directory::Judged,
        Directory::Sweep,
        Directory::Comparison,
    ] {
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
