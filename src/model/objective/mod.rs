//! What a network is trained for: the targets of a batch, and the smallest loss that there could be.

mod contract;
mod denoising;
#[cfg(test)]
mod tests;

pub(crate) use contract::{NoFloor, Noised, NoisedPoint, Objective};
pub use denoising::Denoising;
