//! What a sweep says that it did not judge.

use raftsim_explore::{Judged, Shown};
use raftsim_node::{Disk as _, Node};
use raftsim_raft::Raft;
use raftsim_specimens::mutant::Control;
use raftsim_testkit::{Blind, Tweak, Tweaked, Unseen};

use crate::support::{runner, seeds, tally};

/// What is not judged in a few runs on a node: the property, and why.
fn not_judged<N: Node>(config: N::Config, plans: bool) -> Vec<(&'static str, &'static str)> {
    let shown = Shown { view: N::Disk::default().view().is_some(), claims: N::claims(&config) };
    let judged = tally(&runner::<N>("basic_agree_3b", config), &seeds(3)).judged;
    let all = judged.not_judged(&shown, plans).into_iter();
    all.map(|it| (it.property.name(), it.why)).collect()
}

const NO_VIEW: &str = "its disks offer no view";
const NO_CLAIM: &str = "not claimed";

/// Its messages promise nothing, but have a term.
#[derive(Clone, Copy, Debug, Default)]
struct NoPromises;

impl<N: Node> Tweak<N> for NoPromises {
    const SHOWS_PROMISES: bool = false;
}

#[test]
fn of_our_raft_nothing_is_left_unjudged_by_a_scenario() {
    assert_eq!(not_judged::<Raft>(raftsim_raft::Config::default(), false), []);
    let standing = ("agreement while the faults stand", NO_CLAIM);
    assert_eq!(not_judged::<Raft>(raftsim_raft::Config::default(), true), [standing]);
}

#[test]
fn a_claim_that_is_not_made_is_named() {
    let control = not_judged::<Control>(raftsim_specimens::mutant::Config::default(), false);
    assert_eq!(control, [("no leader without a majority", NO_CLAIM)]);
}

#[test]
fn messages_that_say_nothing_are_named() {
    let config = (raftsim_raft::Config::default(), NoPromises);
    // Without either no message is judged.
    let expected = ("promises are durable", "its messages have no term, and promise nothing");
    assert_eq!(not_judged::<Tweaked<Raft, NoPromises>>(config, false), [expected]);
}

#[test]
fn of_a_server_that_is_alone_it_is_not_said_that_its_messages_lack_something() {
    let config = raftsim_raft::Config::default();
    let shown = Shown { view: true, claims: Raft::claims(&config) };
    let judged = tally(&runner::<Raft>("single_server_3c", config), &seeds(3)).judged;
    assert_eq!(judged.not_judged(&shown, false), []);
}

#[test]
fn a_node_that_shows_nothing_leaves_most_unjudged() {
    let blind = not_judged::<Tweaked<Raft, Blind>>((raftsim_raft::Config::default(), Blind), false);
    let expected = [
        ("one vote per term", NO_VIEW),
        ("Log Matching", NO_VIEW),
        ("Leader Append-Only", NO_VIEW),
        ("Leader Completeness", NO_VIEW),
        ("a majority holds what is committed", NO_VIEW),
        ("entry terms are in order", NO_VIEW),
        ("promises are durable", NO_VIEW),
        ("commit index never goes back", "its status has no commit index"),
        ("no leader without a majority", NO_CLAIM),
        ("a leader stays", NO_CLAIM),
    ];
    assert_eq!(blind, expected);
    let unseen = (raftsim_raft::Config::default(), Unseen);
    let unseen = not_judged::<Tweaked<Raft, Unseen>>(unseen, false);
    assert_eq!(unseen, expected[..7]);
}

#[test]
fn without_a_run_nothing_is_said() {
    let shown = Shown { view: false, claims: raftsim_node::Claims::default() };
    assert_eq!(Judged::default().not_judged(&shown, true), []);
}
