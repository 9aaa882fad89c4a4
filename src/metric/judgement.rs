//! Whether a perfect model might well have a metric's value.

/// What the noise of a finite number of samples lets one say of a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Judgement {
    /// A perfect model may well have it.
    Indistinguishable,
    /// A perfect model hardly has it, of a metric that has a better side.
    WorseThanNoise,
    /// A perfect model hardly has it, of a metric that is best at its truth.
    DiffersByMoreThanNoise,
}

impl Judgement {
    /// That of a value that a perfect model hardly has; larger is better, smaller (`Some(false)`) or neither (`None`).
    pub(crate) fn beyond(larger_is_better: Option<bool>) -> Self {
        match larger_is_better {
            Some(_) => Self::WorseThanNoise,
            None => Self::DiffersByMoreThanNoise,
        }
    }
}
