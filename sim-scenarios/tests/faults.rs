//! Plans drawn at random, all faults in any order: no oracle ever has anything to say of our Raft.
//! Of ones with a planted bug, one does, and a test says how.

use std::fs;

use raftsim_explore::Player as _;
use raftsim_node::Node;
use raftsim_oracles::{ElectionSafety, OneVote, Promises};
use raftsim_plan::{Expect, Plan};
use raftsim_raft::Raft;
use raftsim_sim::Recording;
use raftsim_testkit::Tweaked;
use sim_scenarios::testing::{fuzz_node, search_plans};
use sim_scenarios::{NodePlayer, Part, Suite};

use crate::mistakes::ForgetsVote;
use crate::support::{panic_of, pasted};

type Forgetful = Tweaked<Raft, ForgetsVote>;

sim_scenarios::fuzz!(Raft);

#[test]
fn a_vote_forgotten_at_a_restart_is_found_by_plans_drawn_at_random() {
    let (plan, reason) = search_plans::<Forgetful>(Part::C).expect("some plan shows it");
    let suspects = [OneVote::PROPERTY, ElectionSafety::PROPERTY, Promises::PROPERTY];
    assert!(suspects.iter().any(|property| reason.contains(property.name())), "{reason}");
    assert_eq!(search_plans::<Forgetful>(Part::C), Some((plan.clone(), reason)));
    // What our Raft does under the same plan is nothing to complain of.
    let player = NodePlayer::<Raft>::new(raftsim_raft::Config::default());
    assert_eq!(player.play(&plan, Recording::Off).verdict, Ok(()));
}

/// The report of `fuzz!` on a node, split into its reason, its story and the file of its last line;
/// and the plan that it wrote.
fn fuzz_report<N: Node>(part: Part) -> (String, Vec<String>, String, Plan) {
    let folder = env!("CARGO_TARGET_TMPDIR");
    let report =
        panic_of(|| fuzz_node::<N>(sim_scenarios::site!("fuzz"), part, folder, Suite::new()));
    let (reason, rest) = report.split_once("\nshrunk:\n").expect("a story follows the reason");
    let (story, last) = rest.rsplit_once('\n').expect("a line stands behind the story");
    let (story, servers) = story.split_once("the servers then:\n").expect("and their states");
    assert!(servers.starts_with("  server  role "), "{servers}");
    let file = last.strip_prefix("replay it: RAFTSIM_PLAN=").expect("it says how");
    let (file, _) =
        file.split_once(" cargo test -p sim-scenarios --test main ").expect("and in which test");
    let plan = fs::read_to_string(pasted(file)).expect("it was written");
    let story = story.lines().map(|line| line.trim_start().to_owned()).collect();
    (reason.to_owned(), story, file.to_owned(), plan.parse().expect("it is a plan"))
}

#[test]
fn fuzzing_a_bad_node_panics_with_reason_story_file_and_replay_line() {
    let (reason, story, file, plan) = fuzz_report::<Forgetful>(Part::C);
    assert!(reason.starts_with("a plan fails: "), "{reason}");
    assert!(file.ends_with("/tweaked-main-faults-fuzz.toml"), "{file}");
    assert_eq!(plan.node, "tweaked");
    let run = NodePlayer::<Forgetful>::new(Default::default()).play(&plan, Recording::Off);
    let failure = run.verdict.expect_err("the plan that was written fails");
    assert_eq!(plan.expect, Expect::Breaks(failure.property().to_string()));
    assert_eq!(plan.digest, Some(run.digest));
    assert!(reason.contains(failure.property().name()), "{reason}\n{failure}");
    // The story ends with the two facts that contradict.
    let [first, second] = failure.facts();
    let (time, property) = (failure.time(), failure.property());
    let facts = [format!("{time} {property}: {first}"), format!("{time} but {second}")];
    assert_eq!(story[story.len() - 2..], facts);
    assert!(story.len() <= 10, "{story:#?}");
}
