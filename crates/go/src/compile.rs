//! From a student's folder to a program that runs.

use std::fs;
use std::path::Path;
use std::process::{self, Command};
use std::sync::Arc;

use raftsim_node::Digest;

use crate::error::GoError;
use crate::layout::Layout;
use crate::overlay::{Overlay, unwritable};
use crate::program::Program;
use crate::server::Unstarted;
use crate::toolchain::Toolchain;

/// How many lines of the compiler, or of a program that does not start, an error repeats.
const LINES: usize = 20;

/// Compiles the Raft package in `folder`, and touches nothing there. What belongs to the build is
/// kept in the folder `cache`, so that the next one is faster. `report` gets a line for each thing
/// that takes a while, and for each warning.
///
/// # Errors
/// If there is no such package, if it does not compile, or if there is no Go toolchain.
pub fn compile(
    folder: &Path,
    cache: &Path,
    report: &mut dyn FnMut(&str),
) -> Result<Arc<Program>, GoError> {
    let shown = folder.display().to_string();
    let layout = Layout::find(folder)?;
    let toolchain = Toolchain::find(&layout.root)?;
    let (raft, version) = (layout.raft.display(), &toolchain.version);
    // A file says that this toolchain has compiled something before, and so its own library.
    let known = cache.join(format!("library-{version}"));
    let first = if known.exists() { "" } else { " (the first time takes up to a minute)" };
    report(&format!("compiling {raft} with {version}{first}"));
    let mut overlay = Overlay::of(&layout);
    match toolchain.seeded_order() {
        Some((path, text)) => overlay.put(path, text),
        None => report(&format!(
            "warning: raftsim does not know the scheduler of {}: goroutines run in one order, \
             whatever the seed",
            toolchain.version
        )),
    }
    match toolchain.patient_locks() {
        Some((path, text)) => {
            overlay.put(path, text);
            overlay.count_locks(&layout, true);
        }
        None => report(&format!(
            "warning: raftsim does not know the mutex of {}: a loop that locks and unlocks without \
             a pause will fail the run",
            toolchain.version
        )),
    }
    // Each process builds in a folder of its own, so that two do not meet.
    let mut name = Digest::new();
    name.bytes(layout.raft.as_os_str().as_encoded_bytes());
    let build = cache.join(format!("build-{:016x}-{}", name.value(), process::id()));
    let code = build_in(&build, &layout, &overlay, &shown);
    // What is left behind would only take room.
    let _ = fs::remove_dir_all(&build);
    let code = code?;
    // Without the file only the next line is longer.
    let _ = fs::write(known, "");
    let loaded = Program::load(&code, &cache.join("modules"), &layout);
    let program = loaded.map_err(|error| GoError::Unloadable(format!("{error:#}")))?;
    program.try_out().map_err(|error| match error.downcast_ref::<Unstarted>() {
        Some(unstarted) => {
            let (folder, why) = (shown, unstarted.to_string());
            GoError::Start { folder, why, lines: first_lines(&unstarted.printed) }
        }
        None => GoError::Unloadable(format!("{error:#}")),
    })?;
    Ok(program)
}

/// As many lines as an error repeats. Tabs would be printed as `\t`.
fn first_lines(text: &str) -> String {
    let lines: Vec<&str> = text.lines().take(LINES).collect();
    lines.join("\n").replace('\t', "    ")
}

/// Runs `go build`, and returns the code.
fn build_in(
    build: &Path,
    layout: &Layout,
    overlay: &Overlay,
    shown: &str,
) -> Result<Vec<u8>, GoError> {
    let list = overlay.write(build)?;
    let output = build.join("raft.wasm");
    let mut go = Command::new("go");
    go.args(["build", "-trimpath", "-buildmode=c-shared", "-ldflags=-checklinkname=0"]);
    go.arg("-overlay").arg(&list).arg("-o").arg(&output);
    go.arg(format!("{}/raftsim_main", layout.prefix));
    go.current_dir(&layout.root).env("GOOS", "wasip1").env("GOARCH", "wasm");
    let done = go.output().map_err(|error| GoError::Toolchain(error.to_string()))?;
    if !done.status.success() {
        let text = String::from_utf8_lossy(&done.stderr);
        let lines = first_lines(&overlay.with_places(&text, build, &layout.root));
        let folder = shown.to_owned();
        // An error in our own file means that the package has other functions than the labs'.
        let is_ours = lines.contains("raftsim_main") && !lines.contains("raft/raft.go");
        return Err(if is_ours {
            GoError::Api { folder, lines }
        } else {
            GoError::Build { folder, lines }
        });
    }
    fs::read(&output).map_err(|error| unwritable(&output, error))
}
