//! Commands to paste into a shell: a name becomes one word that the shell reads as this name; and
//! how a command begins that cargo runs.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use raftsim_sim::text::foreign::is_harmful;

/// The tests of a crate may be built without the feature that its command needs. To name a feature
/// that the dependency has anyway does no harm.
const FEATURE: &str = " --features raftsim/command";

/// How cargo runs the command of the package in `folder`, up to the command's own arguments, with
/// these `options` of cargo, each after a blank.
pub fn cargo_run(package: Option<&str>, folder: &Path, options: &str) -> String {
    if package == Some("raftsim") {
        // The project's own command, the only one of its workspace, has the feature by default.
        return format!("cargo run{options} --");
    }
    format!("cargo run{}{options}{FEATURE} --", package_option(package, folder))
}

/// The option of cargo, after a blank, that names the package in `folder` if it may be one of
/// several.
pub(crate) fn package_option(package: Option<&str>, folder: &Path) -> String {
    match (package, workspace(folder)) {
        (Some(package), Some(_)) => format!(" -p {}", shell_word(package)),
        (Some(_) | None, None) | (None, Some(_)) => String::new(),
    }
}

/// The folder of the workspace around the package in `folder`; `None` if it is a package of its own.
pub(crate) fn workspace(folder: &Path) -> Option<&Path> {
    let is_workspace = |folder: &&Path| {
        let manifest = fs::read_to_string(folder.join("Cargo.toml"));
        manifest.is_ok_and(|manifest| manifest.lines().any(|line| line.trim() == "[workspace]"))
    };
    // A package that is a workspace itself belongs to no other.
    let around = folder.ancestors().find(is_workspace);
    around.filter(|around| *around != folder)
}

/// A name as one word of a command line: as it is if no shell minds it, else in quotes. In a name
/// with control characters these are escaped (`$'a\012b'`, which every shell but the plainest reads).
pub fn shell_word(name: &str) -> String {
    let is_plain = |char: char| char.is_alphanumeric() || "_./:@%+,-".contains(char);
    if !name.is_empty() && name.chars().all(is_plain) {
        return name.to_owned();
    }
    if !name.contains(is_harmful) {
        return format!("'{}'", name.replace('\'', r"'\''"));
    }
    let mut word = "$'".to_owned();
    for char in name.chars() {
        // Some shells look up an exclamation mark among earlier commands, even here.
        if char == '!' || is_harmful(char) {
            // Three digits each, so that a digit that follows is not taken for a part of them.
            for byte in char.to_string().bytes() {
                write!(word, r"\{byte:03o}").expect("writing to a string");
            }
        } else {
            word.extend(matches!(char, '\'' | '\\').then_some('\\'));
            word.push(char);
        }
    }
    word.push('\'');
    word
}

/// The arguments of a command as a line.
pub fn shell_line(arguments: &[String]) -> String {
    let word = |argument: &String| match argument.split_once('=') {
        // No shell minds the equals sign after an option.
        Some((option, value)) if option.starts_with("--") => {
            format!("{}={}", shell_word(option), shell_word(value))
        }
        Some(_) | None => shell_word(argument),
    };
    arguments.iter().map(word).collect::<Vec<_>>().join(" ")
}

/// A plan's file as one word of a command line, which `replay` and `shrink` read as a file and not
/// as an option or a scenario.
pub fn plan_word(file: &str) -> String {
    let is_plain = !file.starts_with('-') && (file.contains('/') || file.contains('.'));
    if is_plain { shell_word(file) } else { shell_word(&format!("./{file}")) }
}
