//! The order of rows for a reader: by directory, by name, and by what differs, and not by a hash.

use crate::experiment::run::listing::{RunRow, differing_keys, natural_order};
use std::{cmp::Ordering, path::Path};

/// Sorts the rows. The seeds of one setting stand together.
pub(crate) fn sort(rows: &mut [RunRow]) {
    let (seeds, settings): (Vec<_>, Vec<_>) = differing_keys(rows)
        .into_iter()
        .partition(|key| key.ends_with("seed"));
    let keys: Vec<_> = settings.into_iter().chain(seeds).collect();
    let place = |row: &RunRow| row.directory.parent().map(Path::to_path_buf);
    let value = |row: &RunRow, key: &str| row.settings.get(key).cloned().unwrap_or_default();
    rows.sort_by(|a, b| {
        let by_key = |key: &String| natural_order(&value(a, key), &value(b, key));
        let by_place = place(a).cmp(&place(b));
        let by_name = value(a, "name").cmp(&value(b, "name"));
        keys.iter()
            .map(by_key)
            .fold(by_place.then(by_name), Ordering::then)
    });
}
