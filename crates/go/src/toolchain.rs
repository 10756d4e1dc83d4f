//! The Go toolchain on this machine: which it is, and the two places of its runtime that the build
//! changes. It changes them in the program that it builds, never on the disk.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::error::GoError;

/// The first release of Go 1 that can export functions to WebAssembly's host.
const LEAST: u32 = 24;

/// A Go toolchain.
#[derive(Debug)]
pub(crate) struct Toolchain {
    /// Its version, such as `go1.27.3`.
    pub(crate) version: String,
    /// The folder of its standard library.
    library: PathBuf,
}

impl Toolchain {
    /// The toolchain that `go` chooses for the module in `root`.
    pub(crate) fn find(root: &Path) -> Result<Self, GoError> {
        let run =
            Command::new("go").args(["env", "GOVERSION", "GOROOT"]).current_dir(root).output();
        let output = run.map_err(|error| {
            if error.kind() == ErrorKind::NotFound {
                GoError::NoToolchain
            } else {
                GoError::Toolchain(error.to_string())
            }
        })?;
        let text = String::from_utf8_lossy(&output.stdout);
        let mut lines = text.lines();
        let (Some(version), Some(folder)) = (lines.next(), lines.next()) else {
            let text = String::from_utf8_lossy(&output.stderr);
            let text = text.trim();
            // Some installers leave a `go` that only says that there is none.
            return Err(GoError::Toolchain(text.lines().collect::<Vec<_>>().join("; ")));
        };
        let minor = version.strip_prefix("go1.").and_then(|rest| {
            rest.split(|it: char| !it.is_ascii_digit()).next()?.parse::<u32>().ok()
        });
        // A version without a number is one that somebody built from the sources.
        if minor.is_some_and(|minor| minor < LEAST) {
            return Err(GoError::OldToolchain(version.to_owned()));
        }
        Ok(Self { version: version.to_owned(), library: Path::new(folder).join("src") })
    }

    /// The scheduler's file, changed so that goroutines that can run do so in an order that follows
    /// the random numbers, and so the seed; none if its text is another than expected.
    pub(crate) fn seeded_order(&self) -> Option<(PathBuf, String)> {
        // The last in the queue changes places with one that waits there.
        self.changed(
            "runtime/proc.go",
            &[(
                "\t\tpp.runq[t%uint32(len(pp.runq))].set(gp)\n\t\tatomic.StoreRel",
                "\t\tsize := uint32(len(pp.runq))\n\
                 \t\tother := (h + cheaprandn(t-h+1)) % size\n\
                 \t\tpp.runq[t%size] = pp.runq[other]\n\
                 \t\tpp.runq[other].set(gp)\n\
                 \t\tatomic.StoreRel",
            )],
            "",
        )
    }

    /// The mutex's file, changed so that a goroutine that takes locks over and over within one
    /// event, waiting for something, sleeps for a millisecond: on virtual time nothing would happen
    /// meanwhile. None if its text is another than expected.
    pub(crate) fn patient_locks(&self) -> Option<(PathBuf, String)> {
        self.changed(
            "internal/sync/mutex.go",
            &[("func (m *Mutex) Lock() {\n", "func (m *Mutex) Lock() {\n\traftsimCount()\n")],
            r"
var raftsimLocks int

//go:linkname raftsimSleep time.Sleep
func raftsimSleep(nanoseconds int64)

func raftsimCount() {
	raftsimLocks++
	if raftsimLocks > 10000 {
		raftsimLocks = 0
		raftsimSleep(1000000)
	}
}
",
        )
    }

    /// The text of a file of the library with each old text, which stands there once, replaced by
    /// the new one, and `more` at its end.
    fn changed(
        &self,
        file: &str,
        changes: &[(&str, &str)],
        more: &str,
    ) -> Option<(PathBuf, String)> {
        let path = self.library.join(file);
        let mut text = fs::read_to_string(&path).ok()?;
        for (old, new) in changes {
            if text.matches(old).count() != 1 {
                return None;
            }
            text = text.replacen(old, new, 1);
        }
        Some((path, text + more))
    }
}
