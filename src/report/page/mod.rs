//! A page for a person, and what writes it.

pub(crate) mod markdown;
pub(crate) mod sentence;
pub(crate) mod tree;
