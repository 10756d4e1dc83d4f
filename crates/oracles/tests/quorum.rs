//! No leader without a majority, on made-up deliveries.

use raftsim_node::{Duration, Time};
use raftsim_oracles::Quorum;
use raftsim_sim::Rate;

use crate::support::{Said, broken, just_after, ms, n, said};

/// What every leader here claims.
const BOUND: Duration = Duration::from_millis(500);

/// The oracle for `size` servers. These messages were delivered to `to`: (milliseconds, sender).
fn heard(size: u8, to: u8, deliveries: &[(u64, u8)]) -> Quorum {
    let mut oracle = Quorum::new(size.into());
    for &(time, from) in deliveries {
        oracle.delivered(ms(time), n(from), n(to));
    }
    oracle
}

fn ring(oracle: &mut Quorum, now: Time) -> Said {
    said(oracle.ring(now, (1..=3).map(n)))
}

fn overstays(now: Time, node: &str, contact: &str) -> Said {
    let first =
        format!("{node} claims to lead no longer than 0.500000s without messages of a majority");
    let second = format!("the last reached it at {contact}, and it still leads");
    broken("no leader without a majority", now, &first, &second)
}

#[test]
fn without_a_leader_there_is_nothing_to_judge() {
    let mut oracle = heard(3, 1, &[(10, 2)]);
    assert_eq!(oracle.alarm(), Time::MAX);
    assert_eq!(ring(&mut oracle, ms(60_000)), Ok(()));
    assert_eq!(oracle.judged(), 0);
}

#[test]
fn a_leader_may_stay_to_the_bound_exactly() {
    let mut oracle = heard(3, 1, &[(10, 2)]);
    oracle.leads(n(1), BOUND);
    assert_eq!(oracle.alarm(), just_after(ms(510)));
    assert_eq!(ring(&mut oracle, ms(510)), Ok(()));
    assert_eq!(oracle.judged(), 0, "its alarm has not rung");
}

#[test]
fn a_leader_that_stays_a_nanosecond_longer_is_found_out() {
    let mut oracle = heard(3, 1, &[(10, 2)]);
    oracle.leads(n(1), BOUND);
    let now = just_after(ms(510));
    assert_eq!(ring(&mut oracle, now), overstays(now, "n1", "0.010000s"));
    assert_eq!(oracle.judged(), 1);
}

#[test]
fn a_leader_with_fresh_contact_leads_on_and_its_alarm_moves_lazily() {
    let mut oracle = heard(3, 1, &[(10, 2)]);
    oracle.leads(n(1), BOUND);
    oracle.delivered(ms(300), n(3), n(1));
    assert_eq!(oracle.alarm(), just_after(ms(510)), "a delivery costs nothing");
    assert_eq!(ring(&mut oracle, just_after(ms(510))), Ok(()));
    assert_eq!(oracle.alarm(), just_after(ms(800)));
    assert_eq!(oracle.judged(), 1);
    let now = just_after(ms(800));
    assert_eq!(ring(&mut oracle, now), overstays(now, "n1", "0.300000s"));
    assert_eq!(oracle.judged(), 2);
}

#[test]
fn a_contact_whose_bound_ends_this_very_instant_is_fine() {
    let mut oracle = heard(3, 1, &[(10, 2)]);
    oracle.leads(n(1), BOUND);
    oracle.delivered(just_after(ms(10)), n(3), n(1));
    let now = just_after(ms(510));
    assert_eq!(ring(&mut oracle, now), Ok(()));
    assert_eq!((oracle.alarm(), oracle.judged()), (just_after(now), 1));
    assert_eq!(ring(&mut oracle, just_after(now)), overstays(just_after(now), "n1", "0.010000s"));
}

#[test]
fn contact_is_the_majoritys_latest_common_one() {
    // (servers, the last contact with a majority of a leader that heard its k-th peer at 10 k ms)
    for (size, contact) in [(2, 10), (3, 20), (4, 20), (5, 30), (7, 40)] {
        for leader in [1, size] {
            let peers = (1..=size).filter(|&peer| peer != leader);
            let mut order: Vec<(u64, u8)> = (1..).map(|k| k * 10).zip(peers).collect();
            for _ in 0..2 {
                let mut oracle = heard(size, leader, &order);
                oracle.leads(n(leader), BOUND);
                let expected = just_after(ms(contact) + BOUND);
                assert_eq!(oracle.alarm(), expected, "{leader} of {size}");
                // The order of the peers must not matter.
                order.reverse();
            }
        }
    }
}

