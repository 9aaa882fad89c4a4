//! Every mistake of a command line at once, not only the first.

use super::toml_source::{self, Overrides};
use crate::{
    error::{Error, Result},
    settings::{Setting, Table},
};

/// Lays `overrides` upon `table` and reads it. Where overrides are at fault, all of them are named.
pub(crate) fn read_with<T>(
    table: &Table,
    overrides: &Overrides,
    read: impl Fn(&Table) -> Result<T>,
) -> Result<T> {
    let (mut left, mut mistakes) = (overrides.clone(), vec![]);
    loop {
        let mut table = table.clone();
        toml_source::apply_all(&mut table, &left);
        let error = match read(&table) {
            Ok(found) if mistakes.is_empty() => return Ok(found),
            Ok(_) => break,
            Err(error) => error,
        };
        let Some(faulty) = left.iter().position(|(_, setting)| blames(&error, setting)) else {
            // What is not said of an override may follow from one that was taken out.
            if mistakes.is_empty() {
                mistakes.push(error);
            }
            break;
        };
        mistakes.push(error);
        let (key, _) = left.remove(faulty);
        // The other keys of a table belong to the kind that was meant.
        let parent = key.strip_suffix(".kind").unwrap_or(&key);
        let below = format!("{parent}.");
        left.retain(|(other, _)| !other.starts_with(&below));
    }
    Err(all(mistakes))
}

/// Whether an error begins with the place of an override.
fn blames(error: &Error, setting: &Setting) -> bool {
    matches!(error, Error::Usage { message, .. } if message.starts_with(&format!("{}: ", setting.origin)))
}

/// Several errors as one, each with its own hint.
pub(crate) fn all(errors: Vec<Error>) -> Error {
    let mut errors = errors.into_iter();
    let first = errors.next().expect("at least one mistake");
    errors.fold(first, |before, error| match (before, error) {
        (
            Error::Usage {
                message: above,
                hint: hint_above,
            },
            Error::Usage { message, hint },
        ) => {
            let hint_above = hint_above.map_or_else(String::new, |h| format!("\n  hint: {h}"));
            Error::Usage {
                message: format!("{above}{hint_above}\nerror: {message}"),
                hint,
            }
        }
        (before, _) => before,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::config::{
        experiment::ExperimentConfig,
        toml_source::{parse_override, parse_text},
    };

    const DATA: &str =
        "[data]\nkind = 'gaussian_mixture'\nweights = [1.0]\nmeans = [0.0]\nstd_devs = [1.0]\n";

    fn message(sets: &[&str]) -> Option<String> {
        let table = parse_text(DATA, "c.toml").unwrap();
        let sets = sets.iter().map(|text| parse_override(text).unwrap());
        let read = |table: &Table| ExperimentConfig::from_table(table, "c");
        match read_with(&table, &sets.collect(), read) {
            Ok(_) => None,
            Err(Error::Usage { message, .. }) => Some(message),
            Err(other) => panic!("{other:?}"),
        }
    }

    #[test]
    fn every_mistake_of_the_command_line_is_named() {
        let told = message(&["a=1", "train.steps=5", "b=2", "process.num_timesteps=0"]).unwrap();
        for faulty in [
            "--set a=1: ",
            "--set b=2: ",
            "--set process.num_timesteps=0: ",
        ] {
            assert_eq!(told.matches(faulty).count(), 1, "{faulty} {told}");
        }
        assert!(!told.contains("train.steps"), "{told}");
        assert_eq!(message(&["train.steps=5", "seed=2"]), None);
    }

    #[test]
    fn what_only_follows_from_a_mistake_is_no_mistake() {
        let told = message(&["sampler.kind=heum", "sampler.s_churn=3"]).unwrap();
        assert!(told.contains("heum") && !told.contains("s_churn"), "{told}");
    }
}
