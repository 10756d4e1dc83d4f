//! As much of EDN as histories need: one map a line, from keywords to plain values.

use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::{String, ToString};

/// A value of a map.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Value {
    Nil,
    Integer(i64),
    Keyword(String),
    Text(String),
}

/// The map that a line is. Commas are blanks.
pub(super) fn map(line: &str) -> Result<BTreeMap<String, Value>, String> {
    let line = line.trim();
    let inner = line.strip_prefix('{').and_then(|line| line.strip_suffix('}'));
    let mut rest = inner.ok_or("the line is no map in braces")?;
    let mut map = BTreeMap::new();
    loop {
        rest = rest.trim_start_matches(is_blank);
        if rest.is_empty() {
            return Ok(map);
        }
        let (Value::Keyword(name), after) = value(rest)? else {
            return Err(format!("a keyword such as :f should stand before {rest:?}"));
        };
        let after = after.trim_start_matches(is_blank);
        if after.is_empty() {
            return Err(format!(":{name} has no value"));
        }
        let (value, after) = value(after)?;
        if map.insert(name.clone(), value).is_some() {
            return Err(format!(":{name} is there twice"));
        }
        rest = after;
    }
}

/// The value that a text begins with, and what comes after it.
fn value(text: &str) -> Result<(Value, &str), String> {
    if let Some(quoted) = text.strip_prefix('"') {
        return string(quoted);
    }
    let end = text.find(is_blank).unwrap_or(text.len());
    let (word, rest) = text.split_at(end);
    let value = match word.strip_prefix(':') {
        Some("") => return Err("a colon without a word".into()),
        Some(keyword) => Value::Keyword(keyword.to_string()),
        None if word == "nil" => Value::Nil,
        None => match word.parse() {
            Ok(integer) => Value::Integer(integer),
            Err(_) => {
                return Err(format!("{word} is no keyword, string, integer of 64 bits or nil"));
            }
        },
    };
    Ok((value, rest))
}

/// A string, of which the opening quote has been read.
fn string(text: &str) -> Result<(Value, &str), String> {
    let mut string = String::new();
    let mut characters = text.char_indices();
    while let Some((place, character)) = characters.next() {
        match character {
            '"' => return Ok((Value::Text(string), &text[place + 1..])),
            '\\' => string.push(match characters.next() {
                Some((_, 'n')) => '\n',
                Some((_, 't')) => '\t',
                Some((_, 'r')) => '\r',
                Some((_, escaped @ ('"' | '\\'))) => escaped,
                Some((_, other)) => return Err(format!("\\{other} is no escape")),
                None => break,
            }),
            _ => string.push(character),
        }
    }
    Err("a string does not end".into())
}

fn is_blank(character: char) -> bool {
    character == ',' || character.is_whitespace()
}
