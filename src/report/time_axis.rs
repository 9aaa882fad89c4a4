//! The axis of the timesteps, the same in every figure.
//!
//! It runs from the data on the left to the noise on the right, as schedules and losses are drawn in papers. So a
//! timestep stands at the same side in all figures. Sampling runs from right to left, and its figures say so.

use crate::figure::{Axis, Scale, Ticks};

/// Free room at both ends, as a fraction of the axis.
const ROOM: f64 = 0.012;

/// What a figure of the reverse process says of the axis.
pub(crate) const SAMPLING: &str = "sampling runs from right to left";

/// An axis that holds these times.
pub(crate) fn time_axis(times: impl IntoIterator<Item = f64>) -> Axis {
    named(Scale::covering(times, false, ROOM))
}

/// An axis with exactly these ends.
pub(crate) fn time_axis_between(first: f64, last: f64) -> Axis {
    named(Some(Scale::linear(first, last)))
}

fn named(scale: Option<Scale>) -> Axis {
    Axis::new(scale, "timestep t").ticks(Ticks::Whole)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{fs, path::Path};

    #[test]
    fn noise_is_on_the_right() {
        for axis in [time_axis([100.0, 3.0, 50.0]), time_axis_between(3.0, 100.0)] {
            let scale = axis.scale.expect("a scale");
            assert!(scale.fraction(3.0) < 0.02 && scale.fraction(100.0) > 0.98);
            assert_eq!(axis.ticks, Ticks::Whole);
        }
    }

    /// No figure has an axis of timesteps of its own.
    #[test]
    fn there_is_no_other_axis_of_timesteps() {
        fn look(directory: &Path, found: &mut Vec<String>) {
            for entry in fs::read_dir(directory).expect("a folder") {
                let path = entry.expect("an entry").path();
                if path.is_dir() {
                    look(&path, found);
                } else if fs::read_to_string(&path).is_ok_and(|s| s.contains("\"timestep t")) {
                    found.push(path.file_name().unwrap().to_string_lossy().into());
                }
            }
        }
        let mut found = vec![];
        look(
            &Path::new(env!("CARGO_MANIFEST_DIR")).join("src/report"),
            &mut found,
        );
        assert_eq!(found, ["time_axis.rs"]);
    }
}
