//! A recorded run as data for other programs: one JSON object for each thing that happened.

use raftsim_node::{NodeId, Role, Status, Time, Topic};
use raftsim_sim::{
    Cause, Fate, Link, Moment, PlainDisk, PlainMessage, PlainRecord, Record, RowTopic, TimerSet,
    What,
};
use serde_core::ser::SerializeMap as _;
use serde_core::{Serialize, Serializer};
use serde_json::{Value, json};

use crate::Filter;

/// A moment as one JSON object, which the guide describes; `None` if the filter hides it. Times are
/// whole nanoseconds of virtual time, and servers are numbers.
pub fn record_json(moment: &Moment, filter: &Filter) -> Option<String> {
    let (time, node) = match moment {
        Moment::Record(Record { time, node, .. }) => (*time, *node),
        Moment::Timer(TimerSet { time, node, .. }) => (*time, Some(*node)),
        Moment::Blocked { time, .. } => (*time, None),
    };
    let topic = match moment {
        Moment::Record(record) => record.topic(),
        Moment::Timer(_) => RowTopic::Timer,
        Moment::Blocked { .. } => RowTopic::Fault,
    };
    if !filter.selects(time, node, topic) {
        return None;
    }
    let (record, fields) = match moment {
        Moment::Record(record) => fields(record),
        Moment::Timer(timer) => ("timer", json!({ "due": timer.due.map(Time::as_nanos) })),
        Moment::Blocked { links, .. } => ("blocked", json!({ "links": texts(links) })),
    };
    let (life, text) = match moment {
        Moment::Record(record) => (Some(record.life), Some(record.row().text)),
        Moment::Timer(_) | Moment::Blocked { .. } => (None, None),
    };
    let (time, server) = (time.as_nanos(), node.map(NodeId::number));
    let object = RecordJson { record, time, server, topic: topic.name(), life, text, fields };
    Some(serde_json::to_string(&object).expect("numbers, texts and lists can be written as JSON"))
}

/// The object for a moment: the fields that all have, and those of its kind.
struct RecordJson {
    record: &'static str,
    time: u64,
    server: Option<u8>,
    topic: &'static str,
    life: Option<u32>,
    text: Option<String>,
    /// An object.
    fields: Value,
}

impl Serialize for RecordJson {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let Self { record, time, server, topic, life, text, fields } = self;
        let mut object = to.serialize_map(None)?;
        object.serialize_entry("record", record)?;
        object.serialize_entry("time", time)?;
        object.serialize_entry("server", server)?;
        object.serialize_entry("topic", topic)?;
        if let Some(life) = life {
            object.serialize_entry("life", life)?;
        }
        if let Some(text) = text {
            object.serialize_entry("text", text)?;
        }
        for (name, value) in fields.as_object().into_iter().flatten() {
            object.serialize_entry(name, value)?;
        }
        object.end()
    }
}

/// The name of a record's kind, and the fields that only this kind has.
fn fields(record: &PlainRecord) -> (&'static str, Value) {
    match &record.what {
        What::Booted(status) => ("booted", status_fields(*status)),
        What::Crashed => ("crashed", json!({})),
        What::Timeout => ("timeout", json!({})),
        What::Received { from, seq, message } => {
            ("received", json!({ "from": from.number(), "n": seq, "message": message_of(message) }))
        }
        What::Missed { from, seq } => ("missed", json!({ "from": from.number(), "n": seq })),
        What::CallFailed { to, call } => {
            ("call_failed", json!({ "to": to.number(), "call": call.0 }))
        }
        What::Proposed { id, command } => {
            ("proposed", json!({ "proposal": id.0, "command": format!("{:?}", command.bytes) }))
        }
        What::Compacted { through, snapshot } => {
            ("compacted", json!({ "through": through, "bytes": snapshot.len() }))
        }
        What::Became(status) => ("became", status_fields(*status)),
        What::Settled => ("settled", json!({})),
        What::Suspended => ("suspended", json!({})),
        What::Resumed => ("resumed", json!({})),
        What::Persisted { write, .. } => {
            ("persisted", json!({ "write": write.text, "disk": write.disk.as_ref().map(disk_of) }))
        }
        What::Sent { to, seq, fate, is_given, message } => {
            let (fate, after) = fate_of(*fate);
            let message = message_of(message);
            let to = to.number();
            (
                "sent",
                json!({ "to": to, "n": seq, "fate": fate, "after": after, "given": is_given, "message": message }),
            )
        }
        What::Accepted { id, index, term } => {
            ("accepted", json!({ "proposal": id.0, "index": index, "term": term }))
        }
        What::Rejected { id, leader } => {
            ("rejected", json!({ "proposal": id.0, "leader": number(*leader) }))
        }
        What::Applied { index, term, command } => {
            let command = command.as_ref().map(|command| format!("{:?}", command.bytes));
            ("applied", json!({ "index": index, "term": term, "command": command }))
        }
        What::Restored { index, term, snapshot } => {
            ("restored", json!({ "index": index, "term": term, "bytes": snapshot.len() }))
        }
        What::Noted(_) => ("noted", json!({})),
        What::Printed(_) => ("printed", json!({})),
        What::Fault(_) => ("fault", json!({})),
        What::Marked { verb, node, number: count } => {
            ("marked", json!({ "verb": verb, "about": number(*node), "number": count }))
        }
    }
}

fn status_fields(status: Status) -> Value {
    let role = match status.role {
        Role::Follower => "follower",
        Role::PreCandidate => "pre-candidate",
        Role::Candidate => "candidate",
        Role::Leader => "leader",
        _ => "other",
    };
    let leader = number(status.leader);
    json!({ "term": status.term, "role": role, "leader": leader, "commit": status.commit })
}

fn message_of(message: &PlainMessage) -> Value {
    let PlainMessage { text, label, topic, is_reply, size, term, call } = message;
    let topic = match topic {
        Topic::Vote => "vote",
        Topic::Append => "append",
        Topic::Snapshot => "snapshot",
        Topic::Other | _ => "other",
    };
    let call = call.map(|call| call.0);
    json!({
        "text": text, "label": label, "topic": topic, "reply": is_reply, "size": size, "term": term,
        "call": call,
    })
}

fn disk_of(disk: &PlainDisk) -> Value {
    let PlainDisk { term, voted_for, first, from, terms } = disk;
    let vote = number(*voted_for);
    json!({ "term": term, "vote": vote, "first": first, "from": from, "terms": terms })
}

/// A fate's name, and after how long each copy arrives.
fn fate_of(fate: Fate) -> (&'static str, Vec<u64>) {
    match fate {
        Fate::Deliver(after) => ("delivered", vec![after.as_nanos()]),
        Fate::Drop(Cause::Lost) => ("lost", vec![]),
        Fate::Drop(Cause::Blocked) => ("blocked", vec![]),
        Fate::Drop(Cause::Down) => ("down", vec![]),
        Fate::Drop(Cause::Unasked) => ("unasked", vec![]),
        Fate::Duplicate(first, second) => ("duplicated", vec![first.as_nanos(), second.as_nanos()]),
    }
}

fn texts(links: &[Link]) -> Vec<String> {
    links.iter().map(ToString::to_string).collect()
}

fn number(node: Option<NodeId>) -> Value {
    node.map_or(Value::Null, |node| node.number().into())
}
