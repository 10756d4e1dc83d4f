//! The files from which a package is built, for those who wait until one of them is saved.

use std::fs;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::path::{Path, PathBuf};

use crate::layout::Layout;

/// The files from which a package is built: those of its whole module, without tests.
#[derive(Debug)]
pub struct Sources {
    root: PathBuf,
}

impl Sources {
    /// The files of the package that `folder` is or contains; those in `folder`, as long as there is
    /// no package.
    pub fn of(folder: &Path) -> Self {
        let root = Layout::find(folder).map_or_else(|_| folder.to_owned(), |layout| layout.root);
        Self { root }
    }

    /// A number that changes when a file is saved, made or removed.
    pub fn stamp(&self) -> u64 {
        let mut files = DefaultHasher::new();
        let mut folders = vec![self.root.clone()];
        while let Some(folder) = folders.pop() {
            // What cannot be read is as good as not there.
            let entries = fs::read_dir(folder).into_iter().flatten().flatten();
            let mut paths: Vec<PathBuf> = entries.map(|entry| entry.path()).collect();
            paths.sort_unstable();
            for path in paths {
                // A link is no folder here, so that no circle is walked.
                if fs::symlink_metadata(&path).is_ok_and(|it| it.is_dir()) {
                    folders.extend((!is_hidden(&path)).then_some(path));
                } else if is_source(&path)
                    && let Ok(data) = fs::metadata(&path)
                {
                    (path, data.len(), data.modified().ok()).hash(&mut files);
                }
            }
        }
        files.finish()
    }
}

/// Whether its name begins with a point, as that of a version control's folder does.
fn is_hidden(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name.as_encoded_bytes().starts_with(b"."))
}

/// Whether the build reads such a file.
fn is_source(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let is_go = path.extension().is_some_and(|it| it == "go") && !name.ends_with("_test.go");
    (is_go || ["go.mod", "go.sum", "go.work"].contains(&&*name)) && !is_hidden(path)
}
