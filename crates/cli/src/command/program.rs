//! How the lines to paste begin: with what started this program.

use std::env;
use std::path::{Path, PathBuf};

use sim_scenarios::shell::{cargo_run, shell_word};

/// The name of the program that was started as `typed`, without its folder: what scripts for shells
/// and manual pages call it.
pub(crate) fn name(typed: &str) -> String {
    let stem = Path::new(typed).file_stem();
    stem.map_or("raftsim".to_owned(), |stem| stem.to_string_lossy().into_owned())
}

/// How the lines begin that run the program again that was started as `typed`: as cargo runs it if
/// cargo did, else with the name, and with the folder if that was typed too.
#[expect(clippy::disallowed_methods, reason = "set by cargo, which started this program")]
pub(crate) fn line(typed: &str) -> String {
    let folder = env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from);
    let package = env::var("CARGO_PKG_NAME").ok();
    let by_cargo =
        folder.and_then(|folder| by_cargo(Path::new(typed), package.as_deref(), &folder));
    by_cargo.unwrap_or_else(|| shell_word(if typed.contains('/') { typed } else { program(typed) }))
}

/// The name as it is typed where the shell looks for it.
fn program(typed: &str) -> &str {
    typed.strip_suffix(".exe").unwrap_or(typed)
}

/// How cargo runs the program that it built at `path`; `None` if that is not where cargo builds one. A
/// test that cargo runs hands its variables on to all that it starts.
fn by_cargo(path: &Path, package: Option<&str>, folder: &Path) -> Option<String> {
    let place = path.parent()?;
    let name = path.file_stem()?.to_str()?;
    let (example, place) = match place.file_name()?.to_str()? {
        "examples" => (format!(" --example {}", shell_word(name)), place.parent()?),
        _ => (String::new(), place),
    };
    let profile = match place.file_name()?.to_str()? {
        "debug" => String::new(),
        "release" => " --release".to_owned(),
        other if place.join("deps").is_dir() => format!(" --profile {}", shell_word(other)),
        _ => return None,
    };
    Some(cargo_run(package, folder, &format!("{profile}{example}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_that_cargo_runs_is_run_by_cargo_again() {
        let run = |path: &str, package: &str| {
            by_cargo(Path::new(path), Some(package), Path::new("/home/me/my-raft"))
        };
        let expected = "cargo run --features raftsim/command --";
        assert_eq!(run("target/debug/my-raft", "my-raft").as_deref(), Some(expected));
        let expected = "cargo run --release --features raftsim/command --";
        assert_eq!(run("/tmp/target/release/my-raft", "my-raft").as_deref(), Some(expected));
        let expected = "cargo run --example mine --features raftsim/command --";
        assert_eq!(run("target/debug/examples/mine", "my-raft").as_deref(), Some(expected));
        // The project's own command has the feature.
        let expected = "cargo run --release --";
        assert_eq!(run("target/release/raftsim", "raftsim").as_deref(), Some(expected));
        assert_eq!(run("/usr/local/bin/my-raft", "my-raft"), None);
        assert_eq!(run("my-raft", "my-raft"), None);
    }

    #[test]
    fn a_program_has_the_name_of_its_file() {
        assert_eq!(name("target/debug/my-raft"), "my-raft");
        assert_eq!(name("my-raft.exe"), "my-raft");
        assert_eq!(name(""), "raftsim");
    }
}
