//! The inner loops in f32. They are written once, and compiled for every instruction set that the
//! processor may turn out to have: AVX-512, AVX2, NEON, or what the target guarantees. The choice is made
//! at run time.

mod adam;
mod buffer;
mod column;
mod dispatch;
mod layer;
mod math;
mod nonlinearity;
mod product;
mod sinusoid;
#[cfg(test)]
mod testing;
mod transpose;

pub(super) use adam::{AdamPass, SquaredNorm};
pub(super) use buffer::Buffer;
pub(super) use dispatch::run;
pub(super) use layer::{AddInto, Backward, Forward, Pick, ScatterRows, TableRows};
pub(super) use nonlinearity::LEAKY_SLOPE;
pub(super) use product::{Matrix, multiply};
pub(super) use sinusoid::Frequencies;
pub(super) use transpose::Transpose;
