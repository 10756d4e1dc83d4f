//! The post of 2020, with its fix and without.

use std::collections::BTreeSet;

use raftsim_node::{
    Action, Boot, Bytes, CallId, Digest, Event, Message as _, Node, NodeId, Promise, ProposalId,
    Role, Status, Term, Time, Topic,
};
use raftsim_specimens::posts::y2020::{
    AppendEntriesArgs, AppendEntriesReply, Message, RequestVoteArgs, RequestVoteReply, Server,
};
use raftsim_specimens::{Persister, Post2020, Post2020NoStepDown};

use crate::support::{N1, N2, N3, N4, Three, boot_n1, ms, timeout, us};

type Did = Action<Message, Persister>;

/// A moment off every grid.
const BOOT: Time = Time::from_nanos(1_000_001);

fn server<const CURED: bool>(boot: &Boot) -> Server<CURED> {
    Server::boot(&(), boot, &Persister::default(), BOOT)
}

fn persist(current_term: Term, voted_for: Option<NodeId>) -> Did {
    Action::Persist(Persister { current_term, voted_for })
}

fn request_vote(call: u64, term: Term, candidate_id: NodeId) -> Message {
    Message::RequestVote(CallId(call), RequestVoteArgs { term, candidate_id })
}

pub(crate) fn vote(call: u64, term: Term, vote_granted: bool, candidate_id: NodeId) -> Message {
    let reply = RequestVoteReply { term, vote_granted, candidate_id };
    Message::RequestVoteReply(CallId(call), reply)
}

fn heartbeat(call: u64, term: Term) -> Message {
    Message::AppendEntries(CallId(call), AppendEntriesArgs { term })
}

pub(crate) fn answer(call: u64, term: Term, success: bool) -> Message {
    Message::AppendEntriesReply(CallId(call), AppendEntriesReply { term, success })
}

fn send(to: NodeId, message: Message) -> Did {
    Action::Send { to, message }
}

fn receive<const CURED: bool>(
    server: &mut Server<CURED>,
    from: NodeId,
    message: Message,
    now: Time,
) -> Vec<Did> {
    server.step(Event::Receive { from, message }, now)
}

fn fail<const CURED: bool>(
    server: &mut Server<CURED>,
    to: NodeId,
    call: u64,
    now: Time,
) -> Vec<Did> {
    server.step(Event::CallFailed { to, call: CallId(call) }, now)
}

/// A candidate of term 1 among three, 20 ms after boot; its calls are 1 to n2 and 2 to n3.
fn candidate<const CURED: bool>() -> (Server<CURED>, Time) {
    let mut server = server(&boot_n1(3));
    assert_eq!(timeout(&mut server), (BOOT + ms(10), vec![]));
    assert_eq!(server.status(), Status::new(0, Role::Candidate));
    let expected = vec![
        persist(1, Some(N1)),
        send(N2, request_vote(1, 1, N1)),
        send(N3, request_vote(2, 1, N1)),
    ];
    assert_eq!(timeout(&mut server), (BOOT + ms(20), expected));
    assert_eq!(server.status(), Status::new(1, Role::Candidate));
    (server, BOOT + ms(20))
}

/// A leader of term 1 among three, in its first round, and when that began; its calls are 3, 4.
fn leader<const CURED: bool>() -> (Server<CURED>, Time) {
    let (mut server, stood) = candidate();
    assert_eq!(receive(&mut server, N2, vote(1, 1, true, N1), stood + us(200)), vec![]);
    assert_eq!(server.status(), Status::new(1, Role::Leader).with_leader(Some(N1)));
    let expected = vec![send(N2, heartbeat(3, 1)), send(N3, heartbeat(4, 1))];
    assert_eq!(timeout(&mut server), (stood + ms(10), expected));
    (server, stood + ms(10))
}

#[test]
fn post_2020_is_a_candidate_at_its_first_turn_and_stands_at_its_second() {
    candidate::<true>();
    candidate::<false>();
}

