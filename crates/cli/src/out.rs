//! Standard output, whose reader may go away at any time.

use std::io::{self, IsTerminal, Write as _};

/// Prints a text; nobody minds if nobody reads it.
pub(crate) fn print(text: &str) {
    let _ = write!(io::stdout(), "{text}");
}

/// Prints a line. A reader that has enough is no error: it does not change what the runs did.
pub(crate) fn line(text: &str) -> io::Result<()> {
    match writeln!(io::stdout().lock(), "{text}") {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        printed => printed,
    }
}

/// Whether people see colors: a terminal that was not asked to be plain (<https://no-color.org>).
#[expect(clippy::disallowed_methods, reason = "the command reads its documented variables")]
pub(crate) fn has_colors(stream: &impl IsTerminal) -> bool {
    stream.is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|it| it.is_empty())
}
