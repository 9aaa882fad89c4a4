//! Denoisers that are told the class of every point, and guidance towards it.

use super::{Denoiser, Instant};
use crate::error::Result;
use std::ops::Range;

/// The classes of points: numbered from 0, the number of classes standing for no class.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Classes<'a> {
    /// One for all points.
    Same(u32),
    /// One for each.
    Each(&'a [u32]),
}

impl<'a> Classes<'a> {
    /// The class of the point `i`.
    pub fn at(self, i: usize) -> u32 {
        match self {
            Self::Same(class) => class,
            Self::Each(classes) => classes[i],
        }
    }

    /// The classes of some of the points.
    pub fn of_rows(self, rows: Range<usize>) -> Self {
        match self {
            Self::Same(class) => Self::Same(class),
            Self::Each(classes) => Self::Each(&classes[rows]),
        }
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

/// Predicts noise and data in x_t for points whose class it is told; as a [`Denoiser`], for points of which it
/// is told no class.
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

/// A denoiser for points of known classes, with classifier-free guidance (Ho & Salimans 2022):
/// ε̂ = ε̂(x, t) + w (ε̂(x, t, c) − ε̂(x, t)).
///
/// The weight w is 1 without guidance: then nothing but ε̂(x, t, c) is asked, and at 0 nothing but
/// ε̂(x, t), the answer without a class. x̂0 follows by the same rule. In the paper's own convention the
/// weight is w − 1.
#[derive(Clone, Copy)]
pub struct Guided<'a> {
    denoiser: &'a dyn ClassDenoiser,
    classes: Classes<'a>,
    weight: f64,
}

impl<'a> Guided<'a> {
    /// The denoiser of points of these classes.
    pub fn new(denoiser: &'a dyn ClassDenoiser, classes: Classes<'a>, weight: f64) -> Self {
        Self {
            denoiser,
            classes,
            weight,
        }
    }

    fn predict(
        &self,
        x: &[f64],
        at: Instant,
        quantity: Quantity,
        predicted: &mut [f64],
    ) -> Result<()> {
        if self.weight == 0.0 {
            return quantity.of(self.denoiser, x, at, predicted);
        }
        self.denoiser
            .predict_of(x, at, self.classes, quantity, predicted)?;
        if self.weight == 1.0 {
            return Ok(());
        }
        let mut without = vec![0.0; x.len()];
        quantity.of(self.denoiser, x, at, &mut without)?;
        for (out, without) in predicted.iter_mut().zip(without) {
            *out = without + self.weight * (*out - without);
        }
        Ok(())
    }
}

impl Denoiser for Guided<'_> {
    fn dim(&self) -> usize {
        self.denoiser.dim()
    }

    fn predict_noise(&self, x: &[f64], at: Instant, predicted_noise: &mut [f64]) -> Result<()> {
        self.predict(x, at, Quantity::Noise, predicted_noise)
    }

    fn predict_x0(&self, x: &[f64], at: Instant, predicted_x0: &mut [f64]) -> Result<()> {
        self.predict(x, at, Quantity::X0, predicted_x0)
    }

    fn classes(&self) -> Option<Classes<'_>> {
        (self.denoiser.num_classes() > 0).then_some(self.classes)
    }

    fn of_rows(&self, rows: Range<usize>) -> Option<Box<dyn Denoiser + '_>> {
        let classes = self.classes.of_rows(rows);
        Some(Box::new(Self { classes, ..*self }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const AT: Instant = Instant::DATA;

    /// ε̂ = class + 1, and 10 for no class.
    struct Numbers;

    impl Denoiser for Numbers {
        fn dim(&self) -> usize {
            1
        }

        fn predict_noise(&self, _: &[f64], _: Instant, out: &mut [f64]) -> Result<()> {
            out.fill(10.0);
            Ok(())
        }
    }

    impl ClassDenoiser for Numbers {
        fn num_classes(&self) -> usize {
            3
        }

        fn predict_of(
            &self,
            x: &[f64],
            _: Instant,
            classes: Classes,
            _: Quantity,
            out: &mut [f64],
        ) -> Result<()> {
            for (i, out) in out.iter_mut().enumerate().take(x.len()) {
                *out = f64::from(classes.at(i)) + 1.0;
            }
            Ok(())
        }
    }

    /// Answers nothing without a class.
    struct Told;

    impl Denoiser for Told {
        fn dim(&self) -> usize {
            1
        }

        fn predict_noise(&self, _: &[f64], _: Instant, _: &mut [f64]) -> Result<()> {
            panic!("asked without a class");
        }
    }

    impl ClassDenoiser for Told {
        fn num_classes(&self) -> usize {
            3
        }

        fn predict_of(
            &self,
            x: &[f64],
            at: Instant,
            classes: Classes,
            quantity: Quantity,
            out: &mut [f64],
        ) -> Result<()> {
            Numbers.predict_of(x, at, classes, quantity, out)?;
            out.iter_mut().for_each(|out| *out /= 3.0);
            Ok(())
        }
    }

    #[test]
    fn without_guidance_nothing_is_asked_but_the_class_and_its_answer_is_untouched() {
        let (classes, mut plain, mut guided) = (Classes::Same(1), [0.0; 2], [0.0; 2]);
        Told.predict_of(&[0.0; 2], AT, classes, Quantity::Noise, &mut plain)
            .unwrap();
        Guided::new(&Told, classes, 1.0)
            .predict_noise(&[0.0; 2], AT, &mut guided)
            .unwrap();
        assert_eq!(plain.map(f64::to_bits), guided.map(f64::to_bits));
    }

    #[test]
    fn guidance_extrapolates_from_no_class_through_the_class() {
        let classes = [2, 0, 1];
        for (weight, expected) in [
            (1.0, [3.0, 1.0, 2.0]),
            (0.0, [10.0; 3]),
            (2.0, [-4.0, -8.0, -6.0]),
            (0.5, [6.5, 5.5, 6.0]),
        ] {
            let guided = Guided::new(&Numbers, Classes::Each(&classes), weight);
            let mut out = [0.0; 3];
            guided.predict_noise(&[0.0; 3], AT, &mut out).unwrap();
            assert_eq!(out, expected);
            let mut part = [0.0; 2];
            let rows = guided.of_rows(1..3).unwrap();
            rows.predict_noise(&[0.0; 2], AT, &mut part).unwrap();
            assert_eq!(part, expected[1..]);
        }
    }
}
