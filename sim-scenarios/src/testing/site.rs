//! Where a macro made a test, and so the lines that run it again: to be pasted into a shell, and to
//! work there.

use std::fs;
use std::path::{Path, PathBuf};

use super::node_name;
use crate::shell::{cargo_run, package_option, plan_word, shell_word, workspace};

/// Where a macro made a test.
#[derive(Clone, Copy, Debug)]
pub struct Site {
    /// The test's name, after the name of its crate: `crate::module::test`.
    pub path: &'static str,
    /// The package of the test, if cargo built it.
    pub package: Option<&'static str>,
    /// The folder of the package's manifest, if cargo built it.
    pub folder: Option<&'static str>,
    /// In what kind of target of the package it is.
    pub target: TestTarget,
    /// The node's type, as the source has it; empty if it is not known.
    pub node: &'static str,
}

/// The kind of target that has a test. Each is a binary of its own, and two may have tests of one
/// name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TestTarget {
    /// A file of the folder `tests`, or one that the manifest lists.
    Test,
    /// The binary of this name, with tests in its source.
    Bin(&'static str),
    /// The library, with tests in its source.
    Lib,
}

impl TestTarget {
    /// The target, by what cargo sets for each kind alone: the folder for files of tests, and the
    /// name of a binary.
    #[doc(hidden)]
    pub const fn of(folder: Option<&'static str>, bin: Option<&'static str>) -> Self {
        match (folder, bin) {
            (_, Some(bin)) => Self::Bin(bin),
            (Some(_), None) => Self::Test,
            (None, None) => Self::Lib,
        }
    }
}

/// The [`Site`] of the test that is named `$name`, in the module where this stands.
#[doc(hidden)]
#[macro_export]
macro_rules! site {
    ($name:expr) => {
        $crate::site!($name, )
    };
    ($name:expr, $($node:ty)?) => {
        $crate::testing::Site {
            path: concat!(module_path!(), "::", $name),
            package: option_env!("CARGO_PKG_NAME"),
            folder: option_env!("CARGO_MANIFEST_DIR"),
            target: $crate::testing::TestTarget::of(
                option_env!("CARGO_TARGET_TMPDIR"),
                option_env!("CARGO_BIN_NAME"),
            ),
            node: stringify!($($node)?),
        }
    };
}

impl Site {
    /// The test's name in its binary.
    pub(super) fn name(&self) -> &str {
        self.path.split_once("::").map_or(self.path, |(_, name)| name)
    }

    /// Its binary, its modules and its name, as a part of the names of files: no other test of the
    /// package has them.
    pub(super) fn file_stem(&self) -> String {
        self.path.replace("::", "-")
    }

    /// The line that runs the test again with a variable, whose value is this word.
    pub(super) fn test_line(&self, variable: &str, word: &str) -> String {
        let package = package_option(self.package, self.folder());
        let (target, name) = (self.target_option(), self.name());
        format!("{variable}={word} cargo test{package}{target} {name} -- --exact")
    }

    /// The option that names the target. Without it the variable would reach all binaries of tests.
    fn target_option(&self) -> String {
        match self.target {
            TestTarget::Lib if self.package.is_none() => String::new(),
            TestTarget::Lib => " --lib".to_owned(),
            TestTarget::Bin(name) => format!(" --bin {}", shell_word(name)),
            TestTarget::Test => format!(" --test {}", shell_word(&self.target_name())),
        }
    }

    /// The name of the target of tests. That of its crate has `_` in the place of `-`.
    fn target_name(&self) -> String {
        let name = self.path.split("::").next().unwrap_or_default();
        let file = |entry: fs::DirEntry| Some(entry.path().file_stem()?.to_str()?.to_owned());
        let files = fs::read_dir(self.folder().join("tests")).into_iter().flatten();
        let mut named = files.filter_map(|entry| file(entry.ok()?));
        named.find(|file| file.replace('-', "_") == name).unwrap_or_else(|| name.to_owned())
    }

    /// The folder of the package.
    fn folder(&self) -> &Path {
        Path::new(self.folder.unwrap_or("."))
    }

    /// The folder at which lines to paste are pasted: that of the package, or of its workspace.
    fn base(&self) -> &Path {
        workspace(self.folder()).unwrap_or(self.folder())
    }

