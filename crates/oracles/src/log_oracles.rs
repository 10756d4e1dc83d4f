//! The oracles of the log and what they share, fed in the right order.

use std::ops::RangeInclusive;

use raftsim_node::{Bytes, Command, Index, NodeId, ProposalId, Snapshot, Status, Term, Time, View};
use raftsim_sim::{Fact, Failure, property};

use crate::answers::Answers;
use crate::append_only::LeaderAppendOnly;
use crate::applied::{Order, Snapshots};
use crate::commit::{CommitIndex, CommittedOnMajority};
use crate::completeness::LeaderCompleteness;
use crate::entry_terms::EntryTerms;
use crate::history::{Committed, History};
use crate::known::Known;
use crate::log::{Change, Log};
use crate::log_matching::LogMatching;
use crate::marks::Marks;
use crate::state_machine::StateMachineSafety;

/// The oracles of the log, with a copy of every disk's log, the committed history, and each
/// server's term and leadership.
///
/// A server has the status that its last step gave it: see [`LogOracles::becomes`].
///
/// Invariants: each list has one value for each server; a server that leads does so in its term, or
/// in an earlier one; `latest` is the latest term in which a server was seen to lead.
#[derive(Clone, Debug)]
pub struct LogOracles {
    matching: LogMatching,
    append_only: LeaderAppendOnly,
    completeness: LeaderCompleteness,
    state_machine: StateMachineSafety,
    order: Order,
    snapshots: Snapshots,
    commit: CommitIndex,
    on_majority: CommittedOnMajority,
    entry_terms: EntryTerms,
    answers: Answers,
    pub(crate) history: History,
    marks: Marks,
    /// By server: the log on its disk; `None` if the disk offers no view.
    logs: Vec<Option<Log>>,
    /// By server: what else is known of it.
    servers: Vec<Known>,
    /// The latest term in which a server was seen to lead, and that server.
    latest: Option<(Term, NodeId)>,
    /// The last index of a snapshot that was written when the history did not reach that far.
    snapshots_through: Index,
}

impl LogOracles {
    /// For `size` servers with empty disks.
    pub fn new(size: usize) -> Self {
        Self {
            matching: LogMatching::default(),
            append_only: LeaderAppendOnly::default(),
            completeness: LeaderCompleteness::default(),
            state_machine: StateMachineSafety::default(),
            order: Order::new(size),
            snapshots: Snapshots::default(),
            commit: CommitIndex::new(size),
            on_majority: CommittedOnMajority::default(),
            entry_terms: EntryTerms::default(),
            answers: Answers::default(),
            history: History::default(),
            marks: Marks::new(size),
            logs: vec![None; size],
            servers: vec![Known::default(); size],
            latest: None,
            snapshots_through: 0,
        }
    }

    /// The number of times that each of them judged something, in the order of the crate's table.
    pub fn judged(&self) -> [u64; 10] {
        [
            self.matching.judged(),
            self.append_only.judged(),
            self.completeness.judged(),
            self.state_machine.judged(),
            self.order.judged(),
            self.snapshots.judged(),
            self.commit.judged(),
            self.on_majority.judged(),
            self.entry_terms.judged(),
            self.answers.judged(),
        ]
    }

    /// The log on `node`'s disk, if the disk offers a view.
    #[inline]
    pub fn log(&self, node: NodeId) -> Option<&Log> {
        self.logs[node.slot()].as_ref()
    }

    /// The server that leads in `term`, if that is the latest term in which a server led.
    #[inline]
    pub fn leader(&self, term: Term) -> Option<NodeId> {
        let (latest, node) = self.latest?;
        (latest == term && self.servers[node.slot()].leads == Some(term)).then_some(node)
    }

