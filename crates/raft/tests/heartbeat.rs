//! Heartbeats: how a leader stays leader, and its followers stay followers.

use raftsim_node::{Node, Role};
use raftsim_raft::Disk;

use crate::server::{
    Actions, Server, append, entries, heartbeat, matched, persist, send, stale, status,
};

#[test]
fn ae_1_refuses_a_stale_term() {
    for mut server in [Server::candidate(3), Server::leader(3)] {
        let (status, deadline) = (server.raft.status(), server.deadline());
        assert_eq!(server.receive(2, heartbeat(0)), vec![send(2, stale(1))]);
        assert_eq!((server.raft.status(), server.deadline()), (status, deadline));
    }
    let mut follower = Server::with_disk(3, Disk::new(5, None, vec![]));
    let deadline = follower.deadline();
    follower.wait(10);
    assert_eq!(follower.receive(2, heartbeat(4)), vec![send(2, stale(5))]);
    assert_eq!(follower.raft.status(), status(5, Role::Follower, None));
    assert_eq!(follower.deadline(), deadline);
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
        // Replies do not move the next heartbeat.
        let deadline = server.deadline();
        server.wait(10);
        assert_eq!(
            server.receive(2, if beat % 2 == 0 { matched(1, 0) } else { stale(1) }),
            Actions::new()
        );
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
fn le_1_keeps_followers_from_beginning_elections() {
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
    assert_eq!(server.receive(2, heartbeat(1)), vec![persist(1, None), send(2, matched(1, 0))]);
    assert_eq!(server.raft.status(), status(1, Role::Follower, Some(2)));
    assert_eq!(server.receive(3, heartbeat(2)), vec![persist(2, None), send(3, matched(2, 0))]);
    assert_eq!(server.raft.status(), status(2, Role::Follower, Some(3)));
}
