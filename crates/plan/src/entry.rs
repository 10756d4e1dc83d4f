//! The keys and values of a plan file, each with its line: TOML, not yet read as a plan.

use std::fmt::Display;
use std::ops::RangeInclusive;

use raftsim_sim::text::foreign::quote;
use raftsim_sim::text::{TextError, number};
use toml::de::{DeTable, DeValue};

use crate::file::PlanError;

/// A file whose keys are all known ones.
pub(super) struct Entries<'a> {
    lines: Lines,
    table: DeTable<'a>,
}

impl<'a> Entries<'a> {
    pub(super) fn parse(text: &'a str, known: &[&str]) -> Result<Self, PlanError> {
        let lines = Lines::of(text);
        let table = DeTable::parse(text).map_err(|error| {
            let line = match error.span() {
                Some(span) => lines.at(span.start),
                None => lines.first(text, |part| {
                    DeTable::parse(part).is_err_and(|other| other.message() == error.message())
                }),
            };
            PlanError::new(Some(line), error.message())
        })?;
        let table = table.into_inner();
        if table.is_empty() {
            return Err(PlanError::new(None, "the file has no keys"));
        }
        let unknown = table.keys().filter(|key| !known.contains(&key.get_ref().as_ref()));
        if let Some(key) = unknown.min_by_key(|key| key.span().start) {
            let error = TextError::unknown("key", key.get_ref(), known.iter().copied());
            return Err(PlanError::at(lines.at(key.span().start), error));
        }
        Ok(Self { lines, table })
    }

    pub(super) fn get(&self, key: &'static str) -> Option<Entry<'_>> {
        let value = self.table.get(key)?;
        let line = self.lines.at(value.span().start);
        Some(Entry { lines: &self.lines, key, line, value: value.get_ref() })
    }

    /// Of these keys, the one that comes first in the file.
    pub(super) fn first(&self, keys: &[&'static str]) -> Option<Entry<'_>> {
        keys.iter().filter_map(|key| self.get(key)).min_by_key(|entry| entry.line)
    }

    pub(super) fn need(&self, key: &'static str) -> Result<Entry<'_>, PlanError> {
        self.get(key).ok_or_else(|| self.lacks(format_args!("`{key}`")))
    }

    /// The error that the file ends without `what`.
    pub(super) fn lacks(&self, what: impl Display) -> PlanError {
        PlanError::at(self.lines.last(), format_args!("the file ends without {what}"))
    }

    /// A truth value; `default` if the key is left out.
    pub(super) fn flag(&self, key: &'static str, default: bool) -> Result<bool, PlanError> {
        self.get(key).map_or(Ok(default), |entry| entry.flag())
    }
}

/// The offset at which each line of a text ends, so that finding a line is fast: a plan may have as
/// many lines as a recorded run has messages.
struct Lines(Vec<usize>);

impl Lines {
    fn of(text: &str) -> Self {
        Self(text.trim_end().match_indices('\n').map(|(end, _)| end).collect())
    }

    /// The line, from 1, that contains `offset`; the last line if `offset` is after the text's end.
    fn at(&self, offset: usize) -> usize {
        1 + self.0.partition_point(|&end| end < offset)
    }

    /// The first line of `text` with which the part up to it `is` something that it then stays.
    fn first(&self, text: &str, is: impl Fn(&str) -> bool) -> usize {
        1 + self.0.partition_point(|&end| !is(&text[..end]))
    }

    fn last(&self) -> usize {
        1 + self.0.len()
    }
}

/// One key and its value.
pub(super) struct Entry<'a> {
    lines: &'a Lines,
    pub(super) key: &'static str,
    pub(super) line: usize,
    value: &'a DeValue<'a>,
}

impl<'a> Entry<'a> {
    /// The error that the key takes `what`, and not the value found.
    pub(super) fn takes(&self, what: impl Display, found: impl Display) -> PlanError {
        PlanError::at(self.line, format_args!("`{}` takes {what}, not {found}", self.key))
    }

    fn flag(&self) -> Result<bool, PlanError> {
        self.value.as_bool().ok_or_else(|| self.takes("true or false", kind(self.value)))
    }

    /// A text of at least one character.
    pub(super) fn name(&self) -> Result<String, PlanError> {
        match self.string()? {
            "" => Err(self.takes("a name", "an empty one")),
            name => Ok(name.to_owned()),
        }
    }

    pub(super) fn string(&self) -> Result<&'a str, PlanError> {
        self.value.as_str().ok_or_else(|| self.takes("a quoted text", kind(self.value)))
    }

    /// A text, parsed further by `read`.
    pub(super) fn read<T>(
        &self,
        read: impl FnOnce(&str) -> Result<T, TextError>,
    ) -> Result<T, PlanError> {
        read(self.string()?).map_err(|error| PlanError::at(self.line, error))
    }

    pub(super) fn number(&self, range: RangeInclusive<u64>) -> Result<u64, PlanError> {
        let what = format!("a number from {} to {}", range.start(), range.end());
        let Some(integer) = self.value.as_integer() else {
            return Err(self.takes(what, kind(self.value)));
        };
        let number = u64::from_str_radix(integer.as_str(), integer.radix()).ok();
        let number = number.filter(|number| range.contains(number));
        number.ok_or_else(|| self.takes(what, quote(integer)))
    }

    pub(super) fn is_array(&self) -> bool {
        self.value.as_array().is_some()
    }

    /// A seed: a number, or a text with a number that exceeds TOML's integers.
    pub(super) fn seed(&self) -> Result<u64, PlanError> {
        let Some(text) = self.value.as_str() else { return self.number(0..=u64::MAX) };
        let what = format_args!("a number from 0 to {}", u64::MAX);
        number(text).ok_or_else(|| self.takes(what, format_args!("`{}`", quote(text))))
    }

    /// An array of texts, each with its line.
    pub(super) fn lines(&self) -> Result<Vec<(usize, &'a str)>, PlanError> {
        let what = "an array of quoted lines";
        let array = self.value.as_array().ok_or_else(|| self.takes(what, kind(self.value)))?;
        let items = array.iter().map(|item| {
            let line = self.lines.at(item.span().start);
            let item = item.get_ref();
            let wrong = || Entry { line, ..*self }.takes("quoted lines", kind(item));
            item.as_str().map(|text| (line, text)).ok_or_else(wrong)
        });
        items.collect()
    }
}

fn kind(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "a text",
        DeValue::Integer(_) => "a number",
        DeValue::Float(_) => "a fraction",
        DeValue::Boolean(_) => "true or false",
        DeValue::Datetime(_) => "a date",
        DeValue::Array(_) => "an array",
        DeValue::Table(_) => "a table",
    }
}
