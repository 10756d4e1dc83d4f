//! Our Raft, but for one quirk.

use std::fmt;
use std::hash::{BuildHasher as _, RandomState};
use std::process;

use raftsim::{Action, ActionOf, Boot, Claims, Duration, Event, NodeEntry};
use raftsim_raft::{Config, Message, Raft};
use raftsim_testkit::{Tweak, Tweaked};

/// What is different about a node that is our Raft otherwise.
pub(crate) trait Quirk: Sync {
    /// What it is booted with instead of the settings `config`.
    fn config(&self, config: &Config) -> Config {
        config.clone()
    }

    /// What it claims instead of `claims`.
    fn claims(&self, claims: Claims) -> Claims {
        claims
    }

    /// What it is booted with instead of `boot`.
    fn boot(&self, boot: &Boot) -> Boot {
        boot.clone()
    }

    /// What the server that was booted with `boot` does instead of `actions`.
    fn actions(&self, _boot: &Boot, actions: Vec<ActionOf<Raft>>) -> Vec<ActionOf<Raft>> {
        actions
    }

    /// What people see of its memory instead of `shown`.
    fn inspect<'a>(&'a self, shown: Option<&'a dyn fmt::Debug>) -> Option<&'a dyn fmt::Debug> {
        shown
    }
}

/// The quirk of a node. One type for all, because each type of node is built with every scenario.
#[derive(Clone, Default)]
pub(crate) struct Quirks(Option<&'static dyn Quirk>);

/// A node with this name that is our Raft but for this quirk.
pub(crate) fn near(name: &str, quirk: &'static dyn Quirk) -> NodeEntry {
    let config = (Config::default(), Quirks(Some(quirk)));
    NodeEntry::with_config::<Tweaked<Raft, Quirks>>(name, config)
}

impl Tweak<Raft> for Quirks {
    fn config(&self, config: &Config) -> Config {
        self.0.map_or_else(|| config.clone(), |quirk| quirk.config(config))
    }

    fn claims(&self, claims: Claims) -> Claims {
        match self.0 {
            Some(quirk) => quirk.claims(claims),
            None => claims,
        }
    }

    fn boot(&self, boot: &Boot) -> Boot {
        self.0.map_or_else(|| boot.clone(), |quirk| quirk.boot(boot))
    }

    fn actions(&self, boot: &Boot, actions: Vec<ActionOf<Raft>>) -> Vec<ActionOf<Raft>> {
        match self.0 {
            Some(quirk) => quirk.actions(boot, actions),
            None => actions,
        }
    }

    fn inspect<'a>(&'a self, shown: Option<&'a dyn fmt::Debug>) -> Option<&'a dyn fmt::Debug> {
        self.0.map_or(shown, |quirk| quirk.inspect(shown))
    }
}

/// A good Raft, but one of seven it cannot be.
pub(crate) struct OfSeven;

impl Quirk for OfSeven {
    fn boot(&self, boot: &Boot) -> Boot {
        assert!(boot.voters.len() < 7, "too many of us");
        boot.clone()
    }
}

/// It draws from a source of its own: its timeouts differ from run to run.
pub(crate) struct Unsteady;

impl Quirk for Unsteady {
    fn boot(&self, boot: &Boot) -> Boot {
        let seed = RandomState::new().hash_one(boot.seed);
        Boot::new(boot.id, boot.voters.clone(), seed).with_notes(boot.notes)
    }
}

/// In one boot of a hundred its timeouts depend on the number of its process.
pub(crate) struct PerProcess;

impl Quirk for PerProcess {
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
pub(crate) struct Restless;

impl Quirk for Restless {
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
pub(crate) struct Slow;

impl Quirk for Slow {
    fn config(&self, config: &Config) -> Config {
        let election_timeout = Duration::from_secs(2)..Duration::from_secs(4);
        Config { election_timeout, ..config.clone() }
    }
}

/// It is slower still, and claims nothing.
pub(crate) struct SlowUnclaimed;

impl Quirk for SlowUnclaimed {
    fn config(&self, config: &Config) -> Config {
        let election_timeout = Duration::from_secs(10)..Duration::from_secs(20);
        Config { election_timeout, ..config.clone() }
    }

    fn claims(&self, _claims: Claims) -> Claims {
        Claims::default()
    }
}

/// It prints two lines whenever it does something. It is right: a node may print what it likes.
pub(crate) struct Prints;

impl Quirk for Prints {
    fn actions(&self, boot: &Boot, mut actions: Vec<ActionOf<Raft>>) -> Vec<ActionOf<Raft>> {
        actions.push(Action::Output(format!("{} does\n  something", boot.id).into()));
        actions
    }
}

/// It prints the same, and does nothing else.
pub(crate) struct PrintsAlone;

impl Quirk for PrintsAlone {
    fn actions(&self, boot: &Boot, _: Vec<ActionOf<Raft>>) -> Vec<ActionOf<Raft>> {
        Prints.actions(boot, vec![])
    }
}
