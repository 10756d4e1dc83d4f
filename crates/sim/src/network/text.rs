//! The settings of links as text.

use std::fmt::{self, Display};
use std::str::FromStr;

use raftsim_node::Duration;

use super::settings::{Late, Leg, LinkSettings, Spread};
use crate::random::Ratio;
use crate::text::{TextError, Words, number, seconds, span};

/// The most by which the two latencies of [`Spread::between`] may differ.
const MOST_APART: Duration = Duration::from_nanos(u32::MAX as u64 - 1);

/// labrpc's settings and the words of plans for them: the words, `unreliable`, `long_reordering`.
const PRESETS: [(&str, bool, bool); 4] = [
    ("reliable", false, false),
    ("unreliable", true, false),
    ("reordering", false, true),
    ("unreliable reordering", true, true),
];

/// Prints as a preset such as `unreliable reordering`; if requests and replies are treated alike,
/// as `loss 1/10 latency 0.001s..0.030s`; otherwise as `requests loss 1/10 replies clear`. If calls
/// that cannot succeed do not fail as in labrpc, that follows: `failing 0.000s..0.099s by 0.001s`;
/// and last what snapshots take beyond that: `snapshots 0.500s..2.000s`.
impl Display for LinkSettings {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { request, reply, call_failure, snapshots } = *self;
        let is_like = |&&(_, unreliable, reordering): &&(_, bool, bool)| {
            let preset = Self::labrpc(unreliable, reordering, true);
            (preset.request, preset.reply) == (request, reply)
        };
        match PRESETS.iter().find(is_like) {
            Some((words, ..)) => out.write_str(words)?,
            None if request == reply => write!(out, "{request}")?,
            None => write!(out, "requests {request} replies {reply}")?,
        }
        if call_failure != Self::RELIABLE.call_failure {
            write!(out, " failing {call_failure}")?;
        }
        if snapshots != Spread::ZERO {
            write!(out, " snapshots {snapshots}")?;
        }
        Ok(())
    }
}

impl FromStr for LinkSettings {
    type Err = TextError;

    fn from_str(text: &str) -> Result<Self, TextError> {
        Words::whole(text, Words::settings)
    }
}

/// Prints as `loss 1/10 twice 1/20 late 1/3 latency 0.001s..0.030s drops every 3`, without the parts that are
/// zero, and as `clear` if all are. Delays that are not labrpc's are added: `late 1/3 from 0.100s
/// below 0.500s`.
impl Display for Leg {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { latency, loss, late, duplicate, drops_every } = *self;
        let mut parts = vec![];
        for (name, ratio) in [("loss", loss), ("twice", duplicate), ("late", late.chance)] {
            if !ratio.is_zero() {
                parts.push(format!("{name} {}/{}", ratio.numerator, ratio.denominator));
            }
        }
        if !late.chance.is_zero() && late != Late::labrpc(late.chance) {
            let millis = |millis: u32| seconds(Duration::from_millis(millis.into()));
            parts.push(format!("from {} below {}", millis(late.base_ms), millis(late.spread_ms)));
        }
        if latency != Spread::ZERO {
            parts.push(format!("latency {latency}"));
        }
        if drops_every > 0 {
            parts.push(format!("drops every {drops_every}"));
        }
        if parts.is_empty() {
            parts.push("clear".to_owned());
        }
        out.write_str(&parts.join(" "))
    }
}

/// Prints as `0.001s..0.030s`, and `0.000s..0.026s by 0.001s` unless every nanosecond can be drawn.
impl Display for Spread {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}..{}", seconds(self.base), seconds(self.most()))?;
        if self.count <= 1 || self.step == Duration::from_nanos(1) {
            return Ok(());
        }
        write!(out, " by {}", seconds(self.step))
    }
}

