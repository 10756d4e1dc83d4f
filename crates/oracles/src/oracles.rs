//! All oracles together, fed from the records of a run.
//!
//! The module `records` hands each record to those that it concerns; the module `calm` feeds those of
//! calm worlds, which look at the whole cluster.

mod calm;
mod records;

use std::mem;

use raftsim_node::{Disk, Node, NodeId, Promise, Status, Time, Touched};
use raftsim_sim::{Cluster, Durable, Failure, Fault};

use crate::acknowledged::AcknowledgedStays;
use crate::durable::{OneVote, Promises, Terms, Vouched};
use crate::election::ElectionSafety;
use crate::history::History;
use crate::judged::Judged;
use crate::leader_liveness::LeaderLiveness;
use crate::leader_stays::{LeaderStays, Move};
use crate::log_oracles::LogOracles;
use crate::named::NamedLeaders;
use crate::quorum::Quorum;
use crate::validity::OnlyProposed;

/// All oracles, as the watch of a world.
///
/// Invariants: each list has one value for each server; for a server that is up, `disks` and
/// `statuses` have what the cluster shows; `next` is the earliest of the two alarms, of
/// [`Quorum`] and of [`LeaderLiveness`], and of `at_the_latest`.
#[derive(Clone, Debug)]
pub struct Oracles {
    election_safety: ElectionSafety,
    one_vote: OneVote,
    promises: Promises,
    terms: Terms,
    quorum: Quorum,
    leader_liveness: LeaderLiveness,
    leader_stays: LeaderStays,
    named: NamedLeaders,
    acknowledged: AcknowledgedStays,
    only_proposed: OnlyProposed,
    log: LogOracles,
    /// Whether a server has booted. At the first boot all disks are read: those of servers that
    /// never start count too.
    begun: bool,
    /// Whether some server accepted a proposal.
    accepted: bool,
    /// By server: its disk as of its last boot or write.
    disks: Vec<Option<Durable>>,
    /// By server: its status as of its last list that is done.
    statuses: Vec<Status>,
    /// The time at which to ring in any case.
    at_the_latest: Time,
    /// The time of the earliest alarm.
    next: Time,
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
            leader_liveness: LeaderLiveness::new(size),
            leader_stays: LeaderStays::new(size, LeaderLiveness::LIMIT),
            named: NamedLeaders::new(size),
            acknowledged: AcknowledgedStays::new(size),
            only_proposed: OnlyProposed::default(),
            log: LogOracles::new(size),
            begun: false,
            accepted: false,
            disks: vec![None; size],
            statuses: vec![Status::default(); size],
            at_the_latest: Time::MAX,
            next: Time::MAX,
        }
    }

    /// Lets the alarm ring at `time`, if none of the oracles' own is earlier: for a watch that has the
    /// oracles as its part, and alarms of its own. Holds until it is called again.
    pub fn ring_by(&mut self, time: Time) {
        self.at_the_latest = time;
        self.rearm();
    }

    /// The same oracles, which demand a leader only while messages take no time: for networks on which
    /// elections may take long.
    #[must_use]
    pub fn without_delays(mut self) -> Self {
        self.leader_liveness.demands_no_delay();
        self
    }

    /// What servers have shown to be committed so far.
    pub fn history(&self) -> &History {
        &self.log.history
    }

    /// The number of times that each oracle judged something so far.
    pub fn judged(&self) -> Judged {
        let servers = [
            self.election_safety.judged(),
            self.one_vote.judged(),
            self.promises.judged(),
            self.terms.judged(),
            self.quorum.judged(),
            self.leader_liveness.judged(),
            self.leader_stays.judged(),
            self.named.judged(),
            self.acknowledged.judged(),
            self.only_proposed.judged(),
        ];
        let warned = u64::from(self.leader_stays.warned() > 0);
        Judged::of(servers, self.log.judged()).with(warned, self.promises.seen())
    }

    /// A server that leads, or did before, has a new status after a list or a boot.
    fn leadership<N: Node>(
        &mut self,
        cluster: &Cluster<N>,
        node: NodeId,
        before: Status,
        status: Status,
    ) -> Result<(), Failure> {
        let time = cluster.now();
        if status.is_leader() && (status.term, true) != (before.term, before.is_leader()) {
            let disk = self.disks[node.slot()].map(|disk| disk.term);
            self.election_safety.leads(time, (node, cluster.life(node)), status.term, disk)?;
        }
        if status.is_leader() == before.is_leader() {
            return Ok(());
        }
        self.leader_liveness.leads(time, node, status.is_leader());
        match cluster.claims(node).steps_down_within {
            Some(bound) if status.is_leader() => self.quorum.leads(node, bound),
            Some(_) | None => self.quorum.follows(node),
        }
        self.rearm();
        Ok(())
    }

    fn written<N: Node>(
        &mut self,
        cluster: &Cluster<N>,
        node: NodeId,
        touched: Touched,
    ) -> Result<(), Failure> {
        let after = cluster.durable(node);
        let before = mem::replace(&mut self.disks[node.slot()], after);
        let time = cluster.now();
        if let (Some(before), Some(after)) = (before, after) {
            self.terms.written(time, node, before.term, after.term)?;
            self.one_vote.written(time, node, before, after)?;
        }
        if let Some(after) = after {
            self.log.promised(node, after.term);
        }
        let known = self.log.log(node).map(crate::Log::last_index);
        let is_untouched = touched.log_from.is_none() && !touched.snapshot;
        if is_untouched && known == after.map(|disk| disk.last_index) {
            return Ok(());
        }
        self.read_log(cluster, node, touched)
    }

    /// Reads a disk's log after a write that may have changed it.
    fn read_log<N: Node>(
        &mut self,
        cluster: &Cluster<N>,
        node: NodeId,
        touched: Touched,
    ) -> Result<(), Failure> {
        let change = cluster.with_disk(node, |disk| {
            let snapshot = disk.snapshot().map(|snapshot| (snapshot.index, snapshot.term));
            let view = if cluster.shows_disks() { disk.view() } else { None };
            self.log.read(node, view, snapshot, touched.log_from)
        });
        let Some(change) = change else { return Ok(()) };
        let time = cluster.now();
        self.log.written(time, node, &change)?;
        let Some(disk) = &self.disks[node.slot()] else { return Ok(()) };
        match self.log.log(node) {
            Some(log) => self.acknowledged.written(time, (node, disk.term), log, change.from),
            None => Ok(()),
        }
    }

    fn booted<N: Node>(
        &mut self,
        cluster: &Cluster<N>,
        node: NodeId,
        status: Status,
    ) -> Result<(), Failure> {
        let time = cluster.now();
        self.disks[node.slot()] = cluster.durable(node);
        self.statuses[node.slot()] = status;
        self.named.becomes(time, node, status)?;
        self.quorum.restarted(time, node);
        if let Some(disk) = cluster.durable(node) {
            self.terms.booted(time, node, disk.term, status.term)?;
        }
        if !mem::replace(&mut self.begun, true) {
            for node in cluster.ids() {
                self.log.promised(node, cluster.durable(node).map_or(0, |disk| disk.term));
                self.read_log(cluster, node, Touched::ALL)?;
            }
        }
        self.log.booted(time, node, cluster.booted_from(node), status)?;
        if status.is_leader() {
            self.leadership(cluster, node, Status::default(), status)?;
        }
        Ok(())
    }

    /// A server's list is done, which brought it a new status.
    #[expect(clippy::inline_always, reason = "inlined it saves 0.3 % of a run")]
    #[inline(always)]
    fn settled<N: Node>(&mut self, cluster: &Cluster<N>, node: NodeId) -> Result<(), Failure> {
        let Some(after) = cluster.status(node) else { return Ok(()) };
        let before = mem::replace(&mut self.statuses[node.slot()], after);
        let time = cluster.now();
        self.terms.believed(time, node, before.term, after.term)?;
        if before.term != after.term || before.role != after.role {
            if self.leader_stays.is_calm(time) {
                self.moves(cluster, Move { node, before, after })?;
            }
            self.leader_stays.moved(time, node);
        }
        if before.is_leader() || after.is_leader() {
            self.leadership(cluster, node, before, after)?;
        }
        self.log.settled(time, node, before, after)
    }

    /// `from` sends `to` a message that vouches for `vouched`.
    #[expect(clippy::inline_always, reason = "every message passes here")]
    #[inline(always)]
    fn vouched(
        &mut self,
        time: Time,
        from: NodeId,
        to: NodeId,
        vouched: Vouched,
    ) -> Result<(), Failure> {
        self.log.speaks(time, from)?;
        let Some(disk) = &self.disks[from.slot()] else { return Ok(()) };
        self.promises.sent(time, from, disk, vouched)?;
        let Vouched { term: Some(term), promise: Some(Promise::Stored { through }) } = vouched
        else {
            return Ok(());
        };
        // All logs are equal before the first entry.
        if through == 0 {
            return Ok(());
        }
        let at = |node| self.log.log(node).and_then(|log| log.term(through));
        let own = at(from);
        if term == disk.term {
            self.acknowledged.acknowledges(time, from, term, (through, own));
        }
        if self.log.leader(term) != Some(to) {
            return Ok(());
        }
        self.promises.acknowledged(time, from, through, own, (to, at(to)))
    }

    fn crashed(&mut self, time: Time, node: NodeId) {
        self.quorum.restarted(time, node);
        self.log.crashed(node);
        self.leader_liveness.leads(time, node, false);
        self.changed(time);
    }

    /// A server that is up does not run its code from now on.
    fn suspended(&mut self, time: Time, node: NodeId) {
        self.quorum.suspended(time, node);
        self.rearm();
    }

    /// A server runs its code again.
    fn resumed<N: Node>(&mut self, cluster: &Cluster<N>, node: NodeId) {
        self.quorum.resumed(cluster.now(), node);
        self.rearm();
    }

    /// A fault was injected. An armed crash changes nothing before it happens.
    fn fault<N: Node>(&mut self, cluster: &Cluster<N>, time: Time, fault: &Fault) {
        if let Fault::Clock { who, .. } | Fault::Jump { who, .. } | Fault::Expire(who) = *fault {
            self.quorum.retimed(time, who, cluster.clock_rate(who));
        }
        if let Fault::Network(settings) | Fault::Link(_, settings) = fault {
            self.leader_stays.slows(settings.longest());
        }
        if !matches!(fault, Fault::Crash { after: Some(_), .. } | Fault::Disarm(_)) {
            self.changed(time);
        }
    }

    /// A message got a fate that was given by its name, and that is no prompt delivery. It disturbs
    /// the network until the last copy arrives, at `until`, in a way that no link's settings show.
    #[cold]
    fn disturbed(&mut self, until: Time) {
        self.changed(until);
    }

    fn changed(&mut self, time: Time) {
        self.leader_liveness.changed(time);
        self.leader_stays.changed(time);
        self.rearm();
    }

    fn rearm(&mut self) {
        let alarm = self.quorum.alarm().min(self.leader_liveness.alarm());
        self.next = alarm.min(self.at_the_latest);
    }
}
