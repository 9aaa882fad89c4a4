//! The configuration of an experiment, from its file and its overrides.

pub(crate) mod amplification;
pub(crate) mod built_in;
pub(crate) mod content;
pub(crate) mod data;
pub(crate) mod eval;
pub(crate) mod even_levels;
pub(crate) mod experiment;
pub(crate) mod flat;
pub(crate) mod identity;
pub(crate) mod memory;
pub(crate) mod mistakes;
pub(crate) mod name;
pub(crate) mod toml_source;
