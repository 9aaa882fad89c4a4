//! How fast something goes, and when it will be done.

use std::{
    collections::VecDeque,
    time::{Duration, Instant},
};

/// What was seen longer ago says nothing of now.
const WINDOW: f64 = 20.0;

/// Before so many seconds, of which the first are spent on starting, nothing is foretold.
const FIRST: f64 = 2.0;

/// Positions with the time at which they were seen.
#[derive(Debug)]
pub(super) struct Rate {
    begun: Instant,
    start: f64,
    /// Seconds since the beginning, and the position then.
    seen: VecDeque<(f64, f64)>,
}

impl Rate {
    /// From a position on, now.
    pub(super) fn from(start: f64) -> Self {
        Self {
            begun: Instant::now(),
            start,
            seen: VecDeque::new(),
        }
    }

    /// Takes account of a position.
    pub(super) fn see(&mut self, position: f64) {
        self.see_at(self.begun.elapsed().as_secs_f64(), position);
    }

    fn see_at(&mut self, now: f64, position: f64) {
        // Until it moves it is starting.
        if let (1, Some((then, before))) = (self.seen.len(), self.seen.front_mut())
            && *before == position
        {
            *then = now;
            return;
        }
        let recent = self.seen.back().is_some_and(|(then, _)| now - then < 0.05);
        if !recent {
            self.seen.push_back((now, position));
        }
        while self.seen.len() > 2 && self.seen[1].0 < now - WINDOW {
            self.seen.pop_front();
        }
    }

    /// The time until `length` at the present rate; `None` where it is too early to tell.
    pub(super) fn left(&self, position: f64, length: f64) -> Option<Duration> {
        let (then, before) = *self.seen.front()?;
        let (now, _) = *self.seen.back()?;
        if now < FIRST || position <= before {
            return None;
        }
        let rate = (position - before) / (now - then).max(1e-9);
        let left = (length - position) / rate;
        Some(Duration::from_secs_f64(left.clamp(0.0, 1e9)))
    }

    /// Steps a second since the beginning.
    pub(super) fn mean(&self, position: f64) -> f64 {
        (position - self.start) / self.begun.elapsed().as_secs_f64().max(1e-9)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A second of starting, then 100 steps a second of 10,000.
    #[test]
    fn a_slow_start_is_forgotten() {
        let mut rate = Rate::from(0.0);
        let position = |now: f64| 100.0 * (now - 1.0).max(0.0);
        let left = |rate: &Rate, now: f64| rate.left(position(now), 10_000.0);
        for tick in 0..=600 {
            let now = 0.1 * f64::from(tick);
            rate.see_at(now, position(now));
            let truth = 101.0 - now;
            match left(&rate, now).map(|left| left.as_secs_f64()) {
                None => assert!(now < FIRST, "{now}"),
                Some(told) => assert!(told < 1.2 * truth && told > 0.9 * truth, "{now}: {told}"),
            }
            if now > WINDOW + 3.0 {
                let told = left(&rate, now).unwrap().as_secs_f64();
                assert!((told - truth).abs() < 0.5, "{now}: {told}");
            }
        }
    }

    #[test]
    fn nothing_is_foretold_of_what_stands_still() {
        let mut rate = Rate::from(5.0);
        for tick in 0..100 {
            rate.see_at(f64::from(tick), 5.0);
        }
        assert!(rate.left(5.0, 10.0).is_none());
    }
}
