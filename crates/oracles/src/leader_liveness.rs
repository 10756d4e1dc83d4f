//! Leader liveness: in a calm world a leader within the node's own bound, which is the lab's five
//! seconds unless the node claims another.

use raftsim_node::{Claims, Duration, Index, NodeId, Term, Time};
use raftsim_sim::{Fact, Failure, Fate, Property, property};

use crate::after;

/// Demands a leader in a calm world, and only there.
///
/// A world is calm if for the bound, by default five seconds, nothing changed a link, a life, a process, a disk or a
/// clock, no server was ordered to campaign, no swizzle began, and there is a majority with these
/// properties: its servers are fit (up, not suspended, with disks that take no time and clocks that
/// run at the world's rate); each two of them are joined in both directions by links that keep every
/// message; no server outside can send to one of them.
///
/// A link keeps every message if it loses and duplicates none and delays none beyond
/// [`LeaderLiveness::PROMPT`]. If two replies in three are late by seconds, a correct Raft may miss
/// any limit by chance.
///
/// The logs of that majority must also end alike, so that each of its servers could win. If one
/// server alone has the latest entries, only that server can win, and each time that another one
/// stands for election before it, a correct Raft may lose a whole election timeout. Then only the
/// limits of the scenarios apply.
///
/// Invariants: `led` has one value for each server; `next` is later than each time at which
/// [`LeaderLiveness::ring`] returned `Ok`.
#[derive(Clone, Debug)]
pub struct LeaderLiveness {
    /// Within what time a leader is demanded.
    bound: Duration,
    /// The longest time that a message may take on a link of a calm world.
    prompt: Duration,
    /// When the last change took place, or ends.
    changed: Time,
    /// By server: whether it leads, and since when it does or does not.
    led: Vec<(bool, Time)>,
    /// The time of the alarm.
    next: Time,
    judged: u64,
}

/// What [`LeaderLiveness`] reads when it judges: the state of the servers and of the links between
/// them. Each list has one value for each server.
#[derive(Clone, Debug)]
pub struct Topology {
    /// By server: whether it is up and not paused, so that it may send.
    pub acts: Vec<bool>,
    /// By server: whether it is fit: it acts, and neither its disk nor its clock delays it.
    pub fit: Vec<bool>,
    /// By sender, then addressee: whether the link is open.
    pub open: Vec<Vec<bool>>,
    /// By sender, then addressee: whether every message on the link arrives once, within
    /// [`LeaderLiveness::PROMPT`].
    pub keeps: Vec<Vec<bool>>,
    /// By server: the term and index of the last entry of its log, which elections compare; `None`
    /// if they are not known.
    pub last: Vec<Option<(Term, Index)>>,
}

impl LeaderLiveness {
    /// The property that it judges.
    pub const PROPERTY: Property = property::LEADER_LIVENESS;
    /// The lab's limit for the election of a new leader after the old one failed: 5 s.
    pub const LIMIT: Duration = Claims::ELECTS_WITHIN;
    /// The longest bound that a node may claim; a longer one counts as this.
    pub const LONGEST: Duration = Duration::from_secs(10_000);
    /// The longest time that a message may take on a link of a calm world: [`Fate::PROMPT`].
    pub const PROMPT: Duration = Fate::PROMPT;

    /// The oracle for a cluster of `size` servers, with the lab's limit as the bound.
    pub fn new(size: usize) -> Self {
        Self {
            bound: Self::LIMIT,
            prompt: Self::PROMPT,
            changed: Time::ZERO,
            led: vec![(false, Time::ZERO); size],
            next: Time::MAX,
            judged: 0,
        }
    }

    /// The bound of servers that claim these: the longest, at least 1 ns and at most
    /// [`LeaderLiveness::LONGEST`].
    pub fn bound_of(claims: impl Iterator<Item = Claims>) -> Duration {
        let longest = claims.map(|claims| claims.elects_within).max();
        let longest = longest.unwrap_or(Self::LIMIT);
        longest.clamp(Duration::from_nanos(1), Self::LONGEST)
    }

