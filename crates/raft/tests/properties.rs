//! What holds of every server, whatever it is told, in whatever order.

use proptest::prelude::*;
use proptest::test_runner::{Config as ProptestConfig, RngSeed};
use raftsim_node::{Action, Bytes, CallId, Duration, Event, Message as _, Node, NodeId};
use raftsim_node::{Disk as _, Promise, ProposalId, Time};
use raftsim_raft::{
    AppendEntries, AppendEntriesReply, Config, Disk, Entries, Message, RULES, Raft,
};
use raftsim_raft::{RequestVote, RequestVoteReply};

use crate::server::{Actions, Server, entries};

/// That many cases, the same ones every time.
pub(crate) fn config(cases: u32) -> ProptestConfig {
    ProptestConfig {
        cases,
        failure_persistence: None,
        rng_seed: RngSeed::Fixed(1),
        ..ProptestConfig::default()
    }
}

/// What may happen to a server.
#[derive(Clone, Debug)]
enum Input {
    /// Time passes.
    Wait(Duration),
    /// An event, at whatever time it is.
    Event(Event<Message>),
    /// The clock reaches the deadline.
    Deadline,
    /// A crash, and a restart from the disk.
    Restart,
}

/// Mostly terms that meet, now and then the largest there are.
fn any_term() -> impl Strategy<Value = u64> {
    prop_oneof![20 => 0u64..6, 1 => u64::MAX - 1..=u64::MAX, 1 => any::<u64>()]
}

fn any_index() -> impl Strategy<Value = u64> {
    prop_oneof![8 => 0u64..5, 1 => any::<u64>(), 1 => Just(u64::MAX)]
}

fn any_id() -> impl Strategy<Value = NodeId> {
    (1u8..=8).prop_map(NodeId::new)
}

fn any_message() -> impl Strategy<Value = Message> {
    let request_vote = (any_term(), any_id(), any_index(), any_term());
    let append = (any_term(), any_index(), any_term(), any_index(), 0usize..3);
    prop_oneof![
        request_vote.prop_map(|(term, candidate_id, last_log_index, last_log_term)| {
            Message::RequestVote(RequestVote { term, candidate_id, last_log_index, last_log_term })
        }),
        (any_term(), any::<bool>(), prop_oneof![Just(NodeId::new(1)), any_id()]).prop_map(
            |(term, vote_granted, candidate_id)| {
                Message::RequestVoteReply(RequestVoteReply { term, vote_granted, candidate_id })
            }
        ),
        append.prop_map(|(term, prev_log_index, prev_log_term, leader_commit, count)| {
            let entries = Entries::from(&entries(&[1, 2])[..count]);
            Message::AppendEntries(AppendEntries {
                term,
                prev_log_index,
                prev_log_term,
                entries,
                leader_commit,
            })
        }),
        (any_term(), any::<bool>()).prop_map(|(term, success)| {
            Message::AppendEntriesReply(AppendEntriesReply { term, success })
        }),
    ]
}

/// A message from anyone; a request for a vote mostly from its own candidate.
fn any_receive() -> impl Strategy<Value = Event<Message>> {
    (any_id(), any_message(), 0u8..8).prop_map(|(from, mut message, lie)| {
        if let Message::RequestVote(request) = &mut message
            && lie != 0
        {
            request.candidate_id = from;
        }
        Event::Receive { from, message }
    })
}

fn any_input() -> impl Strategy<Value = Input> {
    let event = prop_oneof![
        20 => any_receive(),
        2 => Just(Event::Timeout),
        1 => Just(Event::Propose { id: ProposalId(3), command: Bytes::from("x") }),
        1 => any_index().prop_map(|through| {
            Event::Compact { through, snapshot: Bytes::from("x") }
        }),
        1 => any_id().prop_map(|to| Event::CallFailed { to, call: CallId(1) }),
    ];
    prop_oneof![
        30 => event.prop_map(Input::Event),
        8 => (0u64..500).prop_map(|millis| Input::Wait(Duration::from_millis(millis))),
        12 => Just(Input::Deadline),
        2 => Just(Input::Restart),
    ]
}