impl Words<'_> {
    /// Reads a link's settings, in the form in which they print.
    pub fn settings(&mut self) -> Result<LinkSettings, TextError> {
        let mut settings = self.legs()?;
        if let Some(call_failure) = self.after("failing", Self::spread)? {
            settings.call_failure = call_failure;
        }
        if let Some(snapshots) = self.after("snapshots", Self::spread)? {
            settings.snapshots = snapshots;
        }
        Ok(settings)
    }

    fn legs(&mut self) -> Result<LinkSettings, TextError> {
        if self.take("reliable") {
            return Ok(LinkSettings::RELIABLE);
        }
        let unreliable = self.take("unreliable");
        let reordering = self.take("reordering");
        if unreliable || reordering {
            return Ok(LinkSettings::labrpc(unreliable, reordering, true));
        }
        if self.take("requests") {
            let request = self.leg()?;
            self.require("replies")?;
            return Ok(LinkSettings { request, reply: self.leg()?, ..LinkSettings::RELIABLE });
        }
        self.leg().map(LinkSettings::uniform)
    }

    fn leg(&mut self) -> Result<Leg, TextError> {
        if self.take("clear") {
            return Ok(Leg::RELIABLE);
        }
        let loss = self.after("loss", Self::ratio)?;
        let duplicate = self.after("twice", Self::ratio)?;
        let late = self.after("late", Self::late)?;
        let latency = self.after("latency", Self::spread)?;
        let drops_every = self.after("drops", Self::every)?;
        let given = [loss.is_some(), duplicate.is_some(), late.is_some(), latency.is_some()];
        if !given.contains(&true) && drops_every.is_none() {
            return Err(self.unexpected(None));
        }
        Ok(Leg {
            loss: loss.unwrap_or(Ratio::ZERO),
            duplicate: duplicate.unwrap_or(Ratio::ZERO),
            late: late.unwrap_or(Late::NEVER),
            latency: latency.unwrap_or(Spread::ZERO),
            drops_every: drops_every.unwrap_or(0),
        })
    }

    /// Reads of how many messages one is lost: `every 3`.
    fn every(&mut self) -> Result<u32, TextError> {
        self.require("every")?;
        let what = "a number of messages, at least 2";
        self.value(what, |text| {
            let many = number(text).filter(|&many: &u32| many >= 2);
            many.ok_or_else(|| TextError::expected(what, text))
        })
    }

    fn late(&mut self) -> Result<Late, TextError> {
        let chance = self.ratio()?;
        let from = self.after("from", Self::span)?;
        let late = match from {
            None => Late::labrpc(chance),
            Some(from) => {
                self.require("below")?;
                let below = self.span()?;
                Late { chance, base_ms: millis(from)?, spread_ms: millis(below)? }
            }
        };
        Ok(if chance.is_zero() { Late::NEVER } else { late })
    }
}

impl Words<'_> {
    /// Reads a spread of latencies, such as `0.001s..0.030s`, or `0.000s..0.026s by 0.001s` if only
    /// some values between the two can be drawn.
    pub fn spread(&mut self) -> Result<Spread, TextError> {
        let (least, most) = self.value("a latency such as 0.001s..0.030s", latency)?;
        match self.after("by", Self::span)? {
            None => dense(least, most),
            Some(step) => stepped(least, most, step),
        }
    }
}

/// Reads a range such as `0.001s..0.030s`, in which every nanosecond can be drawn.
pub(super) fn range(text: &str) -> Result<Spread, TextError> {
    latency(text).and_then(|(least, most)| dense(least, most))
}

/// The spread in which every nanosecond can be drawn.
fn dense(least: Duration, most: Duration) -> Result<Spread, TextError> {
    if most - least > MOST_APART {
        let what = format!("latencies at most {} apart", seconds(MOST_APART));
        let found = format_args!("{}..{}", seconds(least), seconds(most));
        return Err(TextError::expected(what, found));
    }
    Ok(if least == most { Spread::fixed(least) } else { Spread::between(least, most) })
}

/// The spread whose neighbouring values lie `step` apart.
fn stepped(least: Duration, most: Duration, step: Duration) -> Result<Spread, TextError> {
    let (apart, nanos) = ((most - least).as_nanos(), step.as_nanos());
    let count = if nanos > 0 && apart.is_multiple_of(nanos) { apart / nanos + 1 } else { 0 };
    match u32::try_from(count) {
        Ok(count) if count > 1 => Ok(Spread { base: least, step, count }),
        _ => {
            let what =
                "a step that goes from the least latency to the most, in less than 2^32 steps";
            Err(TextError::expected(what, seconds(step)))
        }
    }
}

fn latency(text: &str) -> Result<(Duration, Duration), TextError> {
    let Some((least, most)) = text.split_once("..") else {
        return Err(TextError::expected("a latency such as 0.001s..0.030s", text));
    };
    let (least, most) = (span(least)?, span(most)?);
    if least > most {
        return Err(TextError::expected("the least latency before the most", text));
    }
    Ok((least, most))
}

/// The number of milliseconds in a span, which must be whole.
fn millis(span: Duration) -> Result<u32, TextError> {
    let millis = u32::try_from(span.as_millis()).ok();
    let whole = millis.filter(|&millis| Duration::from_millis(millis.into()) == span);
    whole.ok_or_else(|| TextError::expected("whole milliseconds", seconds(span)))
}
