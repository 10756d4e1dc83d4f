//! What each variant of the control does otherwise, step by step.

#![expect(clippy::wildcard_enum_match_arm, reason = "a test names only what it looks at")]

use raftsim_node::{
    Action, Bytes, Claims, Command, Duration, Event, Index, Node, NodeId, ProposalId, Role,
    Snapshot, Term, Time,
};
use raftsim_specimens::Control;
use raftsim_specimens::mutant::{
    Body, Config, Conflict, Disk, Entry, Message, Position, Variant, Write,
};

use crate::support::{N1, N2, N3, boot_n1, ms, timeout};

type Act = Action<Message, Write>;

fn at(millis: u64) -> Time {
    Time::ZERO + ms(millis)
}

fn entries(terms: &[Term]) -> Vec<Entry> {
    terms.iter().map(|&term| Entry { term, command: Some(Command::from("x")) }).collect()
}

/// A disk in term 3 with these entries.
fn disk(terms: &[Term]) -> Disk {
    Disk { term: 3, log: entries(terms), ..Disk::default() }
}

fn boot(variants: &[Variant], disk: &Disk) -> Control {
    Control::boot(&Config::with(variants), &boot_n1(3), disk, Time::ZERO)
}

fn n1(variant: Variant, terms: &[Term]) -> Control {
    boot(&[variant], &disk(terms))
}

fn hear(server: &mut Control, now: Time, from: NodeId, term: Term, body: Body) -> Vec<Act> {
    server.step(Event::Receive { from, message: Message { term, body } }, now)
}

/// The server of this disk, which leads in term 4, and what it did when it was elected.
fn elected(variant: Variant, terms: &[Term]) -> (Control, Time, Vec<Act>) {
    let mut server = n1(variant, terms);
    let (now, _) = timeout(&mut server);
    let actions = hear(&mut server, now, N2, 4, Body::Vote { candidate: N1, granted: true });
    assert_eq!((server.status().role, server.status().term), (Role::Leader, 4));
    (server, now, actions)
}

/// The same, whose followers are known to have its log.
fn leader(variant: Variant, terms: &[Term]) -> (Control, Time) {
    let (mut server, now, _) = elected(variant, terms);
    let through = terms.len() as Index;
    for peer in [N2, N3] {
        answer(&mut server, now, peer, through, Ok(through));
    }
    (server, now)
}

fn answer(
    server: &mut Control,
    now: Time,
    from: NodeId,
    prev: Index,
    result: Result<Index, Conflict>,
) -> Vec<Act> {
    hear(server, now, from, 4, Body::Appended { asked: 4, prev, result })
}

fn propose(server: &mut Control, now: Time) -> Vec<Act> {
    server.step(Event::Propose { id: ProposalId(1), command: Command::from("x") }, now)
}

/// A message of the leader: the index before its entries, how many there are, the commit index.
type Sent = (NodeId, Index, usize, Index);

/// The append requests in a list.
fn appends(actions: &[Act]) -> Vec<Sent> {
    let append = |action: &Act| match action {
        Action::Send { to, message } => match &message.body {
            Body::Append { prev, entries, commit } => {
                Some((*to, prev.index, entries.len(), *commit))
            }
            _ => None,
        },
        _ => None,
    };
    actions.iter().filter_map(append).collect()
}

/// The writes in a list.
fn writes(actions: &[Act]) -> Vec<Write> {
    let write = |action: &Act| match action {
        Action::Persist(write) => Some(write.clone()),
        _ => None,
    };
    actions.iter().filter_map(write).collect()
}

/// The indexes of the entries that are applied.
fn applied(actions: &[Act]) -> Vec<Index> {
    let apply = |action: &Act| match action {
        Action::Apply { index, .. } => Some(*index),
        _ => None,
    };
    actions.iter().filter_map(apply).collect()
}

fn stored(from: Index, terms: &[Term]) -> Write {
    Write { log: Some((from, entries(terms))), ..Write::default() }
}

fn voted(term: Term, voted_for: Option<NodeId>) -> Write {
    Write { vote: Some((term, voted_for)), ..Write::default() }
}

/// What n2 sends as the leader of term 3, after the entry `prev`, which is of term 3 too.
fn append(prev: Index, terms: &[Term], commit: Index) -> Body {
    let prev = Position { index: prev, term: if prev == 0 { 0 } else { 3 } };
    Body::Append { prev, entries: entries(terms), commit }
}

fn acknowledged(prev: Index, through: Index) -> Act {
    let body = Body::Appended { asked: 3, prev, result: Ok(through) };
    Action::Send { to: N2, message: Message { term: 3, body } }
}

