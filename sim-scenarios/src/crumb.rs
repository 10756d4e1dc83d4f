//! A crumb: a small file that says which seeds a process is running. It outlives a process that the
//! node's code ends, and so leads to the seed.

use std::fs::{self, DirEntry, File, OpenOptions};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::process::id;
use std::sync::{Mutex, PoisonError};

/// The size in bytes of a thread's line.
const LINE: usize = 128;

/// How many crumbs of one process number there may be at once.
const MOST: usize = 1_000;

/// How the names of crumbs end: those of processes that a user started, and of their children.
const OWN: &str = "running";
const CHILD: &str = "child";

/// The crumb of this process. The file is removed when the crumb is dropped.
#[derive(Debug)]
pub struct Crumb {
    path: PathBuf,
    file: Mutex<File>,
}

/// Seeds that a process was running when it ended.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Running {
    /// The scenario, or another name for the runs.
    pub what: String,
    /// The first seed.
    pub first: u64,
    /// The last seed.
    pub last: u64,
}

impl Crumb {
    /// Makes a crumb in `folder` for a command that is called `name` there. Each process has a file
    /// of its own, so that the same command may run several times at once.
    ///
    /// # Errors
    /// If the file cannot be had.
    pub fn make(folder: &Path, name: &str) -> io::Result<Self> {
        // Another process may have had the same number.
        for number in 0..MOST {
            let path = folder.join(format!("{name}-{}-{number}.{OWN}", id()));
            let file = match OpenOptions::new().write(true).create_new(true).open(&path) {
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => continue,
                file => file?,
            };
            file.lock()?;
            // Before it was locked, another process may have taken it for one that was left.
            if path.exists() {
                return Ok(Self { path, file: Mutex::new(file) });
            }
        }
        Err(io::ErrorKind::AlreadyExists.into())
    }

    /// Makes the crumb of a child process, whose path the process chose that started it.
    ///
    /// # Errors
    /// If the file cannot be had.
    pub fn at(path: &Path) -> io::Result<Self> {
        let file = OpenOptions::new().write(true).create(true).truncate(true).open(path)?;
        file.try_lock()?;
        Ok(Self { path: path.to_owned(), file: Mutex::new(file) })
    }

    /// Where the crumb of a child process lies: beside that of this one, which must outlive it.
    pub fn of_child(&self) -> PathBuf {
        self.path.with_extension(CHILD)
    }

    /// What processes that have ended were running then, and their children: of those that made
    /// their crumbs in `folder` for `name`. Their crumbs are removed.
    pub fn take_left(folder: &Path, name: &str) -> Vec<Running> {
        let Ok(files) = fs::read_dir(folder) else { return vec![] };
        let mut left = vec![];
        let is_own = |file: &DirEntry| {
            let file = file.file_name();
            let rest = file.to_str().and_then(|file| file.strip_prefix(name));
            rest.is_some_and(|rest| rest.starts_with('-'))
        };
        for path in files.flatten().filter(is_own).map(|file| file.path()) {
            let is_crumb = path.extension().is_some_and(|extension| extension == OWN);
            // A file that cannot be had is one that a living process has.
            let child = path.with_extension(CHILD);
            if is_crumb
                && let Ok(own) = Self::unlocked(&path)
                && let Ok(of_child) = Self::unlocked(&child)
            {
                for (path, file) in [(&path, own), (&child, of_child)] {
                    let Some(mut file) = file else { continue };
                    let mut bytes = vec![];
                    let _ = file.read_to_end(&mut bytes);
                    left.extend(read(&bytes));
                    let _ = fs::remove_file(path);
                }
            }
        }
        left.sort();
        left
    }

    /// The file at `path`, locked; `None` if there is none.
    ///
    /// # Errors
    /// If a living process has it, or it cannot be read.
    fn unlocked(path: &Path) -> io::Result<Option<File>> {
        match File::open(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
            Ok(file) => {
                file.try_lock()?;
                Ok(Some(file))
            }
        }
    }

    /// What a process that has ended left in the file at `path`.
    ///
    /// # Errors
    /// If the file cannot be read.
    pub fn left(path: &Path) -> io::Result<Vec<Running>> {
        fs::read(path).map(|left| read(&left))
    }

