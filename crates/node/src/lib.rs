//! The contract between a Raft server and the harness that tests it.
//!
//! A server is a state machine: it takes one [`Event`] and the time, and returns a list of
//! [`Action`]s. It has no socket, no clock, no thread and no source of randomness of its own. All
//! that it knows comes in through [`Node::boot`] and [`Node::step`], so a run can be repeated
//! exactly.
//!
//! To put a Raft under test, implement three traits:
//!
//! | trait | what it describes |
//! |---|---|
//! | [`Message`] | what servers send each other: request or reply, size, term, promises |
//! | [`Disk`] | what survives a crash, and how a write changes it |
//! | [`Node`] | the server: boot, one step, the next deadline, the status that the lab reads |
//!
//! The documentation of [`Node`] shows a complete server in a few lines.
//!
//! **The order of the returned list is its meaning.** Actions are done in order, and the server may
//! crash before the first, after the last, and between any two. So a `Send` that comes after a
//! `Persist` leaves only once the write is durable.
//!
//! For Rafts that exist already there are ready-made parts: [`PlainDisk`], [`Ticks`] for one that
//! counts time in ticks, and [`Writes`] for one that goes on while its disk works.
//!
//! **Time.** `now` is the server's own clock, in nanoseconds since the run began. From one boot to
//! the next it never goes back; it may jump forward. A node has one deadline, which the harness
//! asks for after every step. So resetting a timer is an assignment.
//!
//! This crate refuses to know of networks, simulators and oracles. It is `no_std` and has no
//! dependencies.

#![no_std]
#![deny(clippy::float_arithmetic)]

extern crate alloc;

mod bytes;
mod claims;
mod digest;
mod disk;
mod event;
mod id;
mod message;
mod node;
mod plain;
mod random;
mod stopped;
mod ticks;
mod time;
mod writes;

pub use bytes::{Bytes, Command};
pub use claims::Claims;
pub use digest::Digest;
pub use disk::{Disk, Snapshot, Touched, View};
pub use event::{Action, ActionOf, Event};
pub use id::{CallId, Index, NodeId, ProposalId, Term};
pub use message::{Message, Promise, Topic};
pub use node::{Boot, Node, Role, Status};
pub use plain::{PlainDisk, PlainEntry, PlainWrite};
pub use random::Random;
pub use stopped::{Stopped, Unable};
pub use ticks::Ticks;
pub use time::{Duration, Time};
pub use writes::Writes;
