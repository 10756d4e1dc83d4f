//! The right variants of the control Raft, step by step.

use raftsim_node::{
    Action, Boot, Claims, Command, Duration, Event, Node, NodeId, Role, Term, Time,
};
use raftsim_specimens::Control;
use raftsim_specimens::mutant::{
    Body, Config, Disk, Entry, Message, Mutation, Position, VARIANTS, Variant, Write,
};

use crate::support::{N1, N2, N3, boot_n1, ms, timeout};

type Act = Action<Message, Write>;

fn config(variant: Variant) -> Config {
    Config::with(&[variant])
}

/// n1 of three in term 3, whose log is 1@1 2@3.
fn n1(variant: Variant) -> Control {
    let log = [1, 3].map(|term| Entry { term, command: Some(Command::from("x")) }).to_vec();
    let disk = Disk { term: 3, log, ..Disk::default() };
    Control::boot(&config(variant), &boot_n1(3), &disk, Time::ZERO)
}

const LAST: Position = Position { index: 2, term: 3 };
const HEARTBEAT: Body = Body::Append { prev: LAST, entries: vec![], commit: 0 };

fn hear(server: &mut Control, at: Time, from: NodeId, term: Term, body: Body) -> Vec<Act> {
    server.step(Event::Receive { from, message: Message { term, body } }, at)
}

fn to(to: NodeId, term: Term, body: Body) -> Act {
    Action::Send { to, message: Message { term, body } }
}

fn asks() -> [Act; 2] {
    [N2, N3].map(|peer| to(peer, 3, Body::PreVote { next: 4, last: LAST }))
}

fn stands() -> [Act; 3] {
    let ask = |peer| to(peer, 4, Body::RequestVote { candidate: N1, last: LAST });
    let vote = Some((4, Some(N1)));
    [Action::Persist(Write { vote, ..Write::default() }), ask(N2), ask(N3)]
}

#[test]
fn a_server_asks_before_it_stands_and_stays_in_its_term() {
    let mut server = n1(Variant::PreVote);
    let (now, asked) = timeout(&mut server);
    assert_eq!(asked, asks());
    assert_eq!((server.status().term, server.status().role), (3, Role::PreCandidate));
    let refused = Body::PreVoted { next: 4, granted: false };
    assert_eq!(hear(&mut server, now, N2, 3, refused), []);
    assert_eq!(timeout(&mut server).1, asks(), "it repeats the question");
    let granted = |next| Body::PreVoted { next, granted: true };
    assert_eq!(hear(&mut server, now, N2, 3, granted(5)), [], "of another term");
    // The voter may be in another term: nobody enters a term that is only planned.
    assert_eq!(hear(&mut server, now, N2, 4, granted(4)), stands());
    assert_eq!((server.status().term, server.status().role), (4, Role::Candidate));
}

#[test]
fn a_refusal_of_a_later_term_is_adopted() {
    let mut server = n1(Variant::PreVote);
    let (now, _) = timeout(&mut server);
    hear(&mut server, now, N2, 7, Body::PreVoted { next: 4, granted: false });
    assert_eq!((server.status().term, server.status().role), (7, Role::Follower));
}

#[test]
fn an_order_to_campaign_is_obeyed_without_a_question() {
    let mut server = n1(Variant::PreVote);
    assert_eq!(server.step(Event::Campaign, Time::ZERO), stands());
}

#[test]
fn a_pre_vote_is_granted_unless_a_leader_is_heard_or_the_log_is_better() {
    let answer = |granted, next| vec![to(N3, 3, Body::PreVoted { next, granted })];
    let ask = |next, last| Body::PreVote { next, last };
    let heard = Time::ZERO + ms(50);
    let mut server = n1(Variant::PreVote);
    // The later term of a question is not adopted.
    assert_eq!(hear(&mut server, heard, N3, 8, ask(9, LAST)), answer(true, 9));
    assert_eq!(hear(&mut server, heard, N3, 2, ask(3, LAST)), answer(true, 3), "its vote is free");
    assert_eq!(hear(&mut server, heard, N3, 1, ask(2, LAST)), answer(false, 2));
    let older = Position { index: 1, term: 3 };
    assert_eq!(hear(&mut server, heard, N3, 3, ask(4, older)), answer(false, 4));
    hear(&mut server, heard, N2, 3, HEARTBEAT);
    for (after, granted) in [(0, false), (399, false), (400, true)] {
        let actions = hear(&mut server, heard + ms(after), N3, 3, ask(4, LAST));
        assert_eq!(actions, answer(granted, 4), "{after} ms after the heartbeat");
    }
}

