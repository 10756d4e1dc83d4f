//! Each scenario can fail: for each, mistakes that make it red, and by what. Most are mutants of
//! the control Raft; the others are tweaks of our Raft.

use raftsim_node::Node;
use raftsim_specimens::mutant::{Config, Control, Mutation};
use raftsim_testkit::{Tweaked, Unseen};
use sim_scenarios::Part;

use crate::mistakes::{ForgetsTimer, Mistake, Mistaken, Overclaims};
use crate::support::{LEADERLESS, properties, runner, usual};

const COMPLETENESS: &str = "Leader Completeness";
const APPEND_ONLY: &str = "Leader Append-Only";
const HELD: &str = "a majority holds what is committed";
const PROPOSED: &str = "only what was proposed is applied";
const SAFETY: &str = "State Machine Safety";
const IN_ORDER: &str = "applied in order and once";
const OVERSTAYS: &str = "no leader without a majority";
const DURABLE: &str = "promises are durable";

/// By which properties seeds of a scenario fail on a node.
fn red_on<N: Node>(name: &str, config: N::Config) -> Vec<&'static str> {
    let failed = properties(&runner::<N>(name, config), 64);
    failed.into_iter().map(|(property, _)| property).collect()
}

/// On a mutant of the control Raft.
fn red(name: &str, mutation: Mutation) -> Vec<&'static str> {
    red_on::<Control>(name, Config::of(mutation))
}

/// The same on a disk that shows nothing. Oracles that read the log find a mistake before it does
/// any harm that the lab's own checks could see; here those have the word.
fn red_unseen(name: &str, mutation: Mutation) -> Vec<&'static str> {
    let config = Config::of(mutation);
    red_on::<Tweaked<Control, Unseen>>(name, (config, Unseen))
}

/// On a mutant that makes the claim which a scenario may need.
fn red_claiming(name: &str, mutation: impl Into<Option<Mutation>>) -> Vec<&'static str> {
    let config = Config::of(mutation);
    red_on::<Tweaked<Control, Overclaims>>(name, (config, Overclaims))
}

/// On our Raft with this mistake.
fn red_ours(name: &str, mistake: Mistake) -> Vec<&'static str> {
    red_on::<Mistaken>(name, (raftsim_raft::Config::default(), mistake))
}

/// The same on a disk that shows nothing.
fn red_ours_unseen(name: &str, mistake: Mistake) -> Vec<&'static str> {
    let config = (raftsim_raft::Config::default(), mistake);
    red_on::<Tweaked<Mistaken, Unseen>>(name, (config, Unseen))
}

/// On our Raft, where a leader that was deposed waits for no election any more.
fn red_without_timer(name: &str) -> Vec<&'static str> {
    let config = (raftsim_raft::Config::default(), ForgetsTimer::default());
    red_on::<Tweaked<raftsim_raft::Raft, ForgetsTimer>>(name, config)
}

#[test]
fn without_a_flaw_nothing_fails() {
    for info in usual() {
        assert_eq!(red_ours(info.name, Mistake::Nothing), [] as [&str; 0], "{}", info.name);
        assert_eq!(red_ours_unseen(info.name, Mistake::Nothing), [] as [&str; 0], "{}", info.name);
    }
}

#[test]
fn initial_election_3a_fails_without_an_election_or_with_terms_apart() {
    let name = "initial_election_3a";
    assert_eq!(red(name, Mutation::EqualLogLoses), LEADERLESS);
    assert_eq!(red_ours(name, Mistake::OwnTerms), ["check_terms"]);
}

#[test]
fn reelection_3a_fails_when_an_old_leader_stays() {
    let name = "reelection_3a";
    assert_eq!(red_ours(name, Mistake::DeafLeader), ["check_no_leader"]);
    assert_eq!(red_claiming(name, None), [OVERSTAYS]);
    assert_eq!(red(name, Mutation::EqualLogLoses), LEADERLESS);
}

#[test]
fn many_elections_3a_fails_when_too_few_stand_again() {
    let name = "many_elections_3a";
    assert_eq!(red_without_timer(name), LEADERLESS);
    assert_eq!(red(name, Mutation::EqualLogLoses), LEADERLESS);
    assert_eq!(red_claiming(name, None), [OVERSTAYS]);
}

