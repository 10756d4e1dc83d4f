//! What a red test prints of a run that fails.

use std::fmt::Write as _;

use raftsim_explore::{Run, Story};
use raftsim_node::Time;
use raftsim_sim::Failure;
use raftsim_view::{Columns, Filter, last_lines, servers_at_the_end};

/// The width of the lines.
const WIDTH: usize = 110;

/// The state of every server at the end of a run, as lines with a heading; none if it is not known.
pub(super) fn servers(run: &Run) -> String {
    let servers = run.story.as_ref().map_or(&[][..], |story| story.servers());
    servers_at_the_end(servers).into_iter().map(|line| line + "\n").collect()
}

/// The last lines of a run, with headings.
pub(super) fn last(run: &Run, story: &dyn Story, failure: &Failure) -> String {
    let mut text = String::new();
    for line in last_lines(&story.named_rows(), run.servers(), failure.accused(), WIDTH) {
        writeln!(text, "{line}").expect("writing to a string");
    }
    if story.missing() > 0 {
        let missing = story.missing();
        writeln!(text, "  (and {missing} more, too many to keep)").expect("writing to a string");
    }
    text
}

/// Prints the whole trace of a run, as `replay` does.
pub(super) fn print_trace(run: &Run) {
    let Some(story) = &run.story else { return };
    let filter = Filter { since: Time::ZERO, ..Filter::default() };
    let mut columns = Columns::new(run.roles.len(), filter, false);
    println!("{}", columns.heading());
    for row in story.named_rows() {
        if let Some(line) = columns.line(&row) {
            println!("{line}");
        }
    }
    if story.missing() > 0 {
        println!("(and {} more, too many to keep)", story.missing());
    }
}
