//! What a panel can show, one file each.

mod across;
mod area;
mod arrows;
mod bars;
mod cloud;
mod contours;
mod dots;
mod line;
mod map;
mod mark;
mod path;
mod steps;
mod words;

pub(crate) use across::Across;
pub(crate) use area::Area;
pub(crate) use arrows::Arrows;
pub(crate) use bars::{Bar, Bars};
pub(crate) use cloud::Cloud;
pub(crate) use contours::Contours;
pub(crate) use dots::Dots;
pub(crate) use line::Line;
pub(crate) use map::Map;
pub(crate) use mark::{Layer, Missed};
pub(crate) use path::Path;
pub(crate) use steps::Steps;
pub(crate) use words::Words;
