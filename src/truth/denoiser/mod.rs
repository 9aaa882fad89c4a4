//! Denoisers that are known without training.

pub(crate) mod bayes;
pub(crate) mod per_class;
pub(crate) mod references;