#[test]
fn contact_in_a_large_cluster_is_the_fiftieth_latest_of_a_hundred_peers() {
    let deliveries: Vec<(u64, u8)> = (2..=101).map(|from| (u64::from(from), from)).collect();
    let mut oracle = heard(101, 1, &deliveries);
    oracle.leads(n(1), BOUND);
    assert_eq!(oracle.alarm(), just_after(ms(52 + 500)));
}

#[test]
fn a_minority_however_fresh_is_no_contact() {
    let mut oracle = heard(5, 1, &[(10, 2), (20, 3), (400, 2), (500, 2)]);
    oracle.leads(n(1), BOUND);
    let now = just_after(ms(520));
    assert_eq!(ring(&mut oracle, now), overstays(now, "n1", "0.020000s"));
}

#[test]
fn what_others_hear_or_a_leader_sends_is_no_contact() {
    let mut oracle = heard(3, 1, &[(10, 2)]);
    oracle.leads(n(1), BOUND);
    oracle.delivered(ms(400), n(1), n(2));
    oracle.delivered(ms(400), n(3), n(2));
    let now = just_after(ms(510));
    assert_eq!(ring(&mut oracle, now), overstays(now, "n1", "0.010000s"));
}

#[test]
fn a_leader_that_steps_down_in_time_is_fine() {
    let mut oracle = heard(3, 1, &[(10, 2)]);
    oracle.leads(n(1), BOUND);
    oracle.follows(n(1));
    assert_eq!(oracle.alarm(), Time::MAX);
    assert_eq!(ring(&mut oracle, ms(60_000)), Ok(()));
    assert_eq!(oracle.judged(), 0);
}

#[test]
fn every_leader_is_judged_by_its_own_bound() {
    let mut oracle = heard(3, 1, &[(10, 2)]);
    oracle.delivered(ms(50), n(1), n(3));
    oracle.leads(n(1), BOUND);
    oracle.leads(n(3), Duration::from_millis(100));
    assert_eq!(oracle.alarm(), just_after(ms(150)));
    oracle.follows(n(3));
    assert_eq!(oracle.alarm(), just_after(ms(510)));
}

#[test]
fn all_leaders_whose_alarm_has_come_are_judged() {
    let mut oracle = heard(3, 1, &[(10, 2), (400, 2)]);
    oracle.delivered(ms(10), n(1), n(3));
    oracle.leads(n(1), Duration::from_millis(100));
    oracle.leads(n(3), BOUND);
    oracle.delivered(ms(450), n(2), n(1));
    let now = just_after(ms(510));
    assert_eq!(ring(&mut oracle, now), overstays(now, "n3", "0.010000s"));
    assert_eq!(oracle.judged(), 2);
}

#[test]
fn a_restart_ends_the_leadership_and_forgets_what_was_heard() {
    let mut oracle = heard(3, 1, &[(10, 2), (490, 3)]);
    oracle.delivered(ms(490), n(1), n(2));
    oracle.leads(n(1), BOUND);
    oracle.restarted(ms(500), n(1));
    assert_eq!(oracle.alarm(), Time::MAX);
    oracle.leads(n(1), BOUND);
    assert_eq!(oracle.alarm(), just_after(ms(1000)), "counted from the boot");
    let now = just_after(ms(1000));
    assert_eq!(ring(&mut oracle, now), overstays(now, "n1", "0.500000s"));
    // What the other servers heard from it stays.
    oracle.follows(n(1));
    oracle.leads(n(2), BOUND);
    assert_eq!(oracle.alarm(), just_after(ms(990)));
}

#[test]
fn a_single_server_is_its_own_majority() {
    let mut oracle = Quorum::new(1);
    oracle.leads(n(1), BOUND);
    assert_eq!(oracle.alarm(), Time::MAX);
    assert_eq!(oracle.ring(ms(60_000), [n(1)].into_iter()), Ok(()));
    assert_eq!(oracle.judged(), 0);
}

