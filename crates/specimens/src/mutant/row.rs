//! The words of the table: the properties that mutants break, and the searches that find them.

use super::mutation::Found;

pub(super) const ONE_LEADER: &str = "Election Safety";
pub(super) const MATCHING: &str = "Log Matching";
pub(super) const APPEND_ONLY: &str = "Leader Append-Only";
pub(super) const COMPLETE: &str = "Leader Completeness";
pub(super) const MACHINE: &str = "State Machine Safety";
pub(super) const ONE_VOTE: &str = "one vote per term";
pub(super) const ENTRY_TERMS: &str = "entry terms are in order";
pub(super) const ACCEPTED: &str = "accepted in the server's term";
pub(super) const DURABLE: &str = "promises are durable";
pub(super) const TERMS: &str = "terms never go back";
pub(super) const COMMIT: &str = "commit index never goes back";
pub(super) const HELD: &str = "a majority holds what is committed";
pub(super) const ORDER: &str = "applied in order and once";
pub(super) const SNAPSHOT: &str = "a snapshot is one that was taken";
pub(super) const LEADER: &str = "a leader within five seconds";
pub(super) const ADOPTED: &str = "a later term is adopted";
pub(super) const ASKS: &str = "asks before it stands for election";
pub(super) const STANDS: &str = "agreement while the faults stand";
pub(super) const STAYS: &str = "a leader stays";
pub(super) const AGREES: &str = "agreement once the faults stop";
pub(super) const STATES: &str = "applied states are equal where commits are, once the faults stop";
pub(super) const LOGS: &str = "all logs agree once the faults stop";
pub(super) const PANIC: &str = "no panic";
pub(super) const FLOOD: &str = "no flood";
pub(super) const ACKED: &str = "acknowledged entries stay";
pub(super) const NAMED: &str = "a named leader leads";
pub(super) const PROPOSED: &str = "only what was proposed is applied";
pub(super) const REACHES: &str = "all servers reach the leader's commit index once the faults stop";
pub(super) const IDLE: &str = "few messages while nothing happens";
pub(super) const SOON: &str = "commands are applied soon under load";
pub(super) const SPEED: &str = "speed";

pub(super) const fn fuzz(within: u64) -> Found {
    Found::Fuzz { within }
}

pub(super) const fn scenario(name: &'static str, within: u64) -> Found {
    Found::Scenario { name, within }
}
