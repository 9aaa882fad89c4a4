//! Where a denoiser errs: its error over x and t, as far as it counts.

use super::FigureError;
use super::axes::{Axis, BLANK_TITLE};
use super::page::{Page, Words};
use super::panel::Panel;
use super::scale::Scale;
use super::statistics::{quantile, sorted_finite};
use super::theme::tint;
use plotters::style::RGBAColor;

/// Too much noise predicted, and too little.
const ABOVE: RGBAColor = RGBAColor(213, 94, 0, 1.0);
const BELOW: RGBAColor = RGBAColor(0, 114, 178, 1.0);

/// Width of the strip that explains the colours.
const STRIP: f64 = 130.0;

/// Steps of the strip.
const SHADES: usize = 80;

/// A map of errors over places and timesteps.
#[derive(Clone, Debug)]
pub struct DenoiserErrorFigure<'a> {
    /// Title.
    pub title: String,
    /// Smaller line under the title; may be empty.
    pub subtitle: String,
    /// The places, ascending and equally far apart.
    pub x: &'a [f64],
    /// The timesteps, ascending.
    pub t: &'a [usize],
    /// The error as it counts, `[t, x]`.
    pub error: &'a [f64],
    /// A remark written under the panel; may be empty.
    pub note: String,
}

impl DenoiserErrorFigure<'_> {
    /// Draws the figure as PNG.
    pub fn render(&self) -> Result<Vec<u8>, FigureError> {
        let words = Words {
            title: &self.title,
            subtitle: &self.subtitle,
            keys: vec![],
            note: &self.note,
        };
        let mut page = Page::new(words, 560.0);
        let sizes = sorted_finite(self.error.iter().map(|e| e.abs()));
        let most = quantile(&sizes, 0.998).unwrap_or(0.0);
        let (Some(first), Some(last), [x0, x1, ..]) = (self.t.first(), self.t.last(), self.x)
        else {
            Panel::empty(&mut page.canvas, page.body);
            return page.png();
        };
        let (mut map, mut strip) = (page.body, page.body);
        map.right -= STRIP;
        strip.left = map.right;
        let (half, end) = (0.5 * (x1 - x0), self.x[self.x.len() - 1]);
        let axes = (
            Axis::new(
                Scale::linear(*first as f64 - 0.5, *last as f64 + 0.5),
                "timestep t",
            )
            .integers(),
            Axis::new(Scale::linear(x0 - half, end + half), "x (standardised)"),
        );
        let mut panel = Panel::new(&mut page.canvas, map, &axes);
        for (i, row) in self.error.chunks_exact(self.x.len()).enumerate() {
            let from = if i == 0 { first - 1 } else { self.t[i - 1] };
            let (left, right) = (from as f64 + 0.5, self.t[i] as f64 + 0.5);
            for (x, error) in self.x.iter().zip(row) {
                panel.rect((left, x - half), (right, x + half), shade(*error, most));
            }
        }
        let most = if most > 0.0 { most } else { 1.0 };
        let mut blank = Axis::new(Scale::linear(0.0, 1.0), BLANK_TITLE);
        blank.names = Some(vec![]);
        let axes = (
            blank,
            Axis::new(Scale::linear(-most, most), "(ε̂ − ε*) · √q_t"),
        );
        let mut panel = Panel::new(&mut page.canvas, strip, &axes);
        for i in 0..SHADES {
            let at = |i: usize| most * (2.0 * i as f64 / SHADES as f64 - 1.0);
            let middle = 0.5 * (at(i) + at(i + 1));
            panel.rect((0.0, at(i)), (1.0, at(i + 1)), shade(middle, most));
        }
        page.png()
    }
}

fn shade(error: f64, most: f64) -> RGBAColor {
    let color = if error > 0.0 { ABOVE } else { BELOW };
    let strength = if most > 0.0 && error.is_finite() {
        (error.abs() / most).min(1.0)
    } else {
        0.0
    };
    tint(color, strength)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::figure::{is_png, theme::WIDTH};

    #[test]
    fn no_error_and_no_number_make_a_picture() {
        for error in [0.0, 1.0, f64::NAN] {
            let figure = DenoiserErrorFigure {
                title: "t".into(),
                subtitle: String::new(),
                x: &[-1.0, 0.0, 1.0],
                t: &[1, 2],
                error: &[error; 6],
                note: String::new(),
            };
            assert!(is_png(&figure.render().expect("a picture"), WIDTH, 500));
        }
    }
}
