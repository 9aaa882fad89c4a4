//! Diffusion-model experiments on low-dimensional data **whose true density is known**: each number
//! comes with its truth and its noise floor.
//!
//! The house, from the ground up; a module uses those below it and none above:
//!
//! | floor | module | what lives there |
//! |---|---|---|
//! | 0 | [`points`], [`rng`], [`settings`], [`error`] | `[n, d]` points; one seed, named streams; checked settings |
//! | 0 | [`target`] | data distributions and their densities |
//! | 1 | [`diffusion`] | noise levels, schedules, parameterisations, samplers |
//! | 1 | [`metric`] | sample metrics, each with its truth and noise floor |
//! | 1 | [`truth`] | exact laws: loss floors, prior mismatch, what a sampler draws, attribution |
//! | 2 | [`model`] | the network and its training; the only importer of burn |
//! | 3 | [`experiment`] | what lies on disk: configurations, data sets, runs, sweeps |
//! | 3 | [`figure`] | records in, one picture out |
//! | 4 | [`command`], [`cli`] | one file a subcommand: orchestration and progress |
//!
//! Floors 0 and 1 are pure: numbers and a generator in, numbers out.

pub mod cli;
pub mod command;
pub mod diffusion;
pub mod error;
pub mod experiment;
pub mod figure;
pub mod metric;
pub mod model;
pub mod points;
pub(crate) mod report;
pub mod rng;
pub mod settings;
pub mod target;
pub mod truth;
