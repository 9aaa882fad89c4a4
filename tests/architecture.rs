//! Arrows point downward only: a module of the crate uses those on its own floor and below, and burn
//! is imported in one place.

use std::{
    fs,
    path::{Path, PathBuf},
};

/// The floor of every module, as the crate's documentation draws it.
const FLOORS: [(&str, u32); 20] = [
    ("points", 0),
    ("rng", 0),
    ("text", 0),
    ("settings", 0),
    ("error", 1),
    ("target", 1),
    ("figure", 1),
    ("diffusion", 2),
    ("distance", 2),
    ("truth", 3),
    ("metric", 4),
    ("model", 4),
    ("experiment", 5),
    ("terminal", 5),
    ("evaluation", 6),
    ("forecast", 6),
    ("training", 6),
    ("cli", 7),
    ("report", 7),
    ("command", 8),
];

fn floor_of(module: &str) -> Option<u32> {
    FLOORS
        .iter()
        .find(|(name, _)| *name == module)
        .map(|(_, floor)| *floor)
}

fn sources(directory: &Path) -> Vec<PathBuf> {
    let mut found = vec![];
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(sources(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    found
}

/// The module of the crate that a file belongs to: the first part of its path below `src`.
fn module_of(path: &Path, root: &Path) -> String {
    let first = path
        .strip_prefix(root)
        .unwrap()
        .components()
        .next()
        .unwrap();
    first
        .as_os_str()
        .to_string_lossy()
        .trim_end_matches(".rs")
        .to_string()
}

/// Code without comments, and without the unit tests at its end, which may look anywhere.
fn code(text: &str) -> String {
    let code = text.split("#[cfg(test)]").next().unwrap();
    code.lines()
        .map(|line| line.split("//").next().unwrap())
        .collect::<Vec<_>>()
        .join("\n")
}

/// The modules of the crate that some code names, in paths and in nested imports.
fn modules_named(code: &str) -> Vec<String> {
    let mut named = vec![];
    for part in code.split("crate::").skip(1) {
        match part.strip_prefix('{') {
            None => named.push(identifier(part)),
            Some(nested) => {
                let (mut depth, mut start) = (0, 0);
                for (i, c) in nested.char_indices() {
                    match c {
                        '{' => depth += 1,
                        '}' if depth == 0 => {
                            named.push(identifier(nested[start..i].trim()));
                            break;
                        }
                        '}' => depth -= 1,
                        ',' if depth == 0 => {
                            named.push(identifier(nested[start..i].trim()));
                            start = i + 1;
                        }
                        _ => {}
                    }
                }
            }
        }
    }
    named.retain(|name| !name.is_empty());
    named
}

fn identifier(text: &str) -> String {
    text.chars()
        .take_while(|c| c.is_alphanumeric() || *c == '_')
        .collect()
}

#[test]
fn no_module_uses_one_above_it() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut checked = 0;
    for path in sources(&root) {
        let module = module_of(&path, &root);
        if module == "main" || module == "lib" || path.ends_with("tests.rs") {
            continue;
        }
        let floor = floor_of(&module).unwrap_or_else(|| panic!("`{module}` has no floor"));
        for used in modules_named(&code(&fs::read_to_string(&path).unwrap())) {
            let Some(below) = floor_of(&used) else {
                continue;
            };
            let place = path.display();
            assert!(
                below <= floor,
                "{place}: floor {floor} uses `{used}` of floor {below}"
            );
            checked += 1;
        }
    }
    assert!(
        checked > 100,
        "only {checked} uses were found: is the search broken?"
    );
}

#[test]
fn burn_is_imported_by_the_model_alone_and_plotters_by_the_figures() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    for (library, owner) in [("burn", "model"), ("plotters", "figure")] {
        let names = |code: &str| {
            [
                format!("use {library}::"),
                format!(" {library}::"),
                format!("({library}::"),
            ]
            .iter()
            .any(|import| code.contains(import.as_str()))
        };
        let mut users: Vec<_> = sources(&root)
            .iter()
            .filter(|path| names(&code(&fs::read_to_string(path).unwrap())))
            .map(|path| module_of(path, &root))
            .collect();
        users.sort_unstable();
        users.dedup();
        assert_eq!(users, [owner], "users of {library}");
    }
}

#[test]
fn the_floors_of_mathematics_are_pure() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    for path in sources(&root) {
        if floor_of(&module_of(&path, &root)).is_none_or(|floor| floor > 3) {
            continue;
        }
        if path.ends_with("error.rs") {
            continue;
        }
        let code = code(&fs::read_to_string(&path).unwrap());
        for impure in [
            "std::fs",
            "std::path",
            "println!",
            "std::io",
            "indicatif",
            "SystemTime",
        ] {
            assert!(!code.contains(impure), "{} uses {impure}", path.display());
        }
    }
}

#[test]
fn the_search_sees_imports_in_every_form() {
    let text =
        "use crate::{points::Points, model::{self, Batch}, rng};\nfn f() { crate::cli::g() }";
    assert_eq!(modules_named(text), ["points", "model", "rng", "cli"]);
}
