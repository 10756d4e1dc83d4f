//! The scenarios: held by our Raft over many seeds, broken by Rafts with a planted flaw, and the
//! same run every time.

#![expect(clippy::wildcard_enum_match_arm, reason = "a test names only what it looks at")]

mod agreement;
mod applied;
mod beyond;
mod controls;
mod costs;
mod crash_points;
mod determinism;
mod dictator;
mod faults;
mod flaws;
mod golden;
mod harness;
mod inspected;
mod judged_again;
mod lab;
mod labs;
mod late_answers;
mod luck;
mod mistakes;
mod moments;
mod mutants;
mod not_judged;
mod orders;
mod own;
mod pace;
mod plans;
mod processes;
mod red;
mod regressions;
mod restless;
mod shrunk;
mod sizes;
mod specimens;
mod stays;
mod support;
mod sweeps;
mod unknown_terms;
