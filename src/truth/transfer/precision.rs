//! How finely laws are computed.

use super::{branches::Fineness, density::Tails};

/// How finely a law is computed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Precision {
    #[cfg(test)]
    /// To about 1e-8 of W1 where everything is smooth, and 1e-6 with a network that has kinks.
    Fine,
    /// To about 2e-5 in standardised units, far below what any sample shows, in a small fraction of the
    /// time.
    Fast,
}

impl Precision {
    /// How wide panels are for a number of steps, and in the second computation, which tells the error.
    pub(super) fn coarseness(self, steps: usize) -> [Coarseness; 2] {
        let of = |panels, curve, max_error, tolerance, more_panels| Coarseness {
            panels,
            curve,
            max_error,
            tails: Tails::USUAL,
            divergence: Fineness {
                tolerance,
                more_panels,
            },
        };
        match self {
            #[cfg(test)]
            Self::Fine => [
                of(1.0, 1.0, 1e-7, 1e-9, 1000),
                of(2.0, 2.0, 4e-7, 1e-8, 500),
            ],
            Self::Fast => {
                // The longer a step, the more steeply it moves its ends apart.
                let panels = (steps as f64 / 20.0).clamp(2.0, 4.0);
                [
                    of(panels, 1.5, 1e-5, 1e-8, 250),
                    of(panels + 1.0, 2.0, 3e-5, 1e-7, 180),
                ]
            }
        }
    }
}

/// How many times wider than usual the panels are.
#[derive(Debug, Clone, Copy)]
pub(super) struct Coarseness {
    /// Of integrals over a kernel.
    pub(super) panels: f64,
    /// Of curves, and of a density that becomes one: far more demanding, but few.
    pub(super) curve: f64,
    /// The error that a kink of the network may make on a panel.
    pub(super) max_error: f64,
    /// How far out densities are known.
    pub(super) tails: Tails,
    /// Of what divergences are computed from.
    pub(super) divergence: Fineness,
}

impl Coarseness {
    /// Enough to tell which of several noise-free laws is the nearest: W1 to some percent.
    pub(super) fn rougher(self) -> Self {
        Self {
            curve: 2.0 * self.curve,
            max_error: 3.0 * self.max_error,
            ..self
        }
    }

    /// The same with densities that are known far out.
    pub(super) fn with_long_tails(self) -> Self {
        let tails = Tails::LONG;
        Self { tails, ..self }
    }
}
