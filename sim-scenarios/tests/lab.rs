//! The lab's verbs, asked of servers that believe what a test tells them.

use std::collections::BTreeSet;

use raftsim_node::{Duration, Role, Status, Term, Time};
use raftsim_oracles::LeaderLiveness;
use raftsim_sim::{Fact, Failure, Kind, Link, LinkSettings, Property, Setup};
use raftsim_testkit::Puppet;
use sim_scenarios::Lab;

use crate::support::{ms, n};

const fn leader(term: Term) -> Status {
    Status::new(term, Role::Leader)
}

const fn follower(term: Term) -> Status {
    Status::new(term, Role::Follower)
}

/// A lab of servers that believe this, all of them up, at 2 ms.
fn lab(beliefs: &[Status], network: LinkSettings) -> Lab<Puppet> {
    let mut setup = Setup::new("puppets", 0, 1);
    setup.configs = beliefs.to_vec();
    setup.network = network;
    let mut lab = Lab::new(setup).expect("puppets are born well");
    lab.sleep(Duration::from_millis(2)).expect("and do nothing");
    lab
}

const RELIABLE: LinkSettings = LinkSettings::labrpc(false, false, true);
const LOSSY: LinkSettings = LinkSettings::labrpc(true, false, true);

fn missed(by_chance: bool, limit: &'static str, time: Time, facts: [Fact; 2]) -> Failure {
    Failure::new(Kind::LabLimit { by_chance }, Property::new(limit), time, facts)
}

#[test]
fn the_one_leader_is_the_connected_one_of_the_highest_term() {
    let mut lab = lab(&[leader(2), leader(5), leader(3), follower(9)], RELIABLE);
    assert_eq!(lab.check_one_leader(), Ok(n(2)));
    lab.disconnect(n(2)).unwrap();
    assert_eq!(lab.check_one_leader(), Ok(n(3)));
    lab.crash(n(3)).unwrap();
    assert_eq!(lab.check_one_leader(), Ok(n(1)));
    lab.connect(n(2)).unwrap();
    assert_eq!(lab.check_one_leader(), Ok(n(2)));
}

#[test]
fn a_started_server_is_not_asked_until_it_is_connected() {
    let mut lab = lab(&[follower(4), follower(7)], RELIABLE);
    lab.crash(n(2)).unwrap();
    assert_eq!(lab.check_terms(), Ok(4));
    lab.start_server(n(2)).unwrap();
    assert_eq!(lab.check_terms(), Ok(4));
    lab.connect(n(2)).unwrap();
    let facts = [Fact::new("n1 is in term 4").by(n(1)), Fact::new("n2 is in term 7").by(n(2))];
    assert_eq!(lab.check_terms(), Err(missed(false, "check_terms", ms(2), facts)));
}

#[test]
fn servers_are_polled_for_a_leader_every_450_to_549_ms() {
    let mut lab = lab(&[leader(1)], RELIABLE);
    let waits: BTreeSet<u64> = (0..50)
        .map(|_| {
            let before = lab.cluster().now();
            assert_eq!(lab.check_one_leader(), Ok(n(1)));
            (lab.cluster().now() - before).as_nanos()
        })
        .collect();
    let whole = |wait: &u64| wait.is_multiple_of(1_000_000);
    assert!(waits.iter().all(whole), "{waits:?}");
    assert!(waits.first() >= Some(&450_000_000), "{waits:?}");
    assert!(waits.last() <= Some(&549_000_000), "{waits:?}");
    assert!(
        waits.len() > 25,
        "50 waits of a hundred possible ones are mostly different: {waits:?}"
    );
}

#[test]
fn no_leader_in_ten_polls_is_a_missed_limit() {
    // One link cut one way: the oracle demands nothing, the lab still does.
    let mut lab = lab(&[follower(1), follower(1), leader(1)], RELIABLE);
    lab.disconnect(n(3)).unwrap();
    lab.world().block(n(1), n(2)).unwrap();
    let failure = lab.check_one_leader().unwrap_err();
    let facts = ["within 10 polls a connected server leads", "none did"].map(Fact::new);
    assert_eq!(failure, missed(false, "check_one_leader", failure.time(), facts));
    assert_eq!(failure.time(), lab.cluster().now());
    let waited = (failure.time() - ms(2)).as_millis();
    assert!((4500..=5490).contains(&waited), "{waited}");
}

