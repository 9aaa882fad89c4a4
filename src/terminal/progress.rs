//! Progress on stderr: a bar on a terminal, else a plain line every ten percent.

use crate::terminal::options::{Global, ProgressKind};
use indicatif::{HumanDuration, ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::{
    io::IsTerminal,
    time::{Duration, Instant},
};

/// Shows how far something of known length has come.
pub(crate) struct Progress {
    kind: Kind,
    length: u64,
    begun: Instant,
    /// Where it stood when this process took it up.
    start: u64,
    /// Tenths that have had their line.
    tenths: u64,
    name: String,
}

enum Kind {
    Bar(ProgressBar),
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
            ProgressKind::Bar => Kind::Bar(bar(start, length, unit)),
            ProgressKind::Auto if terminal => Kind::Bar(bar(start, length, unit)),
            ProgressKind::Auto | ProgressKind::Log => Kind::Log,
        };
        if let Kind::Bar(bar) = &kind {
            bar.set_prefix(name.to_string());
        }
        let tenths = 10 * start / length.max(1);
        Self {
            kind,
            length,
            begun: Instant::now(),
            start,
            tenths,
            name: name.into(),
        }
    }

    /// Says where it stands; `message` adds what matters now.
    pub(crate) fn update(&mut self, position: u64, message: impl FnOnce() -> String) {
        match &self.kind {
            Kind::None => {}
            Kind::Bar(bar) => {
                bar.set_position(position);
                bar.set_message(message());
            }
            Kind::Log => {
                let tenths = 10 * position / self.length.max(1);
                if tenths > self.tenths {
                    self.tenths = tenths;
                    let left = HumanDuration(self.time_left(position));
                    let percent = 100 * position / self.length.max(1);
                    eprintln!("{}: {percent}% · {} · {left} left", self.name, message());
                }
            }
        }
    }

    /// A line above the bar.
    pub(crate) fn line(&self, text: &str) {
        match &self.kind {
            Kind::Bar(bar) => bar.suspend(|| eprintln!("{text}")),
            _ => eprintln!("{text}"),
        }
    }

    /// Steps a second since this process took it up.
    pub(crate) fn rate(&self, position: u64) -> f64 {
        (position - self.start) as f64 / self.begun.elapsed().as_secs_f64().max(1e-9)
    }

    /// Takes the bar away.
    pub(crate) fn finish(&self) {
        if let Kind::Bar(bar) = &self.kind {
            bar.finish_and_clear();
        }
    }

    fn time_left(&self, position: u64) -> Duration {
        let rate = self.rate(position);
        let left = (self.length.saturating_sub(position)) as f64 / rate.max(1e-9);
        Duration::from_secs_f64(left.clamp(0.0, 1e9))
    }
}

fn bar(start: u64, length: u64, unit: &str) -> ProgressBar {
    // What is longer than the line is cut: a bar that wraps cannot be redrawn.
    let template =
        format!("{{prefix}} [{{bar:30}}] {{pos}}/{{len}} {unit} · {{eta}} left · {{wide_msg}}");
    let style =
        ProgressStyle::with_template(&template).unwrap_or_else(|_| ProgressStyle::default_bar());
    let bar = ProgressBar::with_draw_target(Some(length), ProgressDrawTarget::stderr_with_hz(8));
    bar.set_style(style.progress_chars("█▉▊▋▌▍▎▏ "));
    bar.set_position(start);
    bar.reset_eta();
    bar
}
