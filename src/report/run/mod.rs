//! The page of a run, its figures and its tables.

pub(crate) mod evaluate;
pub(crate) mod figures;
pub(crate) mod page;
pub(crate) mod verdict;
