//! Everything that prints, shows progress or hears a signal.

mod bar;
pub(crate) mod context;
pub(crate) mod failure;
mod layout;
pub(crate) mod options;
pub(crate) mod progress;
mod rate;
mod shown;
pub(crate) mod sign;
pub(crate) mod stages;
pub(crate) mod stop;
pub(crate) mod table;
pub(crate) mod threads;
pub(crate) mod width;
