//! Denoisers that are known without training.

pub(crate) mod bayes;
pub(crate) mod empirical;
#[cfg(test)]
pub(crate) mod linear;
pub(crate) mod per_class;
