//! No leader without a majority, for nodes that claim to step down within some bound.

use raftsim_node::{Duration, NodeId, Time};
use raftsim_sim::{Fact, Failure, Property, Rate, property};

use crate::after;

/// Holds leaders to their claim. A leader that hears nothing has no events, so the oracle keeps an
/// alarm for each: set when it is elected, moved on lazily when it rings too early.
///
/// The bound is counted by the leader's own clock, as fast as that runs, and only while the leader
/// runs its code: paused, or waiting for its disk, it cannot step down. Where a clock changes, the
/// count begins anew.
#[derive(Clone, Debug)]
pub struct Quorum {
    /// How many peers make a majority together with the leader itself.
    needed: usize,
    /// By addressee, then sender: when a message was last delivered in the addressee's present
    /// life; its boot, if none was.
    heard: Vec<Time>,
    leaders: Vec<Option<Leader>>,
    /// By server: since when it does not run its code, if it does not.
    suspended: Vec<Option<Time>>,
    /// By server: how fast its clock runs.
    rates: Vec<Rate>,
    next: Time,
    judged: u64,
}

#[derive(Clone, Copy, Debug)]
struct Leader {
    bound: Duration,
    alarm: Time,
}

impl Quorum {
    /// The property that it judges.
    pub const PROPERTY: Property = property::LEADER_HAS_MAJORITY;

    /// The oracle for a cluster of `size` servers.
    pub fn new(size: usize) -> Self {
        Self {
            needed: size / 2,
            heard: vec![Time::ZERO; size * size],
            leaders: vec![None; size],
            suspended: vec![None; size],
            rates: vec![Rate::TRUE; size],
            next: Time::MAX,
            judged: 0,
        }
    }

    /// `node` began a life, or ended one.
    pub fn restarted(&mut self, time: Time, node: NodeId) {
        let size = self.leaders.len();
        self.heard[node.slot() * size..][..size].fill(time);
        self.leaders[node.slot()] = None;
        self.suspended[node.slot()] = None;
        self.rearm();
    }

    /// `node` does not run its code from now on.
    pub fn suspended(&mut self, time: Time, node: NodeId) {
        self.suspended[node.slot()] = Some(time);
        self.set_alarm(node);
    }

    /// `node` runs its code again: the time since it was suspended is not counted.
    pub fn resumed(&mut self, time: Time, node: NodeId) {
        let Some(since) = self.suspended[node.slot()].take() else { return };
        let size = self.leaders.len();
        for heard in &mut self.heard[node.slot() * size..][..size] {
            // What a clock's change moved on meanwhile lies behind `since`.
            *heard = (*heard + time.since(since)).min(time);
        }
        self.set_alarm(node);
    }

    /// `node`'s clock jumped, or runs at `rate` from now on: that counts as hearing from everybody.
    pub fn retimed(&mut self, time: Time, node: NodeId, rate: Rate) {
        let size = self.leaders.len();
        self.heard[node.slot() * size..][..size].fill(time);
        self.rates[node.slot()] = rate;
        self.set_alarm(node);
    }

    /// A message from `from` was delivered to `to`.
    #[inline]
    pub fn delivered(&mut self, time: Time, from: NodeId, to: NodeId) {
        let size = self.leaders.len();
        self.heard[to.slot() * size + from.slot()] = time;
    }

    /// `node` became leader, claiming to step down within `bound`.
    pub fn leads(&mut self, node: NodeId, bound: Duration) {
        self.leaders[node.slot()] = Some(Leader { bound, alarm: Time::MAX });
        self.set_alarm(node);
    }

    /// `node` is no longer leader.
    pub fn follows(&mut self, node: NodeId) {
        self.leaders[node.slot()] = None;
        self.rearm();
    }

    /// When to call [`Quorum::ring`].
    pub fn alarm(&self) -> Time {
        self.next
    }

    /// The alarm's time has come: judges every leader whose alarm it is.
    pub fn ring(&mut self, now: Time, ids: impl Iterator<Item = NodeId>) -> Result<(), Failure> {
        for node in ids {
            let Some(leader) = self.leaders[node.slot()].filter(|leader| leader.alarm <= now)
            else {
                continue;
            };
            self.judged += 1;
            let contact = self.contact(node);
            let limit = self.limit(node, leader);
            if limit < now {
                return Err(Self::broken(now, node, leader.bound, contact));
            }
            self.leaders[node.slot()] = Some(Leader { alarm: after(limit), ..leader });
        }
        self.rearm();
        Ok(())
    }

    #[cold]
    fn broken(now: Time, node: NodeId, bound: Duration, contact: Time) -> Failure {
        let claim =
            format!("{node} claims to lead no longer than {bound} without messages of a majority");
        let seen = format!("the last reached it at {contact}, and it still leads");
        let facts = [Fact::new(claim).by(node), Fact::new(seen).by(node).at(contact)];
        Failure::violation(Self::PROPERTY, now, facts)
    }

    /// How often it judged a leader.
    pub fn judged(&self) -> u64 {
        self.judged
    }

    /// Since when messages of a majority, itself counted, have reached `node`: the latest time
    /// since which enough peers were heard.
    fn contact(&self, node: NodeId) -> Time {
        if self.needed == 0 {
            return Time::MAX;
        }
        let size = self.leaders.len();
        let heard = &self.heard[node.slot() * size..][..size];
        let peers = || (0..size).filter(|&slot| slot != node.slot()).map(|slot| heard[slot]);
        let enough = |since| peers().filter(|&last| last >= since).count() >= self.needed;
        peers().filter(|&since| enough(since)).max().expect("all peers are enough")
    }

    /// Until when `node` may lead, if it hears nothing more and runs all the time.
    fn limit(&self, node: NodeId, leader: Leader) -> Time {
        let bound = self.rates[node.slot()].in_the_world(leader.bound);
        self.contact(node).saturating_add(bound)
    }

    /// Sets the alarm of `node`, if it leads: none while it is suspended.
    fn set_alarm(&mut self, node: NodeId) {
        let Some(leader) = self.leaders[node.slot()] else { return };
        let alarm = match self.suspended[node.slot()] {
            None => after(self.limit(node, leader)),
            Some(_) => Time::MAX,
        };
        self.leaders[node.slot()] = Some(Leader { alarm, ..leader });
        self.rearm();
    }

    fn rearm(&mut self) {
        self.next = self.leaders.iter().flatten().map(|l| l.alarm).min().unwrap_or(Time::MAX);
    }
}
