//! Which lines are shown; hidden lines still change the columns.

use raftsim_node::Role::{Follower, Leader};
use raftsim_sim::{Row, RowTopic};
use raftsim_view::Filter;

use crate::support::{at, becomes, crashes, n, row, shown, world};

/// The texts of the rows that a filter shows.
fn texts(filter: &Filter, rows: &[Row]) -> Vec<String> {
    rows.iter().filter(|row| filter.shows(row)).map(|row| row.text.clone()).collect()
}

/// A vote, an append and a timeout of each of three servers, and two lines of the scenario.
fn rows() -> Vec<Row> {
    let mut rows = vec![world(0, RowTopic::Scenario, "begin")];
    for node in 1..=3 {
        let millis = u64::from(node) * 10;
        rows.push(row(millis, node, RowTopic::Vote, &format!("vote {node}")));
        rows.push(row(millis + 1, node, RowTopic::Append, &format!("append {node}")));
        rows.push(row(millis + 2, node, RowTopic::Timer, &format!("timer {node}")));
    }
    rows.push(world(40, RowTopic::Scenario, "end"));
    rows
}

#[test]
fn an_empty_filter_shows_all() {
    let all: Vec<_> = rows().into_iter().map(|row| row.text).collect();
    assert_eq!(texts(&Filter::default(), &rows()), all);
}

#[test]
fn a_filter_of_servers_shows_their_lines_and_those_of_the_world() {
    let filter = Filter { servers: vec![n(1), n(3)], ..Filter::default() };
    let expected =
        ["begin", "vote 1", "append 1", "timer 1", "vote 3", "append 3", "timer 3", "end"];
    assert_eq!(texts(&filter, &rows()), expected);
}

#[test]
fn a_filter_of_topics_shows_no_other_line_not_even_of_the_world() {
    let filter = Filter { topics: vec![RowTopic::Vote, RowTopic::Timer], ..Filter::default() };
    let expected = ["vote 1", "timer 1", "vote 2", "timer 2", "vote 3", "timer 3"];
    assert_eq!(texts(&filter, &rows()), expected);
}

#[test]
fn since_and_until_are_both_inclusive() {
    let filter = Filter { since: at(12), until: at(21), ..Filter::default() };
    assert_eq!(texts(&filter, &rows()), ["timer 1", "vote 2", "append 2"]);
    let backwards = Filter { since: at(21), until: at(12), ..Filter::default() };
    assert_eq!(texts(&backwards, &rows()), [""; 0]);
}

#[test]
fn a_line_must_pass_all_filters() {
    let filter = Filter {
        servers: vec![n(2), n(3)],
        topics: vec![RowTopic::Vote, RowTopic::Scenario],
        since: at(1),
        until: at(39),
    };
    assert_eq!(texts(&filter, &rows()), ["vote 2", "vote 3"]);
}

#[test]
fn hidden_rows_still_move_the_columns() {
    let rows = [
        becomes(1, 1, Leader, 5),
        becomes(2, 2, Follower, 5),
        crashes(3, 1),
        row(4, 3, RowTopic::Vote, "hello"),
        becomes(5, 3, Leader, 6),
        world(6, RowTopic::Vote, "vote"),
    ];
    let votes = Filter { topics: vec![RowTopic::Vote], ..Filter::default() };
    assert_eq!(
        shown(votes, &rows),
        [
            "   0.004000s    --     F5    [--]   hello",
            "   0.006000s    --     F5     L6    == vote",
        ]
    );
    let fault = [world(7, RowTopic::Fault, "heal")];
    assert_eq!(shown(Filter::default(), &fault), ["   0.007000s    --     --     --    heal"]);
    let late = Filter { since: at(6), ..Filter::default() };
    assert_eq!(shown(late, &rows), ["   0.006000s    --     F5     L6    == vote"]);
    let third = Filter { servers: vec![n(3)], until: at(4), ..Filter::default() };
    assert_eq!(shown(third, &rows), ["   0.004000s    --     F5    [--]   hello"]);
}
