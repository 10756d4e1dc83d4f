//! The messages of the crate: what they promise of their sender's disk, and how they look.

use std::fmt;

use protobuf::Message as _;
use raft::eraftpb::{self, MessageType};
use raftsim::{Digest, Message, NodeId, Promise, Term, Topic};

/// A message.
#[derive(Clone)]
pub struct Rpc(pub(crate) eraftpb::Message);

impl Message for Rpc {
    fn is_reply(&self) -> bool {
        matches!(
            self.0.get_msg_type(),
            MessageType::MsgAppendResponse
                | MessageType::MsgHeartbeatResponse
                | MessageType::MsgRequestVoteResponse
                | MessageType::MsgRequestPreVoteResponse
        )
    }

    fn size(&self) -> usize {
        self.0.compute_size() as usize
    }

    fn topic(&self) -> Topic {
        match self.0.get_msg_type() {
            MessageType::MsgAppend
            | MessageType::MsgAppendResponse
            | MessageType::MsgHeartbeat
            | MessageType::MsgHeartbeatResponse => Topic::Append,
            MessageType::MsgRequestVote
            | MessageType::MsgRequestVoteResponse
            | MessageType::MsgRequestPreVote
            | MessageType::MsgRequestPreVoteResponse => Topic::Vote,
            MessageType::MsgSnapshot => Topic::Snapshot,
            _ => Topic::Other,
        }
    }

    /// The sender's term. That of a pre-vote is the term in which it would stand for election, which
    /// it has not entered; and a granted pre-vote repeats that.
    fn term(&self) -> Option<Term> {
        match self.0.get_msg_type() {
            MessageType::MsgRequestPreVote => Some(self.0.term - 1),
            MessageType::MsgRequestPreVoteResponse if !self.0.reject => None,
            _ => Some(self.0.term),
        }
    }

    fn promise(&self) -> Option<Promise> {
        let vote = |candidate: u64| {
            let candidate = u8::try_from(candidate).expect("it is a server");
            Promise::Vote { candidate: NodeId::new(candidate) }
        };
        match self.0.get_msg_type() {
            MessageType::MsgRequestVote => Some(vote(self.0.from)),
            MessageType::MsgRequestVoteResponse if !self.0.reject => Some(vote(self.0.to)),
            MessageType::MsgAppendResponse if !self.0.reject => {
                Some(Promise::Stored { through: self.0.index })
            }
            _ => None,
        }
    }

    fn label(&self) -> Option<String> {
        let yes = |yes: &str, no: &str| if self.0.reject { no.to_owned() } else { yes.to_owned() };
        Some(match self.0.get_msg_type() {
            MessageType::MsgRequestVote => "vote?".to_owned(),
            MessageType::MsgRequestPreVote => "pre?".to_owned(),
            MessageType::MsgRequestVoteResponse => yes("yes", "no"),
            MessageType::MsgRequestPreVoteResponse => yes("pre-yes", "pre-no"),
            MessageType::MsgHeartbeat => "beat".to_owned(),
            MessageType::MsgHeartbeatResponse => "ok".to_owned(),
            MessageType::MsgAppendResponse => yes(&format!("..{}", self.0.index), "no"),
            MessageType::MsgAppend => match &*self.0.entries {
                [] => format!("after {}", self.0.index),
                [only] => format!("{}@{}", only.index, only.term),
                [first, .., last] => format!("{}..{}@{}", first.index, last.index, last.term),
            },
            other => format!("{other:?}"),
        })
    }

    /// Its `Debug` leaves out what is not said, so that all of it is fed in the form of the wire.
    fn digest(&self, digest: &mut Digest) {
        digest.bytes(&self.0.write_to_bytes().expect("it has all that it must have"));
    }
}

/// The fields that matter for its type, and no others.
impl fmt::Debug for Rpc {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let it = &self.0;
        write!(out, "{:?} {{ term: {}", it.get_msg_type(), it.term)?;
        let fields = [
            ("index", it.index),
            ("log_term", it.log_term),
            ("commit", it.commit),
            ("reject_hint", it.reject_hint),
            ("request_snapshot", it.request_snapshot),
        ];
        for (name, value) in fields.into_iter().filter(|(_, value)| *value > 0) {
            write!(out, ", {name}: {value}")?;
        }
        if it.reject {
            write!(out, ", reject")?;
        }
        if !it.entries.is_empty() {
            let entries = it.entries.iter().map(|entry| {
                format!("{}@{} {:?}", entry.index, entry.term, String::from_utf8_lossy(&entry.data))
            });
            write!(out, ", entries: [{}]", entries.collect::<Vec<_>>().join(", "))?;
        }
        if it.has_snapshot() {
            let metadata = it.get_snapshot().get_metadata();
            write!(out, ", snapshot: {}@{}", metadata.index, metadata.term)?;
        }
        write!(out, " }}")
    }
}
