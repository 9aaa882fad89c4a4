//! The page of a run, its figures and its tables.

mod advice;
mod causes;
mod class_table;
pub(crate) mod evaluate;
mod fault_words;
pub(crate) mod figures;
pub(crate) mod given;
mod legend;
mod mode_words;
mod numbers;
mod page;
mod removal;
#[cfg(test)]
mod testing;
mod told_words;
mod verdict;
