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

    /// Whether a step changes a server's state: its role, its term, its leader, its commit index,
    /// what is on its disk, or whether it is paused. A timer that moves is none of that.
    pub fn changes(&self, step: usize, node: NodeId) -> bool {
        let (before, now) = (step.checked_sub(1), Some(step));
        let disks = &self.model().disk.step;
        let written = last_row(&self.disk_of[slot(node)], disks, step);
        self.status(before, node) != self.status(now, node)
            || written.and_then(|row| place(disks[row])) == now
            || before.is_some_and(|before| self.is_paused(before, node))
                != self.is_paused(step, node)
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
        let leader = u8::try_from(rows.leader[row]).ok().filter(|&leader| leader > 0);
        let commit = u64::try_from(rows.commit[row]).ok();
        (role_of(rows.role[row]), rows.term[row], leader.map(NodeId::new), commit)
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
            StepKind::Boot
            | StepKind::Timeout
            | StepKind::Arrival
            | StepKind::Missed
            | StepKind::CallFailed
            | StepKind::Proposal
            | StepKind::Compaction
            | StepKind::GoesOn
            | StepKind::Fault
            | StepKind::Links
            | StepKind::Check => None,
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
        let own = &self.disk_of[slot(node)];
        let own = &own[..rows_by(own, &rows.step, step)];
        let Some(&last) = own.last() else { return DiskAt { first: 1, ..DiskAt::default() } };
        let vote = Some(rows.vote[last]).filter(|&vote| vote > 0).map(NodeId::new);
        let terms = self.log(own, last);
        DiskAt { term: rows.term[last], vote, first: rows.first[last], terms }
    }

    /// The log after these writes to a disk, of which `last` is the last one. A write replaces the
    /// log from an entry on: they are read from the last one back, until every entry is known.
    fn log(&self, own: &[usize], last: usize) -> Vec<Option<Term>> {
        let rows = &self.model().disk;
        let (first, mut end) = (rows.first[last], self.log_end(last));
        let place = |index: Index| usize::try_from(index - first).unwrap_or(usize::MAX);
        let mut terms = vec![None; place(end)];
        let mut begin = first;
        for &row in own.iter().rev() {
            // A log that begins earlier than the one before it has none of its entries.
            if end <= first || rows.first[row] > begin {
                break;
            }
            begin = rows.first[row];
            let shown = (rows.from[row]..end).zip(&rows.terms[row]);
            shown
                .filter(|&(index, _)| index >= first)
                .for_each(|(index, &term)| terms[place(index)] = Some(term));
            end = end.min(rows.from[row]);
        }
        terms
    }

    /// One past the index of the last entry in the log or the snapshot after this write.
    fn log_end(&self, row: usize) -> Index {
        let rows = &self.model().disk;
        (rows.from[row] + rows.terms[row].len() as Index).max(rows.first[row])
    }

    /// The index of the last entry in a server's log or snapshot after a step.
    pub(super) fn last_index(&self, step: usize, node: NodeId) -> Index {
        let row = last_row(&self.disk_of[slot(node)], &self.model().disk.step, step);
        row.map_or(0, |row| self.log_end(row).saturating_sub(1))
    }

    /// The highest role, with its term, that a server has in any of the shown steps from `first` to
    /// `last`.
    pub fn highest_role(&self, first: usize, last: usize, node: NodeId) -> (RoleAt, Term) {
        let rows = &self.model().status;
        let own = &self.status_of[slot(node)];
        let [from, until] = [first, last].map(|step| rows_by(own, &rows.step, step));
        // The steps that change a role are shown.
        let own = &own[from.saturating_sub(1)..until];
        own.iter().map(|&row| (role_of(rows.role[row]), rows.term[row])).max().unwrap_or_default()
    }
}

/// The last of these rows whose step is at most `step`.
pub(super) fn last_row(rows: &[usize], steps: &[i64], step: usize) -> Option<usize> {
    rows_by(rows, steps, step).checked_sub(1).map(|at| rows[at])
}

/// How many of these rows have a step of at most `step`.
fn rows_by(rows: &[usize], steps: &[i64], step: usize) -> usize {
    rows.partition_point(|&row| place(steps[row]).is_none_or(|it| it <= step))
}

/// The role with this number in a page.
pub(super) fn role_of(number: u8) -> RoleAt {
    RoleAt::ALL.get(usize::from(number)).copied().unwrap_or(RoleAt::Other)
}

/// The place of a server in lists that begin with the world.
pub(super) fn slot(node: NodeId) -> usize {
    usize::from(node.number())
}
