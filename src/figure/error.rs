//! Why a picture could not be made.

/// Why a picture could not be written; its data are never the reason.
#[derive(Debug, thiserror::Error)]
pub(crate) enum FigureError {
    /// The back end could not draw.
    #[error("cannot draw the figure: {0}")]
    Draw(String),
    /// The finished picture could not be written as PNG.
    #[error("cannot encode the figure as PNG")]
    Png(#[from] png::EncodingError),
    /// The finished frames could not be written as GIF.
    #[error("cannot encode the figure as GIF")]
    Gif(#[from] gif::EncodingError),
}