#[test]
fn post_2020_follower_and_candidate_share_one_deadline() {
    let (mut server, stood) = candidate::<true>();
    let next = server.deadline().unwrap();
    assert!(next >= stood + ms(300), "{next}");
    assert!(next <= stood + ms(600), "{next}");
    let (now, actions) = timeout(&mut server);
    assert_eq!(actions[0], persist(2, Some(N1)), "a candidate stands again at once");

    // A follower by a heartbeat: the next turn after its timeout only converts it.
    receive(&mut server, N2, heartbeat(1, 2), now + ms(3));
    let (converted, actions) = timeout(&mut server);
    assert_eq!((actions, server.status()), (vec![], Status::new(2, Role::Candidate)));
    let (stood, actions) = timeout(&mut server);
    assert_eq!(stood, converted + ms(10));
    assert_eq!(actions[0], persist(3, Some(N1)));
}

#[test]
fn post_2020_looks_every_ten_ms_after_its_boot() {
    let mut server = server::<true>(&boot_n1(3));
    receive(&mut server, N2, heartbeat(1, 1), BOOT + us(4_321));
    let deadline = server.deadline().unwrap();
    assert_eq!((deadline - BOOT).as_nanos() % ms(10).as_nanos(), 0);
    assert_eq!(server.step(Event::Timeout, BOOT + us(9_999)), vec![]);
    assert_eq!(server.step(Event::Timeout, Time::from_nanos(deadline.as_nanos() - 1)), vec![]);
    assert_eq!(server.deadline(), Some(deadline));
    assert_eq!(server.status(), Status::new(1, Role::Follower));
}

#[test]
fn post_2020_elected_sends_heartbeats_at_its_next_turn() {
    leader::<true>();
    leader::<false>();
}

#[test]
fn post_2020_alone_leads_and_its_rounds_end_at_once() {
    let mut server = server::<true>(&boot_n1(1));
    timeout(&mut server);
    let (stood, actions) = timeout(&mut server);
    assert_eq!(actions, vec![persist(1, Some(N1))]);
    assert!(server.status().is_leader());
    assert_eq!(timeout(&mut server), (stood + ms(10), vec![]));
    assert_eq!(timeout(&mut server), (stood + ms(110), vec![]));
    assert!(server.status().is_leader());
}

#[test]
fn post_2020_next_round_starts_at_the_first_turn_after_the_interval() {
    let (mut server, began) = leader::<true>();
    receive(&mut server, N2, answer(3, 1, true), began + us(200));
    receive(&mut server, N3, answer(4, 1, true), began + us(300));
    // The loop turns every 10 ms from the end of the round on.
    let expected = vec![send(N2, heartbeat(5, 1)), send(N3, heartbeat(6, 1))];
    assert_eq!(timeout(&mut server), (began + us(100_300), expected));
}

#[test]
fn post_2020_round_waits_for_every_call() {
    let (mut server, began) = leader::<false>();
    receive(&mut server, N2, answer(3, 1, true), began + us(200));
    assert_eq!(server.deadline(), None, "one call is still open");
    assert_eq!(server.step(Event::Timeout, began + ms(3_000)), vec![]);
    assert_eq!(fail(&mut server, N3, 4, began + ms(6_999)), vec![]);
    let expected = vec![send(N2, heartbeat(5, 1)), send(N3, heartbeat(6, 1))];
    assert_eq!(timeout(&mut server), (began + ms(7_009), expected));
}

#[test]
fn post_2020_steps_down_when_no_majority_answers_in_time() {
    let (mut server, began) = leader::<true>();
    assert_eq!(timeout(&mut server), (began + ms(100), vec![]));
    assert_eq!(server.status(), Status::new(1, Role::Follower));
    receive(&mut server, N2, answer(3, 1, true), began + ms(101));
    assert_eq!(server.status(), Status::new(1, Role::Follower), "too late to count");
}

