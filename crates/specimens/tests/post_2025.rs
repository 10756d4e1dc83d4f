//! The post of 2025.

use raftsim_node::{
    Action, ActionOf, Bytes, CallId, Digest, Event, Message as _, Node, NodeId, Promise,
    ProposalId, Role, Status, Term, Time, Topic, View,
};
use raftsim_specimens::posts::y2025::{
    AppendEntriesArgs, AppendEntriesReply, Message, RequestVoteArgs, RequestVoteReply,
};
use raftsim_specimens::{Persister, Post2025};

use crate::support::{N1, N2, N3, Three, boot_n1, ms, timeout, us};

type Actions = Vec<ActionOf<Post2025>>;

/// A moment off every grid.
const BOOT: Time = Time::from_nanos(1_000_001);

fn server(servers: u8) -> Post2025 {
    Post2025::boot(&(), &boot_n1(servers), &Persister::default(), BOOT)
}

fn persist(current_term: Term, voted_for: Option<NodeId>) -> ActionOf<Post2025> {
    Action::Persist(Persister { current_term, voted_for })
}

fn request_vote(call: u64, term: Term, candidate_id: NodeId) -> Message {
    let args = RequestVoteArgs { term, candidate_id, last_log_index: 0, last_log_term: 0 };
    Message::RequestVote(CallId(call), args)
}

fn vote(call: u64, term: Term, vote_granted: bool, candidate_id: NodeId) -> Message {
    let reply = RequestVoteReply { term, vote_granted, candidate_id };
    Message::RequestVoteReply(CallId(call), reply)
}

fn heartbeat(call: u64, term: Term, leader_id: NodeId) -> Message {
    let args = AppendEntriesArgs {
        term,
        leader_id,
        prev_log_index: 0,
        prev_log_term: 0,
        leader_commit: 0,
    };
    Message::AppendEntries(CallId(call), args)
}

fn answer(call: u64, term: Term, success: bool) -> Message {
    Message::AppendEntriesReply(CallId(call), AppendEntriesReply { term, success })
}

fn send(to: NodeId, message: Message) -> ActionOf<Post2025> {
    Action::Send { to, message }
}

fn receive(server: &mut Post2025, from: NodeId, message: Message, now: Time) -> Actions {
    server.step(Event::Receive { from, message }, now)
}

/// A candidate of term 1 among three, and when it stood; its calls are 1 to n2 and 2 to n3.
fn candidate() -> (Post2025, Time) {
    let mut server = server(3);
    let (now, actions) = timeout(&mut server);
    let expected = vec![
        persist(1, Some(N1)),
        send(N2, request_vote(1, 1, N1)),
        send(N3, request_vote(2, 1, N1)),
    ];
    assert_eq!(actions, expected);
    (server, now)
}

/// A leader of term 1 among three, elected 2.3 ms after it stood; its calls are 3 and 4.
fn leader() -> (Post2025, Time) {
    let (mut server, stood) = candidate();
    let now = stood + us(2_300);
    let actions = receive(&mut server, N2, vote(1, 1, true, N1), now);
    assert_eq!(actions, vec![send(N2, heartbeat(3, 1, N1)), send(N3, heartbeat(4, 1, N1))]);
    assert_eq!(server.status(), Status::new(1, Role::Leader).with_leader(Some(N1)));
    (server, now)
}

#[test]
fn post_2025_ignores_a_refusal_of_a_higher_term() {
    let (mut server, stood) = candidate();
    let deadline = server.deadline();
    let actions = receive(&mut server, N2, vote(1, 9, false, N1), stood + us(200));
    assert_eq!(actions, vec![]);
    assert_eq!(server.status(), Status::new(1, Role::Candidate));
    assert_eq!(server.deadline(), deadline);
}

#[test]
fn post_2025_says_why_when_asked() {
    let boot = boot_n1(3).with_notes(true);
    let mut server = Post2025::boot(&(), &boot, &Persister::default(), BOOT);
    let (stood, _) = timeout(&mut server);
    let actions = receive(&mut server, N2, vote(1, 9, false, N1), stood);
    assert_eq!(actions, vec![Action::note("vote refused in a higher term: ignored")]);
}

#[test]
fn post_2025_takes_a_higher_term_from_a_granted_vote_and_keeps_its_own() {
    let mut server = server(5);
    let (stood, _) = timeout(&mut server);
    let deadline = server.deadline();
    let actions = receive(&mut server, N2, vote(1, 9, true, N1), stood);
    assert_eq!(actions, vec![persist(9, Some(N1))]);
    assert_eq!(server.status(), Status::new(9, Role::Follower));
    assert_eq!(server.deadline(), deadline);
}