/// Inputs, each up to twice: networks repeat themselves.
fn any_inputs() -> impl Strategy<Value = Vec<Input>> {
    prop::collection::vec((any_input(), any::<bool>()), 0..80).prop_map(|inputs| {
        inputs
            .into_iter()
            .flat_map(|(input, twice)| vec![input; if twice { 2 } else { 1 }])
            .collect()
    })
}

/// A server that was booted, or one that has already made it to candidate or leader.
fn any_server() -> impl Strategy<Value = Server> {
    let disk = (0u64..4, prop::option::of(1u8..=5), 0usize..4).prop_map(|(term, vote, length)| {
        Disk::new(term, vote.map(NodeId::new), entries(&[1, 1, 2][..length]))
    });
    (1u8..=5, 0u8..3, disk).prop_map(|(servers, stage, disk)| {
        let mut server = Server::with_disk(servers, disk);
        match stage {
            0 => {}
            1 => drop(server.timeout()),
            _ => server = server.elected(),
        }
        server
    })
}

/// The events that inputs make of a server, one at a time.
fn play(server: &mut Server, input: Input) -> Option<Event<Message>> {
    match input {
        Input::Wait(span) => {
            server.now += span;
            None
        }
        Input::Event(event) => Some(event),
        Input::Deadline => {
            server.now = server.now.max(server.deadline());
            Some(Event::Timeout)
        }
        Input::Restart => {
            server.restart();
            None
        }
    }
}

/// What a server is, as far as it shows; its random stream shows in deadlines to come.
fn state(raft: &Raft) -> String {
    format!("{raft:?}")
}

