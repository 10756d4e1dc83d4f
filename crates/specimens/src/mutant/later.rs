//! What a policy puts off: entries that are written later, proposals that are gathered, entries
//! that are applied later. The control puts off nothing.

use core::mem;

use raftsim_node::{Action, Disk as _, Duration, Index, NodeId, Role, Time};

use super::disk::{Entry, Write};
use super::message::Body;
use super::policy::Writes;
use super::{Control, Mutation, Out};

/// What is put off, and until when: [`Time::MAX`] if nothing is.
#[derive(Clone, Debug)]
pub(super) struct Later {
    /// The earliest of the three times.
    pub(super) due: Time,
    write_at: Time,
    send_at: Time,
    apply_at: Time,
    /// The first entry that the disk lacks: from here on the log is not written.
    unwritten: Option<Index>,
    /// The acknowledgements of such entries.
    answers: Vec<(NodeId, Body)>,
    /// The commit index for which entries were last put off to be applied.
    apply_through: Index,
}

impl Later {
    pub(super) const NOTHING: Self = Self {
        due: Time::MAX,
        write_at: Time::MAX,
        send_at: Time::MAX,
        apply_at: Time::MAX,
        unwritten: None,
        answers: Vec::new(),
        apply_through: 0,
    };

    /// Whether proposals are being gathered.
    pub(super) const fn gathers(&self) -> bool {
        self.send_at.as_nanos() < Time::MAX.as_nanos()
    }
}

impl Control {
    /// Does what is due.
    pub(super) fn catch_up(&mut self, now: Time, out: &mut Out) {
        if now >= self.later.write_at {
            out.note("entries are due on the disk");
            self.later.write_at = Time::MAX;
            self.flush(out);
            // Right: the leader's own write may be the last that a majority needed.
            if !self.has(Mutation::OwnWriteCommitsNothing) {
                self.advance_as_leader(out);
            }
        }
        if now >= self.later.send_at {
            out.note("gathered proposals are due");
            self.later.send_at = Time::MAX;
            self.advance_as_leader(out);
        }
        if now >= self.later.apply_at {
            self.later.apply_at = Time::MAX;
            let most = self.applied.saturating_add(self.policy.applies_at_once as Index);
            self.apply_through(self.durable_commit().min(most), out);
        }
    }

    fn advance_as_leader(&mut self, out: &mut Out) {
        if self.role == Role::Leader {
            self.advance(out);
        }
    }

    /// At the end of a step: writes the commit index, applies what need not wait, and sets the
    /// times of what waits.
    pub(super) fn put_off(&mut self, now: Time, out: &mut Out) {
        if self.policy.writes_commit {
            self.write_commit(out);
        }
        if self.policy.applies_after == Duration::ZERO {
            self.apply_through(self.durable_commit(), out);
        } else if self.applied < self.durable_commit() && self.later.apply_at == Time::MAX {
            // Right: what one batch leaves is applied in the next.
            let is_news = self.durable_commit() > self.later.apply_through;
            if is_news || !self.has(Mutation::ApplierStopsAfterBatch) {
                self.later.apply_at = now.saturating_add(self.policy.applies_after);
                self.later.apply_through = self.durable_commit();
            }
        }
        if let Writes::After(delay) = self.policy.writes
            && self.later.unwritten.is_some()
            && self.later.write_at == Time::MAX
        {
            self.later.write_at = now.saturating_add(delay);
        }
        let Later { write_at, send_at, apply_at, .. } = self.later;
        self.later.due = write_at.min(send_at).min(apply_at);
    }

    /// The index through which entries are committed, as far as they are on this disk. No more is
    /// reported or applied.
    pub(super) fn durable_commit(&self) -> Index {
        self.later.unwritten.map_or(self.commit, |from| self.commit.min(from - 1))
    }

    /// The last index through which the log is on the disk.
    pub(super) fn written(&self) -> Index {
        // Right: what is only in memory does not count.
        let unwritten = self.later.unwritten.filter(|_| !self.has(Mutation::CountsOwnUnwritten));
        unwritten.map_or(self.durable.last().index, |from| from - 1)
    }

    /// A leader gathers proposals from now on, if it does not yet.
    pub(super) fn gather(&mut self, now: Time) {
        if !self.later.gathers() {
            self.later.send_at = now.saturating_add(self.policy.gathers);
        }
    }

    /// [`Control::save`], where entries are written later or one by one. `is_lost`: a mutant leaves
    /// its disk as it is.
    pub(super) fn save_otherwise(&mut self, write: Write, is_lost: bool, out: &mut Out) {
        // Writes reach the disk in their order, and what promises them is sent in its own term.
        if !write.is_of_log() {
            self.flush_before(&write, out);
        }
        let before = self.overwritten(&write);
        self.durable.write(write.clone());
        if is_lost {
            return;
        }
        match (self.policy.writes, write.log.clone()) {
            (Writes::EntryByEntry, Some((from, entries))) if !entries.is_empty() => {
                for (index, entry) in (from..).zip(entries) {
                    let after = before.iter().skip(usize::try_from(index - from).unwrap_or(0) + 1);
                    let log = Some((index, [entry].into_iter().chain(after.cloned()).collect()));
                    out.push(Action::Persist(Write { log, ..Write::default() }));
                }
                if !before.is_empty() {
                    out.push(Action::Persist(write));
                }
            }
            (Writes::After(_), Some((from, _))) if write.is_of_log() => {
                let first = self.later.unwritten.map_or(from, |first| first.min(from));
                self.later.unwritten = Some(first);
            }
            (Writes::AtOnce | Writes::EntryByEntry | Writes::After(_), _) => {
                out.push(Action::Persist(write));
            }
        }
    }

    /// Right: entries that are not written yet come first, whatever is written.
    fn flush_before(&mut self, write: &Write, out: &mut Out) {
        match self.mutation {
            Some(Mutation::CompactionForgetsUnwritten) if write.snapshot.is_some() => {
                self.later.unwritten = None;
            }
            Some(Mutation::CommitWrittenBeforeEntries) if write.commit > 0 => {}
            Some(_) | None => self.flush(out),
        }
    }

    /// Right: the first of the entries that replace others cuts the log. The entries that a mutant
    /// leaves there until all are written.
    fn overwritten(&self, write: &Write) -> Vec<Entry> {
        let Some((from, _)) = &write.log else { return vec![] };
        let leaves = self.has(Mutation::OverwritesOneByOne);
        if leaves { self.durable.from(*from).to_vec() } else { vec![] }
    }

    /// Writes the entries that are not written yet, and then acknowledges them.
    fn flush(&mut self, out: &mut Out) {
        let Some(from) = self.later.unwritten.take() else { return };
        let log = Some((from, self.durable.from(from).to_vec()));
        out.push(Action::Persist(Write { log, ..Write::default() }));
        for (to, answer) in mem::take(&mut self.later.answers) {
            self.send(to, answer, out);
        }
    }

    /// Answers that entries through `through` are stored, once they are written.
    pub(super) fn acknowledge(
        &mut self,
        leader: NodeId,
        answer: Body,
        through: Index,
        out: &mut Out,
    ) {
        if self.later.unwritten.is_some_and(|from| from <= through) {
            self.later.answers.push((leader, answer));
        } else {
            self.send(leader, answer, out);
        }
    }

    /// Writes the commit index, if it is new. Nothing depends on it: after a crash it only saves
    /// asking the leader.
    fn write_commit(&mut self, out: &mut Out) {
        if self.commit > self.durable.commit {
            self.save(Write { commit: self.commit, ..Write::default() }, out);
        }
    }
}
