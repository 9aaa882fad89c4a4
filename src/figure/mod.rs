//! Pictures: data and layers in, the bytes of a file out. This module knows no figure by name.
//!
//! - `chart` is what a figure gives: panels with axes, each a stack of layers, under a title and a legend.
//! - A chart becomes a [`Drawing`], a list of shapes, texts and images in logical pixels.
//! - `pixels` is the back end that writes drawings as PNG, and many of them as GIF.
//! - `theme` fixes the colours and sizes that all pictures share.
//! - `bins`, `contour`, `field`, `scale`, `statistics` and `view` are the arithmetic behind them.
//!
//! Nothing here reads or writes a file. Values that cannot be drawn (NaN, infinities, not positive on a logarithmic
//! axis) are left out, and the legend says how many.

mod bins;
mod chart;
mod contour;
mod drawing;
mod error;
mod field;
mod font;
mod geometry;
mod mark;
mod pixels;
mod scale;
mod shades;
mod statistics;
#[cfg(test)]
mod tests;
mod theme;
mod view;

pub(crate) use bins::{Bins, bin_count, heights};
pub(crate) use chart::*;
pub(crate) use error::FigureError;
pub(crate) use field::{Field, Window};
pub(crate) use mark::{Color, Dash, Marker, Stroke};
pub(crate) use pixels::{FRAMES_PER_SECOND, Pixels, png};
pub(crate) use scale::{Scale, drawable};
pub(crate) use shades::Shades;
pub(crate) use statistics::{
    mean_and_std_dev, quantile, range, range_without_outliers, running_mean, sorted_finite, union,
};
pub(crate) use theme::*;
pub(crate) use view::{bulk, core_window, plane_window, square_window, support, visible_range};
