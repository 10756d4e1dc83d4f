//! The rules for all servers and for followers: terms, durability, timers, and what is ignored.

use std::collections::BTreeSet;
use std::panic::catch_unwind;

use raftsim_node::{Action, Bytes, CallId, Duration, Event, Node, NodeId, ProposalId, Role, Time};
use raftsim_raft::{Config, Disk, Message};

use crate::server::{
    Actions, Server, append, heartbeat, install, installed, matched, no_vote, persist, propose,
    request_vote, send, stale, status, vote,
};

/// One message of each kind, of `term`.
fn one_of_each(term: u64) -> [Message; 7] {
    [
        request_vote(term, 2),
        vote(term, 1),
        no_vote(term, 1),
        heartbeat(term),
        matched(term, 0),
        install(term, 1, 1, "x"),
        installed(term, Some(1)),
    ]
}

#[test]
fn as_2_adopts_a_higher_term_from_every_message_and_follows() {
    for message in one_of_each(9) {
        for mut server in [Server::new(3), Server::candidate(3), Server::leader(3)] {
            let actions = server.receive(2, message.clone());
            let vote = matches!(message, Message::RequestVote(_)).then_some(2);
            assert_eq!(actions[0], persist(9, vote));
            let status = server.raft.status();
            let leads = matches!(message, Message::AppendEntries(_) | Message::InstallSnapshot(_));
            let leader = leads.then(|| NodeId::new(2));
            assert_eq!((status.term, status.role, status.leader), (9, Role::Follower, leader));
        }
    }
}

#[test]
fn as_2_forgets_the_vote_with_its_term() {
    let mut server = Server::candidate(3);
    assert_eq!(server.receive(2, no_vote(4, 1)), vec![persist(4, None)]);
    // The vote of term 4 is free.
    assert_eq!(
        server.receive(3, request_vote(4, 3)),
        vec![persist(4, Some(3)), send(3, vote(4, 3))]
    );
}

#[test]
fn as_2_leaves_a_running_election_timer_alone() {
    let mut server = Server::new(3);
    server.wait(50);
    let deadline = server.deadline();
    server.receive(2, no_vote(4, 1));
    assert_eq!(server.deadline(), deadline, "a follower's");

    let mut server = Server::candidate(3);
    server.now = server.deadline();
    server.receive(2, no_vote(4, 1));
    // The retry timer has ended, and the election timer runs on.
    let timeout = server.deadline().since(server.now) + Duration::from_millis(100);
    assert!(server.config.election_timeout.contains(&timeout), "a candidate's");
}

#[test]
fn as_2_gives_a_deposed_leader_a_fresh_election_timer() {
    let mut server = Server::leader(3);
    server.wait(5_000);
    assert_eq!(server.receive(2, stale(2)), vec![persist(2, None)]);
    assert_eq!(server.raft.status(), status(2, Role::Follower, None));
    assert!(server.has_fresh_election_timer());
    server.timeout();
    assert_eq!(server.raft.status(), status(3, Role::Candidate, None));
}

#[test]
fn du_1_persists_term_and_vote_at_once_before_the_answer() {
    let mut server = Server::new(3);
    assert_eq!(
        server.receive(2, request_vote(3, 2)),
        vec![persist(3, Some(2)), send(2, vote(3, 2))]
    );
    assert_eq!(
        server.receive(3, request_vote(5, 3)),
        vec![persist(5, Some(3)), send(3, vote(5, 3))]
    );
    assert_eq!(server.receive(2, heartbeat(6)), vec![persist(6, None), send(2, matched(6, 0))]);
    assert_eq!(server.disk, Disk::new(6, None, vec![]));
}

#[test]
fn du_1_writes_nothing_that_is_written_already() {
    let mut server = Server::with_disk(3, Disk::new(3, Some(NodeId::new(2)), vec![]));
    assert_eq!(server.receive(2, request_vote(3, 2)), vec![send(2, vote(3, 2))]);
    assert_eq!(server.receive(3, request_vote(3, 3)), vec![send(3, no_vote(3, 3))]);
    assert_eq!(server.receive(3, heartbeat(3)), vec![send(3, matched(3, 0))]);
    assert_eq!(server.receive(2, heartbeat(2)), vec![send(2, stale(3))]);
}

#[test]
fn st_1_drops_replies_of_an_older_term() {
    for (reply, servers) in [(vote(1, 1), 3), (no_vote(1, 1), 3), (matched(1, 0), 3)] {
        let mut server = Server::candidate(servers);
        server.now = server.deadline() + Duration::from_millis(800);
        server.step(Event::Timeout);
        let deadline = server.deadline();
        assert_eq!(server.raft.status(), status(2, Role::Candidate, None));
        assert_eq!(server.receive(2, reply.clone()), Actions::new(), "{reply:?}");
        assert_eq!(server.raft.status(), status(2, Role::Candidate, None), "{reply:?}");
        // It does not count as an answer either: n2 is asked again.
        assert_eq!(server.deadline(), deadline);
        assert_eq!(
            server.timeout(),
            vec![send(2, request_vote(2, 1)), send(3, request_vote(2, 1))]
        );
    }
}

