//! Times and spans in plans and traces: seconds, exact to the nanosecond, without floats.

use std::fmt::{self, Display};

use raftsim_node::{Duration, Time};

use super::number::is_number;
use super::{TextError, Words};

/// The longest span, and the latest time, that a text may name. No run is as long, and the sum of
/// all spans of a plan still fits a clock.
const LONGEST: Duration = Duration::from_secs(10_000);

/// The units of time, each in nanoseconds.
const UNITS: [(&str, u64); 6] = [
    ("ms", 1_000_000),
    ("us", 1_000),
    ("ns", 1),
    ("s", 1_000_000_000),
    ("m", 60_000_000_000),
    ("h", 3_600_000_000_000),
];

/// Reads a moment of a run, such as `1.250s` or `300ms`, exactly. At most 10,000 s.
pub fn time(text: &str) -> Result<Time, TextError> {
    nanos(text, "a time such as 1.250s", LONGEST).map(Time::from_nanos)
}

/// Reads a span of time, such as `0.300s` or `300ms`, exactly. At most 10,000 s.
pub fn span(text: &str) -> Result<Duration, TextError> {
    nanos(text, "a span such as 0.300s", LONGEST).map(Duration::from_nanos)
}

/// Reads a span of real time, such as `90s`, `15m` or `8h`, exactly. At most what fits into 64 bits
/// of nanoseconds: 584 years.
pub fn long_span(text: &str) -> Result<Duration, TextError> {
    let longest = Duration::from_nanos(u64::MAX);
    nanos(text, "a span such as 90s, 15m or 8h", longest).map(Duration::from_nanos)
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

fn nanos(text: &str, what: &str, longest: Duration) -> Result<u64, TextError> {
    let unit = UNITS.iter().find_map(|&(unit, nanos)| Some((text.strip_suffix(unit)?, nanos)));
    let Some((amount, unit)) = unit else { return Err(TextError::expected(what, text)) };
    let (whole, fraction) = amount.split_once('.').unwrap_or((amount, "0"));
    if [whole, fraction].iter().any(|part| !is_number(part)) {
        return Err(TextError::expected(what, text));
    }
    let fraction = fraction.trim_end_matches('0');
    let too_long = || TextError::expected(format!("at most {}", seconds(longest)), text);
    // Numbers that do not fit are too long, or too exact, as well.
    let whole = whole.parse::<u64>().map_err(|_| too_long())?;
    let tenths = u32::try_from(fraction.len()).ok().and_then(|tenths| 10_u64.checked_pow(tenths));
    let inexact = || TextError::expected("whole nanoseconds", text);
    let tenths = tenths.ok_or_else(inexact)?;
    let fraction: u64 =
        if fraction.is_empty() { 0 } else { fraction.parse().map_err(|_| inexact())? };
    let parts = u128::from(unit) * u128::from(fraction);
    if !parts.is_multiple_of(u128::from(tenths)) {
        return Err(inexact());
    }
    let nanos = u128::from(unit) * u128::from(whole) + parts / u128::from(tenths);
    let nanos = u64::try_from(nanos).map_err(|_| too_long())?;
    if nanos > longest.as_nanos() { Err(too_long()) } else { Ok(nanos) }
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
