//! How a run ended, in a few lines.

use raftsim_node::{NodeId, Role, Status, Time};
use raftsim_sim::{LogShown, Row, RowTopic, ServerState, SnapshotShown, Waits};
use raftsim_view::{Columns, Filter, Repeats, cut, last_lines, servers_table};

use crate::support::{becomes, row, world};

const HEARTBEAT: &str = "-> n2 Append { term: 1 } #7 +0.001000s";

/// What two servers say to each other again and again, and what happened before.
fn ping_pong() -> Vec<Row> {
    let mut rows = vec![
        world(100, RowTopic::Fault, "isolate n3"),
        becomes(200, 1, Role::Leader, 1),
        becomes(201, 3, Role::Candidate, 9),
        row(202, 1, RowTopic::Note, "why"),
    ];
    for round in 0..40 {
        let (time, seq) = (300 + 10 * round, round);
        let sent = format!("-> n2 Append {{ term: 1 }} #{seq} +0.00{}00s", round % 10);
        rows.push(row(time, 1, RowTopic::Append, &sent));
        let seen = format!("<- n1 Append {{ term: 1 }} #{seq}");
        rows.push(row(time + 1, 2, RowTopic::Append, &seen));
        rows.push(row(
            time + 2,
            2,
            RowTopic::Append,
            &format!("-> n1 TooShort {{ last: {round} }}"),
        ));
    }
    rows
}

#[test]
fn the_last_lines_have_what_matters_first_and_each_kind_of_line_once() {
    let accused = [NodeId::new(1)];
    assert_eq!(
        last_lines(&ping_pong(), 3, &accused, 80),
        [
            "the last faults, roles and checks:",
            "    0.100000s -- isolate n3",
            "    0.200000s n1 so",
            "the last lines of each server:",
            "    0.201000s n3 so",
            "    0.202000s n1 # why",
            "    0.690000s n1 -> n2 Append { term: 1 } #39 +0.00900s  … 39 more like it",
            "    0.691000s n2 <- n1 Append { term: 1 } #39  … 39 more like it",
            "    0.692000s n2 -> n1 TooShort { last: 39 }  … 39 more like it",
        ]
    );
}

#[test]
fn the_last_lines_are_few_and_no_wider_than_asked() {
    let mut rows = vec![];
    for number in 0..100 {
        let letters = "x".repeat(usize::try_from(number).unwrap() + 1);
        for server in 1..=7 {
            rows.push(row(number, server, RowTopic::Message, &format!("-> n1 {letters}")));
        }
        rows.push(world(number, RowTopic::Scenario, "check"));
    }
    let lines = last_lines(&rows, 7, &[], 40);
    assert_eq!(lines.len(), 2 + 8 + 7 * 2);
    assert!(lines.iter().all(|line| line.chars().count() <= 40), "{lines:#?}");
    assert_eq!(lines.last().unwrap(), "    0.099000s n7 -> n1 xxxxxxxxxxxxxxxx…");
}

#[test]
fn of_a_large_cluster_the_last_lines_are_those_of_the_accused_and_of_whoever_acted_last() {
    let rows: Vec<Row> =
        (1..=101).map(|it| row(it.into(), it, RowTopic::Timer, "timeout")).collect();
    let lines = last_lines(&rows, 101, &[NodeId::new(3)], 80);
    let mut expected = vec!["the last lines of some servers:".to_owned()];
    let nodes = [3].into_iter().chain(96..=101);
    expected.extend(nodes.map(|it| format!("    0.{it:03}000s n{it} timeout")));
    assert_eq!(lines, expected);
}

#[test]
fn a_line_is_cut_only_if_it_is_too_long() {
    assert_eq!([cut("añb", 3), cut("añbc", 3), cut("", 0)], ["añb", "añ…", ""]);
}

#[test]
fn columns_cut_their_text_to_the_width() {
    let mut columns = Columns::new(3, Filter::default(), false).cut_to(50);
    let line = columns.line(&row(1, 1, RowTopic::Append, HEARTBEAT)).unwrap();
    assert_eq!(line, "   0.001000s   [--]    --     --    -> n2 Append …");
    let short = columns.line(&row(1, 1, RowTopic::Timer, "timeout")).unwrap();
    assert_eq!(short, "   0.001000s   [--]    --     --    timeout");
}

/// The lines that are printed of these rows, each of which has its text as its line.
fn folded(rows: &[Row]) -> Vec<String> {
    let mut repeats = Repeats::new(3);
    let mut lines: Vec<String> =
        rows.iter().flat_map(|row| repeats.lines(row, row.text.clone())).collect();
    lines.extend(repeats.finish());
    lines
}

