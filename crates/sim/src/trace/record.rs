//! One typed record for everything that happens, in order.

use raftsim_node::{CallId, Disk, Index, Node, NodeId, ProposalId, Status, Term, Time, Touched};

use crate::fault::Fault;
use crate::network::fate::Fate;

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

/// What happened: `M` stands for a message, `W` for a disk write, `B` for opaque bytes, `F` for a
/// fault; owned in a recorded trace, and borrowed while it happens.
#[derive(Clone, Debug, PartialEq)]
pub enum What<M, W, B, F = Box<Fault>> {
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
        seq: u64,
        /// What it says.
        message: M,
    },
    /// A message arrived for a life that has ended, or a second answer to a call.
    Missed {
        /// From whom.
        from: NodeId,
        /// Its number on that link.
        seq: u64,
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
    /// A step changed what the server believes. The actions of its list follow: they are those of a
    /// server of this status. The cluster still shows the old one.
    Became(Status),
    /// The list that followed is done, and the cluster shows the new status. A status that a crash cut
    /// off within its list never settles.
    Settled,
    /// The server, which is up, does not run its code from now on: it is paused, or a list of its waits
    /// for the disk.
    Suspended,
    /// The server runs its code again; what waited for it comes next. A life that ends is not resumed.
    Resumed,
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
        seq: u64,
        /// What becomes of it.
        fate: Fate,
        /// Whether that was given by the message's name, instead of drawn. Not in the digest: a run
        /// whose fates are all given is the same run.
        is_given: bool,
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
    /// A fault was injected, and changed something.
    Fault(F),
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
pub type Seen<'a, N> = What<
    &'a <N as Node>::Message,
    &'a <<N as Node>::Disk as Disk>::Write,
    &'a raftsim_node::Bytes,
    &'a Fault,
>;

impl<M, W, B> Record<What<M, W, B>> {
    /// The same record, borrowed.
    pub fn as_seen(&self) -> Record<What<&M, &W, &B, &Fault>> {
        let Self { time, node, life, ref what } = *self;
        Record { time, node, life, what: what.map(|m| m, |w| w, |b| b, |f| &**f) }
    }
}

impl<M: Clone, W: Clone, B: Clone> Record<What<&M, &W, &B, &Fault>> {
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
        let fault = |fault: &&Fault| Box::new((*fault).clone());
        let what = what.map(|m| (*m).clone(), |w| (*w).clone(), |b| (*b).clone(), fault);
        Record { time, node, life, what }
    }
}

impl<M, W, B, F> What<M, W, B, F> {
    #[expect(clippy::inline_always, reason = "where it is called, the kind of record is known")]
    #[inline(always)]
    fn map<'a, M2, W2, B2, F2>(
        &'a self,
        message_of: impl Fn(&'a M) -> M2,
        write_of: impl Fn(&'a W) -> W2,
        bytes_of: impl Fn(&'a B) -> B2,
        fault_of: impl Fn(&'a F) -> F2,
    ) -> What<M2, W2, B2, F2> {
        match *self {
            Self::Booted(status) => What::Booted(status),
            Self::Crashed => What::Crashed,
            Self::Timeout => What::Timeout,
            Self::Received { from, seq, ref message } => {
                What::Received { from, seq, message: message_of(message) }
            }
            Self::Missed { from, seq } => What::Missed { from, seq },
            Self::CallFailed { to, call } => What::CallFailed { to, call },
            Self::Proposed { id, ref command } => What::Proposed { id, command: bytes_of(command) },
            Self::Compacted { through, ref snapshot } => {
                What::Compacted { through, snapshot: bytes_of(snapshot) }
            }
            Self::Became(status) => What::Became(status),
            Self::Settled => What::Settled,
            Self::Suspended => What::Suspended,
            Self::Resumed => What::Resumed,
            Self::Persisted { ref write, touched } => {
                What::Persisted { write: write_of(write), touched }
            }
            Self::Sent { to, seq, fate, is_given, ref message } => {
                What::Sent { to, seq, fate, is_given, message: message_of(message) }
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
            Self::Fault(ref fault) => What::Fault(fault_of(fault)),
            Self::Marked { verb, node, number } => What::Marked { verb, node, number },
        }
    }
}
