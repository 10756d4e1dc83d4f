//! Text that a node or a user wrote, where it becomes part of a line of ours.

use std::fmt;

use raftsim_node::{Bytes, Message, Time};
use raftsim_sim::text::TextError;
use raftsim_sim::text::foreign::{line, quote, value};
use raftsim_sim::{Fact, Record, What, guarded};

use crate::toy::N1;

/// A text that clears a terminal, ends strings, breaks lines and turns directions.
const HARMFUL: &str = "a\x1b[2J\0\r\n\tb\u{7f}\u{9b}\u{202e}c\u{2028}\u{200b}\u{feff}\u{e0041}d";
const HARMLESS: &str =
    r"a\u{1b}[2J\u{0}\r\n\tb\u{7f}\u{9b}\u{202e}c\u{2028}\u{200b}\u{feff}\u{e0041}d";

#[test]
fn a_harmful_character_is_printed_as_its_escape() {
    let (quoted, missing) = (quote(HARMFUL), "... (3 more characters)");
    assert!(HARMLESS.starts_with(quoted.strip_suffix(missing).expect(&quoted)), "{quoted}");
    assert_eq!((value(HARMFUL), line(HARMFUL)), (HARMLESS.to_owned(), HARMLESS.to_owned()));
}

#[test]
fn a_harmless_text_stays_as_it_is() {
    for text in ["", "no plan", r"C:\new 'x' \u{1b}", "Grüße, 選挙, 🗳"] {
        assert_eq!(MAKE.map(|(_, make)| make(text)), [text; 3]);
    }
}

#[test]
fn a_long_text_is_cut_and_says_how_much_is_missing() {
    for (most, make) in MAKE {
        let (fits, long) = ("é".repeat(most), "é".repeat(most + 1_000_000));
        assert_eq!(make(&fits), fits);
        assert_eq!(make(&long), format!("{fits}... (1000000 more characters)"));
        // No escape is cut in two, and nothing stands after the cut.
        let last = format!("{}\x1bx", "é".repeat(most - 1));
        assert_eq!(make(&last), format!("{}... (2 more characters)", "é".repeat(most - 1)));
    }
}

type Make = fn(&str) -> String;

/// Each function with the most characters that it keeps.
const MAKE: [(usize, Make); 3] =
    [(60, |text| quote(text)), (10_000, |text| value(text)), (25_000, |text| line(text))];

#[test]
fn an_error_of_the_plan_s_language_quotes_no_more_than_a_few_words() {
    let long = format!("{HARMFUL}{}", "x".repeat(1_000_000));
    for error in [
        TextError::expected("a word", &long),
        TextError::unknown("node", &long, ["raft"]),
        TextError::renamed("node", &long, &long),
    ] {
        let error = error.to_string();
        assert!(error.contains(r"`a\u{1b}[2J\u{0}\r\n\tb"), "{error}");
        assert!(error.len() < 300, "{error}");
        assert!(!error.contains(char::is_control), "{error}");
    }
}

#[test]
fn a_panic_s_message_is_one_harmless_line_of_limited_length() {
    let panic = guarded(|| panic!("{HARMFUL}")).expect_err("it panics");
    assert_eq!(panic.message, value(HARMFUL).replace(r"\r\n\t", "; "));
    let panic = guarded(|| panic!("{}", "x\n".repeat(5_000_000))).expect_err("it panics");
    assert!(panic.message.starts_with("x; x; "), "{}", &panic.message[..60]);
    assert!(panic.message.ends_with("... (14989998 more characters)"), "it says what it lacks");
    assert!(panic.message.len() < 10_100);
}

#[test]
fn a_fact_is_one_harmless_line() {
    assert_eq!(Fact::new(HARMFUL).text(), HARMLESS);
}

/// A message with any `Debug`.
struct Says(fn(&mut fmt::Formatter<'_>) -> fmt::Result);

impl fmt::Debug for Says {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        (self.0)(out)
    }
}

impl Clone for Says {
    fn clone(&self) -> Self {
        Self(self.0)
    }
}

impl Message for Says {
    fn is_reply(&self) -> bool {
        false
    }

    fn size(&self) -> usize {
        0
    }
}

/// The row of a message with this `Debug`, which n1 received.
fn row(says: fn(&mut fmt::Formatter<'_>) -> fmt::Result) -> String {
    let what = What::<_, (), Bytes>::Received { from: N1, seq: 7, message: Says(says) };
    Record { time: Time::ZERO, node: Some(N1), life: 1, what }.row().text
}

#[test]
fn a_row_is_one_harmless_line_whatever_its_debug_prints() {
    assert_eq!(row(|out| out.write_str(HARMFUL)), format!("<- n1 {HARMLESS} #7"));
    let long = row(|out| (0..5_000_000).try_for_each(|_| out.write_str("xy")));
    assert!(long.starts_with("<- n1 xyxy"), "{}", &long[..60]);
    assert!(long.ends_with("xy... (9990009 more characters)"), "{}", &long[9_990..]);
}

#[test]
fn a_debug_that_fails_spoils_its_row_alone() {
    let failed = row(|out| out.write_str("half").and(Err(fmt::Error)));
    assert_eq!(failed, "<- n1 half (and then its text could not be printed)");
}
