//! The commands of ```` ```console ```` blocks print what the document says.
//!
//! All blocks of a document run in one directory of its own, which holds `configs/`. `[..]` stands for anything
//! within a line, and a line `...` for any lines. A command that must fail shows a line that begins with
//! `error: `. A block of TOML whose first line is a comment with a path is written to that path.
//! `SNAPSHOTS=overwrite cargo test --release --test docs` writes what is printed into the documents.

use super::{documents, root, text_of};
use crate::common::Workspace;
use snapbox::{Assert, Data};
use std::{
    env, iter,
    path::Path,
    process::{Command, Stdio},
    thread,
};

const SHOWN: &str = "```console";

/// What a shell prints for a command, errors among it.
fn printed(space: &Workspace, command: &str) -> (String, bool) {
    let program = Path::new(env!("CARGO_BIN_EXE_truescore"));
    let path = env::var("PATH").unwrap();
    let path = format!("{}:{path}", program.parent().unwrap().display());
    let output = Command::new("sh")
        .args(["-c", &format!("exec 2>&1\n{command}")])
        .current_dir(space.root())
        .env("PATH", path)
        .stdin(Stdio::null())
        .output()
        .expect("a shell");
    let text = String::from_utf8(output.stdout).unwrap();
    // A slow step says what it does: such lines tell of the machine alone.
    let is_sign = |line: &str| line.starts_with(char::is_lowercase) && line.ends_with(" …");
    let lines = text.lines().filter(|line| !is_sign(line));
    let text = lines.map(|line| format!("{line}\n")).collect();
    (text, output.status.success())
}

/// The document with what its commands print now, and their number.
fn as_printed_now(document: &str) -> (String, usize) {
    let space = Workspace::with_configs();
    let text = text_of(document);
    let mut lines = text.lines().peekable();
    let (mut found, mut commands, mut in_block) = (String::new(), 0, false);
    while let Some(line) = lines.next() {
        found += &format!("{line}\n");
        if line == "```toml" {
            let is_toml = |line: &&str| *line != "```";
            let file: Vec<_> = iter::from_fn(|| lines.next_if(is_toml)).collect();
            let file = file.join("\n") + "\n";
            if let Some(path) = file.lines().next().and_then(|l| l.strip_prefix("# ")) {
                space.write(path, &file);
            }
            found += &file;
        }
        in_block = line == SHOWN || (in_block && line != "```");
        let Some(command) = line.strip_prefix("$ ").filter(|_| in_block) else {
            continue;
        };
        let is_output = |line: &&str| *line != "```" && !line.starts_with("$ ");
        let shown: Vec<_> = iter::from_fn(|| lines.next_if(is_output)).collect();
        let (output, succeeded) = printed(&space, command);
        let must_fail = shown.iter().any(|line| line.starts_with("error: "));
        assert_eq!(succeeded, !must_fail, "{document}: {command}\n{output}");
        found += &output;
        commands += 1;
    }
    (found, commands)
}

#[test]
fn every_console_block_prints_what_it_shows() {
    let check = |document: String| {
        let (found, commands) = as_printed_now(&document);
        let shown = Data::read_from(&root().join(&document), None);
        let assert = Assert::new().action_env("SNAPSHOTS").normalize_paths(false);
        assert.eq(found, shown);
        commands
    };
    let threads: Vec<_> = documents()
        .into_iter()
        .filter(|document| text_of(document).contains(SHOWN))
        .map(|document| thread::spawn(move || check(document)))
        .collect();
    let commands: usize = threads.into_iter().map(|t| t.join().unwrap()).sum();
    assert!(commands >= 10, "{commands} commands");
}
