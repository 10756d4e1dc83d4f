//! What the contract asks of messages and disks: sizes, topics, promises, views, digests.

use std::collections::BTreeSet;

use raftsim_node::{Digest, Disk as _, Message as _, NodeId, Promise, Snapshot, Topic, Touched};
use raftsim_raft::{AppendEntries, Disk, Entries, Entry, Message, RequestVote, RequestVoteReply};
use raftsim_raft::{Vote, Write};

use crate::server::{
    append, conflict, entries, heartbeat, install, installed, matched, no_vote, ordered_vote,
    pre_vote, pre_vote_with_log, pre_voted, request_vote, stale, vote,
};

fn digest_of(feed: impl Fn(&mut Digest)) -> u64 {
    let mut digest = Digest::new();
    feed(&mut digest);
    digest.value()
}

#[test]
fn the_label_of_a_message_is_a_few_characters() {
    for (message, label) in [
        (request_vote(7, 3), "vote?"),
        (pre_vote(7), "pre-vote?"),
        (pre_voted(7, true), "yes"),
        (vote(7, 3), "yes"),
        (no_vote(7, 3), "no"),
        (heartbeat(7), "beat"),
        (append(7, 3, 5, &entries(&[6])), "4@6"),
        (append(7, 3, 5, &entries(&[6, 6, 7])), "4..6@7"),
        (stale(7), "no"),
        (matched(7, 4), "yes"),
        (conflict(7, 4, Some(2), 3), "no"),
        (install(7, 4, 2, "abc"), "to 4"),
        (installed(7, None), "no"),
        (installed(7, Some(4)), "yes"),
    ] {
        assert_eq!(message.label().as_deref(), Some(label), "{message:?}");
    }
}

#[test]
fn messages_report_what_the_contract_asks() {
    let candidate = |number| Some(Promise::Vote { candidate: NodeId::new(number) });
    for (message, is_reply, size, topic, promise) in [
        (request_vote(7, 3), false, 33, Topic::Vote, candidate(3)),
        (ordered_vote(7, 3), false, 33, Topic::Vote, candidate(3)),
        (pre_vote(7), false, 32, Topic::Vote, None),
        (pre_voted(7, true), true, 17, Topic::Vote, None),
        (vote(7, 3), true, 18, Topic::Vote, candidate(3)),
        (no_vote(7, 3), true, 18, Topic::Vote, None),
        (heartbeat(7), false, 44, Topic::Append, None),
        (append(7, 0, 0, &entries(&[1, 1])), false, 44 + 2 * 16, Topic::Append, None),
        (stale(7), true, 17, Topic::Append, None),
        (matched(7, 4), true, 25, Topic::Append, Some(Promise::Stored { through: 4 })),
        (conflict(7, 4, Some(2), 3), true, 41, Topic::Append, None),
        (install(7, 4, 2, "abc"), false, 39, Topic::Snapshot, None),
        (installed(7, None), true, 25, Topic::Snapshot, None),
        (installed(7, Some(4)), true, 25, Topic::Snapshot, Some(Promise::Stored { through: 4 })),
    ] {
        assert_eq!(
            (message.is_reply(), message.size(), message.topic(), message.promise()),
            (is_reply, size, topic, promise),
            "{message:?}"
        );
        assert_eq!((message.term(), message.call()), (Some(7), None));
    }
}

#[test]
fn messages_print_as_the_struct_inside() {
    assert_eq!(
        format!("{:?}", vote(7, 3)),
        "RequestVoteReply { term: 7, vote_granted: true, candidate_id: n3 }"
    );
    let asks = "RequestVote { term: 7, candidate_id: n3, last_log_index: 0, last_log_term: 0";
    assert_eq!(format!("{:?}", request_vote(7, 3)), format!("{asks} }}"));
    assert_eq!(format!("{:?}", ordered_vote(7, 3)), format!("{asks}, disrupts: true }}"));
    assert_eq!(
        format!("{:?}", pre_vote(7)),
        "PreVote { term: 7, last_log_index: 0, last_log_term: 0 }"
    );
    assert_eq!(format!("{:?}", pre_voted(7, true)), "PreVoteReply { term: 7, vote_granted: true }");
    assert_eq!(
        format!("{:?}", append(7, 1, 1, &entries(&[2]))),
        "AppendEntries { term: 7, prev_log_index: 1, prev_log_term: 1, \
         entries: [Entry { term: 2, command: \"in 2\" }], leader_commit: 0 }"
    );
}

