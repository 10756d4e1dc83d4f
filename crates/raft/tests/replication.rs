//! From a proposal to an applied entry, rule by rule.

use raftsim_node::{Action, Bytes, Event, Node, NodeId, ProposalId, Role};
use raftsim_raft::{Config, Disk, Entry};

use crate::server::{
    Actions, Server, accept, append, append_committing, apply, conflict, entries, heartbeat,
    matched, persist, persist_entries, propose, send, stale, status,
};

/// One entry.
fn entry(term: u64, command: &str) -> Entry {
    Entry { term, command: Bytes::from(command) }
}

/// A follower of n2 in term 5 whose log has entries of these terms.
fn follower(terms: &[u64]) -> Server {
    let mut server = Server::with_disk(3, Disk::new(5, None, entries(terms)));
    server.receive(2, append(5, 0, 0, &[]));
    server
}

#[test]
fn ae_2_asks_for_the_previous_entry_in_its_term() {
    for (prev_log_index, prev_log_term, reply) in [
        (0, 0, matched(5, 0)),
        (1, 1, matched(5, 1)),
        (3, 4, matched(5, 3)),
        (1, 2, conflict(5, 1, Some(1), 1)),
        (3, 5, conflict(5, 3, Some(4), 2)),
        // Beyond the log's end, and with a wrong term before its beginning.
        (4, 4, conflict(5, 4, None, 4)),
        (4, 0, conflict(5, 4, None, 4)),
        (9, 4, conflict(5, 9, None, 4)),
        (0, 1, conflict(5, 0, Some(0), 1)),
    ] {
        let disk = Disk::new(5, None, entries(&[1, 4, 4]));
        let mut server = Server::with_disk(3, disk.clone());
        server.wait(100);
        for new in [&[][..], &entries(&[5])] {
            let request = append(5, prev_log_index, prev_log_term, new);
            let actions = server.receive(2, request.clone());
            let refused = matches!(reply, raftsim_raft::Message::AppendEntriesReply(r)
                if matches!(r.answer, raftsim_raft::Answer::Conflict { .. }));
            if new.is_empty() || refused {
                assert_eq!(actions, vec![send(2, reply.clone())], "{request:?}");
                assert_eq!(server.disk, disk);
            }
            // The sender is followed as leader, whether its entries are accepted or not.
            assert_eq!(server.raft.status(), status(5, Role::Follower, Some(2)));
            assert!(server.has_fresh_election_timer());
        }
    }
}

#[test]
fn ae_3_removes_a_conflicting_entry_and_all_after_it() {
    let mut server = follower(&[1, 1, 2, 2]);
    assert_eq!(
        server.receive(2, append(5, 1, 1, &entries(&[1, 3]))),
        vec![persist_entries(3, &entries(&[3])), send(2, matched(5, 3))]
    );
    assert_eq!(server.disk, Disk::new(5, None, entries(&[1, 1, 3])));
}

#[test]
fn ae_3_keeps_entries_after_those_of_a_late_short_request() {
    let log = entries(&[1, 1, 2, 2]);
    let mut server = follower(&[1, 1, 2, 2]);
    for known in 0..=4 {
        let request = append(5, 0, 0, &log[..known]);
        assert_eq!(server.receive(2, request), vec![send(2, matched(5, known as u64))]);
    }
    assert_eq!(server.disk, Disk::new(5, None, log));
}

#[test]
fn ae_3_never_removes_a_committed_entry() {
    let mut server = follower(&[1, 1, 2]);
    server.receive(2, append_committing(5, 3, 2, &[], 2));
    // No leader that keeps to the paper sends this.
    assert_eq!(server.receive(3, append(6, 1, 1, &entries(&[3])))[1..], [send(3, stale(6))]);
    assert_eq!(server.disk, Disk::new(6, None, entries(&[1, 1, 2])));
}

#[test]
fn ae_4_appends_only_what_is_new() {
    let mut server = follower(&[1]);
    let new = entries(&[1, 2, 5]);
    assert_eq!(
        server.receive(2, append(5, 0, 0, &new)),
        vec![persist_entries(2, &new[1..]), send(2, matched(5, 3))]
    );
    // The same request again, twice: networks repeat messages.
    for _ in 0..2 {
        assert_eq!(server.receive(2, append(5, 0, 0, &new)), vec![send(2, matched(5, 3))]);
    }
    assert_eq!(server.disk, Disk::new(5, None, new));
}