#[test]
fn a_pre_candidate_that_grants_a_vote_follows() {
    let mut server = n1(Variant::PreVote);
    let (now, _) = timeout(&mut server);
    hear(&mut server, now, N2, 3, Body::RequestVote { candidate: N2, last: LAST });
    assert_eq!((server.status().term, server.status().role), (3, Role::Follower));
}

/// What the control and its variants claim, unless they do otherwise.
fn claims() -> Claims {
    Claims::default().answering_earlier_terms().keeping_its_leader()
}

#[test]
fn a_leader_that_nobody_answers_steps_down_as_it_claims() {
    let mut server = n1(Variant::PreVote);
    let (now, _) = timeout(&mut server);
    hear(&mut server, now, N2, 3, Body::PreVoted { next: 4, granted: true });
    hear(&mut server, now, N2, 4, Body::Vote { candidate: N1, granted: true });
    assert!(server.status().is_leader());
    // An answer half a second later is the last.
    let answer = Body::Appended { asked: 4, prev: 2, result: Ok(2) };
    hear(&mut server, now + ms(500), N3, 4, answer);
    let mut last = now;
    while server.status().is_leader() {
        last = timeout(&mut server).0;
    }
    assert_eq!(last.since(now), ms(1300));
    let within = Duration::from_millis(1700);
    let claims = claims().stepping_down_within(within).coping_with_standing_faults();
    assert_eq!(Control::claims(&config(Variant::PreVote)), claims.asking_before_standing());
}

#[test]
fn a_new_leader_appends_an_entry_of_its_own() {
    let mut server = n1(Variant::NoOp);
    let (now, _) = timeout(&mut server);
    let actions = hear(&mut server, now, N2, 4, Body::Vote { candidate: N1, granted: true });
    let log = Some((3, vec![Entry { term: 4, command: None }]));
    assert_eq!(actions[0], Action::Persist(Write { log, ..Write::default() }));
    assert_eq!(Control::claims(&config(Variant::NoOp)), claims().with_own_entries());
}

#[test]
fn a_cluster_of_one_commits_its_own_entry_at_once() {
    let boot = Boot::new(N1, [N1].into(), 7);
    let disk = Disk::default();
    let mut server = Control::boot(&config(Variant::NoOp), &boot, &disk, Time::ZERO);
    let applied = Action::Apply { index: 1, term: Some(1), command: None };
    assert_eq!(timeout(&mut server).1.last(), Some(&applied));
}

#[test]
fn a_later_term_restarts_the_election_timer_of_the_variant_alone() {
    for (variant, restarts) in [(Variant::NoOp, true), (Variant::DropsStale, false)] {
        let mut server = n1(variant);
        let before = server.deadline();
        let older = Body::RequestVote { candidate: N2, last: Position::default() };
        hear(&mut server, Time::ZERO + ms(50), N2, 9, older);
        assert_eq!(server.deadline() != before, restarts, "{variant:?}");
    }
}

#[test]
fn messages_of_earlier_terms_are_dropped_and_of_later_ones_adopted() {
    let mut server = n1(Variant::DropsStale);
    let older = Body::RequestVote { candidate: N2, last: LAST };
    for body in [older, HEARTBEAT] {
        assert_eq!(hear(&mut server, Time::ZERO, N2, 2, body), []);
    }
    hear(&mut server, Time::ZERO, N2, 4, HEARTBEAT);
    assert_eq!(server.status().term, 4);
    let drops = Claims::default().keeping_its_leader();
    assert_eq!(Control::claims(&config(Variant::DropsStale)), drops);
}

#[test]
fn a_variant_is_found_by_its_name() {
    for info in VARIANTS {
        assert_eq!((info.name.parse(), info.variant.name()), (Ok(info.variant), info.name));
    }
    let unknown = "no-such".parse::<Variant>().unwrap_err();
    assert_eq!(unknown.to_string(), "no variant is named \"no-such\"");
    assert_eq!(Config::of(None), Config::default());
    assert_eq!(Config::of(Mutation::NoLogCheck).mutation, Some(Mutation::NoLogCheck));
}

#[test]
fn a_mutant_that_needs_more_than_the_control_is_built_on_variants() {
    let cases: [(Mutation, &[Variant]); 4] = [
        (Mutation::NoLogCheck, &[]),
        (Mutation::PreVotesAreVotes, &[Variant::PreVote]),
        (Mutation::CountsOwnUnwritten, &[Variant::LazyWrites]),
        (Mutation::CommitWrittenBeforeEntries, &[Variant::WritesCommit, Variant::LazyWrites]),
    ];
    for (mutation, variants) in cases {
        let right = Config::with(variants);
        assert_eq!(
            Config::of(mutation),
            Config { mutation: Some(mutation), ..right },
            "{mutation}"
        );
    }
}
