//! A server that plays a script: at these times it does this, and believes that. It hears nothing.

use std::sync::Arc;

use raftsim_check::Oracles;
use raftsim_node::{
    Action, ActionOf, Boot, Claims, Command, Disk, Duration, Event, Index, Message, Node, NodeId,
    Promise, Role, Status, Term, Time, Touched, View,
};
use raftsim_sim::{Failure, Setup, Spread, World};

use crate::support::{ms, n};

/// What a toy sends: a term, and perhaps a vote, vouched for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Word {
    term: Option<Term>,
    vote: Option<NodeId>,
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
        self.vote.map(|candidate| Promise::Vote { candidate })
    }
}

/// Term and vote; written whole.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Ballot {
    term: Term,
    vote: Option<NodeId>,
    /// A disk that shows nothing.
    secret: bool,
}

impl Disk for Ballot {
    type Write = Self;

    fn write(&mut self, write: Self) -> Touched {
        *self = write;
        Touched::VOTE
    }

    fn state_bytes(&self) -> usize {
        9
    }

    fn view(&self) -> Option<&dyn View> {
        (!self.secret).then_some(self as &dyn View)
    }
}

impl View for Ballot {
    fn term(&self) -> Term {
        self.term
    }

    fn voted_for(&self) -> Option<NodeId> {
        self.vote
    }

    fn last_index(&self) -> Index {
        0
    }

    fn entry(&self, _: Index) -> Option<(Term, Option<&Command>)> {
        None
    }
}

type Act = Action<Word, Ballot>;

/// Writes a term and a vote.
pub(crate) fn write(term: Term, vote: Option<u8>) -> Act {
    Action::Persist(Ballot { term, vote: vote.map(n), secret: false })
}

/// Writes the same to a disk that shows nothing from then on.
pub(crate) fn write_secretly(term: Term, vote: Option<u8>) -> Act {
    Action::Persist(Ballot { term, vote: vote.map(n), secret: true })
}

/// Says that it is in `term`.
pub(crate) fn say(to: u8, term: Term) -> Act {
    Action::Send { to: n(to), message: Word { term: Some(term), vote: None } }
}

/// Says that it is in `term` and has voted for `candidate` there.
pub(crate) fn vouch(to: u8, term: Term, candidate: u8) -> Act {
    Action::Send { to: n(to), message: Word { term: Some(term), vote: Some(n(candidate)) } }
}

/// Says nothing that could be judged.
pub(crate) fn mumble(to: u8) -> Act {
    Action::Send { to: n(to), message: Word { term: None, vote: None } }
}

/// At this time, these actions and this belief.
#[derive(Clone)]
pub(crate) struct Deed {
    at: Time,
    acts: Vec<Act>,
    status: Option<Status>,
}

/// At `millis` it does `acts`.
pub(crate) fn at(millis: u64, acts: &[Act]) -> Deed {
    Deed { at: ms(millis), acts: acts.to_vec(), status: None }
}

impl Deed {
    /// And believes to be this in `term` from then on.
    pub(crate) fn being(self, term: Term, role: Role) -> Self {
        Self { status: Some(Status::new(term, role)), ..self }
    }
}

/// What a toy does in its life, which is all that a run's first disk asks for, and what in a life
/// that begins on a written one.
#[derive(Clone, Default)]
pub(crate) struct Script {
    first: Arc<[Deed]>,
    later: Arc<[Deed]>,
    /// What it believes when it starts on a written disk, instead of what the disk says.
    wakes_in: Option<Term>,
    claims: Claims,
}

impl Script {
    pub(crate) fn of(deeds: &[Deed]) -> Self {
        Self { first: deeds.into(), ..Self::default() }
    }

    /// The same, which goes on so after a restart.
    pub(crate) fn then(self, deeds: &[Deed]) -> Self {
        Self { later: deeds.into(), ..self }
    }

    /// The same, which wakes in this term after a restart.
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
    type Disk = Ballot;

    fn claims(script: &Script) -> Claims {
        script.claims
    }

    fn boot(script: &Script, _: &Boot, disk: &Ballot, now: Time) -> Self {
        let is_first = *disk == Ballot::default();
        let deeds = if is_first { &script.first } else { &script.later };
        // Last first: the next to come is popped.
        let deeds: Vec<Deed> = deeds.iter().filter(|deed| deed.at >= now).rev().cloned().collect();
        let woken = script.wakes_in.filter(|_| !is_first);
        Self { deeds, status: Status::new(woken.unwrap_or(disk.term), Role::Follower) }
    }

    fn step(&mut self, event: Event<Word>, _: Time) -> Vec<ActionOf<Self>> {
        if !matches!(event, Event::Timeout) {
            return vec![];
        }
        let deed = self.deeds.pop().expect("its deadline is that of a deed");
        self.status = deed.status.unwrap_or(self.status);
        deed.acts
    }

    fn deadline(&self) -> Option<Time> {
        self.deeds.last().map(|deed| deed.at)
    }

    fn status(&self) -> Status {
        self.status
    }
}

/// A world of toys, the oracles looking on; every message takes 1 ms.
pub(crate) fn world(scripts: &[Script]) -> World<Toy, Oracles> {
    let size = u8::try_from(scripts.len()).expect("a few toys");
    let mut setup = Setup::new("toys", 0, size);
    setup.configs = scripts.to_vec();
    setup.stir = Spread::fixed(Duration::from_millis(1));
    World::new(setup, Oracles::new(scripts.len())).expect("toys are born well")
}

/// Lets a world of toys run for so many seconds.
pub(crate) fn run(scripts: &[Script], seconds: u64) -> Result<(), Failure> {
    world(scripts).sleep(Duration::from_secs(seconds))
}
