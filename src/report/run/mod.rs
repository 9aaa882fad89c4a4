//! The page of a run, its figures and its tables.

mod causes;
mod class_table;
pub(crate) mod evaluate;
pub(crate) mod figures;
mod numbers;
mod page;
#[cfg(test)]
mod testing;
mod verdict;
