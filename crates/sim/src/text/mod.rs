//! Faults, times and messages as text: the language that plan files and traces share.
//!
//! A line is read word by word ([`Words`]). If a word cannot be read, the error names what was
//! expected and what stands there instead. The text that a value prints is read back as an equal
//! value.
//!
//! Text that others wrote is made harmless by [`foreign`].
//!
//! This module knows words, numbers, times and names of servers. The module of each other type
//! reads that type.

pub mod foreign;
mod number;
mod server;
mod span;

use std::error::Error;
use std::fmt::{self, Display};

use self::foreign::quote;
pub use number::{counted, counted_of, fraction, number};
pub use server::ServerName;
pub use span::{long_span, seconds, span, time};

/// Why a text cannot be read: what was expected, and what stands in its place. Prints as one line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TextError(String);

impl Display for TextError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

impl Error for TextError {}

impl TextError {
    /// An error with this text.
    pub fn new(problem: impl Into<String>) -> Self {
        Self(problem.into())
    }

    /// The error that `what` was expected and `found` stands in its place.
    pub fn expected(what: impl Display, found: impl Display) -> Self {
        Self(format!("expected {what}, not `{}`", quote(found)))
    }

    /// The error that `what`, which is a `kind`, is named twice.
    pub fn twice(kind: &str, what: impl Display) -> Self {
        Self(format!("expected each {kind} once, not {what} twice"))
    }

    /// The error that no `kind` in `known` has this `name`. It suggests the nearest name, or lists
    /// all known ones.
    pub fn unknown<'a>(kind: &str, name: &str, known: impl IntoIterator<Item = &'a str>) -> Self {
        let known: Vec<&str> = known.into_iter().collect();
        Self::unlisted(kind, name, &known, &format!("known: {}", known.join(", ")))
    }

    /// The same if too many are `known` to list them: without a near name it gives the `hint`.
    pub fn unlisted(kind: &str, name: &str, known: &[&str], hint: &str) -> Self {
        let distance = |other: &str| strsim::damerau_levenshtein(name, other);
        let length = name.chars().count();
        // A name that differs in more than half of its letters would be a guess. If the lengths
        // differ by as many, this is known without the distance, which takes the product of the
        // lengths as time and memory.
        let is_near = |other: &str| {
            let most = other.len() / 2;
            length.abs_diff(other.len()) <= most && distance(other) <= most
        };
        let near = known.iter().filter(|other| is_near(other));
        let hint = match near.min_by_key(|other| distance(other)) {
            Some(nearest) => format!("did you mean `{nearest}`?"),
            None => hint.to_owned(),
        };
        Self(format!("no {kind} is named `{}` ({hint})", quote(name)))
    }

    /// What a line that may name several links stands for, where it must name one.
    pub fn alone<T>(mut all: Vec<T>) -> Result<T, Self> {
        match (all.pop(), all.len()) {
            (Some(one), 0) => Ok(one),
            (_, others) => Err(Self::expected("one link", others + 1)),
        }
    }

    /// The error that `name` is an old name; `new` is the present one.
    pub fn renamed(kind: &str, name: &str, new: &str) -> Self {
        let [name, new] = [name, new].map(quote);
        Self(format!("no {kind} is named `{name}`: it is called `{new}` now"))
    }
}

/// The words of one line, from left to right. `|` and `,` are always words of their own.
#[derive(Debug)]
pub struct Words<'a> {
    rest: &'a str,
    /// The word that was read last.
    last: Option<&'a str>,
    /// Words that were tried in place of the next word, and did not match.
    passed: Vec<&'static str>,
}

impl<'a> Words<'a> {
    /// Reads a whole text: `read` must take every word.
    pub fn whole<T>(
        text: &'a str,
        read: impl FnOnce(&mut Self) -> Result<T, TextError>,
    ) -> Result<T, TextError> {
        let mut words = Self { rest: text.trim_start(), last: None, passed: vec![] };
        let value = read(&mut words)?;
        match words.peek() {
            None => Ok(value),
            Some(_) => Err(words.unexpected(Some("the end"))),
        }
    }

    /// The next word, without taking it.
    pub fn peek(&self) -> Option<&'a str> {
        let first = self.rest.chars().next()?;
        let is_mark = |char: char| char == '|' || char == ',';
        let ends = |char: char| char.is_whitespace() || is_mark(char);
        let end = if is_mark(first) { 1 } else { self.rest.find(ends).unwrap_or(self.rest.len()) };
        Some(&self.rest[..end])
    }

    /// Takes the next word.
    #[expect(clippy::should_implement_trait, reason = "words are taken one by one, never iterated")]
    pub fn next(&mut self) -> Option<&'a str> {
        let word = self.peek()?;
        self.rest = self.rest[word.len()..].trim_start();
        self.last = Some(word);
        self.passed.clear();
        Some(word)
    }

    /// Takes the next word if it is `word`; returns whether it was.
    pub fn take(&mut self, word: &'static str) -> bool {
        self.optional(word, |next| (next == word).then_some(())).is_some()
    }

    /// Takes the next word if `read` accepts it. Errors quote `example` for such words.
    pub fn optional<T>(
        &mut self,
        example: &'static str,
        read: impl FnOnce(&'a str) -> Option<T>,
    ) -> Option<T> {
        let value = self.peek().and_then(read);
        if value.is_some() {
            self.next();
        } else {
            self.passed.push(example);
        }
        value
    }

    /// Takes the next word, which must be `word`.
    pub fn require(&mut self, word: &'static str) -> Result<(), TextError> {
        if self.take(word) { Ok(()) } else { Err(self.unexpected(None)) }
    }

    /// Takes the next word if it is `word`, and then reads what follows it.
    pub fn after<T>(
        &mut self,
        word: &'static str,
        read: impl FnOnce(&mut Self) -> Result<T, TextError>,
    ) -> Result<Option<T>, TextError> {
        if self.take(word) { read(self).map(Some) } else { Ok(None) }
    }

    /// The error for a next word that is neither one of those that were tried nor `other`.
    pub fn unexpected(&self, other: Option<&str>) -> TextError {
        let quoted = self.passed.iter().map(|word| format!("`{word}`"));
        let mut might: Vec<String> = quoted.chain(other.map(str::to_owned)).collect();
        let last = might.pop().unwrap_or_default();
        let what = if might.is_empty() { last } else { format!("{} or {last}", might.join(", ")) };
        match (self.peek(), self.last) {
            (Some(next), _) => TextError::expected(what, next),
            (None, Some(last)) => {
                TextError::new(format!("expected {what} after `{}`", quote(last)))
            }
            (None, None) => TextError::new(format!("expected {what}")),
        }
    }

    /// Reads the next word; `what` describes it in errors.
    pub fn value<T>(
        &mut self,
        what: &str,
        read: impl FnOnce(&str) -> Result<T, TextError>,
    ) -> Result<T, TextError> {
        let Some(word) = self.peek() else { return Err(self.unexpected(Some(what))) };
        let value = read(word)?;
        self.next();
        Ok(value)
    }
}
