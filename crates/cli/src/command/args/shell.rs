//! The arguments of `completions` and `man`.

use clap::Args;
use clap_complete::Shell;

/// Print a script by which a shell completes commands and options of this program.
///
/// For bash: `raftsim completions bash > ~/.local/share/bash-completion/completions/raftsim`.
#[derive(Debug, Args)]
pub(crate) struct CompletionsArgs {
    /// The shell.
    #[arg(value_name = "SHELL")]
    pub(crate) shell: Shell,
}

/// Print the manual page of this program, or of one of its commands: `raftsim man run | man -l -`.
#[derive(Debug, Args)]
pub(crate) struct ManArgs {
    /// A command [default: the page of the whole program].
    #[arg(value_name = "COMMAND")]
    pub(crate) command: Option<String>,
}
