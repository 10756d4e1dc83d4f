//! What is true of every server, whatever it receives, in whatever order.

use std::cell::RefCell;
use std::collections::BTreeMap;

use proptest::prelude::*;
use proptest::test_runner::{Config as ProptestConfig, RngSeed, TestRunner};
use raftsim_node::{Action, Bytes, CallId, Duration, Event, Message as _, Node, NodeId};
use raftsim_node::{Disk as _, Index, Promise, ProposalId, Snapshot, Term, Time};
use raftsim_raft::{Answer, AppendEntries, AppendEntriesReply, Config, Disk, Entries};
use raftsim_raft::{InstallSnapshot, InstallSnapshotReply, Message, PreVote, PreVoteReply};
use raftsim_raft::{RULES, Raft, RequestVote, RequestVoteReply, Vote, Write};

use crate::server::{Actions, Server, entries};

/// Runs `cases` cases, the same ones every time.
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

/// Mostly a small term, so that servers meet in one; sometimes one of the largest; sometimes any.
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
    let request_vote = (any_term(), any_id(), any_index(), any_term(), any::<bool>());
    let append = (any_term(), any_index(), any_term(), any_index(), 0usize..3);
    prop_oneof![
        request_vote.prop_map(|(term, candidate_id, last_log_index, last_log_term, disrupts)| {
            Message::RequestVote(RequestVote {
                term,
                candidate_id,
                last_log_index,
                last_log_term,
                disrupts,
            })
        }),
        (any_term(), any_index(), any_term()).prop_map(|(term, last_log_index, last_log_term)| {
            Message::PreVote(PreVote { term, last_log_index, last_log_term })
        }),
        (any_term(), any::<bool>()).prop_map(|(term, vote_granted)| {
            Message::PreVoteReply(PreVoteReply { term, vote_granted })
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
            let snapshot = Snapshot::new(index, last_term, Bytes::from("x"));
            Message::InstallSnapshot(InstallSnapshot { term, snapshot })
        }),
        (any_term(), prop::option::of(any_index())).prop_map(|(term, match_index)| {
            Message::InstallSnapshotReply(InstallSnapshotReply { term, match_index })
        }),
    ]
}

/// A message from any server. Most requests for a vote are from the candidate that they name.
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
        1 => Just(Event::Campaign),
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

/// Inputs, each once or twice: networks repeat messages.
fn any_inputs() -> impl Strategy<Value = Vec<Input>> {
    prop::collection::vec((any_input(), any::<bool>()), 0..80).prop_map(|inputs| {
        inputs
            .into_iter()
            .flat_map(|(input, twice)| vec![input; if twice { 2 } else { 1 }])
            .collect()
    })
}

/// The settings about elections, each on or off.
fn any_config() -> impl Strategy<Value = Config> {
    any::<(bool, bool)>().prop_map(|(pre_vote, protect_leader)| Config {
        pre_vote,
        protect_leader,
        ..Config::default()
    })
}

/// A server that was just booted, a candidate (with pre-vote one that asks), or a leader.
fn any_server() -> impl Strategy<Value = Server> {
    let disk = (0u64..4, prop::option::of(1u8..=5), 0usize..4).prop_map(|(term, vote, length)| {
        let terms = &[1, 1, 2][..length];
        // No entry is of a later term than its server.
        let term = terms.last().map_or(term, |&last| term.max(last));
        Disk::new(term, vote.map(NodeId::new), entries(terms))
    });
    (1u8..=5, 0u8..3, disk, any_config()).prop_map(|(servers, stage, disk, config)| {
        let mut server = Server::set_with_disk(1, servers, disk, config);
        match stage {
            0 => {}
            1 => drop(server.timeout()),
            _ => server = server.elected(),
        }
        server
    })
}

/// Does what `input` asks, but for an event, which it returns.
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

/// A server's state as text. The state of its random numbers shows only in deadlines to come.
fn state(raft: &Raft) -> String {
    format!("{raft:?}")
}

/// The terms of the snapshot's last entry and of the log's entries, and the current term.
fn terms(disk: &Disk) -> Vec<Term> {
    let view = disk.view().expect("our disk offers a view");
    let snapshot = disk.snapshot().map(Snapshot::known_term);
    let log = (view.first_index()..=view.last_index())
        .map(|index| view.entry(index).expect("the log has no gap").0);
    snapshot.into_iter().chain(log).chain([view.term()]).collect()
}

