//! The figures of a run, one file each: what it shows becomes a chart.
//!
//! A new figure is a file with a constant `FIGURE`, and its row in `table.rs`.

mod attribution;
mod bound;
mod denoiser_error;
mod given;
mod histogram;
mod loss;
mod loss_by_timestep;
mod marginals;
mod plane;
mod reverse_film;
mod row;
mod schedule;
mod shown;
mod table;
mod wasserstein;
mod window;
mod words;

pub(crate) use given::{GIVEN_FIGURES, GivenFigure};
pub(crate) use row::RunFigure;
pub(crate) use table::FIGURES;
