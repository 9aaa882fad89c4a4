//! A map: a number a cell, shown as a colour.

use super::mark::Mark;
use crate::figure::{chart::plot::Plot, drawing::Image, field::Field, shades::Shades};
use std::borrow::Cow;

/// A map of colours; cells that are not finite stay white.
pub(crate) struct Map<'a> {
    pub(crate) field: Cow<'a, Field>,
    pub(crate) shades: Shades,
    /// Whether it is interpolated between the centres of the cells.
    pub(crate) smooth: bool,
}

impl Mark for Map<'_> {
    fn draw(&self, plot: &mut Plot<'_>) {
        let field = &self.field;
        let ((left, right), (bottom, top)) = (field.window.x, field.window.y);
        let whole = plot.rect_of((left, bottom), (right, top));
        let Some(shown) = whole.common(&plot.frame()) else {
            return;
        };
        let (columns, rows) = match self.smooth || shown != whole {
            true => Image::smooth_size(&shown),
            false => (field.columns, field.rows),
        };
        // In cells from the centre of the first one.
        let place = |part: f64, cells: usize| {
            let place = part * cells as f64 - 0.5;
            if self.smooth { place } else { place.round() }
        };
        let image = Image::new(columns, rows, |column, row| {
            let x = shown.left + (column as f64 + 0.5) / columns as f64 * shown.width();
            let y = shown.top + (row as f64 + 0.5) / rows as f64 * shown.height();
            let u = place((x - whole.left) / whole.width(), field.columns);
            let v = place((whole.bottom - y) / whole.height(), field.rows);
            let value = field.at(u, v, |v| v);
            value.is_finite().then(|| self.shades.color(value))
        });
        plot.image(shown, image);
    }
}