/// Does the actions one by one, and compares each with the disk at that moment. `applied` is the
/// index of the last entry that the service has.
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
                        prop_assert!(!entries.is_empty(), "a write brings at least one entry");
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
                prop_assert_eq!(*index, last, "an accepted entry is durable");
            }
            Action::Apply { index, term, command } => {
                *applied += 1;
                prop_assert_eq!(*index, *applied, "in order, once");
                let applied = term.map(|term| (term, command.as_ref()));
                prop_assert_eq!(view.entry(*index), applied);
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

    /// Nothing panics, and terms, votes, messages and deadlines keep to the rules throughout.
    #[test]
    fn no_input_in_any_order_breaks_a_server(mut server in any_server(), inputs in any_inputs()) {
        let mut applied = server.raft.status().commit.expect("our Raft reports it");
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
            prop_assert_eq!(server.raft.status().commit, Some(applied), "committed means applied");
            let term = server.disk.view().map(raftsim_node::View::term);
            prop_assert_eq!(Some(server.raft.status().term), term);
            prop_assert!(server.raft.deadline().is_some());
            prop_assert!(terms(&server.disk).is_sorted(), "terms never fall along the log");
            if due {
                prop_assert!(server.deadline() > server.now, "a timer that ended is set again");
            }
        }
    }

    /// A clone is the same server: it returns the same actions, now and later.
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

    /// A timeout before the deadline changes nothing, and draws no random number.
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

    /// A server that is asked for notes returns notes, each of which names a rule. Nothing else
    /// changes.
    #[test]
    fn notes_only_explain(servers in 1u8..=5, inputs in any_inputs()) {
        let (mut silent, mut noting) = (Server::new(servers), Server::with_notes(servers));
        for input in inputs {
            play(&mut noting, input.clone());
            let Some(event) = play(&mut silent, input) else { continue };
            let mut noted = noting.step(event.clone());
            for action in &noted {
                if let Action::Note(why) = action {
                    let (id, _) = why.split_once(' ').unwrap();
                    prop_assert!(RULES.iter().any(|rule| rule.id == id), "{}", why);
                }
            }
            noted.retain(|action| !matches!(action, Action::Note(_)));
            prop_assert_eq!(silent.step(event), noted);
            prop_assert_eq!(silent.raft.status(), noting.raft.status());
            prop_assert_eq!(silent.deadline(), noting.deadline());
        }
    }
}

/// Safety of a small cluster: messages are lost, repeated and reordered, clients propose, logs are
/// compacted, servers are cut off and crash between actions. No term ever has two leaders, and no
/// index is ever applied as two entries.
#[test]
fn no_term_has_two_leaders_and_no_index_two_entries() {
    let played = RefCell::new(Tally::default());
    let choices = prop::collection::vec(any_choice(), 1_500..3_000);
    let at_once = prop::sample::select(vec![1, 2, 3, 1024]);
    let verdict = TestRunner::new(config(256)).run(
        &(2u8..=5, at_once, any_config(), choices),
        |(servers, at_once, config, choices)| {
            let mut cluster = Cluster::new(servers, at_once, &config);
            choices.into_iter().try_for_each(|choice| cluster.choose(choice))?;
            let mut played = played.borrow_mut();
            played.commits += cluster.history.len();
            played.overwrites += cluster.seen.overwrites;
            played.restores += cluster.seen.restores;
            Ok(())
        },
    );
    verdict.unwrap_or_else(|red| panic!("{red}"));
    // A cluster in which little happens proves little.
    let Tally { commits, overwrites, restores } = played.into_inner();
    assert!(commits >= 10_000, "{commits} entries were committed");
    assert!(overwrites >= 600, "{overwrites} appends overwrote something");
    assert!(restores >= 200, "{restores} snapshots were restored");
}

/// How often what should happen did.
#[derive(Debug, Default)]
struct Tally {
    commits: usize,
    overwrites: usize,
    restores: usize,
}

/// What may happen next in the cluster.
#[derive(Clone, Copy, Debug)]
enum Move {
    /// The message that was sent first arrives, or any one does.
    Deliver { first: bool },
    /// A message arrives, and a copy stays in flight.
    Repeat,
    /// A message is lost.
    Lose,
    /// The timer of some server ends, or that of some leader.
    Timer { leads: bool },
    /// A client proposes a command to a leader, if there is one.
    Propose,
    /// A server's service makes a snapshot of all that it has applied.
    Compact,
    /// Some servers are cut off from the others, or none is.
    Part,
}

/// A move; a number that chooses the server or the message; and sometimes the number of actions
/// after which the server crashes.
type Choice = (Move, u16, Option<usize>);

