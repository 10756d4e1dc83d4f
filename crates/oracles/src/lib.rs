//! The oracles: they check after every event that a cluster keeps the properties of Raft.
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
//! | [`StateMachineSafety`] | State Machine Safety: all servers apply the same entry at an index (§5.4.3) | `Apply`, `Restore`, reported commit index, snapshots on durable disk |
//! | [`OnlyProposed`] | only what was proposed is applied, and no more often | proposals, `Apply` |
//! | [`Order`] | applied in order and once, within a life | `Apply`, `Restore`, the snapshot at boot |
//! | [`Snapshots`] | a snapshot restored is one that was taken (§7) | `Compact`, `Restore`, the snapshot at boot |
//! | [`CommitIndex`] | the commit index never goes back, within a life (Figure 2) | reported commit index |
//! | [`CommittedOnMajority`] | the disks of a majority hold an entry when it is first seen to be committed, and ever after (§5.3) | durable disk |
//! | [`EntryTerms`] | terms never go down in a log, a leader appends entries of its term, none is later than the disk's term (§5.3, Figure 2) | durable disk, status |
//! | [`AcknowledgedStays`] | what a server acknowledged in a term stays on its disk while that term lasts (§5.3) | messages, durable disk |
//! | [`Answers`] | a proposal is accepted in its server's term, or, if the answer comes later, in one since the proposal | `Accept`, status |
//! | [`Quorum`] | no leader without a majority for longer than the bound that its node claims, by its own clock, while it runs | deliveries, status, clocks |
//! | [`NamedLeaders`] | whoever a server names as the leader of its term has led in it, or will | status, `Reject` |
//! | [`LeaderLiveness`] | a leader within five seconds (the lab's limit), or the bound that its node claims, in a calm world | links, lives, processes, disks, clocks, status |
//! | [`LeaderStays`] | a leader and its term stay in a calm world, for nodes that claim it; for others a warning | the same |
//!
//! Each oracle is a small state machine that is fed with plain facts, so that it can be tested on
//! made-up histories. [`Oracles`] feeds them all from a run. Each counts what it judged: an oracle
//! that had nothing to judge proves nothing.
//!
//! ```
//! use raftsim_node::{NodeId, Time};
//! use raftsim_oracles::ElectionSafety;
//!
//! let [n1, n3] = [1, 3].map(NodeId::new);
//! let at = |millis: u64| Time::from_nanos(millis * 1_000_000);
//! let mut oracle = ElectionSafety::default();
//! // n1 leads in term 1, in its first life; n3 may lead in term 2, but not in term 1. Each term is
//! // on the leader's disk.
//! assert!(oracle.leads(at(10), (n1, 1), 1, Some(1)).is_ok());
//! assert!(oracle.leads(at(20), (n3, 1), 2, Some(2)).is_ok());
//! let failure = oracle.leads(at(30), (n3, 1), 1, Some(2)).unwrap_err();
//! assert!(failure.to_string().starts_with("0.030000s Election Safety (broken): n1 "));
//! assert_eq!(oracle.judged(), 3);
//! ```
//!
//! An event is judged in constant time, with four exceptions. A write takes time in proportion to
//! what it reports to have changed: to the whole log if it does not report that, or if the log
//! begins earlier than before. An entry that is new to the history takes time in proportion to the
//! number of servers, and an alarm to the number of pairs of servers. The first time that a command
//! is applied elsewhere than where it was accepted takes time in proportion to what was proposed and
//! applied since the last such time.
//!
//! The oracles of the log share four things, which [`LogOracles`] keeps: a copy of each disk's
//! [`Log`], which is updated after a write from where the write changed the disk; the committed
//! [`History`]; the [`Marks`], which say how far each disk holds it; and which server leads in which
//! term. All of it is kept as long as the run lasts. Commands are shared with the nodes and not
//! copied.
//!
//! Each type lists its invariants, and asserts them where that is cheap: at elections, commits,
//! writes of the log and alarms. An assertion that fails is a mistake of this crate, whatever a
//! node does.
//!
//! This crate knows the properties of Raft. It knows neither any particular Raft, nor how runs are
//! chosen.

#![deny(clippy::float_arithmetic)]

/// A file of this crate's, for [`raftsim_sim::guarded_own`].
#[doc(hidden)]
pub const SOURCE: &str = file!();

mod acknowledged;
mod answers;
mod append_only;
mod applied;
mod commit;
mod completeness;
mod durable;
mod election;
mod entry_terms;
mod history;
mod judge;
mod judged;
mod known;
mod leader_liveness;
mod leader_stays;
mod log;
mod log_matching;
mod log_oracles;
mod marks;
mod named;
mod not_judged;
mod oracles;
mod quorum;
mod state_machine;
mod validity;

pub use acknowledged::AcknowledgedStays;
pub use answers::Answers;
pub use append_only::LeaderAppendOnly;
pub use applied::{Order, Snapshots};
pub use commit::{CommitIndex, CommittedOnMajority};
pub use completeness::LeaderCompleteness;
pub use durable::{OneVote, Promises, Terms, Vouched};
pub use election::ElectionSafety;
pub use entry_terms::EntryTerms;
pub use history::{Committed, History};
pub use judge::judge;
pub use judged::{Judged, Seen, Shown};
pub use leader_liveness::{LeaderLiveness, Topology};
pub use leader_stays::{LeaderStays, Move};
pub use log::{Change, Entry, Log};
pub use log_matching::LogMatching;
pub use log_oracles::LogOracles;
pub use marks::{Holders, Marks};
pub use named::NamedLeaders;
pub use not_judged::NotJudged;
pub use oracles::Oracles;
pub use quorum::Quorum;
pub use state_machine::StateMachineSafety;
pub use validity::OnlyProposed;

use raftsim_node::{Duration, Time};

/// The first instant after `limit`.
fn after(limit: Time) -> Time {
    limit.saturating_add(Duration::from_nanos(1))
}
