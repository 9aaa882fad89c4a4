//! `cargo bench --bench growth`: how cost grows with T, the number of samples, width, batch size and
//! jobs. It times training, sampling and whole commands, and finds the memory that they need. The tables
//! are Markdown.
//!
//! With a name (`-- training`, `sampling`, `sweep`, `eval`, `list` or `describe`), that part alone. Training and sampling are
//! timed on one core, the commands as they come.

mod common;

use common::{Recipe, Setting, recipes, reverse_step, seconds};
use std::{
    env, fs,
    path::Path,
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};
use tempfile::TempDir;
use truescore::internals::{DeviceKind, MlpConfig};

/// How often the memory of a command is read: of what it takes in its very last moments, so much is
/// missed.
const POLL: Duration = Duration::from_millis(2);

fn main() {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let named: Vec<&str> = arguments
        .iter()
        .map(String::as_str)
        .filter(|argument| !argument.starts_with('-'))
        .collect();
    let parts: [(&str, fn()); 6] = [
        ("training", || on_one_core(training)),
        ("sampling", || on_one_core(sampling)),
        ("sweep", sweep),
        ("eval", eval),
        ("list", list),
        ("describe", describe),
    ];
    for (name, part) in parts {
        if named.is_empty() || named.contains(&name) {
            part();
        }
    }
}

/// Runs `work` in a pool of one thread.
fn on_one_core(work: fn()) {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build();
    pool.expect("a thread starts").install(work);
}

/// What varies: 256 points, T = 100 and the network of the quickstart.
fn base() -> Recipe {
    Recipe {
        model: MlpConfig::preset("simple_mlp").expect("the preset exists"),
        num_timesteps: 100,
        ..recipes()[0].clone()
    }
}

/// One row of a table.
fn row<const N: usize>(cells: [String; N]) {
    println!("| {} |", cells.join(" | "));
}

/// The head of a table below its title.
fn head<const N: usize>(title: &str, cells: [&str; N]) {
    println!("\n{title}\n");
    row(cells.map(String::from));
    row(cells.map(|_| String::from("---")));
}

fn training() {
    head(
        "Training (one core)",
        ["", "µs/step", "ns/point", "GFLOP/s"],
    );
    let one = |name: String, recipe: &Recipe| {
        let setting = Setting::new(recipe, DeviceKind::Cpu);
        let mut training = recipe.training(&setting);
        let step = seconds(&mut || {
            training.step();
        });
        let flops = common::flops(&recipe.training_products());
        row([
            name,
            format!("{:.0}", step * 1e6),
            format!("{:.0}", step * 1e9 / recipe.batch_size as f64),
            format!("{:.1}", flops / step / 1e9),
        ]);
    };
    for num_timesteps in [10, 100, 1000, 4000] {
        let recipe = Recipe {
            num_timesteps,
            ..base()
        };
        one(format!("T = {num_timesteps}"), &recipe);
    }
    for hidden_dim in [32, 64, 128, 256, 512] {
        let mut recipe = base();
        recipe.model.hidden_dim = hidden_dim;
        one(format!("width {hidden_dim}"), &recipe);
    }
    for batch_size in [32, 128, 512, 2048, 8192] {
        let recipe = Recipe {
            batch_size,
            ..base()
        };
        one(format!("batch {batch_size}"), &recipe);
    }
}

fn sampling() {
    head(
        "Sampling (one core)",
        ["samples", "T", "seconds", "ns/sample and step"],
    );
    for (num_samples, num_timesteps) in [
        (100, 100),
        (1_000, 100),
        (10_000, 100),
        (100_000, 100),
        (10_000, 10),
        (10_000, 1000),
    ] {
        let recipe = Recipe {
            num_timesteps,
            ..base()
        };
        let setting = Setting::new(&recipe, DeviceKind::Cpu);
        let mut x = vec![0.5; num_samples];
        let begun = Instant::now();
        let predictor = recipe.predictor(&setting);
        for step in 0..num_timesteps {
            reverse_step(&predictor, &mut x, step as u64);
        }
        let seconds = begun.elapsed().as_secs_f64();
        row([
            num_samples.to_string(),
            num_timesteps.to_string(),
            format!("{seconds:.3}"),
            format!(
                "{:.0}",
                seconds * 1e9 / (num_samples * num_timesteps) as f64
            ),
        ]);
    }
}

/// The sweep of the quickstart with its evaluation, with one job and with one a core.
fn sweep() {
    head(
        "`truescore sweep configs/quickstart.toml --eval`",
        ["jobs", "seconds", "peak memory, MiB"],
    );
    let cores = thread::available_parallelism().map_or(1, usize::from);
    let mut jobs = vec![1, 2, cores];
    jobs.retain(|jobs| *jobs <= cores);
    jobs.dedup();
    for jobs in jobs {
        let directory = TempDir::new().expect("a temporary directory");
        let (out, jobs) = (directory.path().join("out"), jobs.to_string());
        let config = config("quickstart.toml");
        let cost = Cost::of(&["sweep", &config, "--eval", "--jobs", &jobs], &out);
        row([jobs, cost.seconds(), cost.peak()]);
    }
}

