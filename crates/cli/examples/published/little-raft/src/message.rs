//! The messages of the crate. They have terms, but no disk stands behind them: they promise nothing.

use std::fmt;

use little_raft::message::Message as Theirs;
use little_raft::state_machine::StateMachineTransition;
use raftsim::{Command, Digest, Message, ProposalId, Term, Topic};

/// A client's command with the number of its proposal; or `None`, an entry of the Raft's own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Transition(pub(crate) Option<(ProposalId, Command)>);

impl StateMachineTransition for Transition {
    type TransitionID = Option<ProposalId>;

    fn get_id(&self) -> Option<ProposalId> {
        self.0.as_ref().map(|(id, _)| *id)
    }
}

/// A message. Its snapshots are empty: the node makes none.
#[derive(Clone)]
pub struct Rpc(pub(crate) Theirs<Transition, ()>);

impl Rpc {
    pub(crate) fn term_of(&self) -> Term {
        let (Theirs::AppendEntryRequest { term, .. }
        | Theirs::AppendEntryResponse { term, .. }
        | Theirs::VoteRequest { term, .. }
        | Theirs::VoteResponse { term, .. }
        | Theirs::InstallSnapshotRequest { term, .. }
        | Theirs::InstallSnapshotResponse { term, .. }) = self.0;
        term as Term
    }
}

impl Message for Rpc {
    fn is_reply(&self) -> bool {
        matches!(self.0, Theirs::AppendEntryResponse { .. } | Theirs::VoteResponse { .. })
    }

    fn size(&self) -> usize {
        let Theirs::AppendEntryRequest { entries, .. } = &self.0 else { return 32 };
        let command = |transition: &Transition| transition.0.as_ref().map_or(0, |it| it.1.len());
        48 + entries.iter().map(|entry| 16 + command(&entry.transition)).sum::<usize>()
    }

    fn topic(&self) -> Topic {
        match self.0 {
            Theirs::VoteRequest { .. } | Theirs::VoteResponse { .. } => Topic::Vote,
            Theirs::AppendEntryRequest { .. } | Theirs::AppendEntryResponse { .. } => Topic::Append,
            _ => Topic::Snapshot,
        }
    }

    fn term(&self) -> Option<Term> {
        Some(self.term_of())
    }

    fn label(&self) -> Option<String> {
        Some(match &self.0 {
            Theirs::VoteRequest { .. } => "vote?".to_owned(),
            Theirs::VoteResponse { vote_granted: true, .. } => "yes".to_owned(),
            Theirs::VoteResponse { .. } => "no".to_owned(),
            Theirs::AppendEntryResponse { success: true, last_index, .. } => {
                format!("..{last_index}")
            }
            Theirs::AppendEntryResponse { .. } => "no".to_owned(),
            Theirs::AppendEntryRequest { entries, prev_log_index, .. } => match &entries[..] {
                [] => format!("after {prev_log_index}"),
                [only] => format!("{}@{}", only.index, only.term),
                [first, .., last] => format!("{}..{}@{}", first.index, last.index, last.term),
            },
            _ => "snapshot".to_owned(),
        })
    }

    fn digest(&self, digest: &mut Digest) {
        digest.debug(self);
    }
}

impl fmt::Debug for Rpc {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(out)
    }
}
