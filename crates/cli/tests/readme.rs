//! The README shows the small Raft as it is.

use std::fs;
use std::path::Path;

/// A file of the repository, from its root.
fn read(path: &str) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    fs::read_to_string(root.join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

#[test]
fn the_readme_shows_every_file_of_the_small_raft() {
    let readme = read("README.md");
    for file in ["Cargo.toml", "src/lib.rs", "tests/labs.rs", "src/main.rs"] {
        let text = read(&format!("crates/cli/examples/bring-your-own/{file}"));
        assert!(readme.contains(text.trim_end()), "the README's {file} is not the file");
    }
}

#[test]
fn the_readme_names_every_scenario() {
    let readme = read("README.md");
    for info in sim_scenarios::SCENARIOS {
        assert!(readme.contains(&format!("| `{}` |", info.name)), "{} is missing", info.name);
    }
}
