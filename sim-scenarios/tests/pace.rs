//! Rafts whose elections take longer than the lab allows, and which claim so.

use raftsim_explore::{CrashPoints, Fuzz};
use raftsim_node::{Claims, Duration, Node as _};
use raftsim_plan::{Drawing, Scope};
use raftsim_raft::{Config, Raft};
use raftsim_testkit::{Tweak, Tweaked};
use sim_scenarios::{NodePlayer, limits_times};

use crate::support::{LEADERLESS, properties, runner, seeds, tally, usual};

/// Our Raft with election timeouts from this range, in milliseconds.
fn slow(from: u64, to: u64) -> Config {
    let election_timeout = Duration::from_millis(from)..Duration::from_millis(to);
    Config { election_timeout, ..Config::default() }
}

/// Our Raft, without the claim of its bound.
#[derive(Clone, Copy, Debug, Default)]
struct ClaimsNoBound;

impl Tweak<Raft> for ClaimsNoBound {
    fn claims(&self, claims: Claims) -> Claims {
        claims.electing_within(Claims::ELECTS_WITHIN)
    }
}

#[test]
fn a_bound_beyond_five_seconds_stretches_the_limits_by_a_whole_number() {
    let times = |millis| limits_times(&Claims::default().electing_within(millis));
    assert_eq!([1, 4999, 5000].map(Duration::from_millis).map(times), [1; 3]);
    assert_eq!([5001, 10_000, 10_001].map(Duration::from_millis).map(times), [2, 2, 3]);
    // However long a node claims to need, the limits end.
    assert_eq!([0, u64::MAX].map(Duration::from_nanos).map(times), [1, 2000]);
}

#[test]
fn a_slow_raft_that_claims_its_bound_passes_every_scenario() {
    for (from, to, times) in [(1000, 2000, 2), (2000, 4000, 4), (10_000, 20_000, 20)] {
        assert_eq!(limits_times(&Raft::claims(&slow(from, to))), times);
        for info in usual() {
            let found = properties(&runner::<Raft>(info.name, slow(from, to)), 10);
            assert_eq!(found, [], "{}, {from} to {to} ms", info.name);
        }
    }
}

#[test]
fn a_slow_raft_that_claims_no_bound_misses_the_labs() {
    let slow = runner::<Tweaked<Raft, ClaimsNoBound>>(
        "reelection_3a",
        (slow(10_000, 20_000), ClaimsNoBound),
    );
    let found = properties(&slow, 5);
    assert!(found.iter().all(|(property, _)| LEADERLESS.contains(property)), "{found:?}");
    assert_eq!(found.iter().map(|&(_, times)| times).sum::<u64>(), 5);
}

#[test]
fn plans_allow_a_slow_raft_its_own_bound() {
    let drawing = Drawing { servers: 1..=7, scope: Scope::Snapshots, swarm: true, stands: false };
    let crash_points = CrashPoints::USUAL;
    for (from, to) in [(3000, 6000), (10_000, 20_000)] {
        let player = NodePlayer::<Raft>::new(slow(from, to));
        let fuzz = Fuzz { player: &player, node: "raft", drawing: &drawing, crash_points };
        assert_eq!(tally(&fuzz, &seeds(200)).first_failure, None, "{from} to {to} ms");
    }
    let player =
        NodePlayer::<Tweaked<Raft, ClaimsNoBound>>::new((slow(10_000, 20_000), ClaimsNoBound));
    let fuzz = Fuzz { player: &player, node: "raft", drawing: &drawing, crash_points };
    let (_, failure) = tally(&fuzz, &seeds(20)).first_failure.expect("it is too slow");
    assert_eq!(failure.property().name(), "a leader within five seconds");
}
