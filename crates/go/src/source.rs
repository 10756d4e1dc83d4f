//! One file of Go, as far as the build must read it: its imports, and what it declares.

use std::fs;
use std::path::Path;

/// What stands in for the lab's package tester1.
pub(crate) const TESTER: &str = include_str!("shim/tester.go");

/// A file of a package.
#[derive(Debug)]
pub(crate) struct Source {
    /// Its name within its folder.
    pub(crate) name: String,
    pub(crate) text: String,
}

impl Source {
    /// The files in a folder, in order, without those of tests. A folder that cannot be read has
    /// none.
    pub(crate) fn all_in(folder: &Path) -> Vec<Self> {
        let entries = fs::read_dir(folder).into_iter().flatten().flatten();
        let mut names: Vec<String> =
            entries.filter_map(|entry| entry.file_name().into_string().ok()).collect();
        let is_go = |name: &str| Path::new(name).extension().is_some_and(|it| it == "go");
        names.retain(|name| is_go(name) && !name.ends_with("_test.go"));
        names.sort_unstable();
        let read = |name: String| {
            let text = fs::read_to_string(folder.join(&name)).ok()?;
            Some(Self { name, text })
        };
        names.into_iter().filter_map(read).collect()
    }

    /// Whether it declares `Make`, the function that starts a server.
    pub(crate) fn has_make(&self) -> bool {
        self.declares("func Make(")
    }

    /// Whether it declares `Raft`, the type of a server.
    pub(crate) fn has_raft(&self) -> bool {
        self.declares("type Raft ")
    }

    /// Whether it declares the method `Snapshot` of a server.
    pub(crate) fn has_snapshot(&self) -> bool {
        let mut methods = self.text.lines().filter(|line| line.starts_with("func ("));
        methods.any(|line| line.contains("Raft) Snapshot("))
    }

    /// Whether it declares the lab's own `Persister`, with the fields that the build reads.
    pub(crate) fn has_persister(&self) -> bool {
        self.declares("type Persister struct")
            && self.text.contains("raftstate")
            && self.text.contains("snapshot")
    }

    /// Whether it belongs to the lab's tester, which the build leaves out.
    pub(crate) fn is_of_tester(&self) -> bool {
        let is_rafts = self.has_make() || self.has_raft();
        let uses = |word: &str| self.text.contains(word);
        let names_it = uses("*Test)") || uses("*Test,") || uses("*Test\n") || uses("*Test ");
        let tests = self.imports().any(|path| path == "testing");
        let is_testers =
            tests || names_it || self.declares("type config struct") || self.needs_tester();
        !is_rafts && is_testers
    }

    /// Whether it is the tester of a lab that ignores commands which come after a snapshot that
    /// covers them, as that of 2021 does.
    pub(crate) fn ignores_old_commands(&self) -> bool {
        self.is_of_tester() && self.text.contains("CommandIndex > lastApplied")
    }

    /// Whether it uses more of the lab's tester than what stands in for it has: more than a Raft
    /// uses, such as what connects the tester to a server in a process of its own.
    fn needs_tester(&self) -> bool {
        let code = self.text.lines().map(|line| line.split("//").next().unwrap_or_default());
        let uses = code.flat_map(|line| line.split("tester.").skip(1));
        let is_in_name = |it: char| it.is_ascii_alphanumeric() || it == '_';
        let names = uses.filter_map(|rest| rest.split(|it| !is_in_name(it)).next());
        let exported = names.filter(|name| name.starts_with(|it: char| it.is_ascii_uppercase()));
        let mut unknown = exported.filter(|name| {
            let is_declared = |line: &str| {
                let rest = line.strip_prefix("func ").or_else(|| line.strip_prefix("type "));
                rest.and_then(|rest| rest.strip_prefix(name))
                    .is_some_and(|rest| !rest.starts_with(is_in_name))
            };
            !TESTER.lines().any(is_declared)
        });
        unknown.next().is_some()
    }

    /// The name of its package.
    pub(crate) fn package(&self) -> Option<&str> {
        let line = self.text.lines().find_map(|line| line.strip_prefix("package "))?;
        line.split_whitespace().next()
    }

    /// The paths that it imports.
    pub(crate) fn imports(&self) -> impl Iterator<Item = &str> {
        import_lines(&self.text).filter_map(quoted)
    }

    /// Its text, with `path` called for each import: what it returns takes the import's place.
    pub(crate) fn importing(&self, path: impl Fn(&str) -> Option<String>) -> String {
        let mut text = self.text.clone();
        for line in import_lines(&self.text) {
            let Some(old) = quoted(line) else { continue };
            if let Some(new) = path(old) {
                text = text.replacen(line, &line.replace(old, &new), 1);
            }
        }
        text
    }

    /// Whether a line begins with these words.
    fn declares(&self, words: &str) -> bool {
        self.text.lines().any(|line| line.starts_with(words))
    }
}

/// The lines on which imports stand.
fn import_lines(text: &str) -> impl Iterator<Item = &str> {
    let mut is_inside = false;
    let lines = text.lines().take_while(|line| !line.starts_with("func "));
    lines.filter(move |line| {
        let line = line.trim();
        if line.starts_with("import (") {
            is_inside = !line.contains(')');
            return line.contains('"');
        }
        if is_inside && line.starts_with(')') {
            is_inside = false;
        }
        (is_inside || line.starts_with("import ")) && !line.starts_with("//")
    })
}

/// What stands between the first two quotation marks.
fn quoted(line: &str) -> Option<&str> {
    line.split('"').nth(1)
}
