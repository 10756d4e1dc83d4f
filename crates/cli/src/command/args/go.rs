//! The arguments of `go`.

use std::ffi::OsString;

use clap::Args;

/// Test a Go package of the labs as it is: `go src/raft1 run --lab 3A`.
///
/// Compiles the package in this folder with the Go toolchain on this machine, touching nothing
/// there. Then does what `run`, `replay`, `shrink` or `fuzz` does, with `--node go:DIR`. Without a
/// command it does what `run` does, with the options that are given. `run` takes 20 seeds of each
/// scenario, unless `--seeds` is given.
#[derive(Debug, Args)]
pub(crate) struct GoArgs {
    /// The folder of the Raft package.
    #[arg(value_name = "DIR")]
    dir: String,
    /// A command with its arguments [default: run].
    #[arg(value_name = "COMMAND", trailing_var_arg = true, allow_hyphen_values = true)]
    command: Vec<OsString>,
}

/// How many seeds `run` takes: a run of a Go package takes some hundred times as long as one of a
/// Raft in Rust.
const SEEDS: &str = "20";

impl GoArgs {
    /// The same command without `go`.
    pub(crate) fn words(self, typed: OsString) -> Vec<OsString> {
        let mut command = self.command.into_iter().peekable();
        let is_option = |word: &OsString| word.to_string_lossy().starts_with('-');
        let verb = command.next_if(|word| !is_option(word)).unwrap_or_else(|| "run".into());
        let mut words = vec![typed, verb.clone()];
        if ["run", "replay", "shrink", "fuzz"].iter().any(|known| verb == *known) {
            words.extend(["--node".into(), format!("go:{}", self.dir).into()]);
        }
        let command: Vec<OsString> = command.collect();
        let has_seeds = command.iter().any(|word| word.to_string_lossy().starts_with("--seeds"));
        if verb == "run" && !has_seeds {
            words.extend(["--seeds".into(), SEEDS.into()]);
        }
        words.extend(command);
        words
    }
}