#[test]
fn a_limit_missed_on_a_reliable_network_too_is_no_chance() {
    let mut lab = lab(&[follower(1), follower(1), follower(1)], LOSSY);
    lab.world().block(n(1), n(2)).unwrap();
    let failure = lab.check_one_leader().unwrap_err();
    let seen = "none did, nor on a reliable network from then on";
    let facts = ["within 10 polls a connected server leads", seen].map(Fact::new);
    let expected = missed(false, "check_one_leader", failure.time(), facts);
    // It is the first miss that is reported.
    assert!(failure.time() < ms(6000), "{failure}");
    assert_eq!(failure.to_string(), expected.to_string());
}

#[test]
fn a_miss_may_be_chance_if_a_link_does_not_keep_its_messages() {
    let of_link = |settings: LinkSettings| {
        let mut lab = lab(&[leader(1), follower(2)], RELIABLE);
        lab.world().set_link(n(2), n(1), settings).unwrap();
        lab.check_terms().unwrap_err().kind()
    };
    assert_eq!(of_link(RELIABLE), Kind::LabLimit { by_chance: false });
    assert_eq!(of_link(LOSSY), Kind::LabLimit { by_chance: true });
    assert_eq!(
        of_link(LinkSettings::labrpc(false, true, true)),
        Kind::LabLimit { by_chance: true }
    );
    assert!(RELIABLE.keeps(LeaderLiveness::PROMPT));
}

#[test]
fn the_connected_must_agree_on_the_term() {
    let mut lab = lab(&[leader(4), follower(4), follower(6)], RELIABLE);
    let facts = [Fact::new("n1 is in term 4").by(n(1)), Fact::new("n3 is in term 6").by(n(3))];
    assert_eq!(lab.check_terms(), Err(missed(false, "check_terms", ms(2), facts)));
    lab.disconnect(n(3)).unwrap();
    assert_eq!(lab.check_terms(), Ok(4));
    lab.crash(n(1)).unwrap();
    lab.crash(n(2)).unwrap();
    assert_eq!(lab.check_terms(), Ok(0), "nobody is asked");
}

#[test]
fn no_connected_server_may_lead_without_a_majority() {
    let mut lab = lab(&[follower(4), leader(3), leader(4)], RELIABLE);
    let first = || Fact::new("no connected server can lead without a majority");
    let facts = [first(), Fact::new("n2 says that it leads in term 3").by(n(2))];
    assert_eq!(lab.check_no_leader(), Err(missed(false, "check_no_leader", ms(2), facts)));
    lab.disconnect(n(2)).unwrap();
    let facts = [first(), Fact::new("n3 says that it leads in term 4").by(n(3))];
    assert_eq!(lab.check_no_leader(), Err(missed(false, "check_no_leader", ms(2), facts)));
    lab.crash(n(3)).unwrap();
    assert_eq!(lab.check_no_leader(), Ok(()));
}

#[test]
fn a_swizzle_cuts_each_link_once_and_mends_all() {
    let mut lab = lab(&[follower(0); 3], RELIABLE);
    let links = [(1, 2), (2, 3), (3, 1)].map(|(from, to)| Link { from: n(from), to: n(to) });
    let cut = |lab: &Lab<Puppet>| links.map(|link| lab.cluster().is_blocked(link.from, link.to));
    lab.swizzle(&links, ms(10).since(ms(0))).unwrap();
    lab.sleep(ms(5).since(ms(0))).unwrap();
    let mut counts = vec![];
    for _ in 0..6 {
        counts.push(cut(&lab).into_iter().filter(|&is_cut| is_cut).count());
        lab.sleep(ms(10).since(ms(0))).unwrap();
    }
    assert_eq!(counts, [1, 2, 3, 2, 1, 0]);
}

#[test]
fn the_first_server_follows_the_last() {
    let lab = lab(&[follower(0); 3], RELIABLE);
    let next = |node, steps| lab.next(n(node), steps);
    assert_eq!([next(1, 0), next(1, 1), next(3, 1), next(2, 5)], [n(1), n(2), n(1), n(1)]);
}
