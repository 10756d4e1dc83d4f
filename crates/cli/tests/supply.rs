//! What others make: each crate in one version, each tool of CI at one version.

use std::collections::BTreeMap;

use crate::pages::read;

/// The text between the first pair of quotes.
fn quoted(line: &str) -> Option<&str> {
    line.split('"').nth(1)
}

/// The crates of which the lock file has several versions, each with its versions.
fn duplicates() -> BTreeMap<String, Vec<String>> {
    let lock = read("Cargo.lock");
    let mut versions: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for package in lock.split("[[package]]").skip(1) {
        let field = |key: &str| package.lines().find(|line| line.starts_with(key)).and_then(quoted);
        let (name, version) = field("name = ").zip(field("version = ")).expect(package);
        versions.entry(name.to_owned()).or_default().push(version.to_owned());
    }
    versions.retain(|_, versions| versions.len() > 1);
    versions
}

#[test]
fn a_crate_in_two_versions_is_an_exception_with_a_reason() {
    let deny = read("deny.toml");
    assert!(deny.contains("multiple-versions = \"deny\"\n"), "{deny}");
    let skipped = deny.lines().filter(|line| line.contains("crate = "));
    let mut exceptions: BTreeMap<&str, &str> = BTreeMap::new();
    for line in skipped {
        let (_, reason) = line.split_once("reason = ").expect(line);
        assert!(quoted(reason).is_some_and(|reason| reason.len() > 10), "{line}");
        let (name, version) = quoted(line).and_then(|it| it.split_once('@')).expect(line);
        assert_eq!(exceptions.insert(name, version), None, "{line}");
    }
    let duplicates = duplicates();
    // Of two versions the older one is the exception.
    let expected = duplicates.iter().map(|(name, versions)| {
        assert_eq!(versions.len(), 2, "{name}");
        (name.as_str(), versions[0].as_str())
    });
    assert_eq!(exceptions, expected.collect());
}

#[test]
fn every_tool_that_is_installed_has_its_version_in_one_file() {
    let tools = read(".ci/tools");
    let tools: BTreeMap<&str, &str> = tools
        .lines()
        .filter(|line| !line.starts_with('#'))
        .map(|line| line.split_once('=').expect(line))
        .collect();
    assert!(tools.values().all(|version| version.split('.').count() == 3), "{tools:?}");
    let mut installed = vec![];
    for file in [".ci/run", "Justfile", ".github/workflows/ci.yml"] {
        for line in read(file).lines().filter(|line| line.contains("cargo install ")) {
            let (_, after) = line.split_once("cargo install ").expect(line);
            let tool = after.split_whitespace().next().expect(line);
            assert!(line.contains(" --version "), "{file}: {line}");
            assert!(tools.contains_key(tool), "{file}: {line}");
            installed.push(tool.to_owned());
        }
        for line in read(file).lines().filter(|line| line.contains("pip install ")) {
            let name = line.split(['"', ' ']).find_map(|word| word.strip_suffix("==$version"));
            let name = name.unwrap_or_else(|| panic!("{file}: {line}"));
            installed.extend(tools.contains_key(name).then(|| name.to_owned()));
        }
    }
    installed.sort();
    assert_eq!(installed, tools.keys().copied().collect::<Vec<_>>());
}
