//! Our Raft, but for one tweak.

use std::hash::{BuildHasher as _, RandomState};
use std::process;

use raftsim::{Action, ActionOf, Boot, Claims, Duration, Event};
use raftsim_raft::{Config, Message, Raft};
use raftsim_testkit::{Tweak, Tweaked};

/// Our Raft with a tweak.
pub(crate) type Near<T> = Tweaked<Raft, T>;

/// A good Raft, but one of seven it cannot be.
#[derive(Clone, Default)]
pub(crate) struct OfSeven;

impl Tweak<Raft> for OfSeven {
    fn boot(&self, boot: &Boot) -> Boot {
        assert!(boot.voters.len() < 7, "too many of us");
        boot.clone()
    }
}

/// It draws from a source of its own: its timeouts differ from run to run.
#[derive(Clone, Default)]
pub(crate) struct Unsteady;

impl Tweak<Raft> for Unsteady {
    fn boot(&self, boot: &Boot) -> Boot {
        let seed = RandomState::new().hash_one(boot.seed);
        Boot::new(boot.id, boot.voters.clone(), seed).with_notes(boot.notes)
    }
}

/// In one boot of a hundred its timeouts depend on the number of its process.
#[derive(Clone, Default)]
pub(crate) struct PerProcess;

impl Tweak<Raft> for PerProcess {
    fn boot(&self, boot: &Boot) -> Boot {
        if !boot.seed.is_multiple_of(100) {
            return boot.clone();
        }
        let seed = boot.seed ^ u64::from(process::id());
        Boot::new(boot.id, boot.voters.clone(), seed).with_notes(boot.notes)
    }
}

/// It never compacts, and hides how large its log grows.
#[derive(Clone, Default)]
pub(crate) struct Hoards;

impl Tweak<Raft> for Hoards {
    fn hears(&mut self, _: &Raft, event: &Event<Message>) -> bool {
        !matches!(event, Event::Compact { .. })
    }

    fn state_bytes(_: usize) -> usize {
        0
    }
}

/// Its election timeouts are shorter than the time between two heartbeats, and it claims nothing.
#[derive(Clone, Default)]
pub(crate) struct Restless;

impl Tweak<Raft> for Restless {
    fn config(&self, config: &Config) -> Config {
        let election_timeout = Duration::from_millis(200)..Duration::from_millis(400);
        let heartbeat_interval = Duration::from_millis(300);
        Config { election_timeout, heartbeat_interval, ..config.clone() }
    }

    fn claims(&self, _claims: Claims) -> Claims {
        Claims::default()
    }
}

/// Its election timeouts are those of a wide-area network, and it claims so.
#[derive(Clone, Default)]
pub(crate) struct Slow;

impl Tweak<Raft> for Slow {
    fn config(&self, config: &Config) -> Config {
        let election_timeout = Duration::from_secs(2)..Duration::from_secs(4);
        Config { election_timeout, ..config.clone() }
    }
}

/// It is slower still, and claims nothing.
#[derive(Clone, Default)]
pub(crate) struct SlowUnclaimed;

impl Tweak<Raft> for SlowUnclaimed {
    fn config(&self, config: &Config) -> Config {
        let election_timeout = Duration::from_secs(10)..Duration::from_secs(20);
        Config { election_timeout, ..config.clone() }
    }

    fn claims(&self, _claims: Claims) -> Claims {
        Claims::default()
    }
}

/// It prints two lines whenever it does something. It is right: a node may print what it likes.
#[derive(Clone, Default)]
pub(crate) struct Prints;

impl Tweak<Raft> for Prints {
    fn actions(&self, boot: &Boot, mut actions: Vec<ActionOf<Raft>>) -> Vec<ActionOf<Raft>> {
        actions.push(Action::Output(format!("{} does\n  something", boot.id).into()));
        actions
    }
}

/// It prints the same, and does nothing else.
#[derive(Clone, Default)]
pub(crate) struct PrintsAlone;

impl Tweak<Raft> for PrintsAlone {
    fn actions(&self, boot: &Boot, _: Vec<ActionOf<Raft>>) -> Vec<ActionOf<Raft>> {
        Prints.actions(boot, vec![])
    }
}
