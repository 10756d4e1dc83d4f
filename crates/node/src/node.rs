//! The server under test.

use alloc::sync::Arc;
use alloc::vec::Vec;

use crate::{ActionOf, Disk, Duration, Event, Index, Message, NodeId, Term, Time};

/// A Raft server as a pure state machine.
///
/// Its whole input is what `boot` and `step` are given; the same inputs give the same outputs. It
/// need not be `Send`: a run is born, lives and dies on one thread.
pub trait Node: Sized + 'static {
    /// Settings; may differ from server to server.
    type Config: Clone + Default + Send + Sync;
    /// What servers send each other.
    type Message: Message;
    /// What survives a crash.
    type Disk: Disk;

    /// What this node promises beyond the paper, so that oracles may hold it to that.
    fn claims(_config: &Self::Config) -> Claims {
        Claims::default()
    }

    /// Starts a server: the first time, with an empty disk, and after every crash.
    fn boot(config: &Self::Config, boot: &Boot, disk: &Self::Disk, now: Time) -> Self;

    /// Takes one event and says what is to be done, in order.
    fn step(&mut self, event: Event<Self::Message>, now: Time) -> Vec<ActionOf<Self>>;

    /// [`Node::step`], its list put into `actions`, which is empty. Optional: the harness calls this
    /// one with the same list over and over, so that a node which fills it allocates no other.
    fn step_into(
        &mut self,
        event: Event<Self::Message>,
        now: Time,
        actions: &mut Vec<ActionOf<Self>>,
    ) {
        *actions = self.step(event, now);
    }

    /// When to send the next [`Event::Timeout`]: in the past means now, `None` that no timer runs.
    /// A timeout that is answered by an empty list must move a deadline that is past.
    fn deadline(&self) -> Option<Time>;

    /// What the server believes (the lab's `GetState`).
    fn status(&self) -> Status;
}

/// What a server may know when it starts, all of it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Boot {
    /// This server.
    pub id: NodeId,
    /// All servers that vote, this one included: n1, n2, …
    pub voters: Arc<[NodeId]>,
    /// This life's own random seed.
    pub seed: u64,
    /// Whether to return [`crate::Action::Note`]s.
    pub notes: bool,
}

impl Boot {
    /// What server `id` among `voters` knows when it starts a life, without notes.
    ///
    /// # Panics
    /// When `voters` lacks `id`.
    pub fn new(id: NodeId, voters: Arc<[NodeId]>, seed: u64) -> Self {
        assert!(voters.contains(&id), "{id} is not among the voters {voters:?}");
        Self { id, voters, seed, notes: false }
    }

    /// The same, asking for notes if `notes`.
    #[must_use]
    pub fn with_notes(self, notes: bool) -> Self {
        Self { notes, ..self }
    }

    /// All voters but this server.
    pub fn peers(&self) -> impl Iterator<Item = NodeId> + use<'_> {
        self.voters.iter().copied().filter(|&voter| voter != self.id)
    }

    /// How many voters make a majority.
    pub fn majority(&self) -> usize {
        self.voters.len() / 2 + 1
    }
}

/// The part that a server plays (Figure 4).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Role {
    /// Answers, and waits.
    #[default]
    Follower,
    /// Asks whether it could win, without raising its term (thesis §9.6).
    PreCandidate,
    /// Asks for votes.
    Candidate,
    /// Leads.
    Leader,
}

/// What a server believes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Status {
    /// `currentTerm`.
    pub term: Term,
    /// The part that it plays.
    pub role: Role,
    /// Who leads, if it believes to know.
    pub leader: Option<NodeId>,
    /// `commitIndex`, if it tells.
    pub commit: Option<Index>,
}

impl Status {
    /// A server in `term`, playing `role`.
    pub const fn new(term: Term, role: Role) -> Self {
        Self { term, role, leader: None, commit: None }
    }

    /// The same, believing that `leader` leads.
    #[must_use]
    pub const fn with_leader(self, leader: Option<NodeId>) -> Self {
        Self { leader, ..self }
    }

    /// The same, telling its commit index.
    #[must_use]
    pub const fn with_commit(self, commit: Index) -> Self {
        Self { commit: Some(commit), ..self }
    }

    /// Whether the server believes that it leads.
    pub fn is_leader(&self) -> bool {
        self.role == Role::Leader
    }
}

/// What a node promises beyond the paper.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Claims {
    /// A leader steps down at most this long, by its own clock, after messages of a majority
    /// (itself counted) last reached it. The paper asks for no such thing.
    pub steps_down_within: Option<Duration>,
    /// The log also gets entries of the Raft's own, such as a no-op at election.
    pub own_entries: bool,
}

impl Claims {
    /// The same, with a leader that steps down within `bound`.
    #[must_use]
    pub const fn stepping_down_within(self, bound: Duration) -> Self {
        Self { steps_down_within: Some(bound), ..self }
    }

    /// The same, with entries of the Raft's own in the log.
    #[must_use]
    pub const fn with_own_entries(self) -> Self {
        Self { own_entries: true, ..self }
    }
}
