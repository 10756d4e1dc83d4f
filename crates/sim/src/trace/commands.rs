//! Commands by name: `cmd 24` is the command that proposal 24 proposed first. Commands of the lab
//! are random bytes, which nobody can tell apart when they are printed.
//!
//! This module knows how bytes are printed: as a string literal of Rust or of JSON, or as a list of
//! numbers. It does not know what else a text says.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use raftsim_node::{Bytes, ProposalId};

use super::record::{Record, What};

/// The commands that were proposed in a run, and their names.
#[derive(Clone, Debug, Default)]
pub struct Commands {
    /// By the bytes that a literal shows: the first proposal of this command. `None` if two commands
    /// look the same, because both are cut.
    first: BTreeMap<Vec<u8>, Option<ProposalId>>,
}

/// How many bytes of a long command are printed ([`Bytes`]).
const PRINTED: usize = 32;

/// The fewest numbers of a list that is taken for a command. A shorter list may be one of servers.
const FEWEST: usize = 4;

impl Commands {
    /// The commands that these records propose.
    pub fn of<M, W>(records: &[Record<What<M, W, Bytes>>]) -> Self {
        let mut commands = Self::default();
        for record in records {
            if let What::Proposed { id, command } = &record.what {
                commands.proposed(*id, command);
            }
        }
        commands
    }

    /// A command is proposed. One that reads as text needs no name.
    pub(crate) fn proposed(&mut self, id: ProposalId, command: &Bytes) {
        if reads_as_text(command) {
            return;
        }
        let Entry::Vacant(place) = self.first.entry(command.to_vec()) else { return };
        place.insert(Some(id));
        if command.len() > PRINTED {
            let cut = self.first.entry(cut(command));
            cut.and_modify(|first| *first = None).or_insert(Some(id));
        }
    }

    /// The first proposal of a command; `None` if it has no name.
    pub(crate) fn first(&self, command: &[u8]) -> Option<ProposalId> {
        self.first.get(command).copied().flatten()
    }

    /// The same text, in which each command that is printed whole stands by its name.
    pub fn named(&self, text: String) -> String {
        if self.first.is_empty() || !text.contains(['"', '[']) {
            return text;
        }
        let (mut named, mut rest) = (String::with_capacity(text.len()), text.as_str());
        while let Some(place) = rest.find(['"', '[']) {
            named.push_str(&rest[..place]);
            rest = &rest[place..];
            let literal = if rest.starts_with('"') { quoted(rest) } else { listed(rest) };
            let Literal { length, bytes } = literal;
            match bytes.and_then(|bytes| self.first(&bytes)) {
                Some(id) => {
                    strip_prefix_of_bytes(&mut named);
                    named.push_str(&name(id));
                }
                None => named.push_str(&rest[..length]),
            }
            rest = &rest[length..];
        }
        named.push_str(rest);
        named
    }
}

/// The name of the command that this proposal was the first to propose.
pub(crate) fn name(id: ProposalId) -> String {
    format!("cmd {}", id.0)
}

/// Whether bytes are printed as they are: letters, digits and such alone.
fn reads_as_text(bytes: &[u8]) -> bool {
    bytes.iter().all(|byte| matches!(byte, b' '..=b'~') && !matches!(byte, b'"' | b'\\'))
}

/// The bytes that the literal of a long command shows.
fn cut(command: &[u8]) -> Vec<u8> {
    let mut shown = command[..PRINTED].to_vec();
    shown.extend(format!("…{} bytes", command.len()).as_bytes());
    shown
}

/// The `b` of a literal such as `b"x"` goes with it.
fn strip_prefix_of_bytes(before: &mut String) {
    let is_prefix = before
        .strip_suffix('b')
        .is_some_and(|rest| !rest.ends_with(|char: char| char.is_alphanumeric() || char == '_'));
    if is_prefix {
        before.pop();
    }
}

/// A literal at the beginning of a text: its length in bytes of the text, and the bytes that it
/// stands for, if it stands for any.
struct Literal {
    length: usize,
    bytes: Option<Vec<u8>>,
}

/// The string literal at the beginning of `text`, up to its closing quote.
fn quoted(text: &str) -> Literal {
    let mut bytes = Some(vec![]);
    let mut chars = text.char_indices().skip(1);
    while let Some((place, char)) = chars.next() {
        let stands_for = match char {
            '"' => return Literal { length: place + 1, bytes },
            '\\' => {
                let Some((_, escaped)) = chars.next() else { break };
                escape(escaped, &mut chars)
            }
            char => Some(char),
        };
        bytes = bytes.zip(stands_for).map(|(bytes, char)| with(bytes, char));
    }
    Literal { length: text.len(), bytes: None }
}

