//! What the Raft does, seen from outside: events go in, and whole lists of actions are compared.
//! First rule by rule, then as properties.

mod all_servers;
mod crashes;
mod election;
mod golden;
mod heartbeat;
mod pre_vote;
mod properties;
mod quorum;
mod replication;
mod server;
mod snapshots;
mod table;
mod values;
