//! Pre-vote (thesis §9.6) and protected leaders (thesis §4.2.3).

use raftsim_node::{Action, Duration, Event, Node, NodeId, Role, Time};
use raftsim_raft::{Config, Disk, Message, RequestVote};

use crate::server::{
    Actions, Server, entries, heartbeat, matched, no_vote, ordered_vote, persist, pre_vote,
    pre_vote_with_log, pre_voted, request_vote, request_vote_with_log, send, stale, status, vote,
};

/// Both settings.
fn careful() -> Config {
    Config { pre_vote: true, protect_leader: true, ..Config::default() }
}

/// n1 of a cluster of three, with both settings, in term 3 with a log that ends with 2@3.
fn in_term_3() -> Server {
    let disk = Disk::new(3, None, entries(&[1, 3]));
    Server::set_with_disk(1, 3, disk, careful())
}

/// The same, once its timer has ended and it has asked the others.
fn pre_candidate() -> Server {
    let mut server = in_term_3();
    assert_eq!(server.timeout(), asks(3));
    assert_eq!(server.raft.status(), status(3, Role::PreCandidate, None));
    server
}

/// The questions of that server in `term`.
fn asks(term: u64) -> Actions {
    [2, 3].map(|peer| send(peer, pre_vote_with_log(term, 2, 3))).into()
}

/// Its requests for votes in `term`, which come after `persist`.
fn stands(term: u64) -> Actions {
    let request = |peer| send(peer, request_vote_with_log(term, 1, 2, 3));
    vec![persist(term, Some(1)), request(2), request(3)]
}

/// The same server, which has n2 as its leader, from which it has just heard.
fn follower() -> Server {
    let mut server = in_term_3();
    assert_eq!(server.receive(2, heartbeat(3)), vec![send(2, matched(3, 0))]);
    assert_eq!(server.raft.status(), status(3, Role::Follower, Some(2)));
    server
}

#[test]
fn pv_1_asks_without_a_new_term_or_a_vote() {
    let server = pre_candidate();
    assert_eq!(server.disk, Disk::new(3, None, entries(&[1, 3])), "nothing is written");
    assert_eq!(server.deadline(), server.now + server.config.heartbeat_interval);
}

#[test]
fn pv_1_stands_once_a_majority_would_vote_for_it() {
    let mut server = pre_candidate();
    assert_eq!(server.receive(2, pre_voted(3, true)), stands(4));
    assert_eq!(server.raft.status(), status(4, Role::Candidate, None));
    // The other answer is of an older term now.
    assert_eq!(server.receive(3, pre_voted(3, true)), Actions::new());
    server.receive(3, vote(4, 1));
    assert_eq!(server.raft.status(), status(4, Role::Leader, Some(1)));
}

#[test]
fn pv_1_counts_each_voter_once_and_no_refusal() {
    let mut server = Server::with_config(5, careful());
    server.timeout();
    for _ in 0..5 {
        assert_eq!(server.receive(2, pre_voted(0, true)), Actions::new());
        assert_eq!(server.receive(3, pre_voted(0, false)), Actions::new());
    }
    assert_eq!(server.raft.status(), status(0, Role::PreCandidate, None));
    server.receive(4, pre_voted(0, true));
    assert_eq!(server.raft.status(), status(1, Role::Candidate, None));
}

#[test]
fn pv_1_stays_in_its_term_while_too_few_would_vote_for_it() {
    let mut server = pre_candidate();
    for _ in 0..100 {
        assert_eq!(server.timeout(), asks(3));
    }
    assert_eq!(server.raft.status(), status(3, Role::PreCandidate, None));
    assert_eq!(server.disk, Disk::new(3, None, entries(&[1, 3])));
}

#[test]
fn pv_1_begins_anew_when_its_timer_ends_and_forgets_the_pre_votes() {
    let mut server = Server::with_config(5, careful());
    server.timeout();
    server.receive(2, pre_voted(0, true));
    server.wait(800);
    let anew: Actions = (2..=5).map(|peer| send(peer, pre_vote(0))).collect();
    assert_eq!(server.step(Event::Timeout), anew);
    server.receive(3, pre_voted(0, true));
    assert_eq!(server.raft.status(), status(0, Role::PreCandidate, None));
}

