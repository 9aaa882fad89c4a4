//! `fit`: a table becomes an experiment whose truth is known.

use crate::common::{Workspace, assert_refused, csv_of, spiral};
use std::fmt::Write;

/// Two clouds of points, 300 and 100.
fn clouds() -> String {
    let mut text = String::from("length,width,kind\n");
    for i in 0..400 {
        let t = f64::from(i);
        let (x, y, kind) = match i % 4 {
            0 => (5.0 + (1.7 * t).sin(), -1.0 + 0.4 * (2.9 * t).cos(), "b"),
            _ => (0.7 * (0.9 * t).sin(), 2.0 + 0.3 * (1.3 * t).cos(), "a"),
        };
        writeln!(text, "{x},{y},{kind}").unwrap();
    }
    text
}

#[test]
fn a_table_becomes_a_configuration_that_runs() {
    let space = Workspace::new();
    space.write("flowers.csv", clouds());
    let args = ["fit", "flowers.csv", "--columns", "length,width"];
    let found = space.run(&args).expect(0);
    assert_eq!(found.stdout.trim(), "flowers.toml");
    for words in ["<- taken", "80 held-out ones", "BIC by number"] {
        assert!(found.stderr.contains(words), "{words}: {}", found.stderr);
    }
    let text = space.text("flowers.toml");
    assert!(text.contains("# Coordinates: length, width."), "{text}");
    let told = space.run(&["describe", "flowers.toml"]).expect(0).stdout;
    assert!(told.contains("gaussian_mixture, 2D"), "{told}");
    let two = [
        "--components",
        "2",
        "--covariances",
        "diagonal",
        "--out",
        "two.toml",
    ];
    space.run(&[&args[..], &two].concat()).expect(0);
    let law = space.text("two.toml");
    let weights = law
        .lines()
        .find(|line| line.starts_with("weights"))
        .unwrap();
    let first: f64 = weights.split(['[', ',']).nth(1).unwrap().parse().unwrap();
    // 320 of 400 points are fitted to: a fraction of 0.75 has a standard error of 0.011.
    assert!((first - 0.75).abs() < 0.05, "{weights}");
    let run = space.path_of(&["train", "two.toml", "--set", "train.steps=5", "-q"]);
    assert!(
        run.starts_with("runs/two") || run.starts_with("runs/flowers"),
        "{run}"
    );
}

#[test]
fn a_single_column_has_standard_deviations_and_the_seed_repeats_the_fit() {
    let space = Workspace::new();
    space.write("flowers.csv", clouds());
    let fit = |seed: &str, out: &str| {
        let args = ["fit", "flowers.csv", "--columns", "0", "--components", "3"];
        space
            .run(&[&args[..], &["--seed", seed, "--out", out]].concat())
            .expect(0);
        space.text(out)
    };
    let first = fit("1", "a.toml");
    assert!(first.contains("std_devs = ["), "{first}");
    assert_eq!(first, fit("1", "b.toml"));
    assert_ne!(first, fit("2", "c.toml"));
    space.run(&["describe", "a.toml"]).expect(0);
}

#[test]
fn what_cannot_be_fitted_is_refused_with_the_reason() {
    let space = Workspace::new();
    let line: Vec<_> = spiral(50).iter().map(|[x, _]| [*x, 4.0]).collect();
    space.write("line.csv", csv_of(Some("x,c"), &line));
    assert_refused(&space, &["fit", "line.csv"], 2, &["line.csv", "vary"]);
    assert_refused(&space, &["fit", "nowhere.csv"], 2, &["nowhere.csv"]);
    let many = ["fit", "line.csv", "--components", "0"];
    assert_refused(&space, &many, 2, &["auto", "100"]);
    space.write("flowers.csv", clouds());
    assert_refused(&space, &["fit", "flowers.csv"], 2, &["kind"]);
    space.write("flowers.toml", "seed = 1\n");
    let again = ["fit", "flowers.csv", "--columns", "length"];
    assert_refused(&space, &again, 4, &["flowers.toml"]);
}
