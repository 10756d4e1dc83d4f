//! The control as a node: how it boots, what it does with each event, what it reports.

use std::fmt::Debug;

use raftsim_node::{ActionOf, Boot, Claims, Event, Node, Role, Status, Time};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;

use super::disk::Disk;
use super::later::Later;
use super::message::Message;
use super::past::Past;
use super::replication::Progress;
use super::variant::Config;
use super::{Control, Mutation, Out};

#[doc(hidden)]
impl Node for Control {
    type Config = Config;
    type Message = Message;
    type Disk = Disk;

    fn claims(config: &Config) -> Claims {
        config.claims()
    }

    fn boot(config: &Config, boot: &Boot, disk: &Disk, now: Time) -> Self {
        let mut server = Self {
            boot: boot.clone(),
            policy: config.policy,
            mutation: config.mutation,
            rng: ChaCha8Rng::seed_from_u64(boot.seed),
            durable: disk.clone(),
            puts_off: config.policy.puts_off(),
            later: Later::NOTHING,
            commit: disk.covered().max(disk.commit),
            applied: disk.covered(),
            role: Role::Follower,
            leader: None,
            ends: [disk.last(); 2],
            leader_heard: None,
            votes: Vec::new(),
            office: 0,
            peers: vec![Progress::default(); boot.voters.len()],
            answers: vec![now; boot.voters.len()],
            election_at: now,
            repeat_at: now,
            past: Past::default(),
        };
        server.reset_election_timer(now);
        server.boot_as_mutant();
        server
    }

    fn step(&mut self, event: Event<Message>, now: Time) -> Vec<ActionOf<Self>> {
        let mut out = Out::new(self.boot.notes);
        self.ends = [self.own_last(), self.ends[0]];
        match event {
            Event::Timeout => {
                if now >= self.later.due {
                    self.catch_up(now, &mut out);
                }
                self.timeout(now, &mut out);
            }
            Event::Receive { from, message } => self.receive(from, message, now, &mut out),
            Event::Propose { id, command } => self.propose(id, command, now, &mut out),
            Event::Compact { through, snapshot } => self.compact(through, snapshot, &mut out),
            Event::Campaign => self.campaign(now, &mut out),
            // None of its messages is a call.
            Event::CallFailed { .. } | _ => {}
        }
        if self.puts_off {
            self.put_off(now, &mut out);
        } else if self.applied < self.commit {
            self.apply_through(self.commit, &mut out);
        }
        out.into_actions()
    }

    fn deadline(&self) -> Option<Time> {
        Some(match self.role {
            Role::Leader => self.repeat_at,
            Role::PreCandidate | Role::Candidate => self.repeat_at.min(self.election_at),
            Role::Follower if self.beats_on() => self.repeat_at.min(self.election_at),
            Role::Follower | _ => self.election_at,
        })
        .map(|at| at.min(self.later.due))
        .filter(|&at| at < Time::MAX)
    }

    fn status(&self) -> Status {
        // Right: a server reports what it knows to be committed in its own log.
        let told = if self.has(Mutation::ReportsLeadersCommit) { self.past.told } else { 0 };
        Status::new(self.term(), self.role)
            .with_leader(self.known_leader())
            .with_commit(self.durable_commit().max(told))
    }

    fn inspect(&self) -> Option<&dyn Debug> {
        Some(self)
    }
}
