//! The rules of the house: arrows point downward only, no room's files form a circle, and what is said of a
//! floor holds. Each rule is shown to find a planted fault.

mod house;

use house::{House, Names, public_names};
use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

/// The floor of every room, as the crate's documentation draws it.
const FLOORS: [(&str, u32); 21] = [
    ("memo", 0),
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

/// Rooms that open no file, print nothing and ask no clock.
const PURE: [&str; 10] = [
    "memo",
    "points",
    "rng",
    "text",
    "settings",
    "target",
    "figure",
    "diffusion",
    "distance",
    "truth",
];

/// Most lines of a function, its signature included.
const LONGEST_FUNCTION: usize = 80;

/// Most lines of the room of the verbs.
const LONGEST_COMMAND: usize = 2000;

fn floor_of(room: &str) -> u32 {
    let found = FLOORS.iter().find(|(name, _)| *name == room);
    found.unwrap_or_else(|| panic!("`{room}` has no floor")).1
}

fn source() -> House {
    House::at(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"))
}

/// Arrows that lead up, or to another room of the same floor.
fn upward(house: &House) -> Vec<String> {
    let mut found = vec![];
    for (from, targets) in house.arrows() {
        let Some(room) = from.first() else { continue };
        for to in targets {
            if to[0] != *room && floor_of(&to[0]) >= floor_of(room) {
                found.push(format!("{} uses {}", from.join("::"), to.join("::")));
            }
        }
    }
    found
}

/// Files that use each other in a circle, each circle once.
fn circles(house: &House) -> Vec<String> {
    let arrows = house.arrows();
    let reaches = |start: &Names| {
        let mut seen = BTreeSet::new();
        let mut waiting: Vec<&Names> = arrows[start].iter().copied().collect();
        while let Some(module) = waiting.pop() {
            if seen.insert(module) {
                waiting.extend(&arrows[module]);
            }
        }
        seen
    };
    let reached: BTreeMap<_, _> = arrows
        .keys()
        .map(|module| (*module, reaches(module)))
        .collect();
    let mut found = BTreeSet::new();
    for (module, all) in &reached {
        let circle: BTreeSet<_> = all
            .iter()
            .filter(|other| reached[**other].contains(*module))
            .map(|other| other.join("::"))
            .collect();
        if !circle.is_empty() {
            found.insert(circle.into_iter().collect::<Vec<_>>().join(" ↔ "));
        }
    }
    found.into_iter().collect()
}

/// What the verbs must not know.
fn known_to_commands(house: &House) -> Vec<String> {
    let arrows = house.arrows();
    let mut found = vec![];
    for (from, targets) in arrows
        .iter()
        .filter(|(from, _)| from.first().is_some_and(|room| room == "command"))
    {
        for to in targets {
            if ["figure", "truth", "target", "metric"].contains(&to[0].as_str()) {
                found.push(format!("{} uses {}", from.join("::"), to.join("::")));
            }
        }
    }
    found
}

/// Files of the report that could ask a network: what it shows is in a record first.
fn askers(house: &House) -> Vec<String> {
    let network = [
        "model::predictor",
        "model::answers",
        "diffusion::denoiser",
        "diffusion::sampler::reverse",
    ];
    let mut found = vec![];
    for (from, targets) in house.arrows() {
        if from.first().is_none_or(|room| room != "report") {
            continue;
        }
        let asked = targets.iter().map(|to| to.join("::"));
        for to in asked.filter(|to| network.contains(&to.as_str())) {
            found.push(format!("{} uses {to}", from.join("::")));
        }
    }
    found
}

/// Rooms that name a library.
fn users<'a>(house: &'a House, library: &str) -> BTreeSet<&'a str> {
    let users = house
        .sources
        .iter()
        .filter(|(_, source)| source.roots.contains(library));
    users
        .filter_map(|(module, _)| module.first().map(String::as_str))
        .collect()
}

/// Files that do what their floor must not.
fn impure(house: &House) -> Vec<String> {
    let forbidden = [
        "std :: fs",
        "println !",
        "std :: io",
        "SystemTime",
        "Instant :: now",
    ];
    let mut found = vec![];
    for (module, source) in &house.sources {
        if !module
            .first()
            .is_some_and(|room| PURE.contains(&room.as_str()))
        {
            continue;
        }
        for word in forbidden.iter().filter(|word| source.code.contains(**word)) {
            found.push(format!("{} has {word}", source.place));
        }
        for library in ["terminal_size", "burn"] {
            if source.roots.contains(library) {
                found.push(format!("{} uses {library}", source.place));
            }
        }
    }
    found
}

/// Functions that are too long to read at once.
fn long_functions(house: &House) -> Vec<String> {
    let all = house.sources.values().flat_map(|source| {
        let long = source
            .functions
            .iter()
            .filter(|(_, lines)| *lines > LONGEST_FUNCTION);
        long.map(|(name, lines)| format!("{}: {name} has {lines} lines", source.place))
    });
    all.collect()
}

fn assert_none(found: Vec<String>) {
    assert!(found.is_empty(), "\n{}", found.join("\n"));
}

#[test]
fn arrows_point_downward() {
    let house = source();
    let arrows: usize = house.arrows().values().map(BTreeSet::len).sum();
    assert!(
        arrows > 500,
        "only {arrows} arrows were found: is the search broken?"
    );
    assert_none(upward(&house));
}

