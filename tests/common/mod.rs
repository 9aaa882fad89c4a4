//! A directory of its own for each test, a configuration that trains in milliseconds, and the binary
//! run in that directory.

#![allow(dead_code, reason = "each test binary uses its own part of these")]

use std::{
    collections::BTreeMap,
    fs,
    os::unix::process::{CommandExt, ExitStatusExt},
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
    thread,
    time::{Duration, Instant, SystemTime},
};
use tempfile::TempDir;

/// One seed, two modes, forty steps; every section is there.
pub const SMALL: &str = r#"name = "small"
seed = 3

[data]
kind = "gaussian_mixture"
weights = [0.3, 0.7]
means = [-2.0, 1.0]
std_devs = [0.5, 0.3]
num_train = 300
num_val = 80
num_test = 200
standardize = "global"

[process]
num_timesteps = 8
schedule = { kind = "cosine" }

[model]
hidden_dim = 16
num_layers = 2

[train]
steps = 40
batch_size = 32
learning_rate = 0.002
validate_every = 10
checkpoint_every = 10

[sampler]
kind = "ddpm"
variance = "posterior"

[eval]
num_samples = 200
"#;

/// How long a test waits for something that takes milliseconds on a machine that is not busy.
const PATIENCE: Duration = Duration::from_secs(120);

const POLL: Duration = Duration::from_millis(2);

/// A working directory with `small.toml` in it; it goes away with the value.
pub struct Workspace {
    directory: TempDir,
}

/// How the binary ended.
pub struct Outcome {
    /// As a shell has it: 128 + signal if a signal ended it.
    pub code: Option<i32>,
    pub stdout: String,
    pub stderr: String,
    command: String,
}

impl Workspace {
    pub fn new() -> Self {
        let directory = TempDir::new().expect("a temporary directory");
        let space = Self { directory };
        space.write("small.toml", SMALL);
        space
    }

    /// A working directory with `configs/` as it is.
    pub fn with_configs() -> Self {
        let space = Self::new();
        let configs = Path::new(env!("CARGO_MANIFEST_DIR")).join("configs");
        for folder in ["", "bases/", "presets/"] {
            for entry in fs::read_dir(configs.join(folder)).unwrap() {
                let path = entry.unwrap().path();
                if path.is_file() {
                    let name = path.file_name().unwrap().to_string_lossy().into_owned();
                    space.write(&format!("configs/{folder}{name}"), fs::read(&path).unwrap());
                }
            }
        }
        space
    }

    pub fn root(&self) -> &Path {
        self.directory.path()
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.root().join(name)
    }