#[test]
fn rt_1_repeats_the_question_also_to_voters_that_refused() {
    let mut server = Server::with_config(5, careful());
    server.timeout();
    server.receive(2, pre_voted(0, true));
    server.receive(3, pre_voted(0, false));
    assert_eq!(server.timeout(), [3, 4, 5].map(|peer| send(peer, pre_vote(0))));
}

#[test]
fn pv_1_enters_the_term_of_a_refusal_and_asks_again_in_it() {
    let mut server = pre_candidate();
    let deadline = server.now + Duration::from_millis(800);
    assert_eq!(server.receive(2, pre_voted(7, false)), vec![persist(7, None)]);
    assert_eq!(server.raft.status(), status(7, Role::Follower, None));
    assert!(server.deadline() < deadline, "its timer runs on");
    assert_eq!(server.timeout(), asks(7));
}

#[test]
fn pv_1_follows_a_leader_that_it_hears() {
    let mut server = pre_candidate();
    assert_eq!(server.receive(3, heartbeat(3)), vec![send(3, matched(3, 0))]);
    assert_eq!(server.raft.status(), status(3, Role::Follower, Some(3)));
    assert!(server.has_fresh_election_timer());
    assert_eq!(server.receive(2, pre_voted(3, true)), Actions::new(), "it asks no longer");
    assert_eq!(server.raft.status(), status(3, Role::Follower, Some(3)));
}

#[test]
fn pv_1_gives_its_vote_to_a_candidate_and_follows() {
    let mut server = pre_candidate();
    server.wait(50);
    let request = request_vote_with_log(3, 2, 2, 3);
    assert_eq!(server.receive(2, request), vec![persist(3, Some(2)), send(2, vote(3, 2))]);
    assert_eq!(server.raft.status(), status(3, Role::Follower, None));
    assert!(server.has_fresh_election_timer());
}

#[test]
fn pv_1_asks_again_after_an_election_that_failed() {
    let mut server = pre_candidate();
    server.receive(2, pre_voted(3, true));
    server.wait(800);
    assert_eq!(server.step(Event::Timeout), asks(4));
    assert_eq!(server.raft.status(), status(4, Role::PreCandidate, None));
}

#[test]
fn pv_1_leads_at_once_in_a_cluster_of_one() {
    let mut server = Server::with_config(1, careful());
    assert_eq!(server.timeout(), vec![persist(1, Some(1))]);
    assert_eq!(server.raft.status(), status(1, Role::Leader, Some(1)));
}

#[test]
fn pv_2_refuses_while_it_hears_a_leader_and_keeps_its_term() {
    let mut server = follower();
    let heard = server.now;
    // Also if the question is of a later term.
    for term in [3, 9] {
        let question = pre_vote_with_log(term, 2, 3);
        server.now = heard + Duration::from_millis(399);
        assert_eq!(server.receive(3, question), vec![send(3, pre_voted(3, false))]);
        assert_eq!(server.raft.status(), status(3, Role::Follower, Some(2)));
    }
    server.now = heard + Duration::from_millis(400);
    let deadline = server.deadline();
    let question = pre_vote_with_log(3, 2, 3);
    assert_eq!(server.receive(3, question), vec![send(3, pre_voted(3, true))]);
    assert_eq!(server.deadline(), deadline, "no timer is restarted");
    assert_eq!(server.disk, Disk::new(3, None, entries(&[1, 3])), "nothing is written");
}

#[test]
fn pv_2_refuses_as_leader_and_does_not_count_it_as_contact() {
    let mut server = Server::with_config(3, careful());
    server.timeout();
    server.receive(2, pre_voted(0, true));
    server.receive(2, vote(1, 1));
    let elected = server.now;
    while server.raft.status().is_leader() {
        assert!(server.now.since(elected) < Duration::from_secs(10), "it leads forever");
        for peer in [2, 3] {
            assert_eq!(server.receive(peer, pre_vote(1)), vec![send(peer, pre_voted(1, false))]);
            // A leader that is deposed by a later term hears of it from an answer.
            assert_eq!(server.receive(peer, pre_vote(8)), vec![send(peer, pre_voted(1, false))]);
        }
        server.timeout();
    }
    assert_eq!(server.now.since(elected), Duration::from_millis(800));
    // Without a leader, the later term is entered and the pre-vote granted.
    let actions = server.receive(3, pre_vote(8));
    assert_eq!(actions, vec![persist(8, None), send(3, pre_voted(8, true))]);
}

