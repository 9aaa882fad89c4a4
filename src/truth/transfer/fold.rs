//! The law of f(X) for a map that is not monotone.

use super::curve::{ATOM_WIDTH, LawCurve, mass_between};
use crate::target::special::normal_cdf;

/// Less mass than this beyond a node is not told from none.
const TAIL_MASS: f64 = 1e-14;

/// Most nodes of a folded law.
const MAX_NODES: usize = 100_000;

impl LawCurve {
    /// The law of f(X) where f is not monotone: every segment spreads its mass evenly over its image.
    pub(super) fn folded(&self, moved: &[f64]) -> Self {
        let (z, mut events) = (self.probits(), vec![]);
        for (i, ends) in moved.windows(2).enumerate() {
            let mass = mass_between(z[i], z[i + 1]);
            let (low, high) = (ends[0].min(ends[1]), ends[0].max(ends[1]));
            if high - low > ATOM_WIDTH {
                let rate = mass / (high - low);
                events.extend([Event::rate(low, rate), Event::rate(high, -rate)]);
            } else {
                events.push(Event::jump(low, mass));
            }
        }
        let last = z.len() - 1;
        events.push(Event::jump(moved[0], normal_cdf(z[0])));
        events.push(Event::jump(moved[last], normal_cdf(-z[last])));
        let mut events = with_jumps_merged(events);
        let forward = sweep(&mut events);
        let mut mirrored: Vec<_> = events.iter().map(Event::mirrored).collect();
        let backward = sweep(&mut mirrored);
        let x: Vec<_> = forward.iter().map(|(x, _)| *x).collect();
        // An atom at the very end rises from nothing, which the normal scale does not know.
        let lower: Vec<_> = forward.iter().map(|(_, f)| f.max(TAIL_MASS)).collect();
        let upper: Vec<_> = backward
            .iter()
            .rev()
            .map(|(_, f)| f.max(TAIL_MASS))
            .collect();
        let curve = Self::through(&x, &lower, &upper);
        if curve.nodes().len() > MAX_NODES {
            curve.resampled(MAX_NODES / 4)
        } else {
            curve
        }
    }
}

/// A place where F changes its rate, or jumps.
#[derive(Debug, Clone, Copy)]
struct Event {
    x: f64,
    rate: f64,
    jump: f64,
}

impl Event {
    fn rate(x: f64, rate: f64) -> Self {
        Self { x, rate, jump: 0.0 }
    }

    fn jump(x: f64, jump: f64) -> Self {
        Self { x, rate: 0.0, jump }
    }

    fn mirrored(&self) -> Self {
        Self {
            x: -self.x,
            rate: -self.rate,
            jump: self.jump,
        }
    }
}

/// The events in order, those jumps made one that lie closer than a jump is wide.
fn with_jumps_merged(mut events: Vec<Event>) -> Vec<Event> {
    events.sort_by(|a, b| a.x.total_cmp(&b.x));
    let mut merged: Vec<Event> = vec![];
    let mut last_jump: Option<usize> = None;
    for event in events {
        match last_jump.filter(|_| event.jump > 0.0) {
            Some(i) if event.x - merged[i].x < 2.0 * ATOM_WIDTH => merged[i].jump += event.jump,
            _ => {
                if event.jump > 0.0 {
                    last_jump = Some(merged.len());
                }
                merged.push(event);
            }
        }
    }
    merged
}

/// (x, F) from left to right; a jump rises over [`ATOM_WIDTH`].
fn sweep(events: &mut [Event]) -> Vec<(f64, f64)> {
    events.sort_by(|a, b| a.x.total_cmp(&b.x));
    let (mut rate, mut sum, mut previous) = (0.0f64, 0.0, events[0].x);
    let mut nodes = vec![];
    for event in events.iter() {
        sum += rate.max(0.0) * (event.x - previous);
        if event.jump > 0.0 {
            nodes.push((event.x - 0.5 * ATOM_WIDTH, sum));
            sum += event.jump;
            nodes.push((event.x + 0.5 * ATOM_WIDTH, sum));
        } else {
            nodes.push((event.x, sum));
        }
        rate += event.rate;
        previous = event.x;
    }
    nodes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fold_adds_the_branches() {
        // |X| for X ~ N(0, 1), and X held at ±1.
        let z: Vec<_> = (0..2001).map(|i| 0.007 * f64::from(i - 1000)).collect();
        let curve = LawCurve::on_probit_scale(&z, &z);
        let moved: Vec<_> = curve.nodes().iter().map(|x| x.abs()).collect();
        let folded = curve.pushed(&moved);
        for x in [0.1, 0.5, 1.0, 3.0] {
            assert!(
                (folded.survival(x) - 2.0 * normal_cdf(-x)).abs() < 1e-5,
                "{x}"
            );
        }
        let clamped: Vec<_> = curve.nodes().iter().map(|x| x.clamp(-1.0, 1.0)).collect();
        let held = curve.pushed(&clamped);
        // The segment in which the map breaks off is spread over what is left of it.
        assert!((held.cdf(-0.999) - normal_cdf(-0.999)).abs() < 2e-3);
        assert!((held.cdf(-0.9) - normal_cdf(-0.9)).abs() < 1e-5);
        assert!((held.cdf(-1.001)).abs() < 1e-9 && held.survival(1.001) < 1e-9);
    }
}