    /// Copies what a write left on `node`'s disk; `from` and `snapshot` are those of [`Log::read`]. It
    /// judges nothing, since it runs the node's code: a panic in it is blamed on the node.
    pub fn read(
        &mut self,
        node: NodeId,
        view: Option<&dyn View>,
        snapshot: Option<(Index, Option<Term>)>,
        from: Option<Index>,
    ) -> Option<Change> {
        let log = &mut self.logs[node.slot()];
        let Some(view) = view else {
            *log = None;
            return None;
        };
        Some(log.get_or_insert_default().read(view, snapshot, from))
    }

    /// Judges the change that [`LogOracles::read`] returned.
    pub fn written(&mut self, time: Time, node: NodeId, change: &Change) -> Result<(), Failure> {
        let leads = self.servers[node.slot()].leads;
        let Some(log) = &self.logs[node.slot()] else { return Ok(()) };
        if let Some(index) = change.missing {
            let first = format!("{node}'s disk shows the entries within the bounds that it names");
            let second = if log.is_full() {
                format!("it shows {} entries and then entry {index}", Log::MOST)
            } else {
                format!("it shows no entry {index}")
            };
            let facts = [Fact::new(first), Fact::new(second).entry(index)];
            let facts = facts.map(|fact| fact.by(node));
            return Err(Failure::contract(property::DISK_SHOWS_LOG, time, facts));
        }
        if let Some(last) = change.snapshot {
            self.state_machine.stored(time, node, last, &self.history)?;
            if last.0 > self.history.last_index() {
                self.snapshots_through = self.snapshots_through.max(last.0);
            }
            self.servers[node.slot()].apart = true;
        }
        self.append_only.written(time, node, leads, change)?;
        let entry_terms = &mut self.entry_terms;
        let is_new =
            |index, term, before| entry_terms.appended(time, node, leads, (index, term), before);
        let last = self.matching.written(time, node, log, change.from, is_new)?;
        if last > self.servers[node.slot()].durable {
            self.servers[node.slot()].apart = true;
        }
        if let Some(before) = self.marks.written(node, log, change.from, &self.history) {
            let holders = self.marks.holders(before, &self.logs);
            self.on_majority.lost(time, node, before, &self.history, holders)?;
        }
        if log.snapshot().is_some() {
            let first = |log: &Option<Log>| log.as_ref().map(Log::first_index);
            self.matching.compacted(self.logs.iter().filter_map(first).min().unwrap_or(0));
        }
        match self.servers[node.slot()].unwritten {
            0 => Ok(()),
            commit => self.caught_up(time, node, commit),
        }
    }

    /// A write changed `node`'s log, which ended before the reported commit index `commit`.
    #[cold]
    fn caught_up(&mut self, time: Time, node: NodeId, commit: Index) -> Result<(), Failure> {
        self.servers[node.slot()].unwritten = 0;
        self.reached(time, node, commit)
    }

    /// `node` sends a message, or reports a commit index or that it leads: now its log must follow
    /// its snapshot, and no entry may be of a later term than its disk. Before, a server may store a
    /// snapshot in one write and cut its log in the next, or an entry before its term, and repair it.
    #[inline]
    pub fn speaks(&mut self, time: Time, node: NodeId) -> Result<(), Failure> {
        if self.servers[node.slot()].apart { self.spoken(time, node) } else { Ok(()) }
    }

    #[inline(never)]
    fn spoken(&mut self, time: Time, node: NodeId) -> Result<(), Failure> {
        self.servers[node.slot()].apart = false;
        let Some(log) = &self.logs[node.slot()] else { return Ok(()) };
        if let Some(last) = log.snapshot() {
            self.matching.compacted_through(time, node, log, last)?;
        }
        self.entry_terms.spoken(time, node, self.servers[node.slot()].durable, log)
    }

    /// `node`'s disk is in `term`.
    #[inline]
    pub fn promised(&mut self, node: NodeId, term: Term) {
        self.servers[node.slot()].durable = term;
        self.believed(node, term);
    }

