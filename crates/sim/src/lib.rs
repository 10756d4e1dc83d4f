//! The world in which Raft servers are tested: one thread, a virtual clock, a seeded network, disks
//! that keep exactly what was written, and a trace of everything that happened.
//!
//! Each folder of this crate is a room, with a rule on what it may know:
//!
//! | room | owns | does not know |
//! |---|---|---|
//! | `world` | the loop: which event comes next, and what it does; the queue, the timers, the limits; [`World::inject`], which does each fault | what decides a message's fate |
//! | `server` | one server: its process, its disk, its clock, its lists of actions, its suspension; the [`Cluster`] that oracles read; [`Replay`]; where the time goes ([`Samples`]) | the world |
//! | `network` | the links, their settings and delays, jitter and given fates, and the open RPC calls: what becomes of each message | the world, and whether a server is up |
//! | `clients` | what runs beside the scenario; proposals and their answers; the services that consume `Apply` | the world, except as the type on which a client acts |
//! | `trace` | a typed record of each thing that happens; its digest; its line of text; [`Watch`], the interface of the oracles | why anything happens |
//! | `text` | the language of plans and traces: words, numbers, times, names of servers | what the words are about |
//! | `fault` | [`Fault`], the type of everything that can be done to the world, and its text | what a fault does |
//! | `failure` | [`Failure`]: why a run failed, as fields | how people read it |
//! | `property` | the names of all properties, rules and limits that a run may break | how they are judged |
//! | `process` | changes to the process in which runs take place, which entry points ask for; how far a thread's run has come | runs |
//! | `random` | one `ChaCha8` stream for each purpose | what the words decide |
//!
//! Nothing in `server`, `network`, `clients` and `trace` imports `world`.
//!
//! **Order.** At one instant come messages in the order in which they were sent, then timers by
//! node id, then the watch's alarm. Nothing else decides the order, so a seed is always the same
//! run. What arrives at a server that is paused or waits for its disk is handled once the server
//! runs again, in the order of arrival.
//!
//! This crate knows logs and votes as far as the contract ([`raftsim_node`]) names them. It does
//! not know Raft: it judges no property of the protocol.

#![deny(clippy::float_arithmetic)]

/// A file of this crate's, for [`guarded_own`].
#[doc(hidden)]
pub const SOURCE: &str = file!();

mod clients;
mod failure;
mod fault;
mod network;
mod process;
pub mod property;
mod random;
mod server;
pub mod text;
mod trace;
mod world;

pub use clients::proposal::{OpenProposal, Proposed};
pub use clients::service::{NoService, Service};
pub use clients::{Client, ClientId, Wake};
pub use failure::{Fact, Failure, Kind};
pub use fault::{CrashPoint, Fault, Gap, Link, Links, VERBS};
pub use network::delays::{Delays, DelaysError};
pub use network::fate::{Cause, Fate, MessageName};
pub use network::settings::{Late, Leg, LinkSettings, Spread};
pub use process::{prepare_process, run_clock};
pub use property::Property;
pub use random::{Purpose, Ratio, Stream, Streams};
pub use server::clock::Rate;
pub use server::guard::{Panic, guarded, guarded_own};
#[doc(hidden)]
pub use server::lacks;
pub use server::samples::{Samples, sampled};
pub use server::{Cluster, Durable, Replay};
pub use trace::commands::Commands;
pub use trace::plain::{
    Moment, Plain, PlainBytes, PlainDisk, PlainMessage, PlainRecord, PlainWrite,
};
pub use trace::record::{Record, RecordOf, Seen, What};
pub use trace::row::{Row, RowTopic};
pub use trace::timer::TimerSet;
pub use trace::watch::Watch;
pub use trace::{Trace, virtual_now};
pub use world::look::{InFlight, LogShown, ServerState, SnapshotShown, Waits, WorldState};
pub use world::setup::{Branch, Caps, Recording, Setup};
pub use world::{Meters, World};