    /// A file as the lines to paste name it: as seen from the folder where they are pasted, so that
    /// they work on another machine too. A test runs in the folder of its package.
    pub(super) fn shown(&self, file: &Path) -> PathBuf {
        let whole = self.folder().join(file);
        whole.strip_prefix(self.base()).map_or(whole.clone(), Path::to_owned)
    }

    /// The file that a variable names: as seen from here, or from where lines are pasted.
    pub(super) fn found(&self, file: &str) -> PathBuf {
        let here = PathBuf::from(file);
        if here.exists() { here } else { self.base().join(file) }
    }

    /// The package's own command, if it has one that knows the node of this type.
    pub(super) fn command(&self) -> Option<OwnCommand> {
        let main = Path::new(self.folder?).join("src/main.rs");
        let known = known_nodes(&fs::read_to_string(main).ok()?)?;
        let place = known.iter().position(|(_, last)| last == last_segment(self.node))?;
        let program = cargo_run(self.package, self.folder(), "");
        let node = known[place].0.clone();
        // The first node is the default.
        Some(OwnCommand { program, node, is_default: place == 0 })
    }
}

/// A package's own command (`main_with`).
pub(super) struct OwnCommand {
    program: String,
    /// What it calls the node.
    node: String,
    /// Whether that is its default.
    is_default: bool,
}

impl OwnCommand {
    /// The line in which `verb` gets a seed of a scenario.
    pub(super) fn seed_line(&self, verb: &str, scenario: &str, seed: u64) -> String {
        format!("{} {verb} {scenario} --seed {seed}{}", self.program, self.option(self.is_default))
    }

    /// The line that replays the plan in a file, which names the node `node`.
    pub(super) fn plan_line(&self, file: &str, node: &str) -> String {
        format!("{} replay {}{}", self.program, plan_word(file), self.option(self.node == node))
    }

    /// The line that finds the seed, among these, at which the node ends the process.
    pub(super) fn isolated_line(&self, scenario: &str, first: u64, last: u64) -> String {
        let (program, seeds) = (&self.program, last - first + 1);
        let node = self.option(self.is_default);
        format!("{program} run {scenario} --from {first} --seeds {seeds} --isolate{node}")
    }

    /// The option that names the node, unless it is understood.
    fn option(&self, is_understood: bool) -> String {
        if is_understood { String::new() } else { format!(" --node {}", shell_word(&self.node)) }
    }
}

/// The nodes that the source of a command lists, as far as that can be seen: what it calls each, and
/// the last part of its type's path. `None` if it makes no command of ours.
fn known_nodes(source: &str) -> Option<Vec<(String, String)>> {
    source.split_once("main_with")?;
    let Some((_, list)) = source.split_once("nodes!") else { return known_entries(source) };
    let list = list.trim_start().strip_prefix(['[', '('])?;
    let list = list.split([']', ')']).next()?;
    let nodes = list.split(',').map(str::trim);
    let nodes = nodes.filter(|node| !node.is_empty() && !node.starts_with("with "));
    let known = nodes.map(|node| match node.split_once("=>") {
        Some((name, path)) => (name.trim().trim_matches('"').to_owned(), last_segment(path)),
        None => (node_name(node), last_segment(node)),
    });
    Some(known.map(|(name, last)| (name, last.to_owned())).collect())
}

/// The nodes whose entries the source makes one by one: `NodeEntry::new::<MyRaft>("mine")`.
fn known_entries(source: &str) -> Option<Vec<(String, String)>> {
    let entries = source.split("NodeEntry::").skip(1).filter_map(|entry| {
        let (_, rest) = entry.split_once("::<").filter(|(maker, _)| is_word(maker))?;
        let (path, rest) = rest.split_once(">(")?;
        let (name, _) = rest.trim_start().strip_prefix('"')?.split_once('"')?;
        Some((name.to_owned(), last_segment(path).to_owned()))
    });
    let known: Vec<_> = entries.collect();
    (!known.is_empty()).then_some(known)
}

fn is_word(text: &str) -> bool {
    text.chars().all(|letter| letter.is_ascii_lowercase() || letter == '_')
}