    /// `node`'s status or disk is in `term`.
    #[inline]
    fn believed(&mut self, node: NodeId, term: Term) {
        let latest = &mut self.servers[node.slot()].term;
        *latest = term.max(*latest);
    }

    /// The proposal `id` is made to `node`.
    pub fn proposed(&mut self, node: NodeId, id: ProposalId) {
        self.answers.proposed(node, id, self.servers[node.slot()].current());
    }

    /// `node` accepts the proposal `id` as the entry `place`: its index and term.
    pub fn accepted(
        &mut self,
        time: Time,
        node: NodeId,
        id: ProposalId,
        place: (Index, Term),
    ) -> Result<(), Failure> {
        self.answers.accepted(time, node, id, self.servers[node.slot()].current(), place)
    }

    /// The proposal `id` is refused by `node`. Returns the terms in which `node` was since it was made.
    pub fn rejected(&mut self, node: NodeId, id: ProposalId) -> RangeInclusive<Term> {
        let now = self.servers[node.slot()].current();
        self.answers.rejected(id).unwrap_or(now)..=now
    }

    /// A step gave `node` the status `status`; the actions of its list come next.
    pub fn becomes(&mut self, node: NodeId, status: Status) {
        self.believed(node, status.term);
        let leads = status.is_leader().then_some(status.term);
        self.servers[node.slot()].leads = leads;
        if let Some(term) = leads
            && self.latest.is_none_or(|(latest, _)| latest <= term)
        {
            self.latest = Some((term, node));
        }
    }

    /// `node`'s list is done, which brought the new status `status`.
    #[inline]
    pub fn settled(
        &mut self,
        time: Time,
        node: NodeId,
        before: Status,
        status: Status,
    ) -> Result<(), Failure> {
        if status.is_leader() && (!before.is_leader() || before.term != status.term) {
            self.elected(time, node, status.term)?;
        }
        match status.commit {
            Some(commit) if before.commit != Some(commit) => self.reported(time, node, commit),
            Some(_) | None => Ok(()),
        }
    }

    /// `node` began a life with the status `status`; its service goes on from this snapshot on its
    /// disk.
    pub fn booted(
        &mut self,
        time: Time,
        node: NodeId,
        snapshot: Option<&Snapshot>,
        status: Status,
    ) -> Result<(), Failure> {
        // Some disks show an empty snapshot until there is one.
        let snapshot = snapshot.filter(|snapshot| snapshot.index > 0);
        self.commit.booted(node);
        self.order.booted(node, snapshot.map_or(0, |snapshot| snapshot.index));
        if let Some(Snapshot { index, term, data }) = snapshot {
            self.snapshots.restored(time, node, *index, data)?;
            self.state_machine.restored(time, node, *index, *term, &self.history)?;
        }
        let server = &mut self.servers[node.slot()];
        (server.term, server.unwritten) = (0, 0);
        self.becomes(node, status);
        if !self.servers[node.slot()].apart {
            return self.settled(time, node, Status::default(), status);
        }
        // It could not repair its disk yet. But it must know that it has reached the entry's term.
        if let Some(log) = &self.logs[node.slot()] {
            self.entry_terms.booted(time, node, status.term, log)?;
        }
        self.servers[node.slot()].apart = false;
        let settled = self.settled(time, node, Status::default(), status);
        self.servers[node.slot()].apart = true;
        settled
    }

    /// `node`'s life ended.
    pub fn crashed(&mut self, node: NodeId) {
        self.servers[node.slot()].leads = None;
        self.answers.crashed(node);
    }

    /// A service made this `snapshot` of everything through `index` and handed it to its server.
    pub fn compacted(&mut self, index: Index, snapshot: &Bytes) {
        self.snapshots.taken(index, snapshot);
    }