    pub fn write(&self, name: &str, contents: impl AsRef<[u8]>) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, contents).unwrap();
    }

    pub fn bytes(&self, name: &str) -> Vec<u8> {
        fs::read(self.path(name)).unwrap_or_else(|e| panic!("{name}: {e}"))
    }

    pub fn text(&self, name: &str) -> String {
        String::from_utf8(self.bytes(name)).unwrap()
    }

    pub fn json(&self, name: &str) -> serde_json::Value {
        serde_json::from_str(&self.text(name)).unwrap_or_else(|e| panic!("{name}: {e}"))
    }

    pub fn has(&self, name: &str) -> bool {
        self.path(name).exists()
    }

    pub fn remove(&self, name: &str) {
        fs::remove_dir_all(self.path(name)).unwrap();
    }

    /// Copies a directory to another name.
    pub fn copy(&self, from: &str, to: &str) {
        for (name, entry) in self.listing_of(from) {
            if let Some(bytes) = entry {
                self.write(&format!("{to}/{name}"), bytes);
            }
        }
    }

    /// Changes a file in place.
    pub fn edit(&self, name: &str, change: impl FnOnce(&mut Vec<u8>)) {
        let mut bytes = self.bytes(name);
        change(&mut bytes);
        self.write(name, bytes);
    }

    /// Replaces a text that a file is known to hold.
    pub fn replace(&self, name: &str, from: &str, to: &str) {
        let text = self.text(name);
        assert!(
            text.contains(from),
            "{name} does not hold {from:?}:\n{text}"
        );
        self.write(name, text.replace(from, to));
    }

    /// Every file below the directory with its bytes, every directory with `None`.
    pub fn listing(&self) -> BTreeMap<String, Option<Vec<u8>>> {
        self.listing_of(".")
    }

    pub fn listing_of(&self, name: &str) -> BTreeMap<String, Option<Vec<u8>>> {
        let mut found = BTreeMap::new();
        visit(&self.path(name), "", &mut |name, path| {
            let bytes = path.is_file().then(|| fs::read(path).unwrap());
            found.insert(name.to_string(), bytes);
        });
        found
    }

    /// When each file below a directory was written.
    pub fn times_of(&self, name: &str) -> BTreeMap<String, SystemTime> {
        let mut found = BTreeMap::new();
        visit(&self.path(name), "", &mut |name, path| {
            let modified = fs::metadata(path).unwrap().modified().unwrap();
            found.insert(name.to_string(), modified);
        });
        found
    }

    /// The names in a directory, sorted; none if it is not there.
    pub fn names(&self, name: &str) -> Vec<String> {
        let entries = fs::read_dir(self.path(name)).into_iter().flatten();
        let mut names: Vec<_> = entries
            .map(|e| e.unwrap().file_name().to_string_lossy().into_owned())
            .collect();
        names.sort();
        names
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_truescore"));
        command
            .args(args)
            .current_dir(self.root())
            .env("RUST_BACKTRACE", "0")
            .stdin(Stdio::null());
        command
    }

    /// Runs the binary to its end.
    pub fn run(&self, args: &[&str]) -> Outcome {
        let output = self.command(args).output().expect("the binary starts");
        Outcome::new(args, &output)
    }

    /// Runs the binary with these variables in its environment.
    pub fn run_with(&self, args: &[&str], environment: &[(&str, &str)]) -> Outcome {
        let mut command = self.command(args);
        let command = command.envs(environment.iter().copied());
        Outcome::new(args, &command.output().expect("the binary starts"))
    }

    /// Runs the binary with so much virtual memory, so that a wrong estimate hurts nobody else.
    pub fn run_within(&self, gibibytes: u64, args: &[&str]) -> Outcome {
        let limit = format!("ulimit -v {}; exec \"$0\" \"$@\"", gibibytes << 20);
        let mut command = Command::new("sh");
        command
            .args(["-c", &limit, env!("CARGO_BIN_EXE_truescore")])
            .args(args);
        command
            .current_dir(self.root())
            .env("RUST_BACKTRACE", "0")
            .stdin(Stdio::null());
        Outcome::new(args, &command.output().expect("a shell"))
    }

    /// Runs the binary, which must succeed, and returns the path that it prints.
    pub fn path_of(&self, args: &[&str]) -> String {
        let outcome = self.run(args).expect(0);
        let path = outcome
            .stdout
            .strip_suffix('\n')
            .expect("a line")
            .to_string();
        assert!(
            !path.contains('\n') && self.has(&path),
            "stdout is one path, not {path:?}"
        );
        path
    }

    /// Trains `small.toml` with some keys overridden and returns the run's directory.
    pub fn trained(&self, overrides: &[&str]) -> String {
        let mut args = vec!["train", "small.toml", "-q"];
        args.extend(overrides.iter().flat_map(|text| ["--set", text]));
        self.path_of(&args)
    }

    /// Starts the binary and leaves it running; it is killed with the value.
    pub fn spawn(&self, args: &[&str]) -> Background {
        let (out, err) = (self.path(".stdout"), self.path(".stderr"));
        let child = self
            .command(args)
            .stdout(fs::File::create(&out).unwrap())
            .stderr(fs::File::create(&err).unwrap())
            .process_group(0)
            .spawn();
        Background {
            child: child.expect("the binary starts"),
            out,
            err,
        }
    }
}

fn visit(directory: &Path, prefix: &str, found: &mut impl FnMut(&str, &Path)) {
    let Ok(entries) = fs::read_dir(directory) else {
        return;
    };
    for entry in entries {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let name = if prefix.is_empty() {
            name
        } else {
            format!("{prefix}/{name}")
        };
        found(&name, &path);
        if path.is_dir() {
            visit(&path, &name, found);
        }
    }
}

impl Outcome {
    fn new(args: &[&str], output: &Output) -> Self {
        Self {
            code: output
                .status
                .code()
                .or(output.status.signal().map(|signal| 128 + signal)),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
            command: args.join(" "),
        }
    }

    /// The outcome, if it has this exit code and nothing panicked.
    #[track_caller]
    pub fn expect(self, code: i32) -> Self {
        let panicked = self.stderr.contains("panicked");
        assert!(
            self.code == Some(code) && !panicked,
            "expected exit {code}: {self:?}"
        );
        self
    }

