//! What several workers are at: the stages of evaluations, with a sign of life in each.

use super::{
    bar::{Bar, Content},
    options::Global,
    progress::in_words,
    shown::Shown,
    stop::StopFlag,
};
use std::{
    collections::BTreeMap,
    process,
    sync::{Arc, Mutex},
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

/// Is told the stage that one piece of work has come to, and how much of it is done.
pub(crate) type Told<'a> = &'a (dyn Fn(Stage, f64) + Sync);

/// A stage of a piece of work.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Stage {
    pub(crate) name: &'static str,
    /// How long it usually takes, beside the others of its piece. One that passes at once has 0.
    pub(crate) weight: f64,
    /// The weights of the stages after it.
    pub(crate) after: f64,
}

/// A stage counts as done by this part at least before its own length is used.
const TELLING: f64 = 0.02;

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
    stage: Stage,
    stage_begun: Instant,
    /// How much of the stage is done, where it says so.
    part: f64,
    /// The weights of the stages that are over.
    passed: f64,
    is_told: bool,
}

impl InFlight {
    /// Seconds that it will have taken: by the weights of what is done and the time that this took, and at least
    /// some more than have passed. `None` before anything is done.
    fn expected(&self) -> Option<f64> {
        let stage = self.stage;
        let (all, in_stage) = (
            self.begun.elapsed().as_secs_f64(),
            self.stage_begun.elapsed().as_secs_f64(),
        );
        let before = all - in_stage;
        let of_stage = match (self.part >= TELLING, self.passed > 0.0) {
            (true, _) => in_stage / self.part,
            (false, true) => in_stage.max(before * stage.weight / self.passed),
            (false, false) => return None,
        };
        let unit = (before + of_stage) / (self.passed + stage.weight).max(f64::MIN_POSITIVE);
        Some((before + of_stage + unit * stage.after).max(all))
    }
}

impl Stages {
    /// For so many pieces of work. A signal that `stop` hears takes the line away and ends the process.
    pub(crate) fn new(global: &Global, total: usize, stop: StopFlag) -> Self {
        let shared = Arc::new(Mutex::new(State {
            shown: Shown::of(global),
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

    /// A piece of work has come to a stage, or to a part of it.
    pub(crate) fn stage(&self, name: &str, stage: Stage, part: f64) {
        let Ok(mut state) = self.shared.lock() else {
            return;
        };
        let now = Instant::now();
        state.begun.get_or_insert(now);
        let found = state.in_flight.entry(name.into()).or_insert(InFlight {
            begun: now,
            stage,
            stage_begun: now,
            part,
            passed: 0.0,
            is_told: false,
        });
        if found.stage != stage {
            found.passed += found.stage.weight;
            (found.stage, found.stage_begun, found.is_told) = (stage, now, false);
        }
        found.part = part;
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

    /// How far the work is. A piece in flight counts by what it is expected to take in all, else by the mean time of
    /// those before it.
    fn content(&self) -> Content<'static> {
        let pieces = || self.in_flight.values();
        let known: Vec<f64> = pieces().filter_map(InFlight::expected).collect();
        let of_known = (!known.is_empty()).then(|| known.iter().sum::<f64>() / known.len() as f64);
        let mean = self.mean().or(of_known);
        let expected = |piece: &InFlight| piece.expected().or(mean);
        let parts = pieces().map(|piece| match expected(piece) {
            Some(all) => (piece.begun.elapsed().as_secs_f64() / all.max(1e-3)).min(0.95),
            None => 0.0,
        });
        let made = self.done as f64 + parts.sum::<f64>();
        let of_piece = |piece: &InFlight| {
            let passed = piece.begun.elapsed().as_secs_f64();
            expected(piece).map(|all| (all - passed).max(0.05 * all))
        };
        let in_flight: Option<f64> = pieces().map(of_piece).sum();
        let waiting = (self.total - self.done).saturating_sub(self.in_flight.len());
        let workers = self.in_flight.len().max(1) as f64;
        let left = in_flight.zip(mean);
        let left = left.map(|(pieces, mean)| (pieces + mean * waiting as f64) / workers);
        let longest = self
            .in_flight
            .iter()
            .max_by_key(|(_, piece)| piece.begun.elapsed());
        let message = longest.map_or(String::new(), |(name, piece)| {
            let seconds = in_words(piece.stage_begun.elapsed());
            format!("{} · {seconds} · {name}", piece.stage.name)
        });
        Content {
            name: "evaluating",
            part: made / self.total.max(1) as f64,
            count: format!("{}/{} runs", self.done, self.total),
            left: left.map(|left| in_words(Duration::from_secs_f64(left))),
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
        let left = self.content().left;
        let left = left.map_or(String::new(), |left| format!(" · about {left} left"));
        for (name, piece) in &mut self.in_flight {
            if !piece.is_told && piece.stage_begun.elapsed() > PATIENCE {
                piece.is_told = true;
                eprintln!("evaluating {name}: {}{left}", piece.stage.name);
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
        let stage = Stage {
            name: "sampling",
            weight: 0.0,
            after: 0.0,
        };
        let piece = InFlight {
            begun: now,
            stage,
            stage_begun: ago(3.0).unwrap(),
            part: 0.0,
            passed: 0.0,
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

    #[test]
    fn one_piece_alone_is_foretold_from_its_stages() {
        let ago = |seconds: f64| Instant::now().checked_sub(Duration::from_secs_f64(seconds));
        let piece = |part: f64, passed: f64, begun: f64, stage_begun: f64| {
            let piece = InFlight {
                begun: ago(begun).unwrap(),
                stage: Stage {
                    name: "metrics",
                    weight: 3.0,
                    after: 5.0,
                },
                stage_begun: ago(stage_begun).unwrap(),
                part,
                passed,
                is_told: false,
            };
            piece.expected().map(f64::round)
        };
        // Nothing is done: nothing is known.
        assert_eq!(piece(0.0, 0.0, 4.0, 4.0), None);
        // A quarter of the first stage took 3 s: it takes 12, and the rest 20.
        assert_eq!(piece(0.25, 0.0, 3.0, 3.0), Some(32.0));
        // A weight of 2 took 8 s: the stage takes 12, the rest 20.
        assert_eq!(piece(0.0, 2.0, 9.0, 1.0), Some(40.0));
        // The stage takes longer than was expected.
        assert_eq!(piece(0.0, 2.0, 24.0, 16.0), Some(48.0));
    }
}
