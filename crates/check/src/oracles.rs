//! All oracles, fed from a run.

use raftsim_node::{Node, NodeId, Status, Time};
use raftsim_sim::{Cluster, Durable, Failure, Record, Seen, Vouched, Watch, What};

use crate::calm::{Calm, Topology};
use crate::durable::{OneVote, Promises, Terms};
use crate::election::ElectionSafety;
use crate::quorum::Quorum;

/// All oracles, looking on.
#[derive(Clone, Debug)]
pub struct Oracles {
    election_safety: ElectionSafety,
    one_vote: OneVote,
    promises: Promises,
    terms: Terms,
    quorum: Quorum,
    calm: Calm,
    /// By server: its disk as of the last write.
    disks: Vec<Option<Durable>>,
    /// The earliest alarm.
    next: Time,
}

/// How much each oracle judged.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Judged([u64; PROPERTIES.len()]);

/// The properties, in the order in which [`Judged`] counts them.
const PROPERTIES: [&str; 6] = [
    ElectionSafety::PROPERTY,
    OneVote::PROPERTY,
    Promises::PROPERTY,
    Terms::PROPERTY,
    Quorum::PROPERTY,
    Calm::PROPERTY,
];

impl Judged {
    /// Each property, and how many times it was judged.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, u64)> + use<> {
        PROPERTIES.into_iter().zip(self.0)
    }

    /// Adds what was judged in another run.
    pub fn add(&mut self, other: Self) {
        for (sum, times) in self.0.iter_mut().zip(other.0) {
            *sum += times;
        }
    }
}

impl Oracles {
    /// The oracles for a cluster of `size` servers.
    pub fn new(size: usize) -> Self {
        Self {
            election_safety: ElectionSafety::default(),
            one_vote: OneVote::default(),
            promises: Promises::default(),
            terms: Terms::default(),
            quorum: Quorum::new(size),
            calm: Calm::new(size),
            disks: vec![None; size],
            next: Time::MAX,
        }
    }

    /// What each oracle judged so far.
    pub fn judged(&self) -> Judged {
        Judged([
            self.election_safety.judged(),
            self.one_vote.judged(),
            self.promises.judged(),
            self.terms.judged(),
            self.quorum.judged(),
            self.calm.judged(),
        ])
    }

    /// A server's status is told, after a list or a boot; before that it was `before`.
    fn status<N: Node>(
        &mut self,
        cluster: &Cluster<N>,
        node: NodeId,
        before: Status,
    ) -> Result<(), Failure> {
        let Some(status) = cluster.status(node) else { return Ok(()) };
        let time = cluster.now();
        if status.is_leader() && (status.term, true) != (before.term, before.is_leader()) {
            self.election_safety.leads(time, node, cluster.life(node), status.term)?;
        }
        if status.is_leader() == before.is_leader() {
            return Ok(());
        }
        self.calm.leads(time, node, status.is_leader());
        match cluster.claims(node).steps_down_within {
            Some(bound) if status.is_leader() => self.quorum.leads(node, bound),
            Some(_) | None => self.quorum.follows(node),
        }
        self.rearm();
        Ok(())
    }

    fn written<N: Node>(&mut self, cluster: &Cluster<N>, node: NodeId) -> Result<(), Failure> {
        let after = cluster.durable(node);
        let before = std::mem::replace(&mut self.disks[node.slot()], after);
        let (Some(before), Some(after)) = (before, after) else { return Ok(()) };
        let time = cluster.now();
        self.terms.written(time, node, before.term, after.term)?;
        self.one_vote.written(time, node, before, after)
    }

    fn booted<N: Node>(
        &mut self,
        cluster: &Cluster<N>,
        node: NodeId,
        status: Status,
    ) -> Result<(), Failure> {
        let time = cluster.now();
        self.disks[node.slot()] = cluster.durable(node);
        self.quorum.restarted(time, node);
        if let Some(disk) = cluster.durable(node) {
            self.terms.booted(time, node, disk.term, status.term)?;
        }
        self.status(cluster, node, Status::default())
    }

    fn changed(&mut self, time: Time) {
        self.calm.changed(time);
        self.rearm();
    }

    fn rearm(&mut self) {
        self.next = self.quorum.alarm().min(self.calm.alarm());
    }
}

impl<N: Node> Watch<N> for Oracles {
    #[expect(clippy::inline_always, reason = "where it is called, the kind of record is known")]
    #[inline(always)]
    fn observe(
        &mut self,
        cluster: &Cluster<N>,
        record: &Record<Seen<'_, N>>,
    ) -> Result<(), Failure> {
        match record.what {
            What::Received { from, .. } => {
                let to = record.node.expect("a message is received by a server");
                self.quorum.delivered(record.time, from, to);
                Ok(())
            }
            What::Persisted { .. } => {
                self.written(cluster, record.node.expect("a write is a server's"))
            }
            What::Booted(status) => {
                let node = record.node.expect("a server boots");
                self.changed(record.time);
                self.booted(cluster, node, status)
            }
            What::Crashed => {
                let node = record.node.expect("a server crashes");
                self.quorum.restarted(record.time, node);
                self.calm.leads(record.time, node, false);
                self.changed(record.time);
                Ok(())
            }
            What::Disconnected
            | What::Connected
            | What::Blocked { .. }
            | What::Unblocked { .. }
            | What::Healed
            | What::Network { .. } => {
                self.changed(record.time);
                Ok(())
            }
            What::Missed { .. }
            | What::Timeout
            | What::CallFailed { .. }
            | What::Proposed { .. }
            | What::Compacted { .. }
            | What::Became(_)
            | What::Sent { .. }
            | What::Accepted { .. }
            | What::Rejected { .. }
            | What::Applied { .. }
            | What::Restored { .. }
            | What::Noted(_)
            | What::CrashArmed { .. }
            | What::Marked { .. } => Ok(()),
        }
    }

    fn settled(
        &mut self,
        cluster: &Cluster<N>,
        node: NodeId,
        before: Status,
    ) -> Result<(), Failure> {
        if let Some(after) = cluster.status(node) {
            self.terms.believed(cluster.now(), node, before.term, after.term)?;
        }
        self.status(cluster, node, before)
    }

    #[inline]
    fn vouched(
        &mut self,
        cluster: &Cluster<N>,
        from: NodeId,
        _to: NodeId,
        vouched: Vouched,
    ) -> Result<(), Failure> {
        match self.disks[from.slot()] {
            Some(disk) => self.promises.sent(cluster.now(), from, disk, vouched),
            None => Ok(()),
        }
    }

    #[inline]
    fn alarm(&self) -> Time {
        self.next
    }

    fn ring(&mut self, cluster: &Cluster<N>) -> Result<(), Failure> {
        let now = cluster.now();
        if self.quorum.alarm() <= now {
            self.quorum.ring(now, cluster.ids())?;
        }
        if self.calm.alarm() <= now {
            self.calm.ring(now, &topology(cluster))?;
        }
        self.rearm();
        Ok(())
    }
}

fn topology<N: Node>(cluster: &Cluster<N>) -> Topology {
    let ids: Vec<NodeId> = cluster.ids().collect();
    let links = |judge: &dyn Fn(NodeId, NodeId) -> bool| {
        let row = |&from: &NodeId| ids.iter().map(|&to| to != from && judge(from, to)).collect();
        ids.iter().map(row).collect()
    };
    Topology {
        up: ids.iter().map(|&id| cluster.is_up(id)).collect(),
        open: links(&|from, to| !cluster.is_blocked(from, to)),
        keeps: links(&|from, to| cluster.link_settings(from, to).keeps(Calm::PROMPT)),
    }
}
