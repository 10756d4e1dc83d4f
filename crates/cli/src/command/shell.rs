//! `completions` and `man`: what a shell and a reader of manuals want to know of the command line.

use std::io;

use raftsim_plan::TextError;

use crate::command::Exit;
use crate::command::args::{CompletionsArgs, ManArgs, command};
use crate::command::bad::Bad;
use crate::command::nodes::NodeEntry;
use crate::command::out;

/// Prints the script for a shell.
pub(crate) fn completions(
    args: &CompletionsArgs,
    program: &str,
    nodes: &[NodeEntry],
) -> Result<Exit, Bad> {
    let mut script = vec![];
    clap_complete::generate(args.shell, &mut command(program, nodes), program, &mut script);
    print(&script)
}

/// Prints a manual page.
pub(crate) fn man(args: &ManArgs, program: &str, nodes: &[NodeEntry]) -> Result<Exit, Bad> {
    let mut whole = command(program, nodes).name(program.to_owned());
    whole.build();
    let page = match &args.command {
        None => whole,
        Some(name) => {
            let known = || whole.get_subcommands().map(clap::Command::get_name);
            let found = whole.find_subcommand(name).cloned();
            found.ok_or_else(|| TextError::unknown("command", name, known()))?
        }
    };
    let mut text = vec![];
    clap_mangen::Man::new(page).render(&mut text).map_err(Bad::Output)?;
    print(&text)
}

fn print(text: &[u8]) -> Result<Exit, Bad> {
    let text = str::from_utf8(text).map_err(io::Error::other)?;
    out::line(text.trim_end())?;
    Ok(Exit::Passed)
}
