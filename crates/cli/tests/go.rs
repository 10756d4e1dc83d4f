//! Go packages, as their authors test them. These tests need a Go toolchain: `just go` runs them.

use std::fs;
use std::path::Path;

use crate::pages::root;
use crate::support::{Folder, Output};

/// A copy of the right package of the labs of 2023, in `src/raft` of a folder of its own.
fn package() -> Folder {
    let folder = Folder::new();
    copy(&root().join("crates/go/packages/right/2023"), folder.path());
    folder
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let from = entry.unwrap().path();
        let to = to.join(from.file_name().unwrap());
        if from.is_dir() {
            copy(&from, &to);
        } else {
            fs::copy(from, to).unwrap();
        }
    }
}

/// Replaces a text that stands once in a file of the package.
fn edit(folder: &Folder, file: &str, from: &str, to: &str) {
    let text = folder.read(file);
    assert_eq!(text.matches(from).count(), 1, "{file}: {from}");
    folder.write(file, text.replace(from, to));
}

/// Its complaints without the line that says what is compiled.
fn complaints(output: &Output) -> String {
    let lines = output.stderr.lines();
    let lines = lines.filter(|line| !line.starts_with("go: compiling "));
    lines.flat_map(|line| [line, "\n"]).collect()
}

#[test]
fn a_state_file_of_a_package_that_has_changed_since_is_refused() {
    let folder = package();
    let again = "go src/raft run reelection_3a --seeds 3 --state kept.json";
    for _ in 0..2 {
        let output = folder.raftsim(again);
        assert_eq!((output.status, complaints(&output).as_str()), (0, ""), "{}", output.stdout);
    }
    let kept = folder.read("kept.json");
    edit(&folder, "src/raft/raft.go", "heartbeatInterval   = 100", "heartbeatInterval   = 110");
    for arguments in [again, "go src/raft fuzz --runs 3 --state kept.json"] {
        let output = folder.raftsim(arguments);
        assert_eq!((output.status, output.stdout.as_str()), (2, ""), "{arguments}");
        assert_eq!(complaints(&output).lines().count(), 1, "{arguments}: {output:?}");
    }
    let why = "the node has changed since, and the same seed may be another run: name another \
               file, or remove this one";
    let output = folder.raftsim(again);
    assert_eq!(complaints(&output), format!("error: --state kept.json: {why}\n"));
    assert_eq!(folder.read("kept.json"), kept);
}
