//! Data distributions: what the data is drawn from, and its density.
//!
//! Every distribution that is known is a [`Mixture`] of simple components: Gaussians, boxes and curves.
//! Mixtures are closed under what a diffusion process does (scale, add Gaussian noise) and under
//! standardisation, so the density at every noise level is again a mixture. It is known in closed form,
//! or of a curve by quadrature along it.

mod classes;
mod component;
mod config;
mod coordinates;
mod curve;
mod estimate;
mod gaussian;
mod grid;
mod integrals;
mod mixture;
mod modes;
mod plane;
mod posterior;
pub mod quadrature;
pub mod special;
mod truncated_normal;
mod uniform;
mod union;

pub use classes::ClassesConfig;
pub use component::Component;
pub use config::{FileColumns, TargetConfig};
pub use curve::{Curve, Path};
pub use estimate::Estimate;
pub use gaussian::Gaussian;
pub use mixture::Mixture;
pub use modes::modes;
pub use posterior::Posterior;
pub use truncated_normal::TruncatedNormal;
pub use uniform::UniformBox;
