//! The run as data: what the page's scripts read. Its columns are arrays of one length each.

use super::object::objects;
use raftsim_node::Duration;

/// A whole run, or a part of it. Times are whole nanoseconds, `-1` stands for none, servers are
/// numbers from 1, and 0 is the world.
#[derive(Clone, Debug, Default)]
pub(super) struct Model {
    /// The version of this form.
    pub(super) v: u32,
    pub(super) run: RunData,
    pub(super) verdict: Option<VerdictData>,
    pub(super) plan: Vec<PlanLineData>,
    /// The fates that the plan names, verbatim.
    pub(super) fates: Vec<String>,
    /// Each distinct text once. Columns with texts have places in it.
    pub(super) text: Vec<String>,
    pub(super) kinds: Vec<&'static str>,
    pub(super) topics: Vec<&'static str>,
    pub(super) fate_names: Vec<&'static str>,
    pub(super) steps: Steps,
    pub(super) messages: Messages,
    pub(super) status: StatusRows,
    pub(super) disk: DiskRows,
    pub(super) timer: TimerRows,
    pub(super) links: LinkRows,
    pub(super) committed: CommittedRows,
    pub(super) proposals: Proposals,
    pub(super) inspect: InspectRows,
    /// Where the odds of the run turn.
    pub(super) turning: Vec<TurningData>,
}

/// A step at which the odds of a failing run turn.
#[derive(Clone, Debug)]
pub(super) struct TurningData {
    pub(super) step: usize,
    pub(super) letter: char,
    pub(super) text: String,
}

#[derive(Clone, Debug, Default)]
pub(super) struct RunData {
    pub(super) title: String,
    pub(super) command: String,
    pub(super) node: String,
    pub(super) seed: String,
    pub(super) servers: u8,
    pub(super) events: u64,
    pub(super) digest: String,
    pub(super) version: String,
    pub(super) end: u64,
    pub(super) from: u64,
    pub(super) omitted: u64,
    pub(super) omitted_after: u64,
    pub(super) missing: u64,
    pub(super) shrunk: Option<String>,
    /// The plan as the text of a file.
    pub(super) plan: String,
    /// The time at which the page opens; without one it opens at the failure.
    pub(super) open: Option<u64>,
}

#[derive(Clone, Debug)]
pub(super) struct VerdictData {
    pub(super) kind: &'static str,
    pub(super) label: String,
    pub(super) property: String,
    pub(super) time: u64,
    pub(super) facts: Vec<FactData>,
}

#[derive(Clone, Debug)]
pub(super) struct FactData {
    pub(super) text: String,
    pub(super) time: Option<u64>,
    pub(super) node: Option<u8>,
    pub(super) index: Option<u64>,
}

#[derive(Clone, Debug)]
pub(super) struct PlanLineData {
    pub(super) time: u64,
    pub(super) text: String,
}

/// By step.
#[derive(Clone, Debug, Default)]
pub(super) struct Steps {
    /// The time since the step before; the first step's since the run began.
    pub(super) dt: Vec<u64>,
    pub(super) on: Vec<u8>,
    /// The place in `kinds`.
    pub(super) kind: Vec<u8>,
    /// The message that arrived, or was missed.
    pub(super) by: Vec<i64>,
    /// Its records: topic, text, message.
    pub(super) lines: Vec<Vec<(u8, i64, i64)>>,
}

/// By message, in the order in which they were sent. In a window, a message that was sent before it
/// has its place by its first arrival.
#[derive(Clone, Debug, Default)]
pub(super) struct Messages {
    pub(super) from: Vec<u8>,
    pub(super) to: Vec<u8>,
    pub(super) n: Vec<u64>,
    /// The place in `topics`.
    pub(super) kind: Vec<u8>,
    pub(super) reply: Vec<u8>,
    pub(super) term: Vec<i64>,
    pub(super) label: Vec<i64>,
    pub(super) text: Vec<i64>,
    /// The place in `fate names`.
    pub(super) fate: Vec<u8>,
    pub(super) given: Vec<u8>,
    pub(super) words: Vec<i64>,
    /// The step that sent it.
    pub(super) sent: Vec<i64>,
    /// The steps at which a copy arrived, or was missed.
    pub(super) arrived: Vec<Vec<i64>>,
    /// For each copy, how long after the sending the network was to deliver it.
    pub(super) due: Vec<Vec<u64>>,
}

#[derive(Clone, Debug, Default)]
pub(super) struct StatusRows {
    pub(super) step: Vec<i64>,
    pub(super) on: Vec<u8>,
    pub(super) role: Vec<u8>,
    pub(super) term: Vec<u64>,
    pub(super) leader: Vec<i64>,
    pub(super) commit: Vec<i64>,
}