fn claims(variants: &[Variant]) -> Claims {
    Control::claims(&Config::with(variants))
}

const HEARTBEAT: Body =
    Body::Append { prev: Position { index: 0, term: 0 }, entries: vec![], commit: 0 };

// Elections.

#[test]
fn a_leader_that_nobody_answers_steps_down_without_pre_vote_too() {
    let (mut server, now, _) = elected(Variant::StepsDown, &[]);
    let mut last = now;
    while server.status().is_leader() {
        last = timeout(&mut server).0;
    }
    assert_eq!((last.since(now), server.status().term), (ms(800), 4));
    assert_eq!(writes(&timeout(&mut server).1), [voted(5, Some(N1))], "it stands without asking");
    let claims = claims(&[Variant::StepsDown]);
    assert_eq!(claims.steps_down_within, Some(ms(1700)));
    assert_eq!((claims.asks_before_standing, claims.copes_with_standing_faults), (false, false));
}

#[test]
fn who_hears_a_leader_ignores_candidates_of_later_terms() {
    let ask = Body::RequestVote { candidate: N3, last: Position { index: 9, term: 9 } };
    let mut server = n1(Variant::Sticky, &[]);
    hear(&mut server, at(50), N2, 3, HEARTBEAT);
    assert_eq!(hear(&mut server, at(449), N3, 9, ask.clone()), []);
    assert_eq!(server.status().term, 3);
    hear(&mut server, at(450), N3, 9, ask.clone());
    assert_eq!(server.status().term, 9, "it has not heard the leader for an election timeout");
    let (mut server, now, _) = elected(Variant::Sticky, &[]);
    assert_eq!(hear(&mut server, now, N3, 9, ask), [], "a leader hears itself");
    // It still learns of later terms from answers.
    hear(&mut server, now, N3, 9, Body::Vote { candidate: N1, granted: false });
    assert_eq!((server.status().term, server.status().role), (9, Role::Follower));
}

#[test]
fn timeouts_and_heartbeats_take_the_time_that_the_variant_says() {
    for (variant, least, longest, heartbeat, within) in
        [(Variant::ShortTimeouts, 150, 300, 50, 5), (Variant::LongTimeouts, 2000, 4000, 200, 20)]
    {
        let mut server = n1(variant, &[]);
        for millis in 0..50 {
            hear(&mut server, at(millis), N2, 3, HEARTBEAT);
            let timeout = server.deadline().unwrap().since(at(millis));
            assert!((ms(least)..ms(longest)).contains(&timeout), "{variant}: {timeout}");
        }
        let (server, now, _) = elected(variant, &[]);
        assert_eq!(server.deadline().unwrap().since(now), ms(heartbeat));
        let claims = claims(&[variant]);
        assert_eq!(
            (claims.elects_within, claims.keeps_its_leader),
            (Duration::from_secs(within), true)
        );
    }
}

#[test]
fn heartbeats_at_random_come_within_their_bounds() {
    let (mut server, mut before, _) = elected(Variant::RandomHeartbeats, &[]);
    let mut intervals = vec![];
    for _ in 0..20 {
        let (now, _) = timeout(&mut server);
        intervals.push(now.since(before));
        before = now;
    }
    assert!(intervals.iter().all(|it| (ms(50)..ms(100)).contains(it)), "{intervals:?}");
    intervals.dedup();
    assert_eq!(intervals.len(), 20);
}

#[test]
fn a_candidate_asks_again_as_its_variant_says() {
    let asks =
        |actions: &[Act]| actions.iter().filter(|it| matches!(it, Action::Send { .. })).count();
    let mut server = n1(Variant::AsksOnce, &[]);
    for term in [4, 5] {
        let (_, actions) = timeout(&mut server);
        assert_eq!((server.status().term, asks(&actions)), (term, 2), "each time in a new term");
    }
    let mut server = n1(Variant::AsksAtRandom, &[]);
    let mut spans = vec![];
    let mut before = timeout(&mut server).0;
    for _ in 0..100 {
        let (now, actions) = timeout(&mut server);
        if writes(&actions).is_empty() {
            assert_eq!(asks(&actions), 2);
            spans.push(now.since(before));
        }
        before = now;
    }
    let (least, most) = (spans.iter().min().unwrap(), spans.iter().max().unwrap());
    assert!(*least < ms(50), "{least}");
    assert!((ms(150)..ms(200)).contains(most), "{most}");
}