/// Mostly deliveries, so that most terms have a leader that gets something done.
fn any_choice() -> impl Strategy<Value = Choice> {
    let next = prop_oneof![
        60 => Just(Move::Deliver { first: true }),
        30 => Just(Move::Deliver { first: false }),
        8 => Just(Move::Repeat),
        6 => Just(Move::Lose),
        5 => Just(Move::Timer { leads: false }),
        5 => Just(Move::Timer { leads: true }),
        12 => Just(Move::Propose),
        2 => Just(Move::Compact),
        2 => Just(Move::Part),
    ];
    (next, any::<u16>(), prop::option::weighted(0.02, 0usize..6))
}

/// A small cluster.
struct Cluster {
    servers: Vec<Server>,
    in_flight: Vec<(NodeId, NodeId, Message)>,
    /// By server: whether it is cut off from those that are not cut off.
    is_cut_off: Vec<bool>,
    /// By server: the index of the last entry that its service has.
    applied: Vec<u64>,
    /// The leader of each term, and the entry that was applied first at each index. There is only
    /// one of each.
    leaders: BTreeMap<Term, NodeId>,
    history: BTreeMap<Index, (Term, Option<Bytes>)>,
    seen: Tally,
}

impl Cluster {
    fn new(servers: u8, entries_at_once: usize, config: &Config) -> Self {
        let config = Config { entries_at_once, ..config.clone() };
        let places = usize::from(servers);
        Self {
            servers: (1..=servers).map(|id| Server::set(id, servers, config.clone())).collect(),
            in_flight: Vec::new(),
            is_cut_off: vec![false; places],
            applied: vec![0; places],
            leaders: BTreeMap::new(),
            history: BTreeMap::new(),
            seen: Tally::default(),
        }
    }

    fn choose(&mut self, (next, which, crash_after): Choice) -> Result<(), TestCaseError> {
        let which = usize::from(which);
        let (slot, event) = match next {
            Move::Timer { leads } => {
                let slot = if leads { self.leader(which) } else { which % self.servers.len() };
                let Some(due) = play(&mut self.servers[slot], Input::Deadline) else {
                    return Ok(());
                };
                (slot, due)
            }
            Move::Propose => {
                let command = Bytes::from(which.to_string().as_str());
                (self.leader(which), Event::Propose { id: ProposalId(3), command })
            }
            Move::Compact => {
                let slot = which % self.servers.len();
                let (through, snapshot) = (self.applied[slot], Bytes::from("x"));
                (slot, Event::Compact { through, snapshot })
            }
            Move::Part => {
                // Half of the times no server is cut off.
                let sides = if which % 2 == 0 { 0 } else { which / 2 };
                for (slot, is_cut_off) in self.is_cut_off.iter_mut().enumerate() {
                    *is_cut_off = sides >> slot & 1 == 1;
                }
                return Ok(());
            }
            _ if self.in_flight.is_empty() => return Ok(()),
            Move::Lose => {
                self.in_flight.swap_remove(which % self.in_flight.len());
                return Ok(());
            }
            Move::Repeat => arrives(self.in_flight[which % self.in_flight.len()].clone()),
            Move::Deliver { first } => {
                let place = if first { 0 } else { which % self.in_flight.len() };
                arrives(self.in_flight.remove(place))
            }
        };
        self.step(slot, event, crash_after)
    }

    /// A leader, or any server if there is none.
    fn leader(&self, which: usize) -> usize {
        let is_leader = |&slot: &usize| self.servers[slot].raft.status().is_leader();
        let leaders: Vec<usize> = (0..self.servers.len()).filter(is_leader).collect();
        if leaders.is_empty() { which % self.servers.len() } else { leaders[which % leaders.len()] }
    }