#[test]
fn no_leader_without_majority_3a_fails_when_a_claim_is_not_kept() {
    let name = "no_leader_without_majority_3a";
    assert_eq!(red_claiming(name, None), [OVERSTAYS]);
    assert_eq!(red_without_timer(name), ["a leader within five seconds"]);
}

#[test]
fn stale_leaders_return_3a_fails_when_the_deposed_do_not_stand_again() {
    let name = "stale_leaders_return_3a";
    assert_eq!(red_without_timer(name), LEADERLESS);
    assert_eq!(red(name, Mutation::EqualLogLoses), LEADERLESS);
}

#[test]
fn every_scenario_catches_a_liar() {
    for info in usual() {
        let ours = |mistake| red_ours(info.name, mistake);
        assert_eq!(ours(Mistake::IgnoresTimeouts), ["deadline moves"], "{}", info.name);
        // A server that is alone sends nothing and receives nothing.
        if info.servers > 1 {
            let early = red_claiming(info.name, Mutation::AsksBeforeWriting);
            assert_eq!(early, [DURABLE], "{}", info.name);
            assert_eq!(ours(Mistake::Panics), ["no panic"], "{}", info.name);
        }
    }
}

#[test]
fn every_3a_scenario_that_holds_a_second_election_catches_two_leaders_and_votes_never_given() {
    let elections = usual().filter(|info| info.part == Part::A);
    for info in elections.filter(|info| info.name != "initial_election_3a") {
        let leads_unelected = red_ours(info.name, Mistake::LeadsUnelected);
        assert!(leads_unelected.contains(&"Election Safety"), "{}", info.name);
        let unwritten = red_claiming(info.name, Mutation::VoteNotPersisted);
        assert_eq!(unwritten, [DURABLE], "{}", info.name);
    }
}

/// The scenarios that have a log, and servers that talk about it.
fn of_the_log() -> impl Iterator<Item = &'static str> {
    let logged = usual().filter(|info| info.part != Part::A && info.servers > 1);
    logged.map(|info| info.name)
}

#[test]
fn every_scenario_of_the_log_catches_who_does_not_agree_and_who_applies_amiss() {
    const NO_AGREEMENT: &[&str] = &["one", "wait", "speed", "agreement once the faults stop"];
    for name in of_the_log() {
        assert_eq!(red_ours(name, Mistake::AppliesTwice), [IN_ORDER], "{name}");
        let uncommitted = red(name, Mutation::CommitsOnlyWithEntries);
        for found in [uncommitted, red_ours(name, Mistake::GivesUp)] {
            let is_meant = !found.is_empty() && found.iter().all(|it| NO_AGREEMENT.contains(it));
            assert!(is_meant, "{name}: {found:?}");
        }
    }
    // It ends behind its third entry: only the recovery phase sees what comes next.
    assert_eq!(red_ours("basic_agree_3b", Mistake::GivesUp), ["agreement once the faults stop"]);
}

#[test]
fn every_longer_scenario_of_the_log_catches_a_wrong_command_and_one_that_is_left_out() {
    for name in of_the_log().filter(|&name| name != "basic_agree_3b") {
        // Who is the first to apply a wrong command shows it to be committed: no disk holds it.
        assert_eq!(red_ours(name, Mistake::Garbles), [SAFETY, HELD], "{name}");
        let unseen = red_ours_unseen(name, Mistake::Garbles);
        let is_meant = unseen.iter().all(|it| [SAFETY, PROPOSED].contains(it));
        assert!(is_meant && unseen.contains(&SAFETY), "{name}: {unseen:?}");
        for found in [red_ours(name, Mistake::Skips), red_ours_unseen(name, Mistake::Skips)] {
            let is_meant = [IN_ORDER, "one", "speed"].contains(&found[0]);
            assert!(is_meant && found.len() == 1, "{name}: {found:?}");
        }
    }
}

