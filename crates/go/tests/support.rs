//! Packages made for a test, and runs of them.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use raftsim_explore::{Run, Runner as _};
use raftsim_go::{GoError, GoRaft, Program, compile};
use raftsim_sim::Recording;
use sim_scenarios::{NodeRunner, scenario};
use tempfile::TempDir;

/// A file or folder of this crate.
pub(crate) fn path(within: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(within)
}

/// The folder for what builds leave behind.
fn cache() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("cache")
}

/// A copy of a package, with a patch.
pub(crate) fn patched(package: &Path, patch: &Path) -> io::Result<TempDir> {
    let folder = tempfile::tempdir()?;
    copy(package, folder.path())?;
    let mut patching = Command::new("patch");
    patching.args(["--silent", "--strip", "1", "--directory"]).arg(folder.path());
    let done = patching.stdin(File::open(patch)?).status()?;
    assert!(done.success(), "{}", patch.display());
    Ok(folder)
}

/// A copy of one of the right packages, which a test may change.
pub(crate) fn right(year: &str) -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    copy(&path("packages/right").join(year), folder.path()).expect("a copy");
    folder
}

fn copy(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let to = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &to)?;
        } else {
            fs::copy(entry.path(), to)?;
        }
    }
    Ok(())
}

/// A repository with the lab's packages and a Raft package of one file.
pub(crate) fn repository(raft: &str) -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let lab = path("packages/right/2023/src");
    for file in ["go.mod", "labgob/labgob.go", "labrpc/labrpc.go", "raft/persister.go"] {
        let to = folder.path().join(file);
        fs::create_dir_all(to.parent().expect("it is in a folder")).expect("a folder");
        fs::copy(lab.join(file), to).expect(file);
    }
    fs::write(folder.path().join("raft/raft.go"), raft).expect("a file");
    folder
}

/// Compiles the package in a folder; its errors, and the lines that it reported.
pub(crate) fn compiled(folder: &Path) -> (Result<Arc<Program>, GoError>, Vec<String>) {
    let mut lines = vec![];
    let program = compile(folder, &cache(), &mut |line| lines.push(line.to_owned()));
    (program, lines)
}

/// The program of the package in a folder.
pub(crate) fn program(folder: &Path) -> Arc<Program> {
    compiled(folder).0.unwrap_or_else(|error| panic!("{error}"))
}

/// A server that never leads, with `code` in `Make`, and `more` beside it.
pub(crate) fn probe(code: &str, more: &str) -> TempDir {
    repository(&include_str!("probe.go.txt").replace("// MAKE", code).replace("// MORE", more))
}

/// Runs one seed of a scenario, recorded if `recording` says so.
pub(crate) fn run(program: &Arc<Program>, name: &str, seed: u64, recording: Recording) -> Run {
    raftsim_sim::prepare_process();
    let runner = NodeRunner::<GoRaft>::new(scenario(name).expect(name), Some(program.clone()));
    runner.run(seed, recording)
}

/// Why a run failed.
pub(crate) fn failure(run: &Run) -> String {
    run.verdict.as_ref().expect_err("it should have failed").to_string()
}
