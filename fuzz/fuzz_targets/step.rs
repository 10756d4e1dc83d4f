//! One server of our Raft under hostile input: whatever it receives, in whatever order, it must not
//! panic, and what it sends must agree with its disk.
//!
//! The bytes are read as a cluster, a disk and then events: messages with any terms and indexes,
//! timeouts on time and early, proposals, compactions, orders to stand for election, failed calls,
//! and crashes between any two actions. Input that ends early ends the run.

#![no_main]

use std::sync::Arc;

use libfuzzer_sys::arbitrary::{Result, Unstructured};
use libfuzzer_sys::fuzz_target;
use raftsim_node::{Action, ActionOf, Boot, Bytes, CallId, Disk as _, Duration, Event};
use raftsim_node::{Index, Message as _, Node, NodeId, ProposalId, Snapshot, Term, Time};
use raftsim_raft::{Answer, AppendEntries, AppendEntriesReply, Config, Disk, Entries, Entry};
use raftsim_raft::{InstallSnapshot, InstallSnapshotReply, Message, PreVote, PreVoteReply, Raft};
use raftsim_raft::{RequestVote, RequestVoteReply};

fuzz_target!(|data: &[u8]| {
    // An error says that the bytes have run out.
    let _ = play(&mut Unstructured::new(data));
});

/// Server n1 with its disk and its clock.
struct Server {
    raft: Raft,
    disk: Disk,
    now: Time,
    config: Config,
    boot: Boot,
}

fn play(input: &mut Unstructured<'_>) -> Result<()> {
    let mut server = boot(input)?;
    while !input.is_empty() {
        match input.int_in_range(0..=19)? {
            0 => server.wait(Duration::from_millis(input.int_in_range(0..=1_000)?)),
            1 => server.wait(Duration::from_nanos(any_number(input)?)),
            2 => server.restart(),
            3..=5 => {
                server.now = server.now.max(server.deadline());
                server.step(Event::Timeout);
            }
            6 => {
                let event = any_event(input)?;
                let done = input.int_in_range(0..=6)?;
                server.crash_after(event, done);
            }
            _ => {
                let event = any_event(input)?;
                server.step(event);
            }
        }
    }
    Ok(())
}

fn boot(input: &mut Unstructured<'_>) -> Result<Server> {
    let voters: Arc<[NodeId]> = (1..=input.int_in_range(1..=7)?).map(NodeId::new).collect();
    let boot = Boot::new(NodeId::new(1), voters, input.arbitrary()?).with_notes(input.arbitrary()?);
    let config = Config {
        check_quorum: input.arbitrary()?,
        pre_vote: input.arbitrary()?,
        protect_leader: input.arbitrary()?,
        entries_at_once: input.int_in_range(1..=4)?,
        ..Config::default()
    };
    // A disk that a run may have left: terms that never fall, up to the current one.
    let mut terms: Vec<Term> = (0..input.int_in_range(0..=4)?)
        .map(|_| input.int_in_range(1..=4))
        .collect::<Result<_>>()?;
    terms.sort_unstable();
    let current_term = any_number(input)?.max(terms.last().copied().unwrap_or(0));
    let vote = if input.arbitrary()? { Some(any_id(input)?) } else { None };
    let log = terms.into_iter().map(|term| Entry { term, command: "old".into() }).collect();
    let disk = Disk::new(current_term, vote, log);
    let now = Time::from_nanos(any_number(input)?);
    let raft = Raft::boot(&config, &boot, &disk, now);
    Ok(Server { raft, disk, now, config, boot })
}

impl Server {
    fn wait(&mut self, span: Duration) {
        self.now = self.now.saturating_add(span);
    }

    fn deadline(&self) -> Time {
        self.raft.deadline().expect("some timer always runs")
    }

    fn restart(&mut self) {
        self.boot.seed = self.boot.seed.wrapping_add(1);
        self.raft = Raft::boot(&self.config, &self.boot, &self.disk, self.now);
    }

    /// One event, and all actions that it leads to.
    fn step(&mut self, event: Event<Message>) {
        let is_due = event == Event::Timeout && self.deadline() <= self.now;
        let actions = self.raft.step(event, self.now);
        actions.iter().for_each(|action| self.obey(action));
        let is_over = self.now == Time::MAX;
        assert!(
            !is_due || is_over || self.deadline() > self.now,
            "a timer that ended is set again"
        );
    }

    /// One event, a crash after the first `done` actions that it leads to, and a restart.
    fn crash_after(&mut self, event: Event<Message>, done: usize) {
        let actions = self.raft.step(event, self.now);
        actions.iter().take(done).for_each(|action| self.obey(action));
        self.restart();
    }

