//! A server that plays a script: at given times it returns given actions and changes its status. It
//! ignores every message, and accepts every proposal at index 1.

use std::collections::BTreeSet;
use std::sync::Arc;

use raftsim_node::{
    Action, ActionOf, Boot, Bytes, Claims, Command, Disk, Duration, Event, Index, Message, Node,
    NodeId, Promise, Role, Snapshot, Status, Term, Time, Touched, View,
};
use raftsim_oracles::Oracles;
use raftsim_sim::{Failure, Recording, Service, Setup, Spread, Watch, World};

use crate::judge::Recorded;
use crate::support::{Pages, Said, entries, entry, ms, n, said};

/// What a toy sends: a term, and perhaps a promise.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Word {
    term: Option<Term>,
    promise: Option<Promise>,
}

impl Message for Word {
    fn is_reply(&self) -> bool {
        false
    }

    fn size(&self) -> usize {
        16
    }

    fn term(&self) -> Option<Term> {
        self.term
    }

    fn promise(&self) -> Option<Promise> {
        self.promise
    }
}

/// A disk whose writes report what they change.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Paper {
    ballot: Ballot,
    pages: Pages,
    snapshot: Option<Snapshot>,
}

/// Term and vote; written as a whole.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Ballot {
    term: Term,
    vote: Option<NodeId>,
    /// A disk that shows nothing.
    secret: bool,
}

/// What toys write.
#[derive(Clone, Debug)]
pub(crate) enum Ink {
    Ballot(Ballot),
    /// The log from this index on.
    Log(Index, &'static str),
    Snapshot(Snapshot),
}

impl Disk for Paper {
    type Write = Ink;

    fn write(&mut self, write: Ink) -> Touched {
        match write {
            Ink::Ballot(ballot) => {
                self.ballot = ballot;
                Touched::VOTE
            }
            Ink::Log(index, words) => {
                self.pages.write(index, &entries(words));
                Touched { log_from: Some(index), ..Touched::NONE }
            }
            Ink::Snapshot(snapshot) => {
                self.pages.fold(snapshot.index, snapshot.term);
                self.snapshot = Some(snapshot);
                Touched { snapshot: true, ..Touched::NONE }
            }
        }
    }

    fn state_bytes(&self) -> usize {
        9
    }

    fn snapshot(&self) -> Option<&Snapshot> {
        self.snapshot.as_ref()
    }

    fn view(&self) -> Option<&dyn View> {
        (!self.ballot.secret).then_some(self as &dyn View)
    }
}

impl View for Paper {
    fn term(&self) -> Term {
        self.ballot.term
    }

    fn voted_for(&self) -> Option<NodeId> {
        self.ballot.vote
    }

    fn first_index(&self) -> Index {
        self.pages.first_index()
    }

    fn last_index(&self) -> Index {
        self.pages.last_index()
    }

