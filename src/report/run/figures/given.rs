//! The figures of samples from elsewhere.

use super::{histogram, plane::samples, shown::Shown};
use crate::{
    evaluation::given::GivenSamples,
    report::figure::{Figure, Picture},
};

/// Makes a picture of given samples, where the figure applies.
type Render = for<'a> fn(&'a GivenSamples<'_>) -> Option<Picture<'a>>;

/// A figure of given samples.
pub(crate) type GivenFigure = Figure<Render>;

/// Those figures of a run that show its samples alone.
pub(crate) const GIVEN_FIGURES: &[GivenFigure] = &[
    GivenFigure {
        name: histogram::FIGURE.name,
        caption: histogram::FIGURE.caption,
        help: histogram::FIGURE.help,
        render: |given| Some(histogram::picture(&Shown::given(given))),
    },
    GivenFigure {
        name: samples::FIGURE.name,
        caption: samples::FIGURE.caption,
        help: samples::FIGURE.help,
        render: |given| samples::of_given(&Shown::given(given)),
    },
];
