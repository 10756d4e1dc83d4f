//! A leader within five seconds, on made-up worlds that are calm and that are not.

use raftsim_node::Time;
use raftsim_oracles::{LeaderLiveness, Topology};

use crate::support::{Said, broken, just_after, ms, n, said};
use crate::topology::{apart, cut, lossy, whole};

/// Five seconds.
const LIMIT: u64 = 5000;

/// The oracle for `size` servers, the last of which booted at `time`.
fn since(size: usize, time: Time) -> LeaderLiveness {
    let mut oracle = LeaderLiveness::new(size);
    oracle.changed(time);
    oracle
}

fn leaderless(now: Time, since: &str, names: &str) -> Said {
    broken(
        "a leader within five seconds",
        now,
        &format!("since {since} {names} could talk undisturbed"),
        "none of them leads",
    )
}

/// Rings every alarm up to `end`, and returns the first failure.
fn ring_until(oracle: &mut LeaderLiveness, end: Time, topology: &Topology) -> Said {
    while oracle.alarm() <= end {
        let now = oracle.alarm();
        said(oracle.ring(now, topology))?;
        assert!(oracle.alarm() > now, "the alarm moves on");
    }
    Ok(())
}

#[test]
fn nothing_is_demanded_before_anything_happened() {
    let oracle = LeaderLiveness::new(3);
    assert_eq!((oracle.alarm(), oracle.judged()), (Time::MAX, 0));
}

#[test]
fn five_seconds_without_a_leader_are_fine() {
    let mut oracle = since(3, ms(1));
    assert_eq!(oracle.alarm(), just_after(ms(1 + LIMIT)));
    assert_eq!(oracle.ring(ms(1 + LIMIT), &whole(3)), Ok(()));
    assert_eq!(oracle.alarm(), just_after(ms(1 + LIMIT)));
    assert_eq!(oracle.judged(), 1);
}

#[test]
fn five_seconds_and_a_nanosecond_without_a_leader_are_a_failure() {
    let mut oracle = since(3, ms(1));
    let now = just_after(ms(1 + LIMIT));
    assert_eq!(said(oracle.ring(now, &whole(3))), leaderless(now, "0.001000s", "n1 n2 n3"));
    assert_eq!(oracle.judged(), 1);
}

#[test]
fn a_majority_with_a_leader_is_fine() {
    let mut oracle = since(3, ms(1));
    oracle.leads(ms(4000), n(2), true);
    assert_eq!(ring_until(&mut oracle, ms(60_000), &whole(3)), Ok(()));
    assert_eq!(oracle.judged(), 11, "once in five seconds, from 5.001 s on");
}

#[test]
fn a_change_starts_the_five_seconds_again() {
    let mut oracle = since(3, ms(1));
    oracle.changed(ms(4000));
    assert_eq!(oracle.alarm(), just_after(ms(9000)));
    // If it is called early, it sets a later alarm.
    assert_eq!(oracle.ring(just_after(ms(1 + LIMIT)), &whole(3)), Ok(()));
    assert_eq!(oracle.alarm(), just_after(ms(9000)));
    let now = just_after(ms(9000));
    assert_eq!(said(oracle.ring(now, &whole(3))), leaderless(now, "4.000000s", "n1 n2 n3"));
}

#[test]
fn a_leader_lost_later_leaves_five_seconds_anew() {
    let mut oracle = since(3, ms(1));
    oracle.leads(ms(1000), n(2), true);
    assert_eq!(ring_until(&mut oracle, ms(12_000), &whole(3)), Ok(()));
    oracle.leads(ms(12_000), n(2), false);
    let now = just_after(ms(17_000));
    let expected = leaderless(now, "12.000000s", "n1 n2 n3");
    assert_eq!(ring_until(&mut oracle, ms(60_000), &whole(3)), expected);
}

#[test]
fn a_leader_reported_twice_is_lost_once() {
    let mut oracle = since(3, ms(1));
    oracle.leads(ms(1000), n(2), true);
    oracle.leads(ms(2000), n(2), false);
    // A server that follows, and still does, has not led.
    oracle.leads(ms(4000), n(2), false);
    let now = just_after(ms(7000));
    let expected = leaderless(now, "2.000000s", "n1 n2 n3");
    assert_eq!(ring_until(&mut oracle, ms(60_000), &whole(3)), expected);
}

