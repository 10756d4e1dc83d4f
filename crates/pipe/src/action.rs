//! What a program does, as it says it.

use std::sync::Arc;

use raftsim_node::{Action, Bytes, ProposalId, Snapshot, Topic};
use serde::{Deserialize, Deserializer, de};
use serde_json::value::RawValue;

use crate::bytes;
use crate::disk::Change;
use crate::json::{Named, Number, Object, Word};
use crate::message::Packet;
use crate::protocol::server;

/// An action that has the fields which an action of its kind has.
#[derive(Debug)]
pub(crate) struct Read(pub(crate) Action<Packet, Change>);

impl<'de> Deserialize<'de> for Read {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        Object::<RawAction<'_>>::deserialize(from)?.0.action().map(Self).map_err(de::Error::custom)
    }
}

/// An action, with the fields of every kind of action.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawAction<'a> {
    r#do: Word<Do>,
    to: Option<u8>,
    #[serde(borrow, default, deserialize_with = "given")]
    message: Option<&'a RawValue>,
    term: Option<Number>,
    topic: Option<Word<RawTopic>>,
    label: Option<String>,
    call: Option<Number>,
    reply: Option<bool>,
    id: Option<Number>,
    index: Option<Number>,
    leader: Option<u8>,
    command: Option<String>,
    #[serde(borrow)]
    disk: Option<Named<&'a RawValue>>,
    snapshot: Option<Object<RawSnapshot>>,
    text: Option<String>,
}

/// The kinds of actions.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Do {
    Send,
    Persist,
    Accept,
    Reject,
    Apply,
    Restore,
    Note,
}

#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
enum RawTopic {
    Vote,
    Append,
    Snapshot,
    Other,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RawSnapshot {
    index: Number,
    term: Option<Number>,
    data: String,
}

impl RawAction<'_> {
    /// The action; or why it is none.
    fn action(mut self) -> Result<Action<Packet, Change>, String> {
        let action = match self.r#do.0 {
            Do::Send => {
                let to = server(need(self.to.take(), "to")?)?;
                let body: Arc<str> = need(self.message.take(), "message")?.get().into();
                if &*body == "null" {
                    return Err("the field `message` is null".to_owned());
                }
                let size = bytes::size(&body);
                let (is_reply, call) = (self.reply.take().unwrap_or(false), word(&mut self.call));
                let topic = self.topic.take().map_or(Topic::Other, |Word(topic)| topic.topic());
                let term = word(&mut self.term);
                let label = self.label.take().map(Arc::from);
                let message = Packet { body, size, is_reply, call, term, topic, label };
                Action::Send { to, message }
            }
            Do::Persist => {
                let values =
                    self.disk.take().map_or_else(Vec::new, |Named(values)| values).into_iter();
                let values = values.map(|(name, value)| {
                    let value = Some(value.get()).filter(|value| *value != "null");
                    (Arc::from(name), value.map(Arc::from))
                });
                let snapshot = self.snapshot.take().map(|Object(it)| it.snapshot()).transpose()?;
                Action::Persist(Change { values: values.collect(), snapshot })
            }
            Do::Accept => Action::Accept {
                id: ProposalId(need(word(&mut self.id), "id")?),
                index: need(word(&mut self.index), "index")?,
                term: need(word(&mut self.term), "term")?,
            },
            Do::Reject => Action::Reject {
                id: ProposalId(need(word(&mut self.id), "id")?),
                leader: self.leader.take().map(server).transpose()?,
            },
            Do::Apply => Action::Apply {
                index: need(word(&mut self.index), "index")?,
                term: word(&mut self.term),
                command: self.command.take().map(|text| data(&text)).transpose()?,
            },
            Do::Restore => {
                let snapshot = need(self.snapshot.take(), "snapshot")?.0.snapshot()?;
                let Snapshot { index, term, data } = snapshot;
                Action::Restore { index, term, snapshot: data }
            }
            Do::Note => Action::Note(need(self.text.take(), "text")?.into()),
        };
        match self.left() {
            Some(field) => Err(format!("it has no field `{field}`")),
            None => Ok(action),
        }
    }

    /// The name of a field that is given and was not taken.
    fn left(&self) -> Option<&'static str> {
        let Self {
            r#do: _,
            to,
            message,
            term,
            topic,
            label,
            call,
            reply,
            id,
            index,
            leader,
            command,
            disk,
            snapshot,
            text,
        } = self;
        let given = [
            ("to", to.is_some()),
            ("message", message.is_some()),
            ("term", term.is_some()),
            ("topic", topic.is_some()),
            ("label", label.is_some()),
            ("call", call.is_some()),
            ("reply", reply.is_some()),
            ("id", id.is_some()),
            ("index", index.is_some()),
            ("leader", leader.is_some()),
            ("command", command.is_some()),
            ("disk", disk.is_some()),
            ("snapshot", snapshot.is_some()),
            ("text", text.is_some()),
        ];
        given.into_iter().find_map(|(name, is_given)| is_given.then_some(name))
    }
}

impl RawTopic {
    fn topic(self) -> Topic {
        match self {
            Self::Vote => Topic::Vote,
            Self::Append => Topic::Append,
            Self::Snapshot => Topic::Snapshot,
            Self::Other => Topic::Other,
        }
    }
}

impl RawSnapshot {
    fn snapshot(self) -> Result<Snapshot, String> {
        let term = self.term.map(|Number(term)| term);
        Ok(Snapshot { index: self.index.0, term, data: data(&self.data)? })
    }
}

fn word(field: &mut Option<Number>) -> Option<u64> {
    field.take().map(|Number(number)| number)
}

fn need<T>(field: Option<T>, name: &str) -> Result<T, String> {
    field.ok_or_else(|| format!("missing field `{name}`"))
}

/// A value that is given, which may be null.
fn given<'de: 'a, 'a, D: Deserializer<'de>>(from: D) -> Result<Option<&'a RawValue>, D::Error> {
    <&RawValue>::deserialize(from).map(Some)
}

/// The bytes for which a string stands.
fn data(text: &str) -> Result<Bytes, String> {
    let wrong = |char: char| format!("`{char}` stands for no byte: it is above U+00FF");
    bytes::read(text).map_err(wrong)
}
