//! Data distributions: what the data is drawn from, and its density.
//!
//! Every distribution that is known is a [`Mixture`] of simple components: Gaussians, boxes and curves.
//! Mixtures are closed under what a diffusion process does (scale, add Gaussian noise) and under
//! standardisation, so the density at every noise level is again a mixture. It is known in closed form,
//! or of a curve by quadrature along it.

mod choice;
mod classes;
mod component;
mod config;
mod coordinates;
mod curve;
mod eigenvalues;
mod estimate;
mod exponential;
pub(crate) mod fit;
mod gaussian;
mod grid;
mod integrals;
mod mixture;
mod modes;
mod plane;
mod posterior;
pub(crate) mod quadrature;
mod region;
pub(crate) mod special;
mod truncated_normal;
mod uniform;
mod union;

pub(crate) use classes::ClassesConfig;
pub(crate) use component::Component;
pub(crate) use config::{Column, Encoding, FileColumns, Missing, TargetConfig};
pub(crate) use curve::{Curve, Path};
pub(crate) use eigenvalues::eigenvalues;
pub(crate) use estimate::Estimate;
pub(crate) use gaussian::Gaussian;
pub(crate) use mixture::Mixture;
pub(crate) use modes::{Mode, modes};
pub(crate) use posterior::{Look, Posterior};
pub(crate) use region::DensestRegion;
pub(crate) use truncated_normal::TruncatedNormal;
pub(crate) use uniform::UniformBox;
