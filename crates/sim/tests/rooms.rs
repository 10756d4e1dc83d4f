//! The rooms of the source: which of them may know which.

use std::fs;
use std::path::{Path, PathBuf};

/// Every source file under a folder of `src`, unit tests apart.
fn sources(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder)
        .expect("the folder is there")
        .map(|entry| entry.expect("it can be read"));
    let (folders, files): (Vec<_>, Vec<_>) =
        entries.map(|entry| entry.path()).partition(|path| path.is_dir());
    let inner = folders.iter().flat_map(|folder| sources(folder));
    inner.chain(files).filter(|path| !path.ends_with("tests.rs")).collect()
}

/// The files of `src`, by their paths in it, that import this room.
fn importers(room: &str) -> Vec<String> {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let imports = |path: &PathBuf| {
        let text = fs::read_to_string(path).expect("a source file can be read");
        let code = text.lines().filter(|line| !line.trim_start().starts_with("//"));
        let names = [format!("crate::{room}::"), format!("crate::{room};")];
        code.into_iter().any(|line| names.iter().any(|name| line.contains(name)))
    };
    let files = sources(&src).into_iter().filter(imports);
    let within =
        |path: PathBuf| path.strip_prefix(&src).expect("it was found there").display().to_string();
    files.map(within).filter(|path| !path.starts_with(room)).collect()
}

#[test]
fn no_room_knows_the_world() {
    assert_eq!(importers("world"), [] as [&str; 0]);
}

#[test]
fn the_network_knows_no_server_and_text_knows_nothing() {
    let servers = importers("server");
    assert!(!servers.iter().any(|path| path.starts_with("network")), "{servers:?}");
    for room in ["network", "server", "clients", "trace", "fault", "random", "failure"] {
        let importers = importers(room);
        assert!(!importers.iter().any(|path| path.starts_with("text")), "{room}: {importers:?}");
    }
}
