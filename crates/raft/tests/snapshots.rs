//! A log without its beginning, rule by rule.

use raftsim_node::{Action, Bytes, Disk as _, Event, Node, Role};
use raftsim_raft::Disk;

use crate::server::{
    Actions, Server, accept, append, append_committing, apply, conflict, entries, install,
    installed, matched, persist_entries, persist_snapshot, propose, send, stale,
};

fn compact(through: u64, snapshot: &str) -> Event<raftsim_raft::Message> {
    Event::Compact { through, snapshot: Bytes::from(snapshot) }
}

fn restore(
    index: u64,
    term: u64,
    data: &str,
) -> Action<raftsim_raft::Message, raftsim_raft::Write> {
    Action::Restore { index, term: Some(term), snapshot: Bytes::from(data) }
}

/// A follower of n2 in term 5 whose log has these terms, committed through `commit`.
fn follower(terms: &[u64], commit: u64) -> Server {
    let mut server = Server::with_disk(3, Disk::new(5, None, entries(terms)));
    let last = terms.last().copied().unwrap_or(0);
    server.receive(2, append_committing(5, terms.len() as u64, last, &[], commit));
    server
}

#[test]
fn sn_1_compacts_what_is_applied_and_not_compacted_yet() {
    let mut server = follower(&[1, 1, 4, 4], 3);
    assert_eq!(server.step(compact(2, "two")), vec![persist_snapshot(2, 1, "two")]);
    // Not applied yet; compacted already; nothing to compact.
    for through in [4, u64::MAX, 2, 1, 0] {
        assert_eq!(server.step(compact(through, "x")), Actions::new());
    }
    assert_eq!(server.step(compact(3, "three")), vec![persist_snapshot(3, 4, "three")]);
    assert_eq!(server.disk.snapshot().map(|it| it.index), Some(3));
    // The log goes on after it.
    assert_eq!(
        server.receive(2, append_committing(5, 4, 4, &entries(&[5]), 4)),
        vec![
            persist_entries(5, &entries(&[5])),
            send(2, matched(5, 5)),
            apply(4, &entries(&[4])[0]),
        ]
    );
}

#[test]
fn sn_2_sends_the_snapshot_to_a_follower_that_lacks_compacted_entries() {
    let mut server = Server::leader(3);
    server.step(propose("a"));
    server.step(propose("b"));
    server.receive(2, matched(1, 2));
    assert_eq!(server.step(compact(2, "ab")), vec![persist_snapshot(2, 1, "ab")]);
    // n3 has not answered.
    let beat = vec![send(2, append_committing(1, 2, 1, &[], 2)), send(3, install(1, 2, 1, "ab"))];
    assert_eq!(server.timeout(), beat);
    assert_eq!(server.timeout(), beat, "again, until it is answered");
    assert_eq!(server.receive(3, installed(1, None)), Actions::new());
    let c = [raftsim_raft::Entry { term: 1, command: Bytes::from("c") }];
    assert_eq!(
        server.step(propose("c")),
        vec![
            persist_entries(3, &c),
            accept(3, 1),
            // n3 is sent nothing: it has not answered the snapshot.
            send(2, append_committing(1, 2, 1, &c, 2)),
        ]
    );
    assert_eq!(
        server.receive(3, installed(1, Some(2))),
        vec![send(3, append_committing(1, 2, 1, &c, 2))]
    );
}

#[test]
fn sn_2_sends_no_entries_after_a_snapshot_until_it_is_answered() {
    let mut server = follower(&[1, 1, 4], 3);
    server.step(compact(3, "three"));
    let mut leader = server.elected();
    assert_eq!(
        leader.receive(3, conflict(6, 3, None, 1)),
        vec![send(3, install(6, 3, 4, "three"))]
    );
    let new = ["a", "b"].map(|command| raftsim_raft::Entry { term: 6, command: command.into() });
    let sent_to_n3 = |actions: Actions| -> Actions {
        let is_to_n3 = |action: &_| matches!(action, Action::Send { to, .. } if to.number() == 3);
        actions.into_iter().filter(is_to_n3).collect()
    };
    for command in ["a", "b"] {
        assert_eq!(sent_to_n3(leader.step(propose(command))), Actions::new(), "{command}");
    }
    // The entries after the snapshot are sent as soon as it is answered.
    assert_eq!(
        leader.receive(3, installed(6, Some(3))),
        vec![send(3, append_committing(6, 3, 4, &new, 3))]
    );
}

#[test]
fn is_1_refuses_a_stale_term() {
    let mut server = follower(&[1, 1], 0);
    let deadline = server.deadline();
    server.wait(5);
    assert_eq!(server.receive(3, install(4, 9, 4, "x")), vec![send(3, installed(5, None))]);
    assert_eq!(server.deadline(), deadline);
    assert!(server.disk.snapshot().is_none());
}

