//! The world in which Raft servers are tested: one thread, a virtual clock, a seeded network, disks
//! that keep exactly what was written, and a trace of everything that happened.
//!
//! | module | owns |
//! |---|---|
//! | `setup` | what a run starts from |
//! | `world` | the loop: what happens next, and to whom |
//! | `step` | one call of the node, and its actions in order |
//! | `proposal` | proposals, and the one answer to each |
//! | `post` | messages on their way |
//! | `calls` | RPC calls and their failures, as labrpc has them |
//! | `failure`, `property` | why a run failed, and the names of all that it is judged by |
//! | `fault` | cutting links, crashing, starting again |
//! | `hold`, `disk`, `clock` | servers that are paused, slow to write, or have their own time |
//! | `trouble` | what may be wrong with a server that is up |
//! | `network` | what a link does to messages: labrpc's settings, and more |
//! | `fate` | what becomes of one message, by name |
//! | `queue`, `timers` | what is due, in order |
//! | `pace` | how many more events an instant and a second may have |
//! | `random` | one `ChaCha8` stream for every purpose |
//! | `record`, `digest`, `trace`, `row` | what happened: typed, digested, kept, told to people |
//! | `watch` | how oracles look on |
//! | `client`, `service` | what runs beside the scenario, what consumes `Apply` |
//! | `guard` | panics of the node's own code, caught and blamed |
//! | `memory` | what a run frees, kept for the next one |
//!
//! **Order.** At one instant come messages in the order they were sent, then timers by node id,
//! then the watch's alarm. Nothing else decides, so one seed is one run. What waits for a server
//! that is paused or writing is handled once it runs again, in the order of its arrival.
//!
//! This crate knows logs and votes as far as the contract names them. It does not know Raft: no
//! property of the protocol is judged here.

#![deny(clippy::float_arithmetic)]

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

pub use clients::service::{NoService, Service};
pub use clients::{Client, ClientId, Wake};
pub use failure::{Fact, Failure, Kind};
pub use fault::{Fault, Link, Links, VERBS};
pub use network::fate::{Cause, Fate, MessageName};
pub use network::settings::{Late, Leg, LinkSettings, Spread};
pub use process::prepare_process;
pub use property::Property;
pub use random::{Purpose, Ratio, Stream, Streams};
pub use server::clock::Rate;
pub use server::guard::{Panic, guarded};
pub use server::{Cluster, Durable, Replay};
pub use trace::record::{Record, RecordOf, Seen, What};
pub use trace::row::{Row, RowTopic};
pub use trace::watch::Watch;
pub use trace::{Trace, virtual_now};
pub use world::setup::{Caps, Recording, Setup};
pub use world::{Meters, World};
