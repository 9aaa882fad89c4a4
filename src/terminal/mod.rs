//! Everything that prints, shows progress or hears a signal.

pub(crate) mod context;
pub(crate) mod options;
pub(crate) mod progress;
pub(crate) mod stop;
pub(crate) mod table;
pub(crate) mod threads;
