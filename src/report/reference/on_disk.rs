//! Files on disk, as entries.

use super::entry::{Entry, What};
use crate::experiment::on_disk::{ON_DISK, OnDisk};

/// An entry for each file.
pub(super) fn entries() -> Vec<Entry> {
    ON_DISK.iter().map(of_file).collect()
}

fn of_file(file: &OnDisk) -> Entry {
    let python = match file.numpy {
        "" => file.pandas,
        numpy => numpy,
    };
    Entry::new(file.path, What::File, file.holds)
        .fact("lies in", file.place.path())
        .example((!python.is_empty()).then(|| python.into()))
}
