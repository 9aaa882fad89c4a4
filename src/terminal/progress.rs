//! Progress on stderr: a bar on a terminal, else a plain line every ten percent.

use super::{
    bar::{Bar, Content},
    options::{Global, ProgressKind},
    rate::Rate,
    width,
};
use std::{
    io::IsTerminal,
    time::{Duration, Instant},
};

/// How often the bar is drawn.
const REDRAW: Duration = Duration::from_millis(125);

/// Shows how far something of known length has come.
pub(crate) struct Progress {
    kind: Kind,
    length: u64,
    rate: Rate,
    /// Tenths that have had their line.
    tenths: u64,
    name: String,
    unit: String,
}

enum Kind {
    Bar(Bar, Option<Instant>),
    Log,
    None,
}

impl Progress {
    /// Progress from `start` to `length`; `unit` names what is counted.
    pub(crate) fn new(global: &Global, name: &str, unit: &str, start: u64, length: u64) -> Self {
        let terminal = std::io::stderr().is_terminal();
        let kind = match global.progress {
            ProgressKind::None => Kind::None,
            ProgressKind::Auto if global.quiet => Kind::None,
            ProgressKind::Bar => Kind::Bar(Bar::default(), None),
            ProgressKind::Auto if terminal => Kind::Bar(Bar::default(), None),
            ProgressKind::Auto | ProgressKind::Log => Kind::Log,
        };
        Self {
            kind,
            length,
            rate: Rate::from(start as f64),
            tenths: 10 * start / length.max(1),
            name: name.into(),
            unit: unit.into(),
        }
    }

    /// Says where it stands; `message` adds what matters now.
    pub(crate) fn update(&mut self, position: u64, message: impl FnOnce() -> String) {
        self.rate.see(position as f64);
        let part = position as f64 / self.length.max(1) as f64;
        let left = self.rate.left(position as f64, self.length as f64);
        match &mut self.kind {
            Kind::None => {}
            Kind::Bar(bar, drawn) => {
                if drawn.is_some_and(|then| then.elapsed() < REDRAW) {
                    return;
                }
                *drawn = Some(Instant::now());
                bar.draw(&Content {
                    name: &self.name,
                    part,
                    count: format!("{position}/{} {}", self.length, self.unit),
                    left: left.map(in_words),
                    message: message(),
                });
            }
            Kind::Log => {
                let tenths = (10.0 * part) as u64;
                if tenths > self.tenths {
                    self.tenths = tenths;
                    let left =
                        left.map_or(String::new(), |left| format!(" · {} left", in_words(left)));
                    let percent = (100.0 * part) as u64;
                    eprintln!("{}: {percent}% · {}{left}", self.name, message());
                }
            }
        }
    }

    /// A line above the bar.
    pub(crate) fn line(&mut self, text: &str) {
        if let Kind::Bar(bar, drawn) = &mut self.kind {
            bar.clear();
            *drawn = None;
        }
        eprintln!("{}", width::wrapped(text, width::of_stderr()));
    }

    /// Steps a second since this process took it up.
    pub(crate) fn rate(&self, position: u64) -> f64 {
        self.rate.mean(position as f64)
    }

    /// Takes the bar away.
    pub(crate) fn finish(&mut self) {
        if let Kind::Bar(bar, _) = &mut self.kind {
            bar.clear();
        }
    }
}

/// A time for a person: "8 s", "3 min", "2 h 10 min".
pub(super) fn in_words(time: Duration) -> String {
    match time.as_secs_f64().round() as u64 {
        seconds @ 0..90 => format!("{seconds} s"),
        seconds @ 90..5400 => format!("{} min", (seconds + 30) / 60),
        seconds => {
            let minutes = (seconds + 30) / 60;
            format!("{} h {} min", minutes / 60, minutes % 60)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_told_in_the_unit_that_it_takes() {
        let words = [0.4, 59.6, 89.0, 90.0, 5399.0, 7800.0];
        let words = words.map(|seconds| in_words(Duration::from_secs_f64(seconds)));
        let expected = ["0 s", "60 s", "89 s", "2 min", "90 min", "2 h 10 min"];
        assert_eq!(words, expected);
    }
}
