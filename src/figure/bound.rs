//! What the error at each timestep costs, in nats of the variational bound.

use super::FigureError;
use super::axes::Axis;
use super::mark::Stroke;
use super::page::{Page, Words};
use super::panel::Panel;
use super::scale::Scale;
use super::theme::{GENERATED, GENERATED_FILL};

/// Nats against t.
#[derive(Clone, Debug)]
pub struct BoundFigure {
    /// Title.
    pub title: String,
    /// Smaller line under the title; may be empty.
    pub subtitle: String,
    /// (t, nats).
    pub nats: Vec<(f64, f64)>,
    /// A remark written under the panel; may be empty.
    pub note: String,
}

impl BoundFigure {
    /// Draws the figure as PNG.
    pub fn render(&self) -> Result<Vec<u8>, FigureError> {
        let words = Words {
            title: &self.title,
            subtitle: &self.subtitle,
            keys: vec![],
            note: &self.note,
        };
        let mut page = Page::new(words, 460.0);
        let x = Scale::covering(self.nats.iter().map(|p| p.0), false, 0.015);
        let y = Scale::covering(self.nats.iter().map(|p| p.1), true, 0.04);
        let Some((x, y)) = x.zip(y) else {
            Panel::empty(&mut page.canvas, page.body);
            return page.png();
        };
        let axes = (
            Axis::new(x, "timestep t").integers(),
            Axis::new(y, "nats of the variational bound"),
        );
        let body = page.body;
        let mut panel = Panel::new(&mut page.canvas, body, &axes);
        panel.line(&self.nats, &Stroke::solid(GENERATED_FILL, 6.0));
        panel.line(&self.nats, &Stroke::solid(GENERATED, 2.0));
        page.png()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::figure::{is_png, theme::WIDTH};

    #[test]
    fn some_nats_and_none_make_a_picture() {
        for nats in [
            vec![],
            vec![(2.0, 0.0), (3.0, 0.0)],
            vec![(2.0, 0.3), (3.0, 0.01)],
        ] {
            let figure = BoundFigure {
                title: "t".into(),
                subtitle: String::new(),
                nats,
                note: String::new(),
            };
            assert!(is_png(&figure.render().expect("a picture"), WIDTH, 460));
        }
    }
}
