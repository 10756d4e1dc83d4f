//! The server under test.

use alloc::sync::Arc;
use alloc::vec::Vec;
use core::fmt::Debug;

use crate::{ActionOf, Claims, Disk, Event, Index, Message, NodeId, Term, Time};

/// A Raft server as a pure state machine.
///
/// The arguments of `boot` and `step` are its whole input, and the same inputs must lead to the
/// same outputs. It need not be `Send`: a run stays on one thread.
///
/// # Example
///
/// A server that sends one message to every other server when its timer ends. A Raft has the same
/// shape, with more in `step`.
///
/// ```
/// use std::sync::Arc;
///
/// use raftsim_node::{Action, ActionOf, Boot, Disk, Duration, Event, Message, Node, NodeId};
/// use raftsim_node::{Role, Status, Time, Touched};
///
/// #[derive(Clone, Debug, PartialEq)]
/// struct Hello;
///
/// impl Message for Hello {
///     fn is_reply(&self) -> bool { false }
///     fn size(&self) -> usize { 5 }
/// }
///
/// /// Nothing survives a crash.
/// #[derive(Clone, Default)]
/// struct NoDisk;
///
/// impl Disk for NoDisk {
///     type Write = ();
///     fn write(&mut self, _: ()) -> Touched { Touched::NONE }
///     fn state_bytes(&self) -> usize { 0 }
/// }
///
/// struct Greeter { boot: Boot, due: Option<Time> }
///
/// impl Node for Greeter {
///     type Config = ();
///     type Message = Hello;
///     type Disk = NoDisk;
///
///     fn boot(_: &(), boot: &Boot, _: &NoDisk, now: Time) -> Self {
///         Self { boot: boot.clone(), due: Some(now + Duration::from_millis(150)) }
///     }
///
///     fn step(&mut self, event: Event<Hello>, _now: Time) -> Vec<ActionOf<Self>> {
///         let Event::Timeout = event else { return vec![] };
///         self.due = None;
///         self.boot.peers().map(|to| Action::Send { to, message: Hello }).collect()
///     }
///
///     fn deadline(&self) -> Option<Time> { self.due }
///     fn status(&self) -> Status { Status::new(0, Role::Follower) }
/// }
///
/// let voters: Arc<[NodeId]> = [1, 2, 3].map(NodeId::new).into();
/// let boot = Boot::new(voters[0], voters, 42);
/// let mut server = Greeter::boot(&(), &boot, &NoDisk, Time::ZERO);
/// let due = server.deadline().expect("its timer runs");
/// let hello = |to| Action::Send { to: NodeId::new(to), message: Hello };
/// assert_eq!(server.step(Event::Timeout, due), [hello(2), hello(3)]);
/// assert_eq!(server.deadline(), None);
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no Raft server for raftsim: it does not implement the trait `Node`",
    label = "`Node` is not implemented for this type",
    note = "write `impl Node for {Self}`, with a type for its messages (`Message`) and one for its disk \
            (`Disk`); the documentation of `Node` shows a complete server in a few lines"
)]
pub trait Node: Sized + 'static {
    /// Settings, which may differ from server to server.
    type Config: Clone + Default + Send + Sync;
    /// What the servers send each other.
    type Message: Message;
    /// What survives a crash.
    type Disk: Disk;

    /// What a node with `config` promises beyond the paper. Oracles check what it claims.
    fn claims(_config: &Self::Config) -> Claims {
        Claims::default()
    }

    /// Starts a server, for the first time with the default disk, and after every crash with the
    /// disk as the crash left it. `now` is the server's clock.
    ///
    /// A boot returns no actions: it neither writes nor sends. A server that must act as soon as it
    /// starts returns `now` from [`Node::deadline`], which is a timer of length zero, and acts when
    /// the [`Event::Timeout`] comes. Until then its status should promise nothing that is not on its
    /// disk: a server that boots as the leader of a new term leads in a term that the next crash
    /// takes back.
    fn boot(config: &Self::Config, boot: &Boot, disk: &Self::Disk, now: Time) -> Self;

    /// Takes one event and returns what is to be done, in order. `now` is the server's clock.
    fn step(&mut self, event: Event<Self::Message>, now: Time) -> Vec<ActionOf<Self>>;

    /// Does what [`Node::step`] does, and puts the list into `actions`, which is empty. The harness
    /// calls this method, every time with the same list. So a node that overrides it and fills the
    /// list does not allocate one in every step.
    fn step_into(
        &mut self,
        event: Event<Self::Message>,
        now: Time,
        actions: &mut Vec<ActionOf<Self>>,
    ) {
        *actions = self.step(event, now);
    }

    /// The moment, by the server's clock, for the next [`Event::Timeout`]. A moment in the past
    /// means at once, and `None` means that no timer runs. If the node answers a timeout with an
    /// empty list, it must move a deadline that has passed: otherwise the run fails, because the
    /// timeout would be repeated forever.
    fn deadline(&self) -> Option<Time>;

    /// What the server believes about itself and the cluster (the lab's `GetState`).
    fn status(&self) -> Status;

    /// What people may see of the server's memory, such as `Some(self)` if it is [`Debug`]. Time
    /// travel prints it as `{:#?}`: `replay --at` and `step`. No run calls it, and so nothing is
    /// judged by it. The default, `None`, shows nothing.
    fn inspect(&self) -> Option<&dyn Debug> {
        None
    }
}

