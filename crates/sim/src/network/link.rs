//! One directed link: it draws the jitter and the fate of each message handed to it.

use std::mem;
use std::sync::Arc;

use raftsim_node::{Duration, NodeId};

use super::fate::{Cause, Fate};
use super::settings::{Leg, LinkSettings, Spread};
use crate::random::{Purpose, Stream, Streams};

/// A directed link: its settings, its state, and its two streams.
#[derive(Clone, Debug)]
pub(crate) struct Link {
    pub(crate) blocked: bool,
    /// Shared with the links that have the same from the begin or from one change on.
    settings: Arc<LinkSettings>,
    /// Whether the world is closed: then nothing is drawn for messages.
    closed: bool,
    /// Whether all requests, and all replies, arrive at once.
    perfect: [bool; 2],
    /// The number of messages handed to it.
    pub(crate) handed: u64,
    jitters: Option<Draws>,
    fates: Option<Box<Draws>>,
}

/// Whether all requests, and all replies, arrive at once.
fn perfect(settings: &LinkSettings, closed: bool) -> [bool; 2] {
    let is_prompt = settings.snapshots == Spread::ZERO;
    [(settings.request, is_prompt), (settings.reply, true)].map(|(leg, is_prompt)| {
        leg.drops_every == 0 && (closed || (leg == Leg::RELIABLE && is_prompt))
    })
}

impl Link {
    pub(crate) fn new(settings: &Arc<LinkSettings>, closed: bool) -> Self {
        let (jitters, fates) = (None, None);
        let (settings, perfect) = (Arc::clone(settings), perfect(settings, closed));
        Self { blocked: false, settings, closed, perfect, handed: 0, jitters, fates }
    }

    /// Opens the link, whose words come from other streams from now on.
    pub(crate) fn reseed(&mut self) {
        self.closed = false;
        self.perfect = perfect(&self.settings, self.closed);
        self.jitters = None;
        self.fates = None;
    }

    pub(crate) fn settings(&self) -> LinkSettings {
        *self.settings
    }

    /// Cuts or mends the link; returns whether that changes anything.
    pub(crate) fn set_blocked(&mut self, blocked: bool) -> bool {
        mem::replace(&mut self.blocked, blocked) != blocked
    }

    /// Changes the link's settings; returns whether that changes anything.
    pub(crate) fn set(&mut self, settings: &Arc<LinkSettings>) -> bool {
        if self.settings == *settings {
            return false;
        }
        self.settings = Arc::clone(settings);
        self.perfect = perfect(settings, self.closed);
        true
    }

    /// The jitter of message `seq`: word `seq` of the link's stream for jitter.
    #[inline]
    pub(crate) fn jitter(&mut self, seq: u64, jitter: Spread, ends: Ends<'_>) -> Duration {
        let draws = match &mut self.jitters {
            Some(draws) => draws,
            None if jitter.count <= 1 => return jitter.base,
            none @ None => none.insert(Draws::new(Purpose::Jitter(ends.from, ends.to), ends)),
        };
        let [word] = draws.from(seq);
        jitter.at(word)
    }

    /// The fate of message `seq`, whose addressee is up; the link is not blocked. A link that takes
    /// longer for snapshots asks whether a request has one.
    #[inline]
    pub(crate) fn fate(
        &mut self,
        seq: u64,
        is_reply: bool,
        has_snapshot: impl FnOnce() -> bool,
        jitter: Duration,
        ends: Ends<'_>,
    ) -> Fate {
        if self.perfect[usize::from(is_reply)] {
            return Fate::Deliver(jitter);
        }
        self.draw_fate(seq, is_reply, has_snapshot, jitter, ends)
    }

    #[inline(never)]
    fn draw_fate(
        &mut self,
        seq: u64,
        is_reply: bool,
        has_snapshot: impl FnOnce() -> bool,
        jitter: Duration,
        ends: Ends<'_>,
    ) -> Fate {
        let LinkSettings { request, reply, snapshots, .. } = *self.settings;
        let leg = if is_reply { reply } else { request };
        if leg.drops(seq) {
            return Fate::Drop(Cause::Lost);
        }
        if self.closed {
            return Fate::Deliver(jitter);
        }
        let [latency, loss, late, outer, inner, duplicate, again, longer] = self.words(seq, ends);
        if leg.loss.hit(loss) {
            return Fate::Drop(Cause::Lost);
        }
        let is_longer = !is_reply && snapshots != Spread::ZERO && has_snapshot();
        let jitter = if is_longer { jitter + snapshots.at(longer) } else { jitter };
        let after = if leg.late.chance.hit(late) {
            leg.late.at(outer, inner)
        } else {
            leg.latency.at(latency)
        };
        if leg.duplicate.hit(duplicate) {
            // Both copies have the same jitter; the second takes one more latency.
            return Fate::Duplicate(after + jitter, leg.latency.at(again) + after + jitter);
        }
        Fate::Deliver(after + jitter)
    }

    /// The time, without jitter, until the call fails that message `seq` opened; the message was
    /// dropped for `cause`.
    pub(crate) fn failure_delay(&mut self, seq: u64, cause: Cause, ends: Ends<'_>) -> Duration {
        let (spread, word) = match cause {
            Cause::Blocked | Cause::Down => (self.settings.call_failure, 7),
            // labrpc first delays a request, and then loses it.
            Cause::Lost => (self.settings.request.latency, 0),
            Cause::Unasked => return Duration::ZERO,
        };
        if self.closed || spread.count <= 1 {
            return spread.base;
        }
        spread.at(self.words(seq, ends)[word])
    }

    /// The words of the link's stream for fates that message `seq` owns. They are read only if a
    /// fate needs them.
    fn words(&mut self, seq: u64, ends: Ends<'_>) -> [u32; WORDS] {
        let purpose = Purpose::Fate(ends.from, ends.to);
        let draws = self.fates.get_or_insert_with(|| Box::new(Draws::new(purpose, ends)));
        draws.from(seq * WORDS as u64)
    }
}

/// The number of words that each message owns in its link's stream for fates.
const WORDS: usize = 8;

/// A stream whose words are read by position.
#[derive(Clone, Debug)]
struct Draws {
    stream: Stream,
    /// The position of the stream's next word.
    next: u64,
}

impl Draws {
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
        // A jump computes a new block of words; to skip a few words is cheaper.
        if (self.next..self.next + 32).contains(&position) {
            for _ in self.next..position {
                self.stream.word();
            }
        } else {
            self.stream.seek(position);
        }
    }
}

/// A link's two ends, and the streams of the run.
#[derive(Clone, Copy)]
pub(crate) struct Ends<'a> {
    pub(crate) from: NodeId,
    pub(crate) to: NodeId,
    pub(crate) streams: &'a Streams,
}