#[test]
fn lines_that_say_the_same_again_are_folded() {
    let beat = |seq: u64| row(seq, 1, RowTopic::Append, &format!("-> n2 Beat #{seq} +0.00{seq}s"));
    let mut rows: Vec<Row> = (1..=6).map(beat).collect();
    rows.insert(3, world(3, RowTopic::Fault, "heal"));
    rows.push(row(7, 1, RowTopic::Append, "-> n2 Entry #7"));
    assert_eq!(
        folded(&rows),
        [
            "-> n2 Beat #1 +0.001s",
            // A few repeated lines stay.
            "-> n2 Beat #2 +0.002s",
            "-> n2 Beat #3 +0.003s",
            "heal",
            "-> n2 Beat #4 +0.004s",
            "-> n2 Beat #5 +0.005s",
            "-> n2 Beat #6 +0.006s",
            "-> n2 Entry #7",
        ]
    );
    rows.splice(3..4, (11..=19).map(beat));
    assert_eq!(
        folded(&rows),
        [
            "-> n2 Beat #1 +0.001s",
            "              … 14 more lines that say what those above say",
            "-> n2 Entry #7",
        ]
    );
}

#[test]
fn what_a_leader_says_to_many_servers_in_turn_is_folded_too() {
    let round =
        |time| (2..=101).map(move |it| row(time, 1, RowTopic::Append, &format!("-> n{it} Beat")));
    let rows: Vec<Row> = round(1).chain(round(2)).collect();
    let mut repeats = Repeats::new(101);
    let mut lines: Vec<String> = vec![];
    for row in &rows {
        lines.extend(repeats.lines(row, row.text.clone()));
    }
    lines.extend(repeats.finish());
    assert_eq!(lines.len(), 101);
    assert_eq!(lines[100], "              … 100 more lines that say what those above say");
}

#[test]
fn roles_stay_and_other_servers_say_it_for_the_first_time() {
    let rows = [
        becomes(1, 1, Role::Follower, 1),
        becomes(2, 1, Role::Follower, 1),
        row(3, 1, RowTopic::Timer, "timeout"),
        row(4, 2, RowTopic::Timer, "timeout"),
    ];
    assert_eq!(folded(&rows), ["so", "so", "timeout", "timeout"]);
}

fn server(number: u8, status: Option<Status>) -> ServerState {
    ServerState {
        node: NodeId::new(number),
        life: 1,
        status,
        waits: Waits::default(),
        due: None,
        log: None,
        snapshot: None,
        memory: None,
    }
}

#[test]
fn the_table_has_what_is_known_of_each_server() {
    let log = |term, vote: Option<u8>, terms: &[u64]| {
        Some(LogShown { term, voted_for: vote.map(NodeId::new), first: 3, terms: terms.to_vec() })
    };
    let leads = Status::new(4, Role::Leader).with_commit(6);
    let follows = Status::new(4, Role::Follower).with_commit(0);
    let due = Some(Time::from_nanos(5_123_456_000));
    let servers = [
        ServerState { due, log: log(4, Some(1), &[1, 2, 3, 3, 4]), ..server(1, Some(leads)) },
        ServerState {
            log: log(3, None, &[]),
            snapshot: Some(SnapshotShown { index: 2, term: Some(1), bytes: 9 }),
            waits: Waits { is_paused: true, ..Waits::default() },
            ..server(2, Some(follows))
        },
        ServerState { log: log(3, Some(2), &[1]), ..server(3, None) },
    ];
    assert_eq!(
        servers_table(&servers),
        [
            "server  role              term        log               snapshot     commit  vote  timer",
            "n1      leader            4           … 4@2 5..6@3 7@4  -            6       n1    5.123456s",
            "n2      follower, paused  4 (disk 3)  empty             through 2@1  0       -     -",
            "n3      down              3           3@1               -            -       n2    -",
        ]
    );
}

#[test]
fn of_a_large_cluster_servers_that_are_alike_have_a_row_together() {
    let follows = Status::new(4, Role::Follower);
    let mut servers: Vec<ServerState> = (1..=101)
        .map(|number| {
            let due = Some(Time::from_nanos(5_000_000_000 + u64::from(200 - number)));
            ServerState { due, ..server(number, Some(follows)) }
        })
        .collect();
    servers[9] = server(10, Some(Status::new(4, Role::Leader)));
    for down in [12, 13, 20, 30, 40] {
        servers[down] = server(u8::try_from(down).unwrap() + 1, None);
    }
    assert_eq!(
        servers_table(&servers),
        [
            "server                                  role      term  timer",
            "n1..n9 n11 n12 n15..n20 … (95 servers)  follower  4     from 5.000000s",
            "n10                                     leader    4     -",
            "n13 n14 n21 n31 … (5 servers)           down      ?     -",
        ]
    );
    servers.truncate(9);
    assert_eq!(servers_table(&servers).len(), 10);
}

#[test]
fn a_column_of_which_nothing_is_known_is_left_out() {
    let servers = [server(1, Some(Status::new(1, Role::Candidate))), server(2, None)];
    assert_eq!(
        servers_table(&servers),
        [
            "server  role       term  timer",
            "n1      candidate  1     -",
            "n2      down       ?     -"
        ]
    );
    assert_eq!(
        servers_table(&[ServerState { life: 0, ..server(1, None) }])[1],
        "n1      not booted"
    );
}
