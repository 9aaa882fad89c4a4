//! From a name to what it means.

use super::{entry::Entry, exit_codes, figures, keys, metrics, on_disk};
use crate::{
    error::{Error, Result},
    settings,
};

/// Everything that can be explained, each registry in its own order.
pub(crate) fn entries() -> Vec<Entry> {
    [
        keys::entries(),
        metrics::entries(),
        figures::entries(),
        on_disk::entries(),
        exit_codes::entries(),
    ]
    .concat()
}

/// What a user who asks for `name` may mean, of `all` entries; those of exactly that name come first.
///
/// # Errors
/// If nothing has that name (exit 3), with the nearest name that there is.
pub(crate) fn look_up(all: &[Entry], name: &str) -> Result<Vec<Entry>> {
    let (exact, by_end): (Vec<_>, Vec<_>) = all
        .iter()
        .filter(|entry| entry.answers_to(name))
        .cloned()
        .partition(|entry| entry.name == name);
    if !exact.is_empty() || !by_end.is_empty() {
        return Ok([exact, by_end].concat());
    }
    let names = all
        .iter()
        .flat_map(|entry| [entry.name.as_str(), entry.last_part()]);
    Err(Error::nothing(
        format!("nothing is called `{name}`"),
        match settings::nearest(name, names) {
            Some(near) => format!("did you mean `{near}`?"),
            None => "`truescore explain` lists every name".into(),
        },
    ))
}
