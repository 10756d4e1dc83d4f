//! The lines of the protocol: events as text, and text as answers.

use std::io::Write as _;

use raftsim_node::{Boot, Claims, Duration, Event, NodeId, Role, Snapshot, Status, Time};
use serde::{Deserialize, Deserializer, de};

use crate::action::Read;
use crate::bytes;
use crate::disk::Cells;
use crate::json::{Number, Object, Word, cut};
use crate::message::Packet;
use crate::trouble::{Trouble, quoted};

/// Writes the first line of a life.
pub(crate) fn write_boot(boot: &Boot, disk: &Cells, now: Time, line: &mut Vec<u8>) {
    begin(0, now, "boot", line);
    let (id, seed) = (boot.id.number(), cut(boot.seed));
    put(line, format_args!(",\"id\":{id},\"voters\":["));
    for (place, voter) in boot.voters.iter().enumerate() {
        let comma = if place > 0 { "," } else { "" };
        put(line, format_args!("{comma}{}", voter.number()));
    }
    put(line, format_args!("],\"seed\":{seed},\"notes\":{},\"disk\":{{", boot.notes));
    for (place, (name, value)) in disk.values.iter().enumerate() {
        if place > 0 {
            line.push(b',');
        }
        serde_json::to_writer(&mut *line, &**name).expect("a string can be written");
        put(line, format_args!(":{value}"));
    }
    line.push(b'}');
    if let Some(Snapshot { index, term, data }) = &disk.snapshot {
        put(line, format_args!(",\"snapshot\":{{\"index\":{index}"));
        if let Some(term) = term {
            put(line, format_args!(",\"term\":{term}"));
        }
        put(line, format_args!(",\"data\":"));
        bytes::write(data, line);
        line.push(b'}');
    }
    line.extend(b"}\n");
}

/// Writes the line of an event, and returns the event's name; `None` for one that no program knows.
pub(crate) fn write_event(
    turn: u64,
    now: Time,
    event: &Event<Packet>,
    line: &mut Vec<u8>,
) -> Option<&'static str> {
    let name = match event {
        Event::Timeout => "timeout",
        Event::Receive { .. } => "receive",
        Event::CallFailed { .. } => "call_failed",
        Event::Propose { .. } => "propose",
        Event::Compact { .. } => "compact",
        Event::Campaign => "campaign",
        _ => return None,
    };
    begin(turn, now, name, line);
    match event {
        Event::Receive { from, message } => {
            put(line, format_args!(",\"from\":{}", from.number()));
            if message.is_reply {
                put(line, format_args!(",\"reply\":true"));
            }
            if let Some(call) = message.call {
                put(line, format_args!(",\"call\":{call}"));
            }
            put(line, format_args!(",\"message\":{}", message.body));
        }
        Event::CallFailed { to, call } => {
            put(line, format_args!(",\"to\":{},\"call\":{}", to.number(), call.0));
        }
        Event::Propose { id, command } => {
            put(line, format_args!(",\"id\":{},\"command\":", id.0));
            bytes::write(command, line);
        }
        Event::Compact { through, snapshot } => {
            put(line, format_args!(",\"index\":{through},\"data\":"));
            bytes::write(snapshot, line);
        }
        Event::Timeout | Event::Campaign | _ => {}
    }
    line.extend(b"}\n");
    Some(name)
}

/// Begins a line.
fn begin(turn: u64, now: Time, name: &str, line: &mut Vec<u8>) {
    line.clear();
    let now = now.as_nanos();
    put(line, format_args!("{{\"turn\":{turn},\"now\":{now},\"event\":\"{name}\""));
}

fn put(line: &mut Vec<u8>, text: std::fmt::Arguments<'_>) {
    line.write_fmt(text).expect("bytes can be written to memory");
}

/// The answer to an event.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Answer {
    turn: Number,
    #[serde(default)]
    pub(crate) actions: Vec<Read>,
    // Without `default`, a program that forgets it is not taken for one that wants no timer.
    #[serde(deserialize_with = "Option::deserialize")]
    pub(crate) deadline: Option<Number>,
    #[serde(deserialize_with = "status")]
    pub(crate) status: Status,
    pub(crate) out: Option<String>,
}

/// The answer to a boot, which brings no actions.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct BootAnswer {
    turn: Number,
    #[serde(deserialize_with = "Option::deserialize")]
    pub(crate) deadline: Option<Number>,
    #[serde(deserialize_with = "status")]
    pub(crate) status: Status,
    pub(crate) out: Option<String>,
    /// Whether the process may be asked to boot once more, after this life.
    #[serde(default)]
    pub(crate) again: bool,
    #[serde(default)]
    pub(crate) claims: Object<RawClaims>,
    pub(crate) implements: Option<Word<Lab>>,
}

