//! No leader without a majority, for nodes that claim to step down within some bound.

use raftsim_node::{Duration, NodeId, Time};
use raftsim_sim::Failure;

use crate::after;

/// Holds leaders to their claim. A leader that hears nothing has no events, so the oracle keeps an
/// alarm for each: set when it is elected, moved on lazily when it rings too early.
#[derive(Clone, Debug)]
pub struct Quorum {
    /// How many peers make a majority together with the leader itself.
    needed: usize,
    /// By addressee, then sender: when a message was last delivered in the addressee's present
    /// life; its boot, if none was.
    heard: Vec<Time>,
    leaders: Vec<Option<Leader>>,
    next: Time,
    judged: u64,
}

#[derive(Clone, Copy, Debug)]
struct Leader {
    bound: Duration,
    alarm: Time,
}

impl Quorum {
    /// The property's name.
    pub const PROPERTY: &str = "no leader without a majority";

    /// The oracle for a cluster of `size` servers.
    pub fn new(size: usize) -> Self {
        Self {
            needed: size / 2,
            heard: vec![Time::ZERO; size * size],
            leaders: vec![None; size],
            next: Time::MAX,
            judged: 0,
        }
    }

    /// `node` began a life, or ended one.
    pub fn restarted(&mut self, time: Time, node: NodeId) {
        let size = self.leaders.len();
        self.heard[node.slot() * size..][..size].fill(time);
        self.leaders[node.slot()] = None;
        self.rearm();
    }

    /// A message from `from` was delivered to `to`.
    #[inline]
    pub fn delivered(&mut self, time: Time, from: NodeId, to: NodeId) {
        let size = self.leaders.len();
        self.heard[to.slot() * size + from.slot()] = time;
    }

    /// `node` became leader, claiming to step down within `bound`.
    pub fn leads(&mut self, node: NodeId, bound: Duration) {
        let alarm = after(self.contact(node).saturating_add(bound));
        self.leaders[node.slot()] = Some(Leader { bound, alarm });
        self.rearm();
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
            let limit = contact.saturating_add(leader.bound);
            if limit < now {
                let facts = [
                    format!(
                        "{node} claims to lead no longer than {} without messages of a majority",
                        leader.bound
                    ),
                    format!("the last reached it at {contact}, and it still leads"),
                ];
                return Err(Failure::violation(Self::PROPERTY, now, facts));
            }
            self.leaders[node.slot()] = Some(Leader { alarm: after(limit), ..leader });
        }
        self.rearm();
        Ok(())
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

    fn rearm(&mut self) {
        self.next = self.leaders.iter().flatten().map(|l| l.alarm).min().unwrap_or(Time::MAX);
    }
}
