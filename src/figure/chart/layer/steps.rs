//! A histogram: filled bars without gaps, and the outline around them.

use super::mark::Mark;
use crate::figure::{
    bins::Bins,
    chart::{legend::Swatch, plot::Plot},
    mark::{Color, Stroke},
};

/// The steps of a histogram.
pub(crate) struct Steps {
    pub(crate) bins: Bins,
    pub(crate) fill: Option<Color>,
    pub(crate) outline: Option<Stroke>,
}

impl Mark for Steps {
    fn draw(&self, plot: &mut Plot<'_>) {
        if let Some(fill) = self.fill {
            let top = |(left, right, height)| [left, right].map(|x| (x, f64::NEG_INFINITY, height));
            let tops: Vec<_> = self.bins.bars().flat_map(top).collect();
            plot.area(&tops, fill);
        }
        if let Some(outline) = self.outline {
            for hill in self.bins.outlines() {
                plot.line(&hill, 0.0, outline);
            }
        }
    }

    fn swatch(&self) -> Swatch {
        Swatch {
            fill: self.fill,
            line: self.outline,
            ..Swatch::default()
        }
    }
}