/// All that a server knows when it starts, beside its settings and its disk.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Boot {
    /// This server's name.
    pub id: NodeId,
    /// All servers that vote, this one included: n1, n2 and so on, in order.
    pub voters: Arc<[NodeId]>,
    /// The seed of the server's random numbers. Each boot gets a new seed.
    pub seed: u64,
    /// Whether the server should return [`crate::Action::Note`]s.
    pub notes: bool,
}

impl Boot {
    /// What server `id` of the cluster `voters` knows when it starts. [`Boot::notes`] is false.
    ///
    /// # Panics
    /// If `id` is not among `voters`.
    pub fn new(id: NodeId, voters: Arc<[NodeId]>, seed: u64) -> Self {
        assert!(voters.contains(&id), "{id} is not among the voters {voters:?}");
        Self { id, voters, seed, notes: false }
    }

    /// The same, with [`Boot::notes`] set to `notes`.
    #[must_use]
    pub fn with_notes(self, notes: bool) -> Self {
        Self { notes, ..self }
    }

    /// All voters but this server, in order.
    pub fn peers(&self) -> impl Iterator<Item = NodeId> + use<'_> {
        self.voters.iter().copied().filter(|&voter| voter != self.id)
    }

    /// The smallest number of voters that is a majority.
    pub fn majority(&self) -> usize {
        self.voters.len() / 2 + 1
    }
}

/// The role of a server (the paper's Figure 4).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Role {
    /// It answers requests, and waits for a leader.
    #[default]
    Follower,
    /// It asks the others whether they would vote for it, without raising its term (thesis §9.6).
    PreCandidate,
    /// It asks the others for their votes.
    Candidate,
    /// It leads.
    Leader,
}

/// What a server believes about itself and the cluster.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Status {
    /// The paper's `currentTerm`.
    pub term: Term,
    /// The server's role.
    pub role: Role,
    /// The leader of that term, if the server believes that it knows it.
    pub leader: Option<NodeId>,
    /// The paper's `commitIndex`, if the node reports it.
    pub commit: Option<Index>,
}

impl Status {
    /// The status of a server in `term` and `role` that knows no leader and reports no commit
    /// index.
    pub const fn new(term: Term, role: Role) -> Self {
        Self { term, role, leader: None, commit: None }
    }

    /// The same, with `leader`.
    #[must_use]
    pub const fn with_leader(self, leader: Option<NodeId>) -> Self {
        Self { leader, ..self }
    }

    /// The same, with the commit index `commit`.
    #[must_use]
    pub const fn with_commit(self, commit: Index) -> Self {
        Self { commit: Some(commit), ..self }
    }

    /// Whether the server believes that it leads.
    pub fn is_leader(&self) -> bool {
        self.role == Role::Leader
    }
}
