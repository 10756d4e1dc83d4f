//! Servers that answer proposals later than in the list that the proposal returns.

use raftsim_node::{Action, ActionOf, Boot};
use raftsim_raft::Raft;
use raftsim_testkit::{Late, Tweak, Tweaked};
use sim_scenarios::{Part, SCENARIOS};

use crate::support::{config_for, properties, runner, usual};

/// By which properties our Raft fails a scenario if it answers late.
fn late(name: &str) -> Vec<(&'static str, u64)> {
    properties(&runner::<Late<Raft>>(name, config_for(name)), 6)
}

#[test]
fn our_raft_passes_every_scenario_if_it_answers_late() {
    for info in SCENARIOS {
        assert_eq!(late(info.name), [], "{}", info.name);
    }
}

/// It never answers a proposal.
#[derive(Clone, Copy, Debug, Default)]
struct Silent;

impl Tweak<Raft> for Silent {
    fn actions(&self, _: &Boot, mut actions: Vec<ActionOf<Raft>>) -> Vec<ActionOf<Raft>> {
        actions.retain(|it| !matches!(it, Action::Accept { .. } | Action::Reject { .. }));
        actions
    }
}

type Mute = Tweaked<Raft, Silent>;

#[test]
fn a_raft_that_never_answers_fails_every_scenario_that_proposes() {
    for info in usual().filter(|info| info.part != Part::A) {
        let config = (config_for(info.name), Silent);
        let failed = properties(&runner::<Mute>(info.name, config), 2);
        assert_eq!(failed, [("proposal answered", 2)], "{}", info.name);
    }
}