#[test]
fn a_vote_restarts_the_candidate_s_timer_once() {
    let five = boot_n1(5);
    let config = Config::with(&[Variant::VoteTimer, Variant::AsksOnce]);
    let mut server = Control::boot(&config, &five, &disk(&[]), Time::ZERO);
    let (now, _) = timeout(&mut server);
    let vote = Body::Vote { candidate: N1, granted: true };
    let before = server.deadline();
    hear(&mut server, now + ms(100), N2, 4, vote.clone());
    let after = server.deadline();
    assert_ne!(before, after);
    assert!(after >= Some(now + ms(500)));
    hear(&mut server, now + ms(200), N2, 4, vote);
    assert_eq!(server.deadline(), after, "it has that vote already");
}

#[test]
fn a_candidate_may_write_its_vote_after_its_term() {
    let (_, actions) = timeout(&mut n1(Variant::VoteAlone, &[]));
    assert_eq!(writes(&actions), [voted(4, None), voted(4, Some(N1))]);
    assert!(matches!(actions[1], Action::Persist(_)), "both come before the requests");
}

#[test]
fn each_term_may_have_one_candidate_alone() {
    let mut server = n1(Variant::OwnTerms, &[]);
    for term in [6, 9, 12] {
        while server.status().term < term {
            timeout(&mut server);
        }
        assert_eq!(server.status().term, term);
    }
    let mut server = boot(&[Variant::OwnTerms, Variant::PreVote], &disk(&[]));
    timeout(&mut server);
    hear(&mut server, at(900), N2, 3, Body::PreVoted { next: 6, granted: true });
    assert_eq!((server.status().term, server.status().role), (6, Role::Candidate));
}

#[test]
fn a_server_may_keep_to_itself_who_leads() {
    let mut server = n1(Variant::NamesNoLeader, &[]);
    hear(&mut server, at(50), N2, 3, HEARTBEAT);
    assert_eq!(server.status().leader, None);
    assert_eq!(propose(&mut server, at(60)), [Action::Reject { id: ProposalId(1), leader: None }]);
}

// Replication.

#[test]
fn heartbeats_apart_carry_no_entries_and_their_answer_repeats_what_is_lacking() {
    let (mut server, now) = leader(Variant::Heartbeats, &[3, 3]);
    propose(&mut server, now);
    let (now, actions) = timeout(&mut server);
    assert_eq!(appends(&actions), [(N2, 2, 0, 0), (N3, 2, 0, 0)]);
    assert_eq!(appends(&answer(&mut server, now, N2, 2, Ok(2))), [(N2, 2, 1, 0)]);
    assert_eq!(appends(&answer(&mut server, now, N2, 2, Ok(2))), [], "once for each heartbeat");
    let (mut server, now, actions) = elected(Variant::Heartbeats, &[3, 3]);
    assert_eq!(appends(&actions), [(N2, 0, 0, 0), (N3, 0, 0, 0)]);
    assert_eq!(appends(&answer(&mut server, now, N2, 0, Ok(0))), [(N2, 2, 0, 0)], "a probe");
}

#[test]
fn gathered_proposals_go_out_together() {
    let (mut server, now) = leader(Variant::Batches, &[]);
    for index in 1..=3 {
        let actions = propose(&mut server, now + ms(index));
        let accept = Action::Accept { id: ProposalId(1), index, term: 4 };
        assert_eq!(actions, [Action::Persist(stored(index, &[4])), accept]);
    }
    let (due, actions) = timeout(&mut server);
    assert_eq!((due, appends(&actions)), (now + ms(6), vec![(N2, 0, 3, 0), (N3, 0, 3, 0)]));
}

#[test]
fn a_window_has_room_for_four_requests_which_a_heartbeat_repeats() {
    let (mut server, now) = leader(Variant::Pipelines, &[]);
    for index in 0..6 {
        let sent = [(N2, index, 1, 0), (N3, index, 1, 0)];
        let expected = if index < 4 { &sent[..] } else { &[] };
        assert_eq!(appends(&propose(&mut server, now)), expected, "proposal {index}");
    }
    let actions = answer(&mut server, now, N2, 0, Ok(1));
    assert_eq!(appends(&actions), [(N2, 4, 2, 1)], "the first is answered, and commits an entry");
    let (_, actions) = timeout(&mut server);
    assert_eq!(appends(&actions), [(N2, 1, 5, 1), (N3, 0, 6, 1)]);
}

