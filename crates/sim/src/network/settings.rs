//! The settings of links: those of labrpc, and more.

use raftsim_node::{Digest, Duration};

use crate::random::{Ratio, scale};

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
    /// The jitter: 50 to 1000 us. It stands for what Go's scheduler does to labrpc's goroutines.
    pub const JITTER: Self = Self::between(Duration::from_micros(50), Duration::from_micros(1000));

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
    #[track_caller]
    pub const fn between(least: Duration, most: Duration) -> Self {
        assert!(least.as_nanos() <= most.as_nanos(), "a spread ends no earlier than it begins");
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
    /// Of the messages counted on the link one is lost after so many, the next after one more, the
    /// next after two more, and so on from the beginning: never two in a row, and in no rhythm with
    /// which a node's own could stay in step. Nothing is drawn for that, so that it holds in a closed
    /// world too. With 0, as in labrpc, none is lost so.
    pub drops_every: u32,
}

impl Leg {
    /// Every message arrives at once, apart from its jitter.
    pub const RELIABLE: Self = Self {
        latency: Spread::ZERO,
        loss: Ratio::ZERO,
        late: Late::NEVER,
        duplicate: Ratio::ZERO,
        drops_every: 0,
    };

    /// Whether message `seq` of a link is lost because of `drops_every`.
    pub(super) fn drops(self, seq: u64) -> bool {
        let often = u64::from(self.drops_every);
        let place = seq % (3 * often + 3);
        often > 0 && [0, often, 2 * often + 1].contains(&place)
    }

    /// The longest time that a message may take (jitter apart).
    fn longest(self) -> Duration {
        let late = u64::from(self.late.base_ms) + u64::from(self.late.spread_ms);
        let late = if self.late.chance.is_zero() { 0 } else { late };
        self.latency.most().max(Duration::from_millis(late))
    }

    /// Whether every message arrives once, within `most` (jitter apart).
    pub fn keeps(self, most: Duration) -> bool {
        self.loss.is_zero()
            && self.drops_every == 0
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
    /// The time that a request with a snapshot takes beyond that, if the node gives its topic. In
    /// labrpc it is zero.
    pub snapshots: Spread,
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
            snapshots: Spread::ZERO,
        }
    }

    /// The longest time that a message may take (jitter apart).
    pub fn longest(&self) -> Duration {
        (self.request.longest() + self.snapshots.most()).max(self.reply.longest())
    }

    /// Whether every message arrives once, within `most` (jitter apart).
    pub fn keeps(&self, most: Duration) -> bool {
        let is_prompt = self.snapshots.most() <= most;
        is_prompt && self.request.keeps(most) && self.reply.keeps(most)
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
        let Self { request, reply, call_failure, snapshots } = self;
        let mut feed = |words: &[u64]| words.iter().for_each(|&word| digest.word(word));
        let nanos = Duration::as_nanos;
        let mut spread =
            |Spread { base, step, count }| feed(&[nanos(base), nanos(step), count.into()]);
        let mut ratios = vec![];
        for Leg { latency, loss, late, duplicate, drops_every } in [request, reply] {
            let Late { chance, base_ms, spread_ms } = late;
            spread(latency);
            ratios.extend([loss, chance, duplicate].map(|r| (r.numerator, r.denominator)));
            ratios.push((base_ms, spread_ms));
            // What came later is fed only where it says something, so that digests stay as they are.
            if drops_every > 0 {
                ratios.push((drops_every, 1));
            }
        }
        spread(call_failure);
        if snapshots != Spread::ZERO {
            spread(snapshots);
        }
        for (over, under) in ratios {
            digest.word(u64::from(over) << 32 | u64::from(under));
        }
    }
}
