//! The oracles, held to made-up histories first, good and bad, then to servers that lie in a world.

mod calm;
mod election_safety;
mod lies;
mod one_vote;
mod promises;
mod quorum;
mod support;
mod terms;
mod topology;
mod toy;
mod world;
