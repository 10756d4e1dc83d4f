//! Times and spans in plans and traces: seconds, exact to the nanosecond, without floats.

use std::fmt::{self, Display};

use raftsim_node::{Duration, Time};

use super::number::is_number;
use super::{TextError, Words};

/// The longest span, and the latest time, that a text may name. No run is as long, and the sum of
/// all spans of a plan still fits a clock.
const LONGEST: Duration = Duration::from_secs(10_000);

/// The units of time, each with the number of its decimals that are whole nanoseconds.
const UNITS: [(&str, usize); 4] = [("ms", 6), ("us", 3), ("ns", 0), ("s", 9)];

/// Reads a moment of a run, such as `1.250s` or `300ms`, exactly. At most 10,000 s.
pub fn time(text: &str) -> Result<Time, TextError> {
    nanos(text, "a time such as 1.250s").map(Time::from_nanos)
}

/// Reads a span of time, such as `0.300s` or `300ms`, exactly. At most 10,000 s.
pub fn span(text: &str) -> Result<Duration, TextError> {
    nanos(text, "a span such as 0.300s").map(Duration::from_nanos)
}

impl Words<'_> {
    /// Reads the next word as a moment of a run, such as `1.250s`.
    pub fn time(&mut self) -> Result<Time, TextError> {
        self.value("a time such as 1.250s", time)
    }

    /// Reads the next word as a span of time, such as `0.300s`.
    pub fn span(&mut self) -> Result<Duration, TextError> {
        self.value("a span such as 0.300s", span)
    }
}

fn nanos(text: &str, what: &str) -> Result<u64, TextError> {
    let unit =
        UNITS.iter().find_map(|&(unit, decimals)| Some((text.strip_suffix(unit)?, decimals)));
    let Some((amount, decimals)) = unit else { return Err(TextError::expected(what, text)) };
    let (whole, fraction) = amount.split_once('.').unwrap_or((amount, "0"));
    if [whole, fraction].iter().any(|part| !is_number(part)) {
        return Err(TextError::expected(what, text));
    }
    let fraction = fraction.trim_end_matches('0');
    if fraction.len() > decimals {
        return Err(TextError::expected("whole nanoseconds", text));
    }
    let digits = format!("{whole}{fraction:0<decimals$}");
    // A number that does not fit is too long as well.
    let nanos = digits.parse().unwrap_or(u64::MAX);
    if nanos > LONGEST.as_nanos() {
        return Err(TextError::expected(format!("at most {}", seconds(LONGEST)), text));
    }
    Ok(nanos)
}

/// A span as plans print it: in seconds, exactly, with 3 to 9 decimals, as `1.250s`.
pub fn seconds(span: Duration) -> impl Display {
    Seconds(span)
}

struct Seconds(Duration);

impl Display for Seconds {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let nanos = self.0.as_nanos();
        let (mut decimals, mut width) = (nanos % 1_000_000_000, 9);
        while width > 3 && decimals % 10 == 0 {
            (decimals, width) = (decimals / 10, width - 1);
        }
        write!(out, "{}.{decimals:0width$}s", nanos / 1_000_000_000)
    }
}
