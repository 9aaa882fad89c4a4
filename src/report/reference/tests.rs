//! Every entry is complete, its example works, and the pages in docs/ are those that the tables make.

use super::{entries, entry::What, look_up, pages::pages};
use crate::{
    cli::Cli,
    experiment::on_disk::{Directory, ON_DISK, OnDisk},
    settings::nearest,
};
use clap::{CommandFactory, Parser};
use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

/// Set, it has the test of the pages write them anew instead of comparing them.
const REWRITE: &str = "TRUESCORE_REWRITE_DOCS";

const LONGEST_CELL: usize = 200;
const LONGEST_SENTENCE: usize = 30;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_path_buf()
}

/// docs/commands.md, from the help of every command.
fn commands_page() -> String {
    let mut page =
        "# Commands\n\nThe help of every command, as `truescore COMMAND --help` prints it.\n\n"
            .to_string();
    let mut command = Cli::command();
    command.build();
    let block = |text: &str| format!("```text\n{}\n```\n\n", text.trim_end());
    page += &block(&command.render_long_help().to_string());
    for sub in command
        .get_subcommands()
        .filter(|sub| sub.get_name() != "help")
    {
        page += &format!("## truescore {}\n\n", sub.get_name());
        page += &block(&sub.clone().render_long_help().to_string());
    }
    let lines: Vec<_> = page.lines().map(str::trim_end).collect();
    lines.join("\n") + "\n"
}

/// The name and the example of everything in a configuration, for the test of the schemas.
fn examples() -> String {
    let configured = entries().into_iter().filter_map(|entry| match entry.what {
        What::Section | What::Key | What::Kind => Some((entry.name, entry.example)),
        _ => None,
    });
    let list = serde_json::to_string_pretty(&configured.collect::<Vec<_>>());
    list.unwrap() + "\n"
}

/// The pages of docs/ are those that the tables make. `TRUESCORE_REWRITE_DOCS=1 cargo test --release
/// the_pages_are_those_of_the_tables` writes them anew.
#[test]
fn the_pages_are_those_of_the_tables() {
    let mut all = pages();
    all.push(("commands.md", commands_page()));
    all.push(("../tests/schema/examples.json", examples()));
    for (name, text) in all {
        let path = root().join("docs").join(name);
        if std::env::var_os(REWRITE).is_some() {
            fs::create_dir_all(root().join("docs")).unwrap();
            fs::write(&path, &text).unwrap();
        }
        let found = fs::read_to_string(&path).unwrap_or_default();
        let differs = found.lines().zip(text.lines()).position(|(a, b)| a != b);
        assert!(
            found == text,
            "docs/{name} differs from the tables at line {:?}: set {REWRITE}=1 to write it anew",
            differs.map(|line| line + 1)
        );
    }
}

#[test]
fn cells_and_sentences_are_short() {
    for (name, text) in pages()
        .into_iter()
        .filter(|(name, _)| name.ends_with(".md"))
    {
        let (mut in_code, mut prose) = (false, String::new());
        for line in text.lines() {
            if line.starts_with("```") {
                in_code = !in_code;
            } else if !in_code && line.starts_with('|') {
                for cell in line.split(" | ") {
                    assert!(cell.chars().count() <= LONGEST_CELL, "{name}: {cell}");
                    assert_sentences_short(name, cell);
                }
            } else if !in_code {
                let ends = line.is_empty() || line.starts_with(['-', '#']);
                prose += if ends { ". " } else { " " };
                prose += line;
            }
        }
        assert_sentences_short(name, &prose);
    }
}

fn assert_sentences_short(page: &str, text: &str) {
    for sentence in text.split(['.', ':', ';', '?']).map(str::trim) {
        let words = sentence.split_whitespace().count();
        assert!(
            words <= LONGEST_SENTENCE,
            "{page}: {words} words: {sentence}"
        );
    }
}

#[test]
fn every_entry_is_found_by_its_name() {
    let all = entries();
    for entry in &all {
        let found = look_up(&all, &entry.name).unwrap();
        assert!(found.contains(entry), "{}", entry.name);
        assert!(
            !entry.meaning.is_empty() && entry.meaning.ends_with('.'),
            "{}",
            entry.name
        );
    }
}

#[test]
fn a_key_is_found_by_its_last_part_and_a_slip_is_recognised() {
    let all = entries();
    let found = look_up(&all, "learning_rate").unwrap();
    assert_eq!(found[0].name, "train.learning_rate");
    let error = look_up(&all, "learnig_rate").unwrap_err();
    assert_eq!(error.exit_code(), 3);
    assert!(error.hint().unwrap().contains("learning_rate"));
    assert_eq!(nearest("cosin", ["cosine"].into_iter()), Some("cosine"));
}

#[test]
fn every_key_kind_and_metric_has_an_example() {
    for entry in entries() {
        let has_one = match entry.what {
            What::Section | What::Key | What::Kind | What::Metric => true,
            What::Figure | What::File | What::ExitCode => false,
        };
        assert!(!has_one || entry.example.is_some(), "{}", entry.name);
        if entry.what == What::Metric {
            let words = entry.example.as_deref().unwrap_or_default().split(' ');
            Cli::try_parse_from(words).unwrap();
        }
    }
}

/// A Python with the given module, if there is one: `TRUESCORE_PYTHON`, or `python3`.
fn python_with(module: &str) -> Option<String> {
    let python = std::env::var("TRUESCORE_PYTHON").unwrap_or_else(|_| "python3".into());
    let found = Command::new(&python)
        .args(["-c", &format!("import {module}, tomllib")])
        .output();
    found
        .ok()
        .filter(|output| output.status.success())
        .map(|_| python)
}

#[test]
fn python_reads_every_file() {
    let release = root().join("tests/fixtures/first_release");
    for (module, code_of) in [
        ("numpy", (|file| file.numpy) as fn(&OnDisk) -> &'static str),
        ("pandas", |file| file.pandas),
    ] {
        let Some(python) = python_with(module) else {
            continue;
        };
        for (place, name) in [
            (Directory::Dataset, "data/small-56c936f7"),
            (Directory::Run, "runs/small-a90a6f88"),
            (Directory::Sweep, "sweeps/small-sweep"),
        ] {
            let directory = release.join(name);
            // What the fixtures do not hold is written by later commands.
            let is_there = |path: &str| path.contains("STEP") || directory.join(path).is_file();
            let here = ON_DISK
                .iter()
                .filter(|file| file.place == place && is_there(file.path));
            let code: Vec<_> = here.map(code_of).collect();
            let output = Command::new(&python)
                .args(["-c", &code.join("\n")])
                .current_dir(&directory)
                .output()
                .unwrap();
            let error = String::from_utf8_lossy(&output.stderr);
            assert!(output.status.success(), "{name}: {module}: {error}");
        }
    }
}

#[test]
fn files_are_read_in_ten_lines() {
    for file in ON_DISK {
        for code in [file.numpy, file.pandas] {
            assert!(code.lines().count() <= 10, "{}", file.path);
        }
    }
}
