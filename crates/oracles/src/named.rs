//! The leaders that servers name: a named leader leads in that term, has led, or will.

use std::mem;
use std::ops::RangeInclusive;

use raftsim_node::{NodeId, Status, Term, Time};
use raftsim_sim::{Fact, Failure, Property, property};

/// Whoever a server names as the leader of its term, in its status or when it refuses a proposal,
/// has led in that term or will. Clients follow such hints, and a wrong one sends them astray. A
/// refusal may name the leader of any term in which the server was since the proposal, or of a later
/// one.
///
/// A server that names one which has not led yet is judged as soon as it is certain that it will
/// not: when another leads in that term, or when the named one is in a later term.
///
/// Invariant: `led` ascends, by term and then by server.
#[derive(Clone, Debug)]
pub struct NamedLeaders {
    /// Each term and each server that led in it.
    led: Vec<(Term, NodeId)>,
    /// By server: the latest term that it reported.
    terms: Vec<Term>,
    /// What was named too early, or wrongly.
    open: Vec<Named>,
    judged: u64,
}

/// `by` named `leader` as the leader of `term`.
#[derive(Clone, Copy, Debug)]
struct Named {
    term: Term,
    leader: NodeId,
    by: NodeId,
    since: Time,
}

impl NamedLeaders {
    /// The property that it judges.
    pub const PROPERTY: Property = property::NAMED_LEADER_LEADS;

    /// The oracle for a cluster of `size` servers.
    pub fn new(size: usize) -> Self {
        Self { led: vec![], terms: vec![0; size], open: vec![], judged: 0 }
    }

    /// `node` has a status whose term, role or leader is new.
    pub fn becomes(&mut self, time: Time, node: NodeId, status: Status) -> Result<(), Failure> {
        let latest = &mut self.terms[node.slot()];
        *latest = status.term.max(*latest);
        if status.is_leader() || !self.open.is_empty() {
            return self.becomes_leader_or_settles(time, node, status);
        }
        self.follows(time, node, status)
    }

    #[inline(never)]
    fn becomes_leader_or_settles(
        &mut self,
        time: Time,
        node: NodeId,
        status: Status,
    ) -> Result<(), Failure> {
        if status.is_leader() {
            self.leads(status.term, node);
        }
        if !self.open.is_empty() {
            self.settle(time)?;
        }
        if status.is_leader() { Ok(()) } else { self.follows(time, node, status) }
    }

    /// `node`, which does not lead, may name a leader.
    #[inline]
    fn follows(&mut self, time: Time, node: NodeId, status: Status) -> Result<(), Failure> {
        let Status { term, leader, .. } = status;
        leader.map_or(Ok(()), |leader| self.names(time, node, term, leader))
    }

    /// `node` names `leader` when it refuses a proposal: as the leader of its term, which is the last
    /// of `terms`, of one that it was in before, or of a later one. The server may know a later leader
    /// before it has written the term, and the hint leads a client well.
    #[inline]
    pub fn refuses(
        &mut self,
        time: Time,
        node: NodeId,
        terms: RangeInclusive<Term>,
        leader: NodeId,
    ) -> Result<(), Failure> {
        self.judged += 1;
        if self.led.last() == Some(&(*terms.end(), leader)) {
            return Ok(());
        }
        self.refuses_for_another(time, node, terms, leader)
    }

    /// `node` refuses and names one that is not the latest leader of its term.
    #[inline(never)]
    fn refuses_for_another(
        &mut self,
        time: Time,
        node: NodeId,
        terms: RangeInclusive<Term>,
        leader: NodeId,
    ) -> Result<(), Failure> {
        let mut later = self.led.iter().rev().take_while(|(led, _)| led > terms.end());
        if later.any(|&(_, later)| later == leader) {
            return Ok(());
        }
        self.names_another(time, node, terms, leader)
    }

    /// `node` names `leader` as the leader of its `term`.
    #[inline]
    pub fn names(
        &mut self,
        time: Time,
        node: NodeId,
        term: Term,
        leader: NodeId,
    ) -> Result<(), Failure> {
        self.judged += 1;
        if self.led.last() == Some(&(term, leader)) {
            return Ok(());
        }
        self.names_another(time, node, term..=term, leader)
    }

    /// `node` names one that is not the latest leader.
    #[inline(never)]
    fn names_another(
        &mut self,
        time: Time,
        node: NodeId,
        terms: RangeInclusive<Term>,
        leader: NodeId,
    ) -> Result<(), Failure> {
        let term = *terms.end();
        let first = self.led.partition_point(|(led, _)| led < terms.start());
        let mut led = self.led[first..].iter().take_while(|(led, _)| *led <= term);
        if led.any(|&(_, node)| node == leader) {
            return Ok(());
        }
        self.open.push(Named { term, leader, by: node, since: time });
        self.settle(time)
    }

    /// The number of times that a server named a leader anew.
    pub fn judged(&self) -> u64 {
        self.judged
    }

    fn leads(&mut self, term: Term, node: NodeId) {
        if let Err(place) = self.led.binary_search(&(term, node)) {
            self.led.insert(place, (term, node));
        }
    }

    fn has_led(&self, term: Term, node: NodeId) -> bool {
        self.led.binary_search(&(term, node)).is_ok()
    }

    /// Judges what is open and is certain by now.
    #[cold]
    fn settle(&mut self, time: Time) -> Result<(), Failure> {
        let mut open = mem::take(&mut self.open);
        open.retain(|named| !self.has_led(named.term, named.leader));
        self.open = open;
        self.open.iter().try_for_each(|named| match self.refuted(named) {
            Some(second) => Err(named.broken(time, second)),
            None => Ok(()),
        })
    }

    /// Why the named server will never have led in that term; `None` if it still may.
    fn refuted(&self, named: &Named) -> Option<String> {
        let Named { term, leader, .. } = *named;
        let Some(&latest) = self.terms.get(leader.slot()) else {
            return Some(format!("the cluster has no server {leader}"));
        };
        let place = self.led.partition_point(|&(won, _)| won < term);
        match self.led.get(place) {
            Some(&(won, other)) if won == term => Some(format!("{other} leads in term {term}")),
            _ if latest > term => {
                Some(format!("{leader} did not lead in that term, and is in term {latest}"))
            }
            _ => None,
        }
    }
}

impl Named {
    #[cold]
    fn broken(&self, time: Time, second: String) -> Failure {
        let Self { term, leader, by, since } = *self;
        let first = format!("{by} names {leader} as the leader of term {term}");
        let facts = [Fact::new(first).by(by).at(since), Fact::new(second)];
        Failure::violation(NamedLeaders::PROPERTY, time, facts)
    }
}
