//! What a document links to is there, and no picture lies about unused.

use super::{documents, prose, root, text_of};
use std::{fs, path::Path};

/// What a heading is linked to by.
fn anchor_of(line: &str) -> Option<String> {
    let heading = line.trim_start_matches('#').strip_prefix(' ')?;
    let kept = heading
        .chars()
        .filter(|c| c.is_alphanumeric() || " -_".contains(*c));
    let anchor: String = kept.collect();
    (line.starts_with('#')).then(|| anchor.to_lowercase().replace(' ', "-"))
}

/// Whether `target` is a file beside `document`, and has the heading that it names.
fn is_there(document: &str, target: &str) -> bool {
    let (file, anchor) = target.split_once('#').unwrap_or((target, ""));
    let folder = Path::new(document).parent().unwrap();
    let path = match file {
        "" => root().join(document),
        _ => root().join(folder).join(file),
    };
    let has_heading = || {
        let text = fs::read_to_string(&path).unwrap_or_default();
        prose(&text).any(|line| anchor_of(line).as_deref() == Some(anchor))
    };
    path.exists() && (anchor.is_empty() || has_heading())
}

#[test]
fn every_link_of_the_documents_leads_somewhere() {
    for document in documents() {
        let text = text_of(&document);
        for link in text.split("](").skip(1) {
            let target = link.split(')').next().unwrap();
            let is_elsewhere = target.starts_with("https://");
            assert!(
                is_elsewhere || is_there(&document, target),
                "{document} links to {target}"
            );
        }
    }
}

#[test]
fn a_link_to_nowhere_is_found() {
    assert!(is_there("docs/gallery.md", "../README.md"));
    assert!(is_there("docs/gallery.md", "#numbers"));
    assert!(is_there("README.md", "docs/gallery.md#numbers"));
    assert!(!is_there("docs/gallery.md", "README.md"));
    assert!(!is_there("README.md", "docs/gallery.md#nothing"));
}

#[test]
fn the_folder_of_the_report_holds_nothing_that_is_not_shown() {
    let shown: String = documents()
        .iter()
        .map(|document| text_of(document))
        .collect();
    for entry in fs::read_dir(root().join("report")).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        assert!(shown.contains(&name), "nothing mentions report/{name}");
    }
}
