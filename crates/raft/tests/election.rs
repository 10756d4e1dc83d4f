//! Elections: when a server votes for a candidate, and when a candidate wins.

use raftsim_node::{Bytes, Duration, Event, Node, NodeId, Role};
use raftsim_raft::{Disk, Message};

use crate::server::{
    Actions, Server, append, append_committing, entries, heartbeat, matched, no_vote, persist,
    request_vote, request_vote_with_log, send, stale, status, vote,
};

#[test]
fn rv_1_refuses_a_stale_term() {
    let mut server = Server::with_disk(3, Disk::new(5, None, vec![]));
    let deadline = server.deadline();
    assert_eq!(server.receive(2, request_vote(4, 2)), vec![send(2, no_vote(5, 2))]);
    assert_eq!(server.disk, Disk::new(5, None, vec![]), "the vote is still free");
    assert_eq!(server.deadline(), deadline);
}

#[test]
fn rv_2_gives_one_vote_a_term() {
    let mut server = Server::new(3);
    assert_eq!(
        server.receive(2, request_vote(1, 2)),
        vec![persist(1, Some(2)), send(2, vote(1, 2))]
    );
    assert_eq!(server.receive(3, request_vote(1, 3)), vec![send(3, no_vote(1, 3))]);
    // The same candidate may ask again: its reply may have been lost.
    assert_eq!(server.receive(2, request_vote(1, 2)), vec![send(2, vote(1, 2))]);
    assert_eq!(
        server.receive(3, request_vote(2, 3)),
        vec![persist(2, Some(3)), send(3, vote(2, 3))]
    );
}

#[test]
fn rv_2_gives_rivals_no_vote_of_a_candidate_or_leader() {
    for mut server in [Server::candidate(3), Server::leader(3)] {
        let status = server.raft.status();
        assert_eq!(server.receive(2, request_vote(1, 2)), vec![send(2, no_vote(1, 2))]);
        assert_eq!(server.raft.status(), status);
    }
}

#[test]
fn rv_2_asks_for_a_log_at_least_as_up_to_date() {
    // This server's log ends with 3@4.
    let disk = Disk::new(5, None, entries(&[1, 4, 4]));
    for (last_log_index, last_log_term, up_to_date) in [
        (3, 4, true),
        (4, 4, true),
        (2, 4, false),
        // A later last term wins, even with a shorter log. An earlier one loses, even with a longer
        // log.
        (1, 5, true),
        (0, 0, false),
        (9, 3, false),
        (u64::MAX, 3, false),
        (3, 6, true),
    ] {
        let mut server = Server::with_disk(3, disk.clone());
        let deadline = server.deadline();
        let request = request_vote_with_log(6, 2, last_log_index, last_log_term);
        let expected = if up_to_date {
            vec![persist(6, Some(2)), send(2, vote(6, 2))]
        } else {
            vec![persist(6, None), send(2, no_vote(6, 2))]
        };
        assert_eq!(server.receive(2, request.clone()), expected, "{request:?}");
        assert_eq!(server.deadline() != deadline, up_to_date, "a refusal resets no timer");
    }
}

#[test]
fn rv_2_compares_with_the_snapshots_last_entry_if_the_log_is_empty() {
    let mut server = Server::with_disk(3, Disk::new(5, None, entries(&[1, 4])));
    server.receive(2, append_committing(5, 2, 4, &[], 2));
    server.step(Event::Compact { through: 2, snapshot: Bytes::from("both") });
    for (last_log_index, last_log_term, reply) in
        [(2, 3, no_vote(6, 2)), (1, 4, no_vote(6, 2)), (2, 4, vote(6, 2))]
    {
        let request = request_vote_with_log(6, 2, last_log_index, last_log_term);
        let actions = server.receive(2, request);
        assert_eq!(actions.last(), Some(&send(2, reply)), "{last_log_index}@{last_log_term}");
    }
    assert_eq!(server.timeout()[1], send(2, request_vote_with_log(7, 1, 2, 4)));
}

#[test]
fn rv_2_sends_the_end_of_the_candidates_own_log() {
    let mut server = Server::with_disk(3, Disk::new(5, None, entries(&[1, 4, 4])));
    assert_eq!(
        server.timeout(),
        vec![
            persist(6, Some(1)),
            send(2, request_vote_with_log(6, 1, 3, 4)),
            send(3, request_vote_with_log(6, 1, 3, 4)),
        ]
    );
}

