//! Our Raft with one planted flaw, which is its setting.

use raftsim_node::{Action, ActionOf, Boot, Claims, Event, Node, Role, Status, Time};
use raftsim_raft::{Disk, Message, Raft};

/// What is wrong with it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Flaw {
    /// Nothing.
    #[default]
    None,
    /// Nobody gets a vote.
    GrantsNothing,
    /// A refusal is sent as a grant, though nothing is written.
    GrantsAll,
    /// What a list persists is written behind what it sends.
    WritesLast,
    /// A cut off leader leads on, claiming that it steps down.
    Clings,
    /// A leader does not hear of higher terms, and never steps down; it claims nothing.
    DeafLeader,
    /// A leader that was deposed waits for no election any more.
    ForgetsTimer,
    /// Whoever stands for election says that it leads.
    LeadsUnelected,
    /// The servers are in terms of their own when the scenario looks.
    OwnTerms,
    /// It ignores that its deadline has come.
    IgnoresTimeouts,
    /// Its step panics at the first message.
    Panics,
}

/// Our Raft, flawed.
pub(crate) struct Flawed {
    raft: Raft,
    flaw: Flaw,
    /// It led, and was deposed.
    timeless: bool,
    /// Which server it is.
    number: u64,
}

impl Node for Flawed {
    type Config = Flaw;
    type Message = Message;
    type Disk = Disk;

    fn claims(flaw: &Flaw) -> Claims {
        match flaw {
            Flaw::DeafLeader => Claims::default(),
            _ => Raft::claims(&raftsim_raft::Config::default()),
        }
    }

    fn boot(&flaw: &Flaw, boot: &Boot, disk: &Disk, now: Time) -> Self {
        let check_quorum = !matches!(flaw, Flaw::Clings | Flaw::DeafLeader);
        let config = raftsim_raft::Config { check_quorum, ..Default::default() };
        let raft = Raft::boot(&config, boot, disk, now);
        Self { raft, flaw, timeless: false, number: boot.id.number().into() }
    }

    fn step(&mut self, event: Event<Message>, now: Time) -> Vec<ActionOf<Self>> {
        let led = self.raft.status().is_leader();
        match (self.flaw, &event) {
            (Flaw::IgnoresTimeouts, Event::Timeout) => return vec![],
            (Flaw::DeafLeader, Event::Receive { message, .. })
                if led && message.sender_term() > self.raft.status().term =>
            {
                return vec![];
            }
            (Flaw::Panics, Event::Receive { .. }) => panic!("planted"),
            _ => {}
        }
        let actions = self.raft.step(event, now);
        let leads = self.raft.status().is_leader();
        self.timeless |= led && !leads;
        self.bend(actions)
    }

    fn deadline(&self) -> Option<Time> {
        let due = self.raft.deadline();
        if self.flaw == Flaw::ForgetsTimer && self.timeless { None } else { due }
    }

    fn status(&self) -> Status {
        let status = self.raft.status();
        match (self.flaw, status.role) {
            (Flaw::LeadsUnelected, Role::Candidate) => Status::new(status.term, Role::Leader),
            (Flaw::OwnTerms, role) => Status::new(status.term + self.number, role),
            _ => status,
        }
    }
}

impl Flawed {
    /// Does to a list what the flaw asks.
    fn bend(&self, mut actions: Vec<ActionOf<Self>>) -> Vec<ActionOf<Self>> {
        match self.flaw {
            Flaw::GrantsNothing => actions.iter_mut().for_each(|action| grant(action, false)),
            Flaw::GrantsAll => actions.iter_mut().for_each(|action| grant(action, true)),
            Flaw::WritesLast => {
                actions.sort_by_key(|action| matches!(action, Action::Persist(_)));
            }
            _ => {}
        }
        actions
    }
}

/// Answers for a vote become this answer.
fn grant(action: &mut ActionOf<Flawed>, vote_granted: bool) {
    if let Action::Send { message: Message::RequestVoteReply(reply), .. } = action {
        reply.vote_granted = vote_granted;
    }
}