    /// Thread `job`, counted from 0, begins to run these seeds. A file that cannot be written is no
    /// reason to stop.
    pub fn begins(&self, job: usize, what: &str, first: u64, last: u64) {
        let text = format!("{what}\t{first}\t{last}");
        let line = format!("{text:<width$.width$}\n", width = LINE - 1);
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        let place = SeekFrom::Start((job * LINE) as u64);
        let _ = file.seek(place).and_then(|_| file.write_all(line.as_bytes()));
    }

    /// No thread runs anything now.
    pub fn clear(&self) {
        let _ = self.file.lock().unwrap_or_else(PoisonError::into_inner).set_len(0);
    }
}

impl Drop for Crumb {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.path);
    }
}

/// The lines of a crumb. One that is not whole is left out.
fn read(bytes: &[u8]) -> Vec<Running> {
    let text = String::from_utf8_lossy(bytes);
    let lines = text.lines().filter_map(|line| {
        let mut cells = line.trim_matches(['\0', ' ']).split('\t');
        let what = cells.next()?.to_owned();
        let [first, last] = [cells.next()?.parse().ok()?, cells.next()?.parse().ok()?];
        Some(Running { what, first, last })
    });
    lines.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folder(name: &str) -> PathBuf {
        let path =
            std::env::temp_dir().join(format!("raftsim-crumb-{name}-{}", std::process::id()));
        fs::create_dir_all(&path).unwrap();
        path
    }

    fn running(what: &str, first: u64, last: u64) -> Running {
        Running { what: what.to_owned(), first, last }
    }

    /// As if the process had ended: the crumb is not dropped, but its lock is gone.
    fn ended(crumb: Crumb) -> PathBuf {
        let path = crumb.path.clone();
        crumb.file.lock().unwrap().unlock().unwrap();
        std::mem::forget(crumb);
        path
    }

    #[test]
    fn what_a_process_was_running_when_it_ended_is_left() {
        let folder = folder("left");
        let crumb = Crumb::make(&folder, "run").unwrap();
        crumb.begins(0, "a", 0, 63);
        crumb.begins(2, "a", 64, u64::MAX);
        crumb.begins(0, "b", 7, 7);
        let path = ended(crumb);
        assert_eq!(Crumb::left(&path).unwrap(), [running("b", 7, 7), running("a", 64, u64::MAX)]);
        assert_eq!(Crumb::take_left(&folder, "fuzz"), []);
        let left = [running("a", 64, u64::MAX), running("b", 7, 7)];
        assert_eq!(Crumb::take_left(&folder, "run"), left);
        assert!(!path.exists());
        assert_eq!(Crumb::take_left(&folder, "run"), []);
    }

    #[test]
    fn crumbs_that_living_processes_have_are_left_alone() {
        let folder = folder("living");
        let [one, other] = [(); 2].map(|()| Crumb::make(&folder, "run").unwrap());
        one.begins(0, "a", 0, 63);
        other.begins(0, "a", 64, 127);
        assert_eq!(Crumb::take_left(&folder, "run"), []);
        ended(other);
        assert_eq!(Crumb::take_left(&folder, "run"), [running("a", 64, 127)]);
        assert_eq!(Crumb::left(&one.path).unwrap(), [running("a", 0, 63)]);
        one.clear();
        assert_eq!(Crumb::left(&one.path).unwrap(), []);
    }

    #[test]
    fn the_crumb_of_a_child_is_left_once_its_parent_has_ended_too() {
        let folder = folder("child");
        let parent = Crumb::make(&folder, "run").unwrap();
        let child = Crumb::at(&parent.of_child()).unwrap();
        child.begins(0, "a", 0, 63);
        let path = ended(child);
        assert_eq!(Crumb::take_left(&folder, "run"), []);
        ended(parent);
        let child = File::open(&path).unwrap();
        child.try_lock().unwrap();
        assert_eq!(Crumb::take_left(&folder, "run"), []);
        child.unlock().unwrap();
        assert_eq!(Crumb::take_left(&folder, "run"), [running("a", 0, 63)]);
        assert!(!path.exists());
    }

    #[test]
    fn a_name_that_is_too_long_is_cut_and_so_left_out() {
        let crumb = Crumb::make(&folder("long"), "run").unwrap();
        crumb.begins(0, &"x".repeat(200), 0, 63);
        crumb.begins(1, "a", 64, 127);
        assert_eq!(Crumb::left(&crumb.path).unwrap(), [running("a", 64, 127)]);
    }
}
