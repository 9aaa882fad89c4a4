//! Data distributions: what the data is drawn from, and its density.
//!
//! Every distribution with a density is a [`Mixture`] of simple components. Mixtures are closed
//! under what a diffusion process does (scale, add Gaussian noise) and under standardisation, so the
//! density at every noise level is again a mixture, known in closed form.

mod config;
mod gaussian;
mod mixture;
mod modes;
mod posterior;
pub mod quadrature;
pub mod special;
mod truncated_normal;
mod uniform;

pub use config::{FileColumns, TargetConfig};
pub use gaussian::Gaussian;
pub use mixture::{Component, Estimate, Mixture};
pub use modes::modes;
pub use posterior::Posterior;
pub use truncated_normal::TruncatedNormal;
pub use uniform::UniformBox;
