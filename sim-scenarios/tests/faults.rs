//! Plans drawn at random, all faults in any order: no oracle ever has anything to say of our Raft. Of
//! ones with a planted bug, one does.

use raftsim_check::{ElectionSafety, OneVote, Promises};
use raftsim_explore::Player as _;
use raftsim_raft::Raft;
use raftsim_sim::Recording;
use sim_scenarios::testing::search_plans;
use sim_scenarios::{NodePlayer, Part};

use crate::forgetful::Forgetful;

sim_scenarios::fuzz!(Raft);

#[test]
fn a_vote_forgotten_at_a_restart_is_found_by_plans_drawn_at_random() {
    let (plan, reason) = search_plans::<Forgetful>(Part::D).expect("some plan shows it");
    println!("{plan}{reason}");
    let suspects = [OneVote::PROPERTY, ElectionSafety::PROPERTY, Promises::PROPERTY];
    assert!(suspects.iter().any(|property| reason.contains(property)), "{reason}");
    // What our Raft does under the same plan is nothing to complain of.
    let player = NodePlayer::<Raft>::new(raftsim_raft::Config::default());
    assert_eq!(player.play(&plan, Recording::Off).verdict, Ok(()));
}