    fn entry(&self, index: Index) -> Option<(Term, Option<&Command>)> {
        self.pages.entry(index)
    }
}

pub(crate) type Act = Action<Word, Ink>;

/// Writes a term and a vote.
pub(crate) fn write(term: Term, vote: Option<u8>) -> Act {
    Action::Persist(Ink::Ballot(Ballot { term, vote: vote.map(n), secret: false }))
}

/// Writes the same to a disk that shows nothing from then on.
pub(crate) fn write_secretly(term: Term, vote: Option<u8>) -> Act {
    Action::Persist(Ink::Ballot(Ballot { term, vote: vote.map(n), secret: true }))
}

/// Replaces the log from `index` on by what these words name, as [`entries`] reads them.
pub(crate) fn log(index: Index, words: &'static str) -> Act {
    Action::Persist(Ink::Log(index, words))
}

/// Writes a snapshot of these bytes, and drops the log through its last entry.
pub(crate) fn fold(index: Index, term: Term, bytes: &str) -> Act {
    Action::Persist(Ink::Snapshot(Snapshot::new(index, term, Bytes::from(bytes))))
}

/// Applies the entry that this word names.
pub(crate) fn apply(index: Index, word: &str) -> Act {
    let entry = entry(word);
    Action::Apply { index, term: Some(entry.term), command: entry.command }
}

/// Restores a snapshot of these bytes.
pub(crate) fn restore(index: Index, term: Term, bytes: &str) -> Act {
    Action::Restore { index, term: Some(term), snapshot: Bytes::from(bytes) }
}

/// Acknowledges, in `term`, the entries through this index.
pub(crate) fn acknowledge(to: u8, term: Term, through: Index) -> Act {
    let promise = Some(Promise::Stored { through });
    Action::Send { to: n(to), message: Word { term: Some(term), promise } }
}

/// Sends a message of `term`.
pub(crate) fn say(to: u8, term: Term) -> Act {
    Action::Send { to: n(to), message: Word { term: Some(term), promise: None } }
}

/// Sends a message of `term` that promises a vote for `candidate`.
pub(crate) fn vouch(to: u8, term: Term, candidate: u8) -> Act {
    let promise = Some(Promise::Vote { candidate: n(candidate) });
    Action::Send { to: n(to), message: Word { term: Some(term), promise } }
}

/// Sends a message that vouches for nothing.
pub(crate) fn mumble(to: u8) -> Act {
    Action::Send { to: n(to), message: Word { term: None, promise: None } }
}

/// The actions that a toy does at some time, and its status from then on.
#[derive(Clone)]
pub(crate) struct Deed {
    at: Time,
    acts: Vec<Act>,
    status: Option<Status>,
    commit: Option<Index>,
}

/// At `millis` it does `acts`.
pub(crate) fn at(millis: u64, acts: &[Act]) -> Deed {
    Deed { at: ms(millis), acts: acts.to_vec(), status: None, commit: None }
}

impl Deed {
    /// And has this role in `term` from then on.
    pub(crate) fn being(self, term: Term, role: Role) -> Self {
        Self { status: Some(Status::new(term, role)), ..self }
    }

    /// And reports this commit index from then on.
    pub(crate) fn telling(self, commit: Index) -> Self {
        Self { commit: Some(commit), ..self }
    }
}

/// What a toy does in a life that begins with an empty disk, and in a life that begins with a
/// written one.
#[derive(Clone, Default)]
pub(crate) struct Script {
    first: Arc<[Deed]>,
    later: Arc<[Deed]>,
    /// Its term when it starts on a written disk, instead of the term on that disk.
    wakes_in: Option<Term>,
    claims: Claims,
}

impl Script {
    pub(crate) fn of(deeds: &[Deed]) -> Self {
        Self { first: deeds.into(), ..Self::default() }
    }

    /// The same, which does these deeds after a restart.
    pub(crate) fn then(self, deeds: &[Deed]) -> Self {
        Self { later: deeds.into(), ..self }
    }

    /// The same, which boots in `term` after a restart.
    pub(crate) fn waking_in(self, term: Term) -> Self {
        Self { wakes_in: Some(term), ..self }
    }

    /// The same, claiming to step down within `bound`.
    pub(crate) fn claiming(self, bound: Duration) -> Self {
        Self { claims: Claims::default().stepping_down_within(bound), ..self }
    }
}

pub(crate) struct Toy {
    deeds: Vec<Deed>,
    status: Status,
}

impl Node for Toy {
    type Config = Script;
    type Message = Word;
    type Disk = Paper;

    fn claims(script: &Script) -> Claims {
        script.claims
    }

    fn boot(script: &Script, _: &Boot, disk: &Paper, now: Time) -> Self {
        let is_first = *disk == Paper::default();
        let deeds = if is_first { &script.first } else { &script.later };
        // In reverse order: the next one is popped.
        let deeds: Vec<Deed> = deeds.iter().filter(|deed| deed.at >= now).rev().cloned().collect();
        let woken = script.wakes_in.filter(|_| !is_first);
        Self { deeds, status: Status::new(woken.unwrap_or(disk.ballot.term), Role::Follower) }
    }

