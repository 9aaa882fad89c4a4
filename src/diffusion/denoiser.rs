//! What every sampler needs of a network, or of the exact answer in its place.

use super::{Instant, class::Classes};
use crate::error::Result;
use std::ops::Range;

/// Predicts the noise in x_t, and with it the data that x_t comes from.
///
/// An answer may be an error, such as that of a network in another process that has ended. Whoever asks
/// passes it on: it ends the command.
pub trait Denoiser: Sync {
    /// Dimension d of the points.
    fn dim(&self) -> usize;

    /// Writes ε̂(x, t) for row-major points `x` (`[n, d]`, standardised units) at the instant `at` in
    /// [1, T] into `predicted_noise` (`[n, d]`).
    fn predict_noise(&self, x: &[f64], at: Instant, predicted_noise: &mut [f64]) -> Result<()>;

    /// The same at an instant for each point, one of `at` for each.
    fn predict_noise_each(
        &self,
        x: &[f64],
        at: &[Instant],
        predicted_noise: &mut [f64],
    ) -> Result<()> {
        let d = self.dim();
        let rows = x.chunks_exact(d).zip(predicted_noise.chunks_exact_mut(d));
        for ((x, out), at) in rows.zip(at) {
            self.predict_noise(x, *at, out)?;
        }
        Ok(())
    }

    /// Writes x̂0(x, t) = (x − s ε̂)/a into `predicted_x0` (`[n, d]`).
    ///
    /// A denoiser that is used at a level without signal (a = 0), where ε̂ = x/s says nothing of x̂0,
    /// has to answer this itself.
    fn predict_x0(&self, x: &[f64], at: Instant, predicted_x0: &mut [f64]) -> Result<()> {
        self.predict_noise(x, at, predicted_x0)?;
        for (out, x) in predicted_x0.iter_mut().zip(x) {
            *out = (x - at.level.noise * *out) / at.level.signal;
        }
        Ok(())
    }

    /// The same at an instant for each point.
    fn predict_x0_each(&self, x: &[f64], at: &[Instant], predicted_x0: &mut [f64]) -> Result<()> {
        let d = self.dim();
        let rows = x.chunks_exact(d).zip(predicted_x0.chunks_exact_mut(d));
        for ((x, out), at) in rows.zip(at) {
            self.predict_x0(x, *at, out)?;
        }
        Ok(())
    }

    /// The derivatives of ε̂ or x̂0 (`[n, d]`) along an axis of x, where the denoiser knows them itself.
    fn slopes(
        &self,
        x: &[f64],
        at: Instant,
        axis: usize,
        quantity: Quantity,
    ) -> Option<Result<Vec<f64>>> {
        let _ = (x, at, axis, quantity);
        None
    }

    /// The classes of the points that it is for, if it is class-conditional.
    fn classes(&self) -> Option<Classes<'_>> {
        None
    }

    /// The denoiser of the points `rows` among those that this one is for, where it knows something of
    /// each of them, such as its class. `None` where it treats all points alike.
    fn of_rows(&self, rows: Range<usize>) -> Option<Box<dyn Denoiser + '_>> {
        let _ = rows;
        None
    }
}

/// What a denoiser is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Quantity {
    /// ε̂.
    Noise,
    /// x̂0.
    X0,
}

impl Quantity {
    /// What `denoiser` answers to this question.
    pub fn of(
        self,
        denoiser: &dyn Denoiser,
        x: &[f64],
        at: Instant,
        predicted: &mut [f64],
    ) -> Result<()> {
        match self {
            Self::Noise => denoiser.predict_noise(x, at, predicted),
            Self::X0 => denoiser.predict_x0(x, at, predicted),
        }
    }
}

/// Both of a denoiser's answers for the same points, consistent with each other: x = a x̂0 + s ε̂.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Denoised {
    /// x̂0, `[n, d]`.
    pub x0: Vec<f64>,
    /// ε̂, `[n, d]`.
    pub noise: Vec<f64>,
}

impl Denoised {
    /// What `denoiser` answers at row-major points `x` (`[n, d]`), asked once.
    pub(crate) fn new(denoiser: &dyn Denoiser, x: &[f64], at: Instant) -> Result<Self> {
        let (mut x0, mut noise) = (x.to_vec(), vec![0.0; x.len()]);
        let level = at.level;
        if level.signal > 0.0 {
            denoiser.predict_noise(x, at, &mut noise)?;
            for (x0, noise) in x0.iter_mut().zip(&noise) {
                *x0 = (*x0 - level.noise * noise) / level.signal;
            }
        } else {
            denoiser.predict_x0(x, at, &mut x0)?;
            for (noise, x) in noise.iter_mut().zip(x) {
                *noise = x / level.noise;
            }
        }
        Ok(Self { x0, noise })
    }
}