#[test]
fn post_2025_leads_by_a_majority_however_high_the_term_of_the_last_vote() {
    let (mut server, stood) = candidate();
    receive(&mut server, N2, vote(1, 9, true, N1), stood);
    assert_eq!(server.status(), Status::new(1, Role::Leader).with_leader(Some(N1)));
}

#[test]
fn post_2025_counts_votes_of_its_own_election_alone() {
    let mut server = server(5);
    timeout(&mut server);
    let (now, _) = timeout(&mut server);
    for call in [1, 2, 3] {
        let from = NodeId::new(u8::try_from(call + 1).unwrap());
        assert_eq!(receive(&mut server, from, vote(call, 1, true, N1), now), vec![]);
    }
    assert_eq!(server.status(), Status::new(2, Role::Candidate));
}

#[test]
fn post_2025_deposed_by_a_reply_has_no_election_timer() {
    let (mut server, elected) = leader();
    let now = elected + us(200);
    let actions = receive(&mut server, N2, answer(3, 5, false), now);
    assert_eq!(actions, vec![persist(5, None)]);
    assert_eq!(server.status(), Status::new(5, Role::Follower));
    assert_eq!(server.deadline(), None);

    // Until it grants a vote, nothing runs; a refused one does not do.
    let refusal = send(N3, vote(7, 5, false, N3));
    let actions = receive(&mut server, N3, request_vote(7, 4, N3), now);
    assert_eq!(actions, vec![refusal]);
    assert_eq!(server.deadline(), None);
    let actions = receive(&mut server, N3, request_vote(8, 5, N3), now);
    assert_eq!(actions, vec![persist(5, Some(N3)), send(N3, vote(8, 5, true, N3))]);
    let deadline = server.deadline().unwrap();
    assert!(deadline >= now + ms(300), "{deadline}");
    assert!(deadline < now + ms(605), "{deadline}");
}

#[test]
fn post_2025_deposed_by_a_request_stops_its_heartbeats_and_runs_an_election_timer() {
    for (request, acts) in [
        (request_vote(7, 5, N3), vec![persist(5, Some(N3)), send(N3, vote(7, 5, true, N3))]),
        (heartbeat(7, 5, N3), vec![persist(5, None), send(N3, answer(7, 5, true))]),
    ] {
        let (mut server, elected) = leader();
        assert_eq!(receive(&mut server, N3, request, elected), acts);
        assert_eq!(server.status(), Status::new(5, Role::Follower));
        assert!(server.deadline().unwrap() >= elected + ms(300));
    }
}

#[test]
fn post_2025_takes_a_late_answer_of_a_higher_term_whatever_it_is_by_then() {
    let (mut server, elected) = leader();
    receive(&mut server, N3, heartbeat(7, 2, N3), elected);
    let deadline = server.deadline();
    assert_eq!(receive(&mut server, N2, answer(3, 6, false), elected), vec![persist(6, None)]);
    assert_eq!(server.status(), Status::new(6, Role::Follower));
    assert_eq!(server.deadline(), deadline, "the follower's election timer runs on");
}

#[test]
fn post_2025_acts_on_timers_at_its_five_ms_ticks() {
    let (mut server, elected) = leader();
    let fires = elected + ms(100);
    let poll = server.deadline().unwrap();
    assert_eq!(poll, fires + us(2_700), "2.3 ms after a tick, so 2.7 before the next");
    assert_eq!((poll - BOOT).as_nanos() % ms(5).as_nanos(), 0);

    // Fired, but nobody looks.
    assert_eq!(server.step(Event::Timeout, fires), vec![]);
    assert_eq!(server.step(Event::Timeout, fires + us(2_699)), vec![]);
    assert_eq!(server.deadline(), Some(poll));

    let expected = vec![send(N2, heartbeat(5, 1, N1)), send(N3, heartbeat(6, 1, N1))];
    assert_eq!(server.step(Event::Timeout, poll), expected);
    assert_eq!(server.deadline(), Some(poll + ms(100)));
}

#[test]
fn post_2025_forgets_a_fired_timer_that_is_reset_before_it_is_polled() {
    let mut server = server(3);
    let poll = server.deadline().unwrap();
    receive(&mut server, N2, heartbeat(1, 1, N2), poll);
    assert_eq!(server.step(Event::Timeout, poll), vec![]);
    assert_eq!(server.status(), Status::new(1, Role::Follower));
    assert!(server.deadline().unwrap() >= poll + ms(300));
}

