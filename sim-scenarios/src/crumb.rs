//! A crumb: a small file that says which seeds a process is running. It outlives a process that the
//! node's code ends, and so leads to the seed.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

/// The size in bytes of a thread's line.
const LINE: usize = 128;

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
    /// Makes the crumb at `path`. Returns with it what the last process to make it was running when
    /// it ended: nothing, unless it ended unexpectedly.
    ///
    /// # Errors
    /// If the file cannot be had, or a living process has it.
    pub fn make(path: &Path) -> io::Result<(Self, Vec<Running>)> {
        let mut file =
            OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path)?;
        file.try_lock()?;
        let mut left = vec![];
        file.read_to_end(&mut left)?;
        file.set_len(0)?;
        Ok((Self { path: path.to_owned(), file: Mutex::new(file) }, read(&left)))
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

    #[test]
    fn what_a_process_was_running_when_it_ended_is_left() {
        let path = folder("left").join("crumb");
        let (crumb, left) = Crumb::make(&path).unwrap();
        assert_eq!(left, []);
        crumb.begins(0, "a", 0, 63);
        crumb.begins(2, "a", 64, u64::MAX);
        crumb.begins(0, "b", 7, 7);
        assert_eq!(Crumb::left(&path).unwrap(), [running("b", 7, 7), running("a", 64, u64::MAX)]);
        // As if the process had ended: without dropping the crumb, but without its lock.
        let ended = Crumb { path: PathBuf::new(), file: Mutex::new(File::open(&path).unwrap()) };
        crumb.file.lock().unwrap().unlock().unwrap();
        let (next, left) = Crumb::make(&path).unwrap();
        assert_eq!(left, [running("b", 7, 7), running("a", 64, u64::MAX)]);
        assert_eq!(Crumb::left(&path).unwrap(), []);
        drop((next, ended));
        assert!(!path.exists());
    }

    #[test]
    fn a_crumb_that_a_living_process_has_is_left_alone() {
        let path = folder("living").join("crumb");
        let (crumb, _) = Crumb::make(&path).unwrap();
        crumb.begins(0, "a", 0, 63);
        assert!(Crumb::make(&path).is_err());
        assert_eq!(Crumb::left(&path).unwrap(), [running("a", 0, 63)]);
        crumb.clear();
        assert_eq!(Crumb::left(&path).unwrap(), []);
    }

    #[test]
    fn a_name_that_is_too_long_is_cut_and_so_left_out() {
        let path = folder("long").join("crumb");
        let (crumb, _) = Crumb::make(&path).unwrap();
        crumb.begins(0, &"x".repeat(200), 0, 63);
        crumb.begins(1, "a", 64, 127);
        assert_eq!(Crumb::left(&path).unwrap(), [running("a", 64, 127)]);
    }
}
