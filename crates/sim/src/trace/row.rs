//! A record as people read it: one line of plain text, with its topic and its place.

use std::fmt::{self, Debug};
use std::ops::Deref;

use raftsim_node::{Index, Message, NodeId, Role, Status, Term, Time, Topic};

use crate::network::fate::{Fate, MessageName};
use crate::server::guard::guarded;
use crate::text::foreign;
use crate::trace::record::{Record, What};

/// One line of a run, without the node's types.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// The world's time.
    pub time: Time,
    /// The server to which it happened; `None` for the world.
    pub node: Option<NodeId>,
    /// The server's life at that time.
    pub life: u32,
    /// The line's topic.
    pub topic: RowTopic,
    /// What happened.
    pub text: String,
    /// The server's new status, if the line is about a boot or a change of status.
    pub status: Option<Status>,
    /// Whether a life of the server ended.
    pub ends_life: bool,
    /// The name of the message, if the line is about a message that was sent: by this name a plan
    /// can give it another fate.
    pub message: Option<MessageName>,
}

impl Row {
    /// The time as lines show it, in seconds with six decimals. A fault's shows all nine if it
    /// needs them: time and text are a plan's step, at exactly that time.
    pub fn time_text(&self) -> String {
        let nanos = self.time.as_nanos();
        if self.topic == RowTopic::Fault && !nanos.is_multiple_of(1_000) {
            return format!("{}.{:09}s", nanos / 1_000_000_000, nanos % 1_000_000_000);
        }
        self.time.to_string()
    }
}

/// The topic of a line, by which filters select.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum RowTopic {
    /// A timeout.
    Timer,
    /// `RequestVote` and its reply.
    Vote,
    /// `AppendEntries` and its reply.
    Append,
    /// `InstallSnapshot` and its reply, compaction, restoring.
    Snapshot,
    /// Any other message, missed messages, and calls that failed.
    Message,
    /// A fault.
    Fault,
    /// A server booted, crashed, was suspended or resumed, or changed its status.
    Role,
    /// A write.
    Disk,
    /// A proposal and its answer.
    Client,
    /// An entry that was applied.
    Apply,
    /// A node's note on why it did something.
    Note,
    /// What the node's program printed.
    Log,
    /// What the scenario checked or chose (`check` in filters).
    Scenario,
}

impl RowTopic {
    /// Every topic with its name in filters.
    pub const ALL: [(&'static str, Self); 13] = [
        ("timer", Self::Timer),
        ("vote", Self::Vote),
        ("append", Self::Append),
        ("snapshot", Self::Snapshot),
        ("message", Self::Message),
        ("fault", Self::Fault),
        ("role", Self::Role),
        ("disk", Self::Disk),
        ("client", Self::Client),
        ("apply", Self::Apply),
        ("note", Self::Note),
        ("log", Self::Log),
        ("check", Self::Scenario),
    ];

    /// Its name in filters.
    pub fn name(self) -> &'static str {
        let named = Self::ALL.iter().find(|(_, topic)| *topic == self);
        named.expect("every topic is listed").0
    }
}

impl<M: Message, W: Debug, B: Debug + Deref<Target = [u8]>> Record<What<M, W, B>> {
    /// The record's topic. This runs the node's code, under guard, if the record has a message.
    pub fn topic(&self) -> RowTopic {
        match &self.what {
            What::Timeout => RowTopic::Timer,
            What::Received { message, .. } | What::Sent { message, .. } => {
                match guarded(|| message.topic()) {
                    Ok(Topic::Vote) => RowTopic::Vote,
                    Ok(Topic::Append) => RowTopic::Append,
                    Ok(Topic::Snapshot) => RowTopic::Snapshot,
                    Ok(Topic::Other | _) | Err(_) => RowTopic::Message,
                }
            }
            What::Missed { .. } | What::CallFailed { .. } => RowTopic::Message,
            What::Booted(_)
            | What::Crashed
            | What::Became(_)
            | What::Settled
            | What::Suspended
            | What::Resumed => RowTopic::Role,
            What::Persisted { .. } => RowTopic::Disk,
            What::Proposed { .. } | What::Accepted { .. } | What::Rejected { .. } => {
                RowTopic::Client
            }
            What::Applied { .. } => RowTopic::Apply,
            What::Compacted { .. } | What::Restored { .. } => RowTopic::Snapshot,
            What::Noted(_) => RowTopic::Note,
            What::Printed(_) => RowTopic::Log,
            What::Marked { .. } => RowTopic::Scenario,
            What::Fault(_) => RowTopic::Fault,
        }
    }