#[test]
fn ca_1_begins_with_a_new_term_the_own_vote_and_a_request_to_everyone() {
    let mut server = Server::with_disk(5, Disk::new(7, Some(NodeId::new(3)), vec![]));
    assert_eq!(
        server.timeout(),
        vec![
            persist(8, Some(1)),
            send(2, request_vote(8, 1)),
            send(3, request_vote(8, 1)),
            send(4, request_vote(8, 1)),
            send(5, request_vote(8, 1)),
        ]
    );
    assert_eq!(server.raft.status(), status(8, Role::Candidate, None));
    assert_eq!(server.disk, Disk::new(8, Some(NodeId::new(1)), vec![]));
    assert_eq!(server.deadline(), server.now + server.config.heartbeat_interval);
}

#[test]
fn ca_2_leads_with_a_majority_of_all_voters() {
    for servers in 2..=9 {
        let mut server = Server::candidate(servers);
        let majority = servers / 2 + 1;
        for voter in 2..majority {
            assert_eq!(server.receive(voter, vote(1, 1)), Actions::new());
            assert_eq!(server.raft.status(), status(1, Role::Candidate, None));
        }
        let heartbeats: Actions = (2..=servers).map(|peer| send(peer, heartbeat(1))).collect();
        assert_eq!(server.receive(majority, vote(1, 1)), heartbeats, "{servers} servers");
        assert_eq!(server.raft.status(), status(1, Role::Leader, Some(1)));
    }
}

#[test]
fn ca_2_counts_each_voter_once() {
    let mut server = Server::candidate(5);
    for _ in 0..5 {
        assert_eq!(server.receive(2, vote(1, 1)), Actions::new());
    }
    assert_eq!(server.raft.status(), status(1, Role::Candidate, None));
    server.receive(3, vote(1, 1));
    assert_eq!(server.raft.status(), status(1, Role::Leader, Some(1)));
}

#[test]
fn ca_2_counts_only_votes_for_itself_that_were_granted() {
    let mut server = Server::candidate(5);
    for message in [no_vote(1, 1), vote(1, 3)] {
        for voter in 2..=5 {
            assert_eq!(server.receive(voter, message.clone()), Actions::new(), "{message:?}");
        }
    }
    assert_eq!(server.raft.status(), status(1, Role::Candidate, None));
}

#[test]
fn ca_2_does_not_carry_votes_into_the_next_election() {
    let mut server = Server::candidate(5);
    server.receive(2, vote(1, 1));
    server.wait(800);
    server.step(Event::Timeout);
    assert_eq!(server.receive(3, vote(2, 1)), Actions::new());
    assert_eq!(server.raft.status(), status(2, Role::Candidate, None));
}

#[test]
fn ca_2_votes_do_not_count_for_a_follower() {
    let mut server = Server::candidate(3);
    server.receive(2, heartbeat(1));
    assert_eq!(server.receive(3, vote(1, 1)), Actions::new());
    assert_eq!(server.raft.status(), status(1, Role::Follower, Some(2)));
}

#[test]
fn ca_2_wins_at_once_in_a_cluster_of_one() {
    let mut server = Server::new(1);
    assert_eq!(server.timeout(), vec![persist(1, Some(1))]);
    assert_eq!(server.raft.status(), status(1, Role::Leader, Some(1)));
}

#[test]
fn ca_3_follows_the_leader_of_its_term() {
    let mut server = Server::candidate(3);
    server.wait(30);
    assert_eq!(server.receive(3, heartbeat(1)), vec![send(3, matched(1, 0))]);
    assert_eq!(server.raft.status(), status(1, Role::Follower, Some(3)));
    assert!(server.has_fresh_election_timer());
    // It keeps its own vote: a rival of the same term does not get it.
    assert_eq!(server.receive(2, request_vote(1, 2)), vec![send(2, no_vote(1, 2))]);
}

#[test]
fn ca_3_does_not_follow_a_leader_of_an_older_term() {
    let mut server = Server::with_disk(3, Disk::new(4, None, vec![]));
    server.timeout();
    assert_eq!(server.receive(3, append(4, 0, 0, &[])), vec![send(3, stale(5))]);
    assert_eq!(server.raft.status(), status(5, Role::Candidate, None));
}

#[test]
fn ca_4_stands_again_when_the_election_times_out() {
    let mut server = Server::candidate(3);
    let began = server.now;
    // It retries several times. Then it begins an election in the next term, after an election
    // timeout.
    let retry = vec![send(2, request_vote(1, 1)), send(3, request_vote(1, 1))];
    let mut lists = (0..8).map(|_| server.timeout());
    let actions = lists.find(|actions| *actions != retry);
    assert_eq!(
        actions,
        Some(vec![persist(2, Some(1)), send(2, request_vote(2, 1)), send(3, request_vote(2, 1))])
    );
    assert!(server.config.election_timeout.contains(&server.now.since(began)));
    assert_eq!(server.raft.status(), status(2, Role::Candidate, None));
}