    /// From now on a leader is demanded within `bound`, which is more than zero.
    pub fn within(&mut self, bound: Duration) {
        assert!(bound > Duration::ZERO, "a leader is not demanded at once");
        self.bound = bound;
    }

    /// From now on a world is calm only if its messages take no time (jitter apart): where each of them
    /// takes nearly [`LeaderLiveness::PROMPT`], two candidates may well miss each other again and
    /// again.
    pub fn demands_no_delay(&mut self) {
        self.prompt = Duration::ZERO;
    }

    /// The longest time that a message may take on a link of a calm world.
    pub fn prompt(&self) -> Duration {
        self.prompt
    }

    /// A link, a life, a process, a disk or a clock changed at `time`, or a change lasts until
    /// `time`.
    pub fn changed(&mut self, time: Time) {
        self.changed = self.changed.max(time);
        self.next = after(self.changed.saturating_add(self.bound));
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

    /// Judges the world at `now`, when the alarm's time has come, and sets a later alarm.
    pub fn ring(&mut self, now: Time, topology: &Topology) -> Result<(), Failure> {
        assert_eq!(topology.fit.len(), self.led.len(), "a topology is of all servers");
        self.judge(now, topology)?;
        assert!(self.next > now, "a ring sets a later alarm");
        Ok(())
    }

    fn judge(&mut self, now: Time, topology: &Topology) -> Result<(), Failure> {
        let Some(majority) = topology.calm_majority() else {
            // Only a change can make this world calm, and that sets the alarm.
            self.next = Time::MAX;
            return Ok(());
        };
        if !topology.is_level(&majority) {
            self.next = now.saturating_add(self.bound);
            return Ok(());
        }
        self.judged += 1;
        let led = |slot: &usize| self.led[*slot];
        if majority.iter().map(led).any(|(leads, _)| leads) {
            self.next = now.saturating_add(self.bound);
            return Ok(());
        }
        let last_led = majority.iter().map(led).map(|(_, until)| until).max();
        let since = last_led.map_or(self.changed, |until| until.max(self.changed));
        let limit = since.saturating_add(self.bound);
        if limit >= now {
            self.next = after(limit);
            return Ok(());
        }
        Err(self.broken(now, since, &majority))
    }

    #[cold]
    fn broken(&self, now: Time, since: Time, majority: &[usize]) -> Failure {
        let node =
            |&slot: &usize| NodeId::new(u8::try_from(slot + 1).expect("at most 255 servers"));
        let majority: Vec<NodeId> = majority.iter().map(node).collect();
        let names: Vec<String> = majority.iter().map(NodeId::to_string).collect();
        let (first, second, they) = match names.as_slice() {
            [only] => (
                format!("{only}, the only server, ran undisturbed"),
                "it does not lead",
                "it claims",
            ),
            several => (
                format!("{} could talk undisturbed", several.join(" ")),
                "none of them leads",
                "they claim",
            ),
        };
        let first = format!("since {since} {first}");
        let second = if self.bound == Self::LIMIT {
            second.to_owned()
        } else {
            format!("{second}, though {they} to elect one within {}", self.bound)
        };
        let facts = [Fact::new(first).at(since), Fact::new(second)];
        Failure::violation(Self::PROPERTY, now, facts).accusing(majority)
    }

    /// The number of times that it judged a calm world.
    pub fn judged(&self) -> u64 {
        self.judged
    }
}

impl Topology {
    /// The servers, by slot, of the majority that must have a leader; `None` if there is none.
    ///
    /// Its servers are fit and joined pairwise in both directions, and no other server can send to
    /// them.
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

    /// Whether the logs of all servers of the group end alike.
    fn is_level(&self, group: &[usize]) -> bool {
        let first = self.last[group[0]];
        first.is_some() && group.iter().all(|&slot| self.last[slot] == first)
    }

    /// Whether each two servers of the group are joined in both directions by links that keep every
    /// message.
    fn is_joined(&self, group: &[usize]) -> bool {
        let joined = |&a: &usize, &b: &usize| a == b || (self.open[a][b] && self.keeps[a][b]);
        group.iter().all(|a| group.iter().all(|b| joined(a, b)))
    }
}
