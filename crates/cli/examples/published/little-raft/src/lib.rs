//! The crate `little_raft` as a node of raftsim. It runs in a loop of its own, which sleeps, and keeps
//! its state to itself. The loop is let go round once for each event, and what the server is can be
//! told from what it does.
//!
//! - An election timer of length zero is over when the loop asks for it. So a round without a word on
//!   a channel is an election timeout, and any other handles what the word announces. The node has the
//!   timer that the crate would have, and sets it where the crate sets it.
//! - A leader's timer never fires: `crossbeam`, beside this crate, sees to that. A leader broadcasts
//!   the same in the round for new commands, of which there may be none, as it does at a heartbeat.
//! - It keeps neither term nor vote nor log on a disk. A server that has crashed begins anew.
//!
//! | module | owns |
//! |---|---|
//! | `message` | the messages |
//! | `outside` | what the crate asks of its user, which writes down what a round did |

mod message;
mod outside;

use std::ops::Range;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration as StdDuration;

use crossbeam_channel::{Receiver, Sender, unbounded};
use little_raft::message::Message as Theirs;
use little_raft::replica::Replica;
use raftsim::{
    Action, ActionOf, Boot, Claims, Command, Disk, Duration, Event, Index, Node, NodeId,
    ProposalId, Random, Role, Status, Term, Time, Touched,
};

pub use message::{Rpc, Transition};
use outside::{Did, Machine, Outside};

const HEARTBEAT: Duration = Duration::from_millis(100);
/// Two to three times the time between two heartbeats, as its documentation advises.
const ELECTION: Range<Duration> = Duration::from_millis(200)..Duration::from_millis(300);

/// A server.
pub struct LittleRaft {
    id: NodeId,
    replica: Replica<Outside, Machine, Transition, ()>,
    outside: Arc<Mutex<Outside>>,
    machine: Arc<Mutex<Machine>>,
    messages: Words,
    transitions: Words,
    seen: Seen,
    random: Random,
    election_due: Time,
    heartbeat_due: Time,
}

/// What can be told of a server from what it does.
#[derive(Clone, Copy, Debug)]
struct Seen {
    role: Role,
    term: Term,
    applied: Index,
}

/// A channel on which a word announces that there is something to do.
struct Words(Sender<()>, Receiver<()>);

/// It writes nothing but snapshots, of which the node makes none.
#[derive(Clone, Debug, Default)]
pub struct NoDisk;

impl Disk for NoDisk {
    type Write = ();

    fn write(&mut self, (): ()) -> Touched {
        Touched::NONE
    }

    fn state_bytes(&self) -> usize {
        0
    }
}

type Actions = Vec<ActionOf<LittleRaft>>;

impl Node for LittleRaft {
    type Config = ();
    type Message = Rpc;
    type Disk = NoDisk;

    fn claims((): &()) -> Claims {
        Claims::default().with_own_entries()
    }

    fn boot((): &(), boot: &Boot, _: &NoDisk, now: Time) -> Self {
        let outside = Arc::<Mutex<Outside>>::default();
        let machine = Arc::<Mutex<Machine>>::default();
        let zero = StdDuration::ZERO;
        let replica = Replica::new(
            boot.id.number().into(),
            boot.peers().map(|peer| peer.number().into()).collect(),
            Arc::clone(&outside),
            Arc::clone(&machine),
            0,
            Transition(None),
            zero,
            (zero, zero),
        );
        let words = || {
            let (send, receive) = unbounded();
            Words(send, receive)
        };
        Self {
            id: boot.id,
            replica,
            outside,
            machine,
            messages: words(),
            transitions: words(),
            seen: Seen { role: Role::Follower, term: 0, applied: 0 },
            random: Random::new(boot.seed),
            // It stands for election at once.
            election_due: now,
            heartbeat_due: now + HEARTBEAT,
        }
    }

    fn step(&mut self, event: Event<Rpc>, now: Time) -> Actions {
        match event {
            Event::Timeout => self.timeout(now),
            Event::Receive { message, .. } => self.receive(message, now),
            Event::Propose { id, command } => self.propose(id, command),
            _ => vec![],
        }
    }

    fn deadline(&self) -> Option<Time> {
        Some(if self.leads() { self.heartbeat_due } else { self.election_due })
    }

