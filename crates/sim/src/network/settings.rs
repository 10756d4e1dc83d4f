//! The settings of links, as values and as text: those of labrpc, and more.

use std::fmt::{self, Display};
use std::str::FromStr;

use raftsim_node::{Digest, Duration};

use crate::random::{Ratio, scale};
use crate::text::{TextError, Words, seconds, span};

/// A time drawn uniformly from `base + step * k`, for `k` in `0..count`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Spread {
    /// The least time.
    pub base: Duration,
    /// The difference between two neighbouring values.
    pub step: Duration,
    /// The number of values; 0 counts as 1.
    pub count: u32,
}

impl Spread {
    /// No time at all.
    pub const ZERO: Self = Self::fixed(Duration::ZERO);

    /// Always `base`.
    pub const fn fixed(base: Duration) -> Self {
        Self { base, step: Duration::ZERO, count: 1 }
    }

    /// Whole milliseconds, uniform in `0..count`.
    pub const fn millis(count: u32) -> Self {
        Self { base: Duration::ZERO, step: Duration::from_millis(1), count }
    }

    /// Uniform between `least` and `most`, both included, to the nanosecond.
    ///
    /// # Panics
    /// If `most` is less than `least`, or exceeds it by 2^32 - 1 nanoseconds (4.29 s) or more.
    pub const fn between(least: Duration, most: Duration) -> Self {
        let apart = most.as_nanos() - least.as_nanos();
        assert!(apart < u32::MAX as u64, "a spread of nanoseconds spans less than 4.29 s");
        #[expect(clippy::cast_possible_truncation, reason = "asserted above")]
        let count = apart as u32 + 1;
        Self { base: least, step: Duration::from_nanos(1), count }
    }

    /// The value that a random `word` selects.
    pub(super) fn at(self, word: u32) -> Duration {
        self.base + self.step * u64::from(scale(word, self.count))
    }

    /// The longest time that can be drawn.
    pub fn most(self) -> Duration {
        self.base + self.step * u64::from(self.count.max(1) - 1)
    }
}

/// labrpc's long reordering: with probability `chance` a message is late by
/// `base_ms + rand(1 + rand(spread_ms))` milliseconds, so short delays are more frequent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Late {
    /// The probability.
    pub chance: Ratio,
    /// The least delay, in milliseconds.
    pub base_ms: u32,
    /// The exclusive bound of the outer draw, in milliseconds.
    pub spread_ms: u32,
}

impl Late {
    /// labrpc's delays with this `chance`: 200 to 2,199 ms.
    pub const fn labrpc(chance: Ratio) -> Self {
        Self { chance, base_ms: 200, spread_ms: 2000 }
    }

    /// Never late.
    pub const NEVER: Self = Self { chance: Ratio::ZERO, base_ms: 0, spread_ms: 0 };

    /// The delay that two random words select.
    pub(super) fn at(self, outer: u32, inner: u32) -> Duration {
        let bound = 1 + scale(outer, self.spread_ms);
        Duration::from_millis(u64::from(self.base_ms) + u64::from(scale(inner, bound)))
    }
}

/// What a link does to its requests, or to its replies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Leg {
    /// The time that a message takes, without its jitter.
    pub latency: Spread,
    /// The probability that a message is lost.
    pub loss: Ratio,
    /// How late a message may be; a late message does not take its latency.
    pub late: Late,
    /// The probability that a message arrives twice. In labrpc it is zero.
    pub duplicate: Ratio,
}

impl Leg {
    /// Every message arrives at once, apart from its jitter.
    pub const RELIABLE: Self = Self {
        latency: Spread::ZERO,
        loss: Ratio::ZERO,
        late: Late::NEVER,
        duplicate: Ratio::ZERO,
    };

    /// The longest time that a message may take (jitter apart).
    fn longest(self) -> Duration {
        let late = u64::from(self.late.base_ms) + u64::from(self.late.spread_ms);
        let late = if self.late.chance.is_zero() { 0 } else { late };
        self.latency.most().max(Duration::from_millis(late))
    }

    /// Whether every message arrives once, within `most` (jitter apart).
    pub fn keeps(self, most: Duration) -> bool {
        self.loss.is_zero()
            && self.late.chance.is_zero()
            && self.duplicate.is_zero()
            && self.latency.most() <= most
    }
}

/// What a directed link does to requests, to replies and to calls that fail.
/// [`LinkSettings::labrpc`] has labrpc's constants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LinkSettings {
    /// What it does to requests.
    pub request: Leg,
    /// What it does to replies.
    pub reply: Leg,
    /// The time until a call over a blocked link, or to a server that is down, fails.
    pub call_failure: Spread,
}