/// The part of the lab up to which a program implements it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[expect(missing_docs, reason = "they are called what the lab calls them")]
pub enum Lab {
    #[serde(rename = "3A")]
    A,
    #[serde(rename = "3B")]
    B,
    #[serde(rename = "3C")]
    C,
    #[serde(rename = "3D")]
    D,
}

/// Reads the answer to a line of this turn.
pub(crate) fn read<'a, A: Deserialize<'a> + Turned>(
    turn: u64,
    line: &'a [u8],
) -> Result<A, Trouble> {
    let text = str::from_utf8(line).map_err(|_| Trouble::NotText(quoted(line)))?;
    let Object(answer) = serde_json::from_str::<Object<A>>(text.trim_end()).map_err(|error| {
        let why = error.to_string().replace(" at line 1 column ", " at column ");
        Trouble::NoSense { why, line: quoted(line) }
    })?;
    if answer.turn() == turn { Ok(answer) } else { Err(Trouble::OutOfTurn(answer.turn())) }
}

/// An answer, which says to what.
pub(crate) trait Turned {
    fn turn(&self) -> u64;
}

impl Turned for Answer {
    fn turn(&self) -> u64 {
        self.turn.0
    }
}

impl Turned for BootAnswer {
    fn turn(&self) -> u64 {
        self.turn.0
    }
}

/// A server's name, which is its number.
pub(crate) fn server(number: u8) -> Result<NodeId, &'static str> {
    if number == 0 { Err("servers are numbered from 1") } else { Ok(NodeId::new(number)) }
}

/// Reads a status.
fn status<'de, D: Deserializer<'de>>(from: D) -> Result<Status, D::Error> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct RawStatus {
        term: Number,
        role: Word<RawRole>,
        leader: Option<u8>,
        commit: Option<Number>,
    }

    #[derive(Deserialize)]
    #[serde(rename_all = "snake_case")]
    enum RawRole {
        Follower,
        PreCandidate,
        Candidate,
        Leader,
    }

    let Object(RawStatus { term, role: Word(role), leader, commit }) = Object::deserialize(from)?;
    let role = match role {
        RawRole::Follower => Role::Follower,
        RawRole::PreCandidate => Role::PreCandidate,
        RawRole::Candidate => Role::Candidate,
        RawRole::Leader => Role::Leader,
    };
    let leader = leader.map(server).transpose().map_err(de::Error::custom)?;
    let status = Status::new(term.0, role).with_leader(leader);
    Ok(commit.map_or(status, |commit| status.with_commit(commit.0)))
}

/// The longest time within which a program may promise to elect a leader, in nanoseconds: an hour.
/// The limits of all scenarios grow with it.
const LONGEST: u64 = 3_600_000_000_000;

/// Reads such a time.
fn bound<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Number>, D::Error> {
    match Option::deserialize(from)? {
        Some(Number(span)) if span > LONGEST => {
            Err(de::Error::custom(format!("`elects_within` is at most {LONGEST}: an hour")))
        }
        span => Ok(span),
    }
}

/// What a program claims; see [`Claims`].
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a claim of its own")]
pub(crate) struct RawClaims {
    steps_down_within: Option<Number>,
    own_entries: bool,
    #[serde(deserialize_with = "bound")]
    elects_within: Option<Number>,
    answers_earlier_terms: bool,
    copes_with_standing_faults: bool,
    asks_before_standing: bool,
    keeps_its_leader: bool,
}

impl RawClaims {
    pub(crate) fn claims(&self) -> Claims {
        let Self {
            steps_down_within,
            own_entries,
            elects_within,
            answers_earlier_terms,
            copes_with_standing_faults,
            asks_before_standing,
            keeps_its_leader,
        } = *self;
        let mut claims = Claims::default();
        claims.steps_down_within = steps_down_within.map(|Number(span)| Duration::from_nanos(span));
        claims.own_entries = own_entries;
        if let Some(Number(span)) = elects_within {
            claims.elects_within = Duration::from_nanos(span);
        }
        claims.answers_earlier_terms = answers_earlier_terms;
        claims.copes_with_standing_faults = copes_with_standing_faults;
        claims.asks_before_standing = asks_before_standing;
        claims.keeps_its_leader = keeps_its_leader;
        claims
    }
}
