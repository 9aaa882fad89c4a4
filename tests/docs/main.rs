//! What the documentation shows is what the program prints, what it links to is there, and its sentences can be
//! read at once.

#[path = "../common/mod.rs"]
mod common;

mod console;
mod language;
mod links;
mod reports;

use std::{
    fs,
    path::{Path, PathBuf},
};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_path_buf()
}

/// The documents that people read, by their paths from the root.
fn documents() -> Vec<String> {
    let named = ["README.md", "CONTRIBUTING.md", "report.md"].map(String::from);
    let pages = fs::read_dir(root().join("docs")).unwrap();
    let pages = pages
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.ends_with(".md"))
        .map(|name| format!("docs/{name}"));
    named.into_iter().chain(pages).collect()
}

fn text_of(document: &str) -> String {
    fs::read_to_string(root().join(document)).unwrap_or_else(|e| panic!("{document}: {e}"))
}

/// The lines of a document beside what stands in blocks of code.
fn prose(text: &str) -> impl Iterator<Item = &str> {
    let mut in_code = false;
    text.lines().filter(move |line| {
        let is_fence = line.trim_start().starts_with("```");
        in_code ^= is_fence;
        !in_code && !is_fence
    })
}

#[test]
fn the_readme_is_a_door() {
    assert!(text_of("README.md").len() <= 12_000);
}