#[test]
fn a_suspended_leader_is_not_judged_and_that_time_does_not_count() {
    let mut oracle = heard(3, 1, &[(10, 2)]);
    oracle.leads(n(1), BOUND);
    oracle.suspended(ms(100), n(1));
    assert_eq!(oracle.alarm(), Time::MAX);
    assert_eq!(ring(&mut oracle, ms(60_000)), Ok(()));
    oracle.resumed(ms(60_000), n(1));
    assert_eq!(oracle.alarm(), just_after(ms(59_900 + 510)));
    let now = just_after(ms(59_900 + 510));
    assert_eq!(ring(&mut oracle, now), overstays(now, "n1", "59.910000s"));
}

#[test]
fn no_time_of_several_suspensions_counts() {
    let mut oracle = heard(3, 1, &[(10, 2)]);
    oracle.leads(n(1), BOUND);
    for round in 0..5 {
        oracle.suspended(ms(100 + round * 100), n(1));
        oracle.resumed(ms(130 + round * 100), n(1));
    }
    assert_eq!(oracle.alarm(), just_after(ms(510 + 5 * 30)));
    // A message that is delivered when the server runs again, or later, counts from its own time.
    oracle.delivered(ms(530), n(3), n(1));
    assert_eq!(ring(&mut oracle, just_after(ms(660))), Ok(()));
    assert_eq!(oracle.alarm(), just_after(ms(1030)));
}

#[test]
fn a_server_that_becomes_leader_while_suspended_is_counted_once_it_runs() {
    let mut oracle = heard(3, 1, &[(10, 2)]);
    oracle.suspended(ms(20), n(1));
    oracle.leads(n(1), BOUND);
    assert_eq!(oracle.alarm(), Time::MAX);
    oracle.resumed(ms(320), n(1));
    assert_eq!(oracle.alarm(), just_after(ms(810)));
}

#[test]
fn a_restart_ends_a_pause() {
    let mut oracle = heard(3, 1, &[(10, 2)]);
    oracle.suspended(ms(20), n(1));
    oracle.restarted(ms(100), n(1));
    oracle.leads(n(1), BOUND);
    assert_eq!(oracle.alarm(), just_after(ms(600)));
    oracle.resumed(ms(200), n(1));
    assert_eq!(oracle.alarm(), just_after(ms(600)), "it was not suspended in this life");
}

#[test]
fn the_bound_is_counted_by_the_leaders_own_clock() {
    // 500 ms by the leader's clock.
    for (rate, lasts) in [((1, 2), 1000), ((2, 1), 250), ((5, 5), 500)] {
        let mut oracle = heard(3, 1, &[(10, 2)]);
        oracle.retimed(ms(20), n(1), Rate::new(rate.0, rate.1));
        oracle.leads(n(1), BOUND);
        assert_eq!(oracle.alarm(), just_after(ms(20 + lasts)), "the count begins anew");
        // A clock's rate outlives a restart.
        oracle.restarted(ms(100), n(1));
        oracle.leads(n(1), BOUND);
        assert_eq!(oracle.alarm(), just_after(ms(100 + lasts)));
    }
}

#[test]
fn a_change_of_its_clock_counts_as_contact_even_while_it_does_not_run() {
    let mut oracle = heard(3, 1, &[(10, 2)]);
    oracle.leads(n(1), BOUND);
    oracle.retimed(ms(400), n(1), Rate::TRUE);
    assert_eq!(oracle.alarm(), just_after(ms(900)));
    oracle.suspended(ms(410), n(1));
    oracle.retimed(ms(500), n(1), Rate::TRUE);
    assert_eq!(oracle.alarm(), Time::MAX);
    oracle.resumed(ms(600), n(1));
    assert_eq!(oracle.alarm(), just_after(ms(1100)), "no message is heard in the future");
}

#[test]
fn a_clock_or_a_pause_of_one_server_changes_nothing_for_another() {
    let mut oracle = heard(3, 1, &[(10, 2)]);
    oracle.leads(n(1), BOUND);
    oracle.retimed(ms(20), n(2), Rate::new(1, 9));
    oracle.suspended(ms(20), n(2));
    assert_eq!(oracle.alarm(), just_after(ms(510)));
}
