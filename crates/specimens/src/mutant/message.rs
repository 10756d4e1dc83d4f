//! The messages of [`super::Control`]. A reply is a message like any other: it contains the parts
//! of its request that the receiver needs.

use raftsim_node::{Digest, Index, NodeId, Promise, Snapshot, Term, Topic};

use super::disk::{Entry, Position, digest_entries, digest_snapshot};

/// A message: the sender's term and a body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// The sender's term.
    pub term: Term,
    /// The body.
    pub body: Body,
}

/// The body of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Body {
    /// `RequestVote`.
    RequestVote {
        /// The sender. Only the harness needs it, for the promise that the message makes.
        candidate: NodeId,
        /// The candidate's last entry.
        last: Position,
    },
    /// The answer to it.
    Vote {
        /// The candidate that asked.
        candidate: NodeId,
        /// Whether the vote is granted.
        granted: bool,
    },
    /// [`super::Variant::PreVote`] asks whether the receiver would vote for it.
    PreVote {
        /// The term in which the sender would stand for election. Nobody enters it yet.
        next: Term,
        /// The sender's last entry.
        last: Position,
    },
    /// The answer to it.
    PreVoted {
        /// The request's `next`.
        next: Term,
        /// Whether the server would vote for the other.
        granted: bool,
    },
    /// `AppendEntries`.
    Append {
        /// The previous entry: the one before the new entries.
        prev: Position,
        /// The new entries; none in a heartbeat.
        entries: Vec<Entry>,
        /// `leaderCommit`.
        commit: Index,
    },
    /// The answer to it.
    Appended {
        /// The request's term.
        asked: Term,
        /// The request's `prevLogIndex`.
        prev: Index,
        /// The index through which the log now matches the leader's, or where it differs.
        result: Result<Index, Conflict>,
    },
    /// `InstallSnapshot`, in one piece.
    Install(Snapshot),
    /// The answer to it.
    Installed {
        /// The request's term.
        asked: Term,
        /// The snapshot's last index.
        through: Index,
    },
}

/// Where a follower's log differs (§5.3, the lab's `XTerm`, `XIndex` and `XLen`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Conflict {
    /// The term of the follower's entry at `prevLogIndex`; `None` if its log ends before it.
    pub term: Option<Term>,
    /// The first index of that term; without a term, the index after the log's end.
    pub index: Index,
}

impl raftsim_node::Message for Message {
    fn is_reply(&self) -> bool {
        match self.body {
            Body::RequestVote { .. }
            | Body::PreVote { .. }
            | Body::Append { .. }
            | Body::Install(_) => false,
            Body::Vote { .. }
            | Body::PreVoted { .. }
            | Body::Appended { .. }
            | Body::Installed { .. } => true,
        }
    }

    /// Eight bytes for each number, one for each truth value, and the bytes of the payloads.
    fn size(&self) -> usize {
        let rest = match &self.body {
            Body::RequestVote { .. } | Body::PreVote { .. } => 3 * 8,
            Body::Installed { .. } => 2 * 8,
            Body::Vote { .. } | Body::PreVoted { .. } => 8 + 1,
            Body::Append { entries, .. } => {
                3 * 8 + entries.iter().map(|entry| 8 + entry.bytes()).sum::<usize>()
            }
            Body::Appended { .. } => 4 * 8 + 1,
            Body::Install(snapshot) => 2 * 8 + snapshot.data.len(),
        };
        8 + rest
    }

    fn topic(&self) -> Topic {
        match self.body {
            Body::RequestVote { .. }
            | Body::Vote { .. }
            | Body::PreVote { .. }
            | Body::PreVoted { .. } => Topic::Vote,
            Body::Append { .. } | Body::Appended { .. } => Topic::Append,
            Body::Install(_) | Body::Installed { .. } => Topic::Snapshot,
        }
    }

    fn term(&self) -> Option<Term> {
        Some(self.term)
    }

    /// A granted vote, the candidate's own vote, or the entries that are acknowledged.
    fn promise(&self) -> Option<Promise> {
        match self.body {
            Body::RequestVote { candidate, .. } | Body::Vote { candidate, granted: true } => {
                Some(Promise::Vote { candidate })
            }
            Body::Appended { result: Ok(through), .. } | Body::Installed { through, .. } => {
                Some(Promise::Stored { through })
            }
            Body::Vote { .. }
            | Body::PreVote { .. }
            | Body::PreVoted { .. }
            | Body::Append { .. }
            | Body::Appended { .. }
            | Body::Install(_) => None,
        }
    }

    fn label(&self) -> Option<String> {
        let yes_or_no = |yes| if yes { "yes" } else { "no" }.to_owned();
        Some(match &self.body {
            Body::RequestVote { .. } => "vote?".to_owned(),
            Body::PreVote { .. } => "pre-vote?".to_owned(),
            Body::Vote { granted, .. } | Body::PreVoted { granted, .. } => yes_or_no(*granted),
            Body::Append { prev, entries, .. } => {
                let (first, through) = (prev.index + 1, prev.index + entries.len() as Index);
                match entries.as_slice() {
                    [] => "beat".to_owned(),
                    [only] => format!("{first}@{}", only.term),
                    [.., last] => format!("{first}..{through}@{}", last.term),
                }
            }
            Body::Appended { result, .. } => yes_or_no(result.is_ok()),
            Body::Install(snapshot) => format!("to {}", snapshot.index),
            Body::Installed { .. } => yes_or_no(true),
        })
    }

    fn digest(&self, digest: &mut Digest) {
        digest.word(self.term);
        match &self.body {
            Body::RequestVote { candidate, last } => {
                digest.word(1);
                digest.word(u64::from(candidate.number()));
                digest.pair(last.index, last.term);
            }
            Body::Vote { candidate, granted } => {
                digest.word(2);
                digest.pair(u64::from(candidate.number()), u64::from(*granted));
            }
            Body::Append { prev, entries, commit } => {
                digest.word(3);
                digest.pair(prev.index, prev.term);
                digest_entries(entries, digest);
                digest.word(*commit);
            }
            Body::Appended { asked, prev, result } => {
                digest.word(4);
                digest.pair(*asked, *prev);
                match result {
                    Ok(through) => digest.pair(*through, 0),
                    // Terms are counted from 1 here, so that 0 is free to mean no term.
                    Err(Conflict { term, index }) => {
                        digest.pair(*index, 1 + term.map_or(0, |term| 1 + term));
                    }
                }
            }
            Body::Install(snapshot) => {
                digest.word(5);
                digest_snapshot(snapshot, digest);
            }
            Body::Installed { asked, through } => {
                digest.word(6);
                digest.pair(*asked, *through);
            }
            Body::PreVote { next, last } => {
                digest.pair(7, *next);
                digest.pair(last.index, last.term);
            }
            Body::PreVoted { next, granted } => {
                digest.pair(8, *next);
                digest.word(u64::from(*granted));
            }
        }
    }
}
