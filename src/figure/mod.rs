//! Pictures of results: plain numbers and labels in, the bytes of one PNG out.
//!
//! - [`HistogramFigure`]: generated samples as a histogram against the true density, one panel a dimension.
//! - [`WassersteinFigure`]: the W1 distance along the reverse process, with its noise floor.
//! - [`MarginalsFigure`]: forward and reverse samples at chosen timesteps, with the exact marginal density.
//! - [`LossFigure`]: training and validation loss against the step, with the irreducible loss.
//! - [`AttributionFigure`]: where an error comes from, a bar for each cause.
//! - [`DenoiserErrorFigure`]: where a denoiser errs, over x and t.
//! - [`LossByTimestepFigure`]: loss and irreducible loss against t.
//! - [`ScheduleFigure`]: what a noise schedule does, β and signal and noise and ln SNR against t.
//! - [`OverviewFigure`]: what is known before training, on one page.
//! - [`ScatterFigure`]: one point a run, for example validation loss against log-likelihood.
//! - [`BySettingFigure`]: a metric against a setting, mean and spread over seeds, one line a series.
//!
//! A figure neither reads nor writes a file. Values that cannot be drawn (NaN, infinities, not positive on a
//! logarithmic axis) are left out, and where that could mislead, the legend says how many.
//!
//! Every figure is laid out by a `page` (title, legend strip, note), which holds `panel`s (axes and data), which
//! draw on a `canvas` (logical pixels, antialiased by supersampling); `theme` fixes what all of them share.

mod animation;
mod attribution;
mod axes;
mod bins;
mod bound;
mod by_setting;
mod canvas;
mod caption;
mod denoiser_error;
mod field;
mod format;
mod geometry;
mod histogram;
mod legend;
mod loss;
mod loss_by_timestep;
mod marginals;
mod mark;
mod overview;
mod page;
mod panel;
mod plane;
mod raster;
mod scale;
mod scatter;
mod schedule;
mod shades;
mod statistics;
mod summary;
mod text;
mod theme;
mod wasserstein;

pub use animation::{Animation, FRAMES_PER_SECOND, Frame, Pixels, Scene};
pub use attribution::{AttributionFigure, AttributionGroup, AttributionPanel};
pub use bound::BoundFigure;
pub use by_setting::{BySettingFigure, ReferenceKind, SettingSeries};
pub use denoiser_error::DenoiserErrorFigure;
pub use field::{Field, Window};
pub use histogram::{HistogramAxis, HistogramFigure};
pub use loss::LossFigure;
pub use loss_by_timestep::LossByTimestepFigure;
pub use marginals::{MarginalPanel, MarginalsFigure};
pub use overview::{LossLine, OverviewDensity, OverviewFigure};
pub use plane::{Layer, PlaneFigure, PlanePanel, Role, square_window};
pub use scatter::{ScatterFigure, ScatterGroup, ScatterPoint};
pub use schedule::ScheduleFigure;
pub use shades::Shades;
pub use summary::{SummaryFigure, SummaryLine, SummaryPanel};
pub use wasserstein::WassersteinFigure;

/// Why a figure could not be made; its data are never the reason.
#[derive(Debug, thiserror::Error)]
pub enum FigureError {
    /// The backend could not draw, for example because the embedded font was refused.
    #[error("cannot draw the figure: {0}")]
    Draw(String),
    /// The finished picture could not be written as PNG.
    #[error("cannot encode the figure as PNG")]
    Encode(#[from] png::EncodingError),
}

/// Whether a PNG's header states the given width and a height of at least `min_height`.
#[cfg(test)]
fn is_png(bytes: &[u8], width: u32, min_height: u32) -> bool {
    let field = |at: usize| {
        bytes
            .get(at..at + 4)
            .map(|b| u32::from_be_bytes([b[0], b[1], b[2], b[3]]))
    };
    bytes.starts_with(b"\x89PNG\r\n\x1a\n")
        && field(16) == Some(width)
        && field(20).is_some_and(|height| height >= min_height)
}
