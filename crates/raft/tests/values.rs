//! What the contract asks of messages and disks: sizes, topics, promises, digests.

use std::collections::BTreeSet;

use raftsim_node::{Digest, Disk as _, Message as _, NodeId, Promise, Topic, Touched};
use raftsim_raft::{AppendEntries, AppendEntriesReply, Disk, Entries, Entry, Message, RequestVote};
use raftsim_raft::{RequestVoteReply, Write};

use crate::server::{append, appended, entries, heartbeat, no_vote, request_vote, vote};

fn digest_of(feed: impl Fn(&mut Digest)) -> u64 {
    let mut digest = Digest::new();
    feed(&mut digest);
    digest.value()
}

#[test]
fn messages_tell_what_the_harness_asks() {
    let candidate = |number| Some(Promise::Vote { candidate: NodeId::new(number) });
    for (message, is_reply, size, topic, promise) in [
        (request_vote(7, 3), false, 33, Topic::Vote, candidate(3)),
        (vote(7, 3), true, 18, Topic::Vote, candidate(3)),
        (no_vote(7, 3), true, 18, Topic::Vote, None),
        (heartbeat(7), false, 44, Topic::Append, None),
        (append(7, 0, 0, &entries(&[1, 1])), false, 44 + 2 * 16, Topic::Append, None),
        (appended(7, true), true, 17, Topic::Append, None),
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
fn messages_print_without_repeating_themselves() {
    assert_eq!(
        format!("{:?}", vote(7, 3)),
        "RequestVoteReply { term: 7, vote_granted: true, candidate_id: n3 }"
    );
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
        let ask = RequestVote { term: 9, candidate_id: id(9), last_log_index: 9, last_log_term: 9 };
        messages.push(Message::RequestVote(RequestVote { term: value, ..ask }));
        messages.push(Message::RequestVote(RequestVote { last_log_index: value, ..ask }));
        messages.push(Message::RequestVote(RequestVote { last_log_term: value, ..ask }));
        let tell = AppendEntries {
            term: 9,
            prev_log_index: 9,
            prev_log_term: 9,
            entries: Entries::NONE,
            leader_commit: 9,
        };
        messages.push(Message::AppendEntries(AppendEntries { term: value, ..tell.clone() }));
        let before = AppendEntries { prev_log_index: value, ..tell.clone() };
        messages.push(Message::AppendEntries(before));
        let before = AppendEntries { prev_log_term: value, ..tell.clone() };
        messages.push(Message::AppendEntries(before));
        messages.push(Message::AppendEntries(AppendEntries { leader_commit: value, ..tell }));
        for yes in [false, true] {
            let reply = AppendEntriesReply { term: value, success: yes };
            messages.push(Message::AppendEntriesReply(reply));
            let reply = RequestVoteReply { term: value, vote_granted: yes, candidate_id: id(9) };
            messages.push(Message::RequestVoteReply(reply));
        }
    }
    for number in [1, 2, 255] {
        messages.extend([request_vote(9, number), vote(9, number), no_vote(9, number)]);
    }
    let command = |text: &str| [Entry { term: 1, command: text.into() }];
    messages.extend([
        append(9, 9, 9, &[]),
        append(9, 9, 9, &entries(&[1])),
        append(9, 9, 9, &entries(&[2])),
        append(9, 9, 9, &entries(&[1, 2])),
        append(9, 9, 9, &command("x")),
        append(9, 9, 9, &command("y")),
    ]);
    let digests: BTreeSet<u64> =
        messages.iter().map(|message| digest_of(|digest| message.digest(digest))).collect();
    assert_eq!(digests.len(), messages.len());
}

#[test]
fn a_writes_digest_sees_term_and_vote() {
    let mut digests = BTreeSet::new();
    let votes = [None, Some(1), Some(2), Some(255)];
    for current_term in [0, 1, 2, 1 << 55, u64::MAX] {
        for vote in votes {
            let write = Write { current_term, voted_for: vote.map(NodeId::new) };
            digests.insert(digest_of(|digest| Disk::digest(&write, digest)));
        }
    }
    assert_eq!(digests.len(), 5 * votes.len());
}

#[test]
fn a_disk_shows_what_was_written_and_what_it_began_with() {
    let mut disk = Disk::new(3, None, entries(&[1, 3]));
    let write = Write { current_term: 4, voted_for: Some(NodeId::new(2)) };
    assert_eq!(disk.write(write), Touched::VOTE);
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
fn no_entries_are_one_value() {
    assert_eq!(Entries::from(&[][..]), Entries::NONE);
    assert_eq!(Entries::default(), Entries::NONE);
    assert_eq!(&*Entries::from(&entries(&[1, 2])[..]), &entries(&[1, 2])[..]);
    assert_eq!(format!("{:?}", Entries::NONE), "[]");
}