#[test]
fn post_2020_says_why_when_asked() {
    let boot = boot_n1(3).with_notes(true);
    let mut server = server::<true>(&boot);
    timeout(&mut server);
    let (stood, _) = timeout(&mut server);
    receive(&mut server, N2, vote(1, 1, true, N1), stood);
    timeout(&mut server);
    let notes = [
        "time.After fired: the calls still open are given up",
        "the round is over without the answers of a majority: step down",
    ];
    assert_eq!(timeout(&mut server).1, notes.map(Action::note).to_vec());
}

#[test]
fn post_2020_steps_down_at_once_when_all_calls_have_failed() {
    let (mut server, began) = leader::<true>();
    assert_eq!(fail(&mut server, N2, 3, began + ms(1)), vec![]);
    assert!(server.status().is_leader());
    assert_eq!(fail(&mut server, N3, 4, began + ms(2)), vec![]);
    assert_eq!(server.status(), Status::new(1, Role::Follower));
}

#[test]
fn post_2020_leads_on_with_the_answers_of_a_majority() {
    let (mut server, began) = leader::<true>();
    receive(&mut server, N2, answer(3, 1, true), began + us(200));
    assert_eq!(timeout(&mut server), (began + ms(100), vec![]), "n3 is given up");
    assert!(server.status().is_leader());
    let expected = vec![send(N2, heartbeat(5, 1)), send(N3, heartbeat(6, 1))];
    assert_eq!(timeout(&mut server), (began + ms(110), expected));
    assert_eq!(fail(&mut server, N3, 4, began + ms(120)), vec![], "of a round that is over");
    assert_eq!(server.deadline(), Some(began + ms(210)), "this round still waits");
}

#[test]
fn post_2020_no_step_down_leads_on() {
    let (mut server, began) = leader::<false>();
    fail(&mut server, N2, 3, began + ms(4_000));
    fail(&mut server, N3, 4, began + ms(5_000));
    assert!(server.status().is_leader());
    let (next, _) = timeout(&mut server);
    assert_eq!(next, began + ms(5_010));
    assert!(server.status().is_leader());
}

#[test]
fn post_2020_deposed_in_a_round_stays_in_it_until_it_is_over() {
    let (mut server, began) = leader::<false>();
    let granted = receive(&mut server, N2, request_vote(9, 4, N2), began + ms(1));
    assert_eq!(granted, vec![persist(4, Some(N2)), send(N2, vote(9, 4, true, N2))]);
    assert_eq!(server.status(), Status::new(4, Role::Follower));
    assert_eq!(server.deadline(), None, "the loop waits, so nobody looks at the timeout");
    receive(&mut server, N2, answer(3, 4, false), began + ms(2));
    fail(&mut server, N3, 4, began + ms(5_000));
    assert_eq!(timeout(&mut server), (began + ms(5_010), vec![]));
    assert_eq!(server.status(), Status::new(4, Role::Candidate));
}

#[test]
fn post_2020_adopts_a_higher_term_from_both_replies() {
    let (mut server, stood) = candidate::<true>();
    assert_eq!(receive(&mut server, N2, vote(1, 6, false, N1), stood), vec![persist(6, None)]);
    assert_eq!(server.status(), Status::new(6, Role::Follower));

    let (mut server, began) = leader::<true>();
    assert_eq!(receive(&mut server, N2, answer(3, 6, false), began), vec![persist(6, None)]);
    assert_eq!(server.status(), Status::new(6, Role::Follower));
    receive(&mut server, N3, answer(4, 8, false), began);
    assert_eq!(server.status(), Status::new(8, Role::Follower));
}

#[test]
fn post_2020_deposed_after_a_while_stands_again_within_two_turns() {
    let (mut server, mut began) = leader::<true>();
    for call in (3..17).step_by(2) {
        receive(&mut server, N2, answer(call, 1, true), began);
        receive(&mut server, N3, answer(call + 1, 1, true), began);
        began = timeout(&mut server).0;
    }
    receive(&mut server, N2, answer(17, 1, true), began);
    receive(&mut server, N3, answer(18, 1, true), began);
    // Between two rounds no heartbeat is open, but a vote that nobody needed may still come.
    assert_eq!(
        receive(&mut server, N3, vote(2, 5, false, N1), began + ms(34)),
        vec![persist(5, None)]
    );
    assert_eq!(timeout(&mut server), (began + ms(40), vec![]));
    assert_eq!(server.status(), Status::new(5, Role::Candidate));
    let (stood, actions) = timeout(&mut server);
    assert_eq!((stood, &actions[0]), (began + ms(50), &persist(6, Some(N1))));
}

