//! Lines that may be too many for a terminal: they go through a pager then, as git's do.

use std::env;
use std::io::{self, IsTerminal as _, Write as _};
use std::process::{Command, Stdio};

use crate::command::{out, stop};

/// Prints lines on standard output. Lines that may need a pager are held back until the end.
pub(crate) struct Printer {
    held: Option<Vec<String>>,
    /// How many lines the terminal shows at once.
    height: usize,
}

impl Printer {
    /// A printer; with `pages`, and on a terminal, it uses a pager for more lines than that shows.
    pub(crate) fn new(pages: bool) -> Self {
        let size = out::terminal_size().filter(|_| pages && io::stdout().is_terminal());
        match size {
            Some((_, height)) => Self { held: Some(vec![]), height },
            None => Self { held: None, height: usize::MAX },
        }
    }

    /// Prints a line, or holds it back.
    pub(crate) fn line(&mut self, text: &str) -> io::Result<()> {
        match &mut self.held {
            Some(held) => held.push(text.to_owned()),
            None => return out::line(text),
        }
        Ok(())
    }

    /// Prints what was held back.
    pub(crate) fn finish(self) -> io::Result<()> {
        let Self { held, height } = self;
        let lines = held.unwrap_or_default();
        if lines.len() >= height && page(&lines) {
            return Ok(());
        }
        lines.iter().try_for_each(|line| out::line(line))
    }
}

/// What shows lines if no variable names another pager. It ends at once if they fit (F), shows
/// colors (R), and leaves the lines on the screen (X).
const PAGER: &str = "less -FRX";

/// What a shell returns if there is no such command, or it cannot be run.
const NOT_RUN: [i32; 2] = [127, 126];

/// Shows lines in a pager, until the user leaves it. Returns false if there is none.
fn page(lines: &[String]) -> bool {
    let named = ["RAFTSIM_PAGER", "PAGER"].into_iter().find_map(variable);
    let pager = named.unwrap_or_else(|| PAGER.to_owned());
    if pager.is_empty() || pager == "cat" {
        return false;
    }
    // Ctrl-C is for the pager.
    stop::ignore_signals();
    let mut command = Command::new("sh");
    command.args(["-c", &pager]).stdin(Stdio::piped());
    if variable("LESS").is_none() {
        command.env("LESS", "FRX");
    }
    let Ok(mut child) = command.spawn() else { return false };
    if let Some(mut stdin) = child.stdin.take() {
        // A user who has seen enough leaves early.
        let _ = lines.iter().try_for_each(|line| writeln!(stdin, "{line}"));
    }
    child.wait().is_ok_and(|status| status.code().is_none_or(|code| !NOT_RUN.contains(&code)))
}

#[expect(clippy::disallowed_methods, reason = "the command reads its documented variables")]
fn variable(name: &str) -> Option<String> {
    env::var(name).ok()
}