#[test]
fn ae_5_commits_what_the_leader_has_as_far_as_the_last_new_entry() {
    let log = entries(&[1, 2, 2]);
    let mut server = follower(&[1, 2, 2]);
    // Entries after those of the request may be of another leader.
    let beyond = append_committing(5, 1, 1, &[], 3);
    assert_eq!(server.receive(2, beyond), vec![send(2, matched(5, 1)), apply(1, &log[0])]);
    let less = append_committing(5, 3, 2, &[], 2);
    assert_eq!(server.receive(2, less), vec![send(2, matched(5, 3)), apply(2, &log[1])]);
    // A late request does not lower the commit index.
    let late = append_committing(5, 3, 2, &[], 1);
    assert_eq!(server.receive(2, late), vec![send(2, matched(5, 3))]);
    // A refused one commits nothing.
    let refused = append_committing(5, 3, 4, &[], 3);
    assert_eq!(server.receive(2, refused), vec![send(2, conflict(5, 3, Some(2), 2))]);
    assert_eq!(server.raft.status().commit, Some(2));
}

#[test]
fn as_1_applies_in_order_each_entry_once() {
    let log = entries(&[1, 2, 2, 5]);
    let mut server = follower(&[1, 2, 2]);
    assert_eq!(
        server.receive(2, append_committing(5, 3, 2, &log[3..], 4)),
        vec![
            persist_entries(4, &log[3..]),
            send(2, matched(5, 4)),
            apply(1, &log[0]),
            apply(2, &log[1]),
            apply(3, &log[2]),
            apply(4, &log[3]),
        ]
    );
    let again = append_committing(5, 4, 5, &[], 4);
    assert_eq!(server.receive(2, again), vec![send(2, matched(5, 4))]);
}

#[test]
fn le_2_appends_writes_accepts_and_sends_at_once() {
    let mut server = Server::leader(3);
    let new = [entry(1, "x")];
    assert_eq!(
        server.step(propose("x")),
        vec![
            persist_entries(1, &new),
            accept(1, 1),
            send(2, append(1, 0, 0, &new)),
            send(3, append(1, 0, 0, &new)),
        ]
    );
}

#[test]
fn le_2_commits_at_once_in_a_cluster_of_one() {
    let mut server = Server::leader(1);
    let new = [entry(1, "x")];
    assert_eq!(
        server.step(propose("x")),
        vec![persist_entries(1, &new), accept(1, 1), apply(1, &new[0])]
    );
}

#[test]
fn le_3_sends_later_entries_together_once_the_batch_is_answered() {
    let mut server = Server::leader(3);
    let log = [entry(1, "a"), entry(1, "b"), entry(1, "c")];
    server.step(propose("a"));
    for (command, index) in [("b", 2), ("c", 3)] {
        let new = [entry(1, command)];
        // No follower is sent more before it has answered.
        assert_eq!(
            server.step(propose(command)),
            vec![persist_entries(index, &new), accept(index, 1)]
        );
    }
    assert_eq!(
        server.receive(2, matched(1, 1)),
        vec![send(2, append_committing(1, 1, 1, &log[1..], 1)), apply(1, &log[0])]
    );
    // The same reply again changes nothing.
    assert_eq!(server.receive(2, matched(1, 1)), Actions::new());
}

#[test]
fn le_3_repeats_an_unanswered_batch_without_growing_it() {
    let mut server = Server::leader(3);
    let log = [entry(1, "a"), entry(1, "b"), entry(1, "c")];
    for command in ["a", "b", "c"] {
        server.step(propose(command));
    }
    server.receive(2, matched(1, 1));
    for _ in 0..2 {
        assert_eq!(
            server.timeout(),
            vec![
                send(2, append_committing(1, 1, 1, &log[1..], 1)),
                send(3, append_committing(1, 0, 0, &log[..1], 1)),
            ]
        );
    }
    // Once n3 answers, it is sent all the rest.
    let answered = server.receive(3, matched(1, 1));
    assert_eq!(answered, vec![send(3, append_committing(1, 1, 1, &log[1..], 1))]);
}

