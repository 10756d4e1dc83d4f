//! The state of every server at one moment, as a table.

use raftsim_node::{Role, Status};
use raftsim_sim::{LogShown, ServerState, SnapshotShown};

use crate::columns::MOST;
use crate::page::travel::log_runs;

/// How many runs of entries of one term are shown of a log at most: its last ones.
const RUNS: usize = 3;

/// The lines that end what is printed of a run that failed: a heading, and the [`servers_table`]
/// below it; none if no server is known.
pub fn servers_at_the_end(servers: &[ServerState]) -> Vec<String> {
    if servers.is_empty() {
        return vec![];
    }
    let table = servers_table(servers).into_iter().map(|line| format!("  {line}"));
    std::iter::once("the servers then:".to_owned()).chain(table).collect()
}

/// How many names of servers, or of runs of them, a row has at most.
const NAMES: usize = 4;

/// Reads a cell of a column, of servers that have a row together.
type Reader = fn(&[&ServerState]) -> Cell;

/// The columns. Servers that have a row together may differ in the first and the last alone.
const COLUMNS: [(&str, Reader); 8] = [
    ("server", |them| Cell::Known(names(them))),
    ("role", |them| Cell::Known(role(them[0]))),
    ("term", |them| term(them[0])),
    ("log", |them| them[0].log.as_ref().map_or(Cell::Unknown, |log| Cell::Known(log_text(log)))),
    ("snapshot", |them| snapshot(them[0])),
    ("commit", |them| commit(them[0])),
    ("vote", |them| vote(them[0])),
    ("timer", timer),
];

/// A table of what is known of each server: a heading, and a row for each. A column in which nothing
/// is known of any server is left out; a cell of which nothing is known has a `?`. Of more than nine
/// servers, those that differ in their timers alone have a row together.
///
/// ```text
/// server  role       term  log            commit  vote  timer
/// n1      leader     3     1..2@1 3..7@3  7       n1    5.123456s
/// n2      down       2     1..2@1         -       n3    -
/// ```
pub fn servers_table(servers: &[ServerState]) -> Vec<String> {
    let groups = groups(servers);
    let columns =
        COLUMNS.map(|(name, cell)| (name, groups.iter().map(|it| cell(it)).collect::<Vec<_>>()));
    // That no server has a timer is news, unless none is up; that none has a snapshot is not.
    let is_one_up = servers.iter().any(|server| server.status.is_some());
    let is_known = |(name, cells): &&(&str, Vec<Cell>)| {
        let is_shown = |cell: &Cell| match cell {
            Cell::Known(_) => true,
            Cell::Nothing => *name == "timer" && is_one_up,
            Cell::Unknown => false,
        };
        cells.iter().any(is_shown)
    };
    let columns: Vec<Vec<String>> = columns
        .iter()
        .filter(is_known)
        .map(|(name, cells)| {
            let texts = cells.iter().map(Cell::text);
            std::iter::once((*name).to_owned()).chain(texts).collect()
        })
        .collect();
    let width = |column: &Vec<String>| column.iter().map(|it| it.chars().count()).max();
    let widths: Vec<usize> = columns.iter().map(|it| width(it).unwrap_or_default()).collect();
    let row = |place: usize| {
        let cells = columns.iter().zip(&widths);
        let cells = cells.map(|(column, width)| format!("{:width$}", column[place]));
        cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    (0..=groups.len()).map(row).collect()
}

/// The servers, those together that have one row. Up to nine have a row each.
fn groups(servers: &[ServerState]) -> Vec<Vec<&ServerState>> {
    if servers.len() <= MOST {
        return servers.iter().map(|server| vec![server]).collect();
    }
    let mut groups: Vec<(Vec<String>, Vec<&ServerState>)> = vec![];
    for server in servers {
        let alike = COLUMNS[1..COLUMNS.len() - 1].iter();
        let alike: Vec<String> = alike.map(|(_, cell)| cell(&[server]).text()).collect();
        match groups.iter_mut().find(|(cells, _)| *cells == alike) {
            Some((_, group)) => group.push(server),
            None => groups.push((alike, vec![server])),
        }
    }
    groups.into_iter().map(|(_, group)| group).collect()
}

/// The names of servers, in order: `n1 n2 n5..n9`. Of many the first, and how many they are.
fn names(servers: &[&ServerState]) -> String {
    let is_next = |a: &&ServerState, b: &&ServerState| a.node.slot() + 1 == b.node.slot();
    let runs = servers.chunk_by(is_next).flat_map(|run| match run {
        [first, _, .., last] => vec![format!("{}..{}", first.node, last.node)],
        few => few.iter().map(|server| server.node.to_string()).collect(),
    });
    let runs: Vec<String> = runs.collect();
    match runs.get(..NAMES) {
        Some(first) if runs.len() > NAMES => {
            format!("{} … ({} servers)", first.join(" "), servers.len())
        }
        Some(_) | None => runs.join(" "),
    }
}

/// What is known of a server.
enum Cell {
    /// Nothing: it is not shown.
    Unknown,
    /// There is nothing, such as no timer.
    Nothing,
    /// This.
    Known(String),
}

impl Cell {
    fn text(&self) -> String {
        match self {
            Self::Unknown => "?".to_owned(),
            Self::Nothing => "-".to_owned(),
            Self::Known(text) => text.clone(),
        }
    }
}

/// Its role, and why it does not run its code, if it does not.
fn role(server: &ServerState) -> String {
    let Some(Status { role, .. }) = server.status else {
        return if server.life == 0 { "not booted" } else { "down" }.to_owned();
    };
    let role = role_text(role);
    match server.waits {
        waits if waits.is_paused => format!("{role}, paused"),
        waits if waits.is_busy => format!("{role}, waits for its disk"),
        _ => role.to_owned(),
    }
}

/// A role in words.
pub fn role_text(role: Role) -> &'static str {
    match role {
        Role::Follower => "follower",
        Role::PreCandidate => "pre-candidate",
        Role::Candidate => "candidate",
        Role::Leader => "leader",
        _ => "in another role",
    }
}