    /// `node` applies an entry: its term, if it is known, and its command.
    pub fn applied(
        &mut self,
        time: Time,
        node: NodeId,
        index: Index,
        (term, command): (Option<Term>, Option<&Command>),
    ) -> Result<(), Failure> {
        self.order.applied(time, node, index)?;
        self.state_machine.applied(time, node, index, (term, command), &self.history)?;
        if index == self.history.last_index() + 1 {
            return self.committed((time, node), (term, command.cloned()));
        }
        self.history.learn(index, term);
        Ok(())
    }

    /// `node` replaces its service's state by a snapshot.
    pub fn restored(
        &mut self,
        time: Time,
        node: NodeId,
        index: Index,
        term: Option<Term>,
        snapshot: &Bytes,
    ) -> Result<(), Failure> {
        self.order.restored(time, node, index)?;
        self.snapshots.restored(time, node, index, snapshot)?;
        self.state_machine.restored(time, node, index, term, &self.history)
    }

    #[inline(never)]
    fn elected(&mut self, time: Time, node: NodeId, term: Term) -> Result<(), Failure> {
        self.speaks(time, node)?;
        let Some(log) = &self.logs[node.slot()] else { return Ok(()) };
        let mark = self.marks.mark(node);
        self.completeness.elected(time, (node, term), log, mark, &self.history)
    }

    /// `node` reports a commit index: the entries of its log through that index are committed.
    #[inline(never)]
    fn reported(&mut self, time: Time, node: NodeId, commit: Index) -> Result<(), Failure> {
        self.commit.reported(time, node, commit)?;
        self.speaks(time, node)?;
        self.reached(time, node, commit)
    }

    /// `node` has reported the commit index `commit` in this life, now or before the write that is
    /// judged now.
    #[inline]
    fn reached(&mut self, time: Time, node: NodeId, commit: Index) -> Result<(), Failure> {
        let Some(log) = &self.logs[node.slot()] else { return Ok(()) };
        if commit > log.last_index() {
            self.servers[node.slot()].unwritten = commit;
        }
        let mark = self.marks.mark(node);
        self.state_machine.reported(time, node, commit, log, mark, &self.history)?;
        if self.history.last_index() < commit { self.extend(time, node, commit) } else { Ok(()) }
    }

    /// Extends the history through `commit` by the entries of `node`'s log, as far as it has them.
    #[inline(never)]
    fn extend(&mut self, time: Time, node: NodeId, commit: Index) -> Result<(), Failure> {
        while self.history.last_index() < commit {
            let next = self.history.last_index() + 1;
            let Some(entry) = self.log(node).and_then(|log| log.get(next)).cloned() else { break };
            self.committed((time, node), (Some(entry.term), entry.command))?;
        }
        Ok(())
    }

    /// An entry is committed at the index after the history's last, as `node` is the first to show.
    fn committed(
        &mut self,
        (time, node): (Time, NodeId),
        (term, command): (Option<Term>, Option<Command>),
    ) -> Result<(), Failure> {
        let within = self.servers[node.slot()].term;
        self.history.push(Committed { term, command, within, by: node, since: time });
        if self.history.last_index() <= self.snapshots_through {
            self.judge_snapshots(time)?;
        }
        let holders = self.marks.committed(&self.history, &self.logs);
        let by_own = self.log(node).map(|_| self.marks.mark(node) == self.history.last_index());
        self.on_majority.committed(time, &self.history, holders, by_own)?;
        let leads = self.servers.iter().map(|server| server.leads);
        self.completeness.committed(time, &self.history, &self.marks, &self.logs, leads)
    }

    /// Judges the snapshots that end where the history ends now.
    #[cold]
    fn judge_snapshots(&mut self, time: Time) -> Result<(), Failure> {
        for (log, number) in self.logs.iter().zip(1..=u8::MAX) {
            let last = log.as_ref().and_then(Log::snapshot);
            if let Some(last) = last.filter(|&(index, _)| index == self.history.last_index()) {
                self.state_machine.reached(time, NodeId::new(number), last, &self.history)?;
            }
        }
        Ok(())
    }
}
