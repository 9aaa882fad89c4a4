//! Drawings as the frames of a moving picture.

use super::canvas::Canvas;
use crate::figure::{drawing::Drawing, error::FigureError};
use rayon::prelude::*;

/// Frames a second.
pub(crate) const FRAMES_PER_SECOND: u32 = 12;

/// Device pixels a logical pixel, in each direction.
const SUPERSAMPLING: u32 = 2;

/// Frames as pixels: `[height, width, 3]` each.
pub(crate) struct Pixels {
    /// In pixels.
    pub(crate) width: u16,
    /// In pixels.
    pub(crate) height: u16,
    /// One picture each.
    pub(crate) frames: Vec<Vec<u8>>,
}

impl Pixels {
    /// Draws `number` frames of equal size; `drawing` makes each of them when its turn has come.
    pub(crate) fn of(
        number: usize,
        drawing: impl Fn(usize) -> Drawing + Sync,
    ) -> Result<Self, FigureError> {
        let (first, last) = (drawing(0), drawing(number.saturating_sub(1)));
        // What all frames begin with, such as their axes, is drawn once.
        let pairs = first.shapes.iter().zip(&last.shapes);
        let common = &first.shapes[..pairs.take_while(|(a, b)| a == b).count()];
        let mut background = Canvas::new(&first, SUPERSAMPLING);
        background.draw(common)?;
        let frame = |index: usize| -> Result<Vec<u8>, FigureError> {
            let drawing = drawing(index);
            let (mut canvas, rest) = match drawing.shapes.strip_prefix(common) {
                Some(rest) => (background.clone(), rest),
                None => (Canvas::new(&first, SUPERSAMPLING), &drawing.shapes[..]),
            };
            canvas.draw(rest)?;
            Ok(canvas.averaged())
        };
        Ok(Self {
            width: first.width as u16,
            height: first.height as u16,
            frames: (0..number)
                .into_par_iter()
                .map(frame)
                .collect::<Result<_, _>>()?,
        })
    }
}
