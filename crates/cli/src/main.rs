//! The command, for the Rafts that come with the project.

use std::process::ExitCode;

use raftsim::{NodeEntry, Part, main_with, nodes, own_nodes};
use raftsim_specimens::{Post2020, Post2020NoStepDown, Post2025, Unclaimed};

fn main() -> ExitCode {
    let students = nodes![
        "post-2025" => Post2025,
        "post-2020" => Post2020,
        "post-2020-no-step-down" => Post2020NoStepDown,
        "post-2020-unclaimed" => Unclaimed<Post2020NoStepDown>,
    ];
    // The students' Rafts elect leaders and do nothing else.
    let students = students.into_iter().map(|node: NodeEntry| node.up_to(Part::A));
    main_with(own_nodes().into_iter().chain(students).collect())
}
