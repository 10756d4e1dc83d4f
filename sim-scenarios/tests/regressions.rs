//! The plans in `regressions/`: each does what its file expects.

use std::fs;
use std::path::Path;

use raftsim_explore::Player;
use raftsim_explore::plan::{Expect, Plan};
use raftsim_node::Node;
use raftsim_raft::Raft;
use raftsim_sim::Recording;
use raftsim_specimens::{Post2020, Post2020NoStepDown, Post2025, Unclaimed};
use sim_scenarios::NodePlayer;

/// What plays plans on the node of this name.
fn player(node: &str) -> Box<dyn Player> {
    fn of<N: Node>() -> Box<dyn Player> {
        Box::new(NodePlayer::<N>::new(N::Config::default()))
    }
    match node {
        "raft" => of::<Raft>(),
        "post-2025" => of::<Post2025>(),
        "post-2020" => of::<Post2020>(),
        "post-2020-no-step-down" => of::<Post2020NoStepDown>(),
        "post-2020-unclaimed" => of::<Unclaimed<Post2020NoStepDown>>(),
        _ => panic!("no node is named {node}"),
    }
}

/// Every plan of the folder, by its file's name.
fn plans() -> Vec<(String, Plan)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("regressions");
    let files = fs::read_dir(folder).expect("there is a folder").map(|file| file.unwrap().path());
    let mut files: Vec<_> = files.collect();
    files.sort();
    let read = |file: &Path| {
        let name = file.file_name().unwrap().to_string_lossy().into_owned();
        let text = fs::read_to_string(file).unwrap();
        let plan = text.parse().unwrap_or_else(|error| panic!("{name}: {error}"));
        (name, plan)
    };
    files.iter().map(|file| read(file)).collect()
}

#[test]
fn each_plan_does_what_its_file_expects() {
    let plans = plans();
    assert!(plans.len() >= 4, "{} plans", plans.len());
    for (name, plan) in plans {
        let run = player(&plan.node).play(&plan, Recording::Off);
        let broken = run.verdict.as_ref().err().map(|failure| failure.property().to_owned());
        let expected = match &plan.expect {
            Expect::Breaks(property) => Some(property.clone()),
            Expect::Guards(_) => None,
        };
        assert_eq!(broken, expected, "{name}: {:?}", run.verdict);
        assert_eq!(run.unused, [] as [&str; 0], "{name}: what it lists applies");
        if let Some(digest) = plan.digest {
            assert_eq!(format!("{:016x}", run.digest), format!("{digest:016x}"), "{name}");
        }
    }
}

#[test]
fn what_breaks_another_node_guards_ours() {
    for (name, plan) in plans().into_iter().filter(|(_, plan)| plan.node != "raft") {
        let plan = Plan { node: "raft".to_owned(), ..plan };
        assert_eq!(player("raft").play(&plan, Recording::Off).verdict, Ok(()), "{name}");
    }
}