#[test]
fn post_2020_grants_without_a_log_check() {
    // The request contains nothing about a log, and the server does not look at its own.
    let mut server = server::<true>(&boot_n1(3));
    let granted = receive(&mut server, N2, request_vote(1, 3, N2), BOOT);
    assert_eq!(granted, vec![persist(3, Some(N2)), send(N2, vote(1, 3, true, N2))]);
    let deadline = server.deadline();
    let refused = receive(&mut server, N3, request_vote(1, 3, N3), BOOT + ms(50));
    assert_eq!(refused, vec![send(N3, vote(1, 3, false, N3))]);
    assert_eq!(server.deadline(), deadline, "a refusal resets nothing");
    let stale = receive(&mut server, N3, request_vote(2, 2, N3), BOOT + ms(50));
    assert_eq!(stale, vec![send(N3, vote(2, 3, false, N3))]);
    let again = receive(&mut server, N2, request_vote(2, 3, N2), BOOT + ms(50));
    assert_eq!(again, vec![send(N2, vote(2, 3, true, N2))]);
    assert_ne!(server.deadline(), deadline);
}

#[test]
fn post_2020_candidate_follows_a_leader_of_its_term_and_refuses_a_stale_one() {
    let (mut server, stood) = candidate::<true>();
    let stale = receive(&mut server, N2, heartbeat(5, 0), stood);
    assert_eq!(stale, vec![send(N2, answer(5, 1, false))]);
    assert_eq!(server.status(), Status::new(1, Role::Candidate));
    let current = receive(&mut server, N2, heartbeat(6, 1), stood);
    assert_eq!(current, vec![send(N2, answer(6, 1, true))]);
    assert_eq!(server.status(), Status::new(1, Role::Follower));
}

#[test]
fn post_2020_does_not_repeat_a_failed_request_for_a_vote() {
    let (mut server, stood) = candidate::<true>();
    let deadline = server.deadline();
    assert_eq!(fail(&mut server, N2, 1, stood), vec![]);
    assert_eq!(receive(&mut server, N2, vote(1, 1, true, N1), stood), vec![], "already closed");
    assert_eq!(server.status(), Status::new(1, Role::Candidate));
    assert_eq!(server.deadline(), deadline);
}

#[test]
fn post_2020_keeps_term_and_vote_across_a_restart() {
    let disk = Persister { current_term: 4, voted_for: Some(N2) };
    let mut server = Post2020::boot(&(), &boot_n1(3), &disk, BOOT);
    assert_eq!(server.status(), Status::new(4, Role::Follower));
    let refused = receive(&mut server, N3, request_vote(1, 4, N3), BOOT);
    assert_eq!(refused, vec![send(N3, vote(1, 4, false, N3))]);
}

#[test]
fn post_2020_ignores_what_it_did_not_ask_for() {
    let (mut server, began) = leader::<true>();
    let (status, deadline) = (server.status(), server.deadline());
    for (from, message) in [
        (N1, request_vote(1, u64::MAX, N1)),
        (N1, answer(3, 9, false)),
        (NodeId::new(200), heartbeat(1, 9)),
        (N3, answer(3, 9, false)),
        (N2, vote(3, 9, true, N1)),
        (N2, answer(1_000, 9, false)),
        (N2, vote(1, 1, true, N1)),
        (N3, vote(2, 1, true, N1)),
    ] {
        assert_eq!(receive(&mut server, from, message, began), vec![], "{from}: {message:?}");
    }
    for (to, call) in [(N1, 3), (N3, 3), (N4, 1), (N2, 1)] {
        assert_eq!(fail(&mut server, to, call, began), vec![], "{to} {call}");
    }
    assert_eq!((server.status(), server.deadline()), (status, deadline));
}

