//! What the Raft does, rule by rule and then as properties, seen from outside: events in, whole
//! action lists out.

mod all_servers;
mod crashes;
mod election;
mod heartbeat;
mod properties;
mod quorum;
mod replication;
mod server;
mod snapshots;
mod table;
mod values;
