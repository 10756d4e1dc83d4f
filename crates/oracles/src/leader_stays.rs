//! A leader stays: in a calm world neither the leader nor its term changes.

use raftsim_node::{Duration, NodeId, Role, Status, Time};
use raftsim_sim::{Fact, Failure, Fate, Property, property};

use crate::leader_liveness::Topology;

/// Watches that a leader stays in a calm world, which is one as [`crate::LeaderLiveness`] has it,
/// but for the ends of the logs: a majority that is fit, joined pairwise by links that keep every
/// message, and reached by no other server.
///
/// It judges when a server of that majority changes its term or its role. If just before all of
/// them knew one leader, in its term, then heartbeats must have kept them from standing for
/// election. That is so once these times have passed:
///
/// - since the last disturbance, a fifth of the bound within which the node elects a leader, for
///   the heartbeats to begin anew, and the time that the slowest message may take that was sent
///   before, perhaps by a server that is cut off by now;
/// - since the last of them changed its term or its role, twice the time of a prompt message. If some
///   do not report whom they know as the leader, a fifth of the bound.
///
/// Not every correct Raft keeps to this: one may pass the leadership on, or send its first
/// heartbeat late. So it is a failure only of nodes that claim it
/// ([`raftsim_node::Claims::keeps_its_leader`]); for others it is counted as a warning.
///
/// Invariants: `moved` has one value for each server, none of them in the future.
#[derive(Clone, Debug)]
pub struct LeaderStays {
    /// When the last change of the world took place, or ends.
    changed: Time,
    /// The longest time that a message may have taken so far.
    slowest: Duration,
    /// How long a disturbance, or a leader that is not reported, is given.
    patience: Duration,
    /// By server: when its term or its role last changed.
    moved: Vec<Time>,
    warned: u64,
    judged: u64,
}

/// A server that changes its term or its role, from one status to another.
#[derive(Clone, Copy, Debug)]
pub struct Move {
    /// The server.
    pub node: NodeId,
    /// Its status until now.
    pub before: Status,
    /// Its status from now on.
    pub after: Status,
}

impl LeaderStays {
    /// The property that it judges.
    pub const PROPERTY: Property = property::LEADER_STAYS;

    /// The oracle for a cluster of `size` servers, which elect a leader within `bound`.
    pub fn new(size: usize, bound: Duration) -> Self {
        Self {
            changed: Time::ZERO,
            slowest: Fate::PROMPT,
            patience: bound / 5,
            moved: vec![Time::ZERO; size],
            warned: 0,
            judged: 0,
        }
    }

    /// The servers elect a leader within `bound`.
    pub fn within(&mut self, bound: Duration) {
        self.patience = bound / 5;
    }

    /// The world changed at `time`, or a change lasts until `time`.
    pub fn changed(&mut self, time: Time) {
        self.changed = self.changed.max(time);
    }

    /// From now on a message may take up to `longest`.
    pub fn slows(&mut self, longest: Duration) {
        self.slowest = self.slowest.max(longest);
    }

    /// The oracle of leader liveness found a leader in a calm world, which is watched from then on.
    pub fn watches(&mut self) {
        self.judged += 1;
    }

    /// Whether the world has been undisturbed for long enough.
    pub fn is_calm(&self, now: Time) -> bool {
        let given = self.patience.max(self.slowest) + Fate::PROMPT;
        now > self.changed.saturating_add(given)
    }

    /// `node`'s term or role changes, after everything has been judged.
    pub fn moved(&mut self, time: Time, node: NodeId) {
        self.moved[node.slot()] = time;
    }

    /// The leader that all servers of the calm majority knew just before `step`, and that majority;
    /// `None` if they did not, or not for long enough. `statuses` are the servers' statuses; that of
    /// the one that moves does not count.
    pub fn stayed(
        &self,
        now: Time,
        step: Move,
        statuses: &[Status],
        topology: &Topology,
    ) -> Option<(NodeId, Vec<NodeId>)> {
        let before =
            |slot: usize| if slot == step.node.slot() { step.before } else { statuses[slot] };
        let majority = topology.calm_majority()?;
        if !majority.contains(&step.node.slot()) {
            return None;
        }
        let term = step.before.term;
        let mut leaders = majority.iter().filter(|&&slot| before(slot).is_leader());
        let leader = node_at(*leaders.next()?);
        let has_one = leaders.next().is_none();
        let follows = |slot: usize| {
            let status = before(slot);
            let knows = status.leader.is_none_or(|known| known == leader);
            status.term == term && (slot == leader.slot() || status.role == Role::Follower) && knows
        };
        if !has_one || !majority.iter().all(|&slot| follows(slot)) {
            return None;
        }
        let is_silent = |&slot: &usize| slot != leader.slot() && before(slot).leader.is_none();
        let given = if majority.iter().any(is_silent) { self.patience } else { Fate::PROMPT * 2 };
        let since = majority.iter().map(|&slot| self.moved[slot]).max()?;
        let has_settled = now > since.saturating_add(given);
        has_settled.then(|| (leader, majority.iter().map(|&slot| node_at(slot)).collect()))
    }

    /// The leader of `majority` did not stay. It is a failure if they claim that it does.
    #[cold]
    pub fn broken(
        &mut self,
        now: Time,
        step: Move,
        leader: NodeId,
        majority: &[NodeId],
        is_claimed: bool,
    ) -> Result<(), Failure> {
        if !is_claimed {
            self.warned += 1;
            return Ok(());
        }
        let Move { node, before, after } = step;
        let since = majority.iter().map(|node| self.moved[node.slot()]).max().unwrap_or(now);
        let names: Vec<String> = majority.iter().map(NodeId::to_string).collect();
        let (names, term) = (names.join(" "), before.term);
        let first = format!("{leader} leads {names} in term {term}, and nothing disturbs them");
        let second = format!("{node} {}", becomes(after));
        let facts = [Fact::new(first).by(leader).at(since), Fact::new(second).by(node)];
        Err(Failure::violation(Self::PROPERTY, now, facts))
    }

    /// How often a leader did not stay that was not claimed to.
    pub fn warned(&self) -> u64 {
        self.warned
    }

    /// The number of times that it watched a leader in a calm world.
    pub fn judged(&self) -> u64 {
        self.judged
    }
}

/// What a server becomes, as a sentence without its subject.
fn becomes(status: Status) -> String {
    let term = status.term;
    match status.role {
        Role::Follower => format!("follows in term {term}"),
        Role::PreCandidate => format!("asks in term {term} whether it would be elected"),
        Role::Candidate => format!("stands for election in term {term}"),
        Role::Leader => format!("leads in term {term}"),
        _ => format!("has another role in term {term}"),
    }
}

fn node_at(slot: usize) -> NodeId {
    NodeId::new(u8::try_from(slot + 1).expect("at most 255 servers"))
}
