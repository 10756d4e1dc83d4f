//! The oracles: what must hold of a Raft after every event, and once the faults stop.
//!
//! | oracle | property | reads |
//! |---|---|---|
//! | [`ElectionSafety`] | Election Safety: at most one leader a term (§5.2) | status |
//! | [`OneVote`] | one vote per term, across restarts too (§5.2) | durable disk |
//! | [`Promises`] | what a message vouches for is on its sender's disk (§5.1, Figure 2) | messages, durable disk |
//! | [`Terms`] | terms never go back; across a restart judged from the disk | status, durable disk |
//! | [`Quorum`] | no leader without a majority, beyond the bound that the node claims | deliveries, status |
//! | [`Calm`] | a leader within five seconds, in a calm world (the lab's limit) | links, lives, status |
//!
//! Each oracle is a small machine fed with plain facts, so that it can be tested on made-up
//! histories; [`Oracles`] feeds them all from a run. Each judges in constant time an event, and
//! counts what it judged: an oracle that had nothing to judge proves nothing.
//!
//! This crate knows Raft's properties. It does not know any Raft, nor how runs are chosen.

#![deny(clippy::float_arithmetic)]

mod calm;
mod durable;
mod election;
mod oracles;
mod quorum;

pub use calm::{Calm, Topology};
pub use durable::{OneVote, Promises, Terms};
pub use election::ElectionSafety;
pub use oracles::{Judged, Oracles};
pub use quorum::Quorum;

use raftsim_node::{Duration, Time};

/// The first instant at which `limit` is overstepped.
fn after(limit: Time) -> Time {
    limit.saturating_add(Duration::from_nanos(1))
}
