//! The figures of a sweep, one file each.
//!
//! A new figure is a file with a constant `FIGURE`, and its row in `table.rs`.

mod attribution_by_key;
mod by_key;
mod by_setting;
mod heat_map;
mod loss_vs_log_likelihood;
mod loss_vs_w1;
mod quality_by_key;
mod reference;
mod row;
mod scatter;
mod table;
mod wasserstein_by_key;

pub(crate) use by_setting::{BySetting, Places, SettingSeries};
pub(in crate::report::sweep) use reference::of_samples;
pub(crate) use table::{FIGURES, remove_old};