#[test]
fn le_3_ignores_matches_beyond_its_log_and_lower_than_before() {
    let mut server = Server::leader(3);
    server.step(propose("a"));
    server.step(propose("b"));
    server.receive(2, matched(1, 1));
    server.receive(2, matched(1, 2));
    // A match beyond this leader's log, and late replies in any order.
    assert_eq!(server.receive(3, matched(1, 7)), Actions::new());
    assert_eq!(server.receive(2, matched(1, 0)), Actions::new());
    assert_eq!(server.receive(2, stale(1)), Actions::new());
    let beat = server.timeout();
    assert_eq!(beat[0], send(2, append_committing(1, 2, 1, &[], 2)));
}

#[test]
fn le_3_sends_no_more_entries_at_once_than_the_setting_allows() {
    let config = Config { entries_at_once: 2, ..Config::default() };
    let mut server = Server::with_config(3, config).elected();
    for _ in 0..4 {
        server.step(propose("x"));
    }
    let two = [entry(1, "x"), entry(1, "x")];
    assert_eq!(server.receive(2, matched(1, 1))[0], send(2, append_committing(1, 1, 1, &two, 1)));
    assert_eq!(
        server.receive(2, matched(1, 3))[0],
        send(2, append_committing(1, 3, 1, &two[..1], 3))
    );
}

#[test]
fn le_4_commits_what_a_majority_has_stored() {
    let mut server = Server::leader(5);
    let log = [entry(1, "a"), entry(1, "b")];
    server.step(propose("a"));
    server.step(propose("b"));
    let applied = |actions: Actions| -> Actions {
        actions.into_iter().filter(|action| matches!(action, Action::Apply { .. })).collect()
    };
    assert_eq!(applied(server.receive(2, matched(1, 2))), Actions::new());
    // The same follower counts once.
    assert_eq!(applied(server.receive(2, matched(1, 2))), Actions::new());
    assert_eq!(applied(server.receive(3, matched(1, 1))), vec![apply(1, &log[0])]);
    // A late reply does not lower the commit index.
    assert_eq!(applied(server.receive(2, matched(1, 1))), Actions::new());
    assert_eq!(applied(server.receive(4, matched(1, 2))), vec![apply(2, &log[1])]);
    assert_eq!(server.raft.status().commit, Some(2));
}

#[test]
fn le_4_counts_no_entry_of_an_older_term() {
    let disk = Disk::new(2, None, entries(&[1, 2]));
    let mut server = Server::with_disk(3, disk).elected();
    assert_eq!(server.receive(2, matched(3, 2)), Actions::new());
    assert_eq!(server.raft.status().commit, Some(0));
    // One of its own term commits all before it.
    server.step(propose("x"));
    server.receive(2, matched(3, 3));
    assert_eq!(server.raft.status().commit, Some(3));
}

#[test]
fn le_4_forgets_what_followers_stored_in_an_older_term() {
    let mut server = Server::leader(5);
    server.step(propose("a"));
    server.step(propose("b"));
    server.receive(2, matched(1, 2));
    // Another leader overwrites it all; this server leads again, with a log as long as before.
    server.receive(3, append(2, 0, 0, &[entry(2, "c")]));
    let mut server = server.elected();
    assert_eq!(server.step(propose("d"))[1], accept(2, 3));
    // n2 does not count before it answers in this term.
    assert_eq!(server.receive(4, matched(3, 2)), Actions::new());
    assert_eq!(server.raft.status().commit, Some(0));
    server.receive(5, matched(3, 2));
    assert_eq!(server.raft.status().commit, Some(2));
}

#[test]
fn le_4_needs_more_than_half_of_an_even_number() {
    let mut server = Server::leader(4);
    server.step(propose("a"));
    server.receive(2, matched(1, 1));
    assert_eq!(server.raft.status().commit, Some(0), "2 of 4");
    server.receive(3, matched(1, 1));
    assert_eq!(server.raft.status().commit, Some(1), "3 of 4");
}

