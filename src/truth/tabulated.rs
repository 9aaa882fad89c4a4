//! A denoiser of one dimension in a table, for what asks it again and again at the same timesteps.

use crate::diffusion::Denoiser;
use rayon::prelude::*;

/// Half-width of the table, in standardised units; beyond it the denoiser itself is asked.
const REACH: f64 = 10.0;

/// Intervals a table has: 0.01 wide, far below the scale on which a network varies.
const INTERVALS: usize = 2000;

/// ε̂ at equally spaced places and every timestep that is visited, with cubics between them.
pub(super) struct Tabulated<'a> {
    denoiser: &'a dyn Denoiser,
    /// For each timestep its values, or nothing.
    values: Vec<Vec<f64>>,
}

impl<'a> Tabulated<'a> {
    /// The table of a denoiser at the timesteps 1..=`num_timesteps`.
    pub(super) fn new(denoiser: &'a dyn Denoiser, num_timesteps: usize) -> Self {
        let x: Vec<_> = (0..=INTERVALS).map(place).collect();
        let at = |t: usize| {
            let mut values = vec![0.0; if t == 0 { 0 } else { x.len() }];
            if t > 0 {
                denoiser.predict_noise(&x, t, &mut values);
            }
            values
        };
        let values = (0..=num_timesteps).into_par_iter().map(at).collect();
        Self { denoiser, values }
    }
}

fn place(i: usize) -> f64 {
    REACH * (2.0 * i as f64 / INTERVALS as f64 - 1.0)
}

impl Denoiser for Tabulated<'_> {
    fn dim(&self) -> usize {
        1
    }

    fn predict_noise(&self, x: &[f64], t: usize, predicted_noise: &mut [f64]) {
        let values = &self.values[t];
        for (x, out) in x.iter().zip(predicted_noise) {
            let at = (x + REACH) * (INTERVALS as f64 / (2.0 * REACH));
            if !(at >= 1.0 && at < INTERVALS as f64 - 1.0) {
                self.denoiser
                    .predict_noise(std::slice::from_ref(x), t, std::slice::from_mut(out));
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
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A wave, and where it was asked.
    struct Wave;

    impl Denoiser for Wave {
        fn dim(&self) -> usize {
            1
        }

        fn predict_noise(&self, x: &[f64], t: usize, predicted_noise: &mut [f64]) {
            for (out, x) in predicted_noise.iter_mut().zip(x) {
                *out = (3.0 * x + t as f64).sin();
            }
        }
    }

    #[test]
    fn it_answers_as_the_denoiser_does() {
        let table = Tabulated::new(&Wave, 3);
        let x: Vec<_> = (0..997).map(|i| -12.0 + 0.0241 * f64::from(i)).collect();
        let (mut exact, mut found) = (vec![0.0; x.len()], vec![0.0; x.len()]);
        Wave.predict_noise(&x, 2, &mut exact);
        table.predict_noise(&x, 2, &mut found);
        let errors = exact.iter().zip(&found).map(|(a, b)| (a - b).abs());
        assert!(errors.fold(0.0, f64::max) < 1e-5);
    }
}
