//! Mistakes that no mutant of the control Raft makes, each as a tweak of our Raft or of any node.
//!
//! Some break the contract and no rule of Raft; some report or apply what is not so; and some are
//! here because the mutant that comes closest breaks another property first.

use raftsim_node::{
    Action, ActionOf, Boot, Claims, Command, Duration, Event, Message, Node, Role, Status, Time,
    View as _,
};
use raftsim_raft::{Config, Disk, Entry, Raft};
use raftsim_testkit::{Tweak, Tweaked};

/// Our Raft with one mistake, which is the second of its settings.
pub(crate) type Mistaken = Tweaked<Raft, Mistake>;

/// What is wrong with it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Mistake {
    /// Nothing.
    #[default]
    Nothing,
    /// A leader ignores messages of later terms and never steps down; it claims nothing.
    DeafLeader,
    /// A candidate reports that it leads.
    LeadsUnelected,
    /// Each server reports a term of its own.
    OwnTerms,
    /// It ignores that its deadline has come.
    IgnoresTimeouts,
    /// Its step panics at the first message.
    Panics,
    /// Each entry is applied twice.
    AppliesTwice,
    /// Every fifth entry is not applied.
    Skips,
    /// The last server applies another command than was proposed, at every fifth entry.
    Garbles,
    /// Nothing after the third entry is applied.
    GivesUp,
    /// The last server applies nothing after the third entry.
    LagsLast,
    /// The first server learns of no commit after the third entry.
    StaysBehind,
    /// Each message is sent four times.
    Chatters,
    /// It boots without its log and its snapshot.
    LosesLog,
}

impl Tweak<Raft> for Mistake {
    fn config(&self, config: &Config) -> Config {
        Config { check_quorum: *self != Self::DeafLeader, ..config.clone() }
    }

    fn disk(&self, disk: &Disk) -> Disk {
        match self {
            Self::LosesLog => Disk::new(disk.term(), disk.voted_for(), vec![]),
            _ => disk.clone(),
        }
    }

    fn hears(&mut self, node: &Raft, event: &Event<raftsim_raft::Message>) -> bool {
        let Status { term, role, .. } = node.status();
        match (*self, event) {
            (Self::IgnoresTimeouts, Event::Timeout) => false,
            (Self::Panics, Event::Receive { .. }) => panic!("planted"),
            (Self::DeafLeader, Event::Receive { message, .. }) => {
                role != Role::Leader || message.term() <= Some(term)
            }
            _ => true,
        }
    }

    fn actions(&self, boot: &Boot, mut actions: Vec<ActionOf<Raft>>) -> Vec<ActionOf<Raft>> {
        let is_last = boot.voters.last() == Some(&boot.id);
        let is_fifth =
            |it: &ActionOf<Raft>| matches!(it, Action::Apply { index, .. } if index % 5 == 0);
        match self {
            Self::AppliesTwice => {
                let times = |it: &ActionOf<Raft>| 1 + usize::from(is_apply(it));
                return actions.into_iter().flat_map(|it| vec![it.clone(); times(&it)]).collect();
            }
            Self::Skips => actions.retain(|it| !is_fifth(it)),
            Self::Garbles if is_last => {
                actions.iter_mut().filter(|it| is_fifth(it)).for_each(garble);
            }
            Self::GivesUp => actions.retain(is_early),
            Self::LagsLast if is_last => actions.retain(is_early),
            Self::StaysBehind if boot.id.number() == 1 => actions.retain(is_early),
            Self::Chatters => {
                let times = |it: &ActionOf<Raft>| match it {
                    Action::Send { .. } => 4,
                    _ => 1,
                };
                return actions.into_iter().flat_map(|it| vec![it.clone(); times(&it)]).collect();
            }
            _ => {}
        }
        actions
    }

    fn status(&self, boot: &Boot, status: Status) -> Status {
        match (self, status.role) {
            (Self::LeadsUnelected, Role::Candidate) => Status::new(status.term, Role::Leader),
            (Self::StaysBehind, _) if boot.id.number() == 1 => {
                let commit = status.commit.map_or(0, |commit| commit.min(3));
                status.with_commit(commit)
            }
            (Self::OwnTerms, role) => Status::new(status.term + u64::from(boot.id.number()), role),
            _ => status,
        }
    }
}

fn is_apply(action: &ActionOf<Raft>) -> bool {
    matches!(action, Action::Apply { .. })
}

/// Whether it is anything but applying an entry after the third.
fn is_early(action: &ActionOf<Raft>) -> bool {
    !matches!(action, Action::Apply { index: 4.., .. })
}

fn garble(action: &mut ActionOf<Raft>) {
    if let Action::Apply { command, .. } = action {
        *command = Some(Command::from("garbled"));
    }
}

/// A leader that was deposed has no election timer any more. In the control Raft, whose leaders are
/// deposed by later terms alone, the mutant of this name does much less harm.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct ForgetsTimer {
    has_led: bool,
}

impl Tweak<Raft> for ForgetsTimer {
    fn hears(&mut self, node: &Raft, _: &Event<raftsim_raft::Message>) -> bool {
        self.has_led |= node.status().is_leader();
        true
    }

    fn deadline(&self, node: &Raft, deadline: Option<Time>) -> Option<Time> {
        deadline.filter(|_| !self.has_led || node.status().is_leader())
    }
}

/// It claims that its leaders step down, as those of our Raft do. On the control Raft, whose
/// leaders do not, it is a claim that is not kept.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Overclaims;

impl<N: Node> Tweak<N> for Overclaims {
    fn claims(&self, claims: Claims) -> Claims {
        claims.stepping_down_within(Duration::from_millis(600))
    }
}

/// A server that starts again has forgotten its vote, though its disk has it.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct ForgetsVote;

impl Tweak<Raft> for ForgetsVote {
    fn disk(&self, disk: &Disk) -> Disk {
        let entries = (1..=disk.last_index()).filter_map(|index| disk.entry(index));
        let log = entries.map(|(term, command)| Entry {
            term,
            command: command.expect("our Raft logs only what clients propose").clone(),
        });
        Disk::new(disk.term(), None, log.collect())
    }
}
