//! This crate's own scenario, random plans under its invariant, and the plans that it keeps.

#[path = "../src/suite.rs"]
mod suite;

raftsim::labs!(my_raft::MyRaft, with suite::suite, [old_leader_follows]);
raftsim::fuzz!(my_raft::MyRaft, 3A, with suite::suite);
raftsim::regressions!(my_raft::MyRaft, "tests/regressions", with suite::suite);
