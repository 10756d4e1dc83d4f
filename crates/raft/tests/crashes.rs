//! A crash after each action of a list: what the server sent before the crash is still true after
//! it.

use raftsim_node::{Action, Event, Node, NodeId, Role};
use raftsim_raft::{Disk, Message, RequestVoteReply};

use crate::server::{Server, no_vote, request_vote, send, status, vote};

/// The server, booted again after a crash that came after the first `done` actions to which `event`
/// leads; and the messages that it sent before the crash.
fn crash_after(server: &Server, event: Event<Message>, done: usize) -> (Server, Vec<Message>) {
    let mut server = server.clone();
    let actions = server.raft.step(event, server.now);
    let mut sent = Vec::new();
    for action in &actions[..done] {
        server.obey(action);
        if let Action::Send { message, .. } = action {
            sent.push(message.clone());
        }
    }
    server.restart();
    (server, sent)
}

#[test]
fn du_1_sends_no_vote_before_it_is_written() {
    let server = Server::new(3);
    let ask = Event::Receive { from: NodeId::new(2), message: request_vote(4, 2) };
    let (mut unwritten, sent) = crash_after(&server, ask.clone(), 0);
    assert_eq!(sent, []);
    assert_eq!(unwritten.disk, Disk::default());
    // The vote was not sent, so another candidate may have it.
    assert_eq!(unwritten.receive(3, request_vote(4, 3))[1], send(3, vote(4, 3)));

    for (done, left) in [(1, vec![]), (2, vec![vote(4, 2)])] {
        let (mut written, sent) = crash_after(&server, ask.clone(), done);
        assert_eq!(sent, left);
        assert_eq!(written.raft.status(), status(4, Role::Follower, None));
        assert_eq!(written.receive(3, request_vote(4, 3)), vec![send(3, no_vote(4, 3))]);
        assert_eq!(written.receive(2, request_vote(4, 2)), vec![send(2, vote(4, 2))]);
    }
}

#[test]
fn du_1_asks_for_no_vote_before_its_own_is_written() {
    let mut server = Server::new(3);
    server.now = server.deadline();
    let (_, sent) = crash_after(&server, Event::Timeout, 0);
    assert_eq!(sent, []);
    for done in 1..=3 {
        let (mut after, sent) = crash_after(&server, Event::Timeout, done);
        assert_eq!(sent, vec![request_vote(1, 1); done - 1]);
        assert_eq!(after.raft.status(), status(1, Role::Follower, None));
        assert_eq!(after.receive(2, request_vote(1, 2)), vec![send(2, no_vote(1, 2))]);
    }
}

#[test]
fn a_vote_survives_a_restart_and_a_role_does_not() {
    let mut server = Server::leader(3);
    server.restart();
    assert_eq!(server.raft.status(), status(1, Role::Follower, None));
    assert!(server.has_fresh_election_timer());
    assert_eq!(server.receive(2, request_vote(1, 2)), vec![send(2, no_vote(1, 2))]);
    // A vote that was given before the restart elects no leader.
    let granted = RequestVoteReply { term: 1, vote_granted: true, candidate_id: NodeId::new(1) };
    assert_eq!(server.receive(3, Message::RequestVoteReply(granted)), vec![]);
    assert_eq!(server.raft.status(), status(1, Role::Follower, None));
}
