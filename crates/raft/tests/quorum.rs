//! The quorum check (thesis §6.2): a leader that does not hear from a majority steps down.

use proptest::prelude::*;
use raftsim_node::{Claims, Duration, Node, Role, Time};
use raftsim_raft::{Config, Raft};

use crate::server::{
    Actions, Server, matched, no_vote, persist, request_vote, send, stale, status, vote,
};

/// Lets a leader's timers end until it steps down. Returns how long after `since` that was.
fn steps_down_after(server: &mut Server, since: Time) -> Duration {
    loop {
        let actions = server.timeout();
        if !server.raft.status().is_leader() {
            assert_eq!(actions, Actions::new(), "it steps down instead of sending heartbeats");
            return server.now.since(since);
        }
        assert_eq!(actions.len(), server.boot.voters.len() - 1);
        assert!(server.now.since(since) < Duration::from_secs(10), "it leads forever");
    }
}

#[test]
fn cq_1_steps_down_when_no_majority_was_heard_for_an_election_timeout() {
    let mut server = Server::leader(3);
    let elected = server.now;
    assert_eq!(steps_down_after(&mut server, elected), Duration::from_millis(800));
    // It stays in its term, keeps its vote, and starts an election timer.
    assert_eq!(server.raft.status(), status(1, Role::Follower, None));
    assert!(server.has_fresh_election_timer());
    assert_eq!(server.receive(2, request_vote(1, 2)), vec![send(2, no_vote(1, 2))]);
    server.timeout();
    assert_eq!(server.raft.status(), status(2, Role::Candidate, None));
}

#[test]
fn cq_1_counts_every_message_of_the_term() {
    for message in [matched(1, 0), stale(1), vote(1, 1), request_vote(1, 2)] {
        let mut server = Server::leader(3);
        let elected = server.now;
        server.wait(50);
        server.receive(2, message.clone());
        let led = steps_down_after(&mut server, elected);
        assert_eq!(led, Duration::from_millis(900), "{message:?}");
    }
}

#[test]
fn cq_1_does_not_count_older_terms() {
    let mut server = Server::leader(3);
    server.receive(2, stale(5));
    let mut server = server.elected();
    let elected = server.now;
    server.wait(50);
    for message in [matched(5, 0), vote(5, 1), request_vote(5, 2)] {
        server.receive(2, message);
        assert_eq!(server.raft.status().term, 6);
    }
    assert_eq!(steps_down_after(&mut server, elected), Duration::from_millis(800));
}

#[test]
fn cq_1_looks_at_a_majority_and_not_at_the_last_contact() {
    let mut server = Server::leader(5);
    let elected = server.now;
    // n2 and n3 voted at 0. A majority of five is three: the leader itself, n4, then n2.
    server.wait(90);
    server.receive(4, matched(1, 0));
    let mut with_one_more = server.clone();
    assert_eq!(steps_down_after(&mut server, elected), Duration::from_millis(800));
    // With n5 also at 90 ms, a majority was heard from at that time.
    with_one_more.receive(5, matched(1, 0));
    assert_eq!(steps_down_after(&mut with_one_more, elected), Duration::from_millis(900));
}

#[test]
fn cq_1_carries_over_when_each_vote_arrived() {
    let mut server = Server::candidate(5);
    let asked = server.now;
    server.wait(10);
    server.receive(2, vote(1, 1));
    server.wait(140);
    server.receive(3, vote(1, 1));
    assert!(server.raft.status().is_leader());
    // Its heartbeats come 250, 350, … ms after it asked. n2's vote is 800 ms old at 810, so it
    // steps down at 850. n3's vote would be too old only at 950.
    assert_eq!(steps_down_after(&mut server, asked), Duration::from_millis(850));
}

#[test]
fn cq_1_stays_leader_while_a_majority_answers() {
    let mut server = Server::leader(4);
    for _ in 0..100 {
        server.timeout();
        server.receive(3, matched(1, 0));
        server.receive(4, stale(1));
    }
    assert_eq!(server.raft.status(), status(1, Role::Leader, Some(1)));
    // Replies from one of three others are not enough.
    let last = server.now;
    while server.raft.status().is_leader() {
        server.timeout();
        server.receive(3, matched(1, 0));
        assert!(server.now.since(last) <= Duration::from_millis(800));
    }
}

