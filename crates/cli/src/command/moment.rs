//! `replay --at`: the state of the world at one moment of a run.

use raftsim_explore::{HarnessPanic, Inspection};
use raftsim_node::{NodeId, Time};
use raftsim_sim::{Failure, InFlight, Link, LogShown, ServerState, SnapshotShown, WorldState};
use raftsim_view::page::travel::{log_runs, through};
use raftsim_view::role_text;
use serde::Serialize;

use crate::command::Exit;
use crate::command::args::ReplayArgs;
use crate::command::bad::Bad;
use crate::command::out::{self, json};
use crate::command::plans::OneRun;

/// The state at one moment, as JSON. Times are nanoseconds.
#[derive(Serialize)]
struct MomentJson<'a> {
    scenario: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    plan: Option<&'a str>,
    #[serde(serialize_with = "out::seed")]
    seed: u64,
    node: &'a str,
    /// The moment that was asked for.
    at: u64,
    /// The moment that is shown: the last of the run, if that ended before.
    time: u64,
    /// `pass` or `fail`, if the run ended by then.
    ended: Option<&'static str>,
    reason: Option<String>,
    servers: Vec<ServerJson>,
    cut: Vec<String>,
    in_flight: Vec<InFlightJson>,
}

#[derive(Serialize)]
struct ServerJson {
    server: String,
    life: u32,
    /// `up`, `down`, `paused` or `waits`.
    state: &'static str,
    role: Option<&'static str>,
    term: Option<u64>,
    leader: Option<String>,
    commit: Option<u64>,
    timer: Option<u64>,
    written_at: Option<u64>,
    disk: Option<DiskJson>,
    snapshot: Option<SnapshotJson>,
    inspect: Option<String>,
}

#[derive(Serialize)]
struct DiskJson {
    term: u64,
    vote: Option<String>,
    /// The index of the first of `log`.
    first: u64,
    /// The terms of the log's entries.
    log: Vec<u64>,
}

#[derive(Serialize)]
struct SnapshotJson {
    index: u64,
    term: Option<u64>,
    bytes: usize,
}

#[derive(Serialize)]
struct InFlightJson {
    name: String,
    from: String,
    to: String,
    text: String,
    /// When it arrives; null if it has arrived, and waits for its addressee.
    due: Option<u64>,
    /// Whether the life that it was sent to has ended.
    gone: bool,
}

/// Prints the state of a run at `at`: of the servers that the arguments select, or of all. Its exit
/// status says whether the run has failed by then.
pub(crate) fn print(one: &OneRun<'_>, at: Time, args: &ReplayArgs) -> Result<Exit, Bad> {
    let at = through(at);
    let inspector = one.node.inspector();
    let inspect = || inspector.inspect(&one.plan, &[at]);
    let seen = HarnessPanic::caught(one.plan.seed, inspect);
    let mut seen = seen.map_err(|panic| Bad::panicked(one.name(), &one.node, panic))?;
    if !args.server.is_empty() {
        seen.states.iter_mut().for_each(|state| select(state, &args.server));
    }
    if args.json {
        json(&moment_json(one, at, &seen))?;
    } else {
        lines(at, &seen).iter().try_for_each(|line| out::line(line))?;
    }
    let has_failed = seen.ended.is_some_and(|verdict| verdict.is_err());
    Ok(if has_failed { Exit::Failed } else { Exit::Passed })
}

/// Leaves out of a state what none of these servers is part of.
fn select(state: &mut WorldState, servers: &[NodeId]) {
    state.servers.retain(|it| servers.contains(&it.node));
    state.cut.retain(|link| servers.contains(&link.from) || servers.contains(&link.to));
    state.in_flight.retain(|it| servers.contains(&it.name.from) || servers.contains(&it.name.to));
}

/// The state as lines.
fn lines(at: Time, Inspection { states, ended }: &Inspection) -> Vec<String> {
    let state = states.last();
    let before =
        |end: Time| if through(end) < at { format!(", before {at}") } else { String::new() };
    let mut lines = match ended {
        None => vec![format!("at {at}, after everything that happens then:")],
        Some(Ok(())) => {
            let end = state.map_or(at, |state| state.time);
            vec![format!("the run passed at {end}{}; its last moment:", before(end))]
        }
        Some(Err(failure)) => {
            let end = failure.time();
            vec![
                format!("FAIL: {failure}"),
                format!("the run failed at {end}{}; its state then:", before(end)),
            ]
        }
    };
    if let Some(state) = state {
        lines.extend(state.servers.iter().flat_map(server_lines));
        lines.push(cut_line(&state.cut));
        lines.extend(in_flight_lines(state));
    }
    lines
}