#[test]
fn rt_1_repeats_unanswered_requests_every_heartbeat_interval() {
    let mut server = Server::candidate(5);
    let began = server.now;
    server.wait(20);
    server.receive(3, no_vote(1, 1));
    server.receive(4, vote(1, 1));
    let ask = |voter| send(voter, request_vote(1, 1));
    assert_eq!(server.timeout(), vec![ask(2), ask(5)]);
    assert_eq!(server.now, began + Duration::from_millis(100));
    // A rival's request is no answer.
    server.receive(2, request_vote(1, 2));
    assert_eq!(server.timeout(), vec![ask(2), ask(5)]);
    assert_eq!(server.now, began + Duration::from_millis(200));
    // The reply to a retry counts like any other.
    assert_eq!(
        server.receive(2, vote(1, 1)),
        (2..=5).map(|peer| send(peer, heartbeat(1))).collect::<Actions>()
    );
}

#[test]
fn rt_1_changes_neither_term_nor_election_timer() {
    let server = Server::candidate(3);
    let mut retried = server.clone();
    retried.timeout();
    assert_eq!(retried.raft.status(), server.raft.status());
    // A higher term ends the retries, so the deadline is that of the election timer.
    let election_deadline = |mut server: Server| {
        server.receive(2, no_vote(2, 1));
        server.deadline()
    };
    assert_eq!(election_deadline(retried), election_deadline(server));
}

#[test]
fn tn_1_stands_for_election_at_once() {
    let mut server = Server::new(3);
    server.receive(2, heartbeat(1));
    server.wait(1);
    assert_eq!(
        server.step(Event::Campaign),
        vec![persist(2, Some(1)), send(2, request_vote(2, 1)), send(3, request_vote(2, 1))]
    );
    assert_eq!(server.raft.status(), status(2, Role::Candidate, None));
    // A candidate begins another election, in the next term.
    let mut candidate = Server::candidate(3);
    candidate.wait(1);
    assert_eq!(
        candidate.step(Event::Campaign),
        vec![persist(2, Some(1)), send(2, request_vote(2, 1)), send(3, request_vote(2, 1))]
    );
    assert_eq!(candidate.deadline(), candidate.now + candidate.config.heartbeat_interval);
    assert_eq!(candidate.receive(2, vote(1, 1)), Actions::new(), "a vote of the previous election");
    assert_eq!(
        candidate.receive(2, vote(2, 1)),
        vec![send(2, heartbeat(2)), send(3, heartbeat(2))]
    );
}

#[test]
fn tn_1_leads_at_once_in_a_cluster_of_one() {
    let mut server = Server::new(1);
    assert_eq!(server.step(Event::Campaign), vec![persist(1, Some(1))]);
    assert_eq!(server.raft.status(), status(1, Role::Leader, Some(1)));
}

#[test]
fn tn_1_is_ignored_by_a_leader() {
    let mut server = Server::leader(3);
    let deadline = server.deadline();
    server.wait(1);
    assert_eq!(server.step(Event::Campaign), Actions::new());
    assert_eq!(server.raft.status(), status(1, Role::Leader, Some(1)));
    assert_eq!(server.deadline(), deadline);
}

#[test]
fn tn_1_begins_no_election_after_the_last_term() {
    let mut server = Server::with_disk(3, Disk::new(u64::MAX, None, vec![]));
    assert_eq!(server.step(Event::Campaign), Actions::new());
    assert_eq!(server.raft.status(), status(u64::MAX, Role::Follower, None));
}

#[test]
fn elections_in_clusters_of_two_and_four_need_more_than_half() {
    let mut two = Server::candidate(2);
    assert_eq!(two.receive(2, no_vote(1, 1)), Actions::new());
    assert_eq!(two.raft.status(), status(1, Role::Candidate, None));
    assert_eq!(two.receive(2, vote(1, 1)), vec![send(2, heartbeat(1))]);

    let mut four = Server::candidate(4);
    four.receive(2, vote(1, 1));
    assert_eq!(four.raft.status(), status(1, Role::Candidate, None), "2 of 4");
    four.receive(4, vote(1, 1));
    assert_eq!(four.raft.status(), status(1, Role::Leader, Some(1)), "3 of 4");
}

#[test]
fn votes_that_reach_a_leader_change_nothing() {
    let mut server = Server::leader(5);
    let deadline = server.deadline();
    let late: [Message; 3] = [vote(1, 1), vote(1, 1), no_vote(1, 1)];
    for message in late {
        assert_eq!(server.receive(5, message), Actions::new());
    }
    assert_eq!(server.raft.status(), status(1, Role::Leader, Some(1)));
    assert_eq!(server.deadline(), deadline);
}
