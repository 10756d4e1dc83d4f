//! What a directed link does to the messages handed to it.
//!
//! labrpc's own settings are presets ([`LinkSettings::labrpc`]), constant by constant. One thing is
//! added: the *jitter*, a small delay of every message, which stands for what Go's scheduler does to
//! goroutines and a virtual clock does not.

use std::{fmt, mem};

use raftsim_node::{Duration, NodeId};

use crate::network::fate::{Cause, Fate};
use crate::random::{Purpose, Ratio, Stream, Streams, scale};

/// A span drawn uniformly: `base + step * k`, `k` in `0..count`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Spread {
    /// The least.
    pub base: Duration,
    /// What two neighbouring values differ by.
    pub step: Duration,
    /// How many values there are; 0 counts as 1.
    pub count: u32,
}

impl Spread {
    /// No time at all.
    pub const ZERO: Self = Self::fixed(Duration::ZERO);

    /// Always this long.
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
    /// When they lie more than 4.2 seconds apart, or `most` before `least`.
    pub const fn between(least: Duration, most: Duration) -> Self {
        let apart = most.as_nanos() - least.as_nanos();
        assert!(apart < u32::MAX as u64, "a spread of nanoseconds spans at most 4.2 s");
        #[expect(clippy::cast_possible_truncation, reason = "asserted above")]
        let count = apart as u32 + 1;
        Self { base: least, step: Duration::from_nanos(1), count }
    }

    fn at(self, word: u32) -> Duration {
        self.base + self.step * u64::from(scale(word, self.count))
    }

    /// The longest that can be drawn.
    pub fn most(self) -> Duration {
        self.base + self.step * u64::from(self.count.max(1) - 1)
    }
}

/// labrpc's long reordering: with `chance` a message is late by `base + rand(1 + rand(spread))`
/// milliseconds, skewed towards the short ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Late {
    /// How often.
    pub chance: Ratio,
    /// The least, in milliseconds.
    pub base_ms: u32,
    /// What the outer draw is below.
    pub spread_ms: u32,
}

impl Late {
    /// Never late.
    pub const NEVER: Self = Self { chance: Ratio::ZERO, base_ms: 0, spread_ms: 0 };

    fn at(self, outer: u32, inner: u32) -> Duration {
        let bound = 1 + scale(outer, self.spread_ms);
        Duration::from_millis(u64::from(self.base_ms) + u64::from(scale(inner, bound)))
    }
}

/// One direction of an RPC on a link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Leg {
    /// How long a message takes, jitter apart.
    pub latency: Spread,
    /// How often one is lost.
    pub loss: Ratio,
    /// How often one is late, instead of taking its latency.
    pub late: Late,
    /// How often one arrives twice. Never in labrpc.
    pub duplicate: Ratio,
}

impl Leg {
    /// Everything arrives at once.
    pub const RELIABLE: Self = Self {
        latency: Spread::ZERO,
        loss: Ratio::ZERO,
        late: Late::NEVER,
        duplicate: Ratio::ZERO,
    };

    /// Whether every message arrives once, within `most`.
    pub fn keeps(self, most: Duration) -> bool {
        self.loss.is_zero()
            && self.late.chance.is_zero()
            && self.duplicate.is_zero()
            && self.latency.most() <= most
    }
}

/// What a directed link does: to requests, to replies, to calls that fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LinkSettings {
    /// To requests.
    pub request: Leg,
    /// To replies.
    pub reply: Leg,
    /// How long a call over a blocked link, or to a server that is down, takes to fail.
    pub call_failure: Spread,
}

impl LinkSettings {
    /// labrpc's network. `unreliable`: requests take 0..=26 ms, one request and one reply in ten are
    /// lost. `long_reordering`: two replies in three are late by 200..=2199 ms. `long_delays`: a
    /// call that cannot succeed takes 0..=6999 ms to fail, otherwise 0..=99 ms.
    pub const fn labrpc(unreliable: bool, long_reordering: bool, long_delays: bool) -> Self {
        let loss = if unreliable { Ratio::new(1, 10) } else { Ratio::ZERO };
        let latency = if unreliable { Spread::millis(27) } else { Spread::ZERO };
        let late = if long_reordering {
            Late { chance: Ratio::new(600, 900), base_ms: 200, spread_ms: 2000 }
        } else {
            Late::NEVER
        };
        Self {
            request: Leg { latency, loss, ..Leg::RELIABLE },
            reply: Leg { loss, late, ..Leg::RELIABLE },
            call_failure: Spread::millis(if long_delays { 7000 } else { 100 }),
        }
    }

    /// Whether every message arrives once, within `most`.
    pub fn keeps(&self, most: Duration) -> bool {
        self.request.keeps(most) && self.reply.keeps(most)
    }
}

/// A directed link: its settings, its state, and its two streams.
#[derive(Debug)]
pub(crate) struct Link {
    pub(crate) blocked: bool,
    settings: LinkSettings,
    /// In a closed world, which draws nothing for messages.
    closed: bool,
    /// Whether requests, and replies, all arrive at once.
    perfect: [bool; 2],
    /// How many messages were handed to it.
    pub(crate) handed: u64,
    jitters: Option<Words>,
    fates: Option<Box<Words>>,
}

/// Whether requests, and replies, all arrive at once.
fn perfect(settings: LinkSettings, closed: bool) -> [bool; 2] {
    [settings.request, settings.reply].map(|leg| closed || leg == Leg::RELIABLE)
}

impl Link {
    pub(crate) fn new(settings: LinkSettings, closed: bool) -> Self {
        let (jitters, fates) = (None, None);
        let perfect = perfect(settings, closed);
        Self { blocked: false, settings, closed, perfect, handed: 0, jitters, fates }
    }