#[test]
fn who_sends_too_much_is_caught_where_it_is_counted() {
    assert_eq!(red("rpc_bytes_3b", Mutation::SendsWholeLog), ["RPC bytes"]);
    // It also stands for election while it hears a leader.
    assert_eq!(red("count_3b", Mutation::TimeoutTooShort), ["RPC count", "a leader stays"]);
}

#[test]
fn who_commits_without_a_majority_is_caught_where_one_is_missing() {
    for info in usual().filter(|info| info.part != Part::A) {
        // A server that is alone is a majority.
        let expected: &[&str] = if info.servers == 1 { &[] } else { &[HELD] };
        assert_eq!(red(info.name, Mutation::CommitsAlone), expected, "{}", info.name);
    }
    assert_eq!(red_unseen("fail_no_agree_3b", Mutation::CommitsAlone), ["check_no_agreement"]);
    for name in ["backup_3b", "figure_8_unreliable_3c", "figure_8_3c"] {
        assert!(red_unseen(name, Mutation::CommitsAlone).contains(&SAFETY), "{name}");
    }
}

#[test]
fn who_votes_for_a_stale_log_is_caught_where_one_stands() {
    let stale = [
        "follower_failure_3b",
        "leader_failure_3b",
        "fail_agree_3b",
        "backup_3b",
        "persist2_3c",
        "figure_8_unreliable_3c",
        "reliable_churn_3c",
        "unreliable_churn_3c",
        "snapshot_install_unreliable_3d",
    ];
    for name in stale {
        assert_eq!(red(name, Mutation::NoLogCheck), [COMPLETENESS], "{name}");
    }
    for name in ["persist2_3c", "reliable_churn_3c", "snapshot_install_unreliable_3d"] {
        assert!(red_unseen(name, Mutation::NoLogCheck).contains(&SAFETY), "{name}");
    }
    assert_eq!(red_unseen("fail_agree_3b", Mutation::NoLogCheck), [SAFETY]);
}

#[test]
fn who_forgets_its_log_in_a_crash_is_caught_by_part_3c() {
    let red = |name| red_ours(name, Mistake::LosesLog);
    // It leads, and appends at the place of what it has forgotten; or it votes for one who lacks
    // what it has forgotten.
    assert_eq!(red("persist1_3c"), [APPEND_ONLY]);
    assert_eq!(red("persist2_3c"), [COMPLETENESS]);
    assert_eq!(red("persist3_3c"), [COMPLETENESS]);
    assert_eq!(red("figure_8_3c"), [APPEND_ONLY]);
    // Or its first write shows that what it has forgotten is committed; or its leader, which knows
    // that it held more, sends it nothing that it can take.
    assert_eq!(red("reliable_churn_3c"), [COMPLETENESS, HELD, "one"]);
    // Our disk does not let it write in front of the snapshot.
    assert_eq!(red("snapshot_all_crash_3d"), [APPEND_ONLY, "no panic"]);
    assert_eq!(red("snapshot_init_3d"), ["no panic"]);

    let red_unseen = |name| red_ours_unseen(name, Mistake::LosesLog);
    for name in ["persist1_3c", "persist2_3c", "persist3_3c", "figure_8_3c", "reliable_churn_3c"] {
        assert!(red_unseen(name).contains(&SAFETY), "{name}");
    }
    for name in ["snapshot_all_crash_3d", "snapshot_init_3d"] {
        assert_ne!(red_unseen(name), [] as [&str; 0], "{name}");
    }
}

#[test]
fn who_does_not_compact_or_takes_no_snapshot_is_caught_by_part_3d() {
    let common = of_the_log()
        .filter(|name| name.starts_with("snapshot_install") || name.starts_with("snapshot_basic"));
    for name in common {
        assert_eq!(red(name, Mutation::NeverCompacts), ["log size"], "{name}");
        // In the basic one too: who is slow may find that the leader's log is folded already.
        let found = red(name, Mutation::NoInstallSnapshot);
        // The two go on asking and refusing.
        let is_meant = found.iter().all(|it| ["one", "no flood"].contains(it));
        assert!(is_meant && found.contains(&"one"), "{name}: {found:?}");
    }
}
