//! The type of a row in the table of a run's figures.

use crate::{
    evaluation::run::Evaluation,
    report::figure::{Figure, Picture},
};

/// Makes a picture from an evaluation, where the figure applies to the run.
pub(crate) type Render = for<'a> fn(&'a Evaluation<'_>) -> Option<Picture<'a>>;

/// A figure of a run.
pub(crate) type RunFigure = Figure<Render>;