#[test]
fn post_2025_waits_for_no_heartbeat() {
    let (mut server, _) = leader();
    let (first, _) = timeout(&mut server);
    let (second, actions) = timeout(&mut server);
    assert_eq!(second, first + ms(100));
    assert_eq!(actions, vec![send(N2, heartbeat(7, 1, N1)), send(N3, heartbeat(8, 1, N1))]);
    for (to, call) in [(N2, 3), (N3, 4), (N3, 4), (N2, 99)] {
        let failed = Event::CallFailed { to, call: CallId(call) };
        assert_eq!(server.step(failed, second), vec![]);
    }
    assert_eq!(server.deadline(), Some(second + ms(100)));
}

#[test]
fn post_2025_does_not_repeat_a_failed_request_for_a_vote() {
    let (mut server, stood) = candidate();
    let deadline = server.deadline();
    let failed = Event::CallFailed { to: N2, call: CallId(1) };
    assert_eq!(server.step(failed, stood), vec![]);
    assert_eq!(receive(&mut server, N2, vote(1, 1, true, N1), stood), vec![], "already closed");
    assert_eq!(server.status(), Status::new(1, Role::Candidate));
    assert_eq!(server.deadline(), deadline);
}

#[test]
fn post_2025_grants_one_vote_a_term_and_resets_its_timer_for_that_alone() {
    let mut server = server(3);
    let now = BOOT + ms(100);
    let granted = receive(&mut server, N2, request_vote(1, 1, N2), now);
    assert_eq!(granted, vec![persist(1, Some(N2)), send(N2, vote(1, 1, true, N2))]);
    let deadline = server.deadline();

    let later = now + ms(100);
    let refused = receive(&mut server, N3, request_vote(1, 1, N3), later);
    assert_eq!(refused, vec![send(N3, vote(1, 1, false, N3))]);
    assert_eq!(server.deadline(), deadline);

    let again = receive(&mut server, N2, request_vote(2, 1, N2), later);
    assert_eq!(again, vec![send(N2, vote(2, 1, true, N2))]);
    assert_ne!(server.deadline(), deadline);
}

#[test]
fn post_2025_candidate_follows_a_leader_of_its_term_and_refuses_a_stale_one() {
    let (mut server, stood) = candidate();
    let stale = receive(&mut server, N2, heartbeat(5, 0, N2), stood);
    assert_eq!(stale, vec![send(N2, answer(5, 1, false))]);
    assert_eq!(server.status(), Status::new(1, Role::Candidate));
    let current = receive(&mut server, N2, heartbeat(6, 1, N2), stood);
    assert_eq!(current, vec![send(N2, answer(6, 1, true))]);
    assert_eq!(server.status(), Status::new(1, Role::Follower));
}

#[test]
fn post_2025_refuses_entries_behind_one_that_it_lacks() {
    let mut server = server(3);
    let args = AppendEntriesArgs {
        term: 1,
        leader_id: N2,
        prev_log_index: 4,
        prev_log_term: 1,
        leader_commit: 4,
    };
    let actions = receive(&mut server, N2, Message::AppendEntries(CallId(1), args), BOOT);
    assert_eq!(actions, vec![persist(1, None), send(N2, answer(1, 1, false))]);
}

#[test]
fn post_2025_alone_never_leads() {
    let mut server = server(1);
    for term in 1..5 {
        let (_, actions) = timeout(&mut server);
        assert_eq!(actions, vec![persist(term, Some(N1))]);
        assert_eq!(server.status(), Status::new(term, Role::Candidate));
    }
}

#[test]
fn post_2025_keeps_term_and_vote_across_a_restart() {
    let disk = Persister { current_term: 4, voted_for: Some(N2) };
    let mut server = Post2025::boot(&(), &boot_n1(3), &disk, BOOT);
    assert_eq!(server.status(), Status::new(4, Role::Follower));
    let refused = receive(&mut server, N3, request_vote(1, 4, N3), BOOT);
    assert_eq!(refused, vec![send(N3, vote(1, 4, false, N3))]);
    assert_eq!((disk.term(), View::voted_for(&disk)), (4, Some(N2)));
}

#[test]
fn post_2025_ignores_what_it_did_not_ask_for() {
    let (mut server, elected) = leader();
    let (status, deadline) = (server.status(), server.deadline());
    for (from, message) in [
        (N1, request_vote(1, u64::MAX, N1)),
        (N1, answer(3, 9, false)),
        (NodeId::new(200), heartbeat(1, 9, N2)),
        (N3, answer(3, 9, false)),
        (N2, vote(3, 9, true, N1)),
        (N2, answer(1_000, 9, false)),
        (N2, vote(1, 1, true, N1)),
        (N3, vote(2, 1, true, N1)),
    ] {
        assert_eq!(receive(&mut server, from, message, elected), vec![], "{from}: {message:?}");
    }
    assert_eq!((server.status(), server.deadline()), (status, deadline));
}

