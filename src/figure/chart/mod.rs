//! The one chart: a page of panels, each with axes and a stack of layers.
//!
//! Adding a way to show data is one file in `layer/`, with a type that implements [`Mark`].

mod axis;
mod caption;
mod frame;
mod layer;
mod legend;
mod names;
mod page;
mod panel;
mod plot;
mod strip;

pub(crate) use axis::{Axis, BLANK, Ticks};
pub(crate) use layer::*;
pub(crate) use page::Chart;
pub(crate) use panel::Panel;
pub(crate) use strip::Strip;