#[test]
fn pv_2_asks_for_a_log_at_least_as_up_to_date() {
    for (last_log_index, last_log_term, granted) in
        [(2, 3, true), (3, 3, true), (1, 3, false), (9, 2, false), (1, 4, true), (0, 0, false)]
    {
        let mut server = in_term_3();
        let question = pre_vote_with_log(4, last_log_index, last_log_term);
        let expected = vec![persist(4, None), send(2, pre_voted(4, granted))];
        assert_eq!(server.receive(2, question), expected, "{last_log_index}@{last_log_term}");
    }
}

#[test]
fn pv_2_answers_a_stale_term_with_its_own() {
    let mut server = Server::set_with_disk(1, 3, Disk::new(3, None, vec![]), careful());
    assert_eq!(server.receive(2, pre_vote(2)), vec![send(2, pre_voted(3, false))]);
}

#[test]
fn pv_2_grants_whoever_has_the_vote_of_the_current_term() {
    let mut server = pre_candidate();
    server.receive(2, pre_voted(3, true));
    assert_eq!(server.raft.status(), status(4, Role::Candidate, None));
    // A candidate, which has voted for itself, grants as well: the question is about term 5.
    for peer in [2, 3] {
        let question = pre_vote_with_log(4, 2, 3);
        assert_eq!(server.receive(peer, question), vec![send(peer, pre_voted(4, true))]);
    }
    assert_eq!(server.raft.status(), status(4, Role::Candidate, None));
}

#[test]
fn pv_2_is_answered_by_servers_that_do_not_ask_themselves() {
    let mut server = Server::new(3);
    assert_eq!(server.receive(2, pre_vote(0)), vec![send(2, pre_voted(0, true))]);
    server.receive(2, heartbeat(1));
    assert_eq!(server.receive(3, pre_vote(1)), vec![send(3, pre_voted(1, false))]);
    assert_eq!(server.receive(3, pre_voted(1, true)), Actions::new());
    server.timeout();
    assert_eq!(server.raft.status(), status(2, Role::Candidate, None));
}

#[test]
fn lp_1_refuses_candidates_while_it_hears_a_leader_and_keeps_its_term() {
    let mut server = follower();
    server.wait(399);
    for term in [3, 9] {
        let request = request_vote_with_log(term, 3, 2, 3);
        assert_eq!(server.receive(3, request), vec![send(3, no_vote(3, 3))]);
        assert_eq!(server.raft.status(), status(3, Role::Follower, Some(2)));
    }
    server.wait(1);
    let request = request_vote_with_log(9, 3, 2, 3);
    assert_eq!(server.receive(3, request), vec![persist(9, Some(3)), send(3, vote(9, 3))]);
}

#[test]
fn lp_1_is_the_leaders_rule_too_but_a_reply_deposes_it() {
    let mut server = Server::with_config(3, careful());
    server.timeout();
    server.receive(2, pre_voted(0, true));
    server.receive(2, vote(1, 1));
    assert_eq!(server.receive(3, request_vote(9, 3)), vec![send(3, no_vote(1, 3))]);
    assert_eq!(server.raft.status(), status(1, Role::Leader, Some(1)));
    // A follower in a later term answers the leader's entries, and so the leader learns the term.
    let mut ahead = Server::set_with_disk(1, 3, Disk::new(9, None, vec![]), careful());
    assert_eq!(ahead.receive(2, heartbeat(1)), vec![send(2, stale(9))]);
    assert_eq!(server.receive(3, stale(9)), vec![persist(9, None)]);
    assert_eq!(server.raft.status(), status(9, Role::Follower, None));
}

#[test]
fn lp_1_protects_no_leader_after_a_restart() {
    let mut server = follower();
    server.restart();
    assert_eq!(server.receive(3, pre_vote_with_log(3, 2, 3)), vec![send(3, pre_voted(3, true))]);
}

#[test]
fn lp_1_can_be_switched_off() {
    let config = Config { protect_leader: false, ..careful() };
    let mut server = Server::with_config(3, config);
    server.receive(2, heartbeat(3));
    assert_eq!(
        server.receive(3, request_vote(4, 3)),
        vec![persist(4, Some(3)), send(3, vote(4, 3))]
    );
}

