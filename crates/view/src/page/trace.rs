//! The run in the form of Chrome's trace events, which Perfetto reads.
//!
//! A server is a process. Its roles are slices on one track, its steps slices of a microsecond on
//! another: steps at one instant lie one after the other. A message that arrives is a flow from the
//! step that sent it to the step at which it arrived. The commit index is a counter.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::model::Model;

/// The tracks of a server.
const ROLES: u8 = 1;
const STEPS: u8 = 2;

/// The names of roles, by their numbers.
const ROLE_NAMES: [&str; 6] =
    ["down", "follower", "pre-candidate", "candidate", "leader", "other role"];

/// A step's slice in microseconds: times of trace events are such.
const SLICE: f64 = 1.0;

/// The trace as JSON.
pub(super) fn trace(model: &Model) -> String {
    let mut events = names(model);
    let begins = step_slices(model, &mut events);
    role_slices(model, &mut events);
    flows(model, &begins, &mut events);
    let lines: Vec<String> = events.iter().map(Value::to_string).collect();
    format!(
        "{{\"displayTimeUnit\":\"ms\",\"otherData\":{},\"traceEvents\":[\n{}\n]}}\n",
        json!({ "title": model.run.title, "command": model.run.command }),
        lines.join(",\n")
    )
}

/// The names of processes and tracks.
fn names(model: &Model) -> Vec<Value> {
    let mut events = vec![];
    for server in 0..=model.run.servers {
        let name = if server == 0 { "world".to_owned() } else { format!("n{server}") };
        let tracks: &[(u8, &str)] =
            if server == 0 { &[(STEPS, "steps")] } else { &[(ROLES, "role"), (STEPS, "steps")] };
        let args = json!({ "name": name });
        events.push(json!({ "ph": "M", "name": "process_name", "pid": server, "args": args }));
        let args = json!({ "sort_index": server });
        events
            .push(json!({ "ph": "M", "name": "process_sort_index", "pid": server, "args": args }));
        for (track, name) in tracks {
            let args = json!({ "name": name });
            events.push(
                json!({ "ph": "M", "name": "thread_name", "pid": server, "tid": track, "args": args }),
            );
        }
    }
    events
}

/// Adds a slice for each step; returns when each begins, in microseconds.
fn step_slices(model: &Model, events: &mut Vec<Value>) -> Vec<f64> {
    let mut ends: BTreeMap<u8, f64> = BTreeMap::new();
    let (mut time, mut begins) = (0, vec![]);
    for (step, dt) in model.steps.dt.iter().enumerate() {
        time += dt;
        let server = model.steps.on[step];
        let end = ends.entry(server).or_insert(0.0);
        let begin = micros(time).max(*end);
        *end = begin + SLICE;
        begins.push(begin);
        let lines: Vec<String> =
            model.steps.lines[step].iter().map(|line| model.line(step, *line)).collect();
        let args = json!({ "step": step, "time": time, "lines": lines });
        events.push(json!({
            "ph": "X", "name": model.step_name(step), "cat": "step", "pid": server, "tid": STEPS,
            "ts": begin, "dur": SLICE, "args": args,
        }));
    }
    begins
}

/// Adds a slice for each time that a server had one role in one term, and the commit indexes.
fn role_slices(model: &Model, events: &mut Vec<Value>) {
    let times = model.times();
    let at = |step: i64| match usize::try_from(step) {
        Ok(step) => times[step],
        Err(_) => model.run.from,
    };
    let mut open: BTreeMap<u8, (u64, u8, u64)> = BTreeMap::new();
    let close = |server: u8, slice: Option<(u64, u8, u64)>, end: u64| {
        let (begin, role, term) = slice.filter(|(_, role, _)| *role > 0)?;
        let name = ROLE_NAMES[usize::from(role)];
        Some(json!({
            "ph": "X", "name": format!("{name} {term}"), "cat": "role", "pid": server, "tid": ROLES,
            "ts": micros(begin), "dur": micros(end.saturating_sub(begin)),
            "args": { "role": name, "term": term },
        }))
    };
    let rows = &model.status;
    for row in 0..rows.step.len() {
        let (time, server) = (at(rows.step[row]), rows.on[row]);
        let next = (time, rows.role[row], rows.term[row]);
        let former = open.get(&server).copied();
        if former.is_none_or(|former| (former.1, former.2) != (next.1, next.2)) {
            events.extend(close(server, former, time));
            open.insert(server, next);
        }
        if rows.commit[row] >= 0 {
            let args = json!({ "commit": rows.commit[row] });
            events.push(json!({
                "ph": "C", "name": "commit", "pid": server, "ts": micros(time), "args": args,
            }));
        }
    }
    let last = times.last().copied().unwrap_or(model.run.from);
    let end = if model.run.omitted_after > 0 { last } else { last.max(model.run.end) };
    for (server, slice) in open {
        events.extend(close(server, Some(slice), end));
    }
}

/// Adds a flow for each copy of a message that arrived.
fn flows(model: &Model, begins: &[f64], events: &mut Vec<Value>) {
    let messages = &model.messages;
    let mut id = 0;
    for (message, arrived) in messages.arrived.iter().enumerate() {
        let Ok(sent) = usize::try_from(messages.sent[message]) else { continue };
        let name = model.text_at(messages.label[message]);
        for arrival in arrived.iter().filter_map(|step| usize::try_from(*step).ok()) {
            id += 1;
            let ends = [("s", messages.from[message], sent), ("f", messages.to[message], arrival)];
            for (phase, server, step) in ends {
                let mut event = json!({
                    "ph": phase, "name": name, "cat": "message", "id": id, "pid": server,
                    "tid": STEPS, "ts": begins[step],
                });
                if phase == "f" {
                    event["bp"] = "e".into();
                }
                events.push(event);
            }
        }
    }
}

/// Nanoseconds as microseconds.
#[expect(clippy::cast_precision_loss, reason = "a run ends long before 2^53 ns")]
fn micros(nanos: u64) -> f64 {
    nanos as f64 / 1_000.0
}