/// The last part of a type's path, without its parameters.
fn last_segment(path: &str) -> &str {
    let plain = path.split('<').next().unwrap_or(path);
    plain.rsplit("::").next().unwrap_or(plain).trim()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_is_known_by_its_nodes() {
        let known = |source: &str| known_nodes(source).unwrap_or_default();
        let pair = |name: &str, last: &str| (name.to_owned(), last.to_owned());
        let main = "fn main() -> ExitCode {\n    raftsim::main_with(raftsim::nodes![";
        assert_eq!(known(&format!("{main}my_raft::MyRaft])}}")), [pair("my-raft", "MyRaft")]);
        let with = format!("{main}my_raft::MyRaft, with suite::suite])}}");
        assert_eq!(known(&with), [pair("my-raft", "MyRaft")]);
        let named = format!("{main}\n\"mine\" => MyRaft,\n\"old\" => old::Raft<Disk>,\n])}}");
        assert_eq!(known(&named), [pair("mine", "MyRaft"), pair("old", "Raft")]);
        assert_eq!(known("fn main() {}"), []);
        let entries = "use raftsim::{NodeEntry, Part, main_with};\nfn main() -> ExitCode {\n    \
            main_with(vec![\n        NodeEntry::new::<my_raft::MyRaft>(\"mine\").up_to(Part::B),\n        \
            NodeEntry::with_config::<old::Raft<Disk>>(\n            \"old\", Config::slow()),\n    ])}";
        assert_eq!(known(entries), [pair("mine", "MyRaft"), pair("old", "Raft")]);
    }

    #[test]
    fn lines_name_what_they_run() {
        let (path, package) = ("labs::mine::speed_3b", Some("my-raft"));
        let site = Site { path, package, folder: None, target: TestTarget::Test, node: "MyRaft" };
        let line = |target| Site { target, ..site }.test_line("RAFTSIM_SEED", "54");
        for (target, option) in [
            (TestTarget::of(Some("target/tmp"), None), "--test labs"),
            (TestTarget::of(None, None), "--lib"),
            (TestTarget::of(None, Some("my-raft")), "--bin my-raft"),
        ] {
            let expected = format!("RAFTSIM_SEED=54 cargo test {option} mine::speed_3b -- --exact");
            assert_eq!(line(target), expected);
        }
        assert_eq!(site.file_stem(), "labs-mine-speed_3b");
        let program = "cargo run --".to_owned();
        let command = OwnCommand { program, node: "mine".to_owned(), is_default: false };
        assert_eq!(
            command.seed_line("shrink", "speed_3b", 54),
            "cargo run -- shrink speed_3b --seed 54 --node mine"
        );
        let of_type = command.plan_line("a.toml", "my-raft");
        assert_eq!(of_type, "cargo run -- replay a.toml --node mine");
        assert_eq!(command.plan_line("a.toml", "mine"), "cargo run -- replay a.toml");
    }

    #[test]
    fn a_package_of_a_workspace_is_named() {
        let folder = Some(env!("CARGO_MANIFEST_DIR"));
        let (path, package) = ("main::speed_3b", Some("sim-scenarios"));
        let site = Site { path, package, folder, target: TestTarget::Test, node: "Raft" };
        let line = "A=1 cargo test -p sim-scenarios --test main speed_3b -- --exact";
        assert_eq!(site.test_line("A", "1"), line);
        // It has a library alone.
        assert!(site.command().is_none());
    }

    #[test]
    fn files_are_named_as_seen_from_where_lines_are_pasted() {
        let folder = env!("CARGO_MANIFEST_DIR");
        let (path, package) = ("main::fuzz", Some("sim-scenarios"));
        let target = TestTarget::Test;
        let site = Site { path, package, folder: Some(folder), target, node: "Raft" };
        // It is a member of a workspace, which is the folder around it.
        let shown = |file: &str| site.shown(Path::new(file)).display().to_string();
        assert_eq!(shown("target/pages/a.html"), "sim-scenarios/target/pages/a.html");
        assert_eq!(shown("/elsewhere/a.toml"), "/elsewhere/a.toml");
        assert_eq!(site.found("Cargo.toml"), Path::new("Cargo.toml"));
        let there = site.found("sim-scenarios/Cargo.toml");
        assert_eq!(there, Path::new(folder).join("Cargo.toml"));
        // A package of its own is that folder.
        let alone = Site { folder: Some("/home/me/my-raft"), ..site };
        let shown = alone.shown(Path::new("/home/me/my-raft/target/tmp/a.toml"));
        assert_eq!(shown, Path::new("target/tmp/a.toml"));
    }
}