/// Does the list's actions one by one, holding each to the disk of its moment.
fn check_actions(server: &mut Server, actions: &Actions) -> Result<(), TestCaseError> {
    for action in actions {
        let view = server.disk.view().expect("our disk offers a view");
        let (term, voted_for) = (view.term(), view.voted_for());
        match action {
            Action::Persist(write) => {
                prop_assert!(write.current_term >= term, "the term never goes back");
                if write.current_term == term {
                    prop_assert!(voted_for.is_none(), "the vote of a term never changes");
                    prop_assert!(write.voted_for.is_some(), "nothing is written twice");
                }
                server.obey(action);
            }
            Action::Send { to, message } => {
                prop_assert_ne!(*to, server.boot.id);
                prop_assert_eq!(message.term(), Some(term));
                match message.promise() {
                    Some(Promise::Vote { candidate }) => {
                        prop_assert_eq!(voted_for, Some(candidate));
                    }
                    promise => prop_assert!(promise.is_none(), "{:?}", promise),
                }
            }
            Action::Reject { id, .. } => prop_assert_eq!(*id, ProposalId(3)),
            Action::Accept { .. }
            | Action::Apply { .. }
            | Action::Restore { .. }
            | Action::Note(_)
            | _ => prop_assert!(false, "{:?} is not asked for, or not built", action),
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(config(2_048))]

    /// Nothing panics; terms, votes, messages and deadlines are in order throughout.
    #[test]
    fn any_input_in_any_order_is_only_input(mut server in any_server(), inputs in any_inputs()) {
        for input in inputs {
            let Some(event) = play(&mut server, input) else { continue };
            let due = event == Event::Timeout && server.deadline() <= server.now;
            let actions = server.raft.step(event, server.now);
            check_actions(&mut server, &actions)?;
            let term = server.disk.view().map(raftsim_node::View::term);
            prop_assert_eq!(Some(server.raft.status().term), term);
            prop_assert!(server.raft.deadline().is_some());
            if due {
                prop_assert!(server.deadline() > server.now, "a timer that fired is set anew");
            }
        }
    }

    /// A clone is the same server: it answers the same, and goes on the same.
    #[test]
    fn step_on_a_clone_gives_what_step_gives(mut server in any_server(), inputs in any_inputs()) {
        for input in inputs {
            let Some(event) = play(&mut server, input) else { continue };
            let mut clone = server.clone();
            let actions = server.step(event.clone());
            prop_assert_eq!(&clone.step(event), &actions);
            prop_assert_eq!(state(&clone.raft), state(&server.raft));
            prop_assert_eq!(clone.timeout(), server.clone().timeout());
        }
    }

    /// A timer that is not due changes nothing, and draws nothing.
    #[test]
    fn an_early_timeout_changes_nothing(
        mut server in any_server(),
        inputs in any_inputs(),
        early in 1u64..1_000_000_000,
    ) {
        for input in inputs {
            let event = play(&mut server, input);
            if let Some(event) = event {
                server.step(event);
            }
            let now = Time::from_nanos(server.deadline().as_nanos().saturating_sub(early));
            if now < server.now {
                continue;
            }
            let mut disturbed = server.clone();
            prop_assert_eq!(disturbed.raft.step(Event::Timeout, now), Actions::new());
            prop_assert_eq!(state(&disturbed.raft), state(&server.raft));
            prop_assert_eq!(disturbed.timeout(), server.clone().timeout());
        }
    }

    /// Asking for notes adds notes, each of which names a rule, and changes nothing else.
    #[test]
    fn notes_only_explain(servers in 1u8..=5, inputs in any_inputs()) {
        let (mut silent, mut telling) = (Server::new(servers), Server::with_notes(servers));
        for input in inputs {
            play(&mut telling, input.clone());
            let Some(event) = play(&mut silent, input) else { continue };
            let mut told = telling.step(event.clone());
            for action in &told {
                if let Action::Note(why) = action {
                    let (id, _) = why.split_once(' ').unwrap();
                    prop_assert!(RULES.iter().any(|rule| rule.id == id), "{}", why);
                }
            }
            told.retain(|action| !matches!(action, Action::Note(_)));
            prop_assert_eq!(silent.step(event), told);
            prop_assert_eq!(silent.raft.status(), telling.raft.status());
            prop_assert_eq!(silent.deadline(), telling.deadline());
        }
    }

    /// Election Safety on a table top: n servers trade messages that are lost, repeated and
    /// reordered at will, crash between actions, and no term ever has two leaders.
    #[test]
    fn no_term_has_two_leaders(
        servers in 2u8..=5,
        choices in prop::collection::vec((0u8..12, any::<u16>()), 0..300),
    ) {
        elect(servers, &choices)?;
    }
}

/// Plays a cluster by those choices.
fn elect(servers: u8, choices: &[(u8, u16)]) -> Result<(), TestCaseError> {
    let mut cluster: Vec<Server> = (1..=servers).map(|id| Server::named(id, servers)).collect();
    let mut in_flight: Vec<(NodeId, NodeId, Message)> = Vec::new();
    let mut leaders = std::collections::BTreeMap::new();
    for &(what, which) in choices {
        let which = usize::from(which);
        let (slot, event) = match what {
            // Someone's timer ends.
            0..=1 => (which % cluster.len(), None),
            // Someone restarts.
            2 => {
                cluster[which % usize::from(servers)].restart();
                continue;
            }
            _ if in_flight.is_empty() => continue,
            // A message is lost.
            3 => {
                in_flight.swap_remove(which % in_flight.len());
                continue;
            }
            // A message arrives, and may arrive again.
            4..=5 => {
                let (from, to, message) = in_flight[which % in_flight.len()].clone();
                (to.slot(), Some(Event::Receive { from, message }))
            }
            _ => {
                let (from, to, message) = in_flight.remove(which % in_flight.len());
                (to.slot(), Some(Event::Receive { from, message }))
            }
        };
        let server = &mut cluster[slot];
        let event = event.or_else(|| play(server, Input::Deadline));
        let Some(event) = event else { continue };
        let actions = server.raft.step(event, server.now);
        // One list in eight is cut short by a crash.
        let done = if which % 8 == 0 { which / 8 % (actions.len() + 1) } else { actions.len() };
        let actions: Actions = actions.into_iter().take(done).collect();
        check_actions(server, &actions)?;
        let id = server.boot.id;
        for action in actions {
            if let Action::Send { to, message } = action {
                in_flight.push((id, to, message));
            }
        }
        if which % 8 == 0 {
            server.restart();
        }
        let status = server.raft.status();
        if status.is_leader() {
            prop_assert_eq!(*leaders.entry(status.term).or_insert(id), id);
        }
    }
    Ok(())
}

#[test]
fn a_server_claims_nothing_of_logs() {
    assert!(!Raft::claims(&Config::default()).own_entries);
}
