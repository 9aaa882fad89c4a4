//! A sign of life in a step that says nothing itself.

use super::{bar::Bar, options::Global, progress::in_words, shown::Shown};
use std::{
    sync::{
        Arc,
        mpsc::{self, RecvTimeoutError, Sender},
    },
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

/// How long a step may be silent.
const PATIENCE: Duration = Duration::from_millis(900);

/// How often the line on a terminal is drawn.
const REDRAW: Duration = Duration::from_millis(250);

/// Says what is being done until it is dropped, where that takes longer than a moment.
pub(crate) struct Sign {
    /// Hangs up when the step is over.
    over: Option<Sender<()>>,
    ticker: Option<JoinHandle<()>>,
}

impl Sign {
    /// For a step that is called `doing`, such as "reading the runs".
    pub(crate) fn of(global: &Global, doing: &str) -> Self {
        let shown = Shown::of(global);
        if shown == Shown::Nothing {
            return Self {
                over: None,
                ticker: None,
            };
        }
        let (over, is_over) = mpsc::channel();
        let doing: Arc<str> = doing.into();
        let ticker = thread::spawn(move || {
            let begun = Instant::now();
            let mut wait = PATIENCE;
            let mut bar = Bar::default();
            let mut lines = Lines::default();
            while is_over.recv_timeout(wait) == Err(RecvTimeoutError::Timeout) {
                wait = REDRAW;
                match shown {
                    Shown::Bar => {
                        bar.draw_text(&format!("{doing} · {}", in_words(begun.elapsed())));
                    }
                    _ => {
                        if let Some(line) = lines.next(&doing, begun.elapsed()) {
                            eprintln!("{line}");
                        }
                    }
                }
            }
            if shown == Shown::Bar && wait == REDRAW {
                bar.clear();
            }
        });
        Self {
            over: Some(over),
            ticker: Some(ticker),
        }
    }
}

impl Drop for Sign {
    fn drop(&mut self) {
        drop(self.over.take());
        if let Some(ticker) = self.ticker.take() {
            let _ = ticker.join();
        }
    }
}

/// The lines of a step: one at first, then after 10 seconds, 20, 40 and so on.
#[derive(Default)]
struct Lines {
    told: u32,
}

impl Lines {
    fn next(&mut self, doing: &str, passed: Duration) -> Option<String> {
        let due = match self.told {
            0 => Duration::ZERO,
            told => Duration::from_secs(10) * 2u32.saturating_pow(told - 1),
        };
        if passed < due {
            return None;
        }
        self.told += 1;
        Some(match self.told {
            1 => format!("{doing} …"),
            _ => format!("{doing} … {}", in_words(passed)),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_come_at_once_and_then_ever_more_rarely() {
        let mut lines = Lines::default();
        let seconds = 1..=60;
        let told: Vec<_> = seconds
            .filter_map(|s| lines.next("reading", Duration::from_secs(s)))
            .collect();
        let expected = [
            "reading …",
            "reading … 10 s",
            "reading … 20 s",
            "reading … 40 s",
        ];
        assert_eq!(told, expected);
    }
}