#[test]
fn cq_1_never_deposes_the_leader_of_a_cluster_of_one() {
    let mut server = Server::new(1);
    assert_eq!(server.timeout(), vec![persist(1, Some(1))]);
    for _ in 0..50 {
        let due = server.deadline();
        assert_eq!(server.timeout(), Actions::new());
        assert_eq!(server.deadline(), due + server.config.heartbeat_interval);
    }
    assert_eq!(server.raft.status(), status(1, Role::Leader, Some(1)));
}

#[test]
fn cq_1_can_be_switched_off() {
    let config = Config { check_quorum: false, ..Config::default() };
    let mut server = Server::with_config(3, config.clone()).elected();
    for _ in 0..50 {
        assert_eq!(server.timeout().len(), 2);
    }
    assert_eq!(server.raft.status(), status(1, Role::Leader, Some(1)));
    assert_eq!(Raft::claims(&config).steps_down_within, None);
}

#[test]
fn cq_1_is_claimed_with_a_heartbeat_interval_of_slack() {
    let within = Duration::from_millis(900);
    assert_eq!(Raft::claims(&Config::default()).steps_down_within, Some(within));
}

#[test]
fn a_raft_claims_what_its_settings_give() {
    let claims = |from: u64, to: u64, heartbeat: u64| {
        let election_timeout = Duration::from_millis(from)..Duration::from_millis(to);
        let heartbeat_interval = Duration::from_millis(heartbeat);
        Raft::claims(&Config { election_timeout, heartbeat_interval, ..Config::default() })
    };
    let all = Claims::default().answering_earlier_terms().keeping_its_leader();
    let usual = all.stepping_down_within(Duration::from_millis(900));
    assert_eq!(Raft::claims(&Config::default()), usual);
    // Five of its election timeouts, but not less than the lab allows.
    let within = |from, to| claims(from, to, 100).elects_within;
    assert_eq!(within(150, 300), Duration::from_secs(5));
    assert_eq!(within(1000, 1200), Duration::from_secs(6));
    assert_eq!(within(2000, 4000), Duration::from_secs(20));
    // Of messages that take 100 ms, an answer takes 200 ms to come.
    let copes = |from: u64, to: u64| {
        let election_timeout = Duration::from_millis(from)..Duration::from_millis(to);
        let config = Config { election_timeout, ..Config::default() };
        let asks = Config { pre_vote: true, protect_leader: true, ..config };
        Raft::claims(&asks).copes_with_standing_faults
    };
    assert_eq!([copes(200, 400), copes(201, 400), copes(2000, 4000)], [false, true, true]);
    // A heartbeat that is 50 ms late must not be too late.
    let keeps = |from, heartbeat| claims(from, 800, heartbeat).keeps_its_leader;
    assert_eq!(
        [(153, 100), (152, 100), (400, 300), (400, 400)].map(|(f, h)| keeps(f, h)),
        [true, false, true, false]
    );
}

proptest! {
    #![proptest_config(crate::properties::config(512))]

    /// Compares with the definition: sort the contacts and look at the age of the majority-th.
    #[test]
    fn cq_1_agrees_with_a_sorted_list_and_keeps_the_claim(
        servers in 2u8..=7,
        contacts in prop::collection::vec((0u64..300, 0u8..6), 0..40),
    ) {
        let mut server = Server::leader(servers);
        let mut heard = vec![None; usize::from(servers) - 1];
        heard[..server.boot.majority() - 1].fill(Some(server.now));
        let limit = Duration::from_millis(800);
        let majority_th = |heard: &[Option<Time>], now: Time| {
            let mut times: Vec<Option<Time>> = heard.iter().copied().chain([Some(now)]).collect();
            times.sort_by_key(|&time| std::cmp::Reverse(time));
            times[usize::from(servers) / 2].unwrap()
        };
        for (wait, peer) in contacts {
            let until = server.now + Duration::from_millis(wait);
            while server.deadline() <= until {
                server.timeout();
                let lost = server.now.since(majority_th(&heard, server.now)) >= limit;
                prop_assert_eq!(server.raft.status().is_leader(), !lost);
                if lost {
                    return Ok(());
                }
            }
            server.now = until;
            let age = server.now.since(majority_th(&heard, server.now));
            prop_assert!(age < Duration::from_millis(900));
            let peer = peer % (servers - 1);
            server.receive(peer + 2, matched(1, 0));
            heard[usize::from(peer)] = Some(server.now);
        }
    }
}
