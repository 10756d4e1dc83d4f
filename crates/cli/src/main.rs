//! The command, for the Rafts that come with the project.

mod variants;

use std::process::ExitCode;

use raftsim::{NodeEntry, Part, main_with, nodes};
use raftsim_raft::Raft;
use raftsim_specimens::{Control, Post2020, Post2020NoStepDown, Post2025, Unclaimed};

fn main() -> ExitCode {
    let complete = [
        NodeEntry::with_variants::<Raft>("raft", variants::RAFT, variants::raft),
        NodeEntry::with_variants::<Control>("control", variants::CONTROL, variants::control),
    ];
    let students = nodes![
        "post-2025" => Post2025,
        "post-2020" => Post2020,
        "post-2020-no-step-down" => Post2020NoStepDown,
        "post-2020-unclaimed" => Unclaimed<Post2020NoStepDown>,
    ];
    // The students' Rafts elect leaders and do nothing else.
    let students = students.into_iter().map(|node: NodeEntry| node.up_to(Part::A));
    main_with(complete.into_iter().chain(students).collect())
}
