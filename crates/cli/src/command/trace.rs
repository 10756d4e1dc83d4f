//! The trace that `replay` prints: which records, and how their lines fit into a terminal.

use std::io::{self, IsTerminal as _};

use raftsim_explore::Story;
use raftsim_node::Time;
use raftsim_sim::{Row, RowTopic, ServerState};
use raftsim_view::{Columns, Filter, Repeats, servers_at_the_end};
use sim_scenarios::terminal::complain;

use crate::command::args::ReplayArgs;
use crate::command::bad::Bad;
use crate::command::out;
use crate::command::pager::Printer;
use crate::command::plans::OneRun;
use crate::command::replay::complain_of_missing;

/// Prints what happened, under the arguments' filters. `fails` is whether the run does.
pub(crate) fn print(
    args: &ReplayArgs,
    printer: &mut Printer,
    story: &dyn Story,
    one: &OneRun<'_>,
    fails: bool,
) -> Result<(), Bad> {
    let rows = story.named_rows();
    print_rows(args, printer, &rows, one.servers)?;
    print_hidden(args, printer, &rows, fails)?;
    complain_of_topics(args, &rows);
    complain_of_missing(story, one);
    Ok(())
}

/// Prints the state of each server when the run failed.
pub(crate) fn print_servers(printer: &mut Printer, servers: &[ServerState]) -> Result<(), Bad> {
    Ok(servers_at_the_end(servers).iter().try_for_each(|line| printer.line(line))?)
}

/// Prints one line per record, one column per server.
fn print_rows(
    args: &ReplayArgs,
    printer: &mut Printer,
    rows: &[Row],
    servers: u8,
) -> Result<(), Bad> {
    let filter = filter(args, topics(args));
    let colored = out::has_colors(&io::stdout(), args.colors.color);
    let width = width(args);
    let columns = Columns::new(usize::from(servers), filter, colored);
    let mut columns = columns.cut_to(width.unwrap_or(usize::MAX));
    printer.line(&columns.heading())?;
    let mut repeats = Repeats::new(usize::from(servers));
    for row in rows {
        let Some(line) = columns.line(row) else { continue };
        let lines = if width.is_some() { repeats.lines(row, line) } else { vec![line] };
        lines.iter().try_for_each(|line| printer.line(line))?;
    }
    Ok(repeats.finish().iter().try_for_each(|line| printer.line(line))?)
}

/// After how many characters lines are cut; `None` if they are whole.
fn width(args: &ReplayArgs) -> Option<usize> {
    let of_terminal = || {
        let size = out::terminal_size().filter(|_| io::stdout().is_terminal());
        size.map(|(width, _)| width)
    };
    args.width.or_else(of_terminal).filter(|&width| width > 0)
}

/// The topics that nodes give to messages.
const OF_MESSAGES: [RowTopic; 3] = [RowTopic::Vote, RowTopic::Append, RowTopic::Snapshot];

/// Says on stderr that messages of a topic were asked for, but no message of the run has one.
fn complain_of_topics(args: &ReplayArgs, rows: &[Row]) {
    if asks_in_vain(&args.topic, rows) {
        complain(format_args!(
            "no message of this node has a topic (`Message::topic`): `--topic message` shows them"
        ));
    }
}

/// Whether messages of a topic are asked for, but the node gives its messages none.
fn asks_in_vain(asked: &[RowTopic], rows: &[Row]) -> bool {
    let mut sent = rows.iter().filter(|row| row.message.is_some()).peekable();
    let asks = OF_MESSAGES.iter().any(|topic| asked.contains(topic));
    asks && sent.peek().is_some() && sent.all(|row| row.topic == RowTopic::Message)
}

/// The lines of these topics that the arguments select.
pub(crate) fn filter(args: &ReplayArgs, topics: Vec<RowTopic>) -> Filter {
    Filter {
        servers: args.server.clone(),
        topics,
        since: args.since.unwrap_or(Time::ZERO),
        until: args.until.unwrap_or(Time::MAX),
    }
}

/// The topics that the arguments select: without any, all but what programs print.
pub(crate) fn topics(args: &ReplayArgs) -> Vec<RowTopic> {
    let all = || RowTopic::ALL.iter().map(|(_, topic)| *topic);
    let mut topics = args.topic.clone();
    if topics.is_empty() {
        topics.extend(all().filter(|topic| *topic != RowTopic::Log));
    }
    topics.extend(args.log.iter().map(|_| RowTopic::Log));
    topics
}

/// How many of the lines that programs printed are shown of a run that fails, if none was asked for.
const LAST: usize = 3;

/// Prints how many lines programs printed, if no argument asks for them or for other topics; and the
/// last of them if the run fails, for these may say why.
fn print_hidden(
    args: &ReplayArgs,
    printer: &mut Printer,
    rows: &[Row],
    fails: bool,
) -> Result<(), Bad> {
    if args.log.is_some() || !args.topic.is_empty() {
        return Ok(());
    }
    let filter = filter(args, vec![RowTopic::Log]);
    let hidden: Vec<&Row> = rows.iter().filter(|row| filter.shows(row)).collect();
    if hidden.is_empty() {
        return Ok(());
    }
    let count = hidden.len();
    let lines = if count == 1 { "line" } else { "lines" };
    printer.line(&format!("printed: {count} {lines}, which `--log` shows where they belong"))?;
    let last = if fails { &hidden[count.saturating_sub(LAST)..] } else { &[] };
    for row in last {
        let server = row.node.map_or_else(String::new, |node| format!(" {node}"));
        printer.line(&format!("{:>12} {server} | {}", row.time_text(), row.text))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use raftsim_node::NodeId;
    use raftsim_sim::MessageName;

    use super::*;

    fn sent(topic: RowTopic) -> Row {
        let (from, to) = (NodeId::new(1), NodeId::new(2));
        Row {
            time: Time::ZERO,
            node: Some(from),
            life: 1,
            topic,
            text: String::new(),
            status: None,
            ends_life: false,
            message: Some(MessageName { from, to, seq: 1 }),
        }
    }

    #[test]
    fn topics_are_asked_for_in_vain_if_no_message_has_one() {
        use RowTopic::{Append, Message, Role, Snapshot, Vote};
        // The service's snapshots have the topic too, but are no messages.
        let compacted = Row { message: None, ..sent(Snapshot) };
        let without = [sent(Message), compacted.clone(), sent(Message)];
        let with = [sent(Message), sent(Vote)];
        for asked in [&[Append, Snapshot][..], &[Vote], &[Role, Append]] {
            assert!(asks_in_vain(asked, &without), "{asked:?}");
            assert!(!asks_in_vain(asked, &with), "{asked:?}");
            assert!(
                !asks_in_vain(asked, std::slice::from_ref(&compacted)),
                "{asked:?}: nothing was sent"
            );
        }
        assert!(!asks_in_vain(&[Message, Role], &without));
        assert!(!asks_in_vain(&[], &without));
    }
}
