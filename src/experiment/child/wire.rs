//! Requests and answers as bytes: a line of JSON, then numbers.

use super::hello::Numbers;
use crate::diffusion::Instant;
use serde::{Deserialize, Serialize};

/// Most bytes of the line of an answer.
pub(super) const LONGEST_LINE: u64 = 1 << 16;

/// Points of one instant, in the units of the network.
pub(super) struct Request<'a> {
    /// `[n, d]`.
    pub(super) x: &'a [f64],
    pub(super) dim: usize,
    pub(super) at: Instant,
    pub(super) num_timesteps: usize,
    /// a and s in the network's units.
    pub(super) level: (f64, f64),
    /// One for each point, where the model is class-conditional.
    pub(super) labels: Option<&'a [u32]>,
    /// A direction for each point, whose derivative is asked for.
    pub(super) direction: Option<&'a [f64]>,
}

/// The line of a request.
#[derive(Serialize)]
struct Head {
    n: usize,
    d: usize,
    t: f64,
    #[serde(rename = "T")]
    num_timesteps: usize,
    a: f64,
    s: f64,
    /// s/a; null where no signal is left.
    sigma: Option<f64>,
    labels: bool,
    jvp: bool,
}

/// The line of an answer.
#[derive(Debug, Deserialize)]
struct AnswerHead {
    n: usize,
    d: usize,
}

impl Request<'_> {
    /// How many points.
    pub(super) fn len(&self) -> usize {
        self.x.len() / self.dim
    }

    /// How many numbers the answer holds: the answers, and their derivatives where these are asked for.
    pub(super) fn answered(&self) -> usize {
        self.x.len() * (1 + usize::from(self.direction.is_some()))
    }

    /// Its bytes: the line, the points, the direction, the labels.
    pub(super) fn bytes(&self, numbers: Numbers) -> Vec<u8> {
        let (a, s) = self.level;
        let head = Head {
            n: self.len(),
            d: self.dim,
            t: self.at.t,
            num_timesteps: self.num_timesteps,
            a,
            s,
            sigma: (a > 0.0).then_some(s / a),
            labels: self.labels.is_some(),
            jvp: self.direction.is_some(),
        };
        let mut bytes = serde_json::to_vec(&head).unwrap_or_default();
        bytes.push(b'\n');
        let values = self.x.iter().chain(self.direction.unwrap_or_default());
        match numbers {
            Numbers::Float32 => {
                values.for_each(|x| bytes.extend((*x as f32).to_le_bytes()));
            }
            Numbers::Float64 => values.for_each(|x| bytes.extend(x.to_le_bytes())),
        }
        let labels = self.labels.unwrap_or_default();
        labels
            .iter()
            .for_each(|label| bytes.extend(label.to_le_bytes()));
        bytes
    }
}

/// Checks the line of an answer for `n` points of dimension `d`.
pub(super) fn check_head(line: &[u8], n: usize, d: usize) -> Result<(), String> {
    let head: AnswerHead = serde_json::from_slice(line).map_err(|e| {
        let start = &line[..line.len().min(120)];
        let shown = crate::text::escaped(String::from_utf8_lossy(start).trim());
        format!("its answer begins with `{shown}`: {e}; expected {{\"n\": {n}, \"d\": {d}}}")
    })?;
    match (head.n, head.d) == (n, d) {
        true => Ok(()),
        false => Err(format!(
            "it was asked for {n} points of {d} coordinates, and answered {} of {}",
            head.n, head.d
        )),
    }
}

/// The numbers of an answer.
pub(super) fn numbers(bytes: &[u8], numbers: Numbers) -> Vec<f64> {
    let size = numbers.size();
    let read = |bytes: &[u8]| match numbers {
        Numbers::Float32 => f64::from(f32::from_le_bytes(bytes.try_into().unwrap_or_default())),
        Numbers::Float64 => f64::from_le_bytes(bytes.try_into().unwrap_or_default()),
    };
    bytes.chunks_exact(size).map(read).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diffusion::NoiseLevel;

    #[test]
    fn a_request_is_a_line_and_its_numbers() {
        let at = Instant {
            t: 3.0,
            level: NoiseLevel {
                signal: 0.6,
                noise: 0.8,
            },
        };
        let request = Request {
            x: &[1.0, 2.0],
            dim: 1,
            at,
            num_timesteps: 8,
            level: (0.6, 0.8),
            labels: Some(&[0, 1]),
            direction: None,
        };
        let bytes = request.bytes(Numbers::Float32);
        let end = bytes.iter().position(|b| *b == b'\n').unwrap();
        let head: serde_json::Value = serde_json::from_slice(&bytes[..end]).unwrap();
        assert_eq!((head["n"].as_u64(), head["T"].as_u64()), (Some(2), Some(8)));
        assert_eq!(head["labels"], true);
        assert_eq!(bytes.len(), end + 1 + 2 * 4 + 2 * 4);
        assert_eq!(
            numbers(&bytes[end + 1..end + 9], Numbers::Float32),
            [1.0, 2.0]
        );
        let bytes = request.bytes(Numbers::Float64);
        assert_eq!(
            numbers(&bytes[end + 1..end + 17], Numbers::Float64),
            [1.0, 2.0]
        );
    }

    #[test]
    fn the_line_of_an_answer_is_checked() {
        assert!(check_head(b"{\"n\": 2, \"d\": 1, \"more\": 0}", 2, 1).is_ok());
        for (line, word) in [
            (&b"{\"n\": 3, \"d\": 1}"[..], "answered 3 of 1"),
            (b"\x1b[2Jhello", "\\u{1b}[2Jhello"),
        ] {
            let message = check_head(line, 2, 1).unwrap_err();
            assert!(message.contains(word), "{message}");
        }
    }
}
