//! Marked places, each with a line of words beside it.

use super::mark::Mark;
use crate::figure::{
    chart::plot::Plot,
    drawing::Align,
    font::Font,
    geometry::Rect,
    mark::{Color, Marker},
    theme::{INK, LABEL_SIZE, TRUTH},
};

const FONT: Font = Font::regular(LABEL_SIZE - 1.5, INK);
const GROUND: Color = Color(255, 255, 255, 0.85);

/// Places and what is written there.
pub(crate) struct Words(pub(crate) Vec<((f64, f64), String)>);

impl Mark for Words {
    fn draw(&self, plot: &mut Plot<'_>) {
        let mut taken = vec![];
        for (place, _) in &self.0 {
            plot.marker(*place, Marker::Circle, 4.0, TRUTH);
            let (x, y) = plot.point(*place);
            taken.push(Rect::new(x - 6.0, y - 6.0, x + 6.0, y + 6.0));
        }
        for (place, text) in &self.0 {
            if let Some(ground) = ground(plot, *place, text, &taken) {
                plot.ground(ground, GROUND);
                let start = (ground.left + 4.0, ground.bottom - 5.0);
                plot.text(text, start, Align::Left, FONT);
                taken.push(ground);
            }
        }
    }
}

/// Where words go: beside their place, in the frame and clear of what is `taken`, if there is such a room.
fn ground(plot: &Plot<'_>, place: (f64, f64), text: &str, taken: &[Rect]) -> Option<Rect> {
    let (frame, (x, y)) = (plot.frame(), plot.point(place));
    if !frame.contains((x, y)) {
        return None;
    }
    let width = FONT.width(text) + 8.0;
    let beside = |right: bool, down: f64| {
        let left = if right { x + 10.0 } else { x - 10.0 - width };
        Rect::new(left, y - 10.0 + down, left + width, y + 10.0 + down)
    };
    let fits = |ground: &Rect| {
        let corners = [(ground.left, ground.top), (ground.right, ground.bottom)];
        corners.iter().all(|corner| frame.contains(*corner))
            && !taken.iter().any(|other| ground.overlaps(other))
    };
    let places = [0.0, 21.0, -21.0, 42.0, -42.0]
        .into_iter()
        .flat_map(|down| [beside(true, down), beside(false, down)]);
    let found = places.into_iter().find(fits);
    found.or_else(|| Some(beside(x + width < frame.right, 0.0)))
}