#[derive(Clone, Debug, Default)]
pub(super) struct DiskRows {
    pub(super) step: Vec<i64>,
    pub(super) on: Vec<u8>,
    pub(super) term: Vec<u64>,
    pub(super) vote: Vec<u8>,
    pub(super) first: Vec<u64>,
    pub(super) from: Vec<u64>,
    pub(super) terms: Vec<Vec<u64>>,
}

#[derive(Clone, Debug, Default)]
pub(super) struct TimerRows {
    pub(super) step: Vec<i64>,
    pub(super) on: Vec<u8>,
    pub(super) due: Vec<i64>,
}

#[derive(Clone, Debug, Default)]
pub(super) struct LinkRows {
    pub(super) step: Vec<i64>,
    /// Each link as sender * 256 + addressee.
    pub(super) blocked: Vec<Vec<u32>>,
}

#[derive(Clone, Debug, Default)]
pub(super) struct CommittedRows {
    pub(super) index: Vec<u64>,
    pub(super) term: Vec<i64>,
    pub(super) by: Vec<u8>,
    pub(super) step: Vec<i64>,
}

#[derive(Clone, Debug, Default)]
pub(super) struct Proposals {
    pub(super) step: Vec<i64>,
    pub(super) id: Vec<u64>,
    pub(super) on: Vec<u8>,
    pub(super) index: Vec<i64>,
    pub(super) term: Vec<i64>,
}

/// What servers show of their memory after some of the steps.
#[derive(Clone, Debug, Default)]
pub(super) struct InspectRows {
    pub(super) step: Vec<i64>,
    pub(super) on: Vec<u8>,
    /// The place in `text`.
    pub(super) text: Vec<usize>,
}

impl InspectRows {
    fn is_empty(&self) -> bool {
        self.step.is_empty()
    }
}

objects! {
    Model {
        v, run, verdict, plan, fates, text, kinds, topics, fate_names as "fate names", steps,
        messages, status, disk, timer, links, committed, proposals, inspect unless is_empty,
        turning unless is_empty
    }
    TurningData { step, letter, text }
    RunData {
        title, command, node, seed, servers, events, digest, version, end, from, omitted,
        omitted_after as "omittedAfter", missing, shrunk, plan, open
    }
    VerdictData { kind, label, property, time, facts }
    FactData { text, time, node, index }
    PlanLineData { time, text }
    Steps { dt, on, kind, by, lines }
    Messages { from, to, n, kind, reply, term, label, text, fate, given, words, sent, arrived, due }
    StatusRows { step, on, role, term, leader, commit }
    DiskRows { step, on, term, vote, first, from, terms }
    TimerRows { step, on, due }
    LinkRows { step, blocked }
    CommittedRows { index, term, by, step }
    Proposals { step, id, on, index, term }
    InspectRows { step, on, text }
}

impl Model {
    /// When each step was.
    pub(super) fn times(&self) -> Vec<u64> {
        let times = self.steps.dt.iter().scan(0, |time, dt| {
            *time += dt;
            Some(*time)
        });
        times.collect()
    }

    /// A text by its place; nothing for `-1`.
    pub(super) fn text_at(&self, place: i64) -> &str {
        usize::try_from(place).map_or("", |place| &self.text[place])
    }

    /// What a step is, in a few words.
    pub(super) fn step_name(&self, step: usize) -> String {
        let kind = self.kinds[usize::from(self.steps.kind[step])];
        match usize::try_from(self.steps.by[step]) {
            Ok(message) => {
                let label = self.text_at(self.messages.label[message]);
                format!("{kind}: {label} from n{}", self.messages.from[message])
            }
            Err(_) => kind.to_owned(),
        }
    }

    /// One of the lines of a step, as the text trace has it.
    pub(super) fn line(&self, step: usize, (_, text, message): (u8, i64, i64)) -> String {
        let Ok(row) = usize::try_from(message) else { return self.text_at(text).to_owned() };
        let messages = &self.messages;
        let (from, to, n) = (messages.from[row], messages.to[row], messages.n[row]);
        let text = self.text_at(messages.text[row]);
        if usize::try_from(messages.sent[row]) != Ok(step) {
            let is_missed = self.kinds[usize::from(self.steps.kind[step])] == "missed";
            return if is_missed {
                format!("x< n{from} #{n} (its life or its call has ended)")
            } else {
                format!("<- n{from} {text} #{n}")
            };
        }
        let due = messages.due[row].iter();
        let due: Vec<_> = due.map(|&after| format!("+{}", Duration::from_nanos(after))).collect();
        if due.is_empty() {
            let cause = self.fate_names[usize::from(messages.fate[row])];
            return format!("x> n{to} {text} #{n} ({cause})");
        }
        format!("-> n{to} {text} #{n} {}", due.join(" and again "))
    }
}