#[test]
fn a_message_has_a_most_of_entries() {
    let (mut server, now, _) = elected(Variant::SmallMessages, &[3; 70]);
    let conflict = Conflict { term: None, index: 1 };
    assert_eq!(appends(&answer(&mut server, now, N2, 70, Err(conflict))), [(N2, 0, 64, 0)]);
    assert_eq!(appends(&answer(&mut server, now, N2, 0, Ok(64))), [(N2, 64, 6, 0)]);
}

#[test]
fn a_commit_index_is_sent_when_its_variant_says() {
    // After the first of two proposals is committed, the request with the second is outstanding.
    let commits = |variant| {
        let (mut server, now) = leader(variant, &[]);
        propose(&mut server, now);
        propose(&mut server, now);
        let first = appends(&answer(&mut server, now, N2, 0, Ok(1)));
        let second = appends(&answer(&mut server, now, N2, 1, Ok(2)));
        (first, second, appends(&timeout(&mut server).1))
    };
    let (first, second, heartbeats) = commits(Variant::EagerCommit);
    assert_eq!(first, [(N2, 1, 0, 1), (N2, 1, 1, 1), (N3, 0, 0, 1)]);
    assert_eq!(second, [(N2, 2, 0, 2), (N3, 0, 0, 2)]);
    assert_eq!(heartbeats, [(N2, 2, 0, 2), (N3, 0, 2, 2)]);
    let (first, second, heartbeats) = commits(Variant::LazyCommit);
    assert_eq!((first, second), (vec![(N2, 1, 1, 0)], vec![]));
    assert_eq!(heartbeats, [(N2, 2, 0, 2), (N3, 0, 2, 2)]);
}

#[test]
fn a_leader_goes_back_as_its_variant_says() {
    let conflict = Conflict { term: None, index: 1 };
    for (variant, probes) in [
        (Variant::BacksUpByOne, vec![11, 10, 9, 8, 7, 6, 5, 4, 0]),
        (Variant::BacksUpByHalves, vec![6, 3, 1, 0]),
    ] {
        let (mut server, now, _) = elected(variant, &[3; 12]);
        let (mut prev, mut seen) = (12, vec![]);
        while prev > 0 {
            let sent = appends(&answer(&mut server, now, N2, prev, Err(conflict)));
            prev = sent[0].1;
            seen.push(prev);
        }
        assert_eq!(seen, probes, "{variant}");
    }
}

#[test]
fn a_new_leader_may_send_its_last_entries_at_once() {
    let (_, _, actions) = elected(Variant::Guesses, &[3; 9]);
    assert_eq!(appends(&actions), [(N2, 5, 4, 0), (N3, 5, 4, 0)]);
}

// Disks and services.

#[test]
fn entries_may_be_written_one_by_one() {
    let mut server = n1(Variant::EntryByEntry, &[1, 1]);
    let actions = hear(&mut server, at(50), N2, 3, append(0, &[3, 3, 3], 0));
    let written = [stored(1, &[3]), stored(2, &[3]), stored(3, &[3])].map(Action::Persist);
    assert_eq!(actions, [&written[..], &[acknowledged(0, 3)]].concat());
}

#[test]
fn a_follower_acknowledges_entries_once_they_are_written() {
    for (variant, delay) in [(Variant::LazyWrites, 5), (Variant::ParallelWrites, 0)] {
        let mut server = n1(variant, &[]);
        assert_eq!(hear(&mut server, at(50), N2, 3, append(0, &[3], 0)), []);
        assert_eq!(hear(&mut server, at(50), N2, 3, append(1, &[3], 1)), [], "nor is it applied");
        let (due, actions) = timeout(&mut server);
        let applied = Action::Apply { index: 1, term: Some(3), command: Some("x".into()) };
        let answers = [acknowledged(0, 1), acknowledged(1, 2)];
        let written = [Action::Persist(stored(1, &[3, 3]))];
        assert_eq!(actions, [&written[..], &answers, &[applied]].concat(), "{variant}");
        assert_eq!(due, at(50 + delay));
    }
}

#[test]
fn what_is_written_later_is_written_before_a_vote() {
    let mut server = n1(Variant::LazyWrites, &[]);
    hear(&mut server, at(50), N2, 3, append(0, &[3], 0));
    let last = Position { index: 1, term: 3 };
    let actions = hear(&mut server, at(51), N3, 4, Body::RequestVote { candidate: N3, last });
    assert_eq!(writes(&actions), [stored(1, &[3]), voted(4, None), voted(4, Some(N3))]);
    assert_eq!(actions[1], acknowledged(0, 1), "in its own term");
}