#[test]
fn fo_1_answers_requests_in_every_role_and_replies_in_none() {
    for mut server in [Server::new(3), Server::candidate(3), Server::leader(3)] {
        assert_eq!(
            server.receive(3, request_vote(2, 3)),
            vec![persist(2, Some(3)), send(3, vote(2, 3))]
        );
        assert_eq!(server.receive(3, heartbeat(2)), vec![send(3, matched(2, 0))]);
        for reply in [vote(2, 1), no_vote(2, 1), matched(2, 0), stale(2)] {
            assert_eq!(server.receive(3, reply), Actions::new());
        }
        assert_eq!(server.raft.status(), status(2, Role::Follower, Some(3)));
    }
}

#[test]
fn fo_1_ignores_messages_that_are_not_from_another_voter() {
    for mut server in [Server::new(3), Server::candidate(3), Server::leader(3)] {
        let (status, deadline) = (server.raft.status(), server.deadline());
        for message in one_of_each(9).into_iter().chain([request_vote(9, 1), request_vote(9, 4)]) {
            for from in [1, 4, 255] {
                assert_eq!(server.receive(from, message.clone()), Actions::new());
            }
        }
        // A candidate may ask only for itself.
        assert_eq!(server.receive(3, request_vote(9, 2)), Actions::new());
        assert_eq!((server.raft.status(), server.deadline()), (status, deadline));
    }
}

#[test]
fn fo_1_ignores_a_rival_leader_in_its_own_term() {
    let mut server = Server::leader(3);
    assert_eq!(server.receive(2, heartbeat(1)), Actions::new());
    assert_eq!(server.raft.status(), status(1, Role::Leader, Some(1)));
}

#[test]
fn fo_2_stands_for_election_when_the_timer_ends_and_not_before() {
    let mut server = Server::new(3);
    let deadline = server.deadline();
    assert!(server.has_fresh_election_timer());
    server.now = Time::from_nanos(deadline.as_nanos() - 1);
    assert_eq!(server.step(Event::Timeout), Actions::new());
    assert_eq!(server.raft.status(), status(0, Role::Follower, None));
    assert_eq!(server.deadline(), deadline);
    server.timeout();
    assert_eq!(server.raft.status(), status(1, Role::Candidate, None));
}

#[test]
fn fo_2_waits_anew_after_a_current_leader_or_a_granted_vote_alone() {
    let mut server = Server::new(5);
    server.receive(2, request_vote(3, 2));
    // These restart the timer.
    for message in [request_vote(3, 2), heartbeat(3), append(3, 8, 2, &[])] {
        let deadline = server.deadline();
        server.wait(100);
        server.receive(2, message);
        assert_ne!(server.deadline(), deadline);
        assert!(server.has_fresh_election_timer());
    }
    // These do not: requests of an older term, a vote that is refused, replies, proposals.
    let deadline = server.deadline();
    server.wait(100);
    for (from, message) in [
        (3, request_vote(2, 3)),
        (3, request_vote(3, 3)),
        (3, heartbeat(2)),
        (3, vote(3, 1)),
        (3, matched(3, 0)),
        (3, matched(7, 0)),
    ] {
        server.receive(from, message);
    }
    server.step(Event::Propose { id: ProposalId(1), command: Bytes::from("x") });
    assert_eq!(server.deadline(), deadline);
}

#[test]
fn et_1_draws_anew_at_every_reset_over_the_whole_range() {
    let config = Config::default();
    let range = config.election_timeout.clone();
    let mut server = Server::with_config(3, config);
    let mut drawn: BTreeSet<u64> = BTreeSet::new();
    let mut eighths = [0; 8];
    for _ in 0..800 {
        server.wait(50);
        server.receive(2, heartbeat(1));
        let timeout = server.deadline().since(server.now);
        assert!(range.contains(&timeout), "{timeout}");
        drawn.insert(timeout.as_nanos());
        let eighth = (timeout - range.start) * 8;
        eighths[usize::try_from(eighth.as_millis() / 400).unwrap()] += 1;
    }
    assert_eq!(drawn.len(), 800, "no two alike");
    for count in eighths {
        assert!((60..=140).contains(&count), "{eighths:?}");
    }
}

#[test]
fn et_1_draws_anew_for_votes_elections_and_restarts() {
    let mut drawn: BTreeSet<u64> = BTreeSet::new();
    let mut server = Server::new(3);
    let mut term = 0;
    for _ in 0..10 {
        // The timer that the boot starts, that of a vote, and that of the same vote again.
        drawn.insert(server.deadline().since(server.now).as_nanos());
        term += 1;
        for _ in 0..2 {
            server.receive(2, request_vote(term, 2));
            drawn.insert(server.deadline().since(server.now).as_nanos());
        }
        // That of an election. It is the deadline once a higher term has ended the retries.
        server.timeout();
        term += 2;
        server.receive(2, no_vote(term, 1));
        drawn.insert(server.deadline().since(server.now).as_nanos());
        server.restart();
    }
    assert_eq!(drawn.len(), 40);
}

