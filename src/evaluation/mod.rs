//! Points and a law in, the record of every number out.

mod alternatives;
#[cfg(test)]
mod bounds;
#[cfg(test)]
mod calibration;
pub(crate) mod candidates;
pub(crate) mod class_choice;
pub(crate) mod constant_loss;
pub(crate) mod density_map;
pub(crate) mod diagnosis;
pub(crate) mod draw;
pub(crate) mod faults;
mod forward;
pub(crate) mod given;
pub(crate) mod inputs;
pub(crate) mod judged;
pub(crate) mod mode_finding;
pub(crate) mod network_signs;
pub(crate) mod plane;
pub(crate) mod probability;
mod record;
pub(crate) mod recording;
pub(crate) mod run;
pub(crate) mod sample_numbers;
#[cfg(test)]
pub(crate) mod testing;
pub(crate) mod told;
pub(crate) mod trained;
mod validation_loss;
pub(crate) mod verdict;
mod walk;