/// Its term, and that on its disk if it is another one. Of a server that is down only the disk is left.
fn term(server: &ServerState) -> Cell {
    let on_disk = server.log.as_ref().map(|log| log.term);
    match (server.status.map(|status| status.term), on_disk) {
        (Some(term), Some(on_disk)) if term != on_disk => {
            Cell::Known(format!("{term} (disk {on_disk})"))
        }
        (Some(term), _) | (None, Some(term)) => Cell::Known(term.to_string()),
        (None, None) => Cell::Unknown,
    }
}

/// The log on a disk: the last runs of entries of one term.
fn log_text(log: &LogShown) -> String {
    let runs = log_runs(log.first, log.terms.iter().copied().map(Some));
    let hidden = runs.len().saturating_sub(RUNS);
    let shown = runs[hidden..].join(" ");
    match (runs.len(), hidden) {
        (0, _) => "empty".to_owned(),
        (_, 0) => shown,
        (_, _) => format!("… {shown}"),
    }
}

fn snapshot(server: &ServerState) -> Cell {
    server.snapshot.map_or(Cell::Nothing, |SnapshotShown { index, term, .. }| {
        let term = term.map_or("?".to_owned(), |term| term.to_string());
        Cell::Known(format!("through {index}@{term}"))
    })
}

fn commit(server: &ServerState) -> Cell {
    match server.status.map(|status| status.commit) {
        Some(Some(commit)) => Cell::Known(commit.to_string()),
        Some(None) => Cell::Unknown,
        None => Cell::Nothing,
    }
}

fn vote(server: &ServerState) -> Cell {
    match server.log.as_ref().map(|log| log.voted_for) {
        Some(Some(vote)) => Cell::Known(vote.to_string()),
        Some(None) => Cell::Nothing,
        None => Cell::Unknown,
    }
}

/// When the timer is due; of several servers, the first of theirs.
fn timer(servers: &[&ServerState]) -> Cell {
    let Some(first) = servers.iter().filter_map(|server| server.due).min() else {
        return Cell::Nothing;
    };
    let is_first = |server: &&ServerState| server.due == Some(first);
    Cell::Known(if servers.iter().all(is_first) {
        first.to_string()
    } else {
        format!("from {first}")
    })
}