/// The evaluation of runs that differ in T alone, and then in the number of samples.
fn eval() {
    head(
        "`truescore eval` of a run of the homework, 100 reverse steps",
        ["T", "samples", "seconds", "peak memory, MiB"],
    );
    for (num_timesteps, samples) in [(100, 10_000), (4000, 10_000), (100, 100_000)] {
        let directory = TempDir::new().expect("a temporary directory");
        let run = directory.path().join("out");
        let process = format!("process.num_timesteps={num_timesteps}");
        let set = ["train.steps=200", "sampler.num_steps=100", &process];
        let config = config("homework.toml");
        let mut arguments = vec!["train", &config];
        arguments.extend(set.iter().flat_map(|set| ["--set", set]));
        Cost::of(&arguments, &run);
        let samples_key = format!("eval.num_samples={samples}");
        let path = run.display().to_string();
        let cost = Cost::of_command(&["eval", &path, "--set", &samples_key]);
        row([
            num_timesteps.to_string(),
            samples.to_string(),
            cost.seconds(),
            cost.peak(),
        ]);
    }
}

/// The listing of many runs: copies of those of the quickstart.
fn list() {
    head(
        "`truescore list` of evaluated runs",
        ["runs", "seconds", "exponent", "peak memory, MiB"],
    );
    let directory = TempDir::new().expect("a temporary directory");
    let sweep = directory.path().join("sweep");
    Cost::of(&["sweep", &config("quickstart.toml"), "--eval"], &sweep);
    let runs: Vec<_> = fs::read_dir(sweep.join("runs"))
        .expect("the sweep has runs")
        .map(|entry| entry.expect("an entry").path())
        .collect();
    let mut growth = Growth::default();
    for count in [1000, 3000, 10_000] {
        let copies = directory.path().join(count.to_string());
        for i in 0..count {
            copy(&runs[i % runs.len()], &copies.join(format!("{i:05}")));
        }
        let cost = Cost::of_command(&["list", &copies.display().to_string()]);
        let exponent = growth.exponent(count, &cost);
        row([count.to_string(), cost.seconds(), exponent, cost.peak()]);
    }
}

/// What a table of runs is read from, without a second copy on the disk.
fn copy(run: &Path, to: &Path) {
    fs::create_dir_all(to.join("eval")).expect("a directory can be made");
    for name in [
        "config.toml",
        "provenance.json",
        "status.json",
        "metrics.jsonl",
        "eval/metrics.json",
    ] {
        fs::hard_link(run.join(name), to.join(name)).expect("a file can be linked");
    }
}

/// What is known before training, by the number of timesteps.
fn describe() {
    head(
        "`truescore describe configs/homework.toml`",
        ["T", "seconds", "exponent", "peak memory, MiB"],
    );
    let mut growth = Growth::default();
    for num_timesteps in [1000, 10_000, 100_000] {
        let set = format!("process.num_timesteps={num_timesteps}");
        let cost = Cost::of_command(&["describe", &config("homework.toml"), "--set", &set]);
        let exponent = growth.exponent(num_timesteps, &cost);
        row([
            num_timesteps.to_string(),
            cost.seconds(),
            exponent,
            cost.peak(),
        ]);
    }
}

/// Sizes and seconds one after the other.
#[derive(Default)]
struct Growth {
    before: Option<(usize, Duration)>,
}

impl Growth {
    /// The power of the size by which the time has grown since the size before.
    fn exponent(&mut self, size: usize, cost: &Cost) -> String {
        let before = self.before.replace((size, cost.elapsed));
        before.map_or_else(
            || String::from("–"),
            |(smaller, elapsed)| {
                let time = cost.elapsed.as_secs_f64() / elapsed.as_secs_f64();
                let sizes = size as f64 / smaller as f64;
                format!("{:.2}", time.ln() / sizes.ln())
            },
        )
    }
}

/// A configuration of the repository.
fn config(name: &str) -> String {
    let configs = Path::new(env!("CARGO_MANIFEST_DIR")).join("configs");
    configs.join(name).display().to_string()
}

/// What a command took.
struct Cost {
    elapsed: Duration,
    /// The most physical memory it held, in KiB; known on Linux.
    peak: Option<u64>,
}

impl Cost {
    /// Of a command that writes into `out`.
    fn of(arguments: &[&str], out: &Path) -> Self {
        let out = out.display().to_string();
        Self::of_command(&[arguments, &["--out", &out]].concat())
    }

    fn of_command(arguments: &[&str]) -> Self {
        let begun = Instant::now();
        let mut child = Command::new(env!("CARGO_BIN_EXE_truescore"))
            .args(arguments)
            .args(["--progress", "none"])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .spawn()
            .expect("the program starts");
        let mut peak = None;
        let status = loop {
            peak = peak.max(peak_kib(&child));
            match child.try_wait().expect("the program can be waited for") {
                Some(status) => break status,
                None => thread::sleep(POLL),
            }
        };
        assert!(status.success(), "truescore {arguments:?}: {status}");
        Self {
            elapsed: begun.elapsed(),
            peak,
        }
    }

    fn seconds(&self) -> String {
        format!("{:.2}", self.elapsed.as_secs_f64())
    }

    fn peak(&self) -> String {
        self.peak.map_or_else(
            || String::from("–"),
            |kib| format!("{:.1}", kib as f64 / 1024.0),
        )
    }
}

/// The high-water mark of a process's resident memory so far, in KiB.
fn peak_kib(child: &Child) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{}/status", child.id())).ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.split_whitespace().next()?.parse().ok()
}