#[test]
fn et_1_draws_the_same_for_the_same_seed_and_the_start_of_an_empty_range() {
    let (mut one, mut same) = (Server::new(3), Server::new(3));
    for _ in 0..10 {
        assert_eq!(one.timeout(), same.timeout());
        assert_eq!(one.deadline(), same.deadline());
    }
    let millis = Duration::from_millis(500);
    for end in [millis, Duration::from_millis(1)] {
        let config = Config { election_timeout: millis..end, ..Config::default() };
        let server = Server::with_config(3, config);
        assert_eq!(server.deadline(), server.now + millis);
    }
}

#[test]
fn ca_1_begins_no_election_after_the_last_term() {
    let mut server = Server::new(3);
    assert_eq!(
        server.receive(2, request_vote(u64::MAX, 2)),
        vec![persist(u64::MAX, Some(2)), send(2, vote(u64::MAX, 2))]
    );
    for _ in 0..3 {
        assert_eq!(server.timeout(), Actions::new());
        assert_eq!(server.raft.status(), status(u64::MAX, Role::Follower, None));
        assert!(server.has_fresh_election_timer());
    }
}

#[test]
fn ca_1_ends_a_candidacy_in_the_last_term() {
    let mut server = Server::with_disk(3, Disk::new(u64::MAX - 1, None, vec![]));
    server.timeout();
    assert_eq!(server.raft.status(), status(u64::MAX, Role::Candidate, None));
    server.wait(800);
    assert_eq!(server.step(Event::Timeout), Actions::new());
    assert_eq!(server.raft.status(), status(u64::MAX, Role::Follower, None));
    assert!(server.has_fresh_election_timer());
}

#[test]
fn le_2_is_refused_by_other_roles_which_name_the_leader() {
    let reject = |leader: Option<u8>| {
        vec![Action::Reject { id: ProposalId(5), leader: leader.map(NodeId::new) }]
    };
    let mut server = Server::new(3);
    assert_eq!(server.step(propose("x")), reject(None));
    server.receive(2, heartbeat(1));
    assert_eq!(server.step(propose("x")), reject(Some(2)));
    assert_eq!(Server::candidate(3).step(propose("x")), reject(None));
}

#[test]
fn settings_that_would_stop_time_or_send_no_entries_are_refused() {
    let usual = Config::default();
    let zero = Duration::ZERO;
    for (config, why) in [
        (Config { election_timeout: zero..zero, ..usual.clone() }, "the election timeout is zero"),
        (Config { heartbeat_interval: zero, ..usual.clone() }, "the heartbeat interval is zero"),
        (Config { entries_at_once: 0, ..usual }, "a message may carry no entries"),
    ] {
        let payload = catch_unwind(|| Server::with_config(3, config)).expect_err("it panics");
        assert_eq!(payload.downcast_ref(), Some(&why));
    }
}

#[test]
fn events_that_it_does_not_know_change_nothing() {
    let mut server = Server::new(3);
    let deadline = server.deadline();
    let failed = Event::CallFailed { to: NodeId::new(2), call: CallId(1) };
    assert_eq!(server.step(failed), Actions::new());
    assert_eq!(server.deadline(), deadline);
}

#[test]
fn notes_name_the_rule_and_stand_before_what_they_explain() {
    let mut server = Server::with_notes(3);
    assert_eq!(
        server.receive(2, request_vote(3, 2)),
        vec![
            Action::note("AS.2 adopt higher term 3: follow"),
            Action::note("RV.2 grant: vote is free, log is up-to-date"),
            persist(3, Some(2)),
            send(2, vote(3, 2)),
        ]
    );
    assert_eq!(
        server.receive(3, request_vote(3, 3)),
        vec![Action::note("RV.2 refuse: voted for n2"), send(3, no_vote(3, 3))]
    );
    assert_eq!(
        server.timeout(),
        vec![
            Action::note("FO.2 no leader heard: stand for election"),
            Action::note("CA.1 new term 4, vote for self, ask the others"),
            persist(4, Some(1)),
            send(2, request_vote(4, 1)),
            send(3, request_vote(4, 1)),
        ]
    );
    let mut candidate = server.clone();
    assert_eq!(
        candidate.step(Event::Campaign)[..2],
        [
            Action::note("TN.1 ordered to stand for election"),
            Action::note("CA.1 new term 5, vote for self, ask the others"),
        ]
    );
    assert_eq!(
        server.receive(2, vote(4, 1)),
        vec![
            Action::note("CA.2 vote counted: 2, of 2 that it needs"),
            Action::note("CA.2 majority: lead"),
            Action::note("LE.1 heartbeat to all"),
            send(2, heartbeat(4)),
            send(3, heartbeat(4)),
        ]
    );
    assert_eq!(server.step(Event::Campaign), vec![Action::note("TN.1 ignore: this server leads")]);
}
