//! The state that a page shows of each server, and of the links: it is followed through the whole
//! run, so that a window can begin anywhere.

use std::collections::VecDeque;

use raftsim_node::{NodeId, Role, Status, Term};
use raftsim_sim::{Link, PlainDisk};

use super::model::{DiskRows, LinkRows, StatusRows, TimerRows};

/// The state of all servers and links.
#[derive(Debug)]
pub(super) struct State {
    servers: Vec<Server>,
    blocked: Vec<Link>,
}

#[derive(Clone, Debug, Default)]
struct Server {
    status: Shown,
    disk: Option<Disk>,
    due: Option<u64>,
}

/// What a row of `status` shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Shown {
    role: u8,
    term: Term,
    leader: Option<NodeId>,
    commit: Option<u64>,
}

#[derive(Clone, Debug)]
struct Disk {
    term: Term,
    vote: u8,
    first: u64,
    terms: VecDeque<Term>,
}

impl Default for Disk {
    fn default() -> Self {
        Self { term: 0, vote: 0, first: 1, terms: VecDeque::new() }
    }
}

impl Disk {
    /// A write left it so. Returns whether anything of that is new. It takes time for what changed
    /// alone, however long the log is.
    fn write(&mut self, shown: &PlainDisk) -> bool {
        let PlainDisk { term, voted_for, first, from, ref terms } = *shown;
        let head = (term, number(voted_for), first);
        let is_same = head == (self.term, self.vote, self.first);
        if first < self.first {
            self.terms.clear();
        }
        let entries = |count: u64| usize::try_from(count).unwrap_or(usize::MAX);
        let gone = entries(first.saturating_sub(self.first)).min(self.terms.len());
        self.terms.drain(..gone);
        let kept = entries(from.saturating_sub(first)).min(self.terms.len());
        let is_same_log = self.terms.range(kept..).eq(terms);
        self.terms.truncate(kept);
        self.terms.extend(terms);
        (self.term, self.vote, self.first) = head;
        !(is_same && is_same_log)
    }
}

impl State {
    pub(super) fn new(servers: u8) -> Self {
        Self { servers: vec![Server::default(); usize::from(servers)], blocked: vec![] }
    }

    /// The commit index that a server shows.
    pub(super) fn commit(&self, node: NodeId) -> u64 {
        self.servers[node.slot()].status.commit.unwrap_or(0)
    }

    /// A server has this status; `None`: it is down. Returns whether that is new.
    pub(super) fn set_status(&mut self, node: NodeId, status: Option<Status>) -> bool {
        let server = &mut self.servers[node.slot()];
        let shown = match status {
            Some(status) => Shown {
                role: role_number(status.role),
                term: status.term,
                leader: status.leader,
                commit: status.commit,
            },
            None => Shown { role: 0, leader: None, commit: None, ..server.status },
        };
        let is_new = shown != server.status;
        server.status = shown;
        is_new
    }

    /// A write left a server's disk in this state. Returns whether anything of that is new.
    pub(super) fn set_disk(&mut self, node: NodeId, shown: &PlainDisk) -> bool {
        let disk = &mut self.servers[node.slot()].disk;
        let is_first = disk.is_none();
        disk.get_or_insert_default().write(shown) || is_first
    }

    pub(super) fn set_due(&mut self, node: NodeId, due: Option<u64>) {
        self.servers[node.slot()].due = due;
    }

    pub(super) fn set_blocked(&mut self, blocked: Vec<Link>) {
        self.blocked = blocked;
    }

    /// Adds a row for a server's status.
    pub(super) fn status_row(&self, step: i64, node: NodeId, rows: &mut StatusRows) {
        let Shown { role, term, leader, commit } = self.servers[node.slot()].status;
        rows.step.push(step);
        rows.on.push(node.number());
        rows.role.push(role);
        rows.term.push(term);
        rows.leader.push(leader.map_or(-1, |leader| leader.number().into()));
        rows.commit.push(commit.map_or(-1, signed));
    }

    /// Adds a row for what a write left on a server's disk.
    pub(super) fn disk_row(step: i64, node: NodeId, disk: &PlainDisk, rows: &mut DiskRows) {
        rows.step.push(step);
        rows.on.push(node.number());
        rows.term.push(disk.term);
        rows.vote.push(number(disk.voted_for));
        rows.first.push(disk.first);
        rows.from.push(disk.from);
        rows.terms.push(disk.terms.clone());
    }

    pub(super) fn timer_row(&self, step: i64, node: NodeId, rows: &mut TimerRows) {
        rows.step.push(step);
        rows.on.push(node.number());
        rows.due.push(self.servers[node.slot()].due.map_or(-1, signed));
    }

    pub(super) fn link_row(&self, step: i64, rows: &mut LinkRows) {
        let pair = |link: &Link| u32::from(link.from.number()) << 8 | u32::from(link.to.number());
        rows.step.push(step);
        rows.blocked.push(self.blocked.iter().map(pair).collect());
    }

    /// Adds a row for all that differs from the state before a run begins: what a window begins
    /// with.
    pub(super) fn initial_rows(
        &self,
        status: &mut StatusRows,
        disk: &mut DiskRows,
        timer: &mut TimerRows,
        links: &mut LinkRows,
    ) {
        for (server, number) in self.servers.iter().zip(1..=u8::MAX) {
            let node = NodeId::new(number);
            if server.status != Shown::default() {
                self.status_row(-1, node, status);
            }
            if let Some(Disk { term, vote, first, ref terms }) = server.disk {
                let voted_for = (vote > 0).then(|| NodeId::new(vote));
                let terms = terms.iter().copied().collect();
                let shown = PlainDisk { term, voted_for, first, from: first, terms };
                Self::disk_row(-1, node, &shown, disk);
            }
            if server.due.is_some() {
                self.timer_row(-1, node, timer);
            }
        }
        if !self.blocked.is_empty() {
            self.link_row(-1, links);
        }
    }
}

fn role_number(role: Role) -> u8 {
    match role {
        Role::Follower => 1,
        Role::PreCandidate => 2,
        Role::Candidate => 3,
        Role::Leader => 4,
        _ => 5,
    }
}

fn number(node: Option<NodeId>) -> u8 {
    node.map_or(0, NodeId::number)
}

/// A number as a column has it that also has `-1`.
pub(super) fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