    pub(crate) fn settings(&self) -> LinkSettings {
        self.settings
    }

    /// Cuts or mends it; says whether that changes anything.
    pub(crate) fn set_blocked(&mut self, blocked: bool) -> bool {
        mem::replace(&mut self.blocked, blocked) != blocked
    }

    /// Sets what it does; says whether that changes anything.
    pub(crate) fn set(&mut self, settings: LinkSettings) -> bool {
        if self.settings == settings {
            return false;
        }
        self.settings = settings;
        self.perfect = perfect(settings, self.closed);
        true
    }

    /// The jitter of message `seq`: word `seq` of the link's own stream.
    #[inline]
    pub(crate) fn jitter(&mut self, seq: u64, jitter: Spread, ends: Ends<'_>) -> Duration {
        let words = match &mut self.jitters {
            Some(words) => words,
            None if jitter.count <= 1 => return jitter.base,
            none @ None => none.insert(Words::new(Purpose::Jitter(ends.from, ends.to), ends)),
        };
        let [word] = words.from(seq);
        jitter.at(word)
    }

    /// What the network does to message `seq`, whose link is open and whose addressee is up.
    #[inline]
    pub(crate) fn fate(
        &mut self,
        seq: u64,
        is_reply: bool,
        jitter: Duration,
        ends: Ends<'_>,
    ) -> Fate {
        if self.perfect[usize::from(is_reply)] {
            return Fate::Deliver(jitter);
        }
        self.draw_fate(seq, is_reply, jitter, ends)
    }

    #[inline(never)]
    fn draw_fate(&mut self, seq: u64, is_reply: bool, jitter: Duration, ends: Ends<'_>) -> Fate {
        let leg = if is_reply { self.settings.reply } else { self.settings.request };
        let [latency, loss, late, outer, inner, duplicate, again, _] = self.words(seq, ends);
        if leg.loss.hit(loss) {
            return Fate::Drop(Cause::Lost);
        }
        let after = if leg.late.chance.hit(late) {
            leg.late.at(outer, inner)
        } else {
            leg.latency.at(latency)
        };
        if leg.duplicate.hit(duplicate) {
            // The second copy's jitter is the first's: what tells them apart is the latency.
            return Fate::Duplicate(after + jitter, leg.latency.at(again) + after + jitter);
        }
        Fate::Deliver(after + jitter)
    }

    /// How long the call opened by message `seq` takes to fail, `cause` having ended it; jitter apart.
    pub(crate) fn failure_delay(&mut self, seq: u64, cause: Cause, ends: Ends<'_>) -> Duration {
        let (spread, word) = match cause {
            Cause::Blocked | Cause::Down => (self.settings.call_failure, 7),
            // labrpc delays a request first, and then loses it.
            Cause::Lost => (self.settings.request.latency, 0),
            Cause::Unasked => return Duration::ZERO,
        };
        if self.closed || spread.count <= 1 {
            return spread.base;
        }
        spread.at(self.words(seq, ends)[word])
    }

    /// The words of the fate stream that message `seq` owns, read only if its fate needs them.
    fn words(&mut self, seq: u64, ends: Ends<'_>) -> [u32; WORDS] {
        let purpose = Purpose::Fate(ends.from, ends.to);
        let words = self.fates.get_or_insert_with(|| Box::new(Words::new(purpose, ends)));
        words.from(seq * WORDS as u64)
    }
}

/// How many words of its link's fate stream a message owns.
const WORDS: usize = 8;

/// A stream whose words are read by their position.
#[derive(Debug)]
struct Words {
    stream: Stream,
    /// The position of the word that comes next.
    next: u64,
}

impl Words {
    #[cold]
    fn new(purpose: Purpose, ends: Ends<'_>) -> Self {
        Self { stream: ends.streams.stream(purpose), next: 0 }
    }

    /// The words from `position` on.
    #[inline]
    fn from<const COUNT: usize>(&mut self, position: u64) -> [u32; COUNT] {
        if self.next != position {
            self.go_to(position);
        }
        self.next = position + COUNT as u64;
        std::array::from_fn(|_| self.stream.word())
    }

    #[inline(never)]
    fn go_to(&mut self, position: u64) {
        // A jump makes a new block of words: passing over a few is cheaper.
        if (self.next..self.next + 32).contains(&position) {
            for _ in self.next..position {
                self.stream.word();
            }
        } else {
            self.stream.seek(position);
        }
    }
}

/// A link's two ends, and where its streams come from.
#[derive(Clone, Copy)]
pub(crate) struct Ends<'a> {
    pub(crate) from: NodeId,
    pub(crate) to: NodeId,
    pub(crate) streams: &'a Streams,
}

impl fmt::Display for LinkSettings {
    /// Only what differs from a perfect link.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (name, leg) in [("requests", self.request), ("replies", self.reply)] {
            write!(out, "{name} ")?;
            if leg == Leg::RELIABLE {
                write!(out, "reliable, ")?;
                continue;
            }
            write!(out, "{}..{}", leg.latency.base, leg.latency.most())?;
            let Leg { loss, late: Late { chance: late, .. }, duplicate, .. } = leg;
            for (what, ratio) in [("lost", loss), ("late", late), ("twice", duplicate)] {
                if !ratio.is_zero() {
                    write!(out, " {}/{} {what}", ratio.numerator, ratio.denominator)?;
                }
            }
            write!(out, ", ")?;
        }
        write!(out, "dead calls fail within {}", self.call_failure.most())
    }
}
