//! Standard output, whose reader may close it at any time.

use std::ffi::OsString;
use std::io::{self, IsTerminal, Write as _};
use std::time::Duration;

use comfy_table::{ContentArrangement, Table, presets};
use raftsim_node::Time;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sim_scenarios::terminal::complain;

use crate::command::args::When;
use crate::command::bad::Bad;

/// Prints a line. It is no error if the reader has closed the pipe: the runs did what they did.
pub(crate) fn line(text: &str) -> io::Result<()> {
    match writeln!(io::stdout().lock(), "{text}") {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        printed => printed,
    }
}

/// Prints a value as a line of JSON, before the work goes on: if the reader has closed the pipe,
/// there is nobody left to work for.
pub(crate) fn json_so_far(value: &impl Serialize) -> Result<(), Bad> {
    match writeln!(io::stdout().lock(), "{}", as_json(value)) {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Err(Bad::Unread),
        printed => Ok(printed?),
    }
}

/// Prints a value as a line of JSON.
pub(crate) fn json(value: &impl Serialize) -> Result<(), Bad> {
    Ok(line(&as_json(value))?)
}

fn as_json(value: &impl Serialize) -> String {
    serde_json::to_string(value).expect("our own types turn into JSON")
}

/// A seed in an object: a number up to 2^53, and beyond it a string of digits, since many readers of
/// JSON round such a number.
#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it so")]
pub(crate) fn seed<S: Serializer>(seed: &u64, serializer: S) -> Result<S::Ok, S::Error> {
    const EXACT: u64 = 1 << 53;
    if *seed <= EXACT { serializer.serialize_u64(*seed) } else { serializer.collect_str(seed) }
}

/// The same of a seed that there may be.
#[expect(clippy::ref_option, reason = "serde calls it so")]
pub(crate) fn optional_seed<S: Serializer>(
    optional: &Option<u64>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    match optional {
        Some(given) => seed(given, serializer),
        None => serializer.serialize_none(),
    }
}

/// Reads a seed that [`seed`] wrote.
pub(crate) fn read_seed<'a, D: Deserializer<'a>>(deserializer: D) -> Result<u64, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Written {
        Number(u64),
        Digits(String),
    }
    match Written::deserialize(deserializer)? {
        Written::Number(seed) => Ok(seed),
        Written::Digits(digits) => digits.parse().map_err(D::Error::custom),
    }
}

/// Prints lines for people: on stderr if stdout is for objects.
pub(crate) fn note(json: bool, lines: &str) -> Result<(), Bad> {
    if json {
        lines.trim_start().lines().for_each(|line| complain(format_args!("{line}")));
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

/// The width and the height of the terminal; `None` if there is none.
pub(crate) fn terminal_size() -> Option<(usize, usize)> {
    let (width, height) = terminal_size::terminal_size()?;
    Some((usize::from(width.0), usize::from(height.0)))
}

/// Whether to print colors on a stream.
#[expect(clippy::disallowed_methods, reason = "the command reads its documented variables")]
pub(crate) fn has_colors(stream: &impl IsTerminal, when: When) -> bool {
    match when {
        When::Always => true,
        When::Never => false,
        When::Auto => wants_colors(stream.is_terminal(), std::env::var_os),
    }
}

/// Whether these variables ask for colors: not if `NO_COLOR` is set (<https://no-color.org>), else
/// if `CLICOLOR_FORCE` is set to anything but 0, else on a terminal that is not `dumb`.
fn wants_colors(is_terminal: bool, variable: impl Fn(&'static str) -> Option<OsString>) -> bool {
    let value = |name| variable(name).unwrap_or_default();
    let forced = value("CLICOLOR_FORCE");
    let is_forced = !forced.is_empty() && forced != "0";
    value("NO_COLOR").is_empty() && (is_forced || (is_terminal && value("TERM") != "dumb"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_decide_whether_there_are_colors() {
        let with = |is_terminal, set: &[(&'static str, &'static str)]| {
            wants_colors(is_terminal, |name| {
                set.iter().find(|(set, _)| *set == name).map(|(_, value)| value.into())
            })
        };
        for (on_terminal, in_pipe, set) in [
            (true, false, &[("TERM", "xterm")][..]),
            (true, false, &[("NO_COLOR", "")]),
            (true, false, &[("TERM", ""), ("CLICOLOR_FORCE", "0")]),
            (true, true, &[("CLICOLOR_FORCE", "1")]),
            (true, true, &[("TERM", "dumb"), ("CLICOLOR_FORCE", "1")]),
            (false, false, &[("TERM", "dumb")]),
            (false, false, &[("NO_COLOR", "1")]),
            (false, false, &[("NO_COLOR", "1"), ("CLICOLOR_FORCE", "1")]),
        ] {
            assert_eq!([with(true, set), with(false, set)], [on_terminal, in_pipe], "{set:?}");
        }
    }
}
