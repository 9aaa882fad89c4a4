//! `probability`: a row for each point and class, and what it refuses.

use crate::common::{Workspace, assert_commands_refused};

fn number(row: &serde_json::Value, key: &str) -> f64 {
    row[key].as_f64().unwrap_or_else(|| panic!("{key}: {row}"))
}

#[test]
fn the_bayes_denoiser_of_each_class_bounds_its_exact_log_density() {
    let space = Workspace::new();
    let run = space.trained(&[
        "model.kind=bayes",
        "model.class_conditional=true",
        "process.num_timesteps=200",
    ]);
    let args = ["--points", "-2; 1; -1.5", "--format", "json"];
    let outcome = space
        .run(&[&["probability", &run][..], &args].concat())
        .expect(0);
    let rows = outcome.json();
    let rows = rows.as_array().unwrap();
    // Two classes, and none.
    assert_eq!(rows.len(), 9);
    for row in rows {
        let parts =
            number(row, "estimate") - number(row, "prior_kl") - number(row, "reconstruction");
        let (bound, exact) = (number(row, "bound"), number(row, "exact"));
        assert!((parts - bound).abs() < 1e-9, "{row}");
        // 200 steps of a cosine schedule cost some tenths of a nat where there is any density.
        let slack = 5.0 * number(row, "bound_se");
        assert!(bound < exact + slack, "{row}");
        if exact > -3.0 {
            assert!(bound > exact - 1.0 - slack, "{row}");
            assert!((number(row, "flow") - exact).abs() < 0.2, "{row}");
        }
    }
    let outcome = space
        .run(&["probability", &run, "--points", "1", "--class", "1", "-q"])
        .expect(0);
    assert_eq!(outcome.stdout.lines().count(), 2, "{}", outcome.stdout);
}

#[test]
fn what_it_cannot_answer_is_refused() {
    let space = Workspace::new();
    let plain = space.trained(&[]);
    let told = space.trained(&["model.class_embedding_dim=2"]);
    let cases = [
        (
            vec!["probability", &plain, "--points", "1,2"],
            vec!["`1,2`", "1 finite number"],
        ),
        (
            vec!["probability", &plain, "--points", "one"],
            vec!["`one`", "semicolons"],
        ),
        (
            vec!["probability", &plain, "--points", "1", "--class", "0"],
            vec!["--class", "is not class-conditional"],
        ),
        (
            vec!["probability", &told, "--points", "1", "--class", "7"],
            vec!["no class `7`", "0, 1"],
        ),
    ];
    let cases: Vec<_> = cases
        .iter()
        .map(|(args, words)| (args.as_slice(), words.as_slice()))
        .collect();
    assert_commands_refused(&space, 2, &cases);
}
