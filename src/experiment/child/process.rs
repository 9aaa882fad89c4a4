//! One child process, asked by one thread, heard by another.

use super::{
    hello::{EXPECTED, Hello},
    wire::{self, LONGEST_LINE, Request},
};
use crate::{
    error::{Error, Result},
    text,
};
use std::{
    io::{BufRead, BufReader, Read, Write},
    process::{ChildStderr, ChildStdin, ChildStdout, Command, Stdio},
    sync::{
        Arc, Mutex, PoisonError,
        mpsc::{Receiver, RecvTimeoutError, Sender, channel},
    },
    thread,
    time::{Duration, Instant},
};

/// Most bytes of what a process writes to stderr that are kept, the last ones.
const KEPT: usize = 4096;

/// How long a process that has ended, or is told to, may take for its last words.
const LAST_WORDS: Duration = Duration::from_millis(500);

/// What a network in another process may take.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    /// Processes.
    pub(crate) workers: usize,
    /// For an answer.
    pub(crate) timeout: Duration,
}

/// What the listening thread is to read: an answer of so many points, and its bytes.
struct Expected {
    n: usize,
    d: usize,
    bytes: usize,
}

/// A process that answers.
pub(super) struct Worker {
    process: std::process::Child,
    requests: Option<Sender<Vec<u8>>>,
    expected: Sender<Expected>,
    answers: Receiver<std::result::Result<Vec<u8>, String>>,
    last_words: Arc<Mutex<Vec<u8>>>,
    timeout: Duration,
}

impl Worker {
    /// Starts `command`, and hears what it says of itself.
    ///
    /// # Errors
    /// If it cannot be started, or says something else (exit 2).
    pub(super) fn start(command: &[String], timeout: Duration) -> Result<(Self, Hello)> {
        let [program, arguments @ ..] = command else {
            return Err(Error::usage("--denoiser is empty, expected a command"));
        };
        let mut process = Command::new(program)
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|e| {
                Error::usage_hint(
                    format!("--denoiser: `{}` cannot be started: {e}", text::escaped(program)),
                    "the command is split into words and started without a shell; is its path right?",
                )
            })?;
        let missing = || Error::Unexpected("a process without pipes".into());
        let stdin = process.stdin.take().ok_or_else(missing)?;
        let stdout = process.stdout.take().ok_or_else(missing)?;
        let stderr = process.stderr.take().ok_or_else(missing)?;
        let (requests, to_write) = channel();
        let (expected, to_read) = channel();
        let (answered, answers) = channel();
        let last_words = Arc::new(Mutex::new(vec![]));
        let kept = last_words.clone();
        thread::spawn(move || write_all(stdin, &to_write));
        thread::spawn(move || read_all(stdout, &to_read, &answered));
        thread::spawn(move || keep(stderr, &kept));
        let worker = Self {
            process,
            requests: Some(requests),
            expected,
            answers,
            last_words,
            timeout,
        };
        let first = worker.next().map_err(|what| worker.failed(&what, true))?;
        let hello = Hello::read(&String::from_utf8_lossy(&first));
        let hello = hello.map_err(|what| worker.failed(&what, true))?;
        Ok((worker, hello))
    }

    /// The numbers that answer a request, all finite.
    ///
    /// # Errors
    /// If the process ends, takes too long, or answers something else (exit 1).
    pub(super) fn ask(&self, request: &Request, hello: &Hello) -> Result<Vec<f64>> {
        let (n, d) = (request.len(), request.dim);
        let bytes = request.answered() * hello.numbers.size();
        // Where a thread has ended, the answer tells why.
        let _ = self.expected.send(Expected { n, d, bytes });
        if let Some(requests) = &self.requests {
            let _ = requests.send(request.bytes(hello.numbers));
        }
        let t = text::written(request.at.t);
        let failed = |what: &str| self.failed(&format!("at t = {t}: {what}"), false);
        let answer = self.next().map_err(|what| failed(&what))?;
        let found = wire::numbers(&answer, hello.numbers);
        match found.iter().position(|x| !x.is_finite()) {
            None => Ok(found),
            Some(place) => Err(failed(&format!(
                "its answer is {} for coordinate {} of point {}, which is at {:?}",
                found[place],
                place % d,
                place / d % n,
                &request.x[place / d % n * d..][..d]
            ))),
        }
    }

    /// The next message of the process.
    fn next(&self) -> std::result::Result<Vec<u8>, String> {
        match self.answers.recv_timeout(self.timeout) {
            Ok(found) => found,
            Err(RecvTimeoutError::Timeout) => Err(format!(
                "there was no answer within {} s (--timeout)",
                self.timeout.as_secs_f64()
            )),
            Err(RecvTimeoutError::Disconnected) => Err("the process has ended".into()),
        }
    }

    /// An error with the last words of the process.
    fn failed(&self, what: &str, at_start: bool) -> Error {
        let begun = Instant::now();
        // A process that has just died may still be heard.
        let mut heard = 0;
        while begun.elapsed() < LAST_WORDS {
            thread::sleep(LAST_WORDS / 5);
            let now = self.said().len();
            if now > 0 && now == heard {
                break;
            }
            heard = now;
        }
        let said = self.said();
        let said = match said.trim() {
            "" => "It wrote nothing to stderr.".to_string(),
            said => format!("Its stderr ends with:\n{said}"),
        };
        match at_start {
            true => Error::usage_hint(format!("--denoiser: {what}\n{said}"), EXPECTED),
            false => Error::Unanswered(format!("{what}\n{said}")),
        }
    }

    /// What it has written to stderr last, without control characters.
    fn said(&self) -> String {
        let kept = self.last_words.lock();
        let kept = kept.unwrap_or_else(PoisonError::into_inner);
        let lines = String::from_utf8_lossy(&kept);
        let lines: Vec<_> = lines.lines().map(text::escaped).collect();
        lines.join("\n")
    }
}

