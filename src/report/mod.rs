//! Numbers into words, tables and files, for a person.

pub(crate) mod reference;
