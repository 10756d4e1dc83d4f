//! Lines that fit: a long one is cut, and one that says what another said is like it.

use raftsim_sim::{Row, RowTopic};

/// A line of at most `width` characters. One that is longer ends with `…`.
pub fn cut(line: &str, width: usize) -> String {
    if line.char_indices().nth(width).is_none() {
        return line.to_owned();
    }
    let kept = line.chars().take(width.saturating_sub(1));
    kept.chain(['…']).collect()
}

/// Whether a row is a fault, a check or a change of role: what a reader of a run must not miss.
pub(crate) fn stands_out(row: &Row) -> bool {
    matches!(row.topic, RowTopic::Fault | RowTopic::Role | RowTopic::Scenario)
}

/// What a row says but for what differs each time: a message's number, and how long it takes.
pub(crate) fn essence(row: &Row) -> String {
    let words = row.text.split(' ').filter(|word| !is_number(word) && !is_delay(word));
    words.collect::<Vec<_>>().join(" ")
}

/// The same without any number: what rows of one kind have in common.
pub(crate) fn kind(row: &Row) -> String {
    essence(row).split(|char: char| char.is_ascii_digit()).filter(|it| !it.is_empty()).collect()
}

/// Whether a word is the number of a message, such as `#12`.
fn is_number(word: &str) -> bool {
    word.strip_prefix('#').is_some_and(|number| {
        !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit())
    })
}

/// Whether a word says how long a message takes, such as `+0.012000s`.
fn is_delay(word: &str) -> bool {
    word.strip_prefix('+')
        .and_then(|rest| rest.strip_suffix('s'))
        .is_some_and(|span| span.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.'))
}