    /// Takes one event, and does its actions until the server crashes, if it does.
    fn step(
        &mut self,
        slot: usize,
        event: Event<Message>,
        crash_after: Option<usize>,
    ) -> Result<(), TestCaseError> {
        let server = &mut self.servers[slot];
        let last = server.disk.view().expect("our disk offers a view").last_index();
        let mut actions = server.raft.step(event, server.now);
        actions.truncate(crash_after.unwrap_or(usize::MAX));
        check_actions(server, &actions, &mut self.applied[slot])?;
        let (id, status) = (server.boot.id, server.raft.status());
        if crash_after.is_some() {
            server.restart();
            self.applied[slot] = server.disk.snapshot().map_or(0, |snapshot| snapshot.index);
        } else if status.is_leader() {
            prop_assert_eq!(*self.leaders.entry(status.term).or_insert(id), id);
        }
        for action in actions {
            match action {
                Action::Send { to, message } => {
                    if self.is_cut_off[slot] == self.is_cut_off[to.slot()] {
                        self.in_flight.push((id, to, message));
                    }
                }
                Action::Apply { index, term, command } => {
                    let entry = (term.expect("it is known"), command);
                    let first = self.history.entry(index).or_insert_with(|| entry.clone());
                    prop_assert_eq!(&*first, &entry, "at {}", index);
                }
                Action::Persist(Write::Entries { from, .. }) => {
                    self.seen.overwrites += usize::from(from <= last);
                }
                Action::Restore { .. } => self.seen.restores += 1,
                Action::Persist(_)
                | Action::Accept { .. }
                | Action::Reject { .. }
                | Action::Note(_)
                | _ => {}
            }
        }
        Ok(())
    }
}

/// The server that a message is for, and the event of its arrival.
fn arrives((from, to, message): (NodeId, NodeId, Message)) -> (usize, Event<Message>) {
    (to.slot(), Event::Receive { from, message })
}

#[test]
fn a_server_claims_nothing_of_logs() {
    assert!(!Raft::claims(&Config::default()).own_entries);
}

/// A log in the simplest form: the terms of all entries from index 1 on, and how many of them are
/// compacted.
#[derive(Clone, Debug, Default)]
struct Model {
    terms: Vec<u64>,
    compacted: usize,
}

proptest! {
    #![proptest_config(config(1_024))]

    /// Compares log and disk with a simple list, after appends, overwrites and snapshots.
    #[test]
    fn a_disk_is_a_list_without_its_compacted_beginning(
        steps in prop::collection::vec((0usize..8, 0usize..4, any::<bool>(), any::<bool>()), 0..40),
    ) {
        let (mut disk, mut model) = (Disk::default(), Model::default());
        let mut top = 1;
        for (place, count, compacts, foreign) in steps {
            if compacts {
                let index = model.compacted + 1 + place;
                let own = model.terms.get(index - 1).copied();
                top += u64::from(foreign);
                let term = if foreign { top } else { own.unwrap_or(top) };
                let snapshot = Snapshot::new(index as u64, term, Bytes::from("x"));
                disk.write(Write::Snapshot(snapshot));
                if own != Some(term) {
                    model.terms.truncate(index);
                    model.terms.resize(index, term);
                }
                model.compacted = index;
            } else {
                let from = model.compacted + place.min(model.terms.len() - model.compacted);
                top += u64::from(foreign);
                let new = entries(&vec![top; count + 1]);
                let write = Entries::from(&new[..]);
                disk.write(Write::Entries { from: from as u64 + 1, entries: write });
                model.terms.truncate(from);
                model.terms.extend(new.iter().map(|entry| entry.term));
            }
            let view = disk.view().expect("our disk offers a view");
            prop_assert_eq!(view.first_index(), model.compacted as u64 + 1);
            prop_assert_eq!(view.last_index(), model.terms.len() as u64);
            for (slot, &term) in model.terms.iter().enumerate() {
                let seen = view.entry(slot as u64 + 1).map(|(term, _)| term);
                prop_assert_eq!(seen, (slot >= model.compacted).then_some(term));
            }
        }
    }

    /// Compares the commit index with a count over all logs, whatever the followers reply.
    #[test]
    fn a_leader_commits_what_a_simple_count_says(
        servers in 1u8..=7,
        older in 0usize..4,
        new in 0u64..5,
        answers in prop::collection::vec((2u8..=7, 0u64..9), 0..40),
    ) {
        let disk = Disk::new(1, None, entries(&[1, 1, 1][..older.min(3)]));
        let mut server = Server::with_disk(servers, disk).elected();
        let older = older.min(3) as u64;
        for _ in 0..new {
            server.step(Event::Propose { id: ProposalId(3), command: Bytes::from("x") });
        }
        let last = older + new;
        let mut stored = vec![0; usize::from(servers)];
        stored[0] = last;
        let mut committed = 0;
        for (from, match_index) in answers {
            if from <= servers {
                server.receive(from, crate::server::matched(2, match_index));
                let slot = usize::from(from - 1);
                if match_index <= last {
                    stored[slot] = stored[slot].max(match_index);
                }
            }
            for index in older + 1..=last {
                if stored.iter().filter(|&&through| through >= index).count() * 2 > stored.len() {
                    committed = committed.max(index);
                }
            }
            prop_assert_eq!(server.raft.status().commit, Some(committed));
        }
    }
}
