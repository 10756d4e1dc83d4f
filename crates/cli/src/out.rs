//! Standard output, whose reader may go away at any time.

use std::io::{self, IsTerminal, Write as _};

use comfy_table::{ContentArrangement, Table, presets};
use raftsim_node::Duration;
use serde::Serialize;

use crate::bad::Bad;

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

/// Prints a value as a line of JSON.
pub(crate) fn json(value: &impl Serialize) -> Result<(), Bad> {
    let text = serde_json::to_string(value).expect("our own types turn into JSON");
    Ok(line(&text)?)
}

/// A plain table under a heading.
pub(crate) fn table<const COLUMNS: usize>(heading: [&str; COLUMNS]) -> Table {
    let mut table = Table::new();
    table.load_preset(presets::NOTHING).set_content_arrangement(ContentArrangement::Disabled);
    table.set_header(heading);
    table
}

/// A span of virtual time in seconds.
#[expect(clippy::cast_precision_loss, reason = "for people")]
pub(crate) fn seconds(span: Duration) -> f64 {
    span.as_nanos() as f64 / 1e9
}

/// Whether people see colors: a terminal that was not asked to be plain (<https://no-color.org>).
#[expect(clippy::disallowed_methods, reason = "the command reads its documented variables")]
pub(crate) fn has_colors(stream: &impl IsTerminal) -> bool {
    stream.is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|it| it.is_empty())
}
