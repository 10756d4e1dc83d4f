//! Rafts of other people, and Rafts with planted bugs, as nodes under test.
//!
//! Two students wrote about their leader election for MIT 6.824. [`posts`] has both Rafts, ported
//! from Go to the node contract as the posts show them, with their mistakes. A harness for Raft
//! must be able to find these mistakes. The two elect leaders and do nothing else; they reject
//! every proposal.
//!
//! [`Control`] is a complete Raft, written for this crate from the paper, with a switch for each
//! known way to get Raft wrong: [`mutant::MUTATIONS`]. With one switch on it is a mutant, which
//! must fail. With none it is the control, which must pass everything.
//!
//! | name | node | source |
//! |---|---|---|
//! | `control` | [`Control`] | the paper |
//! | `control:NAME` | [`Control`] as another right Raft | [`mutant::VARIANTS`] |
//! | `mutant:NAME` | [`Control`] with that mutation | [`mutant::MUTATIONS`] |
//! | `post-2025` | [`Post2025`] | "MIT 6.824 lab3-A raft leader election", 2025-10-26 |
//! | `post-2020` | [`Post2020`] | "MIT6.824 2020 Lab2 A Raft Leader Election" |
//! | `post-2020-no-step-down` | [`Post2020NoStepDown`] | the same post, before its fix |
//! | `post-2020-unclaimed` | [`Unclaimed`] around that | the same without its claim, as the lab's own checks see it |
//!
//! Their mistakes, and what 10,000 seeds of each scenario find:
//!
//! - `post-2025`: it ignores a refusal that carries a higher term. A leader that is deposed by the
//!   reply to a heartbeat has no election timer afterwards: in 4,294 seeds of
//!   `stale_leaders_return_3a` two such servers wait for each other forever. The lab's own three
//!   tests find nothing.
//! - `post-2020`: it grants votes without comparing the logs. No scenario fails, because no log is
//!   ever written.
//! - `post-2020-no-step-down`: the same. Besides, a round of heartbeats waits for every call, so
//!   that one peer that is down keeps the leader silent for up to seven seconds, and a leader that
//!   is cut off goes on leading. Its author noticed that as a failing `checkNoLeader`. It claims to
//!   step down, as the fixed version does, so that the harness can show that it does not: every
//!   seed of four scenarios fails. Without the claim `checkNoLeader` fails again, in 409 seeds of
//!   `reelection_3a`; and in 49 seeds of `stale_leaders_return_3a` no server leads, because two
//!   servers that were deposed within a round wait for the call of a peer that is down.
//!
//! **How Go is ported.** Each specimen uses calls: a request carries a number, its reply carries
//! the same number, and a `Call` of labrpc that returns false is
//! [`raftsim_node::Event::CallFailed`]. The goroutines of both programs lock one mutex while they
//! touch state, so that one event stands for the time between a lock and its unlock. A loop that
//! sleeps between polls takes virtual time: it acts on what it polls for when it next wakes.
//!
//! In the code, a comment that begins with `The post:` describes how the post has the lines below
//! it. What a post does not show follows Figure 2, and is listed at the head of its module.
//!
//! This crate knows no network, simulator or oracle.

#![deny(clippy::float_arithmetic)]

pub mod mutant;
mod out;
pub mod posts;

pub use mutant::Control;
pub use posts::persister::Persister;
pub use posts::unclaimed::Unclaimed;
pub use posts::y2020::{Post2020, Post2020NoStepDown};
pub use posts::y2025::Post2025;
