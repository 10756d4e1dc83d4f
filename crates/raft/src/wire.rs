//! What the harness knows of a message: its kind, size, topic, term and promise, and its part of a
//! digest.

use alloc::borrow::ToOwned;
use alloc::format;
use alloc::string::String;

use raftsim_node::{self as node, Digest, Promise, Term, Topic};

use crate::message::{
    Answer, AppendEntries, AppendEntriesReply, InstallSnapshot, InstallSnapshotReply, Message,
    RequestVote, RequestVoteReply,
};

impl node::Message for Message {
    fn is_reply(&self) -> bool {
        match self {
            Self::RequestVoteReply(_)
            | Self::AppendEntriesReply(_)
            | Self::InstallSnapshotReply(_)
            | Self::PreVoteReply(_) => true,
            Self::RequestVote(_)
            | Self::AppendEntries(_)
            | Self::InstallSnapshot(_)
            | Self::PreVote(_) => false,
        }
    }

    /// In a wire format that we made up for this: a header of 8 bytes (kind, sender, receiver, body
    /// length), where a request for a vote that disrupts is a kind of its own; 8 bytes for a term or an index; 1 for a server's name or a flag; 4 for the number
    /// of entries; for each entry 8 for its term, 4 for the length of its command, and the command;
    /// 4 for the length of a snapshot, and the snapshot.
    #[inline(always)]
    fn size(&self) -> usize {
        const HEADER: usize = 8;
        HEADER
            + match self {
                Self::RequestVote(_) => 3 * 8 + 1,
                Self::RequestVoteReply(_) => 8 + 1 + 1,
                Self::AppendEntries(request) => {
                    let entries: usize =
                        request.entries.iter().map(|entry| 12 + entry.command.len()).sum();
                    4 * 8 + 4 + entries
                }
                Self::AppendEntriesReply(reply) => {
                    8 + 1
                        + match reply.answer {
                            Answer::Stale => 0,
                            Answer::Success { .. } => 8,
                            Answer::Conflict { .. } => 3 * 8,
                        }
                }
                Self::InstallSnapshot(request) => 3 * 8 + 4 + request.snapshot.data.len(),
                Self::InstallSnapshotReply(_) => 8 + 1 + 8,
                Self::PreVote(_) => 3 * 8,
                Self::PreVoteReply(_) => 8 + 1,
            }
    }

    fn topic(&self) -> Topic {
        match self {
            Self::RequestVote(_)
            | Self::RequestVoteReply(_)
            | Self::PreVote(_)
            | Self::PreVoteReply(_) => Topic::Vote,
            Self::AppendEntries(_) | Self::AppendEntriesReply(_) => Topic::Append,
            Self::InstallSnapshot(_) | Self::InstallSnapshotReply(_) => Topic::Snapshot,
        }
    }

    fn term(&self) -> Option<Term> {
        Some(self.sender_term())
    }

    fn promise(&self) -> Option<Promise> {
        match *self {
            // A candidate has voted for itself before it asks others.
            Self::RequestVote(RequestVote { candidate_id: candidate, .. })
            | Self::RequestVoteReply(RequestVoteReply {
                vote_granted: true,
                candidate_id: candidate,
                ..
            }) => Some(Promise::Vote { candidate }),
            // A follower has stored what it acknowledges.
            Self::AppendEntriesReply(AppendEntriesReply {
                answer: Answer::Success { match_index: through },
                ..
            })
            | Self::InstallSnapshotReply(InstallSnapshotReply {
                match_index: Some(through), ..
            }) => Some(Promise::Stored { through }),
            Self::RequestVoteReply(_)
            | Self::AppendEntries(_)
            | Self::AppendEntriesReply(_)
            | Self::InstallSnapshot(_)
            | Self::InstallSnapshotReply(_)
            | Self::PreVote(_)
            | Self::PreVoteReply(_) => None,
        }
    }

    fn label(&self) -> Option<String> {
        Some(match self {
            Self::RequestVote(_) => "vote?".to_owned(),
            Self::PreVote(_) => "pre-vote?".to_owned(),
            Self::RequestVoteReply(reply) => yes_or_no(reply.vote_granted),
            Self::PreVoteReply(reply) => yes_or_no(reply.vote_granted),
            Self::AppendEntries(request) => entries_label(request),
            Self::AppendEntriesReply(reply) => {
                yes_or_no(matches!(reply.answer, Answer::Success { .. }))
            }
            Self::InstallSnapshot(request) => format!("to {}", request.snapshot.index),
            Self::InstallSnapshotReply(reply) => yes_or_no(reply.match_index.is_some()),
        })
    }

    #[expect(clippy::inline_always, reason = "every message passes here, to be digested")]
    #[inline(always)]
    fn digest(&self, digest: &mut Digest) {
        match self {
            Self::RequestVote(request) => {
                let kind = if request.disrupts { 10 } else { 1 };
                digest.pair(request.term, head(kind, request.candidate_id.number()));
                digest.pair(request.last_log_index, request.last_log_term);
            }
            Self::RequestVoteReply(reply) => {
                let kind = if reply.vote_granted { 2 } else { 3 };
                digest.pair(reply.term, head(kind, reply.candidate_id.number()));
            }
            Self::AppendEntries(request) => {
                digest.pair(request.term, head(4, 0));
                digest.pair(request.prev_log_index, request.prev_log_term);
                digest.pair(request.leader_commit, request.entries.len() as u64);
                for entry in request.entries.iter() {
                    digest.word(entry.term);
                    digest.bytes(&entry.command);
                }
            }
            Self::AppendEntriesReply(reply) => match reply.answer {
                Answer::Stale => digest.pair(reply.term, head(5, 0)),
                Answer::Success { match_index } => {
                    digest.pair(reply.term, head(6, 0));
                    digest.word(match_index);
                }
                Answer::Conflict { prev_log_index, conflict_term, conflict_index } => {
                    digest.pair(reply.term, head(7, u8::from(conflict_term.is_some())));
                    digest.pair(prev_log_index, conflict_index);
                    digest.word(conflict_term.unwrap_or(0));
                }
            },
            Self::InstallSnapshot(InstallSnapshot { term, snapshot }) => {
                digest.pair(*term, head(8, 0));
                digest.pair(snapshot.index, snapshot.known_term());
                digest.bytes(&snapshot.data);
            }
            Self::InstallSnapshotReply(reply) => {
                digest.pair(reply.term, head(9, u8::from(reply.match_index.is_some())));
                digest.word(reply.match_index.unwrap_or(0));
            }
            Self::PreVote(request) => {
                digest.pair(request.term, head(11, 0));
                digest.pair(request.last_log_index, request.last_log_term);
            }
            Self::PreVoteReply(reply) => {
                digest.pair(reply.term, head(12, u8::from(reply.vote_granted)));
            }
        }
    }
}

fn yes_or_no(yes: bool) -> String {
    if yes { "yes" } else { "no" }.to_owned()
}

/// The entries of a request, as `2@1` or `3..5@2`; `beat` for a heartbeat.
fn entries_label(request: &AppendEntries) -> String {
    let first = request.prev_log_index.saturating_add(1);
    match *request.entries {
        [] => "beat".to_owned(),
        [ref only] => format!("{first}@{}", only.term),
        [.., ref last] => {
            let through = request.prev_log_index.saturating_add(request.entries.len() as u64);
            format!("{first}..{through}@{}", last.term)
        }
    }
}

/// A word of the digest: the message's kind, and a field of one byte.
const fn head(kind: u8, small: u8) -> u64 {
    u16::from_le_bytes([kind, small]) as u64
}
