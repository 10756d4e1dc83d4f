//! The first difference between two runs.

use raftsim_sim::{Row, RowTopic};
use raftsim_view::Parting;

use crate::support::row;

fn rows(texts: &[&str]) -> Vec<Row> {
    let topic = |text: &str| match text.chars().next() {
        Some('#') => RowTopic::Note,
        Some('|') => RowTopic::Log,
        _ => RowTopic::Message,
    };
    texts.iter().map(|text| row(1, 1, topic(text), text)).collect()
}

#[test]
fn runs_part_at_their_first_different_row_whatever_they_note_or_print() {
    let one = rows(&["a", "# why", "b", "c", "d"]);
    let other = rows(&["a", "b", "| out", "| more", "x", "d"]);
    assert_eq!(Parting::of(&one, &other), Some(Parting { one: 3, other: 4, same: 2 }));
    assert_eq!(Parting::of(&other, &one), Some(Parting { one: 4, other: 3, same: 2 }));
}

#[test]
fn runs_with_the_same_rows_do_not_part() {
    let one = rows(&["a", "# why", "b"]);
    assert_eq!(Parting::of(&one, &rows(&["a", "b", "| out"])), None);
    assert_eq!(Parting::of(&[], &[]), None);
}

#[test]
fn a_run_that_ends_earlier_parts_after_its_last_row() {
    let one = rows(&["a", "b", "# why"]);
    let other = rows(&["a", "b", "# why", "c"]);
    assert_eq!(Parting::of(&one, &other), Some(Parting { one: 3, other: 3, same: 2 }));
    assert_eq!(Parting::of(&other, &[]), Some(Parting { one: 0, other: 0, same: 0 }));
}

#[test]
fn the_same_text_at_another_time_is_a_difference() {
    let one = vec![row(1, 1, RowTopic::Message, "a")];
    let other = vec![row(2, 1, RowTopic::Message, "a")];
    assert_eq!(Parting::of(&one, &other), Some(Parting { one: 0, other: 0, same: 0 }));
}
