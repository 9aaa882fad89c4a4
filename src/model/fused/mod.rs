//! The network on the processor, forward and backward, around the kernels.

mod class;
mod fixed;
mod fused_network;
mod layer;
mod time;
mod training;
mod workspace;

pub(super) use class::pick_classes;
pub(super) use fixed::{Buffers, FixedWeights};
pub(super) use fused_network::FusedNetwork;
pub(super) use layer::Picks;
pub(super) use workspace::Workspace;
