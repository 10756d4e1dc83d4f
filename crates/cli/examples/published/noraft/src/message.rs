//! The messages: those of the crate with the commands of their entries, and one of our own that
//! brings a snapshot, which the crate leaves to its user.

use noraft::LogEntry;
use raftsim::{Command, Digest, Message, NodeId, Promise, Snapshot, Term, Topic};

/// A message.
#[derive(Clone, Debug)]
pub enum Rpc {
    /// One of the crate, and the commands of the entries in it, in order.
    Raft {
        /// The message.
        message: noraft::Message,
        /// The commands.
        commands: Vec<Command>,
        /// What its sender promises.
        promise: Option<Promise>,
    },
    /// A leader's snapshot.
    InstallSnapshot {
        /// The leader.
        from: NodeId,
        /// Its term.
        term: Term,
        /// The snapshot.
        snapshot: Snapshot,
    },
}

impl Message for Rpc {
    fn is_reply(&self) -> bool {
        use noraft::Message::{AppendEntriesReply, RequestVoteReply};
        let Self::Raft { message, .. } = self else { return false };
        matches!(message, AppendEntriesReply { .. } | RequestVoteReply { .. })
    }

    fn size(&self) -> usize {
        match self {
            Self::Raft { message: noraft::Message::AppendEntriesCall { entries, .. }, .. } => {
                40 + 9 * entries.len() + self.commands().iter().map(|it| it.len()).sum::<usize>()
            }
            Self::Raft { .. } => 32,
            Self::InstallSnapshot { snapshot, .. } => 32 + snapshot.data.len(),
        }
    }

    fn topic(&self) -> Topic {
        use noraft::Message::{RequestVoteCall, RequestVoteReply};
        match self {
            Self::Raft { message: RequestVoteCall { .. } | RequestVoteReply { .. }, .. } => {
                Topic::Vote
            }
            Self::Raft { .. } => Topic::Append,
            Self::InstallSnapshot { .. } => Topic::Snapshot,
        }
    }

    fn term(&self) -> Option<Term> {
        match self {
            Self::Raft { message, .. } => Some(message.term().get()),
            Self::InstallSnapshot { term, .. } => Some(*term),
        }
    }

    fn promise(&self) -> Option<Promise> {
        match self {
            Self::Raft { promise, .. } => *promise,
            Self::InstallSnapshot { .. } => None,
        }
    }

    fn label(&self) -> Option<String> {
        use noraft::Message::{
            AppendEntriesCall, AppendEntriesReply, RequestVoteCall, RequestVoteReply,
        };
        let Self::Raft { message, .. } = self else { return Some("snapshot".to_owned()) };
        Some(match message {
            RequestVoteCall { .. } => "vote?".to_owned(),
            RequestVoteReply { vote_granted: true, .. } => "yes".to_owned(),
            RequestVoteReply { .. } => "no".to_owned(),
            AppendEntriesReply { last_position, .. } => format!("..{}", last_position.index.get()),
            AppendEntriesCall { entries, .. } => {
                let (first, last) = (entries.prev_position().index.get(), entries.last_position());
                match entries.len() {
                    0 => format!("after {first}"),
                    1 => format!("{}@{}", last.index.get(), last.term.get()),
                    _ => format!("{}..{}@{}", first + 1, last.index.get(), last.term.get()),
                }
            }
        })
    }

    fn digest(&self, digest: &mut Digest) {
        digest.debug(self);
    }
}

impl Rpc {
    fn commands(&self) -> &[Command] {
        match self {
            Self::Raft { commands, .. } => commands,
            Self::InstallSnapshot { .. } => &[],
        }
    }

    /// The commands of the entries that a message brings, each with its index.
    pub(crate) fn indexed(
        message: &noraft::Message,
        commands: Vec<Command>,
    ) -> Vec<(u64, Command)> {
        let noraft::Message::AppendEntriesCall { entries, .. } = message else { return vec![] };
        let entries = entries.iter_with_positions();
        let indexes = entries.filter(|(_, entry)| *entry == LogEntry::Command);
        indexes.map(|(position, _)| position.index.get()).zip(commands).collect()
    }
}
