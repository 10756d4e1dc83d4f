//! `AppendEntries` as a follower takes it (§5.3): check, mend the log, answer.

use raftsim_node::{Index, NodeId, Term, Time};

use super::disk::{Entry, Position, Write};
use super::message::{Body, Conflict};
use super::{Out, Second};

impl Second {
    /// `AppendEntries`: the entry before the new ones, those, and the leader's commit index.
    pub(super) fn append(
        &mut self,
        leader: NodeId,
        term: Term,
        (prev, entries, commit): (Position, Vec<Entry>, Index),
        now: Time,
        out: &mut Out,
    ) {
        let asked = term;
        if term < self.term() {
            // The term alone says no: to its sender it is a later one.
            let nothing = Conflict { term: None, index: prev.index };
            let result = Err(nothing);
            self.send(leader, Body::Appended { asked, prev: prev.index, result }, out);
            return;
        }
        self.follow(leader, now);
        if let Some(conflict) = self.conflict(prev) {
            let result = Err(conflict);
            self.send(leader, Body::Appended { asked, prev: prev.index, result }, out);
            return;
        }
        let through = prev.index + entries.len() as u64;
        self.store(prev.index, entries, out);
        // min(leaderCommit, index of last new entry)
        self.commit = self.commit.max(commit.min(through));
        let result = Ok(through);
        self.send(leader, Body::Appended { asked, prev: prev.index, result }, out);
    }

    /// There is a leader of this term, and it has just been heard.
    pub(super) fn follow(&mut self, leader: NodeId, now: Time) {
        self.become_follower(now);
        self.leader = Some(leader);
        self.reset_election_timer(now);
    }

    /// Where the log differs from the leader's at `prev`, if it does. What the snapshot covers is
    /// committed, and so the leader's too.
    fn conflict(&self, prev: Position) -> Option<Conflict> {
        if prev.index < self.held.base.index {
            return None;
        }
        match self.held.term_at(prev.index) {
            Some(term) if term == prev.term => None,
            Some(term) => Some(Conflict { term: Some(term), index: self.first_of(prev.index) }),
            None => Some(Conflict { term: None, index: self.held.last().index + 1 }),
        }
    }

    /// The first index that has the same term as `index`, as far as the log goes back.
    fn first_of(&self, index: Index) -> Index {
        let term = self.held.term_at(index);
        let first = self.held.base.index + 1;
        (first..index).rev().take_while(|&at| self.held.term_at(at) == term).last().unwrap_or(index)
    }

    /// Takes the entries behind `prev`. Only a conflict removes anything: what it holds already may
    /// be followed by more, of which an old message does not know.
    fn store(&mut self, prev: Index, entries: Vec<Entry>, out: &mut Out) {
        let has = |(index, entry): &(Index, Entry)| {
            *index <= self.held.base.index || self.held.term_at(*index) == Some(entry.term)
        };
        let mut new = (prev + 1..).zip(entries).skip_while(has).peekable();
        let Some(&(from, _)) = new.peek() else { return };
        let entries = new.map(|(_, entry)| entry).collect();
        self.save(Write { log: Some((from, entries)), ..Write::default() }, out);
    }
}