    /// stdout as exactly one JSON document.
    #[track_caller]
    pub fn json(&self) -> serde_json::Value {
        let parsed = serde_json::from_str(&self.stdout);
        parsed.unwrap_or_else(|e| panic!("stdout is one JSON document: {e}\n{self:?}"))
    }

    /// stdout as CSV: the header and the rows.
    #[track_caller]
    pub fn csv(&self) -> (Vec<String>, Vec<Vec<String>>) {
        let mut reader = csv::Reader::from_reader(self.stdout.as_bytes());
        let header = reader.headers().unwrap().iter().map(String::from).collect();
        let rows = reader
            .records()
            .map(|row| row.unwrap().iter().map(String::from).collect());
        (header, rows.collect())
    }
}

impl std::fmt::Debug for Outcome {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self {
            code,
            stdout,
            stderr,
            command,
        } = self;
        writeln!(f, "`truescore {command}` ended with {code:?}")?;
        write!(f, "--- stdout\n{stdout}--- stderr\n{stderr}---")
    }
}

/// A process that runs beside the test.
pub struct Background {
    child: Child,
    out: PathBuf,
    err: PathBuf,
}

impl Background {
    /// Waits until something holds or the process has ended; tells whether it is still alive.
    pub fn wait_until(&mut self, mut holds: impl FnMut() -> bool) -> bool {
        let begun = Instant::now();
        while !holds() {
            if self.child.try_wait().unwrap().is_some() {
                return false;
            }
            assert!(
                begun.elapsed() < PATIENCE,
                "what the test waits for never comes"
            );
            thread::sleep(POLL);
        }
        self.child.try_wait().unwrap().is_none()
    }

    /// `kill -9`: the process has no say in it.
    pub fn kill(&mut self) {
        let _ = self.child.kill();
        self.child.wait().unwrap();
    }

    /// `kill -9` of the process and of all that it has started.
    pub fn kill_group(&mut self) {
        let group = format!("-{}", self.child.id());
        let _ = Command::new("kill").args(["-KILL", "--", &group]).status();
        self.child.wait().unwrap();
    }

    /// Sends a signal by name, such as `TERM`.
    pub fn signal(&self, name: &str) {
        let pid = self.child.id().to_string();
        let status = Command::new("kill")
            .args([&format!("-{name}"), &pid])
            .status()
            .unwrap();
        assert!(status.success(), "kill -{name} {pid}");
    }

    /// Waits for the end of the process.
    pub fn end(mut self) -> Outcome {
        let begun = Instant::now();
        let status = loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                break status;
            }
            assert!(begun.elapsed() < PATIENCE, "the process does not end");
            thread::sleep(POLL);
        };
        let stdout = fs::read(&self.out).unwrap();
        let stderr = fs::read(&self.err).unwrap();
        Outcome::new(
            &["…"],
            &Output {
                status,
                stdout,
                stderr,
            },
        )
    }
}

impl Drop for Background {
    fn drop(&mut self) {
        self.kill();
    }
}

/// Number of complete lines in a file; 0 if it is not there.
pub fn lines(path: &Path) -> usize {
    fs::read(path).map_or(0, |bytes| {
        bytes.iter().filter(|byte| **byte == b'\n').count()
    })
}

/// `SMALL` with one line of a section in place of the line with the same key, and the number of
/// that line. The section `""` is the top of the file.
pub fn small_with(section: &str, line: &str) -> (String, usize) {
    let key = line.split('=').next().unwrap().trim();
    let mut lines: Vec<String> = SMALL.lines().map(String::from).collect();
    let header = format!("[{section}]");
    let start = match section {
        "" => 0,
        _ => {
            lines
                .iter()
                .position(|l| *l == header)
                .unwrap_or_else(|| panic!("{header}"))
                + 1
        }
    };
    let end = lines[start..]
        .iter()
        .position(|l| l.starts_with('['))
        .map_or(lines.len(), |n| start + n);
    let same = |l: &String| l.split('=').next().unwrap().trim() == key;
    match lines[start..end].iter().position(same) {
        Some(i) => lines[start + i] = line.into(),
        None => lines.insert(start, line.into()),
    }
    let at = lines.iter().position(|l| l == line).unwrap() + 1;
    (lines.join("\n") + "\n", at)
}