/// The bytes with that for which a character stands: one of up to U+00FF is a byte.
fn with(mut bytes: Vec<u8>, char: char) -> Vec<u8> {
    match u8::try_from(char) {
        Ok(byte) => bytes.push(byte),
        Err(_) => bytes.extend(char.encode_utf8(&mut [0; 4]).as_bytes()),
    }
    bytes
}

/// The character for which an escape stands, such as `n` or `x1b`, whose first character has been
/// read; `None` if there is no such escape.
fn escape(first: char, rest: &mut impl Iterator<Item = (usize, char)>) -> Option<char> {
    let mut next = || rest.next().map(|(_, char)| char);
    let digits: String = match first {
        'n' => return Some('\n'),
        'r' => return Some('\r'),
        't' => return Some('\t'),
        '0' => return Some('\0'),
        'b' => return Some('\u{8}'),
        'f' => return Some('\u{c}'),
        '"' | '\\' | '\'' | '/' => return Some(first),
        'x' => [next()?, next()?].into_iter().collect(),
        'u' => match next()? {
            '{' => std::iter::from_fn(next).take_while(|&char| char != '}').collect(),
            digit => [digit, next()?, next()?, next()?].into_iter().collect(),
        },
        _ => return None,
    };
    u32::from_str_radix(&digits, 16).ok().and_then(char::from_u32)
}

/// The list of numbers at the beginning of `text`, such as `[1, 2, 3, 4]`; of any other list the
/// opening bracket alone.
fn listed(text: &str) -> Literal {
    let other = Literal { length: 1, bytes: None };
    let is_part = |char: char| char.is_ascii_digit() || matches!(char, ',' | ' ' | '\n');
    let inner = &text[1..];
    let Some(end) = inner.find(|char| !is_part(char)) else { return other };
    if !inner[end..].starts_with(']') {
        return other;
    }
    // `{:#?}` puts each number on a line of its own, with a comma after the last one too.
    let inner_text = inner[..end].trim_end().trim_end_matches(',');
    let numbers = inner_text.split(',').map(|number| number.trim().parse().ok());
    let bytes: Option<Vec<u8>> = numbers.collect();
    Literal { length: end + 2, bytes: bytes.filter(|bytes| bytes.len() >= FEWEST) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn commands() -> Commands {
        let mut commands = Commands::default();
        let long = |last: u8| Bytes::from([&[7; 40][..], &[last]].concat());
        let other = Bytes::from([8; 40].as_slice());
        for (id, command) in [
            (3, Bytes::from(&b"\x93\"\x9cn\xfd<[\x10"[..])),
            (4, "x=1".into()),
            (5, Bytes::from(&b"\x93\"\x9cn\xfd<[\x10"[..])),
            (6, long(1)),
            (7, long(2)),
            (8, other),
        ] {
            commands.proposed(ProposalId(id), &command);
        }
        commands
    }

    #[track_caller]
    fn assert_named(text: &str, expected: &str) {
        assert_eq!(commands().named(text.to_owned()), expected);
    }

    #[test]
    fn a_command_stands_by_the_number_of_its_first_proposal() {
        assert_named(r#"apply 4@2 "\x93\"\x9cn\xfd<[\x10""#, "apply 4@2 cmd 3");
        assert_named(
            r#"Entry { command: Some(b"\x93\"\x9cn\xfd<[\x10") }"#,
            "Entry { command: Some(cmd 3) }",
        );
    }

    #[test]
    fn json_and_lists_of_numbers_are_read_too() {
        let json = r#"{"entries":[["\u0093\"\u009cn\u00fd<[\u0010",1]]}"#;
        assert_named(json, r#"{"entries":[[cmd 3,1]]}"#);
        assert_named("\"\\u{93}\\\"\\u{9c}n\u{fd}<[\\u{10}\"", "cmd 3");
        assert_named("Append([147, 34, 156, 110, 253, 60, 91, 16])", "Append(cmd 3)");
    }

    #[test]
    fn other_text_stays() {
        for text in [
            "<- n2 TooShort { last_index: 0 } #12",
            r#"propose 4 "x=1""#,
            r#"an open " quote"#,
            r#""a wrong \q escape" and [1, 2] and [300, 1, 1, 1] and [n1, n2]"#,
        ] {
            assert_named(text, text);
        }
    }

    #[test]
    fn a_long_command_has_a_name_unless_another_is_printed_the_same() {
        let printed = |command: &[u8]| format!("{:?}", Bytes::from(command));
        assert_named(&printed(&[8; 40]), "cmd 8");
        let ambiguous = printed(&[&[7; 40][..], &[1]].concat());
        assert_named(&ambiguous, &ambiguous);
    }
}
