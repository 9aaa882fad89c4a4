//! `export`: results in the forms of other programs.

use crate::common::{Workspace, assert_refused};

#[test]
fn a_sweep_becomes_a_table_for_a_paper() {
    let space = Workspace::new();
    space.write(
        "s.toml",
        "base = \"small.toml\"\n[sweep]\nseeds = 3\n[sweep.grid]\n\"train.learning_rate\" = [0.002, 0.004]\n",
    );
    let sweep = space
        .run(&["sweep", "s.toml", "--eval", "--figures", "none"])
        .expect(0);
    let sweep = sweep.stdout.trim();
    let latex = space
        .run(&["export", sweep, "--to", "latex"])
        .expect(0)
        .stdout;
    for part in [
        "\\toprule",
        "learning\\_rate & seeds",
        "0.002 & 3 & $",
        "noise floor",
        "\\pm",
    ] {
        assert!(latex.contains(part), "{part}\n{latex}");
    }
    let columns = |line: &str| line.matches(" & ").count();
    let rows: Vec<_> = latex
        .lines()
        .filter(|line| line.ends_with("\\\\"))
        .collect();
    assert_eq!(rows.len(), 4, "{latex}");
    assert!(
        rows[..3].iter().all(|row| columns(row) == columns(rows[0])),
        "{latex}"
    );
    let args = [
        "export",
        sweep,
        "--to",
        "markdown",
        "--columns",
        "w1",
        "--out",
        "t.md",
    ];
    assert_eq!(space.run(&args).expect(0).stdout, "t.md\n");
    let table = space.text("t.md");
    assert!(table.contains("| learning_rate | seeds | w1 |"), "{table}");
    assert_refused(
        &space,
        &["export", sweep, "--to", "latex", "--columns", "w1_lw"],
        2,
        &["`w1_lw`", "did you mean"],
    );
}

#[test]
fn a_trained_network_becomes_a_module_for_pytorch() {
    let space = Workspace::new();
    let run = space.path_of(&["train", "small.toml", "-q"]);
    let place = space.path_of(&["export", &run, "--to", "pytorch"]);
    assert!(place.starts_with("export/"), "{place}");
    let facts = space.json(&format!("{place}/model.json"));
    assert_eq!(facts["process"]["a"].as_array().unwrap().len(), 9);
    assert_eq!(facts["step"], 40);
    let weights = space.bytes(&format!("{place}/model.safetensors"));
    let length = u64::from_le_bytes(weights[..8].try_into().unwrap()) as usize;
    let header: serde_json::Value = serde_json::from_slice(&weights[8..8 + length]).unwrap();
    assert_eq!(header["output.weight"]["shape"], serde_json::json!([1, 16]));
    assert!(
        space
            .text(&format!("{place}/model.py"))
            .contains("class Network(nn.Module)")
    );
    space
        .run(&["export", &run, "--to", "pytorch", "--out", "there"])
        .expect(0);
    assert_eq!(space.names("there").len(), 1);
}

#[test]
fn what_has_no_network_is_not_exported() {
    let space = Workspace::new();
    space.write(
        "bayes.toml",
        "base = \"small.toml\"\n[model]\nkind = \"bayes\"\n",
    );
    let run = space.path_of(&["train", "bayes.toml", "-q"]);
    let words = ["no trained network"];
    assert_refused(&space, &["export", &run, "--to", "pytorch"], 3, &words);
}
