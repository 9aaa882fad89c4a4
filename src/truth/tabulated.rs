//! A denoiser of one dimension in a table, for what asks it again and again at the same timesteps.

use crate::diffusion::{Denoiser, Instant};
use rayon::prelude::*;

/// Half-width of the table, in standardised units; beyond it the denoiser itself is asked.
const REACH: f64 = 10.0;

/// Intervals a table has: 0.01 wide, far below the scale on which a network varies.
const INTERVALS: usize = 2000;

/// ε̂ at equally spaced places and every instant that is visited, with cubics between them.
pub(super) struct Tabulated<'a> {
    denoiser: &'a dyn Denoiser,
    /// The times of the tables, ascending, each with its values.
    tables: Vec<(f64, Vec<f64>)>,
}

impl<'a> Tabulated<'a> {
    /// The tables of a denoiser at `instants` (ascending), the data left out.
    pub(super) fn new(denoiser: &'a dyn Denoiser, instants: &[Instant]) -> Self {
        let x: Vec<_> = (0..=INTERVALS).map(place).collect();
        let at = |at: &Instant| {
            let mut values = vec![0.0; x.len()];
            denoiser.predict_noise(&x, *at, &mut values);
            (at.t, values)
        };
        let instants = instants.par_iter().filter(|at| !at.is_data());
        let tables = instants.map(at).collect();
        Self { denoiser, tables }
    }
}

fn place(i: usize) -> f64 {
    REACH * (2.0 * i as f64 / INTERVALS as f64 - 1.0)
}

impl Denoiser for Tabulated<'_> {
    fn dim(&self) -> usize {
        1
    }

    fn predict_noise(&self, x: &[f64], at: Instant, predicted_noise: &mut [f64]) {
        let instant = at;
        let Ok(table) = self.tables.binary_search_by(|(t, _)| t.total_cmp(&at.t)) else {
            return self.denoiser.predict_noise(x, at, predicted_noise);
        };
        let values = &self.tables[table].1;
        for (x, out) in x.iter().zip(predicted_noise) {
            let at = (x + REACH) * (INTERVALS as f64 / (2.0 * REACH));
            if !(at >= 1.0 && at < INTERVALS as f64 - 1.0) {
                let (x, out) = (std::slice::from_ref(x), std::slice::from_mut(out));
                self.denoiser.predict_noise(x, instant, out);
                continue;
            }
            let i = at as usize;
            let u = at - i as f64;
            let [before, from, to, after] = std::array::from_fn(|k| values[i + k - 1]);
            // The cubic with the slopes of central differences (Catmull and Rom 1974).
            let slope = 0.5 * (to - before);
            let quadratic = before - 2.5 * from + 2.0 * to - 0.5 * after;
            let cubic = 0.5 * (after - before) + 1.5 * (from - to);
            *out = from + u * (slope + u * (quadratic + u * cubic));
        }
    }

    fn predict_noise_each(&self, x: &[f64], at: &[Instant], predicted_noise: &mut [f64]) {
        self.denoiser.predict_noise_each(x, at, predicted_noise);
    }

    fn predict_x0(&self, x: &[f64], at: Instant, predicted_x0: &mut [f64]) {
        self.denoiser.predict_x0(x, at, predicted_x0);
    }

    fn predict_x0_each(&self, x: &[f64], at: &[Instant], predicted_x0: &mut [f64]) {
        self.denoiser.predict_x0_each(x, at, predicted_x0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diffusion::ScheduleConfig;

    /// A wave, and where it was asked.
    struct Wave;

    impl Denoiser for Wave {
        fn dim(&self) -> usize {
            1
        }

        fn predict_noise(&self, x: &[f64], at: Instant, predicted_noise: &mut [f64]) {
            for (out, x) in predicted_noise.iter_mut().zip(x) {
                *out = (3.0 * x + at.t).sin();
            }
        }
    }

    #[test]
    fn it_answers_as_the_denoiser_does() {
        let schedule = ScheduleConfig::Cosine.build(3).unwrap();
        let instants: Vec<_> = schedule.timesteps().collect();
        let table = Tabulated::new(&Wave, &instants);
        let x: Vec<_> = (0..997).map(|i| -12.0 + 0.0241 * f64::from(i)).collect();
        let (mut exact, mut found) = (vec![0.0; x.len()], vec![0.0; x.len()]);
        Wave.predict_noise(&x, instants[1], &mut exact);
        table.predict_noise(&x, instants[1], &mut found);
        let errors = exact.iter().zip(&found).map(|(a, b)| (a - b).abs());
        assert!(errors.fold(0.0, f64::max) < 1e-5);
    }
}
