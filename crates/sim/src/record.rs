//! One typed record for everything that happens, in order.

use raftsim_node::{
    CallId, Digest, Disk, Duration, Index, Message, Node, NodeId, ProposalId, Status, Term, Time,
    Touched,
};

use crate::fate::Fate;
use crate::network::{Late, Leg, LinkSettings, Spread};

/// What happened, when, to whom.
#[derive(Clone, Debug, PartialEq)]
pub struct Record<What> {
    /// When, by the world's clock.
    pub time: Time,
    /// To whom; `None` for what happens to the world.
    pub node: Option<NodeId>,
    /// In which of its lives, from 1; 0 before the first and for the world.
    pub life: u32,
    /// What.
    pub what: What,
}

/// What happened: `M` stands for a message, `W` for a disk write, `B` for opaque bytes, owned in a
/// recorded trace and borrowed while it happens.
#[derive(Clone, Debug, PartialEq)]
pub enum What<M, W, B> {
    /// A life began.
    Booted(Status),
    /// A life ended.
    Crashed,
    /// The deadline had come.
    Timeout,
    /// A message arrived.
    Received {
        /// From whom.
        from: NodeId,
        /// Its number on that link.
        n: u64,
        /// What it says.
        message: M,
    },
    /// A message arrived for a life that has ended, or a second answer to a call.
    Missed {
        /// From whom.
        from: NodeId,
        /// Its number on that link.
        n: u64,
    },
    /// A call failed.
    CallFailed {
        /// Who was called.
        to: NodeId,
        /// Which call.
        call: CallId,
    },
    /// A client proposed a command.
    Proposed {
        /// The proposal's number.
        id: ProposalId,
        /// What to replicate.
        command: B,
    },
    /// The service handed over a snapshot.
    Compacted {
        /// The last entry folded.
        through: Index,
        /// The service's bytes.
        snapshot: B,
    },
    /// The step changed what the server believes.
    Became(Status),
    /// A write became durable.
    Persisted {
        /// What was written.
        write: W,
        /// What it changed.
        touched: Touched,
    },
    /// A message was handed to the network.
    Sent {
        /// For whom.
        to: NodeId,
        /// Its number on that link.
        n: u64,
        /// What becomes of it.
        fate: Fate,
        /// What it says.
        message: M,
    },
    /// A proposal was appended.
    Accepted {
        /// Which.
        id: ProposalId,
        /// Where.
        index: Index,
        /// In which term.
        term: Term,
    },
    /// A proposal was refused.
    Rejected {
        /// Which.
        id: ProposalId,
        /// Who leads, as far as the server knows.
        leader: Option<NodeId>,
    },
    /// An entry was handed to the service.
    Applied {
        /// Its index.
        index: Index,
        /// Its term.
        term: Term,
        /// Its command; `None` for an entry of the Raft's own.
        command: Option<B>,
    },
    /// A snapshot was handed to the service.
    Restored {
        /// The last entry that it stands for.
        index: Index,
        /// That entry's term.
        term: Term,
        /// The service's bytes.
        snapshot: B,
    },
    /// The server says why. Not in the digest.
    Noted(&'static str),
    /// All links from and to the server were cut.
    Disconnected,
    /// The links to and from all connected servers were mended.
    Connected,
    /// The link to `to` was cut.
    Blocked {
        /// The other end.
        to: NodeId,
    },
    /// The link to `to` was mended.
    Unblocked {
        /// The other end.
        to: NodeId,
    },
    /// Every link was mended.
    Healed,
    /// The next list will be cut off by a crash.
    CrashArmed {
        /// After so many actions.
        after: u32,
    },
    /// The settings of one link, or of all (`to` is `None`), changed.
    Network {
        /// The other end.
        to: Option<NodeId>,
        /// What the link now does. Boxed: it is large, and rare.
        settings: Box<LinkSettings>,
    },
    /// The scenario came to a point worth telling.
    Marked {
        /// The scenario's verb.
        verb: &'static str,
        /// What it found or chose.
        node: Option<NodeId>,
        /// A term, an index, a count: as the verb says.
        number: u64,
    },
}

/// A record that owns what it tells, as a trace keeps it.
pub type RecordOf<N> =
    Record<What<<N as Node>::Message, <<N as Node>::Disk as Disk>::Write, raftsim_node::Bytes>>;

/// What happens, borrowed while it happens.
pub type Seen<'a, N> =
    What<&'a <N as Node>::Message, &'a <<N as Node>::Disk as Disk>::Write, &'a raftsim_node::Bytes>;

impl<M, W, B> Record<What<M, W, B>> {
    /// The same record, borrowed.
    pub fn as_seen(&self) -> Record<What<&M, &W, &B>> {
        let Self { time, node, life, ref what } = *self;
        Record { time, node, life, what: what.map(|m| m, |w| w, |b| b) }
    }
}

impl<M: Clone, W: Clone, B: Clone> Record<What<&M, &W, &B>> {
    /// Whether it holds what a node made, which to copy runs the node's code.
    #[expect(clippy::inline_always, reason = "where it is called, the kind of record is known")]
    #[inline(always)]
    pub(crate) fn holds_nodes_values(&self) -> bool {
        matches!(self.what, What::Received { .. } | What::Sent { .. } | What::Persisted { .. })
    }

