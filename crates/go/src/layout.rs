//! Where the parts of a student's repository are, and what year's lab it is for. It only reads.

use std::collections::{BTreeSet, VecDeque};
use std::fs;
use std::path::{Path, PathBuf};

use crate::error::GoError;
use crate::source::Source;

/// A Raft package and what stands around it.
#[derive(Debug)]
pub(crate) struct Layout {
    /// The package's folder.
    pub(crate) raft: PathBuf,
    /// Its name within its files: `raft`.
    pub(crate) package: String,
    /// The folder of the module, where `go` runs.
    pub(crate) root: PathBuf,
    /// Whether the module has a go.mod of its own. If not, it gets one.
    pub(crate) has_mod: bool,
    /// What stands before `/labrpc` in imports: `6.5840`.
    pub(crate) prefix: String,
    /// The folder in which labrpc and labgob are.
    pub(crate) labs: PathBuf,
    /// The folder of the lab's tester package, in the labs of 2025 and later.
    pub(crate) tester: Option<PathBuf>,
    /// The package's files, without tests.
    pub(crate) files: Vec<Source>,
    /// Whether imports must be rewritten, because they are relative or belong to no module.
    pub(crate) rewrites: bool,
    /// Whether its servers have the method `Snapshot`.
    pub(crate) has_snapshots: bool,
}

/// The name of a module for a package that has none.
const MODULE: &str = "lab";

/// The folders, within what was named, in which a Raft package may be.
const PLACES: [&str; 7] = ["", "raft1", "raft", "src/raft1", "src/raft", "src/raft2", "raft2"];

/// How many packages are listed that lie deeper, and in how many folders they are looked for.
const LISTED: usize = 5;
const FOLDERS: usize = 2_000;

impl Layout {
    /// Finds the Raft package that `folder` is or contains.
    pub(crate) fn find(folder: &Path) -> Result<Self, GoError> {
        let shown = folder.display().to_string();
        let folder = fs::canonicalize(folder)
            .map_err(|error| GoError::Unreadable { path: shown.clone(), error })?;
        let found = PLACES.iter().find_map(|place| {
            let raft = if place.is_empty() { folder.clone() } else { folder.join(place) };
            let files = Source::all_in(&raft);
            files.iter().any(Source::has_make).then_some((raft, files))
        });
        let Some((raft, files)) = found else {
            if !Source::all_in(&folder).is_empty() {
                return Err(GoError::NoMake(shown));
            }
            let found = packages_below(&folder).join(", ");
            return Err(if found.is_empty() {
                GoError::NoGoFiles(shown)
            } else {
                GoError::Below { folder: shown, found }
            });
        };
        Self::of(raft, files, &shown)
    }

    fn of(raft: PathBuf, files: Vec<Source>, shown: &str) -> Result<Self, GoError> {
        let imports: BTreeSet<&str> = files.iter().flat_map(Source::imports).collect();
        if imports.contains("C") {
            return Err(GoError::Cgo(shown.to_owned()));
        }
        if !files.iter().any(Source::has_raft) {
            return Err(GoError::NoRaft(shown.to_owned()));
        }
        let of_lab = |name: &str| imports.iter().copied().find(|path| last(path) == name);
        let labrpc = of_lab("labrpc").ok_or_else(|| GoError::NoLabrpc(shown.to_owned()))?;
        let above = raft.parent().unwrap_or(&raft).to_owned();
        let root = module_of(&raft);
        let has_mod = root.is_some();
        let rewrites = !has_mod && (labrpc == "labrpc" || labrpc.starts_with("../"));
        let root = root.unwrap_or_else(|| above.clone());
        let prefix = match labrpc.strip_suffix("/labrpc") {
            Some(prefix) if !rewrites => prefix.to_owned(),
            _ => MODULE.to_owned(),
        };
        let tester = imports.iter().find(|path| last(path).starts_with("tester"));
        let tester = tester.map(|path| above.join(last(path)));
        let labs = above;
        for needed in ["labgob", "labrpc"] {
            if Source::all_in(&labs.join(needed)).is_empty() {
                let path = labs.join(needed).display().to_string();
                return Err(GoError::NoLab { of: shown.to_owned(), path });
            }
        }
        let has_snapshots = files.iter().any(Source::has_snapshot);
        let package = files.iter().find_map(Source::package).unwrap_or("raft").to_owned();
        let has_persister = tester.is_some() || files.iter().any(Source::has_persister);
        if !has_persister {
            return Err(GoError::NoPersister(shown.to_owned()));
        }
        #[rustfmt::skip]
        let layout = Self {
            raft, package, root, has_mod, prefix, labs, tester, files, rewrites, has_snapshots,
        };
        Ok(layout)
    }

    /// The path by which the Raft package is imported.
    pub(crate) fn raft_path(&self) -> String {
        let name = self.raft.file_name().unwrap_or_default().to_string_lossy();
        format!("{}/{name}", self.prefix)
    }

    /// The path by which the tester package is imported.
    pub(crate) fn tester_path(&self) -> Option<String> {
        let name = self.tester.as_ref()?.file_name()?.to_string_lossy().into_owned();
        Some(format!("{}/{name}", self.prefix))
    }

    /// The folder of the program around the package. It exists only for the build.
    pub(crate) fn main(&self) -> PathBuf {
        self.labs.join("raftsim_main")
    }
}

/// The Raft packages that lie deeper within `folder` than where they are looked for: the first ones.
fn packages_below(folder: &Path) -> Vec<String> {
    let mut found = vec![];
    let mut folders = VecDeque::from([folder.to_owned()]);
    for _ in 0..FOLDERS {
        let Some(next) = folders.pop_front() else { break };
        let files = Source::all_in(&next);
        if files.iter().any(Source::has_make) && files.iter().any(Source::has_raft) {
            found.push(next.strip_prefix(folder).unwrap_or(&next).display().to_string());
            if found.len() == LISTED {
                break;
            }
        }
        // What cannot be read is as good as not there, and a link may lead in a circle.
        let entries = fs::read_dir(&next).into_iter().flatten().flatten();
        let mut below: Vec<PathBuf> = entries
            .filter(|entry| entry.file_type().is_ok_and(|it| it.is_dir()))
            .filter(|entry| !entry.file_name().as_encoded_bytes().starts_with(b"."))
            .map(|entry| entry.path())
            .collect();
        below.sort_unstable();
        folders.extend(below);
    }
    found
}

/// The last part of an import's path.
fn last(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// The folder of the nearest go.mod, if there is one.
fn module_of(folder: &Path) -> Option<PathBuf> {
    folder.ancestors().find(|above| above.join("go.mod").is_file()).map(Path::to_owned)
}
