//! The type of a row in the table of a sweep's figures.

use crate::{
    experiment::sweep::summary::Summary,
    report::figure::{Figure, Picture},
};

/// Makes a picture from a summary, where the figure applies to the sweep.
pub(crate) type Render = for<'a> fn(&'a Summary) -> Option<Picture<'a>>;

/// A figure of a sweep.
pub(crate) type SweepFigure = Figure<Render>;
