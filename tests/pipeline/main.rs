//! Whole experiments: data, training, evaluation, sweeps; what they leave on disk, that it does not
//! depend on threads, places or interruptions, and every choice that a configuration offers.

#[path = "../common/mod.rs"]
mod common;

mod advice;
mod attribution;
mod chain;
mod classes;
mod determinism;
mod divergence;
mod excess;
mod first_release;
mod interruption;
mod pictures;
mod plane;
mod presets;
mod sampling;
mod shared;
mod sweeps;
mod variety;
