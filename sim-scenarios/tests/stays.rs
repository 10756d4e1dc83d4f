//! A leader stays in a calm world: right Rafts keep theirs, and what the others are judged by.

use raftsim_explore::{Player as _, Run};
use raftsim_node::{Claims, Node};
use raftsim_plan::Plan;
use raftsim_raft::Raft;
use raftsim_sim::Recording;
use raftsim_specimens::mutant::{Config, Control, Mutation};
use raftsim_testkit::{Tweak, Tweaked};
use sim_scenarios::NodePlayer;

/// Nothing happens to anybody for half a minute.
const STILL: &str = "guards = \"a leader stays\"\nnode = \"raft\"\nseed = 1\nservers = 3\nnetwork = \
                     \"reliable\"\ndemands = \"agreement\"\nlength = \"30.000s\"\nending = \"calm n1 \
                     n2 n3\"\nsteps = []\n";

fn still<N: Node>(config: N::Config) -> Run {
    let plan: Plan = STILL.parse().expect("the test wrote it well");
    NodePlayer::<N>::new(config).play(&plan, Recording::Off)
}

/// It claims nothing.
#[derive(Clone, Copy, Debug, Default)]
struct ClaimsNothing;

impl<N: Node> Tweak<N> for ClaimsNothing {
    fn claims(&self, _claims: Claims) -> Claims {
        Claims::default()
    }
}

fn restless() -> Config {
    Config::of(Mutation::HeartbeatResetsNoTimer)
}

#[test]
fn a_right_raft_keeps_its_leader() {
    for run in [still::<Raft>(raftsim_raft::Config::default()), still::<Control>(Config::default())]
    {
        assert_eq!((run.verdict, run.judged.warned()), (Ok(()), 0));
        let watched = run.judged.iter().find(|(property, _)| property.name() == "a leader stays");
        assert!(watched.is_some_and(|(_, times)| times >= 5), "{watched:?}");
    }
}

#[test]
fn a_raft_whose_heartbeats_reset_no_timer_fails_by_its_claim() {
    let failure = still::<Control>(restless()).verdict.expect_err("its followers do not wait");
    let text = failure.to_string();
    assert_eq!(failure.property().name(), "a leader stays", "{text}");
    assert!(text.contains(" leads n1 n2 n3 in term 2, and nothing disturbs them; but n"), "{text}");
    assert!(text.ends_with(" stands for election in term 3"), "{text}");
}

#[test]
fn without_the_claim_it_passes_with_a_warning() {
    let run = still::<Tweaked<Control, ClaimsNothing>>((restless(), ClaimsNothing));
    assert_eq!((run.verdict, run.judged.warned()), (Ok(()), 1));
}
