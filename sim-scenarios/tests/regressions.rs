//! The plans in `regressions/`: each does what its file expects.

use std::fs;
use std::path::Path;

use raftsim_explore::Player;
use raftsim_node::Node;
use raftsim_plan::{Expect, Plan};
use raftsim_raft::Raft;
use raftsim_sim::Recording;
use raftsim_specimens::mutant::{self, Control, Mutation};
use raftsim_specimens::{Post2020, Post2020NoStepDown, Post2025, Unclaimed};
use raftsim_testkit::Tweaked;
use sim_scenarios::NodePlayer;

use crate::mistakes::ForgetsVote;

/// What plays plans on the node of this name.
fn player(node: &str) -> Box<dyn Player> {
    fn of<N: Node>() -> Box<dyn Player> {
        Box::new(NodePlayer::<N>::new(N::Config::default()))
    }
    match node {
        "raft" => of::<Raft>(),
        "control" => of::<Control>(),
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
    let files = fs::read_dir(folder)
        .expect("there is a folder")
        .map(|file| file.expect("it can be read").path());
    let mut files: Vec<_> = files.collect();
    files.sort();
    let read = |file: &Path| {
        let name = file.file_name().expect("it has one").to_string_lossy().into_owned();
        let text = fs::read_to_string(file).expect("it can be read");
        let plan = text.parse().unwrap_or_else(|error| panic!("{name}: {error}"));
        (name, plan)
    };
    files.iter().map(|file| read(file)).collect()
}

#[test]
fn each_plan_does_what_its_file_expects() {
    let plans = plans();
    assert!(plans.len() >= 9, "{} plans", plans.len());
    for (name, plan) in plans {
        let run = player(&plan.node).play(&plan, Recording::Off);
        let broken = run.verdict.as_ref().err().map(|failure| failure.property().to_string());
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
fn a_plan_that_breaks_another_node_passes_on_ours() {
    for (name, plan) in plans().into_iter().filter(|(_, plan)| plan.node != "raft") {
        let plan = Plan { node: "raft".to_owned(), ..plan };
        assert_eq!(player("raft").play(&plan, Recording::Off).verdict, Ok(()), "{name}");
    }
}

#[test]
fn a_plan_that_our_raft_passes_passes_on_the_control() {
    let guards = |plan: &Plan| matches!(plan.expect, Expect::Guards(_));
    for (name, plan) in plans().into_iter().filter(|(_, plan)| guards(plan)) {
        let plan = Plan { node: "control".to_owned(), ..plan };
        assert_eq!(player("control").play(&plan, Recording::Off).verdict, Ok(()), "{name}");
    }
}

/// The property that a plan of the folder breaks on this node.
fn broken<N: Node>(file: &str, config: N::Config) -> Option<&'static str> {
    let (_, plan) = plans().into_iter().find(|(name, _)| name == file).expect("there is this file");
    let run = NodePlayer::<N>::new(config).play(&plan, Recording::Off);
    run.verdict.err().map(|failure| failure.property().name())
}

#[test]
fn a_plan_that_guards_our_raft_breaks_one_that_is_wrong_just_there() {
    let figure_8 = |mutation| broken::<Control>("figure-8.toml", mutant::Config::of(mutation));
    assert_eq!(figure_8(None), None);
    assert_eq!(figure_8(Some(Mutation::CommitsEarlierTerms)), Some("Leader Completeness"));
    let config = (raftsim_raft::Config::default(), ForgetsVote);
    let file = "crash-between-vote-and-answer.toml";
    let forgetful = broken::<Tweaked<Raft, ForgetsVote>>(file, config);
    assert_eq!(forgetful, Some("one vote per term"));
}
