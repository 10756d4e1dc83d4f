//! A correct Raft that is not ours: a follower draws its election timeout anew whenever it adopts a
//! later term, whoever told it and whatever it answers, as etcd and many solutions of the lab do.
//!
//! Ours lets a running timer run on. Where logs differ and only some servers can win, the others'
//! campaigns then put theirs off, and elections take longer: a limit that such a Raft misses is too
//! strict.

use raftsim_node::{ActionOf, Boot, Claims, Duration, Event, Node, Role, Status, Time};
use raftsim_raft::{Config, Disk, Message, Raft};

/// How far ahead of the world its Raft's clock is at first: more than it can lose in a run.
const AHEAD: Duration = Duration::from_secs(3600);

/// Our Raft, with a clock that is set forward or back so that a follower's deadline is due when it
/// should be: a follower looks at its clock for nothing else.
pub(crate) struct Restless {
    raft: Raft,
    config: Config,
    ahead: Duration,
    random: u64,
}

impl Node for Restless {
    type Config = Config;
    type Message = Message;
    type Disk = Disk;

    fn claims(config: &Config) -> Claims {
        Raft::claims(config)
    }

    fn boot(config: &Config, boot: &Boot, disk: &Disk, now: Time) -> Self {
        let raft = Raft::boot(config, boot, disk, now + AHEAD);
        Self { raft, config: config.clone(), ahead: AHEAD, random: boot.seed | 1 }
    }

    fn step(&mut self, event: Event<Message>, now: Time) -> Vec<ActionOf<Self>> {
        let before = self.raft.status().term;
        let actions = self.raft.step(event, now + self.ahead);
        let Status { term, role, .. } = self.raft.status();
        if term > before && role == Role::Follower {
            let due = now + self.draw();
            let ours = self.raft.deadline().expect("our Raft always waits for something");
            self.ahead = ours.since(due);
        }
        actions
    }

    fn deadline(&self) -> Option<Time> {
        let ours = self.raft.deadline()?;
        Some(Time::ZERO + ours.since(Time::ZERO + self.ahead))
    }

    fn status(&self) -> Status {
        self.raft.status()
    }
}

impl Restless {
    /// An election timeout, by Marsaglia's xorshift.
    fn draw(&mut self) -> Duration {
        self.random ^= self.random << 13;
        self.random ^= self.random >> 7;
        self.random ^= self.random << 17;
        let range = &self.config.election_timeout;
        let span = (range.end - range.start).as_nanos();
        range.start + Duration::from_nanos(self.random % span)
    }
}