/// What is shown of a server: a line for its status, one for each part of it, then its memory.
pub(crate) fn server_lines(server: &ServerState) -> Vec<String> {
    let ServerState { node, waits, status, due, log, snapshot, memory, .. } = server;
    let mut lines = vec![];
    match status {
        None => lines.push(format!("{node}  down")),
        Some(status) => {
            let leader = match status.leader {
                Some(leader) if leader == *node => String::new(),
                Some(leader) => format!(", leader {leader}"),
                None => ", no leader".to_owned(),
            };
            let commit = status.commit.map_or_else(String::new, |it| format!(", commit {it}"));
            let role = role_text(status.role);
            lines.push(format!("{node}  {role} in term {}{leader}{commit}", status.term));
            let due = due.map_or("none runs".to_owned(), |due| format!("due {due}"));
            lines.push(format!("    timer   {due}"));
        }
    }
    if waits.is_paused {
        lines.push("    paused".to_owned());
    }
    match waits.written_at {
        Some(time) => lines.push(format!("    waits   for its disk, until {time}")),
        None if waits.is_busy => {
            lines.push("    waits   with a list of actions, until it is resumed".to_owned());
        }
        None => {}
    }
    lines.extend(log.as_ref().map(|log| format!("    disk    {}", log_text(log))));
    lines.extend(snapshot.map(|it| format!("    snapshot through {}", snapshot_text(it))));
    if let Some(memory) = memory {
        let head = |number| if number == 0 { "    memory  " } else { "            " };
        let memory = memory.lines().enumerate();
        lines.extend(memory.map(|(number, line)| format!("{}{line}", head(number))));
    }
    lines
}

fn log_text(LogShown { term, voted_for, first, terms }: &LogShown) -> String {
    let vote = voted_for.map_or("no vote".to_owned(), |vote| format!("voted {vote}"));
    let log = log_runs(*first, terms.iter().copied().map(Some));
    let log = if log.is_empty() { "empty".to_owned() } else { log.join(" ") };
    format!("term {term}, {vote}, log {log}")
}

fn snapshot_text(SnapshotShown { index, term, bytes }: SnapshotShown) -> String {
    let term = term.map_or("?".to_owned(), |term| term.to_string());
    format!("{index}@{term}, {bytes} bytes")
}

fn cut_line(cut: &[Link]) -> String {
    let names = if cut.is_empty() { "none".to_owned() } else { cut_names(cut).join(" ") };
    format!("links cut: {names}")
}

fn cut_names(cut: &[Link]) -> Vec<String> {
    cut.iter().map(|link| format!("{}>{}", link.from, link.to)).collect()
}

fn in_flight_lines(state: &WorldState) -> Vec<String> {
    if state.in_flight.is_empty() {
        return vec!["messages in flight: none".to_owned()];
    }
    let line = |InFlight { name, text, due, is_late }: &InFlight| {
        let due = match due {
            Some(due) => format!("due {due}"),
            None => format!("waits for {}", name.to),
        };
        let late = if *is_late { "  (the life that it was sent to has ended)" } else { "" };
        format!("  {name}  {due}  {text}{late}")
    };
    let lines = state.in_flight.iter().map(line);
    std::iter::once("messages in flight:".to_owned()).chain(lines).collect()
}

fn moment_json<'a>(one: &'a OneRun<'_>, at: Time, seen: &Inspection) -> MomentJson<'a> {
    let Inspection { states, ended } = seen;
    let state = states.last();
    let failure = ended.as_ref().and_then(|it| it.as_ref().err());
    MomentJson {
        scenario: one.scenario.map(|info| info.name),
        plan: one.file,
        seed: one.plan.seed,
        node: &one.plan.node,
        at: at.as_nanos(),
        time: state.map_or(at, |state| state.time).as_nanos(),
        ended: ended.as_ref().map(|it| if it.is_ok() { "pass" } else { "fail" }),
        reason: failure.map(Failure::to_string),
        servers: state.iter().flat_map(|it| &it.servers).map(server_json).collect(),
        cut: state.map(|it| cut_names(&it.cut)).unwrap_or_default(),
        in_flight: state.iter().flat_map(|it| &it.in_flight).map(in_flight_json).collect(),
    }
}

fn server_json(server: &ServerState) -> ServerJson {
    let ServerState { node, life, status, waits, due, log, snapshot, memory } = server;
    ServerJson {
        server: node.to_string(),
        life: *life,
        state: match (status, waits.is_paused, waits.is_busy) {
            (None, ..) => "down",
            (Some(_), true, _) => "paused",
            (Some(_), false, true) => "waits",
            (Some(_), false, false) => "up",
        },
        role: status.map(|status| role_text(status.role)),
        term: status.map(|status| status.term),
        leader: status.and_then(|status| status.leader).map(|it| it.to_string()),
        commit: status.and_then(|status| status.commit),
        timer: due.map(Time::as_nanos),
        written_at: waits.written_at.map(Time::as_nanos),
        disk: log.as_ref().map(|LogShown { term, voted_for, first, terms }| DiskJson {
            term: *term,
            vote: voted_for.map(|it| it.to_string()),
            first: *first,
            log: terms.clone(),
        }),
        snapshot: snapshot.map(|SnapshotShown { index, term, bytes }| SnapshotJson {
            index,
            term,
            bytes,
        }),
        inspect: memory.clone(),
    }
}

fn in_flight_json(InFlight { name, text, due, is_late }: &InFlight) -> InFlightJson {
    InFlightJson {
        name: name.to_string(),
        from: name.from.to_string(),
        to: name.to.to_string(),
        text: text.clone(),
        due: due.map(Time::as_nanos),
        gone: *is_late,
    }
}
