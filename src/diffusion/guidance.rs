//! Denoisers that are told the class of every point, and guidance towards it.

use super::Denoiser;
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
    /// The classes of some of the points.
    pub fn of_rows(self, rows: Range<usize>) -> Self {
        match self {
            Self::Same(class) => Self::Same(class),
            Self::Each(classes) => Self::Each(&classes[rows]),
        }
    }
}

/// Predicts the noise in x_t for points whose class it is told; as a [`Denoiser`], for points of which it
/// is told no class.
pub trait ClassDenoiser: Denoiser {
    /// Number of classes K; as a class, K stands for none.
    fn num_classes(&self) -> usize;

    /// Writes ε̂(x, t, c) for row-major points `x` (`[n, d]`, standardised units) of the classes
    /// `classes` at timestep `t` in 1..=T into `predicted_noise` (`[n, d]`).
    fn predict_noise_of(&self, x: &[f64], t: usize, classes: Classes, predicted_noise: &mut [f64]);
}

/// A denoiser for points of known classes, with classifier-free guidance (Ho & Salimans 2022):
/// ε̂ = ε̂(x, t) + w (ε̂(x, t, c) − ε̂(x, t)).
///
/// The weight w is 1 without guidance: then nothing but ε̂(x, t, c) is asked, and at 0 nothing but
/// ε̂(x, t), the answer without a class. In the paper's own convention the weight is w − 1.
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
}

impl Denoiser for Guided<'_> {
    fn dim(&self) -> usize {
        self.denoiser.dim()
    }

    fn predict_noise(&self, x: &[f64], t: usize, predicted_noise: &mut [f64]) {
        if self.weight == 0.0 {
            return self.denoiser.predict_noise(x, t, predicted_noise);
        }
        self.denoiser
            .predict_noise_of(x, t, self.classes, predicted_noise);
        if self.weight == 1.0 {
            return;
        }
        let mut without = vec![0.0; x.len()];
        self.denoiser.predict_noise(x, t, &mut without);
        for (out, without) in predicted_noise.iter_mut().zip(without) {
            *out = without + self.weight * (*out - without);
        }
    }

    fn of_rows(&self, rows: Range<usize>) -> Option<Box<dyn Denoiser + '_>> {
        let classes = self.classes.of_rows(rows);
        Some(Box::new(Self { classes, ..*self }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// ε̂ = class + 1, and 10 for no class.
    struct Numbers;

    impl Denoiser for Numbers {
        fn dim(&self) -> usize {
            1
        }

        fn predict_noise(&self, _: &[f64], _: usize, out: &mut [f64]) {
            out.fill(10.0);
        }
    }

    impl ClassDenoiser for Numbers {
        fn num_classes(&self) -> usize {
            3
        }

        fn predict_noise_of(&self, x: &[f64], _: usize, classes: Classes, out: &mut [f64]) {
            for (i, out) in out.iter_mut().enumerate().take(x.len()) {
                let class = match classes {
                    Classes::Same(class) => class,
                    Classes::Each(classes) => classes[i],
                };
                *out = f64::from(class) + 1.0;
            }
        }
    }

    /// Answers nothing without a class.
    struct Told;

    impl Denoiser for Told {
        fn dim(&self) -> usize {
            1
        }

        fn predict_noise(&self, _: &[f64], _: usize, _: &mut [f64]) {
            panic!("asked without a class");
        }
    }

    impl ClassDenoiser for Told {
        fn num_classes(&self) -> usize {
            3
        }

        fn predict_noise_of(&self, x: &[f64], t: usize, classes: Classes, out: &mut [f64]) {
            Numbers.predict_noise_of(x, t, classes, out);
            out.iter_mut().for_each(|out| *out /= 3.0);
        }
    }

    #[test]
    fn without_guidance_nothing_is_asked_but_the_class_and_its_answer_is_untouched() {
        let (classes, mut plain, mut guided) = (Classes::Same(1), [0.0; 2], [0.0; 2]);
        Told.predict_noise_of(&[0.0; 2], 1, classes, &mut plain);
        Guided::new(&Told, classes, 1.0).predict_noise(&[0.0; 2], 1, &mut guided);
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
            guided.predict_noise(&[0.0; 3], 1, &mut out);
            assert_eq!(out, expected);
            let mut part = [0.0; 2];
            let rows = guided.of_rows(1..3).unwrap();
            rows.predict_noise(&[0.0; 2], 1, &mut part);
            assert_eq!(part, expected[1..]);
        }
    }
}
