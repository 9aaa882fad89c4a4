//! Changes against one cause.

use super::remedy::Remedy;
use crate::{experiment::run::record::Blamed, target::Estimate};

/// What may help against one cause, the best first.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Against {
    pub(super) cause: Blamed,
    /// W1 of the run without the cause, which is the most that a change can do; nothing where it is not known.
    pub(super) left: Option<Estimate>,
    pub(super) remedies: Vec<Remedy>,
}