    fn step(&mut self, event: Event<Word>, _: Time) -> Vec<ActionOf<Self>> {
        if let Event::Propose { id, .. } = event {
            return vec![Action::Accept { id, index: 1, term: self.status.term }];
        }
        if !matches!(event, Event::Timeout) {
            return vec![];
        }
        let deed = self.deeds.pop().expect("its deadline is the time of a deed");
        let commit = deed.commit.or(self.status.commit);
        self.status = deed.status.unwrap_or(self.status);
        self.status = commit.map_or(self.status, |commit| self.status.with_commit(commit));
        deed.acts
    }

    fn deadline(&self) -> Option<Time> {
        self.deeds.last().map(|deed| deed.at)
    }

    fn status(&self) -> Status {
        self.status
    }
}

/// A service that makes a snapshot of everything after each entry: "through 1", "through 2", …
struct Folding;

impl Service for Folding {
    fn apply(
        &mut self,
        index: Index,
        _: Option<Term>,
        _: Option<&Command>,
    ) -> Result<Option<Bytes>, Failure> {
        Ok(Some(Bytes::from(format!("through {index}").as_str())))
    }

    fn restore(&mut self, _: &Snapshot) -> Result<(), Failure> {
        Ok(())
    }
}

/// How a run of toys is set up: it is recorded, and every message takes 1 ms.
pub(crate) fn setup(scripts: &[Script]) -> Setup<Toy> {
    let size = u8::try_from(scripts.len()).expect("a few toys");
    let mut setup = Setup::new("toys", 0, size);
    setup.configs = scripts.to_vec();
    setup.service = Box::new(|_| Box::new(Folding));
    setup.jitter = Spread::fixed(Duration::from_millis(1));
    setup.recording = Recording::On;
    setup
}

/// A world of toys that the oracles watch.
pub(crate) fn world(scripts: &[Script]) -> World<Toy, Oracles> {
    world_with(scripts, |_| {})
}

/// The same with a changed setup.
pub(crate) fn world_with(
    scripts: &[Script],
    change: impl FnOnce(&mut Setup<Toy>),
) -> World<Toy, Oracles> {
    let mut setup = setup(scripts);
    change(&mut setup);
    World::new(setup, Oracles::new(scripts.len())).expect("a toy's disk can be made")
}

/// Changes something and undoes it: the world is as it was before, and the five seconds in which it
/// may be without a leader start again.
pub(crate) fn disturb(world: &mut World<Toy, Oracles>) -> Result<(), Failure> {
    world.block(n(1), n(2))?;
    world.heal()
}

/// Proposes, at 2 ms, each command that these toys are going to apply.
pub(crate) fn offer<W: Watch<Toy>>(
    world: &mut World<Toy, W>,
    scripts: &[Script],
) -> Result<(), Failure> {
    let deeds = scripts.iter().flat_map(|script| script.first.iter().chain(&*script.later));
    let mut commands = BTreeSet::<Command>::new();
    for act in deeds.flat_map(|deed| &deed.acts) {
        if let Action::Apply { command, .. } = act {
            commands.extend(command.clone());
        }
    }
    if commands.is_empty() {
        return Ok(());
    }
    world.sleep(Duration::from_millis(2))?;
    let up = world.cluster().ids().find(|&node| world.cluster().is_up(node));
    commands
        .into_iter()
        .try_for_each(|command| world.propose(up.expect("a server is up"), command).map(drop))
}

/// Lets a world of toys run for `seconds`, and checks that its trace, judged again, yields the same
/// verdict.
pub(crate) fn run(scripts: &[Script], seconds: u64) -> Said {
    let run = Recorded::of(setup(scripts), |world| {
        offer(world, scripts)?;
        world.sleep(Duration::from_secs(seconds))
    });
    assert_eq!(run.judged_again(), run.outcome);
    said(run.outcome.1)
}
