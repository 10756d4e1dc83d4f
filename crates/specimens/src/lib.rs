//! Other people's Rafts, and broken ones, as nodes under test.
//!
//! Two students wrote about their leader election for MIT 6.824. Here are those two Rafts, ported
//! from Go to the node contract as the posts show them, mistakes included: what a harness for Raft
//! must be able to catch. They elect leaders and do nothing else; a proposal is always refused.
//!
//! And [`Control`] is a whole Raft, written here from the paper, with a switch for each known way
//! to get it wrong: [`mutant::MUTATIONS`]. With a switch on it is a mutant, which must fail; with
//! none it is the control, which must pass everything.
//!
//! | name | node | source |
//! |---|---|---|
//! | `control` | [`Control`] | the paper |
//! | `mutant:NAME` | [`Control`] with that mutation | [`mutant::MUTATIONS`] |
//! | `post-2025` | [`Post2025`] | "MIT 6.824 lab3-A raft leader election", 2025-10-26 |
//! | `post-2020` | [`Post2020`] | "MIT6.824 2020 Lab2 A Raft Leader Election" |
//! | `post-2020-no-step-down` | [`Post2020NoStepDown`] | the same, before its cure |
//! | `post-2020-unclaimed` | [`Unclaimed`] around that | what the lab's own checks see of it |
//!
//! What is wrong with them, and what the scenarios say in 10,000 seeds:
//!
//! - `post-2025`: a refusal that carries a higher term is ignored. A leader deposed by the reply to
//!   a heartbeat is left without an election timer: `stale_leaders_return_3a` finds two such
//!   servers waiting for each other forever in 4,294 seeds. The lab's own three tests find
//!   nothing.
//! - `post-2020`: votes are granted without a look at the log, which nothing here can punish, as no
//!   log is ever written: no scenario fails.
//! - `post-2020-no-step-down`: the same; and a round of heartbeats waits for every call, so that
//!   one dead peer silences the leader for up to seven seconds, and a leader cut off leads on. Its
//!   author met this as a `checkNoLeader` that fails. It claims to step down, as its cured sibling
//!   does, so that the harness may show it not to: every seed of four scenarios fails. Without the
//!   claim it is `checkNoLeader` again, in 409 seeds of `reelection_3a`; and in 49 seeds of
//!   `stale_leaders_return_3a` two servers that were deposed in the middle of a round wait for a
//!   dead peer's call, and nobody leads.
//!
//! **How Go is carried over.** Each specimen is RPC style: a request carries a number, its reply
//! carries that number back, and labrpc's `Call` returning false is
//! [`raftsim_node::Event::CallFailed`]. The goroutines of both programs hold one mutex while they
//! touch state, so one event is one hold of that mutex. Only a loop that sleeps between polls is
//! seen in time: what it polls for is acted on when it next wakes.
//!
//! In the code, a comment that begins `The post:` says what the post shows of the lines below it.
//! What a post does not show is by Figure 2, and listed at the head of its module.
//!
//! The crate refuses to know of networks, simulators and oracles.

#![deny(clippy::float_arithmetic)]

pub mod mutant;
mod out;
pub mod posts;

pub use mutant::Control;
pub use posts::persister::Persister;
pub use posts::unclaimed::Unclaimed;
pub use posts::y2020::{Post2020, Post2020NoStepDown};
pub use posts::y2025::Post2025;
