//! The oracles: what must hold of a Raft after every event, and once the faults stop.
//!
//! | oracle | property | reads |
//! |---|---|---|
//! | [`ElectionSafety`] | Election Safety: at most one leader a term (§5.2) | status |
//! | [`OneVote`] | one vote per term, across restarts too (§5.2) | durable disk |
//! | [`Promises`] | what a message vouches for is on its sender's disk (§5.1, Figure 2) | messages, durable disk |
//! | [`Terms`] | terms never go back; across a restart judged from the disk | status, durable disk |
//! | [`LogMatching`] | Log Matching: one index and term, one entry, one log before it (§5.3) | durable disk |
//! | [`LeaderAppendOnly`] | Leader Append-Only: a leader's own log only grows (§5.3) | status, durable disk |
//! | [`LeaderCompleteness`] | Leader Completeness: what is committed is in every later leader's log (§5.4) | status, durable disk |
//! | [`StateMachineSafety`] | State Machine Safety: one entry is applied at an index, by whomever (§5.4.3) | `Apply`, `Restore`, reported commit index, snapshots on durable disk |
//! | [`Order`] | applied in order and once, within a life | `Apply`, `Restore`, the snapshot at boot |
//! | [`Snapshots`] | a snapshot restored is one that was taken (§7) | `Compact`, `Restore`, the snapshot at boot |
//! | [`CommitIndex`] | the commit index never goes back, within a life (Figure 2) | reported commit index |
//! | [`CommittedOnMajority`] | a majority's disks hold what is committed, when that first shows (§5.3) | durable disk |
//! | [`Quorum`] | no leader without a majority, beyond the bound that the node claims, by its own running clock | deliveries, status, clocks |
//! | [`LeaderLiveness`] | a leader within five seconds, in a calm world (the lab's limit) | links, lives, processes, disks, clocks, status |
//!
//! Each oracle is a small machine fed with plain facts, so that it can be tested on made-up
//! histories; [`Oracles`] feeds them all from a run. Each counts what it judged: an oracle that had
//! nothing to judge proves nothing.
//!
//! ```
//! use raftsim_node::{NodeId, Time};
//! use raftsim_oracles::ElectionSafety;
//!
//! let [n1, n3] = [1, 3].map(NodeId::new);
//! let at = |millis: u64| Time::from_nanos(millis * 1_000_000);
//! let mut oracle = ElectionSafety::default();
//! // n1 leads in term 1, in its first life; n3 may lead in term 2, but not in term 1.
//! assert!(oracle.leads(at(10), n1, 1, 1).is_ok());
//! assert!(oracle.leads(at(20), n3, 1, 2).is_ok());
//! let failure = oracle.leads(at(30), n3, 1, 1).unwrap_err();
//! assert!(failure.to_string().starts_with("0.030000s Election Safety (broken): n1 "));
//! assert_eq!(oracle.judged(), 3);
//! ```
//!
//! An event is judged in constant time, but for these: a write takes as long as what it says it
//! changed (all of the log where it cannot say, or where the log begins earlier than it did), each
//! entry that is new to the history as long as there are servers, an alarm as there are pairs of
//! them.
//!
//! Those of the log share three things: a copy of each disk's [`Log`], which a write moves on from
//! where it changed the disk; the committed [`History`]; and who leads. [`LogOracles`] keeps them.
//! All of it lives as long as the run: copies of what disks hold,
//! and the history whole, commands shared with the nodes and not copied.
//!
//! This crate knows Raft's properties. It does not know any Raft, nor how runs are chosen.

#![deny(clippy::float_arithmetic)]

mod append_only;
mod applied;
mod commit;
mod completeness;
mod durable;
mod election;
mod history;
mod judge;
mod judged;
mod leader_liveness;
mod log;
mod log_matching;
mod log_oracles;
mod oracles;
mod quorum;
mod state_machine;

pub use append_only::LeaderAppendOnly;
pub use applied::{Order, Snapshots};
pub use commit::{CommitIndex, CommittedOnMajority};
pub use completeness::LeaderCompleteness;
pub use durable::{OneVote, Promises, Terms, Vouched};
pub use election::ElectionSafety;
pub use history::{Committed, History};
pub use judge::judge;
pub use judged::{Judged, Shown};
pub use leader_liveness::{LeaderLiveness, Topology};
pub use log::{Change, Entry, Log};
pub use log_matching::LogMatching;
pub use log_oracles::LogOracles;
pub use oracles::Oracles;
pub use quorum::Quorum;
pub use state_machine::StateMachineSafety;

use raftsim_node::{Duration, Time};

/// The first instant at which `limit` is overstepped.
fn after(limit: Time) -> Time {
    limit.saturating_add(Duration::from_nanos(1))
}
