//! The command, for the skeletons with their holes filled, and as they stand.

use skeletons::{filled, part_3a, part_3b, part_3c, part_3d, rpc_3a};

fn main() -> std::process::ExitCode {
    raftsim::main_with(raftsim::nodes![
        "3a" => filled::part_3a::MyRaft,
        "3b" => filled::part_3b::MyRaft,
        "3c" => filled::part_3c::MyRaft,
        "3d" => filled::part_3d::MyRaft,
        "rpc-3a" => filled::rpc_3a::MyRaft,
        "unfilled-3a" => part_3a::MyRaft,
        "unfilled-3b" => part_3b::MyRaft,
        "unfilled-3c" => part_3c::MyRaft,
        "unfilled-3d" => part_3d::MyRaft,
        "unfilled-rpc-3a" => rpc_3a::MyRaft,
    ])
}
