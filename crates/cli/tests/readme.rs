//! The README shows the small Raft as it is, and every scenario as the registry has it.

use std::fs;
use std::path::Path;

use sim_scenarios::SCENARIOS;

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

/// The README's lines between the one heading of this name and the next.
fn section<'a>(readme: &'a str, heading: &str) -> Vec<&'a str> {
    let is_it = |line: &&str| is_heading(line) && line.trim_start_matches('#').trim() == heading;
    assert_eq!(readme.lines().filter(is_it).count(), 1, "one heading says: {heading}");
    let from_it = readme.lines().skip_while(|line| !is_it(line));
    from_it.skip(1).take_while(|line| !is_heading(line)).collect()
}

fn is_heading(line: &str) -> bool {
    line.starts_with("## ") || line.starts_with("### ")
}

/// The first so many cells of each row of a section's one table, its head apart.
fn rows(section: &[&str], cells: usize) -> Vec<String> {
    let table = section.iter().filter(|line| line.starts_with("| `"));
    let first = |line: &str| line.split(" | ").take(cells).collect::<Vec<_>>().join(" | ");
    table.map(|line| first(line)).collect()
}

#[test]
fn the_readme_s_table_of_the_lab_s_tests_is_the_registry_s() {
    let table = rows(&section(&read("README.md"), "The lab's tests"), 3);
    let expected = SCENARIOS.iter().filter_map(|info| {
        let test = info.mirrors?;
        Some(format!("| `{}` | `{test}` | {}", info.name, info.servers))
    });
    assert_eq!(table, expected.collect::<Vec<_>>());
}

#[test]
fn the_readme_s_table_beyond_the_lab_is_the_registry_s() {
    let table = rows(&section(&read("README.md"), "Beyond the lab"), 2);
    let ours = SCENARIOS.iter().filter(|info| info.mirrors.is_none());
    let expected = ours.map(|info| format!("| `{}` | {}", info.name, info.servers));
    assert_eq!(table, expected.collect::<Vec<_>>());
}

#[test]
fn the_readme_s_sweep_runs_every_scenario() {
    let readme = read("README.md");
    let shown = section(&readme, "Two commands");
    let sweep = shown.iter().skip_while(|line| !line.starts_with(" scenario ")).skip(1);
    let rows = sweep.take_while(|line| line.starts_with(' '));
    let swept: Vec<_> = rows.filter_map(|row| row.split_whitespace().next()).collect();
    assert_eq!(swept, SCENARIOS.iter().map(|info| info.name).collect::<Vec<_>>());
}