#[test]
fn fb_1_reports_where_the_conflicting_term_begins_or_the_log_ends() {
    let mut server = follower(&[1, 4, 4, 4]);
    for (index, reply) in [
        (1, conflict(5, 1, Some(1), 1)),
        (2, conflict(5, 2, Some(4), 2)),
        (4, conflict(5, 4, Some(4), 2)),
        (5, conflict(5, 5, None, 5)),
    ] {
        assert_eq!(server.receive(2, append(5, index, 5, &[])), vec![send(2, reply)]);
    }
}

#[test]
fn fb_2_steps_back_to_after_its_own_entries_of_that_term_or_before_the_followers() {
    let log = entries(&[1, 1, 4, 4, 5]);
    let leader = || Server::with_disk(3, Disk::new(5, None, log.clone())).elected();
    for (reply, prev) in [
        // The leader has entries of term 4: it goes on after the last of them.
        (conflict(6, 5, Some(4), 2), 4),
        // It has none of term 3: it goes on before all that the follower has of it.
        (conflict(6, 5, Some(3), 3), 2),
        (conflict(6, 5, None, 2), 1),
        (conflict(6, 5, None, 1), 0),
        // A reply that makes no sense leads back too, and never forward.
        (conflict(6, 5, Some(6), 9), 4),
        (conflict(6, 5, None, 0), 0),
    ] {
        let mut server = leader();
        let prev_term = if prev == 0 { 0 } else { log[prev - 1].term };
        assert_eq!(
            server.receive(2, reply.clone()),
            vec![send(2, append(6, prev as u64, prev_term, &log[prev..]))],
            "{reply:?}"
        );
        // The same reply again does not answer the new request.
        assert_eq!(server.receive(2, reply), Actions::new());
    }
}

#[test]
fn fb_2_never_steps_back_into_what_is_known_to_match() {
    let log = entries(&[1, 1, 4, 4, 5]);
    let mut server = Server::with_disk(3, Disk::new(5, None, log.clone())).elected();
    assert_eq!(server.receive(2, matched(6, 2)), vec![]);
    assert_eq!(
        server.receive(2, conflict(6, 5, None, 1)),
        vec![send(2, append(6, 2, 1, &log[2..]))]
    );
    // A refusal of an entry that matches by now changes nothing.
    assert_eq!(server.receive(2, conflict(6, 2, Some(3), 1)), Actions::new());
}

#[test]
fn fb_2_sends_entries_that_were_appended_meanwhile_too() {
    let mut server = Server::with_disk(3, Disk::new(5, None, entries(&[1]))).elected();
    server.step(propose("x"));
    server.step(propose("y"));
    let log = [entries(&[1]), vec![entry(6, "x"), entry(6, "y")]].concat();
    assert_eq!(server.receive(2, conflict(6, 1, None, 1)), vec![send(2, append(6, 0, 0, &log))]);
}

#[test]
fn unsound_requests_change_nothing() {
    let mut server = follower(&[1, 4]);
    let (disk, deadline) = (server.disk.clone(), server.deadline());
    for request in [
        // Entries of a later term than their leader's; terms that fall; no index that is left.
        append(5, 2, 4, &entries(&[6])),
        append(5, 2, 4, &entries(&[5, 4])),
        append(5, 2, 6, &[]),
        append(5, u64::MAX, 4, &[]),
        append(5, u64::MAX - 1, 4, &entries(&[5])),
    ] {
        server.wait(1);
        assert_eq!(server.receive(2, request), Actions::new());
    }
    assert_eq!((server.disk, server.raft.deadline()), (disk, Some(deadline)));
}

#[test]
fn a_proposal_to_a_deposed_leader_is_rejected() {
    let mut server = Server::leader(3);
    server.receive(2, heartbeat(2));
    assert_eq!(
        server.step(Event::Propose { id: ProposalId(5), command: Bytes::from("x") }),
        vec![Action::Reject { id: ProposalId(5), leader: Some(NodeId::new(2)) }]
    );
    assert_eq!(
        server.receive(3, append(3, 0, 0, &entries(&[3]))),
        vec![persist(3, None), persist_entries(1, &entries(&[3])), send(3, matched(3, 1)),]
    );
}