impl LinkSettings {
    /// labrpc's network. `unreliable`: requests take 0 to 26 ms, and one request in ten and one
    /// reply in ten are lost. `long_reordering`: two replies in three are late by 200 to 2,199 ms.
    /// `long_delays`: a call that cannot succeed takes 0 to 6,999 ms to fail, otherwise 0 to 99 ms.
    pub const fn labrpc(unreliable: bool, long_reordering: bool, long_delays: bool) -> Self {
        let loss = if unreliable { Ratio::new(1, 10) } else { Ratio::ZERO };
        let latency = if unreliable { Spread::millis(27) } else { Spread::ZERO };
        let late = if long_reordering { Late::labrpc(Ratio::new(600, 900)) } else { Late::NEVER };
        Self {
            request: Leg { latency, loss, ..Leg::RELIABLE },
            reply: Leg { loss, late, ..Leg::RELIABLE },
            call_failure: Spread::millis(if long_delays { 7000 } else { 100 }),
        }
    }

    /// The longest time that a message may take (jitter apart).
    pub fn longest(&self) -> Duration {
        self.request.longest().max(self.reply.longest())
    }

    /// Whether every message arrives once, within `most` (jitter apart).
    pub fn keeps(&self, most: Duration) -> bool {
        self.request.keeps(most) && self.reply.keeps(most)
    }
}

impl LinkSettings {
    /// labrpc's reliable network, with its long delays.
    pub const RELIABLE: Self = Self::labrpc(false, false, true);

    /// A link with the same `leg` for requests and replies; calls that cannot succeed fail as in
    /// labrpc.
    pub const fn uniform(leg: Leg) -> Self {
        Self { request: leg, reply: leg, ..Self::RELIABLE }
    }

    /// Feeds the settings to a run's digest.
    pub(crate) fn digest(self, digest: &mut Digest) {
        let Self { request, reply, call_failure } = self;
        let mut feed = |words: &[u64]| words.iter().for_each(|&word| digest.word(word));
        let nanos = Duration::as_nanos;
        let mut spread =
            |Spread { base, step, count }| feed(&[nanos(base), nanos(step), count.into()]);
        let mut ratios = vec![];
        for Leg { latency, loss, late, duplicate } in [request, reply] {
            let Late { chance, base_ms, spread_ms } = late;
            spread(latency);
            ratios.extend([loss, chance, duplicate].map(|r| (r.numerator, r.denominator)));
            ratios.push((base_ms, spread_ms));
        }
        spread(call_failure);
        for (over, under) in ratios {
            digest.word(u64::from(over) << 32 | u64::from(under));
        }
    }
}

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
/// that cannot succeed do not fail as in labrpc, that follows: `failing 0.000s..0.099s by 0.001s`.
impl Display for LinkSettings {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { request, reply, call_failure } = *self;
        let is_like = |&&(_, unreliable, reordering): &&(_, bool, bool)| {
            let preset = Self::labrpc(unreliable, reordering, true);
            (preset.request, preset.reply) == (request, reply)
        };
        match PRESETS.iter().find(is_like) {
            Some((words, ..)) => out.write_str(words)?,
            None if request == reply => write!(out, "{request}")?,
            None => write!(out, "requests {request} replies {reply}")?,
        }
        if call_failure == Self::RELIABLE.call_failure {
            return Ok(());
        }
        write!(out, " failing {call_failure}")
    }
}

impl FromStr for LinkSettings {
    type Err = TextError;

    fn from_str(text: &str) -> Result<Self, TextError> {
        Words::whole(text, Words::settings)
    }
}

/// Prints as `loss 1/10 twice 1/20 late 1/3 latency 0.001s..0.030s`, without the parts that are
/// zero, and as `clear` if all are. Delays that are not labrpc's are added: `late 1/3 from 0.100s
/// below 0.500s`.
impl Display for Leg {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { latency, loss, late, duplicate } = *self;
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
        let settings = self.legs()?;
        match self.after("failing", Self::spread)? {
            Some(call_failure) => Ok(LinkSettings { call_failure, ..settings }),
            None => Ok(settings),
        }
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
        if loss.is_none() && duplicate.is_none() && late.is_none() && latency.is_none() {
            return Err(self.unexpected(None));
        }
        Ok(Leg {
            loss: loss.unwrap_or(Ratio::ZERO),
            duplicate: duplicate.unwrap_or(Ratio::ZERO),
            late: late.unwrap_or(Late::NEVER),
            latency: latency.unwrap_or(Spread::ZERO),
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
            None if most - least > MOST_APART => {
                let what = format!("latencies at most {} apart", seconds(MOST_APART));
                let found = format_args!("{}..{}", seconds(least), seconds(most));
                Err(TextError::expected(what, found))
            }
            None if least == most => Ok(Spread::fixed(least)),
            None => Ok(Spread::between(least, most)),
            Some(step) => stepped(least, most, step),
        }
    }
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
