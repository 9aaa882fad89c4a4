//! Networks in other processes, evaluated as our own are.

use crate::common::{Outcome, Workspace, assert_refused};
use serde_json::Value;
use std::{path::Path, process::Command};

/// A Gaussian in one dimension or two, whose Bayes denoiser has a closed form.
fn with_gaussian(means: &str) -> Workspace {
    let space = Workspace::new();
    space.write(
        "gauss.toml",
        format!(
            "name = \"gauss\"\n[data]\nkind = \"gaussian_mixture\"\nmeans = [{means}]\nstd_devs = [2.0]\n\
             num_train = 300\nnum_val = 80\nnum_test = 40\nstandardize = \"global\"\n[process]\nnum_timesteps = 6\n\
             schedule = {{ kind = \"cosine\" }}\n[eval]\nnum_samples = 200\n"
        ),
    );
    space
}

/// The page's program, with a network in front of it that is the Bayes denoiser of a Gaussian.
const BAYES: &str = r#"
class Bayes(torch.nn.Module):
    def forward(self, x, sigma, labels):
        a = 1 / (1 + sigma[:, None] ** 2).sqrt()
        s = sigma[:, None] * a
        mean, std_dev = torch.tensor([3.0, -1.0]), 2.0
        total = a**2 * std_dev**2 + s**2
        x0 = mean + a * std_dev**2 / total * (x - a * mean)
        return (x - a * x0) / s

serve(Bayes(), "noise", time="sigma")
"#;

/// A Python that has PyTorch: the one that `TRUESCORE_PYTHON` names, or the usual one.
fn python_with_torch() -> Option<String> {
    let python = std::env::var("TRUESCORE_PYTHON").unwrap_or_else(|_| "python3".into());
    let found = Command::new(&python).args(["-c", "import torch"]).output();
    let is_there = found.is_ok_and(|output| output.status.success());
    if !is_there {
        eprintln!("skipped: `{python}` has no PyTorch");
    }
    is_there.then_some(python)
}

#[test]
fn the_page_of_pytorch_works() {
    let Some(python) = python_with_torch() else {
        return;
    };
    let page = include_str!("../../docs/denoiser.md");
    let program = page.split("```python\n").nth(1).unwrap();
    let program = program.split("```").next().unwrap();
    let space = with_gaussian("[3.0, -1.0]");
    space.replace("gauss.toml", "\"global\"", "\"none\"");
    space.write("network.py", format!("{program}{BAYES}"));
    let command = format!("{python} network.py");
    let args = [
        "judge",
        "gauss.toml",
        "--denoiser",
        &command,
        "--figures",
        "none",
    ];
    space
        .run(&[&args[..], &["--out", "net"]].concat())
        .expect(0);
    let record = space.json("net/eval/metrics.json");
    assert!(value(&record, "excess_loss") < 1e-10, "{record:#}");
    let found = value(&record, "model_log_likelihood");
    let truth = &record["metrics"]["model_log_likelihood"]["truth"];
    // Six steps of the process lose some of it.
    assert!(
        (found - truth.as_f64().unwrap()).abs() < 0.2,
        "{found} {truth}"
    );
}

/// Whether there is a Python; without one these tests say so and pass.
fn has_python() -> bool {
    let found = Command::new("python3").arg("--version").output();
    let is_there = found.is_ok_and(|output| output.status.success());
    if !is_there {
        eprintln!("skipped: there is no python3");
    }
    is_there
}

fn command(arguments: &str) -> String {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/denoiser.py");
    format!("python3 '{}' {arguments}", script.display())
}

fn judge(space: &Workspace, arguments: &str, more: &[&str]) -> Outcome {
    let command = command(arguments);
    let args = [
        "judge",
        "gauss.toml",
        "--denoiser",
        &command,
        "--figures",
        "none",
    ];
    space.run(&[&args, more].concat())
}

/// The record of the network `name`.
fn record(space: &Workspace, arguments: &str, name: &str) -> Value {
    let out = format!("out/{name}");
    judge(space, arguments, &["--name", name, "--out", &out]).expect(0);
    space.json(&format!("{out}/eval/metrics.json"))
}

fn value(record: &Value, metric: &str) -> f64 {
    record["metrics"][metric]["value"].as_f64().unwrap()
}

/// Mean and standard deviation in standardised units.
fn standardised(space: &Workspace) -> (f64, f64) {
    let directory = space.path_of(&["gen-data", "gauss.toml", "-q"]);
    let text = space.text(&format!("{directory}/dataset.toml"));
    let number = |key: &str| -> f64 {
        let line = text.lines().find(|line| line.starts_with(key)).unwrap();
        let digits = line.split(['[', ',', ']']).nth(1).unwrap();
        digits.trim().parse().unwrap()
    };
    let (shift, scale) = (number("shift"), number("scale"));
    ((3.0 - shift) / scale, 2.0 / scale)
}

