//! Guidance: a second answer that is mixed into the first.

use super::{
    Instant,
    class::Classes,
    class_denoiser::{ClassDenoiser, Conditional},
    denoiser::{Denoiser, Quantity},
};
use crate::error::Result;
use std::ops::Range;

/// A second answer that guidance mixes into the first. [`Guided`] moves away from it, by more than the
/// first answer alone where the weight is above 1.
pub(crate) trait Guide: Sync {
    /// Writes the guide's ε̂ or x̂0 for row-major points `x` (`[n, d]`, standardised units) of the classes
    /// `classes` at the instant `at` in [1, T] into `answer` (`[n, d]`).
    fn answer(
        &self,
        x: &[f64],
        at: Instant,
        classes: Classes,
        quantity: Quantity,
        answer: &mut [f64],
    ) -> Result<()>;
}

/// The network itself without the class: classifier-free guidance (Ho & Salimans 2022), for networks that
/// were trained with class dropout.
#[derive(Clone, Copy)]
pub(crate) struct WithoutClass<'a>(pub &'a dyn ClassDenoiser);

impl Guide for WithoutClass<'_> {
    fn answer(
        &self,
        x: &[f64],
        at: Instant,
        _: Classes,
        quantity: Quantity,
        answer: &mut [f64],
    ) -> Result<()> {
        quantity.of(self.0, x, at, answer)
    }
}

/// A guided denoiser for points of known classes: ε̂ = g + w (ε̂(x, t, c) − g), with g the answer of the
/// guide. x̂0 follows by the same rule.
///
/// The weight w is 1 without guidance: then the guide is not asked, and at 0 nothing but the guide is. In
/// the convention of Ho & Salimans (2022) the weight is w − 1.
#[derive(Clone, Copy)]
pub(crate) struct Guided<'a> {
    model: Conditional<'a>,
    guide: &'a dyn Guide,
    weight: f64,
}

impl<'a> Guided<'a> {
    /// The answers of `model`, moved away from those of `guide`.
    pub(crate) fn new(model: Conditional<'a>, guide: &'a dyn Guide, weight: f64) -> Self {
        Self {
            model,
            guide,
            weight,
        }
    }

    fn answer(
        &self,
        x: &[f64],
        at: Instant,
        quantity: Quantity,
        predicted: &mut [f64],
    ) -> Result<()> {
        let classes = self.model.told();
        if self.weight == 0.0 {
            return self.guide.answer(x, at, classes, quantity, predicted);
        }
        self.model.answer(x, at, quantity, predicted)?;
        if self.weight == 1.0 {
            return Ok(());
        }
        let mut away = vec![0.0; x.len()];
        self.guide.answer(x, at, classes, quantity, &mut away)?;
        for (out, away) in predicted.iter_mut().zip(away) {
            *out = away + self.weight * (*out - away);
        }
        Ok(())
    }
}

impl Denoiser for Guided<'_> {
    fn dim(&self) -> usize {
        self.model.dim()
    }

    fn predict_noise(&self, x: &[f64], at: Instant, predicted_noise: &mut [f64]) -> Result<()> {
        self.answer(x, at, Quantity::Noise, predicted_noise)
    }

    fn predict_x0(&self, x: &[f64], at: Instant, predicted_x0: &mut [f64]) -> Result<()> {
        self.answer(x, at, Quantity::X0, predicted_x0)
    }

    fn classes(&self) -> Option<Classes<'_>> {
        self.model.classes()
    }

    fn of_rows(&self, rows: Range<usize>) -> Option<Box<dyn Denoiser + '_>> {
        let model = self.model.of_rows(rows);
        Some(Box::new(Self { model, ..*self }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Error;

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
            _: &[f64],
            _: Instant,
            classes: Classes,
            _: Quantity,
            out: &mut [f64],
        ) -> Result<()> {
            for (i, out) in out.iter_mut().enumerate() {
                *out = f64::from(classes.at(i)) + 1.0;
            }
            Ok(())
        }
    }

    /// Cannot be asked.
    struct Mute;

    impl Guide for Mute {
        fn answer(
            &self,
            _: &[f64],
            _: Instant,
            _: Classes,
            _: Quantity,
            _: &mut [f64],
        ) -> Result<()> {
            Err(Error::Unanswered("it is mute".into()))
        }
    }

    /// Another network, which knows the classes too: ε̂ = −class, and x̂0 = x.
    struct Weaker;

    impl Guide for Weaker {
        fn answer(
            &self,
            x: &[f64],
            _: Instant,
            classes: Classes,
            quantity: Quantity,
            answer: &mut [f64],
        ) -> Result<()> {
            for (i, (answer, x)) in answer.iter_mut().zip(x).enumerate() {
                *answer = match quantity {
                    Quantity::Noise => -f64::from(classes.at(i)),
                    Quantity::X0 => *x,
                };
            }
            Ok(())
        }
    }

    fn noise(denoiser: &dyn Denoiser, n: usize) -> Result<Vec<f64>> {
        let mut out = vec![0.0; n];
        denoiser.predict_noise(&vec![0.0; n], AT, &mut out)?;
        Ok(out)
    }

    #[test]
    fn without_guidance_no_guide_is_asked_and_the_answer_is_untouched() {
        let model = Conditional::new(&Numbers, Classes::Same(1));
        let guided = |weight| noise(&Guided::new(model, &Mute, weight), 2);
        assert_eq!(guided(1.0).unwrap(), noise(&model, 2).unwrap());
        for weight in [0.0, 2.0] {
            let error = guided(weight).unwrap_err();
            assert!(matches!(error, Error::Unanswered(text) if text == "it is mute"));
        }
    }

    #[test]
    fn guidance_extrapolates_from_the_guide_through_the_class() {
        let classes = [2, 0, 1];
        let model = Conditional::new(&Numbers, Classes::Each(&classes));
        let without: &dyn Guide = &WithoutClass(&Numbers);
        for (guide, weight, expected) in [
            (without, 1.0, [3.0, 1.0, 2.0]),
            (without, 0.0, [10.0; 3]),
            (without, 2.0, [-4.0, -8.0, -6.0]),
            (without, 0.5, [6.5, 5.5, 6.0]),
            (&Weaker, 0.0, [-2.0, 0.0, -1.0]),
            (&Weaker, 3.0, [13.0, 3.0, 8.0]),
        ] {
            let guided = Guided::new(model, guide, weight);
            assert_eq!(noise(&guided, 3).unwrap(), expected);
            let rows = Denoiser::of_rows(&guided, 1..3).unwrap();
            assert_eq!(noise(&*rows, 2).unwrap(), expected[1..]);
        }
        // x̂0 by the same rule: x + w (class + 1 − x).
        let mut x0 = [0.0; 3];
        let guided = Guided::new(model, &Weaker, 2.0);
        guided.predict_x0(&[1.0; 3], AT, &mut x0).unwrap();
        assert_eq!(x0, [5.0, 1.0, 3.0]);
    }
}
