//! Intervals of allowed numbers.

use std::fmt;

/// An interval of allowed numbers.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Range {
    low: f64,
    high: f64,
    low_open: bool,
    high_open: bool,
    or_zero: bool,
}

impl Range {
    /// `(low, high)`, without the ends.
    pub(crate) const fn open(low: f64, high: f64) -> Self {
        Self {
            low,
            high,
            low_open: true,
            high_open: true,
            or_zero: false,
        }
    }

    /// `[low, high]`, with the ends.
    pub(crate) const fn closed(low: f64, high: f64) -> Self {
        Self {
            low,
            high,
            low_open: false,
            high_open: false,
            or_zero: false,
        }
    }

    /// `[low, high)`.
    pub(crate) const fn half_open(low: f64, high: f64) -> Self {
        Self {
            low,
            high,
            low_open: false,
            high_open: true,
            or_zero: false,
        }
    }

    /// Every number above zero.
    pub(crate) const fn positive() -> Self {
        Self::open(0.0, f64::INFINITY)
    }

    /// Every finite number.
    pub(crate) const fn finite() -> Self {
        Self::open(f64::NEG_INFINITY, f64::INFINITY)
    }

    /// The same, or 0.
    pub(crate) const fn or_zero(self) -> Self {
        Self {
            or_zero: true,
            ..self
        }
    }

    /// Lower end, and whether it is left out; −∞ where there is none.
    pub(crate) fn low(&self) -> (f64, bool) {
        (self.low, self.low_open)
    }

    /// Upper end, and whether it is left out; ∞ where there is none.
    pub(crate) fn high(&self) -> (f64, bool) {
        (self.high, self.high_open)
    }

    /// Whether 0 is allowed beside the interval.
    pub(crate) fn has_zero_beside(&self) -> bool {
        self.or_zero
    }

    pub(super) fn contains(&self, x: f64) -> bool {
        let above = if self.low_open {
            x > self.low
        } else {
            x >= self.low
        };
        let below = if self.high_open {
            x < self.high
        } else {
            x <= self.high
        };
        x.is_finite() && (above && below || self.or_zero && x == 0.0)
    }
}

impl fmt::Display for Range {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.low.is_finite(), self.high.is_finite()) {
            (false, false) => f.write_str("a finite number"),
            (true, false) if self.low_open => write!(f, "a number above {}", self.low),
            (true, false) => write!(f, "a number of at least {}", self.low),
            _ => write!(
                f,
                "a number in {}{}, {}{}",
                if self.low_open { '(' } else { '[' },
                self.low,
                self.high,
                if self.high_open { ')' } else { ']' },
            ),
        }?;
        match self.or_zero {
            true => f.write_str(" or 0"),
            false => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nan_is_outside_every_range() {
        for range in [Range::finite(), Range::positive(), Range::closed(0.0, 1.0)] {
            assert!(!range.contains(f64::NAN));
        }
    }
}