    /// Does one action, as far as the disk is concerned.
    fn obey(&mut self, action: &ActionOf<Raft>) {
        match action {
            Action::Persist(write) => drop(self.disk.write(write.clone())),
            Action::Send { to, message } => {
                let view = self.disk.view().expect("our disk offers a view");
                assert_ne!(*to, self.boot.id, "no server sends to itself");
                assert_eq!(
                    message.term(),
                    Some(view.term()),
                    "the term is written before it is sent"
                );
            }
            Action::Accept { .. }
            | Action::Reject { .. }
            | Action::Apply { .. }
            | Action::Restore { .. }
            | Action::Note(_)
            | Action::Output(_)
            | _ => {}
        }
    }
}

fn any_event(input: &mut Unstructured<'_>) -> Result<Event<Message>> {
    Ok(match input.int_in_range(0..=15)? {
        0 => Event::Timeout,
        1 => Event::Campaign,
        2 | 3 => Event::Propose { id: ProposalId(1), command: any_bytes(input)? },
        4 | 5 => Event::Compact { through: any_number(input)?, snapshot: any_bytes(input)? },
        6 => Event::CallFailed { to: any_id(input)?, call: CallId(any_number(input)?) },
        _ => Event::Receive { from: any_id(input)?, message: any_message(input)? },
    })
}

fn any_message(input: &mut Unstructured<'_>) -> Result<Message> {
    let term: Term = any_number(input)?;
    Ok(match input.int_in_range(0..=7)? {
        0 => Message::RequestVote(RequestVote {
            term,
            candidate_id: any_id(input)?,
            last_log_index: any_number(input)?,
            last_log_term: any_number(input)?,
            disrupts: input.arbitrary()?,
        }),
        1 => Message::RequestVoteReply(RequestVoteReply {
            term,
            vote_granted: input.arbitrary()?,
            candidate_id: any_id(input)?,
        }),
        2 => Message::AppendEntries(AppendEntries {
            term,
            prev_log_index: any_number(input)?,
            prev_log_term: any_number(input)?,
            entries: any_entries(input)?,
            leader_commit: any_number(input)?,
        }),
        3 => Message::AppendEntriesReply(AppendEntriesReply { term, answer: any_answer(input)? }),
        4 => {
            let (index, last_term) = (any_number(input)?, any_number(input)?);
            let snapshot = Snapshot::new(index, last_term, any_bytes(input)?);
            Message::InstallSnapshot(InstallSnapshot { term, snapshot })
        }
        5 => Message::PreVote(PreVote {
            term,
            last_log_index: any_number(input)?,
            last_log_term: any_number(input)?,
        }),
        6 => Message::PreVoteReply(PreVoteReply { term, vote_granted: input.arbitrary()? }),
        _ => {
            let match_index = if input.arbitrary()? { Some(any_number(input)?) } else { None };
            Message::InstallSnapshotReply(InstallSnapshotReply { term, match_index })
        }
    })
}

fn any_answer(input: &mut Unstructured<'_>) -> Result<Answer> {
    Ok(match input.int_in_range(0..=2)? {
        0 => Answer::Stale,
        1 => Answer::Success { match_index: any_number(input)? },
        _ => Answer::Conflict {
            prev_log_index: any_number(input)?,
            conflict_term: if input.arbitrary()? { Some(any_number(input)?) } else { None },
            conflict_index: any_number(input)?,
        },
    })
}

fn any_entries(input: &mut Unstructured<'_>) -> Result<Entries> {
    let count = input.int_in_range(0..=4)?;
    let entry = |_| Ok(Entry { term: any_number(input)?, command: any_bytes(input)? });
    let entries: Vec<Entry> = (0..count).map(entry).collect::<Result<_>>()?;
    Ok(Entries::from(&entries[..]))
}

/// A term, an index or a time: mostly a small number, so that servers agree now and then; sometimes
/// one of the largest; sometimes any.
fn any_number(input: &mut Unstructured<'_>) -> Result<Index> {
    Ok(match input.int_in_range(0..=15)? {
        0 => input.arbitrary()?,
        1 => u64::MAX - input.int_in_range(0..=2)?,
        _ => input.int_in_range(0..=7)?,
    })
}

/// A server of the cluster, or one beyond it.
fn any_id(input: &mut Unstructured<'_>) -> Result<NodeId> {
    Ok(NodeId::new(input.int_in_range(1..=8)?))
}

fn any_bytes(input: &mut Unstructured<'_>) -> Result<Bytes> {
    let length = input.int_in_range(0..=12)?;
    Ok(Bytes::from(input.bytes(length)?))
}