#[test]
fn the_bayes_denoiser_of_another_process_has_no_error_whatever_it_answers() {
    if !has_python() {
        return;
    }
    let space = with_gaussian("3.0");
    let (mean, std_dev) = standardised(&space);
    let expected = record(&space, "x0 data float64 4096 no 3 2", "first");
    for kind in ["noise", "x0", "v", "velocity", "score"] {
        for (units, law) in [
            ("data", "3 2".to_string()),
            ("standardised", format!("{mean} {std_dev}")),
        ] {
            let name = format!("{kind}-{units}");
            let found = record(
                &space,
                &format!("{kind} {units} float64 100 no {law}"),
                &name,
            );
            assert!(value(&found, "excess_loss") < 1e-18, "{name}");
            for metric in ["w1", "w1_test", "w1_law", "val_loss", "kl_forward"] {
                let (found, expected) = (value(&found, metric), value(&expected, metric));
                assert!(
                    (found - expected).abs() < 1e-9,
                    "{name} {metric}: {found} {expected}"
                );
            }
            let cells = found["attribution"].to_string();
            assert!(cells.contains("network"), "{cells}");
        }
    }
    let single = record(&space, "noise data float32 64 no 3 2", "single");
    assert!(value(&single, "excess_loss") < 1e-10);
}

#[test]
fn several_processes_answer_as_one_does() {
    if !has_python() {
        return;
    }
    let space = with_gaussian("3.0");
    let one = judge(&space, "x0 data float64 50 no 3 2", &["--out", "one"]).expect(0);
    let more = ["--workers", "3", "--out", "three", "--jobs", "4"];
    let three = judge(&space, "x0 data float64 50 no 3 2", &more).expect(0);
    drop((one, three));
    let metrics =
        |place: &str| space.json(&format!("{place}/eval/metrics.json"))["metrics"].clone();
    assert_eq!(metrics("one"), metrics("three"));
}

#[test]
fn the_likelihood_in_the_plane_needs_slopes_that_are_told_or_precise() {
    if !has_python() {
        return;
    }
    let space = with_gaussian("[3.0, -1.0]");
    let of = |arguments: &str, name| record(&space, &format!("{arguments} 3,-1 2"), name);
    let differences = of("noise data float64 4096 no", "differences");
    let told = of("noise data float64 4096 jvp", "told");
    let single = of("noise data float32 4096 jvp", "single");
    let exact = value(&told, "model_log_likelihood");
    for other in [&differences, &single] {
        let found = value(other, "model_log_likelihood");
        assert!((found - exact).abs() < 1e-5, "{found} {exact}");
    }
    let rough = of("noise data float32 4096 no", "rough");
    assert!(rough["metrics"]["model_log_likelihood"]["value"].is_null());
    let page = space.text("out/rough/eval/report.md");
    assert!(page.contains("gives no jvp"), "{page}");
    assert!(
        !space
            .text("out/single/eval/report.md")
            .contains("gives no jvp")
    );
}

#[test]
fn what_goes_wrong_in_the_other_process_is_told_with_its_last_words() {
    if !has_python() {
        return;
    }
    let space = with_gaussian("3.0");
    for (fault, words) in [
        ("dies", &["has ended", "no memory on the device"][..]),
        ("nan", &["its answer is NaN", "at t ="]),
        ("size", &["it was asked for", "answered"]),
    ] {
        let found = judge(&space, &format!("x0 data float64 4096 no 3 2 {fault}"), &[]);
        let found = found.expect(1);
        for word in words {
            assert!(found.stderr.contains(word), "{fault}: {}", found.stderr);
        }
    }
    let several = ["--workers", "3", "--jobs", "4"];
    let found = judge(&space, "x0 data float64 20 no 3 2 dies", &several).expect(1);
    assert!(
        found.stderr.contains("no memory on the device"),
        "{}",
        found.stderr
    );
    let hangs = judge(
        &space,
        "x0 data float64 4096 no 3 2 hangs",
        &["--timeout", "0.5"],
    );
    let hangs = hangs.expect(1);
    assert!(
        hangs.stderr.contains("within 0.5 s (--timeout)"),
        "{}",
        hangs.stderr
    );
}

#[test]
fn a_command_that_is_no_network_is_refused() {
    let space = with_gaussian("3.0");
    for (command, words) in [
        ("./nowhere.sh", &["`./nowhere.sh` cannot be started"][..]),
        ("'unclosed", &["a quote is not closed"]),
        ("", &["empty"]),
        ("echo hello", &["its first line is `hello`", "protocol"]),
        ("false", &["the process has ended", "nothing to stderr"]),
    ] {
        let args = ["judge", "gauss.toml", "--denoiser", command];
        assert_refused(&space, &args, 2, words);
    }
    let both = [
        "judge",
        "gauss.toml",
        "--denoiser",
        "x",
        "--samples",
        "y.npy",
    ];
    assert_refused(&space, &both, 2, &["--samples"]);
    let alone = [
        "judge",
        "gauss.toml",
        "--samples",
        "y.npy",
        "--timeout",
        "3",
    ];
    assert_refused(&space, &alone, 2, &["--timeout"]);
}

#[test]
fn nothing_in_the_directory_starts_a_program_again() {
    if !has_python() {
        return;
    }
    let space = with_gaussian("3.0");
    judge(
        &space,
        "x0 data float64 4096 no 3 2",
        &["--out", "judged/net"],
    )
    .expect(0);
    let list = space
        .run(&["list", "judged", "--format", "csv"])
        .expect(0)
        .stdout;
    assert!(list.contains(",judged,"), "{list}");
    let source = space.text("judged/net/judged.json");
    assert!(!source.contains("python3"), "{source}");
    let eval = space.run(&["eval", "judged"]).expect(3);
    assert!(eval.stderr.contains("truescore judge"), "{}", eval.stderr);
    assert_refused(
        &space,
        &["train", "gauss.toml", "--out", "judged/net"],
        4,
        &["network"],
    );
}
