//! Our Raft with one planted flaw, which is its setting.

use raftsim_node::Message as _;
use raftsim_node::{
    Action, ActionOf, Boot, Claims, Command, Event, Node, Role, Status, Time, View,
};
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
    /// A follower never tells how it took entries; nothing is claimed.
    NeverAnswers,
    /// Every request is sent four times.
    Chatters,
    /// Each entry is applied twice.
    AppliesTwice,
    /// Every fifth entry is not applied.
    Skips,
    /// The last server applies another command than was proposed, at every fifth entry.
    Garbles,
    /// Nothing behind the third entry is applied.
    GivesUp,
    /// The last server applies nothing behind the third entry.
    LagsLast,
    /// A leader tells its followers that all it sends is committed.
    CommitsAlone,
    /// A candidate's log need not be up to date.
    VotesForStale,
    /// It boots without its log and its snapshot.
    LosesLog,
    /// It never compacts.
    NeverFolds,
    /// It does not hear of snapshots.
    RefusesSnapshots,
}

/// Our Raft, flawed.
pub(crate) struct Flawed {
    raft: Raft,
    flaw: Flaw,
    /// It led, and was deposed.
    timeless: bool,
    /// Which server it is, and whether the last.
    number: u64,
    is_last: bool,
}

impl Node for Flawed {
    type Config = Flaw;
    type Message = Message;
    type Disk = Disk;

    fn claims(flaw: &Flaw) -> Claims {
        match flaw {
            Flaw::DeafLeader | Flaw::NeverAnswers => Claims::default(),
            _ => Raft::claims(&raftsim_raft::Config::default()),
        }
    }

    fn boot(&flaw: &Flaw, boot: &Boot, disk: &Disk, now: Time) -> Self {
        let check_quorum = !matches!(flaw, Flaw::Clings | Flaw::DeafLeader | Flaw::NeverAnswers);
        let config = raftsim_raft::Config { check_quorum, ..Default::default() };
        let lost = Disk::new(disk.term(), disk.voted_for(), vec![]);
        let disk = if flaw == Flaw::LosesLog { &lost } else { disk };
        let raft = Raft::boot(&config, boot, disk, now);
        let is_last = boot.voters.last() == Some(&boot.id);
        Self { raft, flaw, timeless: false, number: boot.id.number().into(), is_last }
    }

    fn step(&mut self, mut event: Event<Message>, now: Time) -> Vec<ActionOf<Self>> {
        let led = self.raft.status().is_leader();
        match (self.flaw, &mut event) {
            (Flaw::DeafLeader, Event::Receive { message, .. })
                if led && message.sender_term() > self.raft.status().term =>
            {
                return vec![];
            }
            (Flaw::Panics, Event::Receive { .. }) => panic!("planted"),
            (Flaw::IgnoresTimeouts, Event::Timeout)
            | (Flaw::NeverFolds, Event::Compact { .. })
            | (
                Flaw::RefusesSnapshots,
                Event::Receive { message: Message::InstallSnapshot(_), .. },
            ) => return vec![],
            (
                Flaw::VotesForStale,
                Event::Receive { message: Message::RequestVote(request), .. },
            ) => request.last_log_term = request.term - 1,
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
            Flaw::NeverAnswers => actions.retain(|action| !is_sent(action, is_append_reply)),
            Flaw::Chatters => {
                let thrice = |action| vec![action; 3];
                let requests =
                    actions.iter().filter(|it| is_sent(it, |message| !message.is_reply()));
                let more: Vec<_> = requests.cloned().flat_map(thrice).collect();
                actions.extend(more);
            }
            Flaw::AppliesTwice => {
                let twice = |action| match action {
                    Action::Apply { .. } => vec![action; 2],
                    _ => vec![action],
                };
                return actions.into_iter().flat_map(twice).collect();
            }
            Flaw::Skips => {
                actions.retain(|it| !matches!(it, Action::Apply { index, .. } if index % 5 == 0));
            }
            Flaw::LagsLast if !self.is_last => {}
            Flaw::GivesUp | Flaw::LagsLast => {
                actions.retain(|it| !matches!(it, Action::Apply { index: 4.., .. }));
            }
            Flaw::Garbles if self.is_last => actions.iter_mut().for_each(garble),
            Flaw::CommitsAlone => actions.iter_mut().for_each(commit),
            _ => {}
        }
        actions
    }
}

/// Whether a message like this is sent.
fn is_sent(action: &ActionOf<Flawed>, like: impl Fn(&Message) -> bool) -> bool {
    matches!(action, Action::Send { message, .. } if like(message))
}

fn is_append_reply(message: &Message) -> bool {
    matches!(message, Message::AppendEntriesReply(_))
}

fn garble(action: &mut ActionOf<Flawed>) {
    if let Action::Apply { index, command, .. } = action
        && *index % 5 == 0
    {
        *command = Some(Command::from("garbled"));
    }
}

/// What is replicated counts as committed.
fn commit(action: &mut ActionOf<Flawed>) {
    if let Action::Send { message: Message::AppendEntries(request), .. } = action {
        request.leader_commit = request.prev_log_index + request.entries.len() as u64;
    }
}

/// Answers for a vote become this answer.
fn grant(action: &mut ActionOf<Flawed>, vote_granted: bool) {
    if let Action::Send { message: Message::RequestVoteReply(reply), .. } = action {
        reply.vote_granted = vote_granted;
    }
}
