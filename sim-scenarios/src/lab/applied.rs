//! The entries that servers apply, as the lab's tester keeps them: one history that all servers
//! must follow, how far each server's copy of it reaches, and the service that updates both.
//!
//! It knows indexes and commands. It does not know terms, disks or messages: the oracles judge
//! those.
//!
//! The course years differ here. A copy survives its server's restart, as in 2026 (in 2025 it is
//! empty then). With snapshots it goes back to the snapshot that the server boots from, as in every
//! year that has them. Within a life each entry must follow the one before it, and the first must
//! follow the snapshot on the disk. The tester of the years before 2022, and any tester without
//! snapshots, only checks that the entry before was applied at some time; it lets a server repeat
//! or skip what it applied in an earlier life.

use std::cell::RefCell;
use std::rc::Rc;

use raftsim_node::{Bytes, Command, Index, NodeId, Snapshot, Term, Time};
use raftsim_plan::Snapshots;
use raftsim_sim::{Fact, Failure, Property, Service, lacks, property};

/// The lab's `SnapShotInterval`: after entry 9, 19, 29, … a service makes a snapshot.
pub(crate) const SNAPSHOT_INTERVAL: u32 = 10;

/// The length, in a snapshot, that marks an entry without a command: one that the Raft added
/// itself.
const OWN: u32 = u32::MAX;

/// How many bytes of a snapshot come before the commands.
const HEAD: usize = size_of::<Index>();

/// The entries that all servers applied.
///
/// Invariants: `history` begins at index 1. No copy reaches beyond it. Each copy agrees with it,
/// since the first entry that does not ends the run.
#[derive(Debug)]
pub struct Applied {
    snapshots: Snapshots,
    history: Vec<Entry>,
    /// [`HEAD`] bytes for the index of a snapshot, which are written when one is made; then all
    /// commands of the history, encoded one after the other. If no snapshots are made, the commands
    /// are left out.
    encoded: Vec<u8>,
    /// By server: the index through which the tester's copy of its log reaches.
    copies: Vec<Index>,
    /// By server: the last entry that it has applied or restored in its present life.
    through: Vec<Index>,
}

/// An entry as it was first applied.
#[derive(Debug)]
struct Entry {
    /// `None` for an entry that the Raft added itself.
    command: Option<Command>,
    /// The server that applied it first.
    by: NodeId,
    /// How many entries through this one have a client's command.
    commands: u64,
    /// Where its encoding ends.
    end: usize,
}

impl Applied {
    /// The state before anything is applied, for `servers` servers, whose services make these
    /// `snapshots`.
    pub fn new(servers: usize, snapshots: Snapshots) -> Self {
        let (copies, through) = (vec![0; servers], vec![0; servers]);
        Self { snapshots, history: vec![], encoded: vec![0; HEAD], copies, through }
    }

    /// The function that makes a server's service at every boot.
    pub fn services(this: &Rc<RefCell<Self>>) -> Box<dyn Fn(NodeId) -> Box<dyn Service>> {
        let applied = Rc::clone(this);
        Box::new(move |node| {
            applied.borrow_mut().through[node.slot()] = 0;
            Box::new(Applier { node, applied: Rc::clone(&applied), last: 0 })
        })
    }

    /// The last entry that `node` has applied or restored in its present life; 0 if none.
    #[track_caller]
    pub fn applied_through(&self, node: NodeId) -> Index {
        at(&self.through, node)
    }

    /// The lab's `nCommitted`: how many servers applied the entry at `index`.
    pub fn count(&self, index: Index) -> usize {
        self.copies.iter().filter(|&&copy| copy >= index).count()
    }

    /// Whether each of these servers applied the entry at `index`.
    #[track_caller]
    pub fn is_applied_by(&self, nodes: &[NodeId], index: Index) -> bool {
        let mut all = true;
        for &node in nodes {
            all &= at(&self.copies, node) >= index;
        }
        all
    }

    /// The first index after `after` that has this command; `None` if no server applied it there.
    pub fn index_of(&self, command: &Command, after: Index) -> Option<Index> {
        let later = (1..).zip(&self.history).skip(usize::try_from(after).unwrap_or(usize::MAX));
        let mut found = later.filter(|(_, entry)| entry.command.as_ref() == Some(command));
        found.next().map(|(index, _)| index)
    }

