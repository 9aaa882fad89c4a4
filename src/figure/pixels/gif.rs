//! Frames as a GIF.

use super::film::Pixels;
use crate::figure::{
    error::FigureError,
    mark::Color,
    theme::{GENERATED, TRUTH},
};
use rayon::prelude::*;

/// Hundredths of a second that a frame is shown; the last stays longer.
const DELAY: u16 = 8;
const LAST_DELAY: u16 = 200;

/// Colours of the whole picture.
const COLORS: usize = 32;

impl Pixels {
    /// All frames as one GIF that starts again at its end.
    pub(crate) fn gif(&self) -> Result<Vec<u8>, FigureError> {
        let palette = Palette::new();
        let last = self.frames.len().saturating_sub(1);
        let encode = |(index, pixels): (usize, &Vec<u8>)| {
            let mut frame = gif::Frame {
                width: self.width,
                height: self.height,
                delay: if index == last { LAST_DELAY } else { DELAY },
                buffer: pixels.chunks_exact(3).map(|p| palette.nearest(p)).collect(),
                ..gif::Frame::default()
            };
            frame.make_lzw_pre_encoded();
            frame
        };
        let frames: Vec<_> = self.frames.par_iter().enumerate().map(encode).collect();
        let mut bytes = vec![];
        let colors: Vec<u8> = palette.colors.iter().flatten().copied().collect();
        let mut encoder = gif::Encoder::new(&mut bytes, self.width, self.height, &colors)?;
        encoder.set_repeat(gif::Repeat::Infinite)?;
        for frame in &frames {
            encoder.write_lzw_pre_encoded_frame(frame)?;
        }
        drop(encoder);
        Ok(bytes)
    }
}

/// Few colours, all that a frame is made of: blues over white, and greys.
struct Palette {
    colors: [[u8; 3]; COLORS],
    /// The nearest of them for colours of five bits a channel.
    nearest: Vec<u8>,
}

impl Palette {
    fn new() -> Self {
        let blues = COLORS / 2;
        let mix = |color: Color, part: f64| {
            let channel = |c: u8| (255.0 + part * (f64::from(c) - 255.0)).round() as u8;
            [channel(color.0), channel(color.1), channel(color.2)]
        };
        let color = |i: usize| match i {
            i if i < blues => mix(GENERATED, i as f64 / (blues - 1) as f64),
            i => mix(TRUTH, (i - blues + 1) as f64 / blues as f64),
        };
        let mut colors: [[u8; 3]; COLORS] = std::array::from_fn(color);
        // The pale grid would be lost between two steps of grey.
        colors[blues] = [230, 230, 230];
        let distance = |a: [u8; 3], b: [u8; 3]| {
            a.iter()
                .zip(b)
                .map(|(a, b)| (i32::from(*a) - i32::from(b)).pow(2))
                .sum::<i32>()
        };
        let expand = |bits: usize| ((bits & 31) * 255 / 31) as u8;
        let nearest = |index: usize| {
            let color = [expand(index >> 10), expand(index >> 5), expand(index)];
            let found = (0..COLORS).min_by_key(|i| distance(colors[*i], color));
            found.unwrap_or(0) as u8
        };
        Self {
            colors,
            nearest: (0..1 << 15).map(nearest).collect(),
        }
    }

    fn nearest(&self, pixel: &[u8]) -> u8 {
        let bits = |channel: u8| usize::from(channel >> 3);
        self.nearest[bits(pixel[0]) << 10 | bits(pixel[1]) << 5 | bits(pixel[2])]
    }
}