#[test]
fn post_2025_survives_the_last_term() {
    let mut server = server(3);
    receive(&mut server, N2, request_vote(1, u64::MAX, N2), BOOT);
    let (_, actions) = timeout(&mut server);
    assert_eq!(actions[0], persist(0, Some(N1)));
}

#[test]
fn post_2025_replicates_nothing_and_claims_nothing() {
    let (mut server, elected) = leader();
    let propose = Event::Propose { id: ProposalId(3), command: Bytes::from("x") };
    let reject = Action::Reject { id: ProposalId(3), leader: None };
    assert_eq!(server.step(propose, elected), vec![reject]);
    let compact = Event::Compact { through: 1, snapshot: Bytes::default() };
    assert_eq!(server.step(compact, elected), vec![]);
    assert_eq!(Post2025::claims(&()), raftsim_node::Claims::default());
}

#[test]
fn post_2025_three_elect_one_leader_and_another_when_it_is_cut_off() {
    let mut three = Three::<Post2025>::new();
    three.run(ms(2_000));
    let [first] = three.leaders()[..] else { panic!("{:?}", three.leaders()) };
    let term = three.node(first).status().term;
    three.run(ms(2_000));
    assert_eq!(three.leaders(), vec![first]);
    assert_eq!(three.node(first).status().term, term);

    three.cut(first);
    three.run(ms(2_000));
    let leaders = three.leaders();
    assert_eq!(leaders.len(), 2, "the old one leads on, which this post does not mend");
    three.heal();
    three.run(ms(200));
    assert_eq!(three.leaders().len(), 1);
    assert_ne!(three.leaders(), vec![first]);
}

#[test]
fn post_2025_messages_tell_what_they_are() {
    let all = [
        request_vote(1, 2, N3),
        vote(1, 2, true, N3),
        vote(1, 2, false, N3),
        heartbeat(1, 2, N3),
        answer(1, 2, true),
    ];
    let described = all.map(|message| (message.is_reply(), message.topic(), message.size()));
    let vote_n3 = Some(Promise::Vote { candidate: N3 });
    let expected = [
        (false, Topic::Vote, 40),
        (true, Topic::Vote, 17),
        (true, Topic::Vote, 17),
        (false, Topic::Append, 48),
        (true, Topic::Append, 17),
    ];
    assert_eq!(described, expected);
    assert_eq!(all.map(|message| message.promise()), [vote_n3, vote_n3, None, None, None]);
    assert!(all.iter().all(|message| message.call() == Some(CallId(1))));
    assert!(all.iter().all(|message| message.term() == Some(2)));
}

#[test]
fn post_2025_every_field_of_a_message_moves_the_digest() {
    let vote_args =
        RequestVoteArgs { term: 1, candidate_id: N1, last_log_index: 1, last_log_term: 1 };
    let append_args = AppendEntriesArgs {
        term: 1,
        leader_id: N1,
        prev_log_index: 1,
        prev_log_term: 1,
        leader_commit: 1,
    };
    let asks = |args| Message::RequestVote(CallId(1), args);
    let appends = |args| Message::AppendEntries(CallId(1), args);
    let messages = [
        asks(vote_args),
        Message::RequestVote(CallId(2), vote_args),
        asks(RequestVoteArgs { term: 2, ..vote_args }),
        asks(RequestVoteArgs { candidate_id: N2, ..vote_args }),
        asks(RequestVoteArgs { last_log_index: 2, ..vote_args }),
        asks(RequestVoteArgs { last_log_term: 2, ..vote_args }),
        appends(append_args),
        Message::AppendEntries(CallId(2), append_args),
        appends(AppendEntriesArgs { term: 2, ..append_args }),
        appends(AppendEntriesArgs { leader_id: N2, ..append_args }),
        appends(AppendEntriesArgs { prev_log_index: 2, ..append_args }),
        appends(AppendEntriesArgs { prev_log_term: 2, ..append_args }),
        appends(AppendEntriesArgs { leader_commit: 2, ..append_args }),
        vote(1, 1, true, N1),
        vote(2, 1, true, N1),
        vote(1, 2, true, N1),
        vote(1, 1, false, N1),
        vote(1, 1, true, N2),
        answer(1, 1, true),
        answer(2, 1, true),
        answer(1, 2, true),
        answer(1, 1, false),
    ];
    let digests: std::collections::BTreeSet<u64> = messages
        .iter()
        .map(|message| {
            let mut digest = Digest::new();
            message.digest(&mut digest);
            digest.value()
        })
        .collect();
    assert_eq!(digests.len(), messages.len());
}