#[test]
fn lp_2_obeys_an_order_to_stand_although_there_is_a_leader() {
    let mut server = follower();
    let actions = server.step(Event::Campaign);
    let ordered = |peer| {
        let Message::RequestVote(request) = ordered_vote(4, 1) else { unreachable!() };
        send(
            peer,
            Message::RequestVote(RequestVote { last_log_index: 2, last_log_term: 3, ..request }),
        )
    };
    assert_eq!(actions, vec![persist(4, Some(1)), ordered(2), ordered(3)]);
    assert_eq!(server.timeout(), vec![ordered(2), ordered(3)], "a repeated request says so too");
    // The next election of its own is none that was ordered: it asks first.
    server.wait(800);
    assert_eq!(server.step(Event::Timeout), asks(4));

    let mut voter = Server::with_config(3, careful());
    voter.receive(2, heartbeat(3));
    assert_eq!(
        voter.receive(3, ordered_vote(4, 3)),
        vec![persist(4, Some(3)), send(3, vote(4, 3))]
    );
    assert_eq!(voter.disk, Disk::new(4, Some(NodeId::new(3)), vec![]));
}

#[test]
fn lp_2_says_nothing_where_no_leader_is_protected() {
    let config = Config { protect_leader: false, ..careful() };
    let mut server = Server::with_config(3, config);
    assert_eq!(
        server.step(Event::Campaign),
        vec![persist(1, Some(1)), send(2, request_vote(1, 1)), send(3, request_vote(1, 1))]
    );
}

/// Delivers what `server` sends to n2, and the answers to that, until nothing is left.
fn exchange(server: &mut Server, peer: &mut Server, mut actions: Actions) {
    while !actions.is_empty() {
        let to_peer = messages(&actions, peer.boot.id);
        let replies = to_peer.into_iter().flat_map(|message| {
            let from = server.boot.id.number();
            peer.receive(from, message)
        });
        let replies: Actions = replies.collect();
        let from = peer.boot.id.number();
        let answers = messages(&replies, server.boot.id);
        actions = answers.into_iter().flat_map(|message| server.receive(from, message)).collect();
    }
}

/// The messages to `to` among these actions.
fn messages(actions: &Actions, to: NodeId) -> Vec<Message> {
    let mut sent = Vec::new();
    for action in actions {
        if let Action::Send { to: addressee, message } = action
            && *addressee == to
        {
            sent.push(message.clone());
        }
    }
    sent
}

#[test]
fn a_server_that_was_cut_off_comes_back_without_a_new_term() {
    let mut leader = Server::with_config(3, careful());
    leader.timeout();
    let mut follower = Server::set(2, 3, careful());
    follower.receive(1, heartbeat(1));
    let mut away = Server::set(3, 3, careful());
    away.receive(1, heartbeat(1));
    // It is cut off for ten seconds, while the follower hears the leader.
    while away.now < Time::ZERO + Duration::from_secs(10) {
        away.timeout();
    }
    follower.now = away.now;
    follower.receive(1, heartbeat(1));
    let questions = away.timeout();
    exchange(&mut away, &mut follower, questions);
    assert_eq!(away.raft.status(), status(1, Role::PreCandidate, None));
    assert_eq!(follower.raft.status(), status(1, Role::Follower, Some(1)));
    assert_eq!(away.receive(1, heartbeat(1)), vec![send(1, matched(1, 0))]);
    assert_eq!(away.raft.status(), status(1, Role::Follower, Some(1)));
}

#[test]
fn two_servers_in_different_terms_elect_one_of_them() {
    for ahead in [1, 2] {
        let mut servers = [1, 2].map(|id| {
            let term = if id == ahead { 9 } else { 2 };
            Server::set_with_disk(id, 2, Disk::new(term, None, vec![]), careful())
        });
        for _ in 0..20 {
            let [one, two] = &mut servers;
            let first = one.deadline() <= two.deadline();
            let (next, other) = if first { (one, two) } else { (two, one) };
            let actions = next.timeout();
            other.now = next.now;
            exchange(next, other, actions);
        }
        let leads = servers.iter().filter(|server| server.raft.status().is_leader()).count();
        assert_eq!(leads, 1, "n{ahead} was ahead");
    }
}
