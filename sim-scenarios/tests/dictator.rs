//! A toy whose servers agree by decree: who accepts a command tells the others, and all apply it
//! unless told otherwise. No terms, no votes, nothing is lost on a reliable network.

use raftsim_node::{
    Action, ActionOf, Boot, Command, Disk, Event, Index, Message, Node, NodeId, Role, Status, Term,
    Time, Touched, View,
};

/// How a server behaves.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Manner {
    /// It accepts proposals from this time on.
    pub(crate) accepts_from: Time,
    /// It applies what it accepts or hears of.
    pub(crate) applies: bool,
    pub(crate) term: Term,
    /// What its disk says of its size; `usize::MAX` makes it panic.
    pub(crate) bytes: usize,
    /// Its disk shows a log, all of it in this term.
    pub(crate) shows: Option<Term>,
}

impl Default for Manner {
    fn default() -> Self {
        Self { accepts_from: Time::MAX, applies: true, term: 1, bytes: 0, shows: None }
    }
}

#[derive(Clone, Debug)]
pub(crate) struct Decree(pub(crate) Command);

impl Message for Decree {
    fn is_reply(&self) -> bool {
        false
    }

    fn size(&self) -> usize {
        100
    }
}

/// What it heard, how large it says it is, and the term that it shows.
#[derive(Clone, Debug, Default)]
pub(crate) struct Shelf {
    heard: Vec<Command>,
    bytes: usize,
    shows: Option<Term>,
}

impl Disk for Shelf {
    type Write = Self;

    fn write(&mut self, write: Self) -> Touched {
        *self = write;
        Touched::ALL
    }

    fn state_bytes(&self) -> usize {
        assert!(self.bytes < usize::MAX, "too large to say");
        self.bytes
    }

    fn view(&self) -> Option<&dyn View> {
        self.shows.map(|_| self as &dyn View)
    }
}

impl View for Shelf {
    fn term(&self) -> Term {
        0
    }

    fn voted_for(&self) -> Option<NodeId> {
        None
    }

    fn last_index(&self) -> Index {
        self.heard.len() as Index
    }

    fn entry(&self, index: Index) -> Option<(Term, Option<&Command>)> {
        let place = usize::try_from(index).ok()?.checked_sub(1)?;
        self.heard.get(place).map(|command| (self.shows.unwrap_or(0), Some(command)))
    }
}

pub(crate) struct Dictator {
    boot: Boot,
    manner: Manner,
    shelf: Shelf,
}

impl Dictator {
    fn hear(&mut self, command: Command) -> Vec<ActionOf<Self>> {
        self.shelf.heard.push(command.clone());
        let mut actions = vec![Action::Persist(self.shelf.clone())];
        let index = self.shelf.last_index();
        if self.manner.applies {
            actions.push(Action::Apply { index, term: Some(1), command: Some(command) });
        }
        actions
    }
}

impl Node for Dictator {
    type Config = Manner;
    type Message = Decree;
    type Disk = Shelf;

    fn boot(&manner: &Manner, boot: &Boot, _: &Shelf, _: Time) -> Self {
        let shelf = Shelf { heard: vec![], bytes: manner.bytes, shows: manner.shows };
        Self { boot: boot.clone(), manner, shelf }
    }

    fn step(&mut self, event: Event<Decree>, now: Time) -> Vec<ActionOf<Self>> {
        match event {
            Event::Propose { id, .. } if now < self.manner.accepts_from => {
                vec![Action::Reject { id, leader: None }]
            }
            Event::Propose { id, command } => {
                let index = self.shelf.last_index() + 1;
                let mut actions = vec![Action::Accept { id, index, term: self.manner.term }];
                actions.extend(self.boot.peers().map(|to| {
                    let message = Decree(command.clone());
                    Action::Send { to, message }
                }));
                actions.extend(self.hear(command));
                actions
            }
            Event::Receive { message: Decree(command), .. } => self.hear(command),
            _ => vec![],
        }
    }

    fn deadline(&self) -> Option<Time> {
        None
    }

    fn status(&self) -> Status {
        // An oracle wants a leader, and one is enough.
        let is_first = self.boot.id.number() == 1 && self.manner.term > 0;
        Status::new(self.manner.term, if is_first { Role::Leader } else { Role::Follower })
    }
}