#[test]
fn a_leader_counts_itself_once_it_has_written() {
    let (mut server, now) = leader(Variant::LazyWrites, &[]);
    let actions = propose(&mut server, now);
    assert_eq!((appends(&actions).len(), writes(&actions)), (2, vec![]));
    answer(&mut server, now, N2, 0, Ok(1));
    assert_eq!(server.status().commit, Some(0));
    let (_, actions) = timeout(&mut server);
    assert_eq!((writes(&actions), applied(&actions)), (vec![stored(1, &[4])], vec![1]));
    assert_eq!(server.status().commit, Some(1));
}

#[test]
fn a_commit_index_on_the_disk_is_where_the_next_life_begins() {
    let mut server = n1(Variant::WritesCommit, &[3, 3]);
    let actions = hear(&mut server, at(50), N2, 3, append(2, &[], 2));
    let write = Write { commit: 2, ..Write::default() };
    assert_eq!((writes(&actions), applied(&actions)), (vec![write], vec![1, 2]));
    let after = Disk { commit: 2, ..disk(&[3, 3]) };
    let mut server = boot(&[Variant::WritesCommit], &after);
    assert_eq!(server.status().commit, Some(2));
    assert_eq!(applied(&timeout(&mut server).1), [1, 2]);
}

#[test]
fn committed_entries_may_be_applied_later_and_a_few_at_a_time() {
    let mut server = n1(Variant::LazyApply, &[3; 20]);
    let actions = hear(&mut server, at(50), N2, 3, append(20, &[], 20));
    assert_eq!((applied(&actions), server.status().commit), (vec![], Some(20)));
    for (due, indexes) in [(55, 1..=16), (60, 17..=20)] {
        let (now, actions) = timeout(&mut server);
        assert_eq!((now, applied(&actions)), (at(due), indexes.collect()));
    }
}

/// The server, which has committed all of its entries, of term 3, after its service has made a
/// snapshot of the first `through`.
fn compacted(variant: Variant, length: usize, through: Index) -> (Control, Vec<Write>) {
    let mut server = n1(variant, &vec![3; length]);
    hear(&mut server, at(50), N2, 3, append(length as Index, &[], length as Index));
    let snapshot = Bytes::from("state");
    let actions = server.step(Event::Compact { through, snapshot }, at(60));
    (server, writes(&actions))
}

fn compacts(base: Index, through: Index) -> Write {
    let base = Position { index: base, term: if base == 0 { 0 } else { 3 } };
    let snapshot = Some(Snapshot::new(through, 3, "state".into()));
    Write { base, snapshot, ..Write::default() }
}

#[test]
fn a_log_may_keep_entries_that_its_snapshot_covers() {
    for variant in [Variant::KeepsTail, Variant::SnapshotsFirst] {
        assert_eq!(compacted(variant, 10, 9).1, [compacts(1, 9)]);
        assert_eq!(compacted(variant, 10, 5).1, [compacts(0, 5)], "there are fewer");
    }
    let disk = Disk {
        base: Position { index: 1, term: 3 },
        snapshot: Some(Snapshot::new(9, 3, "state".into())),
        ..disk(&[3; 9])
    };
    assert_eq!(boot(&[Variant::KeepsTail], &disk).status().commit, Some(9));
}

#[test]
fn a_follower_that_lacks_much_may_get_the_snapshot_first() {
    let sends = |variant, lacks: Index| {
        let (mut server, _) = compacted(variant, 10, 9);
        let (now, _) = timeout(&mut server);
        hear(&mut server, now, N2, 4, Body::Vote { candidate: N1, granted: true });
        let conflict = Conflict { term: None, index: lacks };
        let actions = answer(&mut server, now, N2, 10, Err(conflict));
        let is_snapshot = |it: &Act| {
            matches!(it, Action::Send { message: Message { body: Body::Install(_), .. }, .. })
        };
        (actions.iter().filter(|it| is_snapshot(it)).count(), appends(&actions).len())
    };
    assert_eq!([sends(Variant::KeepsTail, 6), sends(Variant::KeepsTail, 7)], [(0, 1); 2]);
    assert_eq!(
        [sends(Variant::SnapshotsFirst, 6), sends(Variant::SnapshotsFirst, 7)],
        [(1, 0), (0, 1)]
    );
    assert_eq!(sends(Variant::KeepsTail, 1), (1, 0), "it lacks entries that are gone");
}

#[test]
fn a_short_log_may_stay() {
    assert_eq!(compacted(Variant::CompactsLate, 24, 9).1, []);
    assert_eq!(compacted(Variant::CompactsLate, 25, 19).1, [compacts(19, 19)]);
}
