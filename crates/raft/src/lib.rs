//! The paper's Raft as a pure state machine.
//!
//! [`Raft`] implements [`raftsim_node::Node`]: one event and the time go in, a list of actions
//! comes out. It owns the algorithm and nothing else. It refuses to know of networks, clocks, files
//! and simulators; its only chance is the stream of random numbers whose seed it is given at boot.
//!
//! # Reading it beside the paper
//!
//! State has the names of the paper's Figure 2 in snake case. Functions have the names of the
//! actions in the TLA+ specification that came with the dissertation: `timeout`, `request_vote`,
//! `become_leader`, `handle_append_entries_request` and so on. Each rule has an id, such as `RV.1`,
//! which stands in the table [`RULES`], above the lines that do it, and in the name of a test that
//! shows it; a test checks that none of the three is missing. When notes are wanted, the trace says
//! which rule fired, and why.
//!
//! | module | what it holds |
//! |---|---|
//! | `raft` | the state, the way in, and the rules for all servers |
//! | `election` | from a timeout to a leader: `RequestVote` and its reply |
//! | `heartbeat` | how a leader keeps its place, or loses it |
//! | `replication` | from a proposal to an applied entry: `AppendEntries` and its reply |
//! | `snapshot` | a log without its beginning: compaction, `InstallSnapshot` and its reply |
//! | `role` | what each role keeps; whom a candidate and a leader have heard; followers' logs |
//! | `log`, `disk` | the log; what survives a crash |
//! | `message`, `config`, `rules` | what is sent, what can be set, the table of rules |
//! | `out` | the list of actions, as a place to put them |
//!
//! Handlers go: refuse, change state, persist, reply.
//!
//! # What this Raft is not yet
//!
//! - **A no-op at election** (§8). The labs expect the first command at index 1. So what an older
//!   term left is committed only once a command of the new term is.
//! - **Flow control.** A follower is sent one batch at a time, of 1,024 entries at most, and a
//!   snapshot whole.
//! - **Membership changes** (§6). The voters are those of the boot.
//! - **Pre-vote, and followers that shield their leader from rivals** (thesis §9.6, §4.2.3). A
//!   server that comes back from a partition with a high term deposes the leader.
//! - **Clients' sessions and reads** (§8), **leadership transfer** (thesis §3.10).
//!
//! Terms are 64 bits wide, and no election follows the last of them: a server in term [`u64::MAX`]
//! lets its election timeouts pass. No cluster gets there by counting; a hostile message can. What no
//! sound server says (entries of a later term than their leader's, a log that would overwrite what is
//! committed) is ignored, not believed.

#![no_std]
#![forbid(unsafe_code)]
#![deny(clippy::float_arithmetic)]

extern crate alloc;
#[cfg(test)]
extern crate std;

mod config;
mod disk;
mod election;
mod heartbeat;
mod invariants;
mod log;
mod message;
mod out;
mod raft;
mod replication;
mod role;
mod rules;
mod snapshot;

pub use config::Config;
pub use disk::{Disk, Vote, Write};
pub use log::{Entries, Entry};
pub use message::{
    Answer, AppendEntries, AppendEntriesReply, InstallSnapshot, InstallSnapshotReply, Message,
    RequestVote, RequestVoteReply,
};
pub use raft::Raft;
pub use rules::{RULES, Rule};