impl Drop for Worker {
    /// Closes its stdin, by which it ends, and ends it where it does not.
    fn drop(&mut self) {
        self.requests = None;
        let begun = Instant::now();
        while begun.elapsed() < LAST_WORDS {
            if !matches!(self.process.try_wait(), Ok(None)) {
                return;
            }
            thread::sleep(Duration::from_millis(5));
        }
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn write_all(mut to: ChildStdin, requests: &Receiver<Vec<u8>>) {
    for bytes in requests {
        if to.write_all(&bytes).and_then(|()| to.flush()).is_err() {
            return;
        }
    }
}

/// The first line, then an answer for each that is expected.
fn read_all(
    from: ChildStdout,
    expected: &Receiver<Expected>,
    answered: &Sender<std::result::Result<Vec<u8>, String>>,
) {
    let mut from = BufReader::new(from);
    let say = |found: std::result::Result<Vec<u8>, String>| {
        let is_fine = found.is_ok();
        answered.send(found).is_ok() && is_fine
    };
    if !say(line(&mut from)) {
        return;
    }
    for Expected { n, d, bytes } in expected {
        let answer = line(&mut from).and_then(|line| {
            wire::check_head(&line, n, d)?;
            let mut numbers = vec![0; bytes];
            from.read_exact(&mut numbers)
                .map_err(|_| format!("the process has ended within an answer of {bytes} bytes"))?;
            Ok(numbers)
        });
        if !say(answer) {
            return;
        }
    }
}

fn line(from: &mut impl BufRead) -> std::result::Result<Vec<u8>, String> {
    let mut found = vec![];
    let read = from.take(LONGEST_LINE).read_until(b'\n', &mut found);
    match read {
        Ok(0) => Err("the process has ended".into()),
        Ok(_) if found.ends_with(b"\n") => Ok(found),
        Ok(_) if (found.len() as u64) < LONGEST_LINE => {
            Err("the process has ended within a line".into())
        }
        Ok(_) => Err(format!("a line of it has more than {LONGEST_LINE} bytes")),
        Err(e) => Err(e.to_string()),
    }
}

fn keep(mut from: ChildStderr, kept: &Mutex<Vec<u8>>) {
    let mut bytes = [0; 1024];
    while let Ok(count @ 1..) = from.read(&mut bytes) {
        let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.extend(&bytes[..count]);
        let surplus = kept.len().saturating_sub(KEPT);
        kept.drain(..surplus);
    }
}