    /// The record as one harmless line ([`foreign::value`]). This runs the node's `Debug`, under
    /// guard.
    pub fn row(&self) -> Row {
        let topic = self.topic();
        let text = guarded(|| foreign::value(Line(&self.what)))
            .unwrap_or_else(|panic| format!("(its Debug panicked: {panic})"));
        let ends_life = matches!(self.what, What::Crashed);
        let status = if let What::Booted(status) | What::Became(status) = self.what {
            Some(status)
        } else {
            None
        };
        let message = match (self.node, &self.what) {
            (Some(from), &What::Sent { to, seq, .. }) => Some(MessageName { from, to, seq }),
            _ => None,
        };
        let Self { time, node, life, .. } = *self;
        Row { time, node, life, topic, text, status, ends_life, message }
    }
}

struct Line<'a, M, W, B>(&'a What<M, W, B>);

impl<M: Debug, W: Debug, B: Debug + Deref<Target = [u8]>> fmt::Display for Line<'_, M, W, B> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            What::Booted(status) => write!(out, "boot: {}", StatusText(*status)),
            What::Crashed => write!(out, "down"),
            What::Timeout => write!(out, "timeout"),
            What::Received { from, seq, message } => write!(out, "<- {from} {message:?} #{seq}"),
            What::Missed { from, seq } => {
                write!(out, "x< {from} #{seq} (its life or its call has ended)")
            }
            What::CallFailed { to, call } => write!(out, "x< call {} to {to} failed", call.0),
            What::Proposed { id, command } => write!(out, "propose {} {command:?}", id.0),
            What::Compacted { through, snapshot } => {
                write!(out, "compact through {through}, {} bytes", snapshot.len())
            }
            What::Became(status) => write!(out, "{}", StatusText(*status)),
            What::Settled => write!(out, "settled"),
            What::Suspended => write!(out, "suspended"),
            What::Resumed => write!(out, "runs again"),
            What::Persisted { write, .. } => write!(out, "disk {write:?}"),
            What::Sent { to, seq, fate, message, .. } => match fate {
                Fate::Deliver(after) => write!(out, "-> {to} {message:?} #{seq} +{after}"),
                Fate::Drop(cause) => write!(out, "x> {to} {message:?} #{seq} ({cause})"),
                Fate::Duplicate(first, second) => {
                    write!(out, "-> {to} {message:?} #{seq} +{first} and again +{second}")
                }
            },
            What::Accepted { id, index, term } => write!(out, "accept {} {index}@{term}", id.0),
            What::Rejected { id, leader: Some(leader) } => {
                write!(out, "reject {}, {leader} leads", id.0)
            }
            What::Rejected { id, leader: None } => write!(out, "reject {}", id.0),
            What::Applied { index, term, command: Some(command) } => {
                write!(out, "apply {} {command:?}", Place(*index, *term))
            }
            What::Applied { index, term, command: None } => {
                write!(out, "apply {} (no command)", Place(*index, *term))
            }
            What::Restored { index, term, snapshot } => {
                write!(out, "restore {}, {} bytes", Place(*index, *term), snapshot.len())
            }
            What::Noted(text) | What::Printed(text) => out.write_str(text),
            What::Fault(fault) => write!(out, "{fault}"),
            What::Marked { verb, node: Some(node), number } => {
                write!(out, "{verb}: {node}, {number}")
            }
            What::Marked { verb, node: None, number } => write!(out, "{verb}: {number}"),
        }
    }
}

/// An entry's index and, if it is known, its term: `4@2`, or `4`.
struct Place(Index, Option<Term>);

impl fmt::Display for Place {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self(index, Some(term)) => write!(out, "{index}@{term}"),
            Self(index, None) => write!(out, "{index}"),
        }
    }
}

/// A status in a few words.
struct StatusText(Status);

impl fmt::Display for StatusText {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Status { term, role, leader, commit, .. } = self.0;
        let role = match role {
            Role::Follower => "follower",
            Role::PreCandidate => "pre-candidate",
            Role::Candidate => "candidate",
            Role::Leader => "leader",
            _ => "in another role",
        };
        write!(out, "{role} in term {term}")?;
        if let Some(leader) = leader {
            write!(out, ", {leader} leads")?;
        }
        if let Some(commit) = commit {
            write!(out, ", commit {commit}")?;
        }
        Ok(())
    }
}