#[test]
fn a_messages_digest_sees_every_field() {
    let id = NodeId::new;
    let mut messages = Vec::new();
    for value in [1, 2, 1 << 20, 1 << 47, u64::MAX] {
        let ask = RequestVote {
            term: 9,
            candidate_id: id(9),
            last_log_index: 9,
            last_log_term: 9,
            disrupts: false,
        };
        messages.push(Message::RequestVote(RequestVote { term: value, ..ask }));
        messages.push(Message::RequestVote(RequestVote { last_log_index: value, ..ask }));
        messages.push(Message::RequestVote(RequestVote { last_log_term: value, ..ask }));
        let request = AppendEntries {
            term: 9,
            prev_log_index: 9,
            prev_log_term: 9,
            entries: Entries::NONE,
            leader_commit: 9,
        };
        messages.push(Message::AppendEntries(AppendEntries { term: value, ..request.clone() }));
        let before = AppendEntries { prev_log_index: value, ..request.clone() };
        messages.push(Message::AppendEntries(before));
        let before = AppendEntries { prev_log_term: value, ..request.clone() };
        messages.push(Message::AppendEntries(before));
        messages.push(Message::AppendEntries(AppendEntries { leader_commit: value, ..request }));
        messages.extend([stale(value), matched(value, 9), conflict(value, 9, Some(9), 9)]);
        messages.extend([matched(9, value), conflict(9, value, Some(9), 9)]);
        messages.extend([conflict(9, 9, Some(value), 9), conflict(9, 9, Some(9), value)]);
        messages.extend([install(value, 9, 9, "x"), install(9, value, 9, "x")]);
        messages.extend([install(9, 9, value, "x"), installed(value, None)]);
        messages.extend([installed(value, Some(9)), installed(9, Some(value))]);
        messages.extend([pre_vote_with_log(value, 9, 9), pre_vote_with_log(9, value, 9)]);
        messages.push(pre_vote_with_log(9, 9, value));
        messages.extend([pre_voted(value, false), pre_voted(value, true)]);
        for yes in [false, true] {
            let reply = RequestVoteReply { term: value, vote_granted: yes, candidate_id: id(9) };
            messages.push(Message::RequestVoteReply(reply));
        }
    }
    for number in [1, 2, 255] {
        messages.extend([request_vote(9, number), ordered_vote(9, number)]);
        messages.extend([vote(9, number), no_vote(9, number)]);
    }
    let command = |text: &str| [Entry { term: 1, command: text.into() }];
    messages.extend([
        append(9, 9, 9, &[]),
        append(9, 9, 9, &entries(&[1])),
        append(9, 9, 9, &entries(&[2])),
        append(9, 9, 9, &entries(&[1, 2])),
        append(9, 9, 9, &command("x")),
        append(9, 9, 9, &command("y")),
        conflict(9, 9, None, 9),
        conflict(9, 9, Some(0), 9),
        installed(9, Some(0)),
        install(9, 9, 9, "y"),
    ]);
    let digests: BTreeSet<u64> =
        messages.iter().map(|message| digest_of(|digest| message.digest(digest))).collect();
    assert_eq!(digests.len(), messages.len());
}

#[test]
fn a_writes_digest_sees_every_field() {
    let mut writes = Vec::new();
    for current_term in [0, 1, 2, 1 << 55, u64::MAX] {
        for vote in [None, Some(1), Some(2), Some(255)] {
            writes.push(Write::Vote(Vote { current_term, voted_for: vote.map(NodeId::new) }));
        }
    }
    for (from, terms) in [(1, &[1][..]), (2, &[1]), (1, &[2]), (1, &[1, 1]), (1, &[1, 2])] {
        writes.push(Write::Entries { from, entries: Entries::from(&entries(terms)[..]) });
    }
    for (index, term, data) in [(1, 1, "x"), (2, 1, "x"), (1, 2, "x"), (1, 1, "y")] {
        writes.push(Write::Snapshot(Snapshot::new(index, term, data.into())));
    }
    let digests: BTreeSet<u64> =
        writes.iter().map(|write| digest_of(|digest| Disk::digest(write, digest))).collect();
    assert_eq!(digests.len(), writes.len());
}

#[test]
fn a_disk_shows_what_it_began_with_and_what_was_written() {
    let mut disk = Disk::new(3, None, entries(&[1, 3]));
    let vote = Vote { current_term: 4, voted_for: Some(NodeId::new(2)) };
    assert_eq!(disk.write(Write::Vote(vote)), Touched::VOTE);
    assert_eq!(disk, Disk::new(4, Some(NodeId::new(2)), entries(&[1, 3])));
    let view = disk.view().unwrap();
    assert_eq!((view.term(), view.voted_for()), (4, Some(NodeId::new(2))));
    assert_eq!((view.first_index(), view.last_index()), (1, 2));
    assert_eq!(view.entry(2), Some((3, Some(&"in 3".into()))));
    assert_eq!((view.entry(0), view.entry(3), view.entry(u64::MAX)), (None, None, None));
    // 9 bytes of term and vote; two entries of 12 and "in 1".
    assert_eq!(disk.state_bytes(), 9 + 2 * 16);
    assert!(disk.snapshot().is_none());
}

#[test]
fn a_disk_removes_entries_that_a_write_replaces() {
    let mut disk = Disk::new(3, None, entries(&[1, 1, 1]));
    let write = Write::Entries { from: 2, entries: Entries::from(&entries(&[2, 3])[..]) };
    assert_eq!(disk.write(write), Touched { log_from: Some(2), ..Touched::NONE });
    assert_eq!(disk, Disk::new(3, None, entries(&[1, 2, 3])));
}

#[test]
fn a_disk_keeps_the_entries_after_a_snapshot_of_its_own_log_only() {
    let snapshot = |term| Snapshot::new(2, term, "two".into());
    for (term, touched, last) in [
        (1, Touched { snapshot: true, ..Touched::NONE }, 3),
        (2, Touched { snapshot: true, log_from: Some(3), ..Touched::NONE }, 2),
    ] {
        let mut disk = Disk::new(3, None, entries(&[1, 1, 3]));
        assert_eq!(disk.write(Write::Snapshot(snapshot(term))), touched);
        assert_eq!(disk.snapshot(), Some(&snapshot(term)));
        let view = disk.view().unwrap();
        assert_eq!((view.first_index(), view.last_index()), (3, last));
        assert_eq!(view.entry(2), None);
        assert_eq!(view.entry(3).is_some(), last == 3);
        let left = usize::try_from(last - 2).unwrap();
        assert_eq!(disk.state_bytes(), 9 + 16 + 16 * left);
    }
}

#[test]
fn empty_lists_of_entries_are_equal() {
    assert_eq!(Entries::from(&[][..]), Entries::NONE);
    assert_eq!(Entries::default(), Entries::NONE);
    assert_eq!(&*Entries::from(&entries(&[1, 2])[..]), &entries(&[1, 2])[..]);
    assert_eq!(format!("{:?}", Entries::NONE), "[]");
}
