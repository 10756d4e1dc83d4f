//! What a record feeds to a run's digest: all its fields, so that runs that differ have different
//! digests.

use raftsim_node::{Digest, Disk, Node, NodeId, Status, Term, Touched};

use crate::network::message::message_digest;
use crate::trace::record::{Record, Seen, What};

/// Feeds a whole record. `message` is the digest of its message, if that is known already. This
/// runs the node's code if the record has a write, or a message whose digest is not known.
#[expect(clippy::inline_always, reason = "its callers know the kind of record")]
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
        | What::Settled
        | What::Suspended
        | What::Resumed
        | What::Noted(_)
        | What::Printed(_) => {}
        What::Booted(status) | What::Became(status) => feed_status(digest, *status),
        What::Received { seq, message, .. } => digest.pair(known(message), *seq),
        What::Missed { seq, .. } => digest.word(*seq),
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
        What::Sent { seq, fate, message, .. } => {
            fate.digest(digest);
            digest.pair(known(message), *seq);
        }
        What::Accepted { id, index, term } => {
            digest.word(id.0);
            digest.word(*index);
            digest.word(*term);
        }
        What::Rejected { id, .. } => digest.word(id.0),
        What::Applied { index, term, command } => {
            digest.word(*index);
            digest.word(term_number(*term) << 1 | u64::from(command.is_some()));
            if let Some(bytes) = command {
                digest.bytes(bytes);
            }
        }
        What::Restored { index, term, snapshot } => {
            digest.word(*index);
            digest.word(term_number(*term));
            digest.bytes(snapshot);
        }
        What::Fault(fault) => fault.digest(digest),
        What::Marked { verb, number, .. } => {
            digest.bytes(verb.as_bytes());
            digest.word(*number);
        }
    }
}

/// No node reaches the last term that there is.
fn term_number(term: Option<Term>) -> u64 {
    term.unwrap_or(Term::MAX)
}

fn number(node: Option<NodeId>) -> u64 {
    node.map_or(0, |node| u64::from(node.number()))
}

/// A number for the kind of record, and the other server that the record names, if any.
#[expect(clippy::inline_always, reason = "its callers know the kind of record")]
#[inline(always)]
fn tag_and_peer<M, W, B, F, T>(what: &What<M, W, B, F, T>) -> (u64, Option<NodeId>) {
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
        What::Fault(_) => (17, None),
        What::Marked { node, .. } => (18, node),
        What::Settled => (19, None),
        What::Suspended => (20, None),
        What::Resumed => (21, None),
        What::Printed(_) => (22, None),
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