    /// The index of the last entry that any server applied; 0 if none was.
    pub fn last_index(&self) -> Index {
        self.history.len() as u64
    }

    /// The command at `index`; `None` if no server applied that entry, or the Raft added it itself.
    pub fn command(&self, index: Index) -> Option<&Command> {
        self.entry(index)?.command.as_ref()
    }

    /// How many of the applied entries through `index` the Raft added itself.
    pub fn own_through(&self, index: Index) -> u64 {
        let index = index.min(self.history.len() as u64);
        self.entry(index).map_or(0, |entry| index - entry.commands)
    }

    /// The index of the `number`-th command. If no server has applied it yet: the index that it
    /// will have unless the Raft adds further entries itself.
    pub fn index_of_command(&self, number: u64) -> Index {
        let before = self.history.partition_point(|entry| entry.commands < number);
        let missing = number - before.checked_sub(1).map_or(0, |last| self.history[last].commands);
        before as u64 + missing
    }

    fn entry(&self, index: Index) -> Option<&Entry> {
        let slot = usize::try_from(index).ok()?.checked_sub(1)?;
        self.history.get(slot)
    }

    /// `node`, which in its present life has applied all entries through `last`, applies the entry
    /// at `index`. Returns the snapshot of all entries through it, if one is due.
    fn apply(
        &mut self,
        node: NodeId,
        last: Index,
        index: Index,
        command: Option<&Command>,
    ) -> Result<Option<Bytes>, Failure> {
        if index != last + 1 {
            return Err(not_next(node, last, index));
        }
        match self.entry(index) {
            Some(entry) if entry.command.as_ref() == command => {}
            Some(entry) => return Err(differs(entry, index, node, command)),
            None => self.append(node, command),
        }
        let copy = &mut self.copies[node.slot()];
        *copy = index.max(*copy);
        self.through[node.slot()] = index;
        let due = self.snapshots.of(node).is_some_and(|interval| interval.has(index));
        Ok(due.then(|| self.snapshot(index)))
    }

    /// Adds an entry that no server applied before to the history.
    #[inline(never)]
    fn append(&mut self, by: NodeId, command: Option<&Command>) {
        let commands = self.history.last().map_or(0, |entry| entry.commands);
        if self.snapshots != Snapshots::Never {
            let length = command.map_or(OWN, |command| {
                u32::try_from(command.len()).expect("a scenario's commands are short")
            });
            self.encoded.extend(length.to_le_bytes());
            self.encoded.extend_from_slice(command.map_or(&[], |command| command));
        }
        self.history.push(Entry {
            command: command.cloned(),
            by,
            commands: commands + u64::from(command.is_some()),
            end: self.encoded.len(),
        });
    }

    /// The snapshot of all entries through `index`. As in the lab it consists of the index and all
    /// commands; each command follows its length.
    #[inline(never)]
    fn snapshot(&mut self, index: Index) -> Bytes {
        let end = self.entry(index).map_or(HEAD, |entry| entry.end);
        self.encoded[..HEAD].copy_from_slice(&index.to_le_bytes());
        Bytes::from(&self.encoded[..end])
    }

    /// `node`, which in its present life has applied all entries through `last`, restores a
    /// snapshot.
    fn restore(&mut self, node: NodeId, last: Index, snapshot: &Snapshot) -> Result<(), Failure> {
        let index = snapshot.index;
        if index < last {
            let seen = format!("it goes back to a snapshot through {index}");
            let facts = [
                Fact::new(format!("{node} has applied all through {last}")).by(node).entry(last),
                Fact::new(seen).by(node).entry(index),
            ];
            return Err(violation(property::APPLIED_IN_ORDER, facts));
        }
        self.judge_snapshot(node, snapshot)?;
        self.copies[node.slot()] = index;
        self.through[node.slot()] = index;
        Ok(())
    }