#[test]
fn post_2020_survives_the_last_term() {
    let mut server = server::<true>(&boot_n1(3));
    receive(&mut server, N2, request_vote(1, u64::MAX, N2), BOOT);
    timeout(&mut server);
    assert_eq!(timeout(&mut server).1[0], persist(0, Some(N1)));
}

#[test]
fn post_2020_is_woken_at_once_after_a_pause_and_turns_from_there() {
    let (mut server, stood) = candidate::<true>();
    let late = stood + us(5_000_123);
    assert_eq!(server.step(Event::Timeout, late)[0], persist(2, Some(N1)));
    let next = server.deadline().unwrap();
    assert!(next > late);
    assert_eq!((next - late).as_nanos() % ms(10).as_nanos(), 0);
}

#[test]
fn post_2020_replicates_nothing() {
    let (mut server, began) = leader::<true>();
    let propose = Event::Propose { id: ProposalId(3), command: Bytes::from("x") };
    let reject = Action::Reject { id: ProposalId(3), leader: None };
    assert_eq!(server.step(propose, began), vec![reject]);
    let compact = Event::Compact { through: 1, snapshot: Bytes::default() };
    assert_eq!(server.step(compact, began), vec![]);
}

#[test]
fn post_2020_three_elect_one_leader_and_another_when_it_is_cut_off() {
    let mut three = Three::<Post2020>::new();
    three.run(ms(2_000));
    let [first] = three.leaders()[..] else { panic!("{:?}", three.leaders()) };
    let term = three.node(first).status().term;
    three.run(ms(2_000));
    assert_eq!(three.leaders(), vec![first]);
    assert_eq!(three.node(first).status().term, term);

    three.cut(first);
    three.run(ms(2_000));
    assert_eq!(three.leaders().len(), 1, "the old leader has stepped down");
    assert_ne!(three.leaders(), vec![first]);
    three.heal();
    three.run(ms(2_000));
    assert_eq!(three.leaders().len(), 1);
}

#[test]
fn post_2020_no_step_down_keeps_a_leader_that_is_cut_off() {
    let mut three = Three::<Post2020NoStepDown>::new();
    three.run(ms(2_000));
    let [first] = three.leaders()[..] else { panic!("{:?}", three.leaders()) };
    three.cut(first);
    three.run(ms(4_000));
    assert!(three.leaders().contains(&first));
}

#[test]
fn post_2020_messages_tell_what_they_are() {
    let all = [
        request_vote(1, 2, N3),
        vote(1, 2, true, N3),
        vote(1, 2, false, N3),
        heartbeat(1, 2),
        answer(1, 2, true),
    ];
    let described = all.map(|message| (message.is_reply(), message.topic(), message.size()));
    let vote_n3 = Some(Promise::Vote { candidate: N3 });
    let expected = [
        (false, Topic::Vote, 24),
        (true, Topic::Vote, 17),
        (true, Topic::Vote, 17),
        (false, Topic::Append, 16),
        (true, Topic::Append, 17),
    ];
    assert_eq!(described, expected);
    assert_eq!(all.map(|message| message.promise()), [vote_n3, vote_n3, None, None, None]);
    assert!(all.iter().all(|message| message.call() == Some(CallId(1))));
    assert!(all.iter().all(|message| message.term() == Some(2)));
}

#[test]
fn post_2020_every_field_of_a_message_moves_the_digest() {
    let messages = [
        request_vote(1, 1, N1),
        request_vote(2, 1, N1),
        request_vote(1, 2, N1),
        request_vote(1, 1, N2),
        heartbeat(1, 1),
        heartbeat(2, 1),
        heartbeat(1, 2),
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
    let digests: BTreeSet<u64> = messages
        .iter()
        .map(|message| {
            let mut digest = Digest::new();
            message.digest(&mut digest);
            digest.value()
        })
        .collect();
    assert_eq!(digests.len(), messages.len());
}
