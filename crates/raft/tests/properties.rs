//! What holds of every server, whatever it is told, in whatever order.

use proptest::prelude::*;
use proptest::test_runner::{Config as ProptestConfig, RngSeed};
use raftsim_node::{Action, Bytes, CallId, Duration, Event, Message as _, Node, NodeId};
use raftsim_node::{Disk as _, Promise, ProposalId, Snapshot, Time};
use raftsim_raft::{Answer, AppendEntries, AppendEntriesReply, Config, Disk, Entries};
use raftsim_raft::{InstallSnapshot, InstallSnapshotReply, Message, RULES, Raft};
use raftsim_raft::{RequestVote, RequestVoteReply, Vote, Write};

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

fn any_answer() -> impl Strategy<Value = Answer> {
    let conflict = (any_index(), prop::option::of(any_term()), any_index());
    prop_oneof![
        1 => Just(Answer::Stale),
        4 => any_index().prop_map(|match_index| Answer::Success { match_index }),
        4 => conflict.prop_map(|(prev_log_index, conflict_term, conflict_index)| {
            Answer::Conflict { prev_log_index, conflict_term, conflict_index }
        }),
    ]
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
        (any_term(), any_answer()).prop_map(|(term, answer)| {
            Message::AppendEntriesReply(AppendEntriesReply { term, answer })
        }),
        (any_term(), any_index(), any_term()).prop_map(|(term, index, last_term)| {
            let snapshot = Snapshot { index, term: last_term, data: Bytes::from("x") };
            Message::InstallSnapshot(InstallSnapshot { term, snapshot })
        }),
        (any_term(), prop::option::of(any_index())).prop_map(|(term, match_index)| {
            Message::InstallSnapshotReply(InstallSnapshotReply { term, match_index })
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
        4 => Just(Event::Propose { id: ProposalId(3), command: Bytes::from("x") }),
        3 => any_index().prop_map(|through| {
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

/// Does the list's actions one by one, holding each to the disk of its moment; `applied` is the last
/// entry that the service has.
fn check_actions(
    server: &mut Server,
    actions: &Actions,
    applied: &mut u64,
) -> Result<(), TestCaseError> {
    for action in actions {
        let view = server.disk.view().expect("our disk offers a view");
        let (term, voted_for, last) = (view.term(), view.voted_for(), view.last_index());
        match action {
            Action::Persist(write) => {
                match write {
                    Write::Vote(Vote { current_term, voted_for: now_for }) => {
                        prop_assert!(*current_term >= term, "the term never goes back");
                        if *current_term == term {
                            prop_assert!(voted_for.is_none(), "the vote of a term never changes");
                            prop_assert!(now_for.is_some(), "nothing is written twice");
                        }
                    }
                    Write::Entries { from, entries } => {
                        prop_assert!(*applied < *from, "what is applied is not overwritten");
                        prop_assert!(*from <= last + 1, "the log has no gap");
                        prop_assert!(!entries.is_empty(), "nothing is written for nothing");
                    }
                    Write::Snapshot(Snapshot { index, .. }) => {
                        let before = server.disk.snapshot().map_or(0, |it| it.index);
                        prop_assert!(*index > before, "a snapshot never goes back");
                    }
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
                    Some(Promise::Stored { through }) => prop_assert!(through <= last),
                    promise => prop_assert!(promise.is_none(), "{:?}", promise),
                }
            }
            Action::Reject { id, .. } => prop_assert_eq!(*id, ProposalId(3)),
            Action::Accept { id, index, .. } => {
                prop_assert_eq!(*id, ProposalId(3));
                prop_assert_eq!(*index, last, "accepted is durable");
            }
            Action::Apply { index, term, command } => {
                *applied += 1;
                prop_assert_eq!(*index, *applied, "in order, once");
                prop_assert_eq!(view.entry(*index), Some((*term, command.as_ref())));
            }
            Action::Restore { index, .. } => {
                prop_assert!(*index > *applied, "the service never goes back");
                *applied = *index;
            }
            Action::Note(_) | _ => prop_assert!(false, "{:?} is not asked for", action),
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(config(2_048))]

    /// Nothing panics; terms, votes, messages and deadlines are in order throughout.
    #[test]
    fn any_input_in_any_order_is_only_input(mut server in any_server(), inputs in any_inputs()) {
        let mut applied = server.raft.status().commit.expect("it tells");
        for input in inputs {
            let restarts = matches!(input, Input::Restart);
            let event = play(&mut server, input);
            if restarts {
                applied = server.disk.snapshot().map_or(0, |snapshot| snapshot.index);
            }
            let Some(event) = event else { continue };
            let due = event == Event::Timeout && server.deadline() <= server.now;
            let actions = server.raft.step(event, server.now);
            check_actions(&mut server, &actions, &mut applied)?;
            prop_assert_eq!(server.raft.status().commit, Some(applied), "all that is committed");
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

    /// Safety on a table top: n servers trade messages that are lost, repeated and reordered at
    /// will, take proposals, fold their logs, crash between actions; no term ever has two leaders,
    /// and no index is ever applied as two entries.
    #[test]
    fn no_term_has_two_leaders_and_no_index_two_entries(
        servers in 2u8..=5,
        choices in prop::collection::vec((0u8..15, any::<u16>()), 0..400),
    ) {
        trade(servers, &choices)?;
    }
}

/// Starts another life; says what its service begins with.
fn restart(server: &mut Server) -> u64 {
    server.restart();
    server.disk.snapshot().map_or(0, |snapshot| snapshot.index)
}

/// Plays a cluster by those choices.
fn trade(servers: u8, choices: &[(u8, u16)]) -> Result<(), TestCaseError> {
    let mut cluster: Vec<Server> = (1..=servers).map(|id| Server::named(id, servers)).collect();
    let mut in_flight: Vec<(NodeId, NodeId, Message)> = Vec::new();
    let mut leaders = std::collections::BTreeMap::new();
    let mut history = std::collections::BTreeMap::new();
    let mut applied = vec![0; usize::from(servers)];
    for &(what, which) in choices {
        let which = usize::from(which);
        let (slot, event) = match what {
            // Someone's timer ends.
            0..=1 => (which % cluster.len(), None),
            // Someone restarts.
            2 => {
                let slot = which % usize::from(servers);
                applied[slot] = restart(&mut cluster[slot]);
                continue;
            }
            // A client asks someone, who may lead.
            12 | 13 => {
                let command = Bytes::from(format!("{which}").as_str());
                (which % cluster.len(), Some(Event::Propose { id: ProposalId(3), command }))
            }
            // Someone's service has folded all that it applied.
            14 => {
                let slot = which % cluster.len();
                let (through, snapshot) = (applied[slot], Bytes::from("x"));
                (slot, Some(Event::Compact { through, snapshot }))
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
        check_actions(server, &actions, &mut applied[slot])?;
        let id = server.boot.id;
        for action in actions {
            match action {
                Action::Send { to, message } => in_flight.push((id, to, message)),
                Action::Apply { index, term, command } => {
                    let first = history.entry(index).or_insert((term, command.clone()));
                    prop_assert_eq!(first, &mut (term, command), "at {}", index);
                }
                Action::Persist(_)
                | Action::Accept { .. }
                | Action::Reject { .. }
                | Action::Restore { .. }
                | Action::Note(_)
                | _ => {}
            }
        }
        if which % 8 == 0 {
            applied[slot] = restart(server);
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

/// A log as anyone would write it: every entry from index 1 on, and how many are folded.
#[derive(Clone, Debug, Default)]
struct Model {
    terms: Vec<u64>,
    folded: usize,
}

proptest! {
    #![proptest_config(config(1_024))]

    /// Log and disk against a plain list, under appends, overwrites and snapshots.
    #[test]
    fn a_disk_is_a_list_with_its_beginning_folded(
        steps in prop::collection::vec((0usize..8, 0usize..4, any::<bool>(), any::<bool>()), 0..40),
    ) {
        let (mut disk, mut model) = (Disk::default(), Model::default());
        let mut top = 1;
        for (place, count, folds, foreign) in steps {
            if folds {
                let index = model.folded + 1 + place;
                let own = model.terms.get(index - 1).copied();
                top += u64::from(foreign);
                let term = if foreign { top } else { own.unwrap_or(top) };
                let snapshot = Snapshot { index: index as u64, term, data: Bytes::from("x") };
                disk.write(Write::Snapshot(snapshot));
                if own != Some(term) {
                    model.terms.truncate(index);
                    model.terms.resize(index, term);
                }
                model.folded = index;
            } else {
                let from = model.folded + place.min(model.terms.len() - model.folded);
                top += u64::from(foreign);
                let new = entries(&vec![top; count + 1]);
                let write = Entries::from(&new[..]);
                disk.write(Write::Entries { from: from as u64 + 1, entries: write });
                model.terms.truncate(from);
                model.terms.extend(new.iter().map(|entry| entry.term));
            }
            let view = disk.view().expect("our disk offers a view");
            prop_assert_eq!(view.first_index(), model.folded as u64 + 1);
            prop_assert_eq!(view.last_index(), model.terms.len() as u64);
            for (slot, &term) in model.terms.iter().enumerate() {
                let seen = view.entry(slot as u64 + 1).map(|(term, _)| term);
                prop_assert_eq!(seen, (slot >= model.folded).then_some(term));
            }
        }
    }

    /// The committed index against a count of all logs, whatever followers say, in any order.
    #[test]
    fn a_leader_commits_what_a_dumb_count_does(
        servers in 1u8..=7,
        older in 0usize..4,
        new in 0u64..5,
        answers in prop::collection::vec((2u8..=7, 0u64..9), 0..40),
    ) {
        let disk = Disk::new(1, None, entries(&[1, 1, 1][..older.min(3)]));
        let mut server = Server::with_disk(servers, disk).elected_with_commit();
        let older = older.min(3) as u64;
        for _ in 0..new {
            server.step(Event::Propose { id: ProposalId(3), command: Bytes::from("x") });
        }
        let last = older + new;
        let mut held = vec![0; usize::from(servers)];
        held[0] = last;
        let mut committed = 0;
        for (from, match_index) in answers {
            if from <= servers {
                server.receive(from, crate::server::matched(2, match_index));
                let slot = usize::from(from - 1);
                if match_index <= last {
                    held[slot] = held[slot].max(match_index);
                }
            }
            for index in older + 1..=last {
                if held.iter().filter(|&&through| through >= index).count() * 2 > held.len() {
                    committed = committed.max(index);
                }
            }
            prop_assert_eq!(server.raft.status().commit, Some(committed));
        }
    }
}
