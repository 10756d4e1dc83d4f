//! Servers that do not know the terms of what they apply, as those of the lab need not.

use raftsim_node::Node;
use raftsim_raft::Raft;
use raftsim_specimens::mutant::{Config, Control, Mutation};
use raftsim_testkit::{Termless, Tweaked, Unseen};

use crate::support::{config_for, properties, runner, usual};

/// A node that shows neither its disk nor the terms of what it applies.
type Hidden<N> = Tweaked<Tweaked<N, Unseen>, Termless>;

/// By which properties the first seeds of a scenario fail.
fn failed<N: Node>(name: &str, config: N::Config, seeds: u64) -> Vec<&'static str> {
    let failed = properties(&runner::<N>(name, config), seeds);
    failed.into_iter().map(|(property, _)| property).collect()
}

#[test]
fn our_raft_passes_every_scenario_without_the_terms_of_what_it_applies() {
    for info in usual() {
        let config = (config_for(info.name), Termless);
        let seen = failed::<Tweaked<Raft, Termless>>(info.name, config, 6);
        assert_eq!(seen, [] as [&str; 0], "{}", info.name);
        let config = ((config_for(info.name), Unseen), Termless);
        let unseen = failed::<Hidden<Raft>>(info.name, config, 6);
        assert_eq!(unseen, [] as [&str; 0], "{}", info.name);
    }
}

#[test]
fn two_commands_at_one_index_are_found_without_terms() {
    for (name, mutation) in
        [("backup_3b", Mutation::CommitsAlone), ("fail_agree_3b", Mutation::NoLogCheck)]
    {
        let config = ((Config::of(mutation), Unseen), Termless);
        let found = failed::<Hidden<Control>>(name, config, 64);
        assert!(found.contains(&"State Machine Safety"), "{name}: {found:?}");
    }
}

#[test]
fn disks_that_are_seen_give_mistakes_away_without_the_terms_of_what_is_applied() {
    let config = (Config::of(Mutation::NoLogCheck), Termless);
    let found = failed::<Tweaked<Control, Termless>>("fail_agree_3b", config, 64);
    assert_eq!(found, ["Leader Completeness"]);
}
