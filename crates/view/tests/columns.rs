//! The lines of a drawn run.

use raftsim_node::NodeId;
use raftsim_node::Role::{Candidate, Follower, Leader, PreCandidate};
use raftsim_sim::{Row, RowTopic};
use raftsim_view::{Columns, Filter};

use crate::support::{becomes, crashes, row, shown, world};

fn lines(rows: &[Row]) -> Vec<String> {
    shown(Filter::default(), rows)
}

#[test]
fn the_heading_names_every_server_and_ends_with_the_last() {
    let heading = |servers| Columns::new(servers, Filter::default(), false).heading();
    assert_eq!(heading(1), "        time    n1");
    assert_eq!(heading(3), "        time    n1     n2     n3");
    assert_eq!(heading(0), "        time");
}

#[test]
fn of_a_large_cluster_a_line_shows_the_server_that_it_is_about_and_the_leader() {
    let mut columns = Columns::new(101, Filter::default(), false);
    assert_eq!(columns.heading(), "        time  server    leader");
    let rows = [
        becomes(1, 101, Candidate, 12),
        becomes(2, 101, Leader, 12),
        becomes(3, 7, Leader, 11),
        row(4, 10, RowTopic::Timer, "timeout"),
        world(5, RowTopic::Fault, "heal"),
        crashes(6, 101),
    ];
    let lines: Vec<String> = rows.iter().filter_map(|row| columns.line(row)).collect();
    assert_eq!(
        lines,
        [
            "   0.001000s  n101 C12            so",
            "   0.002000s  n101 L12  n101 L12  so",
            "   0.003000s  n7 L11    n101 L12  so",
            "   0.004000s  n10 --    n101 L12  timeout",
            "   0.005000s            n101 L12  heal",
            "   0.006000s  n101 --   n7 L11    crash",
        ]
    );
}

#[test]
fn of_a_large_cluster_the_servers_that_are_selected_have_columns_if_they_are_few() {
    let shown = |last: u8| {
        let servers = (1..=last).chain([101]).map(NodeId::new).collect();
        let filter = Filter { servers, ..Filter::default() };
        Columns::new(101, filter, false).heading()
    };
    assert_eq!(shown(1), "        time    n1    n101");
    assert!(shown(8).ends_with("  n8    n101"), "{}", shown(8));
    assert_eq!(shown(9), "        time  server    leader");
}

#[test]
fn nine_servers_have_a_column_each() {
    let heading = Columns::new(9, Filter::default(), false).heading();
    assert!(heading.ends_with("   n8     n9"), "{heading}");
}

#[test]
fn brackets_stand_around_the_server_that_a_line_is_about() {
    let rows = [1, 2, 3].map(|node| row(1500, node, RowTopic::Timer, "timeout"));
    assert_eq!(
        lines(&rows),
        [
            "   1.500000s   [--]    --     --    timeout",
            "   1.500000s    --    [--]    --    timeout",
            "   1.500000s    --     --    [--]   timeout",
        ]
    );
}

#[test]
fn every_line_shows_what_each_server_last_became() {
    let rows = [
        becomes(1, 1, Follower, 0),
        becomes(2, 2, PreCandidate, 3),
        becomes(3, 2, Candidate, 4),
        becomes(4, 2, Leader, 4),
        row(5, 1, RowTopic::Vote, "-> n2"),
    ];
    assert_eq!(
        lines(&rows),
        [
            "   0.001000s   [F0]    --     --    so",
            "   0.002000s    F0    [P3]    --    so",
            "   0.003000s    F0    [C4]    --    so",
            "   0.004000s    F0    [L4]    --    so",
            "   0.005000s   [F0]    L4     --    -> n2",
        ]
    );
}

#[test]
fn a_server_is_down_from_its_crash_until_its_next_boot() {
    let rows = [
        becomes(1, 2, Leader, 7),
        crashes(2, 2),
        row(3, 1, RowTopic::Timer, "timeout"),
        becomes(4, 2, Follower, 7),
    ];
    assert_eq!(
        lines(&rows),
        [
            "   0.001000s    --    [L7]    --    so",
            "   0.002000s    --    [--]    --    crash",
            "   0.003000s   [--]    --     --    timeout",
            "   0.004000s    --    [F7]    --    so",
        ]
    );
}

#[test]
fn a_line_about_the_world_has_no_actor() {
    let rows = [becomes(1, 1, Leader, 1), world(2, RowTopic::Scenario, "check_terms: 1")];
    assert_eq!(lines(&rows)[1], "   0.002000s    L1     --     --    == check_terms: 1");
}

#[test]
fn notes_and_printed_lines_are_marked_and_other_texts_are_as_they_are() {
    let told = |topic| lines(&[row(1, 1, topic, "why")]).remove(0);
    for (name, topic) in RowTopic::ALL {
        let marks = [(RowTopic::Note, "# "), (RowTopic::Log, "| ")];
        let mark = marks.iter().find(|(marked, _)| *marked == topic).map_or("", |(_, mark)| mark);
        let text = format!("{mark}why");
        assert_eq!(told(topic), format!("   0.001000s   [--]    --     --    {text}"), "{name}");
    }
}

#[test]
fn a_server_beyond_the_cluster_changes_no_column() {
    let rows = [becomes(1, 4, Leader, 9), row(2, 3, RowTopic::Timer, "timeout")];
    assert_eq!(
        lines(&rows),
        ["   0.001000s    --     --     --    so", "   0.002000s    --     --    [--]   timeout",]
    );
}

#[test]
fn seven_servers_stay_aligned_through_terms_of_three_digits() {
    let mut columns = Columns::new(7, Filter::default(), false);
    let mut lines = vec![columns.heading() + "    text"];
    for (node, term) in [(1, 0), (2, 9), (3, 10), (4, 99), (5, 100), (6, 999), (7, 1)] {
        let row = Row { text: "text".to_owned(), ..becomes(1, node, Follower, term) };
        lines.push(columns.line(&row).expect("all is shown"));
    }
    let places: Vec<_> = lines.iter().map(|line| line.find("text")).collect();
    assert_eq!(places, [Some(64); 8], "{lines:#?}");
    assert_eq!(lines[7], "   0.001000s    F0     F9     F10    F99   F100   F999   [F1]   text");
}

#[test]
fn color_is_around_the_text_alone_and_only_when_asked() {
    let told = |color, topic| {
        let mut columns = Columns::new(1, Filter::default(), color);
        columns.line(&row(1, 1, topic, "text")).expect("all is shown")
    };
    let head = "   0.001000s   [--]   ";
    for (name, topic) in RowTopic::ALL {
        assert!(!told(false, topic).contains('\x1b'), "{name}");
    }
    let colored = [
        (RowTopic::Role, "\x1b[1mtext\x1b[0m"),
        (RowTopic::Fault, "\x1b[33mtext\x1b[0m"),
        (RowTopic::Scenario, "\x1b[1m\x1b[36mtext\x1b[0m"),
        (RowTopic::Note, "\x1b[32m# text\x1b[0m"),
        (RowTopic::Timer, "\x1b[35mtext\x1b[0m"),
        (RowTopic::Vote, "text"),
        (RowTopic::Apply, "text"),
    ];
    for (topic, text) in colored {
        assert_eq!(told(true, topic), format!("{head}{text}"));
    }
}
