//! A leader within five seconds, in a calm world.

use raftsim_node::{Duration, Index, NodeId, Term, Time};
use raftsim_sim::{Fact, Failure, Fate, Property, property};

use crate::after;

/// Demands a leader, but only of a calm world: for five seconds nothing was done to a link, a life,
/// a process, a disk or a clock, and a majority is fit (up, not paused, on disks that take no time
/// and clocks that run true), joined pairwise both ways by links that keep every message, with
/// nobody outside it able to send into it.
///
/// A link keeps every message when it loses, duplicates and delays none beyond
/// [`LeaderLiveness::PROMPT`]: where two replies in three are late by seconds, a correct Raft may
/// miss any limit by chance.
///
/// And only where any server of that majority could win: where their logs end alike. One that alone
/// has the latest entries must stand first of all, and each time that another stands before it a
/// correct Raft may lose a whole election timeout. There the scenarios' own patience decides.
#[derive(Clone, Debug)]
pub struct LeaderLiveness {
    changed: Time,
    /// By server: whether it leads, and when it last did.
    led: Vec<(bool, Time)>,
    next: Time,
    judged: u64,
}

/// Which servers are up, and what the links between them do; read when the oracle judges.
#[derive(Clone, Debug)]
pub struct Topology {
    /// By server: it is up and not paused, so that it may send.
    pub acts: Vec<bool>,
    /// By server: it acts, as fast as it should.
    pub fit: Vec<bool>,
    /// By sender, then addressee: a message may get through.
    pub open: Vec<Vec<bool>>,
    /// By sender, then addressee: every message arrives once, promptly.
    pub keeps: Vec<Vec<bool>>,
    /// By server: the last entry of its log, as elections compare them; `None` if nobody can tell.
    pub last: Vec<Option<(Term, Index)>>,
}

impl LeaderLiveness {
    /// The property that it judges.
    pub const PROPERTY: Property = property::LEADER_LIVENESS;
    /// The lab's limit: "a new leader within five seconds of the failure of the old one".
    pub const LIMIT: Duration = Duration::from_secs(5);
    /// The longest that a calm link may take.
    pub const PROMPT: Duration = Fate::PROMPT;

    /// The oracle for a cluster of `size` servers.
    pub fn new(size: usize) -> Self {
        Self {
            changed: Time::ZERO,
            led: vec![(false, Time::ZERO); size],
            next: Time::MAX,
            judged: 0,
        }
    }

    /// A link, a life, a process, a disk or a clock changed, or does by `time`.
    pub fn changed(&mut self, time: Time) {
        self.changed = self.changed.max(time);
        self.next = after(self.changed.saturating_add(Self::LIMIT));
    }

    /// `node` now leads, or no longer does.
    pub fn leads(&mut self, time: Time, node: NodeId, leads: bool) {
        let led = &mut self.led[node.slot()];
        if led.0 != leads {
            *led = (leads, time);
        }
    }

    /// When to call [`LeaderLiveness::ring`].
    pub fn alarm(&self) -> Time {
        self.next
    }

    /// The alarm's time has come.
    pub fn ring(&mut self, now: Time, topology: &Topology) -> Result<(), Failure> {
        let Some(majority) = topology.calm_majority() else {
            // Only a change can make this world calm, and that sets the alarm.
            self.next = Time::MAX;
            return Ok(());
        };
        if !topology.is_level(&majority) {
            self.next = now + Self::LIMIT;
            return Ok(());
        }
        self.judged += 1;
        let led = |slot: &usize| self.led[*slot];
        if majority.iter().map(led).any(|(leads, _)| leads) {
            self.next = now + Self::LIMIT;
            return Ok(());
        }
        let last_led = majority.iter().map(led).map(|(_, until)| until).max();
        let since = last_led.map_or(self.changed, |until| until.max(self.changed));
        let limit = since.saturating_add(Self::LIMIT);
        if limit >= now {
            self.next = after(limit);
            return Ok(());
        }
        Err(Self::broken(now, since, &majority))
    }

    #[cold]
    fn broken(now: Time, since: Time, majority: &[usize]) -> Failure {
        let node =
            |&slot: &usize| NodeId::new(u8::try_from(slot + 1).expect("at most 255 servers"));
        let majority: Vec<NodeId> = majority.iter().map(node).collect();
        let names: Vec<String> = majority.iter().map(NodeId::to_string).collect();
        let first = format!("since {since} {} could talk undisturbed", names.join(" "));
        let facts = [Fact::new(first).at(since), Fact::new("none of them leads")];
        Failure::violation(Self::PROPERTY, now, facts).accusing(majority)
    }

    /// How often it judged a calm world.
    pub fn judged(&self) -> u64 {
        self.judged
    }
}

impl Topology {
    /// The servers, by slot, of the majority that must have a leader; `None` if there is none.
    ///
    /// It is a group of servers that are fit and joined pairwise, into which nobody else can send.
    pub fn calm_majority(&self) -> Option<Vec<usize>> {
        let size = self.fit.len();
        let joined = |a: usize, b: usize| self.open[a][b] && self.open[b][a];
        let mut left: Vec<usize> = (0..size).filter(|&slot| self.fit[slot]).collect();
        while let Some(first) = left.pop() {
            let mut group = vec![first];
            let mut seen = 0;
            while seen < group.len() {
                let here = group[seen];
                let (near, far): (Vec<usize>, _) =
                    left.iter().partition(|&&other| joined(here, other));
                group.extend(near);
                left = far;
                seen += 1;
            }
            if group.len() * 2 > size {
                group.sort_unstable();
                let calm = self.is_joined(&group) && !self.is_reached(&group);
                return calm.then_some(group);
            }
        }
        None
    }

    /// Whether a server outside the group can send into it.
    fn is_reached(&self, group: &[usize]) -> bool {
        let outside = |&slot: &usize| self.acts[slot] && !group.contains(&slot);
        (0..self.acts.len()).filter(outside).any(|from| group.iter().any(|&to| self.open[from][to]))
    }

    /// Whether all of the group have equally good logs.
    fn is_level(&self, group: &[usize]) -> bool {
        let first = self.last[group[0]];
        first.is_some() && group.iter().all(|&slot| self.last[slot] == first)
    }

    fn is_joined(&self, group: &[usize]) -> bool {
        let joined = |&a: &usize, &b: &usize| a == b || (self.open[a][b] && self.keeps[a][b]);
        group.iter().all(|a| group.iter().all(|b| joined(a, b)))
    }
}