#[test]
fn is_5_keeps_no_snapshot_of_what_is_committed_here() {
    let mut server = follower(&[1, 1, 4], 2);
    for index in [1, 2] {
        assert_eq!(
            server.receive(2, install(5, index, 1, "x")),
            vec![send(2, installed(5, Some(index)))]
        );
    }
    assert_eq!(server.disk, Disk::new(5, None, entries(&[1, 1, 4])));
}

#[test]
fn is_6_keeps_the_entries_after_a_snapshot_of_its_own_log() {
    let mut server = follower(&[1, 1, 4], 0);
    assert_eq!(
        server.receive(2, install(5, 2, 1, "two")),
        vec![persist_snapshot(2, 1, "two"), restore(2, 1, "two"), send(2, installed(5, Some(2))),]
    );
    assert_eq!(
        server.receive(2, append_committing(5, 3, 4, &[], 3)),
        vec![send(2, matched(5, 3)), apply(3, &entries(&[4])[0])]
    );
}

#[test]
fn is_7_discards_a_log_without_the_snapshots_last_entry() {
    for (log, index, term) in [(&[1, 1, 1][..], 2, 4), (&[1], 7, 4), (&[], 1, 1)] {
        let mut server = follower(log, 0);
        server.receive(2, install(5, index, term, "x"));
        let view = server.disk.view().unwrap();
        assert_eq!((view.first_index(), view.last_index()), (index + 1, index));
        // The entries after it are no longer in the log.
        assert_eq!(
            server.receive(2, append(5, index + 1, 4, &[])),
            vec![send(2, conflict(5, index + 1, None, index + 1))]
        );
        assert_eq!(
            server.receive(2, append(5, index, term, &entries(&[5])))[1],
            send(2, matched(5, index + 1))
        );
    }
}

#[test]
fn is_8_restarts_the_service_once_from_a_snapshot() {
    let mut server = follower(&[1], 1);
    assert_eq!(
        server.receive(2, install(5, 9, 4, "nine")),
        vec![persist_snapshot(9, 4, "nine"), restore(9, 4, "nine"), send(2, installed(5, Some(9))),]
    );
    assert_eq!(server.raft.status().commit, Some(9));
    assert_eq!(server.receive(2, install(5, 9, 4, "nine")), vec![send(2, installed(5, Some(9)))]);
}

#[test]
fn appends_that_cross_a_snapshot_change_only_entries_after_it() {
    let log = entries(&[1, 1, 4, 4, 5]);
    let mut server = follower(&[1, 1, 4], 3);
    server.step(compact(3, "three"));
    // Late ones, which end before the snapshot's last entry, at it, and after it.
    for (through, written) in [(1, false), (2, false), (3, false), (4, true), (5, true)] {
        let mut crossed = server.clone();
        let mut expected = vec![send(2, matched(5, through))];
        let end = usize::try_from(through).unwrap();
        if written {
            expected.insert(0, persist_entries(4, &log[3..end]));
        }
        assert_eq!(crossed.receive(2, append(5, 0, 0, &log[..end])), expected);
    }
    // The term of the snapshot's last entry is still known.
    assert_eq!(server.receive(2, append(5, 3, 5, &[])), vec![send(2, conflict(5, 3, Some(4), 4))]);
}

#[test]
fn ae_3_ignores_entries_that_contradict_the_snapshots_last() {
    let mut server = follower(&[1, 1, 4], 3);
    server.step(compact(3, "three"));
    let disk = server.disk.clone();
    // The snapshot's last entry is 3@4. With it, terms would fall from 4 to 1.
    for new in [&[1, 1][..], &[1, 1, 1], &[1, 2, 4], &[1, 5, 5]] {
        assert_eq!(server.receive(2, append(5, 1, 1, &entries(new))), vec![send(2, stale(5))]);
    }
    assert_eq!(server.disk, disk);
    assert_eq!(server.receive(2, append(5, 1, 1, &entries(&[1, 4]))), vec![send(2, matched(5, 3))]);
}

#[test]
fn du_2_restarts_from_snapshot_and_log() {
    let mut server = follower(&[1, 1, 4], 2);
    server.step(compact(2, "two"));
    server.restart();
    assert_eq!(server.raft.status().commit, Some(2));
    assert_eq!(
        server.receive(2, append_committing(5, 3, 4, &[], 3)),
        vec![send(2, matched(5, 3)), apply(3, &entries(&[4])[0])]
    );
    // After the restart it has made no snapshot itself, and still sends the one from its disk.
    let mut leader = server.elected();
    leader.timeout();
    assert_eq!(leader.raft.status().role, Role::Leader);
    let actions = leader.receive(3, conflict(6, 3, None, 1));
    assert_eq!(actions, vec![send(3, install(6, 2, 1, "two"))]);
}

#[test]
fn unsound_snapshots_change_nothing() {
    let mut server = follower(&[1], 0);
    for unsound in [install(5, 0, 0, "x"), install(5, 3, 6, "x"), install(5, u64::MAX, 5, "x")] {
        assert_eq!(server.receive(2, unsound), Actions::new());
    }
}