#[test]
fn leaders_in_turn_may_fill_the_time() {
    let mut oracle = since(3, ms(1));
    for (second, node) in (0..12).zip([1, 2, 3].into_iter().cycle()) {
        assert_eq!(ring_until(&mut oracle, ms(second * 4000), &whole(3)), Ok(()));
        oracle.leads(ms(second * 4000), n(node), true);
        oracle.leads(ms(second * 4000 + 10), n(node), false);
    }
    let now = just_after(ms(44_010 + LIMIT));
    let expected = leaderless(now, "44.010000s", "n1 n2 n3");
    assert_eq!(ring_until(&mut oracle, ms(90_000), &whole(3)), expected);
}

#[test]
fn a_leader_outside_the_majority_does_not_count() {
    let mut oracle = since(3, ms(1));
    oracle.leads(ms(10), n(3), true);
    oracle.changed(ms(20));
    let now = just_after(ms(20 + LIMIT));
    let topology = apart(whole(3), &[3]);
    assert_eq!(ring_until(&mut oracle, now, &topology), leaderless(now, "0.020000s", "n1 n2"));
}

#[test]
fn a_world_that_is_not_calm_needs_no_leader_until_it_changes() {
    let halves = apart(whole(4), &[1, 2]);
    for topology in [apart(apart(whole(3), &[1]), &[2]), cut(whole(3), 2, 1), lossy(whole(3), 1, 3)]
        .iter()
        .chain([&halves])
    {
        let mut oracle = since(topology.fit.len(), ms(1));
        assert_eq!(oracle.ring(just_after(ms(1 + LIMIT)), topology), Ok(()));
        assert_eq!((oracle.alarm(), oracle.judged()), (Time::MAX, 0));
        oracle.changed(ms(9000));
        assert_eq!(oracle.alarm(), just_after(ms(9000 + LIMIT)));
    }
}

#[test]
fn a_single_server_must_lead_itself() {
    let mut oracle = since(1, ms(1));
    let now = just_after(ms(1 + LIMIT));
    let alone = broken(
        "a leader within five seconds",
        now,
        "since 0.001000s n1, the only server, ran undisturbed",
        "it does not lead",
    );
    assert_eq!(said(oracle.ring(now, &whole(1))), alone);
}

#[test]
fn of_an_even_cluster_more_than_half_must_have_a_leader() {
    let mut oracle = since(4, ms(1));
    oracle.leads(ms(100), n(4), true);
    let now = just_after(ms(1 + LIMIT));
    let three = apart(whole(4), &[4]);
    assert_eq!(said(oracle.ring(now, &three)), leaderless(now, "0.001000s", "n1 n2 n3"));
}

#[test]
fn no_leader_is_demanded_where_one_server_has_the_better_log() {
    let limit = just_after(ms(1 + LIMIT));
    for uneven in [Some((1, 2)), Some((2, 1)), None] {
        let mut oracle = since(3, ms(1));
        let mut topology = whole(3);
        topology.last[1] = uneven;
        assert_eq!(ring_until(&mut oracle, ms(10 * LIMIT), &topology), Ok(()));
        assert_eq!(oracle.judged(), 0);
        // Once their logs end alike again, the limit holds.
        let now = oracle.alarm();
        let expected = leaderless(now, "0.001000s", "n1 n2 n3");
        assert_eq!(said(oracle.ring(now, &whole(3))), expected);
    }
    // The log of a server outside the majority does not matter.
    let mut oracle = since(3, ms(1));
    let mut topology = apart(whole(3), &[3]);
    topology.last[2] = Some((9, 9));
    assert_eq!(said(oracle.ring(limit, &topology)), leaderless(limit, "0.001000s", "n1 n2"));
}

#[test]
fn a_change_that_lasts_starts_the_five_seconds_at_its_end() {
    let mut oracle = since(3, ms(1));
    oracle.changed(ms(2000));
    // An earlier change meanwhile makes no difference.
    oracle.changed(ms(1000));
    assert_eq!(oracle.alarm(), just_after(ms(7000)));
    let now = just_after(ms(7000));
    assert_eq!(said(oracle.ring(now, &whole(3))), leaderless(now, "2.000000s", "n1 n2 n3"));
    oracle.changed(Time::MAX);
    assert_eq!(oracle.alarm(), Time::MAX);
}
