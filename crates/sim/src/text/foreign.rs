//! Text that somebody else wrote, such as a panic's message, a value's `Debug`, a name on a command
//! line: made fit to be part of a line of ours.
//!
//! A terminal would obey some characters, others break a line, hide, or reorder what stands around
//! them. They are printed as Rust writes them in a literal, such as `\n` or `\u{1b}`. A text that is
//! too long is cut, and says how much of it is missing.
//!
//! This module does not know where a text comes from, or what it means.

use std::fmt::{self, Display, Write};

/// The most characters of a name or word that a message quotes.
const QUOTE: usize = 60;

/// The most characters of one value, such as a panic's message.
const VALUE: usize = 10_000;

/// The most characters of a whole line, which may have two such values.
const LINE: usize = 25_000;

/// The most characters of a text of several lines, such as a server's memory.
const BLOCK: usize = 100_000;

/// A name or word, to be quoted in a message: at most 60 characters.
pub fn quote(text: impl Display) -> String {
    harmless(&text, QUOTE)
}

/// The text of one value: at most 10,000 characters.
pub fn value(text: impl Display) -> String {
    harmless(&text, VALUE)
}

/// A whole line: at most 25,000 characters.
pub fn line(text: impl Display) -> String {
    harmless(&text, LINE)
}

/// A text of several lines, which stay lines: at most 100,000 characters.
pub fn block(text: impl Display) -> String {
    shown(&text, Harmless { keeps_lines: true, ..Harmless::new(BLOCK) })
}

fn harmless(text: &dyn Display, most: usize) -> String {
    shown(text, Harmless::new(most))
}

fn shown(text: &dyn Display, mut line: Harmless) -> String {
    let written = write!(line, "{text}");
    let Harmless { mut kept, cut, .. } = line;
    if cut > 0 {
        write!(kept, "... ({cut} more characters)").expect("writing to a string");
    }
    if written.is_err() {
        kept.push_str(" (and then its text could not be printed)");
    }
    kept
}

/// Keeps what is written to it, up to a number of characters.
struct Harmless {
    kept: String,
    /// How many more characters it keeps.
    room: usize,
    /// How many characters were not kept.
    cut: usize,
    /// Whether an end of a line stays one.
    keeps_lines: bool,
}

impl Harmless {
    fn new(room: usize) -> Self {
        Self { kept: String::new(), room, cut: 0, keeps_lines: false }
    }
}

impl Write for Harmless {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        text.chars().try_for_each(|char| self.write_char(char))
    }

    fn write_char(&mut self, char: char) -> fmt::Result {
        let is_escaped = is_harmful(char) && !(self.keeps_lines && char == '\n');
        let escaped = is_escaped.then(|| char.escape_default());
        let width = escaped.as_ref().map_or(1, ExactSizeIterator::len);
        // What follows a character that was cut is cut too, even if there is room for it.
        if self.cut > 0 || width > self.room {
            self.cut += 1;
            return Ok(());
        }
        self.room -= width;
        match escaped {
            Some(escaped) => self.kept.extend(escaped),
            None => self.kept.push(char),
        }
        Ok(())
    }
}

/// Whether a character does something else than to show itself: it controls a terminal, ends a
/// line, is invisible, or turns the direction of the text around it.
pub fn is_harmful(char: char) -> bool {
    char.is_control()
        || matches!(
            char,
            '\u{61c}'
                | '\u{200b}'..='\u{200f}'
                | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}'
                | '\u{feff}'
                | '\u{fff9}'..='\u{fffb}'
                | '\u{e0000}'..='\u{e007f}'
        )
}
