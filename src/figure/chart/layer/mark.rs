//! What all layers of a panel have in common.

use crate::{
    figure::{
        chart::{legend::Swatch, plot::Plot},
        geometry::Rect,
        scale::Scale,
    },
    text::{count, number},
};

/// One way to show data on a pair of axes. A new one is a type that can do this, in a file of its own.
pub(crate) trait Mark {
    /// Draws itself.
    fn draw(&self, plot: &mut Plot<'_>);

    /// How the legend shows it.
    fn swatch(&self) -> Swatch {
        Swatch::default()
    }

    /// What of its values the axes do not show.
    fn missed(&self, _x: &Scale, _y: &Scale) -> Missed {
        Missed::default()
    }

    /// For a cloud: how many of its points lie on one place of its densest parts.
    fn crowding(&self, _frame: Rect, _x: &Scale, _y: &Scale) -> Option<u16> {
        None
    }
}

/// How many values the axes do not show.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Missed {
    /// Not finite, or not positive on a logarithmic axis.
    pub(crate) nowhere: usize,
    /// Drawn at the edge instead.
    pub(crate) pinned: usize,
    /// The lowest of those before the start of an axis, and the highest after its end.
    pub(crate) lowest: Option<f64>,
    pub(crate) highest: Option<f64>,
}

impl Missed {
    /// What two layers miss together.
    pub(crate) fn and(self, other: Self) -> Self {
        let either = |a: Option<f64>, b: Option<f64>, pick: fn(f64, f64) -> f64| match (a, b) {
            (Some(a), Some(b)) => Some(pick(a, b)),
            _ => a.or(b),
        };
        Self {
            nowhere: self.nowhere + other.nowhere,
            pinned: self.pinned + other.pinned,
            lowest: either(self.lowest, other.lowest, f64::min),
            highest: either(self.highest, other.highest, f64::max),
        }
    }

    /// The pinned points in words, with the farthest of them.
    pub(crate) fn words(&self) -> String {
        let reach = match (self.lowest, self.highest) {
            (Some(low), Some(high)) => format!(" (from {} to {})", number(low), number(high)),
            (Some(low), None) => format!(" (down to {})", number(low)),
            (None, Some(high)) => format!(" (up to {})", number(high)),
            (None, None) => String::new(),
        };
        let points = count(self.pinned, "point");
        format!("{points} beyond the axes{reach}, pinned to the edge")
    }
}

/// A mark with its name in the legend and its place between the others.
pub(crate) struct Layer<'a> {
    pub(crate) mark: Box<dyn Mark + 'a>,
    /// Its name in the legend; empty for none. Layers of one name have one entry.
    pub(crate) label: String,
    /// Layers of less depth are drawn first; the legend keeps their order.
    pub(crate) depth: i32,
}

impl<'a> Layer<'a> {
    /// A layer that the legend does not name.
    pub(crate) fn new(mark: impl Mark + 'a) -> Self {
        Self {
            mark: Box::new(mark),
            label: String::new(),
            depth: 0,
        }
    }

    /// The same layer with a name in the legend.
    pub(crate) fn label(self, label: impl Into<String>) -> Self {
        Self {
            label: label.into(),
            ..self
        }
    }

    /// The same layer, drawn after all of less depth.
    pub(crate) fn depth(self, depth: i32) -> Self {
        Self { depth, ..self }
    }
}
