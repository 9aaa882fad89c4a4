//! Numbers into words, tables, figures and files, for a person.

pub(crate) mod before;
pub(crate) mod compare;
pub(crate) mod dataset;
pub(crate) mod density_curve;
pub(crate) mod export;
pub(crate) mod figure;
pub(crate) mod fitted;
pub(crate) mod page;
pub(crate) mod probability;
pub(crate) mod reference;
pub(crate) mod run;
pub(crate) mod runs;
pub(crate) mod sweep;
pub(crate) mod time_axis;
