//! The whole command, for this Raft:
//! `cargo run --features raftsim/command -- replay reelection_3a --seed 42`.

mod suite;

fn main() -> std::process::ExitCode {
    raftsim::main_with(raftsim::nodes![my_raft::MyRaft, with suite::suite])
}
