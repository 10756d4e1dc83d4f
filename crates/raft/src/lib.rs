//! The paper's Raft as a pure state machine.
//!
//! [`Raft`] implements [`raftsim_node::Node`]: one event and the time go in, a list of actions
//! comes out. The crate owns the algorithm and nothing else. It refuses to know of networks,
//! clocks, files and simulators; its only source of randomness is the seed that it is given at
//! boot.
//!
//! ```
//! use raftsim_node::{Boot, Disk as _, Event, Node, NodeId, Role, Time};
//! use raftsim_raft::{Config, Disk, Raft};
//!
//! let voters = [1, 2, 3].map(NodeId::new);
//! let boot = Boot::new(voters[0], voters.into(), 42);
//! let mut raft = Raft::boot(&Config::default(), &boot, &Disk::default(), Time::ZERO);
//!
//! let timeout = raft.deadline().expect("an election timer runs");
//! let actions = raft.step(Event::Timeout, timeout);
//! // One write of the new term and the vote for itself, then a request to each of the others.
//! assert_eq!(actions.len(), 3);
//! assert_eq!((raft.status().term, raft.status().role), (1, Role::Candidate));
//! ```
//!
//! # Reading it beside the paper
//!
//! *The paper* is "In Search of an Understandable Consensus Algorithm (Extended Version)" by Diego
//! Ongaro and John Ousterhout; *the thesis* is Ongaro's "Consensus: Bridging Theory and Practice";
//! *raft.tla* is the TLA+ specification that was published with the thesis.
//!
//! State has the names of the paper's Figure 2, in snake case. Functions have the names of the
//! actions in raft.tla: `timeout`, `request_vote`, `become_leader`, `handle_append_entries_request`
//! and so on; what raft.tla calls a response is called a reply. Each rule has an id, such as
//! `RV.1`. It stands in the table [`RULES`] with the rule and its place in the paper, above the
//! lines that implement the rule, and in the name of a test that shows it. A test checks that none
//! of the three is missing. If notes are asked for ([`raftsim_node::Boot::notes`]), the trace says
//! which rule was applied, and why.
//!
//! | module | what it contains |
//! |---|---|
//! | `raft` | the state, the entry points, and the rules for all servers |
//! | `invariants` | what is asserted at the end of every step |
//! | `pre_vote` | before an election: `PreVote` and its reply, and when a leader is protected |
//! | `election` | from a timeout to a leader: `RequestVote` and its reply |
//! | `heartbeat` | how a leader stays leader, or steps down |
//! | `replication` | from a proposal to an applied entry: `AppendEntries` and its reply |
//! | `snapshot` | a log without its beginning: compaction, `InstallSnapshot` and its reply |
//! | `role` | what a server remembers in each role: votes, contacts, followers' logs |
//! | `log`, `disk` | the log; what survives a crash |
//! | `message`, `wire` | the messages; what the harness knows of them |
//! | `config`, `rules` | the settings, the table of rules |
//! | `out` | the list of actions that a step fills |
//!
//! Each handler goes through the same steps: refuse, change state, persist, reply.
//!
//! # What this Raft does not do
//!
//! - **A no-op at election** (§8). The labs expect the first command at index 1. So entries of
//!   older terms are committed only once an entry of the new term is.
//! - **Flow control.** A follower is sent one batch at a time, of up to 1,024 entries, and a
//!   snapshot as a whole.
//! - **Membership changes** (§6). The voters are those that the server was booted with.
//! - **Clients' sessions and reads** (§8), **leadership transfer** (thesis §3.10). An operator can
//!   order a server to stand for election; a leader does not hand over by itself.
//!
//! Terms are 64 bits wide, and no election follows the last of them: a server in term [`u64::MAX`]
//! lets its election timeouts pass. No cluster gets there by counting; a hostile message can cause
//! it. What no server that keeps to the paper sends is ignored, for example entries of a later term
//! than their leader's, or entries that would overwrite what is committed.

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
mod pre_vote;
mod raft;
mod replication;
mod role;
mod rules;
mod shown;
mod snapshot;
mod wire;

pub use config::Config;
pub use disk::{Disk, Vote, Write};
pub use log::{Entries, Entry};
pub use message::{
    Answer, AppendEntries, AppendEntriesReply, InstallSnapshot, InstallSnapshotReply, Message,
    PreVote, PreVoteReply, RequestVote, RequestVoteReply,
};
pub use raft::Raft;
pub use rules::{RULES, Rule};
