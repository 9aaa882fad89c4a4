//! The loss against the irreducible one, timestep by timestep, and what is between them.

use super::FigureError;
use super::axes::Axis;
use super::caption::{Caption, write_captions};
use super::legend::Key;
use super::mark::Stroke;
use super::page::{Page, Words};
use super::panel::Panel;
use super::scale::Scale;
use super::theme::{GENERATED, GENERATED_FILL, TRUTH_LINE};

/// The loss of the denoiser, and what it has too much.
const EXCESS: Stroke = Stroke::solid(GENERATED, 2.0);
/// Wide, so that it shows on both sides of the truth where the two agree.
const LOSS: Stroke = Stroke::solid(GENERATED_FILL, 6.0);

/// Points and how they are joined.
type Line<'a> = (&'a [(f64, f64)], Stroke);

/// Loss, floor and excess against t.
#[derive(Clone, Debug)]
pub struct LossByTimestepFigure {
    /// Title.
    pub title: String,
    /// Smaller line under the title; may be empty.
    pub subtitle: String,
    /// (t, irreducible loss).
    pub floor: Vec<(f64, f64)>,
    /// (t, loss).
    pub loss: Vec<(f64, f64)>,
    /// (t, loss − irreducible loss).
    pub excess: Vec<(f64, f64)>,
    /// A remark written under the panels; may be empty.
    pub note: String,
}

impl LossByTimestepFigure {
    /// Draws the figure as PNG.
    pub fn render(&self) -> Result<Vec<u8>, FigureError> {
        let words = Words {
            title: &self.title,
            subtitle: &self.subtitle,
            keys: vec![
                Key::line(TRUTH_LINE, "irreducible loss (the Bayes denoiser)"),
                Key::line(LOSS, "this denoiser"),
            ],
            note: &self.note,
        };
        let mut page = Page::new(words, 500.0);
        // A perfect denoiser has no excess, and a logarithmic axis no place for it.
        let panels = if self.excess.iter().any(|p| p.1 > 0.0) {
            2
        } else {
            1
        };
        let mut areas = page.body.grid(panels, panels, 26.0);
        let caption = |heading: &str| Caption {
            heading: heading.into(),
            note: String::new(),
        };
        let captions = [caption("loss"), caption("excess: loss − irreducible loss")];
        write_captions(&mut page.canvas, &mut areas, &captions[..panels]);
        let both = self.floor.iter().chain(&self.loss).map(|p| p.1);
        let y = Scale::from_zero(both);
        let excess = Scale::covering(self.excess.iter().map(|p| p.1), true, 0.04);
        let lines: [&[Line<'_>]; 2] = [
            &[(&self.loss, LOSS), (&self.floor, TRUTH_LINE)],
            &[(&self.excess, EXCESS)],
        ];
        for ((area, y), lines) in areas.iter().zip([y, excess]).zip(lines) {
            let t = self.floor.iter().map(|p| p.0);
            let Some((x, y)) = Scale::covering(t, false, 0.015).zip(y) else {
                Panel::empty(&mut page.canvas, *area);
                continue;
            };
            let axes = (
                Axis::new(x, "timestep t").integers(),
                Axis::new(y, "mean squared error"),
            );
            let mut panel = Panel::new(&mut page.canvas, *area, &axes);
            for (points, stroke) in lines {
                panel.line(points, stroke);
            }
        }
        page.png()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::figure::{is_png, theme::WIDTH};

    #[test]
    fn a_perfect_denoiser_and_no_data_make_a_picture() {
        for points in [vec![], vec![(1.0, 0.4), (2.0, 0.6)]] {
            let figure = LossByTimestepFigure {
                title: "t".into(),
                subtitle: String::new(),
                excess: points.iter().map(|(t, _)| (*t, 0.0)).collect(),
                floor: points.clone(),
                loss: points,
                note: String::new(),
            };
            assert!(is_png(&figure.render().expect("a picture"), WIDTH, 500));
        }
    }
}
