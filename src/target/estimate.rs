//! A number and how sure it is.

/// A number and its standard error, 0 where the number is exact.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Estimate {
    /// The number.
    pub value: f64,
    /// Its standard error.
    pub standard_error: f64,
}

impl Estimate {
    /// A number that is exact up to rounding.
    pub fn exact(value: f64) -> Self {
        Self {
            value,
            standard_error: 0.0,
        }
    }

    /// The mean of `values`, with the standard error that their variance implies.
    pub fn mean_of(values: &[f64]) -> Self {
        let n = values.len() as f64;
        let mean = values.iter().sum::<f64>() / n;
        let variance = values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / (n - 1.0).max(1.0);
        Self {
            value: mean,
            standard_error: (variance / n).sqrt(),
        }
    }
}