    /// Checks that a snapshot is the one that a service made at its index.
    fn judge_snapshot(&self, node: NodeId, snapshot: &Snapshot) -> Result<(), Failure> {
        let Snapshot { index, data, .. } = snapshot;
        let is_known = *index > 0 && *index <= self.history.len() as u64;
        if self.snapshots != Snapshots::Never && is_known && self.is_snapshot(*index, data) {
            return Ok(());
        }
        let not_taken = |seen: String| {
            let given = Fact::new(format!("{node} restores a snapshot through {index}"));
            let facts = [given, Fact::new(seen)].map(|fact| fact.by(node).entry(*index));
            violation(property::SNAPSHOT_WAS_TAKEN, facts)
        };
        let Some((own, commands)) = decode(data) else {
            let size = data.len();
            return Err(not_taken(format!(
                "its {size} bytes are not a snapshot that a service makes"
            )));
        };
        if own != *index || commands.len() as u64 != own {
            let many = commands.len();
            return Err(not_taken(format!("its bytes contain {many} entries through {own}")));
        }
        for (at, command) in (1..).zip(&commands) {
            match self.entry(at) {
                Some(entry) if entry.command == *command => {}
                Some(entry) => return Err(differs(entry, at, node, command.as_ref())),
                None => break,
            }
        }
        let next = self.history.len() + 1;
        Err(not_taken(format!("no service made one: entry {next} was never applied")))
    }

    /// Whether these bytes are the snapshot at `index`; compares them without making that snapshot.
    fn is_snapshot(&self, index: Index, data: &[u8]) -> bool {
        let end = self.entry(index).map_or(HEAD, |entry| entry.end);
        data.split_first_chunk().is_some_and(|(own, commands)| {
            Index::from_le_bytes(*own) == index && *commands == self.encoded[HEAD..end]
        })
    }
}

/// Decodes a snapshot: its index and its commands. `None` if the bytes are not a snapshot.
fn decode(data: &[u8]) -> Option<(Index, Vec<Option<Command>>)> {
    let (&index, mut rest) = data.split_first_chunk()?;
    let mut commands = vec![];
    while !rest.is_empty() {
        let (&length, tail) = rest.split_first_chunk()?;
        let length = u32::from_le_bytes(length);
        let size = if length == OWN { 0 } else { usize::try_from(length).ok()? };
        let (command, tail) = tail.split_at_checked(size)?;
        commands.push((length != OWN).then(|| Command::from(command)));
        rest = tail;
    }
    Some((u64::from_le_bytes(index), commands))
}

/// A broken property; the world sets its time.
fn violation(property: Property, facts: [Fact; 2]) -> Failure {
    Failure::violation(property, Time::ZERO, facts)
}

/// The failure that a server, which has applied all entries through `last`, does not apply the next.
#[cold]
fn not_next(node: NodeId, last: Index, index: Index) -> Failure {
    let next = last + 1;
    let applied = format!("{node} has applied all through {last}: its next entry is {next}");
    let facts = [
        Fact::new(applied).by(node).entry(next),
        Fact::new(format!("it applies {index}")).by(node).entry(index),
    ];
    violation(property::APPLIED_IN_ORDER, facts)
}

/// The failure that two servers apply different entries at one index.
#[cold]
fn differs(first: &Entry, index: Index, node: NodeId, command: Option<&Command>) -> Failure {
    let shown = |command: Option<&Command>| {
        command.map_or("an entry of its own".to_owned(), |command| format!("{command:?}"))
    };
    let before = format!("{} applied {} at {index}", first.by, shown(first.command.as_ref()));
    let now = format!("{node} applies {} there", shown(command));
    let facts = [Fact::new(before).by(first.by), Fact::new(now).by(node)];
    violation(property::STATE_MACHINE_SAFETY, facts.map(|fact| fact.entry(index)))
}

/// A server's index in this list.
#[track_caller]
fn at(list: &[Index], node: NodeId) -> Index {
    match list.get(node.slot()) {
        Some(&index) => index,
        None => lacks(node, list.len()),
    }
}

/// The lab's applier: one server's service, for one life.
struct Applier {
    node: NodeId,
    applied: Rc<RefCell<Applied>>,
    /// The last entry that was applied or restored in this life.
    last: Index,
}

impl Service for Applier {
    fn apply(
        &mut self,
        index: Index,
        _: Option<Term>,
        command: Option<&Command>,
    ) -> Result<Option<Bytes>, Failure> {
        let snapshot = self.applied.borrow_mut().apply(self.node, self.last, index, command)?;
        self.last = index;
        Ok(snapshot)
    }

    fn restore(&mut self, snapshot: &Snapshot) -> Result<(), Failure> {
        self.applied.borrow_mut().restore(self.node, self.last, snapshot)?;
        self.last = snapshot.index;
        Ok(())
    }
}
