//! Arrows over the plane.

use super::mark::Mark;
use crate::figure::{chart::plot::Plot, geometry::Point, mark::Stroke, theme::TRUTH};
use std::borrow::Cow;

const SHAFT: Stroke = Stroke::solid(TRUTH.opacity(0.75), 0.9);

/// Arrows: their start and what they point along (row-major, `[n, 4]`). Their lengths go with the root.
pub(crate) struct Arrows<'a>(pub(crate) Cow<'a, [f64]>);

impl Mark for Arrows<'_> {
    fn draw(&self, plot: &mut Plot<'_>) {
        let arrows = &self.0;
        let lengths = arrows.chunks_exact(4).map(|a| a[2].hypot(a[3]));
        let longest = lengths.filter(|l| l.is_finite()).fold(0.0, f64::max);
        let spacing = plot.frame().width() / (arrows.len() as f64 / 4.0).sqrt().max(1.0);
        for arrow in arrows.chunks_exact(4) {
            let length = arrow[2].hypot(arrow[3]);
            if !length.is_finite() || length <= 0.0 {
                continue;
            }
            let from = plot.point((arrow[0], arrow[1]));
            let scale = 0.92 * spacing * (length / longest).sqrt() / length;
            draw_arrow(
                plot,
                from,
                (from.0 + scale * arrow[2], from.1 - scale * arrow[3]),
            );
        }
    }
}

/// Draws an arrow between two positions on the drawing, if both lie in the frame.
fn draw_arrow(plot: &mut Plot<'_>, from: Point, to: Point) {
    let frame = plot.frame();
    if !(frame.contains(from) && frame.contains(to)) {
        return;
    }
    plot.stroke(&[from, to], SHAFT);
    let (dx, dy) = (to.0 - from.0, to.1 - from.1);
    let length = dx.hypot(dy).max(1e-9);
    let (dx, dy) = (dx / length, dy / length);
    let head = (0.45 * length).min(4.0);
    for side in [-0.5, 0.5] {
        let barb = (
            to.0 - head * (dx - side * dy),
            to.1 - head * (dy + side * dx),
        );
        plot.stroke(&[barb, to], SHAFT);
    }
}
