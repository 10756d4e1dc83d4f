//! The whole run as a lane of characters for each server.

use raftsim_node::NodeId;
use raftsim_view::page::travel::{RoleAt, Timeline};

/// A character of a lane: what it shows, in which term, and whether the cursor is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Cell {
    pub(super) char: char,
    pub(super) term: u64,
    pub(super) is_cursor: bool,
}

/// A server's lane of so many characters: each stands for some of the shown steps, and shows the
/// highest role of the server in these.
pub(super) fn lane(
    timeline: &Timeline,
    shown: &[usize],
    node: NodeId,
    cursor: usize,
    width: usize,
) -> Vec<Cell> {
    let width = width.min(shown.len());
    let at = shown.partition_point(|&step| step <= cursor).saturating_sub(1);
    let mut cells = vec![];
    for place in 0..width {
        let range = place * shown.len() / width..(place + 1) * shown.len() / width;
        let (first, last) = (shown[range.start], shown[range.end - 1]);
        let (role, term) = timeline.highest_role(first, last, node);
        let fails = timeline.failure().is_some_and(|step| (first..=last).contains(&step));
        let char = if fails { 'X' } else { character(role) };
        cells.push(Cell { char, term, is_cursor: range.contains(&at) });
    }
    cells
}

fn character(role: RoleAt) -> char {
    match role {
        RoleAt::Down => '.',
        RoleAt::Follower => '-',
        RoleAt::PreCandidate => 'p',
        RoleAt::Candidate => 'c',
        RoleAt::Leader => '#',
        RoleAt::Other => '?',
    }
}
