//! The oracles: first on made-up histories, good and bad, then on servers in a world that lie.

mod append_only;
mod applied;
mod commit;
mod completeness;
mod election_safety;
mod facts;
mod fit;
mod honest;
mod judge;
mod judged;
mod leader_liveness;
mod lies;
mod log;
mod log_lies;
mod log_matching;
mod log_oracles;
mod marks;
mod one_vote;
mod promises;
mod quorum;
mod state_machine;
mod support;
mod terms;
mod topology;
mod toy;
mod world;
