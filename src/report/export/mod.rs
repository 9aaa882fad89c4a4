//! Results in the forms that other programs read.

pub(crate) mod latex;
pub(crate) mod markdown;
pub(crate) mod pytorch;
pub(crate) mod results;
pub(crate) mod tfevents;
