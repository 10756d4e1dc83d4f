//! The servers and links after a step.

use raftsim_node::{Index, NodeId, Term, Time};
use raftsim_sim::Link;

use super::super::steps::StepKind;
use super::{Timeline, place};

/// The role of a server, as a page shows it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum RoleAt {
    /// It is down, or has not started yet.
    #[default]
    Down,
    /// It follows.
    Follower,
    /// It asks who would vote for it.
    PreCandidate,
    /// It asks for votes.
    Candidate,
    /// It leads.
    Leader,
    /// A role that pages do not know.
    Other,
}

impl RoleAt {
    /// All of them in the order of their numbers.
    pub(super) const ALL: [Self; 6] = [
        Self::Down,
        Self::Follower,
        Self::PreCandidate,
        Self::Candidate,
        Self::Leader,
        Self::Other,
    ];

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Down => "down",
            Self::Follower => "follower",
            Self::PreCandidate => "pre-candidate",
            Self::Candidate => "candidate",
            Self::Leader => "leader",
            Self::Other => "in another role",
        }
    }

    /// Its letter before the term, as in `L3`; `-` if it is down.
    pub fn letter(self) -> char {
        match self {
            Self::Down => '-',
            Self::Follower => 'F',
            Self::PreCandidate => 'P',
            Self::Candidate => 'C',
            Self::Leader => 'L',
            Self::Other => '?',
        }
    }
}

/// A server after a step.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ServerAt {
    /// Its role.
    pub role: RoleAt,
    /// Its term; while it is down, its last one.
    pub term: Term,
    /// The leader that it believes in.
    pub leader: Option<NodeId>,
    /// Its commit index, if it reports it.
    pub commit: Option<Index>,
    /// When its timer is due; `None` if none runs.
    pub timer: Option<Time>,
    /// Whether it is paused.
    pub is_paused: bool,
    /// What is on its disk.
    pub disk: DiskAt,
}

/// A disk after a step, as far as its view shows it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DiskAt {
    /// `currentTerm`.
    pub term: Term,
    /// `votedFor` in that term.
    pub vote: Option<NodeId>,
    /// The index of the first of `terms`.
    pub first: Index,
    /// The terms of the log's entries; `None` for one that no write showed.
    pub terms: Vec<Option<Term>>,
}

impl DiskAt {
    /// The index of the log's last entry, or of the last in the snapshot.
    pub fn last(&self) -> Index {
        (self.first + self.terms.len() as Index).saturating_sub(1)
    }
}

/// The parts of a status.
pub(super) type StatusAt = (RoleAt, Term, Option<NodeId>, Option<Index>);

impl Timeline {
    /// A server after a step.
    pub fn state(&self, step: usize, node: NodeId) -> ServerAt {
        let (role, term, leader, commit) = self.status(Some(step), node);
        let timer = last_row(&self.timer_of[slot(node)], &self.model().timer.step, step);
        let due = timer.and_then(|row| u64::try_from(self.model().timer.due[row]).ok());
        ServerAt {
            role,
            term,
            leader,
            commit,
            timer: due.filter(|_| role != RoleAt::Down).map(Time::from_nanos),
            is_paused: self.is_paused(step, node),
            disk: self.disk(step, node),
        }
    }

    /// A server's role and term after a step.
    pub fn role(&self, step: usize, node: NodeId) -> (RoleAt, Term) {
        let (role, term, ..) = self.status(Some(step), node);
        (role, term)
    }

    /// Whether any disk can be read.
    pub fn shows_disks(&self) -> bool {
        !self.model().disk.step.is_empty()
    }

    /// The links that are cut after a step.
    pub fn cut(&self, step: usize) -> Vec<Link> {
        let links = &self.model().links;
        let row = links.step.partition_point(|&it| place(it).is_none_or(|it| it <= step));
        let Some(row) = row.checked_sub(1) else { return vec![] };
        let link = |&pair: &u32| {
            let number = |part: u32| u8::try_from(part & 0xff).map(NodeId::new).ok();
            Some(Link { from: number(pair >> 8)?, to: number(pair)? })
        };
        links.blocked[row].iter().filter_map(link).collect()
    }

    /// What a server believes after a step; before the first step without one.
    pub(super) fn status(&self, step: Option<usize>, node: NodeId) -> StatusAt {
        let rows = &self.model().status;
        let row = match step {
            Some(step) => last_row(&self.status_of[slot(node)], &rows.step, step),
            None => self.status_of[slot(node)].first().copied().filter(|&row| rows.step[row] < 0),
        };
        let Some(row) = row else { return (RoleAt::Down, 0, None, None) };
        let role = RoleAt::ALL[usize::from(rows.role[row]).min(RoleAt::ALL.len() - 1)];
        let leader = u8::try_from(rows.leader[row]).ok().filter(|&leader| leader > 0);
        (role, rows.term[row], leader.map(NodeId::new), u64::try_from(rows.commit[row]).ok())
    }

    pub(super) fn is_paused(&self, step: usize, node: NodeId) -> bool {
        let own = &self.pauses[slot(node)];
        let last = own.partition_point(|&(at, _)| at <= step).checked_sub(1);
        last.is_some_and(|last| own[last].1)
    }

    pub(super) fn find_pauses(&self) -> Vec<Vec<(usize, bool)>> {
        let turn = |&step: &usize| match self.kind(step)? {
            StepKind::Pause => Some((step, true)),
            StepKind::Resume | StepKind::Crash => Some((step, false)),
            _ => None,
        };
        self.steps_of.iter().map(|steps| steps.iter().filter_map(turn).collect()).collect()
    }

    /// The last step of a server up to `step`.
    pub(super) fn last_step_of(&self, node: NodeId, step: usize) -> Option<usize> {
        let steps = &self.steps_of[slot(node)];
        steps.partition_point(|&it| it <= step).checked_sub(1).map(|at| steps[at])
    }

    pub(super) fn disk(&self, step: usize, node: NodeId) -> DiskAt {
        let rows = &self.model().disk;
        let mut disk = DiskAt { first: 1, ..DiskAt::default() };
        let own = self.disk_of[slot(node)].iter();
        for &row in own.take_while(|&&row| place(rows.step[row]).is_none_or(|it| it <= step)) {
            let vote = Some(rows.vote[row]).filter(|&vote| vote > 0).map(NodeId::new);
            (disk.term, disk.vote) = (rows.term[row], vote);
            write_log(&mut disk, rows.first[row], rows.from[row], &rows.terms[row]);
        }
        disk
    }
}

/// A write replaces the log from the entry `from` on. A snapshot moves its first entry.
fn write_log(disk: &mut DiskAt, first: Index, from: Index, terms: &[Term]) {
    let from_here = from.max(first);
    let places = |index: Index| usize::try_from(index).unwrap_or(usize::MAX);
    if first > disk.first {
        let gone = places(first - disk.first).min(disk.terms.len());
        disk.terms.drain(..gone);
    } else if first < disk.first {
        disk.terms.clear();
    }
    disk.first = first;
    disk.terms.resize(places(from_here - first), None);
    disk.terms.extend(terms.iter().skip(places(from_here - from)).copied().map(Some));
}

/// The last of these rows whose step is at most `step`.
fn last_row(rows: &[usize], steps: &[i64], step: usize) -> Option<usize> {
    let at = rows.partition_point(|&row| place(steps[row]).is_none_or(|it| it <= step));
    at.checked_sub(1).map(|at| rows[at])
}

/// The place of a server in lists that begin with the world.
pub(super) fn slot(node: NodeId) -> usize {
    usize::from(node.number())
}
