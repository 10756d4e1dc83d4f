//! A leader stays, on made-up worlds that are calm and that are not.

use raftsim_node::{Duration, NodeId, Role, Status, Term, Time};
use raftsim_oracles::{LeaderStays, Move, Topology};

use crate::support::{broken, ms, n, said};
use crate::topology::{apart, lossy, whole};

const BOUND: Duration = Duration::from_secs(5);

/// n1 leads in term 2, and the others follow it.
fn led(size: u8) -> Vec<Status> {
    let follower = Status::new(2, Role::Follower).with_leader(Some(n(1)));
    let mut statuses = vec![follower; size.into()];
    statuses[0] = Status::new(2, Role::Leader);
    statuses
}

/// The oracle for a cluster that was last disturbed at 0.5 s, and in which all knew the leader from
/// 0.9 s on.
fn oracle(size: usize) -> LeaderStays {
    let mut oracle = LeaderStays::new(size, BOUND);
    oracle.changed(ms(500));
    for number in 1..=size {
        oracle.moved(ms(900), n(u8::try_from(number).expect("few servers")));
    }
    oracle
}

/// `node` stands for election.
fn stands(node: NodeId, statuses: &[Status]) -> Move {
    let before = statuses[node.slot()];
    Move { node, before, after: Status::new(before.term + 1, Role::Candidate) }
}

/// The leader that did not stay when n3 stood for election at `now`, and its majority.
fn stayed(
    oracle: &LeaderStays,
    now: Time,
    statuses: &[Status],
    topology: &Topology,
) -> Vec<NodeId> {
    let step = stands(n(3), statuses);
    let stayed = oracle.is_calm(now).then(|| oracle.stayed(now, step, statuses, topology));
    stayed.flatten().map_or(vec![], |(leader, majority)| {
        assert_eq!(leader, n(1));
        majority
    })
}

const NOBODY: [NodeId; 0] = [];

#[test]
fn who_stands_for_election_in_a_calm_world_is_named() {
    let mut oracle = oracle(3);
    let step = stands(n(3), &led(3));
    let (leader, majority) = oracle.stayed(ms(2000), step, &led(3), &whole(3)).unwrap();
    let failed = oracle.broken(ms(2000), step, leader, &majority, true);
    let first = "n1 leads n1 n2 n3 in term 2, and nothing disturbs them";
    let expected = broken("a leader stays", ms(2000), first, "n3 stands for election in term 3");
    assert_eq!(said(failed), expected);
    assert_eq!(oracle.warned(), 0);
}

#[test]
fn without_the_claim_it_is_a_warning() {
    let mut oracle = oracle(3);
    let step = stands(n(3), &led(3));
    assert_eq!(oracle.broken(ms(2000), step, n(1), &[n(1), n(2), n(3)], false), Ok(()));
    assert_eq!(oracle.warned(), 1);
}

#[test]
fn a_world_is_calm_a_second_after_its_last_disturbance() {
    let oracle = oracle(3);
    // A fifth of the bound, and the time of a prompt message.
    assert_eq!(stayed(&oracle, ms(1550), &led(3), &whole(3)), NOBODY);
    assert_eq!(stayed(&oracle, ms(1551), &led(3), &whole(3)), [n(1), n(2), n(3)]);
}

#[test]
fn messages_that_are_still_under_way_disturb_the_world() {
    let mut oracle = oracle(3);
    oracle.slows(Duration::from_millis(2200));
    assert_eq!(stayed(&oracle, ms(2750), &led(3), &whole(3)), NOBODY);
    assert_eq!(stayed(&oracle, ms(2751), &led(3), &whole(3)), [n(1), n(2), n(3)]);
}

#[test]
fn a_leader_must_have_been_known_for_a_moment() {
    let mut oracle = oracle(3);
    oracle.moved(ms(2000), n(2));
    assert_eq!(stayed(&oracle, ms(2100), &led(3), &whole(3)), NOBODY);
    assert_eq!(stayed(&oracle, ms(2101), &led(3), &whole(3)), [n(1), n(2), n(3)]);
    // No follower reports a leader: it may not have heard from the leader yet.
    let mut silent = led(3);
    silent[2] = Status::new(2, Role::Follower);
    assert_eq!(stayed(&oracle, ms(3000), &silent, &whole(3)), NOBODY);
    assert_eq!(stayed(&oracle, ms(3001), &silent, &whole(3)), [n(1), n(2), n(3)]);
}

#[test]
fn a_leader_that_some_do_not_follow_need_not_stay() {
    let other = |slot: usize, status: Status| {
        let mut statuses = led(3);
        statuses[slot] = status;
        statuses
    };
    let follows = |term: Term, leader| Status::new(term, Role::Follower).with_leader(Some(leader));
    for statuses in [
        other(1, follows(3, n(1))),
        other(1, follows(2, n(2))),
        other(1, Status::new(2, Role::Candidate)),
        other(1, Status::new(2, Role::PreCandidate)),
        other(1, Status::new(2, Role::Leader)),
        other(0, Status::new(2, Role::Follower)),
        other(2, follows(1, n(1))),
    ] {
        assert_eq!(stayed(&oracle(3), ms(4000), &statuses, &whole(3)), NOBODY, "{statuses:?}");
    }
}

#[test]
fn a_leader_stays_only_in_its_own_majority() {
    let oracle = oracle(5);
    let judged = |topology: &Topology| stayed(&oracle, ms(4000), &led(5), topology);
    assert_eq!(judged(&whole(5)), [1, 2, 3, 4, 5].map(n));
    assert_eq!(judged(&apart(whole(5), &[4, 5])), [1, 2, 3].map(n));
    // The leader is cut off from the majority, or the server that moves is; or a link loses
    // messages.
    assert_eq!(judged(&apart(whole(5), &[1])), NOBODY);
    assert_eq!(judged(&apart(whole(5), &[3])), NOBODY);
    assert_eq!(judged(&lossy(whole(5), 1, 3)), NOBODY);
}

#[test]
fn a_leader_that_steps_down_does_not_stay() {
    let mut oracle = oracle(3);
    let statuses = led(3);
    let after = Status::new(2, Role::Follower);
    let step = Move { node: n(1), before: statuses[0], after };
    let (leader, majority) = oracle.stayed(ms(4000), step, &statuses, &whole(3)).unwrap();
    let failed = oracle.broken(ms(4000), step, leader, &majority, true);
    let first = "n1 leads n1 n2 n3 in term 2, and nothing disturbs them";
    let expected = broken("a leader stays", ms(4000), first, "n1 follows in term 2");
    assert_eq!(said(failed), expected);
}
