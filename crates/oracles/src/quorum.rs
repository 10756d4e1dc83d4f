//! No leader without a majority, for nodes that claim to step down within some bound.

use raftsim_node::{Duration, NodeId, Time};
use raftsim_sim::{Fact, Failure, Property, Rate, property};

use crate::after;

/// Judges leaders by the bound that their node claims. A leader that hears nothing has no events,
/// so the oracle has an alarm for each leader. It is set at the election; when it rings and
/// messages have arrived meanwhile, it is set again.
///
/// The bound counts by the leader's own clock, at its rate, and only while the leader runs its
/// code: a suspended leader cannot step down. When a clock changes, the count begins anew.
///
/// Invariants: each list has one value for each server (`heard`: for each pair); nothing was heard
/// in the future; a suspended leader has no alarm; `next` is the earliest alarm, and later than
/// each time at which [`Quorum::ring`] returned `Ok`.
#[derive(Clone, Debug)]
pub struct Quorum {
    /// The number of peers that, with the leader itself, make a majority.
    needed: usize,
    /// By addressee, then sender: when a message was last delivered in the addressee's present
    /// life; the begin of that life if none was.
    heard: Vec<Time>,
    /// By server: its bound and alarm, if it leads.
    leaders: Vec<Option<Leader>>,
    /// By server: since when it is suspended, if it is.
    suspended: Vec<Option<Time>>,
    /// By server: the rate of its clock.
    rates: Vec<Rate>,
    /// The earliest alarm; [`Time::MAX`] if there is none.
    next: Time,
    judged: u64,
    /// Room for the times at which a leader last heard each peer, while they are compared.
    last: Vec<Time>,
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
            last: Vec::with_capacity(size),
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

    /// `node` is suspended: it does not run its code from now on.
    pub fn suspended(&mut self, time: Time, node: NodeId) {
        self.suspended[node.slot()] = Some(time);
        self.set_alarm(node);
    }

    /// `node` runs its code again: the time of its suspension does not count.
    pub fn resumed(&mut self, time: Time, node: NodeId) {
        let Some(since) = self.suspended[node.slot()].take() else { return };
        let size = self.leaders.len();
        for heard in &mut self.heard[node.slot() * size..][..size] {
            // If the clock changed meanwhile, this is later than `since`.
            *heard = (*heard + time.since(since)).min(time);
        }
        self.set_alarm(node);
    }

    /// `node`'s clock jumped, or runs at `rate` from now on: the count begins anew, as if `node`
    /// had heard from every server.
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

    /// `node` became leader; it claims to step down within `bound`.
    pub fn leads(&mut self, node: NodeId, bound: Duration) {
        self.leaders[node.slot()] = Some(Leader { bound, alarm: Time::MAX });
        self.set_alarm(node);
    }

    /// `node` is not leader any more.
    pub fn follows(&mut self, node: NodeId) {
        self.leaders[node.slot()] = None;
        self.rearm();
    }

    /// When to call [`Quorum::ring`].
    pub fn alarm(&self) -> Time {
        self.next
    }

    /// Judges each leader whose alarm's time has come at `now`, and sets a later alarm for it.
    /// `ids` are all servers.
    pub fn ring(&mut self, now: Time, ids: impl Iterator<Item = NodeId>) -> Result<(), Failure> {
        for node in ids {
            let Some(leader) = self.leaders[node.slot()].filter(|leader| leader.alarm <= now)
            else {
                continue;
            };
            assert!(self.suspended[node.slot()].is_none(), "a suspended leader has no alarm");
            self.judged += 1;
            let contact = self.contact(node);
            let limit = self.limit(node, leader.bound, contact);
            if limit < now {
                return Err(Self::broken(now, node, leader.bound, contact));
            }
            self.leaders[node.slot()] = Some(Leader { alarm: after(limit), ..leader });
        }
        self.rearm();
        assert!(self.next > now, "a ring sets a later alarm");
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

    /// The number of times that it judged a leader.
    pub fn judged(&self) -> u64 {
        self.judged
    }

    /// The last contact of `node` with a majority: the latest time since which it heard from enough
    /// peers to be a majority with them.
    fn contact(&mut self, node: NodeId) -> Time {
        if self.needed == 0 {
            return Time::MAX;
        }
        let size = self.leaders.len();
        let heard = &self.heard[node.slot() * size..][..size];
        let peers = heard.iter().enumerate().filter(|&(slot, _)| slot != node.slot());
        self.last.clear();
        self.last.extend(peers.map(|(_, &last)| last));
        // So many peers were heard from at this time or later.
        let place = self.needed - 1;
        let (_, &mut contact, _) = self.last.select_nth_unstable_by(place, |a, b| b.cmp(a));
        contact
    }

    /// The time until which `node`, which had its last `contact` with a majority, may lead if it hears
    /// nothing more and is not suspended.
    fn limit(&self, node: NodeId, bound: Duration, contact: Time) -> Time {
        contact.saturating_add(self.rates[node.slot()].in_the_world(bound))
    }

    /// Sets the alarm of `node`, if it leads; it has none while it is suspended.
    fn set_alarm(&mut self, node: NodeId) {
        let Some(leader) = self.leaders[node.slot()] else { return };
        let alarm = match self.suspended[node.slot()] {
            None => {
                let contact = self.contact(node);
                after(self.limit(node, leader.bound, contact))
            }
            Some(_) => Time::MAX,
        };
        self.leaders[node.slot()] = Some(Leader { alarm, ..leader });
        self.rearm();
    }

    fn rearm(&mut self) {
        self.next = self.leaders.iter().flatten().map(|l| l.alarm).min().unwrap_or(Time::MAX);
    }
}
