//! The back end that writes drawings as pixels.

mod canvas;
mod film;
mod gif;
mod png;

pub(crate) use film::{FRAMES_PER_SECOND, Pixels};
pub(crate) use png::png;
