//! Class-conditional denoisers.

use super::{
    Instant,
    class::Classes,
    denoiser::{Denoiser, Quantity},
};
use crate::error::Result;
use std::ops::Range;

/// Predicts noise and data in x_t for points of a known class; as a [`Denoiser`], for points of no
/// known class.
pub trait ClassDenoiser: Denoiser {
    /// Number of classes K; as a class, K stands for none.
    fn num_classes(&self) -> usize;

    /// Writes ε̂(x, t, c) or x̂0(x, t, c) for row-major points `x` (`[n, d]`, standardised units) of the
    /// classes `classes` at the instant `at` in [1, T] into `predicted` (`[n, d]`).
    fn predict_of(
        &self,
        x: &[f64],
        at: Instant,
        classes: Classes,
        quantity: Quantity,
        predicted: &mut [f64],
    ) -> Result<()>;
}

/// The denoiser of points of known classes, without guidance.
#[derive(Clone, Copy)]
pub(crate) struct Conditional<'a> {
    denoiser: &'a dyn ClassDenoiser,
    classes: Classes<'a>,
}

impl<'a> Conditional<'a> {
    /// What `denoiser` answers about points of these classes.
    pub(crate) fn new(denoiser: &'a dyn ClassDenoiser, classes: Classes<'a>) -> Self {
        Self { denoiser, classes }
    }

    /// The classes that the denoiser is told.
    pub(super) fn told(&self) -> Classes<'a> {
        self.classes
    }

    /// The same for some of the points.
    pub(super) fn of_rows(&self, rows: Range<usize>) -> Self {
        let classes = self.classes.of_rows(rows);
        Self { classes, ..*self }
    }

    /// Writes ε̂ or x̂0 into `predicted`.
    pub(super) fn answer(
        &self,
        x: &[f64],
        at: Instant,
        quantity: Quantity,
        predicted: &mut [f64],
    ) -> Result<()> {
        self.denoiser
            .predict_of(x, at, self.classes, quantity, predicted)
    }
}

impl Denoiser for Conditional<'_> {
    fn dim(&self) -> usize {
        self.denoiser.dim()
    }

    fn predict_noise(&self, x: &[f64], at: Instant, predicted_noise: &mut [f64]) -> Result<()> {
        self.answer(x, at, Quantity::Noise, predicted_noise)
    }

    fn predict_x0(&self, x: &[f64], at: Instant, predicted_x0: &mut [f64]) -> Result<()> {
        self.answer(x, at, Quantity::X0, predicted_x0)
    }

    fn classes(&self) -> Option<Classes<'_>> {
        (self.denoiser.num_classes() > 0).then_some(self.classes)
    }

    fn of_rows(&self, rows: Range<usize>) -> Option<Box<dyn Denoiser + '_>> {
        Some(Box::new(self.of_rows(rows)))
    }
}
