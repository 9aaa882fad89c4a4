//! Where things lie: paths that stay right when a folder is moved as a whole.

use std::path::{Component, Path, PathBuf};

/// A path from the root without `..` and without links among its folders. The file itself may be a link, whose name
/// it keeps.
pub(super) fn settled(path: &Path) -> PathBuf {
    let whole = std::path::absolute(path).unwrap_or_else(|_| path.to_path_buf());
    let folder = whole.parent().and_then(|folder| folder.canonicalize().ok());
    match (folder, whole.file_name()) {
        (Some(folder), Some(name)) => folder.join(name),
        _ => whole,
    }
}

/// `path` as seen from `directory`, which is there; `None` where they share no folder but the root.
pub(super) fn seen_from(directory: &Path, path: &Path) -> Option<PathBuf> {
    let directory = directory.canonicalize().ok()?;
    let path = settled(path);
    let own: Vec<_> = directory.components().collect();
    let other: Vec<_> = path.components().collect();
    let shared = own.iter().zip(&other).take_while(|(a, b)| a == b).count();
    let folders = own.iter().take(shared);
    if !folders
        .into_iter()
        .any(|part| matches!(part, Component::Normal(_)))
    {
        return None;
    }
    let up = own.iter().skip(shared).map(|_| Component::ParentDir);
    Some(up.chain(other.into_iter().skip(shared)).collect())
}

/// A directory and all folders that it lies in, the nearest first, and the working directory.
pub(super) fn around(directory: &Path) -> Vec<PathBuf> {
    let whole = directory
        .canonicalize()
        .unwrap_or_else(|_| directory.to_path_buf());
    let above = whole.ancestors().map(Path::to_path_buf);
    above.chain(std::env::current_dir()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn a_path_is_seen_from_a_directory_that_shares_a_folder() {
        let place = tempfile::tempdir().unwrap();
        let run = place.path().join("runs/a");
        fs::create_dir_all(&run).unwrap();
        let file = place.path().join("runs/../points.csv");
        let seen = seen_from(&run, &file).unwrap();
        assert_eq!(seen, Path::new("../../points.csv"));
        assert_eq!(settled(&run.join(seen)), settled(&file));
        assert_eq!(seen_from(&run, Path::new("/elsewhere/points.csv")), None);
    }
}