/// What is wrong with the way an input is refused, as sentences. None if it has the exit code, names
/// every word on stderr, prints nothing on stdout, does not panic, and leaves every file as it was.
pub fn flaws_of(space: &Workspace, args: &[&str], code: i32, words: &[&str]) -> Vec<String> {
    let before = space.listing();
    let outcome = space.run(args);
    let after = space.listing();
    let mut flaws = vec![];
    if outcome.code != Some(code) {
        flaws.push(format!("exit code is not {code}"));
    }
    if outcome.stderr.contains("panicked") {
        flaws.push("it panicked".into());
    }
    if !outcome.stdout.is_empty() {
        flaws.push("stdout is not empty".into());
    }
    for word in words.iter().filter(|word| !outcome.stderr.contains(**word)) {
        flaws.push(format!("stderr does not name {word:?}"));
    }
    let written = after
        .iter()
        .filter(|(name, bytes)| before.get(*name) != Some(bytes));
    flaws.extend(written.map(|(name, _)| format!("`{name}` was written")));
    let gone = before.keys().filter(|name| !after.contains_key(*name));
    flaws.extend(gone.map(|name| format!("`{name}` is gone")));
    if !flaws.is_empty() {
        flaws.push(format!("{outcome:?}"));
    }
    flaws
}

/// Asserts that one input is refused properly.
#[track_caller]
pub fn assert_refused(space: &Workspace, args: &[&str], code: i32, words: &[&str]) {
    let flaws = flaws_of(space, args, code, words);
    assert!(flaws.is_empty(), "{}", flaws.join("\n"));
}

/// Asserts that every line of a table, put into a section of `SMALL`, is refused at its place.
#[track_caller]
pub fn assert_lines_refused(cases: &[(&str, &str, &[&str])]) {
    let space = Workspace::new();
    let mut flaws = vec![];
    for (section, line, words) in cases {
        let (text, at) = small_with(section, line);
        space.write("bad.toml", text);
        let place = format!("bad.toml:{at}:");
        let words: Vec<_> = words.iter().copied().chain([place.as_str()]).collect();
        flaws.extend(flaws_of(&space, &["train", "bad.toml"], 2, &words));
    }
    assert!(flaws.is_empty(), "{}", flaws.join("\n"));
}

/// Asserts that every command of a table is refused with the same exit code.
#[track_caller]
pub fn assert_commands_refused(space: &Workspace, code: i32, cases: &[(&[&str], &[&str])]) {
    let refused = |(args, words): &(&[&str], &[&str])| flaws_of(space, args, code, words);
    let flaws: Vec<_> = cases.iter().flat_map(refused).collect();
    assert!(flaws.is_empty(), "{}", flaws.join("\n"));
}

/// The bytes of an npy file with this header and these values.
pub fn npy(header: &str, values: &[f64]) -> Vec<u8> {
    let length = header.len() + 1;
    let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
    bytes.extend((length as u16).to_le_bytes());
    bytes.extend(header.as_bytes());
    bytes.push(b'\n');
    bytes.extend(values.iter().flat_map(|x| x.to_le_bytes()));
    bytes
}

/// Points on a spiral, `n` rows of two numbers: not random, not constant along any axis.
pub fn spiral(n: usize) -> Vec<[f64; 2]> {
    let point = |i: usize| {
        let angle = 0.7 * i as f64;
        let radius = 1.0 + i as f64 / n as f64;
        [radius * angle.cos(), radius * angle.sin()]
    };
    (0..n).map(point).collect()
}

/// Rows as CSV, below a header if there is one.
pub fn csv_of(header: Option<&str>, rows: &[[f64; 2]]) -> String {
    let lines = rows.iter().map(|[x, y]| format!("{x},{y}"));
    header
        .map(String::from)
        .into_iter()
        .chain(lines)
        .map(|line| line + "\n")
        .collect()
}

/// Asserts that two lists of files have the same names and bytes.
#[track_caller]
pub fn assert_same(a: &[(String, Vec<u8>)], b: &[(String, Vec<u8>)]) {
    let names = |files: &[(String, Vec<u8>)]| -> Vec<String> {
        files.iter().map(|(name, _)| name.clone()).collect()
    };
    assert_eq!(names(a), names(b));
    let differ: Vec<_> = a
        .iter()
        .zip(b)
        .filter(|(a, b)| a.1 != b.1)
        .map(|(a, _)| &a.0)
        .collect();
    assert!(differ.is_empty(), "these differ: {differ:?}");
}

/// SHA-256 in hexadecimal.
pub fn sha256(bytes: &[u8]) -> String {
    use sha2::Digest;
    sha2::Sha256::digest(bytes)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}