    /// The same record, owning what it tells.
    #[expect(clippy::inline_always, reason = "where it is called, the kind of record is known")]
    #[inline(always)]
    pub(crate) fn to_owned(&self) -> Record<What<M, W, B>> {
        let Self { time, node, life, ref what } = *self;
        let what = what.map(|m| (*m).clone(), |w| (*w).clone(), |b| (*b).clone());
        Record { time, node, life, what }
    }
}

impl<M, W, B> What<M, W, B> {
    #[expect(clippy::inline_always, reason = "where it is called, the kind of record is known")]
    #[inline(always)]
    fn map<'a, M2, W2, B2>(
        &'a self,
        message_of: impl Fn(&'a M) -> M2,
        write_of: impl Fn(&'a W) -> W2,
        bytes_of: impl Fn(&'a B) -> B2,
    ) -> What<M2, W2, B2> {
        match *self {
            Self::Booted(status) => What::Booted(status),
            Self::Crashed => What::Crashed,
            Self::Timeout => What::Timeout,
            Self::Received { from, n, ref message } => {
                What::Received { from, n, message: message_of(message) }
            }
            Self::Missed { from, n } => What::Missed { from, n },
            Self::CallFailed { to, call } => What::CallFailed { to, call },
            Self::Proposed { id, ref command } => What::Proposed { id, command: bytes_of(command) },
            Self::Compacted { through, ref snapshot } => {
                What::Compacted { through, snapshot: bytes_of(snapshot) }
            }
            Self::Became(status) => What::Became(status),
            Self::Persisted { ref write, touched } => {
                What::Persisted { write: write_of(write), touched }
            }
            Self::Sent { to, n, fate, ref message } => {
                What::Sent { to, n, fate, message: message_of(message) }
            }
            Self::Accepted { id, index, term } => What::Accepted { id, index, term },
            Self::Rejected { id, leader } => What::Rejected { id, leader },
            Self::Applied { index, term, ref command } => {
                What::Applied { index, term, command: command.as_ref().map(bytes_of) }
            }
            Self::Restored { index, term, ref snapshot } => {
                What::Restored { index, term, snapshot: bytes_of(snapshot) }
            }
            Self::Noted(why) => What::Noted(why),
            Self::Disconnected => What::Disconnected,
            Self::Connected => What::Connected,
            Self::Blocked { to } => What::Blocked { to },
            Self::Unblocked { to } => What::Unblocked { to },
            Self::Healed => What::Healed,
            Self::CrashArmed { after } => What::CrashArmed { after },
            Self::Network { to, ref settings } => What::Network { to, settings: settings.clone() },
            Self::Marked { verb, node, number } => What::Marked { verb, node, number },
        }
    }
}

/// Digests a message by itself; records feed this one word, wherever the message shows up.
#[inline]
pub(crate) fn message_digest(message: &impl Message) -> u64 {
    let mut digest = Digest::new();
    message.digest(&mut digest);
    digest.value()
}

/// Feeds a whole record. `message` is its message's digest, if it is known already. Runs the node's
/// code where the record holds a write, or a message whose digest is not known.
#[expect(clippy::inline_always, reason = "where it is called, the kind of record is known")]
#[inline(always)]
pub(crate) fn digest<N: Node>(
    record: &Record<Seen<'_, N>>,
    message: Option<u64>,
    digest: &mut Digest,
) {
    let known = |m: &N::Message| message.unwrap_or_else(|| message_digest(m));
    let (tag, peer) = tag_and_peer(&record.what);
    let node = number(record.node);
    let head = tag | node << 8 | number(peer) << 16 | u64::from(record.life) << 32;
    digest.pair(record.time.as_nanos(), head);
    match &record.what {
        What::Crashed
        | What::Timeout
        | What::Noted(_)
        | What::Disconnected
        | What::Connected
        | What::Blocked { .. }
        | What::Unblocked { .. }
        | What::Healed => {}
        What::Booted(status) | What::Became(status) => feed_status(digest, *status),
        What::Received { n, message, .. } => digest.pair(known(message), *n),
        What::Missed { n, .. } => digest.word(*n),
        What::CallFailed { call, .. } => digest.word(call.0),
        What::Proposed { id, command } => {
            digest.word(id.0);
            digest.bytes(command);
        }
        What::Compacted { through, snapshot } => {
            digest.word(*through);
            digest.bytes(snapshot);
        }
        What::Persisted { write, touched } => {
            let Touched { vote, log_from, snapshot } = *touched;
            let flags = u64::from(vote) | u64::from(snapshot) << 1;
            digest.word(flags | u64::from(log_from.is_some()) << 2);
            digest.word(log_from.unwrap_or(0));
            <N::Disk as Disk>::digest(write, digest);
        }
        What::Sent { n, fate, message, .. } => {
            fate.digest(digest);
            digest.pair(known(message), *n);
        }
        What::Accepted { id, index, term } => {
            digest.word(id.0);
            digest.word(*index);
            digest.word(*term);
        }
        What::Rejected { id, .. } => digest.word(id.0),
        What::Applied { index, term, command } => {
            digest.word(*index);
            digest.word(term << 1 | u64::from(command.is_some()));
            if let Some(bytes) = command {
                digest.bytes(bytes);
            }
        }
        What::Restored { index, term, snapshot } => {
            digest.word(*index);
            digest.word(*term);
            digest.bytes(snapshot);
        }
        What::CrashArmed { after } => digest.word(u64::from(*after)),
        What::Network { settings, .. } => feed_settings(digest, **settings),
        What::Marked { verb, number, .. } => {
            digest.bytes(verb.as_bytes());
            digest.word(*number);
        }
    }
}

fn number(node: Option<NodeId>) -> u64 {
    node.map_or(0, |node| u64::from(node.number()))
}

/// Which kind of record it is, and which other server it names.
#[expect(clippy::inline_always, reason = "where it is called, the kind of record is known")]
#[inline(always)]
fn tag_and_peer<M, W, B>(what: &What<M, W, B>) -> (u64, Option<NodeId>) {
    match *what {
        What::Booted(_) => (1, None),
        What::Crashed => (2, None),
        What::Timeout => (3, None),
        What::Received { from, .. } => (4, Some(from)),
        What::Missed { from, .. } => (5, Some(from)),
        What::CallFailed { to, .. } => (6, Some(to)),
        What::Proposed { .. } => (7, None),
        What::Compacted { .. } => (8, None),
        What::Became(_) => (9, None),
        What::Persisted { .. } => (10, None),
        What::Sent { to, .. } => (11, Some(to)),
        What::Accepted { .. } => (12, None),
        What::Rejected { leader, .. } => (13, leader),
        What::Applied { .. } => (14, None),
        What::Restored { .. } => (15, None),
        What::Noted(_) => (16, None),
        What::Disconnected => (17, None),
        What::Connected => (18, None),
        What::Blocked { to } => (19, Some(to)),
        What::Unblocked { to } => (20, Some(to)),
        What::Healed => (21, None),
        What::CrashArmed { .. } => (22, None),
        What::Network { to, .. } => (23, to),
        What::Marked { node, .. } => (24, node),
    }
}

fn feed_status(digest: &mut Digest, status: Status) {
    let Status { term, role, leader, commit, .. } = status;
    digest.word(term);
    digest.word(role as u64 | number(leader) << 8 | u64::from(commit.is_some()) << 16);
    if let Some(index) = commit {
        digest.word(index);
    }
}

fn feed_settings(digest: &mut Digest, settings: LinkSettings) {
    let LinkSettings { request, reply, call_failure } = settings;
    let mut feed = |words: &[u64]| words.iter().for_each(|&word| digest.word(word));
    let nanos = Duration::as_nanos;
    let mut spread = |Spread { base, step, count }| feed(&[nanos(base), nanos(step), count.into()]);
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
