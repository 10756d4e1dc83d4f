//! Where a macro made a test, and so the lines that run it again: to be pasted into a shell, and to
//! work there.

use std::fs;
use std::path::Path;

use super::node_name;
use crate::shell::{plan_word, shell_word};

/// The tests of a crate may be built without the feature that its command needs. To name a feature
/// that the dependency has anyway does no harm.
const FEATURE: &str = "--features raftsim/command";

/// Where a macro made a test.
#[derive(Clone, Copy, Debug)]
pub struct Site {
    /// The test's name, after the name of its crate: `crate::module::test`.
    pub path: &'static str,
    /// The package of the test, if cargo built it.
    pub package: Option<&'static str>,
    /// The folder of the package's manifest, if cargo built it.
    pub folder: Option<&'static str>,
    /// The node's type, as the source has it; empty if it is not known.
    pub node: &'static str,
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
            node: stringify!($($node)?),
        }
    };
}

impl Site {
    /// The test's name in its binary.
    pub(super) fn name(&self) -> &str {
        self.path.split_once("::").map_or(self.path, |(_, name)| name)
    }

    /// The line that runs the test again with a variable, whose value is this word.
    pub(super) fn test_line(&self, variable: &str, word: &str) -> String {
        format!("{variable}={word} cargo test{} {}", self.package_option(), self.name())
    }

    /// The option that names the package, if it may be one of several.
    fn package_option(&self) -> String {
        let folder = Path::new(self.folder.unwrap_or_default());
        let is_member = folder.ancestors().skip(1).any(is_workspace);
        match self.package {
            Some(package) if is_member => format!(" -p {}", shell_word(package)),
            Some(_) | None => String::new(),
        }
    }

    /// The package's own command, if it has one that knows the node of this type.
    pub(super) fn command(&self) -> Option<OwnCommand> {
        let main = Path::new(self.folder?).join("src/main.rs");
        let known = known_nodes(&fs::read_to_string(main).ok()?)?;
        let place = known.iter().position(|(_, last)| last == last_segment(self.node))?;
        let program = format!("cargo run{} {FEATURE} --", self.package_option());
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

/// Whether a folder has the manifest of a workspace.
fn is_workspace(folder: &Path) -> bool {
    let manifest = fs::read_to_string(folder.join("Cargo.toml"));
    manifest.is_ok_and(|manifest| manifest.lines().any(|line| line.trim() == "[workspace]"))
}

/// The nodes that the source of a command lists, as far as that can be seen: what it calls each, and
/// the last part of its type's path. `None` if it makes no command of ours.
fn known_nodes(source: &str) -> Option<Vec<(String, String)>> {
    let (_, list) = source.split_once("main_with").and_then(|_| source.split_once("nodes!"))?;
    let list = list.trim_start().strip_prefix(['[', '('])?;
    let list = list.split([']', ')']).next()?;
    let nodes = list.split(',').map(str::trim).filter(|node| !node.is_empty());
    let known = nodes.map(|node| match node.split_once("=>") {
        Some((name, path)) => (name.trim().trim_matches('"').to_owned(), last_segment(path)),
        None => (node_name(node), last_segment(node)),
    });
    Some(known.map(|(name, last)| (name, last.to_owned())).collect())
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
        let named = format!("{main}\n\"mine\" => MyRaft,\n\"old\" => old::Raft<Disk>,\n])}}");
        assert_eq!(known(&named), [pair("mine", "MyRaft"), pair("old", "Raft")]);
        assert_eq!(known("fn main() {}"), []);
    }

    #[test]
    fn lines_name_what_they_run() {
        let (path, package) = ("labs::mine::speed_3b", Some("my-raft"));
        let site = Site { path, package, folder: None, node: "MyRaft" };
        assert_eq!(
            site.test_line("RAFTSIM_SEED", "54"),
            "RAFTSIM_SEED=54 cargo test mine::speed_3b"
        );
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
        let (path, package) = ("labs::speed_3b", Some("sim-scenarios"));
        let site = Site { path, package, folder, node: "Raft" };
        assert_eq!(site.test_line("A", "1"), "A=1 cargo test -p sim-scenarios speed_3b");
        // It has a library alone.
        assert!(site.command().is_none());
    }
}
