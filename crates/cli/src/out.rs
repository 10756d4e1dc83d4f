//! Standard output, whose reader may close it at any time.

use std::io::{self, IsTerminal, Write as _};
use std::time::Duration;

use comfy_table::{ContentArrangement, Table, presets};
use raftsim_node::Time;
use serde::Serialize;
use sim_scenarios::terminal::complain;

use crate::bad::Bad;

/// Prints a text. Errors are ignored: there is no better place to report them.
pub(crate) fn print(text: &str) {
    let _ = write!(io::stdout(), "{text}");
}

/// Prints a line. It is no error if the reader has closed the pipe: the runs did what they did.
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

/// Prints lines for people: on stderr if stdout is for objects.
pub(crate) fn note(json: bool, lines: &str) -> Result<(), Bad> {
    if json {
        complain(format_args!("{}", lines.trim_start()));
        return Ok(());
    }
    Ok(line(lines)?)
}

/// A plain table under a heading.
pub(crate) fn table<const COLUMNS: usize>(heading: [&str; COLUMNS]) -> Table {
    let mut table = Table::new();
    table.load_preset(presets::NOTHING).set_content_arrangement(ContentArrangement::Disabled);
    table.set_header(heading);
    table
}

/// The virtual time in seconds that a run took, which ended at `end`.
pub(crate) fn seconds(end: Time) -> f64 {
    Duration::from_nanos(end.as_nanos()).as_secs_f64()
}

/// Whether to print colors: to a terminal, unless `NO_COLOR` asks for none
/// (<https://no-color.org>).
#[expect(clippy::disallowed_methods, reason = "the command reads its documented variables")]
pub(crate) fn has_colors(stream: &impl IsTerminal) -> bool {
    stream.is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|it| it.is_empty())
}
