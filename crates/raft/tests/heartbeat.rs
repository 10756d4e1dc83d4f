//! Heartbeats: what keeps a leader in office and its followers quiet.

use raftsim_node::{Node, Role};
use raftsim_raft::Disk;

use crate::server::{Actions, Server, append, appended, entries, heartbeat, persist, send, status};

#[test]
fn ae_1_refuses_a_stale_term() {
    for mut server in [Server::candidate(3), Server::leader(3)] {
        let (status, deadline) = (server.raft.status(), server.deadline());
        assert_eq!(server.receive(2, heartbeat(0)), vec![send(2, appended(1, false))]);
        assert_eq!((server.raft.status(), server.deadline()), (status, deadline));
    }
    let mut follower = Server::with_disk(3, Disk::new(5, None, vec![]));
    let deadline = follower.deadline();
    follower.wait(10);
    assert_eq!(follower.receive(2, heartbeat(4)), vec![send(2, appended(5, false))]);
    assert_eq!(follower.raft.status(), status(5, Role::Follower, None));
    assert_eq!(follower.deadline(), deadline);
}

#[test]
fn ae_2_wants_the_previous_entry_in_its_term() {
    let disk = Disk::new(5, None, entries(&[1, 4, 4]));
    for (prev_log_index, prev_log_term, matches) in [
        (0, 0, true),
        (1, 1, true),
        (3, 4, true),
        (1, 2, false),
        (3, 5, false),
        // Beyond the end, and nonsense before the beginning.
        (4, 4, false),
        (4, 0, false),
        (0, 1, false),
        (u64::MAX, 4, false),
    ] {
        let mut server = Server::with_disk(3, disk.clone());
        server.wait(100);
        let request = append(5, prev_log_index, prev_log_term, &[]);
        assert_eq!(
            server.receive(2, request.clone()),
            vec![send(2, appended(5, matches))],
            "{request:?}"
        );
        // A leader is a leader, whatever its log.
        assert_eq!(server.raft.status(), status(5, Role::Follower, Some(2)));
        assert!(server.has_fresh_election_timer());
        assert_eq!(server.disk, disk);
    }
}

#[test]
fn ae_2_does_not_acknowledge_what_cannot_be_stored_yet() {
    let disk = Disk::new(5, None, entries(&[1, 4]));
    let mut server = Server::with_disk(3, disk.clone());
    for terms in [&[5][..], &[5, 5, 5]] {
        assert_eq!(
            server.receive(2, append(5, 2, 4, &entries(terms))),
            vec![send(2, appended(5, false))]
        );
    }
    assert_eq!(server.disk, disk);
}

#[test]
fn ae_2_asks_followers_for_the_end_of_the_leaders_log() {
    let server = Server::with_disk(3, Disk::new(5, None, entries(&[1, 4, 4])));
    let mut server = server.elected();
    assert_eq!(
        server.timeout(),
        vec![send(2, append(6, 3, 4, &[])), send(3, append(6, 3, 4, &[]))]
    );
}

#[test]
fn le_1_sends_heartbeats_when_elected_and_every_interval_after() {
    let mut server = Server::leader(3);
    let elected = server.now;
    for beat in 1..=7 {
        assert_eq!(server.timeout(), vec![send(2, heartbeat(1)), send(3, heartbeat(1))]);
        assert_eq!(server.now, elected + server.config.heartbeat_interval * beat);
        // Answers neither hasten nor delay the next.
        let deadline = server.deadline();
        server.wait(10);
        assert_eq!(server.receive(2, appended(1, beat % 2 == 0)), Actions::new());
        assert_eq!(server.deadline(), deadline);
    }
}

#[test]
fn le_1_counts_the_next_interval_from_when_the_clock_was_read() {
    let mut server = Server::leader(3);
    server.now = server.deadline();
    server.wait(450);
    assert_eq!(
        server.step(raftsim_node::Event::Timeout),
        vec![send(2, heartbeat(1)), send(3, heartbeat(1))]
    );
    assert_eq!(server.deadline(), server.now + server.config.heartbeat_interval);
}

#[test]
fn le_1_keeps_followers_quiet() {
    let mut follower = Server::new(3);
    for _ in 0..50 {
        follower.wait(399);
        assert!(follower.deadline() > follower.now);
        follower.receive(2, heartbeat(1));
    }
    assert_eq!(follower.raft.status(), status(1, Role::Follower, Some(2)));
}

#[test]
fn a_follower_learns_of_each_new_leader() {
    let mut server = Server::new(3);
    assert_eq!(server.receive(2, heartbeat(1)), vec![persist(1, None), send(2, appended(1, true))]);
    assert_eq!(server.raft.status(), status(1, Role::Follower, Some(2)));
    assert_eq!(server.receive(3, heartbeat(2)), vec![persist(2, None), send(3, appended(2, true))]);
    assert_eq!(server.raft.status(), status(2, Role::Follower, Some(3)));
}
