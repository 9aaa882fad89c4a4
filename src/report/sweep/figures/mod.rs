//! The figures of a sweep, one file each.
//!
//! A new figure is a file with a constant `FIGURE`, and its row in `table.rs`.

mod attribution_by_num_timesteps;
mod by_num_timesteps;
mod by_setting;
mod loss_vs_log_likelihood;
mod loss_vs_w1;
mod quality_by_num_timesteps;
mod reference;
mod row;
mod scatter;
mod table;
mod wasserstein_by_num_timesteps;

pub(crate) use by_setting::{BySetting, SettingSeries};
pub(crate) use reference::metric_correlation;
pub(crate) use row::SweepFigure;
pub(crate) use table::FIGURES;
