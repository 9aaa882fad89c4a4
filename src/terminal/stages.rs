//! What several workers are at: the stages of evaluations, with a sign of life in each.

use super::{
    bar::{Bar, Content},
    options::{Global, ProgressKind},
    progress::in_words,
    stop::StopFlag,
};
use std::{
    collections::BTreeMap,
    io::IsTerminal,
    process,
    sync::{Arc, Mutex},
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

/// Is told the stage that one piece of work has come to.
pub(crate) type Told<'a> = &'a (dyn Fn(&'static str) + Sync);

/// How often the line is drawn, and a signal is looked for.
const TICK: Duration = Duration::from_millis(100);

/// Without a terminal a stage that takes longer than this has a line.
const PATIENCE: Duration = Duration::from_secs(1);

/// Pieces of work in flight, each in a stage.
pub(crate) struct Stages {
    shared: Arc<Mutex<State>>,
    ticker: Option<JoinHandle<()>>,
}

struct State {
    shown: Shown,
    bar: Bar,
    total: usize,
    done: usize,
    /// When the first piece that took work began.
    begun: Option<Instant>,
    /// How long the finished pieces took, those that were there already left out.
    taken: Vec<Duration>,
    /// The pieces in flight by their name: their beginning, their stage and its beginning.
    in_flight: BTreeMap<String, InFlight>,
    is_over: bool,
}

struct InFlight {
    begun: Instant,
    stage: &'static str,
    stage_begun: Instant,
    is_told: bool,
}

#[derive(Clone, Copy, PartialEq)]
enum Shown {
    Bar,
    Lines,
    Nothing,
}

impl Stages {
    /// For so many pieces of work. A signal that `stop` hears takes the line away and ends the process.
    pub(crate) fn new(global: &Global, total: usize, stop: StopFlag) -> Self {
        let terminal = std::io::stderr().is_terminal();
        let shown = match global.progress {
            ProgressKind::None => Shown::Nothing,
            ProgressKind::Auto if global.quiet => Shown::Nothing,
            ProgressKind::Bar => Shown::Bar,
            ProgressKind::Auto if terminal => Shown::Bar,
            ProgressKind::Auto | ProgressKind::Log => Shown::Lines,
        };
        let shared = Arc::new(Mutex::new(State {
            shown,
            bar: Bar::default(),
            total,
            done: 0,
            begun: None,
            taken: vec![],
            in_flight: BTreeMap::new(),
            is_over: false,
        }));
        let watched = Arc::clone(&shared);
        let ticker = thread::spawn(move || tick(&watched, &stop));
        Self {
            shared,
            ticker: Some(ticker),
        }
    }

    /// A piece of work has come to a stage.
    pub(crate) fn stage(&self, name: &str, stage: &'static str) {
        let Ok(mut state) = self.shared.lock() else {
            return;
        };
        let now = Instant::now();
        state.begun.get_or_insert(now);
        let found = state.in_flight.entry(name.into()).or_insert(InFlight {
            begun: now,
            stage,
            stage_begun: now,
            is_told: false,
        });
        if found.stage != stage {
            (found.stage, found.stage_begun, found.is_told) = (stage, now, false);
        }
    }

    /// A piece of work is done; `made` is false for one that was there already.
    pub(crate) fn done(&self, name: &str, made: bool) {
        if let Ok(mut state) = self.shared.lock() {
            state.done += 1;
            let found = state.in_flight.remove(name);
            state
                .taken
                .extend(found.filter(|_| made).map(|found| found.begun.elapsed()));
            if state.shown == Shown::Lines && made {
                eprintln!("evaluated {} of {}: {name}", state.done, state.total);
            }
        }
    }
}

impl Drop for Stages {
    fn drop(&mut self) {
        if let Ok(mut state) = self.shared.lock() {
            state.is_over = true;
        }
        if let Some(ticker) = self.ticker.take() {
            let _ = ticker.join();
        }
    }
}

/// Draws until the work is over, or a signal ends the process: nothing of an evaluation needs saving.
fn tick(shared: &Mutex<State>, stop: &StopFlag) {
    loop {
        thread::sleep(TICK);
        let Ok(mut state) = shared.lock() else { return };
        if state.is_over {
            state.clear();
            return;
        }
        if let Some(signal) = stop.signal() {
            state.clear();
            let (done, total) = (state.done, state.total);
            eprintln!("stopped; {done} of {total} are evaluated, and the same command continues");
            process::exit(128 + signal);
        }
        match state.shown {
            Shown::Bar => state.draw(),
            Shown::Lines => state.tell(),
            Shown::Nothing => {}
        }
    }
}

impl State {
    fn clear(&mut self) {
        if self.shown == Shown::Bar {
            self.bar.clear();
        }
    }

    fn draw(&mut self) {
        let content = self.content();
        self.bar.draw(&content);
    }

    /// How far the work is. A piece in flight counts by the mean time of those before it.
    fn content(&self) -> Content<'static> {
        let mean = self.mean();
        let parts = self.in_flight.values().map(|piece| match mean {
            Some(mean) => (piece.begun.elapsed().as_secs_f64() / mean).min(0.95),
            None => 0.0,
        });
        let made = self.done as f64 + parts.sum::<f64>();
        let waiting = self.total as f64 - made;
        let workers = self.in_flight.len().max(1) as f64;
        let left = mean.map(|mean| Duration::from_secs_f64(mean * waiting / workers));
        let longest = self
            .in_flight
            .iter()
            .max_by_key(|(_, piece)| piece.begun.elapsed());
        let message = longest.map_or(String::new(), |(name, piece)| {
            let seconds = in_words(piece.stage_begun.elapsed());
            format!("{} · {seconds} · {name}", piece.stage)
        });
        Content {
            name: "evaluating",
            part: made / self.total.max(1) as f64,
            count: format!("{}/{} runs", self.done, self.total),
            left: left.map(in_words),
            message,
        }
    }

    /// Seconds of a piece, once one is finished.
    fn mean(&self) -> Option<f64> {
        let taken: f64 = self.taken.iter().map(Duration::as_secs_f64).sum();
        (!self.taken.is_empty()).then(|| (taken / self.taken.len() as f64).max(1e-3))
    }

    /// A line for each stage that takes longer than a moment.
    fn tell(&mut self) {
        for (name, piece) in &mut self.in_flight {
            if !piece.is_told && piece.stage_begun.elapsed() > PATIENCE {
                piece.is_told = true;
                eprintln!("evaluating {name}: {}", piece.stage);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn state(done: usize, seconds: &[f64]) -> State {
        let ago = |seconds: f64| Instant::now().checked_sub(Duration::from_secs_f64(seconds));
        let now = ago(5.0).unwrap();
        let piece = InFlight {
            begun: now,
            stage: "sampling",
            stage_begun: ago(3.0).unwrap(),
            is_told: false,
        };
        State {
            shown: Shown::Nothing,
            bar: Bar::default(),
            total: 10,
            done,
            begun: Some(now),
            taken: seconds
                .iter()
                .map(|s| Duration::from_secs_f64(*s))
                .collect(),
            in_flight: BTreeMap::from([("homework".to_string(), piece)]),
            is_over: false,
        }
    }

    #[test]
    fn time_is_foretold_from_the_pieces_that_are_done() {
        let first = state(0, &[]).content();
        assert!(
            first.left.is_none() && first.message.starts_with("sampling · 3 s"),
            "{}",
            first.message
        );
        // Two of ten are done in ten seconds each, the third is half done.
        let later = state(2, &[8.0, 12.0]).content();
        assert_eq!(later.left.as_deref(), Some("75 s"));
        assert!((later.part - 0.25).abs() < 0.01);
        // What was there already took no time, and says nothing of the rest.
        assert!(state(2, &[]).content().left.is_none());
    }
}
