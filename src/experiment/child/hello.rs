//! What a network in another process says of itself: one line of JSON at its start.

use crate::diffusion::Prediction;
use serde::{Deserialize, Serialize};

/// The version of the protocol that this program speaks.
const PROTOCOL: u64 = 1;

/// Most points of a request, whatever a network says.
const MOST_POINTS: usize = 1 << 20;

/// What is asked for in the first line.
pub(super) const EXPECTED: &str = "expected one line of JSON such as {\"protocol\": 1, \"answers\": \"noise\", \"units\": \
                                   \"standardised\", \"numbers\": \"float32\", \"max_batch\": 4096, \"jvp\": false}";

/// Which quantity the answers are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Answers {
    /// ε.
    Noise,
    /// x0.
    X0,
    /// v = (a ε − s x0)/√(a² + s²).
    V,
    /// ε − x0.
    Velocity,
    /// ∇ ln q_t = −ε/s.
    Score,
}

impl Answers {
    /// The parameterisation; a score is a noise but for its factor −1/s.
    pub(super) fn prediction(self) -> Prediction {
        match self {
            Self::Noise | Self::Score => Prediction::Noise,
            Self::X0 => Prediction::X0,
            Self::V => Prediction::V,
            Self::Velocity => Prediction::Velocity,
        }
    }
}

/// In which units points and answers are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Units {
    /// Those of the data.
    Data,
    /// Those after standardisation.
    #[serde(alias = "standardized")]
    Standardised,
}

/// How numbers are stored, little-endian.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Numbers {
    Float32,
    Float64,
}

impl Numbers {
    /// Bytes of one.
    pub(super) fn size(self) -> usize {
        match self {
            Self::Float32 => 4,
            Self::Float64 => 8,
        }
    }
}

/// The first line of a network in another process.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Hello {
    protocol: u64,
    pub(crate) answers: Answers,
    pub(crate) units: Units,
    pub(crate) numbers: Numbers,
    /// Most points of a request.
    pub(crate) max_batch: usize,
    /// Whether it also answers how its answer changes along a direction.
    #[serde(default)]
    pub(crate) jvp: bool,
}

impl Hello {
    /// What the first line says.
    ///
    /// # Errors
    /// If it is no such line, or of another version: what is wrong.
    pub(super) fn read(line: &str) -> Result<Self, String> {
        let found: Self = serde_json::from_str(line.trim()).map_err(|e| {
            let shown: String = line.trim().chars().take(120).collect();
            format!(
                "its first line is `{}`: {e}; {EXPECTED}",
                crate::text::escaped(&shown)
            )
        })?;
        if found.protocol != PROTOCOL {
            return Err(format!(
                "it speaks protocol {}, and this version of truescore speaks {PROTOCOL}",
                found.protocol
            ));
        }
        if !(1..=MOST_POINTS).contains(&found.max_batch) {
            return Err(format!(
                "its max_batch is {}, expected a whole number from 1 to {MOST_POINTS}",
                found.max_batch
            ));
        }
        Ok(found)
    }

    /// Whether slopes of its answers are known: told, or as differences that rounding does not drown.
    pub(crate) fn has_slopes(&self) -> bool {
        self.jvp || self.numbers == Numbers::Float64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINE: &str = "{\"protocol\": 1, \"answers\": \"x0\", \"units\": \"data\", \"numbers\": \"float64\", \"max_batch\": 8}\n";

    #[test]
    fn a_line_says_everything_and_may_leave_out_the_jvp() {
        let found = Hello::read(LINE).unwrap();
        assert_eq!(found.answers, Answers::X0);
        assert!(!found.jvp && found.has_slopes() && found.max_batch == 8);
    }

    #[test]
    fn what_is_no_such_line_is_told_with_an_example() {
        for (from, to, word) in [
            ("\"x0\"", "\"x1\"", "unknown variant `x1`"),
            ("\"protocol\": 1", "\"protocol\": 2", "protocol 2"),
            ("\"max_batch\": 8", "\"max_batch\": 0", "max_batch is 0"),
            ("\"units\": \"data\", ", "", "missing field `units`"),
            ("{", "Traceback", "first line is `Traceback"),
        ] {
            let message = Hello::read(&LINE.replacen(from, to, 1)).unwrap_err();
            assert!(message.contains(word), "{message}");
        }
    }
}