#[test]
fn no_files_form_a_circle() {
    assert_none(circles(&source()));
}

#[test]
fn the_verbs_hold_no_mathematics() {
    let house = source();
    assert_none(known_to_commands(&house));
    let verbs = house
        .sources
        .iter()
        .filter(|(module, _)| module.first().is_some_and(|room| room == "command"));
    let lines: usize = verbs.map(|(_, source)| source.text.lines().count()).sum();
    assert!(lines < LONGEST_COMMAND, "command/ has {lines} lines");
}

#[test]
fn the_report_asks_no_network() {
    let house = source();
    let known = |module: &str| {
        let names: Names = module.split("::").map(String::from).collect();
        house.sources.contains_key(&names)
    };
    assert!(known("model::predictor") && known("diffusion::denoiser"));
    assert_none(askers(&house));
}

#[test]
fn each_library_has_one_owner() {
    let house = source();
    assert_eq!(users(&house, "burn"), BTreeSet::from(["model"]));
    assert_eq!(users(&house, "plotters"), BTreeSet::from(["figure"]));
    assert_eq!(users(&house, "terminal_size"), BTreeSet::from(["terminal"]));
}

#[test]
fn the_floors_of_mathematics_are_pure() {
    assert_none(impure(&source()));
}

#[test]
fn a_function_is_read_at_once() {
    assert_none(long_functions(&source()));
}

#[test]
fn the_crate_shows_its_command_line_and_one_hidden_face() {
    let text = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/lib.rs"));
    let shown = public_names(&text.unwrap());
    assert_eq!(shown, ["cli", "run", "internals"], "what lib.rs shows");
}

#[test]
fn planted_faults_are_found() {
    let upward_import = House::of(&[
        ("lib.rs", "mod points; mod truth;"),
        ("points.rs", "use crate::truth::Law;"),
        ("truth.rs", "pub struct Law;"),
    ]);
    assert_eq!(upward(&upward_import), ["points uses truth"]);

    let same_floor = House::of(&[
        ("lib.rs", "mod diffusion; mod distance;"),
        ("diffusion.rs", "pub fn f() { crate::distance::w1() }"),
        ("distance.rs", "pub fn w1() {}"),
    ]);
    assert_eq!(upward(&same_floor), ["diffusion uses distance"]);

    // A test may look anywhere, and what stands behind it is code again.
    let after_a_test = House::of(&[
        ("lib.rs", "mod points; mod truth;"),
        (
            "points.rs",
            "#[cfg(test)] use crate::truth::Law; #[cfg(test)] mod tests { use crate::truth::Law; } fn f() { format!(\"{}\", crate::truth::law()); }",
        ),
        ("truth.rs", "pub struct Law; pub fn law() {}"),
    ]);
    assert_eq!(upward(&after_a_test), ["points uses truth"]);

    let circle = House::of(&[
        ("lib.rs", "mod truth;"),
        ("truth/mod.rs", "mod a; mod b; pub use a::A;"),
        ("truth/a.rs", "use super::b::B; pub struct A;"),
        (
            "truth/b.rs",
            "use crate::truth::{self}; pub struct B; fn f(_: truth::A) {}",
        ),
    ]);
    assert_eq!(circles(&circle), ["truth::a ↔ truth::b"]);

    let parent_and_child = House::of(&[
        ("lib.rs", "mod truth;"),
        ("truth/mod.rs", "mod a; use a::A; pub struct Law(A);"),
        (
            "truth/a.rs",
            "use super::Law; pub struct A; fn f(_: Law) {}",
        ),
    ]);
    assert_eq!(circles(&parent_and_child), ["truth ↔ truth::a"]);

    let verb = House::of(&[
        ("lib.rs", "mod command; mod truth;"),
        ("command.rs", "use crate::truth::Law as L; fn f() -> L {}"),
        ("truth.rs", "pub struct Law;"),
    ]);
    assert_eq!(known_to_commands(&verb), ["command uses truth"]);

    let asker = House::of(&[
        ("lib.rs", "mod report; mod model;"),
        (
            "report.rs",
            "use crate::model::Predictor; fn f(_: Predictor) {}",
        ),
        (
            "model/mod.rs",
            "mod predictor; pub use predictor::Predictor;",
        ),
        ("model/predictor.rs", "pub struct Predictor;"),
    ]);
    assert_eq!(askers(&asker), ["report uses model::predictor"]);

    let library = House::of(&[
        ("lib.rs", "mod truth;"),
        ("truth.rs", "use burn::tensor::Tensor;"),
    ]);
    assert_eq!(users(&library, "burn"), BTreeSet::from(["truth"]));
    assert_eq!(impure(&library), ["truth.rs uses burn"]);

    let printing = House::of(&[
        ("lib.rs", "mod truth;"),
        ("truth.rs", "fn f() { println!(\"x\"); }"),
    ]);
    assert_eq!(impure(&printing), ["truth.rs has println !"]);

    let body = "1;\n".repeat(LONGEST_FUNCTION);
    let text = format!("fn long() {{\n{body}}}");
    let long = House::of(&[("lib.rs", "mod truth;"), ("truth.rs", &text)]);
    assert_eq!(long_functions(&long).len(), 1);

    assert_eq!(
        public_names("pub mod cli; mod truth; pub(crate) mod model; pub fn run() {}"),
        ["cli", "run"]
    );
}