    fn status(&self) -> Status {
        let Seen { role, term, .. } = self.seen;
        // The crate names a leader without its term, which may not be this one: so none is named.
        Status::new(term, role)
    }

    fn inspect(&self) -> Option<&dyn std::fmt::Debug> {
        Some(&self.seen)
    }
}

impl LittleRaft {
    fn leads(&self) -> bool {
        self.seen.role == Role::Leader
    }

    fn timeout(&mut self, now: Time) -> Actions {
        if self.leads() {
            self.heartbeat_due = now + HEARTBEAT;
            self.transitions.say();
        } else {
            self.seen.term += 1;
            self.set_election_timer(now);
        }
        self.round(None)
    }

    fn receive(&mut self, message: Rpc, now: Time) -> Actions {
        // A leader leaves the timer as it is, even if this message makes it a follower.
        if !self.leads() {
            self.set_election_timer(now);
        }
        let term = message.term_of();
        self.outside().arrives = Some(message.0);
        self.messages.say();
        self.round(Some(term))
    }

    fn propose(&mut self, id: ProposalId, command: Command) -> Actions {
        self.machine().proposed = Some(Transition(Some((id, command))));
        // Without a message a follower's round only looks for commands.
        if self.leads() {
            self.transitions.say()
        } else {
            self.messages.say()
        }
        let mut actions = self.round(None);
        let is_queued = self.machine().is_queued.take();
        let answer = if is_queued.expect("it looked for commands") {
            let index = sent_at(&actions, id).unwrap_or(self.seen.applied);
            Action::Accept { id, index, term: self.seen.term }
        } else {
            Action::Reject { id, leader: None }
        };
        actions.insert(0, answer);
        actions
    }

    fn set_election_timer(&mut self, now: Time) {
        self.election_due = now + self.random.between(ELECTION);
    }

    /// Lets the loop go round once, in which a message of the term `arrived` may arrive.
    fn round(&mut self, arrived: Option<Term>) -> Actions {
        self.outside().goes_on.set(true);
        self.replica.start(self.messages.1.clone(), self.transitions.1.clone());
        let mut actions = vec![];
        let (mut has_sent, mut has_followed) = (false, false);
        let done = std::mem::take(&mut self.outside().done);
        for did in done {
            match did {
                Did::Knows(leader) => {
                    has_followed = leader.map(node) != Some(self.id);
                    self.seen.role = if has_followed { Role::Follower } else { Role::Leader };
                }
                Did::Sent(to, message) => {
                    if matches!(message, Theirs::VoteRequest { .. }) {
                        self.seen.role = Role::Candidate;
                    }
                    let message = Rpc(message);
                    self.seen.term = message.term_of();
                    has_sent = true;
                    actions.push(Action::Send { to: node(to), message });
                }
            }
        }
        // A later term in a reply makes it a follower, and it sends nothing.
        if let Some(term) = arrived.filter(|_| has_followed && !has_sent) {
            self.seen.term = term;
        }
        let applied = std::mem::take(&mut self.machine().applied);
        for transition in applied {
            self.seen.applied += 1;
            let command = transition.0.map(|(_, command)| command);
            actions.push(Action::Apply { index: self.seen.applied, term: None, command });
        }
        actions
    }

    fn outside(&self) -> MutexGuard<'_, Outside> {
        self.outside.lock().expect("no round panics and goes on")
    }

    fn machine(&self) -> MutexGuard<'_, Machine> {
        self.machine.lock().expect("no round panics and goes on")
    }
}

impl Words {
    fn say(&self) {
        self.0.send(()).expect("both ends are here");
    }
}

/// The index at which the messages of a round have the command of this proposal.
fn sent_at(actions: &Actions, id: ProposalId) -> Option<Index> {
    actions.iter().find_map(|action| {
        let Action::Send { message: Rpc(Theirs::AppendEntryRequest { entries, .. }), .. } = action
        else {
            return None;
        };
        let is_it = |transition: &Transition| transition.0.as_ref().is_some_and(|it| it.0 == id);
        entries.iter().find(|entry| is_it(&entry.transition)).map(|entry| entry.index as Index)
    })
}

fn node(id: usize) -> NodeId {
    NodeId::new(u8::try_from(id).expect("it is a server of the cluster"))
}
