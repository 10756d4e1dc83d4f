//! The messages of a page: a row for each that was sent in the window, or arrived in it.

use std::collections::BTreeMap;

use raftsim_node::Topic;
use raftsim_sim::{Cause, Fate, MessageName, PlainMessage, RowTopic};

use super::model::Messages;
use super::state::signed;
use super::texts::Texts;

/// The names of fates, in the order of their numbers.
pub(super) const FATE_NAMES: [&str; 6] =
    ["delivered", "lost", "link blocked", "addressee down", "call no longer waits", "duplicate"];

/// The messages that were sent so far.
#[derive(Debug)]
pub(super) struct Mail {
    rows: Messages,
    /// Those of which a copy is still to arrive.
    under_way: BTreeMap<MessageName, UnderWay>,
    /// The fates that the plan names, in its words.
    named: BTreeMap<MessageName, String>,
}

#[derive(Debug)]
struct UnderWay {
    place: Place,
    /// How many copies are still to arrive.
    copies: u8,
}

/// Where a message's row is.
#[derive(Debug)]
enum Place {
    Row(usize),
    /// It was sent before the window, and has no row yet.
    Before(Box<(Fate, PlainMessage)>),
}

impl Mail {
    pub(super) fn new(named: BTreeMap<MessageName, String>) -> Self {
        Self { rows: Messages::default(), under_way: BTreeMap::new(), named }
    }

    /// A message was sent. With a `step`, that of its sender, it gets a row, whose place is
    /// returned.
    pub(super) fn sent(
        &mut self,
        name: MessageName,
        fate: Fate,
        message: &PlainMessage,
        step: Option<i64>,
        texts: &mut Texts,
    ) -> i64 {
        let row = step.map(|step| self.row(name, fate, message, step, texts));
        let copies = match fate {
            Fate::Drop(_) => 0,
            Fate::Deliver(_) => 1,
            Fate::Duplicate(..) => 2,
        };
        if copies > 0 {
            let place = match row {
                Some(row) => Place::Row(row),
                None => Place::Before(Box::new((fate, message.clone()))),
            };
            self.under_way.insert(name, UnderWay { place, copies });
        }
        row.map_or(-1, column)
    }

    /// A copy of a message arrived, or was missed, at this `step`, if that is in the window.
    /// Returns the place of the message's row.
    pub(super) fn arrived(
        &mut self,
        name: MessageName,
        step: Option<i64>,
        texts: &mut Texts,
    ) -> i64 {
        let Some(UnderWay { place, copies }) = self.under_way.remove(&name) else { return -1 };
        let Some(step) = step else {
            if copies > 1 {
                self.under_way.insert(name, UnderWay { place, copies: copies - 1 });
            }
            return -1;
        };
        let row = match place {
            Place::Row(row) => row,
            Place::Before(sent) => self.row(name, sent.0, &sent.1, -1, texts),
        };
        self.rows.arrived[row].push(step);
        if copies > 1 {
            let rest = UnderWay { place: Place::Row(row), copies: copies - 1 };
            self.under_way.insert(name, rest);
        }
        column(row)
    }

    fn row(
        &mut self,
        name: MessageName,
        fate: Fate,
        message: &PlainMessage,
        step: i64,
        texts: &mut Texts,
    ) -> usize {
        let rows = &mut self.rows;
        let given = self.named.get(&name);
        let words = match (given, fate) {
            (Some(words), _) => texts.place(words),
            (None, Fate::Drop(cause)) => texts.place(&cause.to_string()),
            (None, Fate::Deliver(_) | Fate::Duplicate(..)) => -1,
        };
        rows.from.push(name.from.number());
        rows.to.push(name.to.number());
        rows.n.push(name.seq);
        rows.kind.push(topic_number(row_topic(message.topic)));
        rows.reply.push(u8::from(message.is_reply));
        rows.term.push(message.term.map_or(-1, signed));
        rows.label.push(texts.place(&message.label));
        rows.text.push(texts.place(&message.text));
        rows.fate.push(fate_number(fate));
        rows.given.push(u8::from(given.is_some()));
        rows.words.push(words);
        rows.sent.push(step);
        rows.arrived.push(vec![]);
        rows.due.push(match fate {
            Fate::Drop(_) => vec![],
            Fate::Deliver(after) => vec![after.as_nanos()],
            Fate::Duplicate(first, second) => vec![first.as_nanos(), second.as_nanos()],
        });
        rows.from.len() - 1
    }

    pub(super) fn into_rows(self) -> Messages {
        self.rows
    }
}

fn fate_number(fate: Fate) -> u8 {
    match fate {
        Fate::Deliver(_) => 0,
        Fate::Drop(Cause::Lost) => 1,
        Fate::Drop(Cause::Blocked) => 2,
        Fate::Drop(Cause::Down) => 3,
        Fate::Drop(Cause::Unasked) => 4,
        Fate::Duplicate(..) => 5,
    }
}

/// The topic of the lines about a message.
pub(super) fn row_topic(topic: Topic) -> RowTopic {
    match topic {
        Topic::Vote => RowTopic::Vote,
        Topic::Append => RowTopic::Append,
        Topic::Snapshot => RowTopic::Snapshot,
        Topic::Other | _ => RowTopic::Message,
    }
}

/// The number of a topic in `topics`.
pub(super) fn topic_number(topic: RowTopic) -> u8 {
    let place = RowTopic::ALL.iter().position(|(_, other)| *other == topic);
    place.and_then(|place| u8::try_from(place).ok()).expect("every topic is listed")
}

/// A place as a column has it.
fn column(place: usize) -> i64 {
    i64::try_from(place).expect("fits in an i64")
}
